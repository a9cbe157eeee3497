"""Commands on a finished dataset: what is in it, and how it compares."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.options import JsonFlag, OutOption
from qleap_edge.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from qleap_edge.dataset.report.document import DatasetReport
    from qleap_edge.reporting.tables import Table

app = typer.Typer(name="dataset", no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="The dataset's folder.", metavar="DIR")],
    real: Annotated[
        Path | None, typer.Option(help="An .npz of motion capture with real squats to set beside the synthetic ones.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.json, figures and index.html; by default DIR.report beside DIR."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Measure a dataset against the literature, the watch and a real person; a missed bound is reported, not an error."""
    from qleap_edge.dataset.report.write import PAGE_NAME, default_folder, write_report

    target = out or default_folder(folder)
    with progress_bar("sequences") as update:
        found = write_report(folder, target, real, update)
    if json:
        print_json(found)
        return
    _print_report(found)
    typer.echo(f"Page: {target / PAGE_NAME}")


@app.command()
def recorded(
    folder: Annotated[Path, typer.Argument(help="Folder of sp-sw-har, with its files s*_sw.csv.gz.", metavar="DIR")],
    out: OutOption,
    json: JsonFlag = False,
) -> None:
    """Make labelled real recordings into windows on which `qleap train --recorded` trains the exercise head."""
    from qleap_edge.dataset.recorded import convert_sp_sw_har

    with progress_bar("recordings") as update:
        found = convert_sp_sw_har(folder, out, update)
    if json:
        print_json(found)
        return
    rows = [(name, f"{steps / found.rate_hz / 60.0:.1f}") for name, steps in found.steps.items()]
    print_table("Minutes by exercise", ("exercise", "minutes"), rows)
    persons = len({recording.person for recording in found.recordings})
    typer.echo(f"{len(found.recordings)} recordings of {persons} persons; {len(found.left_out)} left out")
    for name, reason in found.left_out.items():
        typer.echo(f"  {name}: {reason}")


def _print_report(report: "DatasetReport") -> None:
    from qleap_edge.dataset.report import tables
    from qleap_edge.dataset.report.literature import SIGNALS

    for table in tables.content_tables(report):
        _print(table)
    if any(row.content == "squat" for row in report.counts):
        _print(tables.angle_table(report, "squat"))
    for table in (
        tables.motion_table(report),
        tables.ground_table(report),
        tables.rest_table(report),
        tables.gravity_table(report),
    ):
        _print(table)
    for signal in SIGNALS:
        _print(tables.spectrum_table(report, signal))
    real = tables.real_table(report)
    if real is not None:
        _print(real)
    _print(tables.check_table(report))
    typer.echo(tables.summary(report))


def _print(table: "Table") -> None:
    from rich.text import Text

    styles = {"ok": "green", "inside": "green", "short": "bold red", "outside": "bold red", "unmeasured": "dim"}
    rows = ([Text(cell, style=styles.get(cell, "")) for cell in row] for row in table.rows)
    print_table(table.title, table.columns, rows)
