"""``qleap watch analyze``: sets, repetitions and measures of a real recording."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.watch import (
    CrownOption,
    JsonOption,
    MappingOption,
    RateOption,
    RecordingArgument,
    WristOption,
    load_aligned,
)
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.units import REFERENCE_STATURE_M

if TYPE_CHECKING:
    from qleap_edge.analysis.session_document import SessionReport

BundleOption = Annotated[Path, typer.Option("--bundle", help="Bundle folder, e.g. dist/QuantumLeapPose-0.1.0.")]
StatureOption = Annotated[
    float | None,
    typer.Option(min=1.0, max=2.5, help=f"Height of the wearer; {REFERENCE_STATURE_M} is assumed when not given."),
]
ActiveOption = Annotated[
    tuple[float, float] | None,
    typer.Option(
        "--active",
        help="Start and end of the exercise, seconds since the first row, where you know them; one repetition is then a set.",
    ),
]
ExerciseOption = Annotated[
    Exercise | None,
    typer.Option("--exercise", help="The exercise that was done, where you know it: the network then does not decide."),
]
ReferenceOption = Annotated[
    Path | None,
    typer.Option(
        "--reference", help="Reference set of this wearer (`qleap watch reference`): removes the depth's bias."
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Session document to write, for `qleap watch export`; as --json prints it.")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", help="Write one page with every plot and table into this file.")
]


def analyze(
    recording: RecordingArgument,
    bundle: BundleOption,
    stature_m: StatureOption = None,
    exercise: ExerciseOption = None,
    active: ActiveOption = None,
    reference: ReferenceOption = None,
    rate_hz: RateOption = None,
    wrist: WristOption = None,
    crown: CrownOption = None,
    mapping: MappingOption = None,
    json: JsonOption = False,
    out: OutOption = None,
    html: HtmlOption = None,
) -> None:
    """Find sets and repetitions by physics, and let the shipped model say which exercise, or that it is unknown."""
    from qleap_edge.analysis.session import Wearer, read_given_reference
    from qleap_edge.analysis.session import analyze as run
    from qleap_edge.analysis.session_file import SESSION_FILE
    from qleap_edge.analysis.session_page import SESSION_PAGE_FILE, write_session_page
    from qleap_edge.bundle.shipped import open_bundle
    from qleap_edge.cli.output import progress_bar
    from qleap_edge.core.output_paths import require_different_files, require_replaceable_file, write_output

    require_different_files(("--out", out), ("--html", html))
    for path, kind in ((out, SESSION_FILE), (html, SESSION_PAGE_FILE)):
        if path is not None:
            require_replaceable_file(path, kind)
    wearer = Wearer(
        stature_m=REFERENCE_STATURE_M if stature_m is None else stature_m,
        stature_source="assumed" if stature_m is None else "given",
        exercise=exercise,
        reference=None if reference is None else read_given_reference(reference),
    )
    aligned = load_aligned(recording, rate_hz, wrist, crown, mapping)
    model = open_bundle(bundle)
    with progress_bar("windows", shown=not json) as update:
        session = run(aligned, model, wearer, active=active, on_window=update)
    report = session.report
    if out is not None:
        write_output(out, report.to_json().encode(), SESSION_FILE)
    if html is not None:
        write_session_page(session, html)
    if json:
        typer.echo(report.to_json(), nl=False)
    else:
        _print_session(report)


def _print_session(report: "SessionReport") -> None:
    """Print what was found: sentences first, then a table of repetitions for each set."""
    from qleap_edge.analysis.statements import alert_sentences, disagreements, repetition_table, sentences
    from qleap_edge.cli.output import print_table

    wear = f"{report.wear.wrist} wrist, crown {report.wear.crown} ({report.wear.source})"
    typer.echo(f"{report.recording}: {wear}, {report.stature_m:.2f} m ({report.stature_source})")
    for sentence in sentences(report):
        typer.echo(sentence)
    for number, one in enumerate(report.sets, start=1):
        table = repetition_table(number, one)
        print_table(table.title, table.columns, table.rows, whole_words=True)
        for text in alert_sentences(one):
            typer.echo(f"  alert: {text}" if "not sure" not in text else f"  {text}")
        for text in disagreements(one):
            typer.echo(f"  differs: {text}")
    for warning in report.warnings:
        typer.echo(f"warning: {warning}", err=True)
