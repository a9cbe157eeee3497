"""How the commands on saved programs print what they found."""

from typing import TYPE_CHECKING

import typer

from qleap_edge.cli.output import number, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qleap_edge.mil.tools.drift import DriftDocument
    from qleap_edge.mil.tools.inspect import FeatureSummary, ProgramSummary
    from qleap_edge.mil.tools.run_summary import RunDocument
    from qleap_edge.verification.device_placement.lint import PlacementDocument


def print_run(title: str, document: "RunDocument") -> None:
    """Print one row an output."""
    print_table(
        title,
        ("output", "shape", "type", "smallest", "largest", "not finite"),
        (
            (
                item.name,
                _shape(item.shape),
                item.dtype,
                "" if item.smallest is None else number(item.smallest),
                "" if item.largest is None else number(item.largest),
                item.not_finite or "",
            )
            for item in document.outputs
        ),
    )


def print_run_notes(document: "RunDocument") -> None:
    """Say on stderr what a run converted, which outputs hold infinite or undefined numbers, and which the package repeats."""
    for item in document.converted:
        typer.echo(f"Input {item.name!r}: {item.given} given, {item.declared} declared; no number changed.", err=True)
    for output in document.outputs:
        if output.not_finite:
            typer.echo(f"Output {output.name!r}: {output.not_finite} elements are infinite or NaN.", err=True)
    for name in document.repeated_outputs:
        typer.echo(
            f"Output {name!r} is listed twice in the package: the converter gave one tensor several names and kept the last.",
            err=True,
        )


def print_drift(name: str, document: "DriftDocument", top: int) -> None:
    """Print the worst values, the first that drifts and the first that is not finite."""
    worst = sorted(document.values, key=lambda item: -item.relative)[:top]
    print_table(
        f"{name} against {document.against}: the worst {len(worst)} of {len(document.values)} values",
        ("value", "operation", "type", "largest difference", "largest value", "relative"),
        (
            (item.name, item.operation, item.declared, number(item.max_abs), number(item.peak), f"{item.relative:.2%}")
            for item in worst
        ),
    )
    found = document.first
    verdict = "no value" if found is None else f"first {found.name} ({found.operation}, {found.relative:.2%})"
    typer.echo(
        f"Beyond {document.bound:.2%}: {verdict}; {len(document.unmatched)} values have no match in the other program."
    )
    if document.not_finite:
        first = document.not_finite[0]
        typer.echo(
            f"Infinite or NaN: {len(document.not_finite)} values, first {first.name} ({first.operation}): {first.declared} of "
            f"{first.elements} elements as declared, {first.exact} in the exact run."
        )


def print_summary(name: str, summary: "ProgramSummary") -> None:
    """Print what a program is made of, and its operations by type."""
    rows: list[tuple[str, object]] = [
        ("function", f"{summary.function} of {', '.join(summary.functions)}"),
        ("specification", f"{summary.specification_version} (opset {summary.opset})"),
        ("parameters", f"{summary.parameters:,}"),
        ("weights", f"{summary.weight_bytes:,} bytes"),
        ("arithmetic", f"{summary.flops / 1e6:,.1f} MFLOP"),
        ("precision", ", ".join(f"{kind} {count}" for kind, count in summary.precision_counts.items())),
    ]
    for kind, features in (("input", summary.inputs), ("output", summary.outputs), ("state", summary.states)):
        for feature in features:
            note = "" if feature.kind in {"array", "state"} else f", {feature.kind}"
            words = f"{feature.name} {_shape(feature.shape)} {feature.dtype}{note}{_accepted(feature)} {feature.description}"
            rows.append((kind, words.strip()))
    rows += [("dynamic input", item) for item in summary.dynamic_inputs]
    rows += [("unsupported", f"{item.type} ({item.name}): {item.reason}") for item in summary.unsupported]
    print_table(name, ("what", "value"), rows)
    flops: dict[str, int] = {}
    for item in summary.operations:
        flops[item.type] = flops.get(item.type, 0) + item.flops
    print_table(
        "Operations",
        ("type", "count", "MFLOP"),
        ((kind, count, f"{flops.get(kind, 0) / 1e6:.1f}") for kind, count in summary.operation_counts.items()),
    )


def _shape(sizes: "Sequence[int | None]") -> str:
    listed = ", ".join("?" if size is None else str(size) for size in sizes)
    return f"({listed},)" if len(sizes) == 1 else f"({listed})"


def _accepted(feature: "FeatureSummary") -> str:
    """Say which other shapes an input accepts, and what it is if it is left out."""
    words = ""
    if feature.shapes:
        words += f", one of {' '.join(map(_shape, feature.shapes))}"
    if feature.ranges:
        sizes = (
            str(low) if low == high else f"{low} to {'any size' if high is None else high}"
            for low, high in feature.ranges
        )
        words += f", sizes {' × '.join(sizes)}"
    return words if feature.default is None else f"{words}, {feature.default:g} if left out"


def print_findings(name: str, document: "PlacementDocument") -> None:
    """Print one row for all findings of a rule that have the same shape and reason; notes are advice, a row a rule."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for item in document.findings:
        shape = "" if item.severity == "note" else "×".join("?" if size is None else str(size) for size in item.shape)
        what = item.what if item.severity != "note" or item.rule.startswith("reason.") else item.advice
        groups.setdefault((item.severity, item.rule, shape, item.justification), []).extend([item.operation, what])
    print_table(
        f"{name}, function {document.function}: {document.operations} operations, {len(document.rules)} rules, "
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
