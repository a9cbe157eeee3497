"""``qleap watch export``: a session for a clinical system, or for a spreadsheet."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qleap_edge.analysis.session_document import SessionReport

SessionArgument = Annotated[
    Path, typer.Argument(metavar="SESSION.json", help="What `qleap watch analyze REC --bundle B --out FILE` wrote.")
]
FhirOption = Annotated[
    Path | None, typer.Option("--fhir", help="FHIR R4 Bundle of Observations to write, e.g. session.fhir.json.")
]
CsvOption = Annotated[Path | None, typer.Option("--csv", help="CSV to write, one row a repetition.")]
PatientOption = Annotated[
    str | None,
    typer.Option(
        "--patient", metavar="REFERENCE", help="The wearer in the receiving system, e.g. Patient/123 (with --fhir)."
    ),
]
StartedOption = Annotated[
    str | None,
    typer.Option(
        "--started-at",
        metavar="ISO-8601",
        help="When the recording began, with offset, for a recording that does not tell (with --fhir).",
    ),
]


def export(
    session: SessionArgument,
    fhir: FhirOption = None,
    csv: CsvOption = None,
    patient: PatientOption = None,
    started_at: StartedOption = None,
) -> None:
    """Write a session as a FHIR R4 Bundle (--fhir), as CSV (--csv), or both."""
    from qleap_edge.analysis.export.csv_table import CSV_FILE, csv_text
    from qleap_edge.analysis.export.fhir import fhir_text
    from qleap_edge.analysis.export.fhir_file import FHIR_FILE
    from qleap_edge.analysis.export.recording_time import recording_start
    from qleap_edge.analysis.session_file import read_session
    from qleap_edge.core.output_paths import require_replaceable_file, write_output

    _require_options(fhir, csv, patient, started_at)
    if fhir is not None:
        require_replaceable_file(fhir, FHIR_FILE)
    if csv is not None:
        require_replaceable_file(csv, CSV_FILE)
    report = read_session(session)
    if fhir is not None:
        started = recording_start(report, started_at)
        text = fhir_text(report, patient=patient, started=started)
        write_output(fhir, text.encode(), FHIR_FILE)
        if started is None:
            typer.echo(
                f"warning: {session} does not tell when the recording began, so the Observations in {fhir} have no effective "
                "time; many systems need one. Next: give it with --started-at",
                err=True,
            )
    if csv is not None:
        write_output(csv, csv_text(report).encode(), CSV_FILE)
    _print_written(report, fhir, csv)


def _require_options(fhir: Path | None, csv: Path | None, patient: str | None, started_at: str | None) -> None:
    """Refuse a call that writes nothing, writes two exports into one file, or gives an option that nothing reads."""
    from qleap_edge.core.errors import UsageError
    from qleap_edge.core.output_paths import require_different_files

    if fhir is None and csv is None:
        raise UsageError("nothing to write", expected="--fhir, --csv or both", next_step="`qleap watch export --help`")
    require_different_files(("--fhir", fhir), ("--csv", csv))
    given = [name for name, value in (("--patient", patient), ("--started-at", started_at)) if value is not None]
    if fhir is None and given:
        raise UsageError(
            "the CSV holds no patient and no date",
            where=" and ".join(given),
            expected="--fhir with it",
            next_step="add --fhir, or leave it out",
        )


def _print_written(report: "SessionReport", fhir: Path | None, csv: Path | None) -> None:
    from qleap_edge.analysis.export.fhir import observation_status

    repetitions = sum(len(one.repetitions) for one in report.sets)
    if fhir is not None:
        observations = "Observation of a set" if len(report.sets) == 1 else "Observations of sets"
        held = f"{len(report.sets)} {observations}, {repetitions} of repetitions, {observation_status(report)}"
        typer.echo(f"{fhir}: FHIR R4 Bundle, {held if report.sets else 'the device and no Observation'}")
    if csv is not None:
        typer.echo(f"{csv}: CSV, {repetitions} rows below the header")
    if not report.sets:
        typer.echo("The session has no set, so nothing of an exercise is exported.")
