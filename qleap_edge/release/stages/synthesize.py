"""The stage ``synthesize``: the dataset."""

from qleap_edge.dataset.synthesize import synthesize as synthesize_dataset
from qleap_edge.release.stage import StageRun


def synthesize(run: StageRun) -> None:
    """Synthesise the recipe's dataset."""
    synthesize_dataset(run.recipe, run.out, run.workers, run.report("sequences"))
