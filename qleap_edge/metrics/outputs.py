"""The outputs of the network for windows, as arrays: the input of calibration, decoding and evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.core.contract import OUTPUT_NAMES


@dataclass(frozen=True)
class ModelOutputs:
    """Outputs for n windows; the field names are the output names of the saved package.

    Poses are in the body frame of the LEFT-arm body that the model is given, in body heights; log variances are natural
    logarithms of variances in body heights squared.
    """

    pose: Float[np.ndarray, "n 200 17 3"]
    pose_log_variance: Float[np.ndarray, "n 200 17 3"]
    exercise_logits: Float[np.ndarray, "n k"]
    form_logits: Float[np.ndarray, "n 5"]
    what_embedding: Float[np.ndarray, "n 64"]
    how_embedding: Float[np.ndarray, "n 64"]

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> "ModelOutputs":
        """Build from arrays keyed by output name, as the runtimes return them."""
        return cls(**{name: np.asarray(arrays[name]) for name in OUTPUT_NAMES})

    def __len__(self) -> int:
        return len(self.pose)

    def __getitem__(self, rows: slice | np.ndarray) -> "ModelOutputs":
        return ModelOutputs(**{name: getattr(self, name)[rows] for name in OUTPUT_NAMES})
