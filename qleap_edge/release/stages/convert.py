"""The stage ``convert``: the half-precision packages and the ONNX file of the checkpoint."""

from qleap_edge.conversion.coreml import convert as convert_checkpoint
from qleap_edge.release.stage import StageRun


def convert(run: StageRun) -> None:
    """Convert the checkpoint."""
    convert_checkpoint(run.inputs["checkpoint"], run.out, run.recipe.conversion, run.recipe.seed)
