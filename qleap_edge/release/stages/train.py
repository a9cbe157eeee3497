"""The stage ``train``: the checkpoint, trained on the dataset or taken from those that ship."""

from qleap_edge.pretrained.install import install_pretrained
from qleap_edge.release.stage import StageRun
from qleap_edge.training.loop import Progress
from qleap_edge.training.loop import train as train_network


def train(run: StageRun) -> None:
    """Train the recipe's network, resuming a training that was interrupted; or install the checkpoint that it names."""
    if run.recipe.model.pretrained is not None:
        install_pretrained(run.recipe, run.inputs["dataset"], run.out)
        return

    def on_step(progress: Progress) -> None:
        run.report(f"steps, loss {progress.loss:.3f}")(progress.step, progress.total_steps)

    train_network(run.recipe, run.inputs["dataset"], run.out, resume=True, on_step=on_step)
