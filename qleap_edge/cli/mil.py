"""Commands on any saved ML Program: execute it, explain it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.mil_tables import print_drift, print_findings, print_run, print_run_notes, print_summary
from qleap_edge.cli.options import JsonFlag
from qleap_edge.cli.output import print_json, progress_bar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from qleap_edge.core.output_paths import FileKind
    from qleap_edge.mil.format.program import Feature

app = typer.Typer(name="mil", no_args_is_help=True, pretty_exceptions_enable=False)

_ARRAYS_MARK = b"qleap-edge: outputs of a program"
PackageArgument = Annotated[Path, typer.Argument(help="The .mlpackage folder.")]
FunctionOption = Annotated[str | None, typer.Option(help="Entry point of a multifunction package.")]


@app.command()
def run(
    package: PackageArgument,
    inputs: Annotated[Path, typer.Option(help="An .npz with one array for each input, by name.")],
    out: Annotated[Path, typer.Option(help="The .npz that gets the outputs, by name.")],
    precision: Annotated[
        str, typer.Option(help="declared: round as the program declares; wide: float32.")
    ] = "declared",
    function: FunctionOption = None,
    state_in: Annotated[
        Path | None, typer.Option(help="An .npz with every state, as --state-out wrote it; not given: all zeros.")
    ] = None,
    state_out: Annotated[Path | None, typer.Option(help="The .npz that gets the states after the call.")] = None,
    json: JsonFlag = False,
) -> None:
    """Execute a saved program; arrays may have one more axis in front that counts windows."""
    from qleap_edge.core.errors import UsageError
    from qleap_edge.core.output_paths import require_replaceable_file
    from qleap_edge.mil.runtime.evaluator import open_model
    from qleap_edge.mil.runtime.plan import as_precision
    from qleap_edge.mil.tools.run_summary import summarize_run

    for path in (out, *([state_out] if state_out is not None else [])):
        require_replaceable_file(path, _arrays_file())
    rounding = as_precision(precision)
    model = open_model(package, precision=rounding, function=function)
    arrays = read_arrays(inputs)
    windows = _windows(arrays, model.function.inputs)
    if windows is None:
        state = model.make_state() if state_in is None else model.restore_state(read_arrays(state_in))
        outputs = model.predict(arrays, state)
        if state_out is not None:
            write_arrays(state_out, state.arrays())
    elif state_in is not None or state_out is not None:
        raise UsageError(
            "windows are independent of each other, so no state goes from one to the next",
            where=inputs,
            expected="arrays of one call beside --state-in and --state-out",
            got=f"{windows} windows",
            next_step="run the calls one after the other",
        )
    else:
        with progress_bar("windows") as progress:
            outputs = model.predict_batch(arrays, progress)
    write_arrays(out, outputs)
    document = summarize_run(str(package), model.function, rounding, arrays, outputs, windows)
    print_run_notes(document)
    if json:
        print_json(document)
    else:
        print_run(f"{package.name}, {precision}, {model.executor} executor: {out}", document)


@app.command()
def inspect(package: PackageArgument, function: FunctionOption = None, json: JsonFlag = False) -> None:
    """Explain a saved program: operations, parameters, arithmetic, bytes, precision, what cannot be executed."""
    from qleap_edge.mil.format.package import Package
    from qleap_edge.mil.tools.inspect import summarize

    summary = summarize(Package.load(package), function)
    if json:
        print_json(summary)
    else:
        print_summary(package.name, summary)


@app.command()
def lint(
    package: PackageArgument,
    recipe: Annotated[
        str | None, typer.Option("--recipe", "-r", help="Recipe whose table verification.placement justifies findings.")
    ] = None,
    function: FunctionOption = None,
    json: JsonFlag = False,
) -> None:
    """Report what a watch would refuse and what probably leaves the Neural Engine; exit 1 for findings without a reason."""
    from qleap_edge.core.recipe import load_recipe
    from qleap_edge.mil.format.package import Package
    from qleap_edge.verification.device_placement.lint import lint_package

    reasons = () if recipe is None else load_recipe(recipe).verification.placement
    document = lint_package(Package.load(package), reasons, function)
    if json:
        print_json(document)
    else:
        print_findings(package.name, document)
    if document.unjustified_errors or document.unjustified_warnings:
        raise typer.Exit(1)


@app.command()
def drift(
    package: PackageArgument,
    inputs: Annotated[Path, typer.Option(help="An .npz with one array for each input, by name.")],
    against: Annotated[
        Path | None, typer.Option(help="Another package of the same network; not given: this one without rounding.")
    ] = None,
    bound: Annotated[
        float | None, typer.Option(min=0.0, help="Relative difference that counts as drift; not given: a hundredth.")
    ] = None,
    function: FunctionOption = None,
    against_function: Annotated[
        str | None, typer.Option(help="Entry point of the other package; not given: its default one.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Values to list, the worst first.")] = 20,
    json: JsonFlag = False,
) -> None:
    """Compare every intermediate value with an exact run, and name the first operation that drifts."""
    from qleap_edge.mil.format.package import Package
    from qleap_edge.mil.tools.drift import DRIFT_BOUND, measure_drift

    limit = DRIFT_BOUND if bound is None else bound
    other = None if against is None else Package.load(against)
    document = measure_drift(
        Package.load(package),
        read_arrays(inputs),
        other,
        limit,
        function=function,
        against_function=against_function,
    )
    if json:
        print_json(document)
        return
    print_drift(package.name, document, top)


def read_arrays(path: Path) -> "dict[str, np.ndarray]":
    """Read every array of an .npz; pickled objects are refused.

    Raises:
        InputDataError: the file cannot be read, or holds something else than plain arrays.
    """
    import zipfile
    import zlib

    import numpy as np

    from qleap_edge.core.errors import InputDataError

    try:
        with np.load(path, allow_pickle=False) as archive:
            if not hasattr(archive, "files"):
                raise ValueError("a single array, not an archive")
            return {name: archive[name] for name in archive.files}
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        AttributeError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as problem:
        raise InputDataError(
            "cannot read the arrays",
            where=path,
            expected="an .npz with one plain array for each input",
            got=str(problem).split("\n")[0],
            next_step="write it with numpy.savez",
        ) from problem


def write_arrays(path: Path, arrays: "Mapping[str, np.ndarray]") -> None:
    """Write arrays by name into an .npz, all or nothing; a comment in the archive marks it as written by this tool.

    Raises:
        UsageError: something else than an earlier file of arrays lies there.
    """
    import io
    import zipfile

    import numpy as np

    from qleap_edge.core.output_paths import write_output

    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = _ARRAYS_MARK
    write_output(path, buffer.getvalue(), _arrays_file())


def _arrays_file() -> "FileKind":
    from qleap_edge.core.output_paths import marked_file

    return marked_file("an earlier file of outputs", b"PK", _ARRAYS_MARK)


def _windows(arrays: "Mapping[str, np.ndarray]", features: "Sequence[Feature]") -> int | None:
    """Return the length of the axis that the arrays have in front of what the program declares, ``None`` without one."""
    for feature in features:
        if feature.name in arrays and arrays[feature.name].ndim == len(feature.shape) + 1:
            return int(arrays[feature.name].shape[0])
    return None
