"""Choice of the executor that a command line names."""

from qleap_edge.dataset.executors.local import InlineExecutor, ProcessExecutor, usable_cpus
from qleap_edge.dataset.executors.protocol import Executor, ExecutorName
from qleap_edge.dataset.executors.ray_cluster import RayExecutor


def choose_executor(name: ExecutorName, workers: int | None) -> Executor:
    """Return an executor.

    Args:
        name: ``local`` or ``ray``.
        workers: number of processes, or of tasks in flight; None: one for each CPU of this machine, or of the cluster.
    """
    if name == "ray":
        return RayExecutor(workers)
    count = workers or usable_cpus()
    return InlineExecutor() if count == 1 else ProcessExecutor(count)
