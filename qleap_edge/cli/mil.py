"""Commands on any saved ML Program: execute it, explain it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.output import JsonFlag, number, print_json, print_table, progress_bar

if TYPE_CHECKING:
    import numpy as np

    from qleap_edge.mil.inspect import ProgramSummary
    from qleap_edge.mil.program import Feature
    from qleap_edge.verification.placement.lint import PlacementDocument

app = typer.Typer(name="mil", no_args_is_help=True, pretty_exceptions_enable=False)

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
) -> None:
    """Execute a saved program; arrays may have one more axis in front that counts windows."""
    import io

    import numpy as np

    from qleap_edge.core.records import write_atomically
    from qleap_edge.mil.evaluator import Runtime
    from qleap_edge.mil.package import Package
    from qleap_edge.mil.plan import as_precision

    rounding = as_precision(precision)
    runtime = Runtime(Package.load(package), rounding, function)
    arrays = read_arrays(inputs)
    if _has_windows(arrays, runtime.function.inputs):
        with progress_bar("windows") as progress:
            outputs = runtime.predict_batch(arrays, progress)
    else:
        outputs = runtime.predict(arrays)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **outputs)
    write_atomically(out, buffer.getvalue())
    print_table(
        f"{package.name}, {precision}, {runtime.executor} executor: {out}",
        ("output", "shape", "type", "smallest", "largest"),
        (
            (
                name,
                value.shape,
                value.dtype,
                *((f"{value.min():.4g}", f"{value.max():.4g}") if value.size and value.dtype.kind != "U" else ("", "")),
            )
            for name, value in outputs.items()
        ),
    )


@app.command()
def inspect(package: PackageArgument, function: FunctionOption = None, json: JsonFlag = False) -> None:
    """Explain a saved program: operations, parameters, arithmetic, bytes, precision, what cannot be executed."""
    from qleap_edge.mil.inspect import summarize
    from qleap_edge.mil.package import Package

    summary = summarize(Package.load(package), function)
    if json:
        print_json(summary)
    else:
        _print_summary(package, summary)


@app.command()
def lint(
    package: PackageArgument,
    recipe: Annotated[
        str | None, typer.Option("--recipe", "-r", help="Recipe whose [verification.placement] justifies findings.")
    ] = None,
    function: FunctionOption = None,
    json: JsonFlag = False,
) -> None:
    """Say what a watch would refuse and what probably leaves the Neural Engine; exit 1 if that is not justified."""
    from qleap_edge.core.recipe import load_recipe
    from qleap_edge.mil.package import Package
    from qleap_edge.verification.placement.lint import lint_package

    reasons = () if recipe is None else load_recipe(recipe).verification.placement
    document = lint_package(Package.load(package), reasons, function)
    if json:
        print_json(document)
    else:
        _print_findings(package, document)
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
    top: Annotated[int, typer.Option(min=1, help="Values to list, the worst first.")] = 20,
    json: JsonFlag = False,
) -> None:
    """Compare every intermediate value with an exact run, and name the first operation that drifts."""
    from qleap_edge.mil.drift import DRIFT_BOUND, measure_drift
    from qleap_edge.mil.package import Package

    limit = DRIFT_BOUND if bound is None else bound
    other = None if against is None else Package.load(against)
    document = measure_drift(Package.load(package), read_arrays(inputs), other, limit)
    if json:
        print_json(document)
        return
    worst = sorted(document.values, key=lambda item: -item.relative)[:top]
    print_table(
        f"{package.name} against {document.against}: the worst {len(worst)} of {len(document.values)} values",
        ("value", "operation", "type", "largest difference", "largest value", "relative"),
        (
            (item.name, item.operation, item.declared, number(item.max_abs), number(item.peak), f"{item.relative:.2%}")
            for item in worst
        ),
    )
    found = document.first
    verdict = "no value" if found is None else f"first {found.name} ({found.operation}, {found.relative:.2%})"
    typer.echo(f"Beyond {limit:.2%}: {verdict}; {len(document.unmatched)} values have no counterpart.")


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


def _has_windows(arrays: "dict[str, np.ndarray]", features: "tuple[Feature, ...]") -> bool:
    """Tell whether the arrays have one more axis than the program declares."""
    return any(feature.name in arrays and arrays[feature.name].ndim == len(feature.shape) + 1 for feature in features)


def _print_summary(package: Path, summary: "ProgramSummary") -> None:
    rows: list[tuple[str, object]] = [
        ("function", f"{summary.function} of {', '.join(summary.functions)}"),
        ("specification", f"{summary.specification_version} (opset {summary.opset})"),
        ("parameters", f"{summary.parameters:,}"),
        ("weights", f"{summary.weight_bytes:,} bytes"),
        ("arithmetic", f"{summary.flops / 1e6:,.1f} MFLOP"),
        ("precision", ", ".join(f"{name} {count}" for name, count in summary.precision_counts.items())),
    ]
    for kind, features in (("input", summary.inputs), ("output", summary.outputs), ("state", summary.states)):
        for feature in features:
            note = "" if feature.kind in {"array", "state"} else f", {feature.kind}"
            rows.append((kind, f"{feature.name} {feature.shape} {feature.dtype}{note} {feature.description}".strip()))
    rows += [("dynamic input", name) for name in summary.dynamic_inputs]
    rows += [("unsupported", f"{item.type} ({item.name}): {item.reason}") for item in summary.unsupported]
    print_table(package.name, ("what", "value"), rows)
    flops: dict[str, int] = {}
    for item in summary.operations:
        flops[item.type] = flops.get(item.type, 0) + item.flops
    print_table(
        "Operations",
        ("type", "count", "MFLOP"),
        ((name, count, f"{flops.get(name, 0) / 1e6:.1f}") for name, count in summary.operation_counts.items()),
    )


def _print_findings(package: Path, document: "PlacementDocument") -> None:
    """Print one row for all findings of a rule that have the same shape and reason; notes are advice, a row a rule."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for item in document.findings:
        shape = "" if item.severity == "note" else "×".join("?" if size is None else str(size) for size in item.shape)
        what = item.what if item.severity != "note" or item.rule.startswith("reason.") else item.advice
        groups.setdefault((item.severity, item.rule, shape, item.justification), []).extend([item.operation, what])
    print_table(
        f"{package.name}, function {document.function}: {document.operations} operations, {len(document.rules)} rules, "
        f"{document.unjustified_errors} errors and {document.unjustified_warnings} warnings without a reason",
        ("severity", "rule", "count", "shape", "first operation", "what", "justified by the recipe"),
        (
            (severity, rule, len(cells) // 2, shape, cells[0], cells[1], reason or "")
            for (severity, rule, shape, reason), cells in groups.items()
        ),
    )
    if document.unjustified_errors + document.unjustified_warnings == 0:
        typer.echo(
            "No error and no warning without a reason. Nothing was run on a device: only a compute plan proves placement."
        )
