"""A small tracked run: the rows of a deterministic training, and a file system that is full."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from qleap_edge.training.tracking.protocol import RunInfo, Tracker, tracking_folder

KEY = "5e" * 32
STEPS_PER_EPOCH = 4


def run_info(folder: Path, **changes: object) -> RunInfo:
    config = {"model": {"preset": "small", "dropout": False}, "epochs": 3, "learning_rate": 1e-3}
    run = RunInfo(name="checkpoint", key=KEY, folder=tracking_folder(folder / "checkpoint"), config=config)
    return replace(run, **changes)


def values_at(step: int) -> dict[str, int | float]:
    """What the step logs: a loss that only the step decides, and a speed that no two runs share."""
    return {"train/loss": 1.0 / step, "train/pose": 0.1 * step, "speed/samples_per_s": 80.0 + step}


def train(tracker: Tracker, first: int, last: int) -> None:
    """Log the steps from ``first`` to ``last``, and a row of validation after each epoch."""
    for step in range(first, last + 1):
        tracker.log(step, values_at(step))
        if step % STEPS_PER_EPOCH == 0:
            tracker.log(step, {"validation/loss": 2.0 / step, "epoch": step // STEPS_PER_EPOCH})


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let the kernel refuse to write a file beyond ``size`` bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
