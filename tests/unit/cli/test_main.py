"""The command's outermost door: help at once, one line an error, one exit code a kind of error."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.text import Text

from qleap_edge import __version__
from qleap_edge.cli.main import app
from qleap_edge.core.errors import (
    AlteredFile,
    CheckFailed,
    InputDataError,
    QleapError,
    SchemaMismatch,
    UnsupportedOperation,
    UsageError,
)
from tests.support.command import MICRO_TOML, QLEAP, assert_refused, call, run

COMMANDS = (
    "release", "synthesize", "train", "evaluate", "convert", "compress", "verify", "calibrate", "bundle", "validate",
    "gate", "dataset recorded", "dataset report", "motion fit", "motion bvh", "mil run", "mil inspect", "mil drift", "mil lint",
    "watch inspect", "watch align", "watch mapping", "watch analyze", "watch reference", "watch export", "benchmark motion",
    "benchmark watch", "benchmark dip",
    "watch drift", "sign", "zip", "export-package", "benchmark baselines", "benchmark latency", "checkpoint export",
)  # fmt: skip
HEAVY = ("torch", "numpy", "scipy", "mujoco", "coremltools", "h5py", "matplotlib", "pydantic", "onnxruntime", "plotly")


def test_help_loads_few_modules() -> None:
    """What is loaded decides how soon the help appears, on every machine alike: half a thousand modules take half a second."""
    code = (
        "import sys; from qleap_edge.cli.main import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "print(len(sys.modules), 'importlib.metadata' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, metadata = done.stderr.split()
    assert int(count) < 420 and metadata == "False"


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_names_the_options_and_loads_nothing_heavy(command: str) -> None:
    heavy = HEAVY if command == "" else [name for name in HEAVY if name != "pydantic"]  # typer reads types with it
    code = (
        "import sys; from qleap_edge.cli.main import app\n"
        f"sys.argv = ['qleap', *{command.split()!r}, '-h']\n"
        "app(standalone_mode=False, prog_name='qleap')\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert f"Usage: qleap {command}".rstrip() in done.stdout


def test_every_command_has_help_on_itself_and_on_each_parameter() -> None:
    def leaves(command, path):
        if not hasattr(command, "commands"):
            yield " ".join(path), command
        for name, child in getattr(command, "commands", {}).items():
            yield from leaves(child, [*path, name])

    found = dict(leaves(typer.main.get_command(app), []))
    assert set(found) == set(COMMANDS)
    for name, command in found.items():
        assert command.help, name
        assert all(parameter.help for parameter in command.params), name
        # Help is drawn as markup, in which a word in brackets is a style and disappears.
        texts = [command.help, *(parameter.help for parameter in command.params)]
        assert [text for text in texts if Text.from_markup(text).plain != text] == [], name


def test_version() -> None:
    assert call("--version").out == f"qleap {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("frobnicate",), ("frobnicate", "`qleap --help`")),
        (("mil", "frobnicate"), ("frobnicate", "`qleap mil --help`")),
        (("watch", "analyse", "x"), ("Did you mean 'analyze'? Next: `qleap watch --help`",)),
        (("watch", "analyze", "x", "--active", "10"), ("requires 2 arguments", "`qleap watch analyze --help`")),
        (("release",), ("--recipe", "`qleap release --help`")),
        (("release", "--recipe", "tiny", "--nope"), ("--nope",)),
        (("release", "--recipe", "tiny", "--workers", "0"), ("--workers",)),
        (("release", "--recipe", "tiny", "--workers", "two"), ("--workers",)),
        (("watch", "inspect", "x", "--wrist", "up"), ("--wrist", "left", "right")),
        (("release", "--recipe", "nonesuch"), ("nonesuch", "expected a .toml file or one of: ", "tiny", "Next: ")),
        (("evaluate", "--data", "x"), ("--checkpoint", "--package")),
        (("evaluate", "--data", "x", "--checkpoint", "a", "--package", "b"), ("--checkpoint", "--package")),
        (("mil", "run", "a", "--inputs", "b", "--out", "c", "--precision", "double"), ("declared or wide", "'double'")),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_a_wrong_command_line_ends_with_2(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert_refused(call(*arguments), 2, *words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("epochs = 2", "epocs = 2", ("key 'training.epocs'", "unknown key")),
        ("epochs = 2", 'epochs = "two"', ("key 'training.epochs'", "integer", "got 'two'")),
        ("squat = 2.0", "burpee = 2.0", ("key 'synthesis.mix.burpee'", "'squat'")),
        ('name = "micro"', 'name = "../../outside"', ("key 'name'",)),
        ("[model]", "forward_share = 0.9\n[model]", ("key 'synthesis.forward_share'", "at most 30 of 40", "idle")),
        ("[model]", "randomization.preset = 'wild'\n[model]", ("key 'synthesis.randomization.preset'", "'stress'")),
        (
            "[model]",
            "randomization.overrides = { toe_out = { high = 1.0 } }\n[model]",
            ("key 'synthesis.randomization.overrides.toe_out'", "no such distribution"),
        ),
        ("subjects = 40", "subjects = 3", ("key 'synthesis.split.", "too few subjects")),
    ],
)
def test_a_wrong_recipe_ends_with_2_and_names_the_key(
    tmp_path: Path, old: str, new: str, words: tuple[str, ...]
) -> None:
    recipe = tmp_path / "mine.toml"
    text = MICRO_TOML.read_text()
    assert old in text
    recipe.write_text(text.replace(old, new))
    done = call("release", "--recipe", recipe, "--out", tmp_path / "out" / "dist")
    assert_refused(done, 2, *words, "Next: ")
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path != recipe]


def test_a_group_without_a_command_shows_its_help() -> None:
    for group in ((), ("mil",), ("watch",), ("dataset",)):
        done = call(*group)
        assert done.code == 2 and "Usage: qleap" in done.out and done.err.count("\n") == 1


ERRORS = [
    (QleapError("a promise was broken"), 4),
    (CheckFailed("a hash differs"), 1),
    (UsageError("no such recipe"), 2),
    (InputDataError("cannot read", where="a.csv, row 3", expected="a number", got="'x'", next_step="mend it"), 3),
    (SchemaMismatch("wrong schema"), 3),
    (AlteredFile("altered"), 3),
    (UnsupportedOperation("nms", "boxes", ["add"]), 3),
]


@pytest.mark.parametrize(("problem", "code"), ERRORS, ids=lambda value: type(value).__name__)
def test_every_named_error_has_its_code_and_one_line(
    monkeypatch: pytest.MonkeyPatch, problem: QleapError, code: int
) -> None:
    def fails(*_: object) -> None:
        raise problem

    monkeypatch.setattr("qleap_edge.bundle.validate.validate_bundle", fails)
    assert_refused(call("validate", "x"), code, problem.what)


def test_a_message_says_what_where_expected_got_and_next() -> None:
    assert str(ERRORS[3][0]) == "a.csv, row 3: cannot read; expected a number; got 'x'. Next: mend it"


BROKEN = (
    "import sys, qleap_edge.bundle.validate as v\n"
    "def broken(*_): raise ZeroDivisionError('first\\nsecond')\n"
    "v.validate_bundle = broken\n"
    "sys.argv = ['qleap', *sys.argv[1:]]\n"
    "from qleap_edge.cli.main import main; main()"
)


def test_a_bug_of_ours_ends_with_4() -> None:
    done = subprocess.run([sys.executable, "-c", BROKEN, "validate", "x"], capture_output=True, text=True, check=False)
    assert done.returncode == 4 and done.stdout == ""
    assert done.stderr == (
        "internal error: ZeroDivisionError: first second. Next: run again with --debug and report it\n"
    )


def test_debug_shows_the_traceback_of_bugs_and_of_named_errors(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, "--debug", "validate", "x"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0 and "Traceback" in done.stderr and "ZeroDivisionError: first" in done.stderr
    for place in (
        ("--debug", "validate", tmp_path),
        ("validate", "--debug", tmp_path),
        ("validate", tmp_path, "--debug"),
    ):
        named = run(*place)
        assert named.code == 3 and "Traceback" in named.err and str(tmp_path) in named.err


def test_behind_two_hyphens_debug_is_a_name() -> None:
    done = run("validate", "--", "--debug")
    assert done.code == 3 and done.err.startswith("error: --debug: no bundle here")


def test_ctrl_c_ends_with_130_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qleap_edge.bundle.validate.validate_bundle", interrupted)
    done = call("validate", "x")
    assert done.code == 130 and done.out == ""
    assert done.err.startswith("stopped; ") and done.err.count("\n") == 1


def test_ctrl_c_of_a_command_without_stages_speaks_of_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qleap_edge.alignment.readers.detect.read_recording", interrupted)
    done = call("watch", "inspect", tmp_path)
    assert (done.code, done.err) == (130, "stopped; nothing is left half-written, run the same command again\n")


def test_a_reader_that_closes_early_is_no_error() -> None:
    """``qleap mil --help | head -1``."""
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {QLEAP} watch inspect --help | head -1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr and "internal error" not in done.stderr


def test_json_of_an_error_leaves_stdout_empty(tmp_path: Path) -> None:
    assert_refused(call("gate", tmp_path, "--json"), 3, str(tmp_path))


def test_tables_are_never_cut_in_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from qleap_edge.cli.output import print_json, print_table

    monkeypatch.setenv("COLUMNS", "40")
    name = "a.very.long.measurement.name.that.somebody.greps"
    print_table("Title", ("name", "reason"), ((name, "word " * 60),))
    assert name in capsys.readouterr().out
    print_json({"b": 1, "a": [1.5, 2]})
    assert json.loads(capsys.readouterr().out) == {"a": [1.5, 2], "b": 1}


def test_a_table_too_wide_for_the_terminal_is_told_in_lines(monkeypatch, capsys):
    from qleap_edge.cli.output import print_table

    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "24")
    for whole_words, expected in (
        (True, "  no. 1, range m 0.39 (0.36 to 0.42), up m/s 0.34 (0.29 to 0.39)\n"),
        (False, None),
    ):
        print_table(
            "Set 1", ("no.", "range m", "up m/s"), (("1", "0.39 (0.36 to 0.42)", "0.34 (0.29 to 0.39)"),) * 2,
            whole_words=whole_words,
        )  # fmt: skip
        printed = capsys.readouterr().out
        assert (expected is not None and printed == "Set 1\n" + 2 * expected) or "━" in printed
