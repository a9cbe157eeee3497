"""Equal bits from equal inputs: torch's two process-wide settings, made by every stage that computes with it."""

import torch


def make_deterministic(threads: int) -> None:
    """Fix the number of CPU threads (the order of a float sum depends on it) and refuse nondeterministic kernels.

    Both settings are global, so each stage makes them itself: a resumed release may run any stage first in a new process.
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
