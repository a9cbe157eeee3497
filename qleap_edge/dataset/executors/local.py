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

# What Python itself chooses from 3.14 on: the system libraries of macOS do not survive a fork, not even of a clean process.
_START_METHOD = "forkserver" if sys.platform == "linux" else "spawn"
_TASKS_A_WORKER = 2  # one at work and one that waits: no worker waits for this process, no result waits long
# Processes are the parallelism; threads would fight over the cores.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


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

    Each worker has a pipe of its own, and this process keeps only its end of it: a worker that is killed at any moment, also in
    the middle of a long answer, is an end of file here. The standard library's pool shares one pipe among its workers and
    itself; there, half an answer is waited for without end.

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
        crew: list[_Worker] = []
        try:
            with _environment(_ONE_THREAD):  # what a new process inherits
                for _ in range(count):
                    crew.append(_Worker(function))
            for worker in _TASKS_A_WORKER * crew:
                worker.begin(islice(queue, 1))
            while at_work := {worker.answers: worker for worker in crew if worker.owes}:
                for ready in wait(list(at_work)):
                    worker = at_work[ready]  # type: ignore[index]
                    result = worker.result()
                    worker.begin(islice(queue, 1))
                    yield result
        except _WorkerDied as problem:
            raise QleapError(
                "a worker process was killed",
                expected=f"enough memory for {count} processes",
                got=str(problem),
                next_step="run again with fewer workers; finished shards are kept",
            ) from problem
        finally:
            for worker in crew:
                worker.end()


class _WorkerDied(Exception):
    """A worker's pipe ended before its answer did."""


class _Worker:
    """A process that answers one task after the other, and how many answers it owes."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        context = multiprocessing.get_context(_START_METHOD)
        self.owes = 0
        self.answers, answering = context.Pipe(duplex=False)
        asking, self._tasks = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(function, asking, answering), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        asking.close()
        answering.close()

    def begin(self, tasks: Iterable[object]) -> None:
        """Add to the tasks of the process; never waits for it, because its listener takes them while it works."""
        for task in tasks:
            self.owes += 1
            try:
                self._tasks.send(task)
            except OSError as problem:
                raise self._death() from problem

    def result(self) -> Any:
        """Return what the function returned for the oldest task, or raise what it raised."""
        try:
            returned, problem = self.answers.recv()
        except (EOFError, OSError) as end:
            raise self._death() from end
        self.owes -= 1
        if problem is not None:
            raise problem
        return returned

    def end(self) -> None:
        """End the process at once, whatever it does."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._tasks.close()
        self.answers.close()

    def _death(self) -> _WorkerDied:
        self._process.join()
        return _WorkerDied(f"exit code {self._process.exitcode}")


def _serve(function: Callable[[Any], Any], tasks: Connection, answers: Connection) -> None:
    """Answer tasks until there is nobody to ask. Ctrl-C is the driver's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    received: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_listen, args=(tasks, received), daemon=True).start()
    while True:
        task = received.get()
        try:
            answers.send((function(task), None))
        except Exception as problem:  # noqa: BLE001 every failure is the driver's to raise, also of a result that no pipe takes
            problem.add_note(traceback.format_exc())
            answers.send((None, problem))


def _listen(tasks: Connection, received: "SimpleQueue[Any]") -> None:
    """Take tasks from the pipe; a driver that is gone, however it went, ends this process in the middle of its work."""
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
