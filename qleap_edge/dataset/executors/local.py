"""Executors on this machine: one task after the other in this process, or a pool of worker processes.

A worker starts from a clean process that has done nothing but import, never as a copy of this one: a copy would inherit the
locks of numpy's, HDF5's and the progress bar's threads. Importing the physics takes over a second; on Linux one *fork server*
does it once for all workers, and :func:`warm_up` lets it begin while this process still reads its own imports.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path

from qleap_edge.core.errors import QleapError
from qleap_edge.dataset.executors.protocol import Result, Task

# What Python itself chooses from 3.14 on: the system libraries of macOS do not survive a fork, not even of a clean process.
_START_METHOD = "forkserver" if sys.platform == "linux" else "spawn"
# Processes are the parallelism; threads would fight over the cores.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_TASKS_A_WORKER = 2  # one at work and one in the queue: no worker waits for this process, no result waits long


def usable_cpus() -> int:
    """Return how many CPUs this process may use: a container or ``taskset`` may allow fewer than there are."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def warm_up(module: str) -> None:
    """Begin to import what workers will need, in the background; does nothing where workers are not forked.

    Args:
        module: full name of the module whose function the workers will run.
    """
    if _START_METHOD == "forkserver":
        multiprocessing.get_context(_START_METHOD).set_forkserver_preload([module])
        # It must import what this process would, not what happens to lie in the current folder.
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        with _environment(_ONE_THREAD | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}):
            forkserver.ensure_running()


class InlineExecutor:
    """One task after the other, in this process."""

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Generator[Result, None, None]:
        """Yield the results in the order of the tasks."""
        for task in tasks:
            yield function(task)


class ProcessExecutor:
    """A pool of processes.

    Args:
        workers: how many processes.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Generator[Result, None, None]:
        """Yield the results as they finish; on the first failure, and on Ctrl-C, the workers end at once.

        Raises:
            QleapError: a worker process was killed.
        """
        if not tasks:
            return
        warm_up(function.__module__)
        queue, workers = iter(tasks), min(self.workers, len(tasks))
        held, leash = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context(_START_METHOD)
        pool = ProcessPoolExecutor(workers, context, initializer=_begin_child, initargs=(held,))
        try:
            with _environment(_ONE_THREAD):  # submitting starts them
                running = {pool.submit(function, task) for task in islice(queue, _TASKS_A_WORKER * workers)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                while done:
                    result = done.pop().result()
                    running |= {pool.submit(function, task) for task in islice(queue, 1)}
                    yield result
            pool.shutdown(wait=True)
        except BrokenProcessPool as problem:
            raise QleapError(
                "a worker process was killed",
                expected=f"enough memory for {workers} processes",
                next_step="run again with fewer workers; what is finished is kept",
            ) from problem
        finally:
            leash.close()
            pool.shutdown(wait=True, cancel_futures=True)
            held.close()


def _begin_child(leash: Connection) -> None:
    """Tie a worker to its driver: Ctrl-C is the driver's business; a driver that gives up or is killed lets go of the leash."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_when_let_go, args=(leash,), daemon=True).start()


def _die_when_let_go(leash: Connection) -> None:
    leash.poll(None)  # nothing is ever sent: this ends when the other end is closed
    os._exit(1)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for the processes that the block starts."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
