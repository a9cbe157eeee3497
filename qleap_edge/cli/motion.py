"""``qleap motion``: motion folders from optical markers and from BVH files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.options import JsonFlag
from qleap_edge.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from qleap_edge.core.exercises import Exercise
    from qleap_edge.dataset.fit_motion import FitReport

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
    _print(found, out)


@app.command()
def bvh(
    files: Annotated[list[Path], typer.Argument(help="BVH files of one person.", metavar="FILE...")],
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    person: Annotated[str, typer.Option(help="Name of the person: letters, digits, - and _.")],
    exercise: Annotated[
        list[str], typer.Option(help="What is done in the files; repeat it, once a file, if they differ.")
    ],
    stature: Annotated[float, typer.Option(min=1.2, max=2.3, help="The person's height, m.")],
    source: Annotated[str, typer.Option(help="Where the files are from.")],
    licence: Annotated[str, typer.Option(help="Under which terms they may be used.")],
    json: JsonFlag = False,
) -> None:
    """Fit the body to BVH files and write a motion folder, which `qleap synthesize --motion` reads."""
    from dataclasses import asdict

    from qleap_edge.dataset.fit_motion import fit_bvh_files

    with progress_bar("files") as update:
        found = fit_bvh_files(
            files,
            out,
            person=person,
            exercises=[_exercise(name) for name in exercise],
            stature_m=stature,
            source=source,
            licence=licence,
            on_progress=update,
        )
    if json:
        print_json(asdict(found))
        return
    _print(found, out)


def _exercise(name: str) -> "Exercise":
    """Return the exercise of this name.

    Raises:
        UsageError: there is none.
    """
    from qleap_edge.core.errors import UsageError
    from qleap_edge.core.exercises import EXERCISES

    for known in EXERCISES:
        if known == name:
            return known
    raise UsageError("no such exercise", where="--exercise", expected=", ".join(EXERCISES), got=name)


def _print(found: "FitReport", out: Path) -> None:
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
