"""The stage ``compress``: the variants of the package, the one that ships, and its outputs for the test windows."""

from qleap_edge.compression.sweep import compress as compress_package
from qleap_edge.release.stage import StageRun


def compress(run: StageRun) -> None:
    """Make and score the recipe's variants, and choose one."""
    compress_package(
        run.inputs["conversion"],
        run.inputs["dataset"],
        run.out,
        run.recipe.compression,
        run.recipe.seed,
        workers=run.workers,
        on_task=run.report("tasks"),
    )
