"""``qleap verify``: saved packages beside the network they were made from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.options import CheckpointOption, DataOption, JsonFlag
from qleap_edge.cli.output import number, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from qleap_edge.verification.package_parity import LadderDocument


def verify(
    package: Annotated[list[Path], typer.Option("--package", help="A saved .mlpackage, a rung; may be given again.")],
    checkpoint: CheckpointOption,
    data: DataOption,
    windows: Annotated[int, typer.Option(min=1, help="Test windows to compare on.")] = 64,
    drift_bound: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Relative difference at which an operation drifts; not given: as `qleap mil drift`."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Compare saved packages with the network they were made from, and name the first operation that drifts."""
    from qleap_edge.mil.tools.drift import DRIFT_BOUND
    from qleap_edge.verification.package_parity import compare_with_checkpoint

    bound = DRIFT_BOUND if drift_bound is None else drift_bound
    with progress_bar("rungs", shown=not json) as update:
        found = compare_with_checkpoint(package, checkpoint, data, windows, bound, update)
    print_json(found) if json else _print_ladder(found)


def _print_ladder(found: "LadderDocument") -> None:
    """Print one row a rung, then where each package begins to drift."""
    figures = {
        "worst joint, mm": "pose_drift_max",
        "99 % of joints, mm": "pose_drift_p99",
        "pose PSNR, dB": "pose.psnr",
        "σ ratio, 99 %": "sigma_ratio_p99",
        "class flips": "exercise_flips",
    }
    rows = ((rung, *(number(found.figure(rung, name)) for name in figures.values())) for rung in found.rungs)
    print_table(found.title, ("rung", *figures), rows)
    print_table(
        f"First operation that drifts by more than {found.bound:.2%}, on each package's worst window",
        ("package", "compared with", "window", "operation", "value", "drift"),
        (
            (
                item.rung,
                item.against or "itself without rounding",
                item.window,
                *(
                    (f"none of {item.compared}", "", "")
                    if item.first is None
                    else (item.first.operation, item.first.name, f"{item.first.relative:.2%}")
                ),
            )
            for item in found.first_drifts
        ),
    )
    for note in found.notes:
        typer.echo(note)
