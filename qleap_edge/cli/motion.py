"""``qleap motion``: motion folders from optical markers."""

from pathlib import Path
from typing import Annotated

import typer

from qleap_edge.cli.options import JsonFlag
from qleap_edge.cli.output import print_json, print_table, progress_bar

app = typer.Typer(name="motion", no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def fit(
    markers: Annotated[Path, typer.Argument(help="Folder with the files sNN.npz of UI-PRMD.", metavar="DIR")],
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    movement: Annotated[
        list[str] | None,
        typer.Option(help="Movement that is wanted, e.g. m01; repeat it for several. Without it: all."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Fit the body to optical markers and write a motion folder, which `qleap synthesize --motion` reads."""
    from dataclasses import asdict

    from qleap_edge.dataset.fit_motion import fit_markers

    with progress_bar("persons") as update:
        found = fit_markers(markers, out, tuple(movement or ()), update)
    if json:
        print_json(asdict(found))
        return
    print_table(
        f"Motion folder {out}",
        ("person", "recording", "exercise", "seconds", "median mm", "95 % mm"),
        (
            (one.person, one.name, one.exercise, f"{one.seconds:.0f}", f"{one.median_mm:.1f}", f"{one.high_mm:.0f}")
            for one in found.fits
        ),
    )
    for reason in found.left_out:
        typer.echo(f"Left out: {reason}")
