"""Equal bits from equal inputs: torch's two process-wide settings, made by every stage that computes with it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def make_deterministic(threads: int) -> None:
    """Fix the number of CPU threads (the order of a float sum depends on it) and refuse nondeterministic kernels.

    Both settings are global, so each stage makes them itself: a resumed release may run any stage first in a new process.
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread inside the block, whatever the number outside is; results do not depend on that number."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
