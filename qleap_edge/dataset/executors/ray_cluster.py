"""The executor on an existing Ray cluster. Ray is an extra and is imported only when this executor runs.

The driver never starts or stops a cluster: it connects, keeps at most ``workers`` tasks in flight, and disconnects. Results go
through Ray's object store, so the machines need no common file system; they need the same version of qleap-edge, which each
task checks.

Source: https://docs.ray.io/en/latest/ray-core/patterns/limit-pending-tasks.html for the back-pressure by ``ray.wait``.
"""

import importlib
import logging
import os
import socket
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import islice
from typing import Any

from qleap_edge.core.errors import QleapError, UsageError
from qleap_edge.dataset.executors.protocol import Result, Task

_CONNECT_S = 5.0  # a head node that does not accept a connection within it is down; Ray itself would try for minutes
_RETRIES = 2  # of a task whose machine was lost; a task that raises is not tried again


class RayExecutor:
    """Tasks on the cluster that ``RAY_ADDRESS`` names, or on the one that runs on this machine.

    Args:
        workers: tasks in flight at most; None: as many as the cluster has CPUs.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Generator[Result, None, None]:
        """Yield the results as they finish; on the first failure, and on Ctrl-C, the tasks in flight are cancelled.

        Raises:
            UsageError: Ray is not installed, or there is no cluster.
            QleapError: a worker or a machine died, also when its task was tried again.
        """
        if not tasks:
            return
        ray = _import_ray()
        with _connected(ray):
            remote = ray.remote(num_cpus=1, max_retries=_RETRIES)(function)
            queue = iter(tasks)
            running = [remote.remote(task) for task in islice(queue, self.workers or _cluster_cpus(ray))]
            try:
                while running:
                    (ready,), running = ray.wait(running, num_returns=1)
                    result = _result(ray, ready)
                    del ready  # the last reference: the object store may free the result while the caller works
                    running += [remote.remote(task) for task in islice(queue, 1)]
                    yield result
            finally:
                for unfinished in running:
                    ray.cancel(unfinished, force=True)


def _import_ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ModuleNotFoundError as problem:
        raise UsageError(
            "Ray is not installed", where="--executor ray", next_step="`pip install qleap-edge[ray]`"
        ) from problem


@contextmanager
def _connected(ray: Any) -> Iterator[None]:
    """Connect to the cluster and disconnect again; a connection that the calling program already has is used and kept."""
    if ray.is_initialized():
        yield
        return
    # Ray prints messages about killed workers; standard output is the command's.
    with redirect_stdout(sys.stderr):
        try:
            _require_reachable(os.environ.get("RAY_ADDRESS", ""))
            ray.init(address="auto", log_to_driver=False, logging_level=logging.CRITICAL)
        except (OSError, RuntimeError, ValueError) as problem:
            raise UsageError(
                "cannot connect to a Ray cluster",
                where="--executor ray",
                got=_first_line(problem),
                next_step="start one with `ray start --head`, or name a running one in RAY_ADDRESS",
            ) from problem
        try:
            yield
        finally:
            ray.shutdown()


def _require_reachable(address: str) -> None:
    """Open and close a connection to ``host:port``; other kinds of addresses are left to Ray."""
    host, _, port = address.rpartition(":")
    if host and "/" not in host and port.isdigit():
        socket.create_connection((host, int(port)), _CONNECT_S).close()


def _cluster_cpus(ray: Any) -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 0)))


def _result(ray: Any, reference: Any) -> Any:
    """Return a finished task's result, or raise what it raised: the same exception as in a local pool."""
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as problem:
        if isinstance(problem.cause, QleapError):
            raise problem.cause from problem
        raise QleapError(
            "a task failed on a Ray worker",
            got=_last_line(problem.cause),
            next_step="install the same qleap-edge on every machine of the cluster, or report it",
        ) from problem
    except ray.exceptions.RayError as problem:
        raise QleapError(
            "a worker process was killed",
            where="Ray cluster",
            expected="enough memory for a task on each CPU of the cluster",
            got=f"{type(problem).__name__}: {_first_line(problem)}",
            next_step="run again with fewer workers; finished shards are kept",
        ) from problem


def _first_line(problem: Exception) -> str:
    return str(problem).partition("\n")[0].rstrip(".")


def _last_line(problem: Exception) -> str:
    """Return an exception's message; when it quotes a traceback, the last line of it."""
    lines = str(problem).strip().splitlines()
    return lines[-1] if len(lines) > 1 else f"{type(problem).__name__}: {problem}"
