"""Where tasks run: in this process, or in a pool of spawned ones. What they return does not depend on it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Protocol, TypeVar, runtime_checkable

from qleap_edge.core.errors import QleapError

Task = TypeVar("Task")
Result = TypeVar("Result")

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@runtime_checkable
class Executor(Protocol):
    """Runs one function on many tasks and yields the results as they come, in any order."""

    def run(self, function: Callable[[Task], Result], tasks: list[Task]) -> Iterator[Result]:
        """Yield one result a task."""


class InlineExecutor:
    """One task after the other, in this process."""

    def run(self, function: Callable[[Task], Result], tasks: list[Task]) -> Iterator[Result]:
        """Yield the results in the order of the tasks."""
        return map(function, tasks)


class ProcessExecutor:
    """A pool of spawned processes: a forked child would inherit locks of numpy's and HDF5's threads.

    Args:
        workers: how many processes.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, function: Callable[[Task], Result], tasks: list[Task]) -> Iterator[Result]:
        """Yield the results as they finish; the first failure is raised and the tasks not yet begun are dropped."""
        with _one_thread_a_child():
            pool = ProcessPoolExecutor(
                min(self.workers, max(1, len(tasks))), multiprocessing.get_context("spawn"), initializer=_begin_child
            )
            try:
                for future in as_completed([pool.submit(function, task) for task in tasks]):
                    yield future.result()
            except BrokenProcessPool as problem:
                raise QleapError(
                    "a worker process was killed",
                    expected=f"enough memory for {self.workers} processes",
                    next_step="run again with fewer workers; what is finished is kept",
                ) from problem
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def _begin_child() -> None:
    """Tie a child to its parent: Ctrl-C is the parent's business, and a killed parent leaves no child at work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_after, args=(parent,), daemon=True).start()


def _die_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def _one_thread_a_child() -> Iterator[None]:
    """Set the thread variables for children: processes are the parallelism, threads would fight over the cores."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def local_executor(workers: int) -> Executor:
    """Return the executor for a number of workers on this machine."""
    return InlineExecutor() if workers == 1 else ProcessExecutor(workers)
