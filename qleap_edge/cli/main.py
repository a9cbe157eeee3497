"""``qleap``: the entry point. Heavy libraries are imported inside the commands, so that ``qleap --help`` is instant."""

import sys
import traceback
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from qleap_edge.cli import (
    benchmark,
    bundle,
    calibrate,
    checkpoint,
    compress,
    convert,
    dataset,
    evaluate,
    gate,
    mil,
    motion,
    release,
    synthesize,
    train,
    verify,
    watch,
    watch_drift,
    watch_export,
    watch_reference,
    watch_session,
)
from qleap_edge.cli.recipe_help import RecipeCommand, SynthesisCommand, TrainingCommand
from qleap_edge.core.errors import QleapError

_USAGE, _INTERRUPTED = 2, 130
_DEBUG = "--debug"
_RESUMED = ("release", "synthesize", "train", "benchmark")
"""Commands that go on where they were stopped."""
_EPILOG = "Exit codes: 0 ok · 1 a gate or check failed · 2 usage or recipe · 3 input data · 4 internal"

app = typer.Typer(
    name="qleap",
    help="From motion physics to a proved Core ML pose SDK for one wrist IMU.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("release", cls=RecipeCommand)(release.release)
app.command("synthesize", cls=SynthesisCommand)(synthesize.synthesize)
app.add_typer(dataset.app, name="dataset", help="What a dataset holds, and how it compares with reality.")
app.add_typer(motion.app, name="motion", help="Captured motion that sequences can be made of.")
app.command("train", cls=TrainingCommand)(train.train)
app.add_typer(checkpoint.app, name="checkpoint", help="Checkpoints that ship with the package.")
app.command("evaluate")(evaluate.evaluate)
app.command("convert")(convert.convert)
app.command("compress")(compress.compress)
app.command("verify")(verify.verify)
app.command("calibrate")(calibrate.calibrate)
app.add_typer(mil.app, name="mil", help="Inspect or execute any saved ML Program, off a Mac.")
watch.app.command("analyze")(watch_session.analyze)
watch.app.command("reference")(watch_reference.reference)
watch.app.command("export")(watch_export.export)
watch.app.command("drift")(watch_drift.drift)
app.add_typer(
    watch.app, name="watch", help="Real Apple Watch recordings: inspect, align, analyze, export, compare sessions."
)
app.add_typer(
    benchmark.app,
    name="benchmark",
    help="A finished model against truth that it was never trained on, and against a latency budget.",
)
app.command("bundle")(bundle.bundle)
app.command("sign")(bundle.sign)
app.command("zip")(bundle.archive)
app.command("export-package")(bundle.export_package)
app.command("validate")(bundle.validate)
app.command("gate")(gate.gate)


def _print_version(wanted: bool) -> bool:
    if wanted:
        from qleap_edge import __version__

        typer.echo(f"qleap {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option(_DEBUG, help="Show a traceback with every error; it may stand anywhere.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options that belong to no command."""


def main() -> None:
    """Run a command; an error becomes one message on stderr and its exit code."""
    try:
        code = app(_without_debug(sys.argv[1:]), standalone_mode=False, prog_name="qleap")
    except QleapError as problem:
        _fail(f"error: {problem}", problem.exit_code)
    except TyperException as problem:
        _fail(_usage_message(problem), _USAGE)
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except Exception as problem:  # noqa: BLE001 - any other exception is a defect of the program; it is reported in one line
        _fail(f"internal error: {type(problem).__name__}: {problem}. Next: run again with --debug and report it", 4)
    if code == _INTERRUPTED:
        words = [word for word in sys.argv[1:] if not word.startswith("-")]
        whole = bool(words) and words[0] not in _RESUMED
        kept = "nothing is left half-written" if whole else "finished stages and checkpoints are kept"
        _fail(f"stopped; {kept}, run the same command again{'' if whole else ' to go on'}", _INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _without_debug(arguments: list[str]) -> list[str]:
    """Return the arguments without ``--debug``, which may stand anywhere: messages ask for it after a command has failed."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [word for word in arguments[:end] if word != _DEBUG] + arguments[end:]


def _usage_message(problem: TyperException) -> str:
    """Return one line for a command line that does not parse."""
    context = getattr(problem, "ctx", None)
    command = context.command_path if context is not None else _named_command()
    message = problem.format_message().rstrip(".") or f"{command} needs a command"  # typer's own has no text
    return f"error: {message}{'' if message.endswith('?') else '.'} Next: `{command} --help`"


def _named_command() -> str:
    """Return the command that the arguments name, for an error of the parser that does not know it."""
    command, words = typer.main.get_command(app), ["qleap"]
    for word in (word for word in sys.argv[1:] if not word.startswith("-")):
        found = getattr(command, "commands", {}).get(word)
        if found is None:
            break
        command, words = found, [*words, word]
    return " ".join(words)


def _fail(message: str, code: int) -> NoReturn:
    """End with one line on stderr, after the traceback if it was asked for; line breaks of a message become spaces."""
    if len(_without_debug(sys.argv)) < len(sys.argv):
        traceback.print_exc()
    typer.echo(message.replace("\n", " "), err=True)
    sys.exit(code)
