"""``qleap synthesize``: dataset shards from a recipe."""

import time
from pathlib import Path
from typing import Annotated

import typer

from qleap_edge.cli.options import JsonFlag, RecipeOption
from qleap_edge.cli.output import print_json, print_table, progress_bar
from qleap_edge.dataset.executors.local import warm_up
from qleap_edge.dataset.executors.protocol import ExecutorName


def synthesize(
    recipe: RecipeOption,
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes, or tasks at a time on a cluster; the bytes do not depend on it.",
            show_default="one a CPU",
        ),
    ] = None,
    executor: Annotated[
        ExecutorName, typer.Option(help="This machine, or the Ray cluster that runs here or that RAY_ADDRESS names.")
    ] = "local",
    motion: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of captured motion in the place of the recipe's synthesis.motion; repeat it for several.",
            metavar="DIR",
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Simulate exercises and the signals of a watch on the wrist; write HDF5 shards, split by subject."""
    from qleap_edge.core.recipe import load_recipe, with_motion

    loaded = load_recipe(recipe)
    if motion:
        loaded = with_motion(loaded, motion)
    if executor == "local" and workers != 1:
        warm_up("qleap_edge.dataset.shard_task")  # the workers import the physics while this process does
    from qleap_edge.dataset.synthesize import synthesize as run

    began = time.perf_counter()
    with progress_bar("sequences") as update:
        document = run(loaded, out, workers, update, executor)
    if json:
        print_json(document)
        return
    drawn = document.sequences + sum(document.rejected.values())
    squats = max(1, sum(document.form_scores.values()))
    minutes = document.samples / document.rate_hz / 60.0
    print_table(
        f"Dataset {out}",
        ("what", "value"),
        (
            ("sequences", f"{document.sequences}, {minutes:.1f} min at {document.rate_hz:g} Hz"),
            ("exercises", ", ".join(f"{name} {count}" for name, count in document.exercises.items())),
            ("squats by form score", ", ".join(f"{k}: {v / squats:.0%}" for k, v in document.form_scores.items())),
            ("regimes", ", ".join(f"{name} {count}" for name, count in document.regimes.items())),
            ("feasible draws", f"{document.sequences / drawn:.1%} of {drawn}"),
            ("subjects", ", ".join(f"{name} {len(ids)}" for name, ids in document.splits.items())),
            ("shards", f"{len(document.shards)}, {sum(shard.bytes for shard in document.shards) / 1e6:.1f} MB"),
            ("time", f"{time.perf_counter() - began:.1f} s"),
        ),
    )
