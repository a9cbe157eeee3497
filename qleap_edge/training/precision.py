"""Choice of float32 or bfloat16 for the matrix products, by a measurement at the start of a training.

Processors without instructions for bfloat16 emulate them at a third of the speed of float32, so the choice is measured, printed
and recorded instead of assumed.
"""

import time
from dataclasses import dataclass
from typing import Literal

import torch

PrecisionName = Literal["float32", "bfloat16"]
_SECONDS = 0.4  # for each of the two
_SIZE = 1024
_WORTH = 1.3  # a smaller ratio is lost again in casts, norms and the optimiser


@dataclass(frozen=True)
class Precision:
    """The precision of the products, and the speeds that decided it."""

    name: PrecisionName
    speeds_gflops: tuple[float, float] | None = None
    """float32 and bfloat16; None when the recipe decided, or the run that is resumed."""

    def __str__(self) -> str:
        """Say what was chosen and why."""
        if self.speeds_gflops is None:
            return f"{self.name}, as given"
        single, half = self.speeds_gflops
        return f"{self.name}: products run at {single:.0f} GFLOP/s in float32 and {half:.0f} in bfloat16"


def choose_precision(wanted: Literal["auto", "float32", "bfloat16"], device: torch.device) -> Precision:
    """Return the recipe's precision or, for ``auto``, the faster one by a measurement of a second."""
    if wanted != "auto":
        return Precision(wanted)
    speeds = (matmul_gflops(torch.float32, device), matmul_gflops(torch.bfloat16, device))
    return Precision("bfloat16" if speeds[1] > _WORTH * speeds[0] else "float32", speeds)


def matmul_gflops(dtype: torch.dtype, device: torch.device) -> float:
    """Return the best speed of a square product, in 10⁹ floating-point operations a second."""
    a = torch.randn(_SIZE, _SIZE, device=device).to(dtype)
    best, end = float("inf"), time.perf_counter() + _SECONDS
    _ = a @ a
    while time.perf_counter() < end:
        _synchronise(device)
        began = time.perf_counter()
        _ = a @ a
        _synchronise(device)
        best = min(best, time.perf_counter() - began)
    return 2.0 * _SIZE**3 / best / 1e9


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
