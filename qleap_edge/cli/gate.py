"""``qleap gate``: the decision on a finished bundle."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.bundle import BundleArgument
from qleap_edge.cli.options import JsonFlag
from qleap_edge.cli.output import print_gates, print_json, print_table

if TYPE_CHECKING:
    from qleap_edge.core.output_paths import FileKind
    from qleap_edge.gates.decide import GateReport


def gate(
    folder: BundleArgument,
    thresholds: Annotated[Path | None, typer.Option(help="Bounds to use instead of the shipped ones.")] = None,
    grade: Annotated[
        str | None,
        typer.Option(help="Judge by the bounds of this grade instead of the bundle's own: tiny, preview, release."),
    ] = None,
    public_key: Annotated[Path | None, typer.Option(help="Demand a signature by this Ed25519 key (PEM).")] = None,
    require_grade: Annotated[
        str | None, typer.Option(help="Demand that the bundle claims at least this grade: tiny, preview, release.")
    ] = None,
    recompute: Annotated[
        Path | None, typer.Option(help="Measure accuracy and calibration again on this dataset, and compare.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that run the model.")] = 2,
    baseline: Annotated[
        Path | None,
        typer.Option(help="An earlier bundle: a number that is worse than there by more than its margin fails too."),
    ] = None,
    waivers: Annotated[
        Path | None,
        typer.Option(help="Bounds that the bundle may break for a while, TOML: gate, reason, by whom, until when."),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="GATE", help="Say everything about one gate instead, e.g. exercise.accuracy."
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write the verdicts as JUnit XML into this file.")
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", help="Write the verdicts as Markdown into this file, for a pull request."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write one page with the verdicts and every number beside its bound.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Decide on a bundle: number, bound, unit, verdict for each gate; exit 1 if one fails.

    A value that keeps a bound while the worse end of its interval does not is undecided, which fails grade release.
    """
    from qleap_edge.core.contract import PACKAGE_NAME
    from qleap_edge.core.grades import grade_of
    from qleap_edge.core.manifest import digest_of
    from qleap_edge.core.output_paths import (
        require_different_files,
        require_outside,
        require_replaceable_file,
        write_output,
    )
    from qleap_edge.gates import exports
    from qleap_edge.gates.gate_page import GATE_PAGE_FILE, gate_page
    from qleap_edge.gates.regression import with_regressions
    from qleap_edge.gates.report import gate_bundle
    from qleap_edge.gates.thresholds import load_thresholds

    require_different_files(("--junit", junit), ("--markdown", markdown), ("--html", html))

    def page(report: "GateReport") -> str:
        return gate_page(report, folder.resolve().name, digest_of(folder / PACKAGE_NAME))

    outputs: tuple[tuple[Path | None, FileKind, Callable[[GateReport], str]], ...] = (
        (junit, exports.JUNIT_FILE, exports.junit_xml),
        (markdown, exports.MARKDOWN_FILE, exports.markdown),
        (html, GATE_PAGE_FILE, page),
    )
    for path, kind, _ in outputs:
        if path is not None:
            require_replaceable_file(path, kind)
            require_outside(folder, path)
    judged, required = (None if name is None else grade_of(name) for name in (grade, require_grade))
    if explain is not None:
        beside = {
            "--grade": grade, "--public-key": public_key, "--require-grade": require_grade, "--recompute": recompute,
            "--baseline": baseline, "--waivers": waivers, "--junit": junit, "--markdown": markdown, "--html": html,
        }  # fmt: skip
        _require_alone([name for name, value in beside.items() if value is not None])
        _explain(folder, thresholds, explain, json=json)
        return
    report = gate_bundle(folder, thresholds, judged, public_key=public_key, required=required, waivers=waivers)
    if baseline is not None:
        report = with_regressions(report, load_thresholds(thresholds), folder, baseline, waivers)
    if recompute is not None:
        _recompute(folder, recompute, workers, shown=not json)
    for path, kind, text in outputs:
        if path is not None:
            write_output(path, text(report).encode(), kind)
    print_json(report) if json else print_gates(report)
    if report.verdict == "fail":
        raise typer.Exit(1)


def _require_alone(beside: list[str]) -> None:
    """Refuse options that decide on a bundle where only one gate is explained: nothing of what they demand is checked."""
    from qleap_edge.core.errors import UsageError

    if beside:
        raise UsageError(
            "--explain decides nothing", where="--explain", expected="only --thresholds and --json beside it",
            got=", ".join(beside), next_step="leave them out, or run `qleap gate` without --explain",
        )  # fmt: skip


def _explain(folder: Path, thresholds: Path | None, name: str, *, json: bool) -> None:
    """Print what is known about one gate."""
    from qleap_edge.bundle.validate import validate_bundle
    from qleap_edge.gates.explain import explanation, gates_named
    from qleap_edge.gates.report import SIGNED, bundle_measurements, signed
    from qleap_edge.gates.thresholds import load_thresholds

    named = gates_named(load_thresholds(thresholds), name)
    validation = validate_bundle(folder, None, build_folders=False)
    measurements = bundle_measurements(folder) | {SIGNED: signed(validation.signed_by is not None)}
    told = [explanation(gate, measurements) for gate in named]
    if json:
        print_json([dict(rows) for rows in told])
        return
    for rows in told:
        print_table(f"Gate {name}", ("what", "value"), rows)


def _recompute(folder: Path, data: Path, workers: int, *, shown: bool) -> None:
    """Measure again, with a progress bar, and say how much was compared."""
    from qleap_edge.cli.output import progress_bar
    from qleap_edge.gates.recompute import recompute

    with progress_bar("windows", shown=shown) as on_window:
        compared = recompute(folder, data, workers=workers, on_window=on_window)
    if shown:
        typer.echo(f"{compared} measurements of the reports are what the model gives on {data}")
