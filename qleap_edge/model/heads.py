"""From normalised numbers to body heights: the Gaussian pose output."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.skeleton import JOINT_COUNT, PELVIS

NUMBERS_PER_FRAME = JOINT_COUNT * 3 * 2  # mean and log variance of each coordinate
LOG_VARIANCE_LIMITS = (-12.0, 4.0)  # normalised units: σ between 0.25 % and 740 % of a coordinate's own spread
INITIAL_LOG_VARIANCE = -2.0
_SMALLEST_SPREAD = 1e-3  # body heights: a coordinate that never moved in training would get an infinite weight


class GaussianPose(nn.Module):
    """Undo the target normalisation; the pelvis is the origin, so its mean is exactly 0 and its variance the floor."""

    mean: Tensor
    spread: Tensor
    free: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(JOINT_COUNT, 3))
        self.register_buffer("spread", torch.ones(JOINT_COUNT, 3))
        free = torch.ones(JOINT_COUNT, 3)
        free[PELVIS] = 0.0
        self.register_buffer("free", free)

    def set_statistics(self, mean: Float[Tensor, "17 3"], spread: Float[Tensor, "17 3"]) -> None:
        """Store mean and standard deviation of the training poses (body heights)."""
        self.mean.copy_(mean * self.free)
        self.spread.copy_(spread.clamp_min(_SMALLEST_SPREAD))

    def forward(
        self, normalised_mean: Float[Tensor, "b 200 17 3"], raw_log_variance: Float[Tensor, "b 200 17 3"]
    ) -> tuple[Float[Tensor, "b 200 17 3"], Float[Tensor, "b 200 17 3"]]:
        """Return pose (body heights) and log variance (ln body heights²)."""
        pose = normalised_mean * (self.spread * self.free) + self.mean
        bounded = (raw_log_variance + INITIAL_LOG_VARIANCE).clamp(*LOG_VARIANCE_LIMITS)
        floor = LOG_VARIANCE_LIMITS[0]
        log_variance = (bounded - floor) * self.free + (floor + 2.0 * torch.log(self.spread))
        return pose, log_variance
