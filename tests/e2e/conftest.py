"""The two releases of a test session, both made by the command itself: micro in seconds, tiny in minutes."""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command import MICRO_TOML, QLEAP, Done, run


@dataclass(frozen=True)
class Released:
    """An undisturbed release: nobody may change a file of it."""

    done: Done
    out: Path

    @property
    def bundle(self) -> Path:
        (found,) = self.out.glob("QuantumLeapPose-*")
        return found

    @property
    def stages(self) -> Path:
        return self.out / "stages" / "micro"


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    out = tmp_path_factory.mktemp("released") / "dist"
    return Released(run("release", "--recipe", MICRO_TOML, "--out", out), out)


@pytest.fixture(scope="session")
def tiny_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny")


@pytest.fixture(scope="session", autouse=True)
def tiny_running(
    request: pytest.FixtureRequest, tiny_log: Path
) -> Iterator[tuple[subprocess.Popen[bytes], float] | None]:
    """Start the tiny release beside the first end-to-end tests, if a test will ask for it: it needs one core of two."""
    if not any(item.path.name == "test_tiny_release.py" for item in request.session.items):
        yield None
        return
    command = [QLEAP, "release", "--recipe", "tiny", "--out", str(tiny_log / "dist")]
    with (tiny_log / "out").open("wb") as out, (tiny_log / "err").open("wb") as err:
        # One thread: two that wait for each other on busy cores are slower than one.
        process = subprocess.Popen(command, stdout=out, stderr=err, env=os.environ | {"OMP_NUM_THREADS": "1"})
        yield process, time.perf_counter()
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def tiny(tiny_running: tuple[subprocess.Popen[bytes], float] | None, tiny_log: Path) -> tuple[Done, Path]:
    """Return how the tiny release ended and the folder it wrote to."""
    assert tiny_running is not None
    process, began = tiny_running
    code = process.wait(timeout=900)
    done = Done(code, (tiny_log / "out").read_text(), (tiny_log / "err").read_text(), time.perf_counter() - began)
    return done, tiny_log / "dist"
