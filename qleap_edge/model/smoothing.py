"""Smoothing of the pose over time: each token decodes a few frames, and without it the pose jumps between tokens.

The smoother is a constant matrix over the frames of a window. Training includes it, so the network learns the input that gives
the right smoothed motion.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.frames import WINDOW_STEPS

SMOOTHING_FRAMES = 2.0
"""Standard deviation of the Gaussian weights: 40 ms; half of an amplitude passes at 4.7 Hz, 1 % at 12 Hz."""


class Smoothing(nn.Module):
    """Each frame becomes the value there of a straight line fitted to its neighbours with Gaussian weights.

    With a line the first and the last frames, which have neighbours on one side only, are not shifted towards the middle of the
    window; an app shows the newest frame.

    Source:
        Local linear regression; Fan 1992, J. Am. Stat. Assoc. 87(420).
    """

    matrix: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("matrix", smoothing_matrix().float(), persistent=False)

    def forward(self, frames: Float[Tensor, "b 200 c"]) -> Float[Tensor, "b 200 c"]:
        """Return the smoothed frames."""
        return torch.matmul(self.matrix, frames)


def smoothing_matrix(frames: int = WINDOW_STEPS, deviation: float = SMOOTHING_FRAMES) -> Float[Tensor, "time time"]:
    """Return the smoothing matrix (float64); its rows sum to 1, and it leaves every straight line unchanged."""
    offset = torch.arange(frames, dtype=torch.float64) - torch.arange(frames, dtype=torch.float64)[:, None]
    weight = torch.exp(-0.5 * (offset / deviation) ** 2) * (offset.abs() <= 4.0 * deviation)
    zeroth, first, second = ((weight * offset**power).sum(dim=1, keepdim=True) for power in (0, 1, 2))
    return weight * (second - first * offset) / (zeroth * second - first**2)
