"""Executors on this machine: one task after the other in this process, or a pool of worker processes.

A worker starts from a clean process that has only imported modules, never as a copy of this one: a copy would inherit the locks
of numpy's, HDF5's and the progress bar's threads. Importing the physics takes over a second; on Linux one *fork server* does it
once for all workers, and :func:`warm_up` starts it while this process still imports its own modules.
"""

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from qleap_edge.core.errors import QleapError
from qleap_edge.dataset.executors.protocol import Result, Task

# As Python itself chooses from 3.14 on; the system libraries of macOS do not work after a fork, not even of a clean process.
_START_METHOD = "forkserver" if sys.platform == "linux" else "spawn"
_TASKS_A_WORKER = (
    2  # one runs and one waits in the worker, so that no worker is idle while this process handles a result
)
# One thread in each process: more would compete for the same cores.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def usable_cpus() -> int:
    """Return how many CPUs this process may use: a container or ``taskset`` may allow fewer than there are."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def warm_up(module: str) -> None:
    """Start to import, in the background, the module that workers need; does nothing where workers are not forked.

    Args:
        module: full name of the module with the function that the workers run.
    """
    if _START_METHOD == "forkserver":
        multiprocessing.get_context(_START_METHOD).set_forkserver_preload([module])
        # It must find the modules that this process finds, and none in the current folder.
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

    Each worker has a pipe of its own, of which this process keeps only its own end: when a worker is killed at any moment, also
    while it sends a long result, this process reads an end of file. The standard library's pool shares one pipe among all its
    workers, and there the rest of such a result is waited for without end.

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
        queue, count = iter(tasks), min(self.workers, len(tasks))
        workers: list[_Worker] = []
        try:
            with _environment(_ONE_THREAD):  # what a new process inherits
                for _ in range(count):
                    workers.append(_Worker(function))
            for worker in _TASKS_A_WORKER * workers:
                worker.add(islice(queue, 1))
            while busy := {worker.results: worker for worker in workers if worker.pending}:
                for ready in wait(list(busy)):
                    worker = busy[ready]  # type: ignore[index]
                    result = worker.result()
                    worker.add(islice(queue, 1))
                    yield result
        except _WorkerKilled as problem:
            raise QleapError(
                "a worker process was killed",
                expected=f"enough memory for {count} processes",
                got=str(problem),
                next_step="run again with fewer workers; finished shards are kept",
            ) from problem
        finally:
            for worker in workers:
                worker.kill()


class _WorkerKilled(Exception):
    """A worker's process ended before it returned a result."""


class _Worker:
    """A process that runs one task after the other, and how many of its results are pending."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        context = multiprocessing.get_context(_START_METHOD)
        self.pending = 0
        self.results, results_out = context.Pipe(duplex=False)
        tasks_in, self._tasks = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(function, tasks_in, results_out), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        tasks_in.close()
        results_out.close()

    def add(self, tasks: Iterable[object]) -> None:
        """Add tasks; this never waits for the process, because a thread of it receives them while it works."""
        for task in tasks:
            self.pending += 1
            try:
                self._tasks.send(task)
            except OSError as problem:
                raise self._killed() from problem

    def result(self) -> Any:
        """Return what the function returned for the oldest task, or raise what it raised."""
        try:
            returned, problem = self.results.recv()
        except (EOFError, OSError) as end:
            raise self._killed() from end
        self.pending -= 1
        if problem is not None:
            raise problem
        return returned

    def kill(self) -> None:
        """Kill the process at once."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._tasks.close()
        self.results.close()

    def _killed(self) -> _WorkerKilled:
        self._process.join()
        return _WorkerKilled(f"exit code {self._process.exitcode}")


def _serve(function: Callable[[Any], Any], tasks: Connection, results: Connection) -> None:
    """Run tasks until the driver ends; Ctrl-C is ignored here, because the driver handles it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    received: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_receive, args=(tasks, received), daemon=True).start()
    while True:
        task = received.get()
        try:
            results.send((function(task), None))
        except Exception as problem:  # noqa: BLE001 the driver raises every failure, also of a result that cannot be pickled
            problem.add_note(traceback.format_exc())
            results.send((None, problem))


def _receive(tasks: Connection, received: "SimpleQueue[Any]") -> None:
    """Take tasks from the pipe; when the driver has ended, in whatever way, this process ends at once."""
    try:
        while True:
            received.put(tasks.recv())
    except (EOFError, OSError):
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
