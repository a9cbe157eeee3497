"""The last operation of a classifier (MIL: classify)."""

from typing import Final

from torch import Tensor

from qleap_edge.mil.ops.registry import kernel

CLASSIFY: Final = "classify"


@kernel(CLASSIFY, static=("classes",), moves_only=True)
def classify(probabilities: Tensor, classes: tuple[str | int, ...]) -> tuple[Tensor, Tensor]:
    """The number of the most probable class, and every class's probability as a vector in the order of ``classes``.

    Raises:
        ValueError: there are more or fewer probabilities than classes.
    """
    flat = probabilities.reshape(-1)
    if flat.shape[0] != len(classes):
        raise ValueError(f"{flat.shape[0]} probabilities for {len(classes)} classes")
    return flat.argmax(), flat
