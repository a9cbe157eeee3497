"""``qleap watch``: check a real recording, and align it to the model's frame and rate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from qleap_edge.alignment.report import InspectionReport
    from qleap_edge.alignment.stream import AlignedRecording
    from qleap_edge.alignment.wear import Wear

app = typer.Typer(name="watch", help="Real Apple Watch recordings.", no_args_is_help=True)

INPUT_DATA_EXIT = 3

RecordingArgument = Annotated[
    Path,
    typer.Argument(
        metavar="REC",
        help="What the logger app exported: a CSV, gzip, folder or zip (formats: docs/recordings.md).",
    ),
]
SideChoice = Literal["left", "right"]
RateOption = Annotated[
    float | None, typer.Option("--rate-hz", help="Sample rate of a file without stamps (50 when not given).")
]
WristOption = Annotated[
    SideChoice | None, typer.Option(help="Wrist that wears the watch; left is assumed when not given.")
]
CrownOption = Annotated[
    SideChoice | None, typer.Option(help="Side of the crown, as set on the watch; right is assumed when not given.")
]
MappingOption = Annotated[
    Path | None,
    typer.Option("--mapping", help="Mapping TOML for a CSV of any other logger (see `qleap watch mapping`)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.command()
def inspect(
    recording: RecordingArgument,
    rate_hz: RateOption = None,
    wrist: WristOption = None,
    crown: CrownOption = None,
    mapping: MappingOption = None,
    json: JsonOption = False,
    plot: Annotated[Path | None, typer.Option(help="Draw what the model sees into this PNG.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one page with every check and plot into this file.")] = None,
) -> None:
    """Check a recording: format, clock, gaps, units, signs, wear. Exit 3 if it must not reach the model."""
    from qleap_edge.alignment.export import FIGURE_FILE, write_figure
    from qleap_edge.alignment.inspection_page import INSPECTION_PAGE_FILE, write_inspection_page
    from qleap_edge.alignment.report import inspection_report
    from qleap_edge.core.output_paths import require_different_files, require_replaceable_file

    require_different_files(("--plot", plot), ("--html", html))
    if plot is not None:
        require_replaceable_file(plot, FIGURE_FILE)
    if html is not None:
        require_replaceable_file(html, INSPECTION_PAGE_FILE)
    aligned = load_aligned(recording, rate_hz, wrist, crown, mapping)
    report = inspection_report(aligned)
    if plot is not None:
        write_figure(aligned, plot)
    if html is not None:
        write_inspection_page(aligned, html)
    if json:
        typer.echo(report.to_json(), nl=False)
    else:
        _print_inspection(report)
    if report.verdict == "fail":
        raise typer.Exit(INPUT_DATA_EXIT)


@app.command()
def align(
    recording: RecordingArgument,
    out: Annotated[Path, typer.Option(help="NumPy archive to write.")],
    rate_hz: RateOption = None,
    wrist: WristOption = None,
    crown: CrownOption = None,
    mapping: MappingOption = None,
    json: JsonOption = False,
) -> None:
    """Write a recording as the model takes it: 50 Hz, frame C, left arm, windows that cross no gap."""
    from qleap_edge.alignment.export import ARCHIVE_FILE, ARRAYS, aligned_arrays, write_aligned
    from qleap_edge.alignment.report import inspection_report
    from qleap_edge.core.output_paths import require_replaceable_file

    require_replaceable_file(out, ARCHIVE_FILE)
    aligned = load_aligned(recording, rate_hz, wrist, crown, mapping)
    aligned.require_usable()
    write_aligned(aligned, out)
    if json:
        typer.echo(inspection_report(aligned).to_json(), nl=False)
        return
    from qleap_edge.cli.output import print_table

    arrays = aligned_arrays(aligned).items()
    print_table(str(out), ("array", "shape", "content"), ((name, a.shape, ARRAYS[name]) for name, a in arrays))


@app.command("mapping")
def print_mapping(recording: RecordingArgument) -> None:
    """Print a mapping TOML for a CSV of an unknown logger, filled in as far as header and first rows tell."""
    from qleap_edge.alignment.readers.detect import proposed_mapping

    typer.echo(proposed_mapping(recording), nl=False)


def load_aligned(
    recording: Path,
    rate_hz: float | None,
    wrist: SideChoice | None,
    crown: SideChoice | None,
    mapping_file: Path | None = None,
) -> "AlignedRecording":
    """Read and align a recording with the wear that was given on the command line, or that the recording itself tells."""
    from qleap_edge.alignment.readers.detect import UnknownFormatError, read_recording
    from qleap_edge.alignment.stream import align as align_recording

    try:
        read = read_recording(recording, rate_hz, mapping_file)
    except UnknownFormatError as problem:
        typer.echo(f"# a mapping for this file, to be completed:\n{problem.proposal}", err=True)
        raise
    told = read.wear
    if told is None:
        return align_recording(read, wear_from(wrist, crown))
    wear = wear_from(wrist or told.wrist.value, crown or told.crown.value)
    if (wear.wrist, wear.crown) != (told.wrist, told.crown):
        warning = f"the recording says {told.wrist} wrist, crown {told.crown}; {wear.wrist} and {wear.crown} are used, as given"
        read = read.with_messages(notes=read.notes, warnings=(warning,))
    return align_recording(read, wear)


def wear_from(wrist: SideChoice | None, crown: SideChoice | None) -> "Wear":
    """Return the wear; it counts as given only if wrist and crown were both given."""
    from qleap_edge.alignment.wear import ASSUMED_WEAR, Side, Wear

    return Wear(
        wrist=ASSUMED_WEAR.wrist if wrist is None else Side(wrist),
        crown=ASSUMED_WEAR.crown if crown is None else Side(crown),
        source="assumed" if wrist is None or crown is None else "given",
    )


_LEVELS = {"pass": "[green]ok[/]", "info": "[cyan]open[/]", "warn": "[yellow]note[/]", "fail": "[red]FAIL[/]"}


def _print_inspection(report: "InspectionReport") -> None:
    """Print what ``inspect`` found: first whether the recording can be used, and why not; then all parts and checks."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    source, wear = report.source, report.wear
    console.print(f"[bold]{escape(source.path)}[/bold]", highlight=False, soft_wrap=True)
    console.print(f"{source.format}, {source.rows} rows in {source.duration_s:.3f} s, sha256 {source.sha256[:12]}")
    console.print(f"watch on the {wear.wrist} wrist, crown {wear.crown} ({wear.source})")
    for note in source.notes:
        console.print(escape(note), highlight=False)
    failures = [found for found in report.findings if found.level == "fail"]
    notes = [found for found in report.findings if found.level == "warn"]
    cut = report.windows
    if failures:
        console.print(
            f"\n[bold red]This recording cannot be used[/]: {len(failures)} of {len(report.findings)} checks fail."
        )
    else:
        console.print("\n[bold green]This recording can be used[/]." + (" What you should know:" if notes else ""))
    for found in [*failures, *notes]:
        expected = f" (expected: {found.expected})" if found.level == "fail" else ""
        console.print(f"  {_LEVELS[found.level]} {escape(found.message + expected)}", highlight=False, soft_wrap=True)
    length_s = cut.steps / cut.rate_hz
    console.print(
        f"{cut.count} windows of {length_s:g} s, {cut.rejected} of them left out because too many rows are missing\n"
    )
    parts = Table("part", "start s", "duration s", "rows a second", "times from", "rows", "missing", "steps at 50 Hz")
    for index, part in enumerate(report.segments):
        times = (f"{part.start_s:.3f}", f"{part.duration_s:.4f}", f"{part.rate_hz:.3f}")
        clock = {"sensor": "sensor", "wall": "app", "given": "a rate"}[part.clock]
        parts.add_row(str(index), *times, clock, str(part.rows), str(part.lost_samples), str(part.steps))
    for lost in report.rejected:
        parts.add_row("left out", f"{lost.start_s:.3f}", f"{lost.end_s - lost.start_s:.4f}", escape(lost.reason))
    console.print(parts)
    findings = Table("check", "", "what was found", "expected")
    for found in report.findings:
        findings.add_row(found.check, _LEVELS[found.level], escape(found.message), escape(found.expected))
    console.print(findings)
