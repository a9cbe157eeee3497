"""A real Ray cluster of one machine, for tests: started beside whatever else runs here, and gone without a trace afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START_S = 60.0


@contextmanager
def ray_head(cpus: int) -> Iterator[str]:
    """Start a head node of its own with some CPUs and yield the address for ``RAY_ADDRESS``."""
    scratch = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # short: the names of Unix sockets lie below it
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        Path(sys.executable).with_name("ray"), "start", "--head", "--block", f"--port={port}", f"--num-cpus={cpus}",
        "--node-ip-address=127.0.0.1", f"--temp-dir={scratch}", f"--object-store-memory={100 << 20}",
        "--include-dashboard=false", "--include-log-monitor=false", "--disable-usage-stats",
    ]  # fmt: skip
    log = scratch / "start.log"
    with log.open("wb") as sink:
        head = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=scratch, start_new_session=True)
    try:
        _wait_for(log, head)
        yield f"127.0.0.1:{port}"
    finally:
        head.send_signal(signal.SIGTERM)
        try:
            head.wait(15.0)
        except subprocess.TimeoutExpired:
            head.kill()
        _end_leftovers(scratch)
        shutil.rmtree(scratch, ignore_errors=True)


def _wait_for(log: Path, head: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while b"Ray runtime started" not in log.read_bytes():
        assert head.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.1)


def _end_leftovers(scratch: Path) -> None:
    """Kill what of this cluster is still alive: its processes are those that were started below its own folder."""
    mark = os.fsencode(scratch)
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark in entry.read_bytes():
                os.kill(int(entry.parent.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # gone meanwhile, or somebody else's
