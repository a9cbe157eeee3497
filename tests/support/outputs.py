"""Model outputs made of numbers, for tests that need no model."""

import numpy as np

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.metrics.outputs import ModelOutputs


def random_outputs(count: int, seed: int = 0) -> ModelOutputs:
    """Return outputs of a network that never was: random, with the pelvis at the origin."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=(count, *shape)).astype(np.float32)

    pose = 0.2 * normal(200, 17, 3)
    pose[:, :, 0] = 0.0
    return ModelOutputs(pose, 0.3 * normal(200, 17, 3) - 6.0, normal(len(EXERCISES)), normal(5), normal(64), normal(64))
