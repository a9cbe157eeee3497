"""The worker process of the fuzz programs: a case that hangs, dies or takes too much memory harms nothing but itself."""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

LIMIT_BYTES = 2 * 2**30


class Worker:
    """A process that runs cases, started again after one that must not end so.

    Args:
        serve: runs in the process: takes the healthy case, answers once, then answers each case with how it ended and with the
            memory in bytes beyond that of the healthy one. An end that begins with ``"! "`` is one that must not be.
        healthy: a case that is not damaged.
        limit_s: the longest time that a case may take.
    """

    def __init__(self, serve: Callable[[Connection], None], healthy: Path, limit_s: float) -> None:
        self.serve, self.healthy, self.limit_s = serve, healthy, limit_s
        self.begin()

    def begin(self) -> None:
        """Start a process and wait until it is ready."""
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=self.serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.connection.send(self.healthy)
        self.connection.recv()

    def run(self, case: Path) -> tuple[str, float]:
        """Return how a case ended and after how many seconds."""
        began = time.perf_counter()
        self.connection.send(case)
        ended = "! hangs"
        if self.connection.poll(self.limit_s):
            try:
                ended, extra = self.connection.recv()
                if extra > LIMIT_BYTES:
                    ended = f"! takes {extra / 2**30:.1f} GiB"
            except EOFError:
                self.process.join()
                ended = f"! dies with exit code {self.process.exitcode}"
        if ended.startswith("! "):
            self.process.kill()
            self.process.join()
            self.begin()
        return ended, time.perf_counter() - began
