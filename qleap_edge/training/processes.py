"""One process or several, as ``torchrun`` starts them: the rank, the own part of a batch, and sums over all processes.

Source: https://docs.pytorch.org/docs/stable/elastic/run.html for the environment variables.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as dist
from jaxtyping import Int64
from torch import Tensor
from torch.distributed.nn.functional import all_reduce


@dataclass(frozen=True)
class Processes:
    """All processes of a training, seen from one of them."""

    rank: int
    count: int
    device: torch.device

    def mine(self, rows: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " part"]:
        """Return this process's part of a batch."""
        return rows[self.rank :: self.count]

    def sum(self, values: Tensor) -> Tensor:
        """Return the sum over all processes; gradients flow through it."""
        return values if self.count == 1 else all_reduce(values)  # type: ignore[no-untyped-call]

    def wait(self) -> None:
        """Return when all processes have called this."""
        if self.count > 1:
            dist.barrier()


@contextmanager
def joined_processes() -> Iterator[Processes]:
    """Join the processes that ``torchrun`` started, or yield the only one; each takes a GPU of its own where there are GPUs."""
    rank, count = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    on_gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if on_gpu else torch.device("cpu")
    if count == 1:
        yield Processes(0, 1, device)
        return
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield Processes(rank, count, device)
    finally:
        dist.destroy_process_group()
