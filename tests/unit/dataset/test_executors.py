"""Every executor returns all results, takes few tasks at a time, raises named errors and leaves no worker running."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from unittest.mock import patch

import pytest

from qleap_edge.core.errors import InputDataError, QleapError, UsageError
from qleap_edge.dataset.executors.choose import choose_executor
from qleap_edge.dataset.executors.local import InlineExecutor, ProcessExecutor, usable_cpus
from qleap_edge.dataset.executors.protocol import Executor
from qleap_edge.dataset.executors.ray_cluster import RayExecutor

THREADS = "OMP_NUM_THREADS"


class Counted(Sequence[int]):
    """Numbers that count how many of them were taken."""

    def __init__(self, count: int) -> None:
        self.count, self.taken = count, 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> int:
        if index >= self.count:
            raise IndexError(index)
        self.taken += 1
        return index


def square(number: int) -> int:
    return number * number


def threads_of_a_worker(_: int) -> str | None:
    return os.environ.get(THREADS)


def refuse(number: int) -> int:
    raise InputDataError("no such number", where="here", expected="another", got=str(number), next_step="count again")


def stumble(number: int) -> int:
    raise ZeroDivisionError(f"{number} apples")


def die(number: int) -> int:
    os._exit(number + 1)


class NeverWhole(bytes):
    """Kills its process when the pipe has taken half of it: as the kernel may when memory runs out."""

    def __reduce__(self):
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return bytes, (bytes(50_000_000),)


def return_half(number: int) -> bytes:
    return NeverWhole()


def return_much(number: int) -> bytes:
    return bytes(50_000_000)


def return_a_lock(number: int) -> object:
    return threading.Lock()


def leave_a_mark(path: Path) -> Path:
    path.with_suffix(".begun").touch()
    time.sleep(1.0)
    path.with_suffix(".done").touch()
    return path


@pytest.fixture(params=["inline", "pool", "ray"])
def executor(request: pytest.FixtureRequest) -> Executor:
    if request.param == "ray":
        request.getfixturevalue("ray_cluster")
        return RayExecutor(2)
    return InlineExecutor() if request.param == "inline" else ProcessExecutor(2)


@pytest.fixture(params=["pool", "ray"])
def workers(request: pytest.FixtureRequest) -> Executor:
    """Return an executor with workers that can be killed."""
    if request.param == "ray":
        request.getfixturevalue("ray_cluster")
        return RayExecutor()
    return ProcessExecutor(2)


def test_every_task_has_one_result_and_few_are_taken_at_a_time(executor):
    tasks, seen = Counted(20), []
    for result in executor.run(square, tasks):
        seen.append(result)
        assert tasks.taken <= len(seen) + 4, "the executor takes tasks faster than its caller takes results"
    assert sorted(seen) == [number * number for number in range(20)]


def test_no_tasks_no_results(executor):
    assert list(executor.run(square, [])) == []


def test_a_named_error_arrives_as_it_was_raised(executor):
    with pytest.raises(InputDataError) as caught:
        list(executor.run(refuse, [7]))
    assert type(caught.value) is InputDataError
    assert str(caught.value) == "here: no such number; expected another; got 7. Next: count again"
    assert (caught.value.where, caught.value.got, caught.value.exit_code) == ("here", "7", 3)


def test_a_killed_worker_is_one_clear_error(workers, capfd):
    with pytest.raises(QleapError, match=r"a worker process was killed.*fewer workers; finished shards are kept"):
        list(workers.run(die, range(4)))
    assert capfd.readouterr().out == "", "Ray prints messages about killed workers on standard output"


def test_a_worker_killed_while_it_sends_a_result_is_the_same_error():
    """The driver is busy meanwhile, so that the pipe is full when the worker is killed."""
    made = ProcessExecutor(2).run(return_half, range(4))
    with (
        patch("qleap_edge.dataset.executors.local.wait", lambda ready: time.sleep(1.0) or wait(ready)),
        pytest.raises(QleapError, match="a worker process was killed"),
    ):
        list(made)


def test_closing_while_long_results_arrive_ends_at_once():
    for _ in range(5):
        made = ProcessExecutor(2).run(return_much, range(6))
        next(made)
        began = time.monotonic()
        made.close()
        assert time.monotonic() - began < 5.0


def test_a_result_that_cannot_be_pickled_is_an_error():
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock'"):
        list(ProcessExecutor(1).run(return_a_lock, range(1)))


def test_an_error_on_a_worker_has_its_traceback():
    with pytest.raises(ZeroDivisionError, match="3 apples") as caught:
        list(ProcessExecutor(2).run(stumble, [3]))
    assert "in stumble" in "".join(caught.value.__notes__)


def test_closing_ends_the_work_and_the_executor_can_be_used_again(workers, tmp_path):
    made = workers.run(leave_a_mark, [tmp_path / str(index) for index in range(12)])
    next(made)
    made.close()
    marks = {path.name for path in tmp_path.iterdir()}
    assert len(marks) < 12
    time.sleep(1.5)
    assert {path.name for path in tmp_path.iterdir()} == marks, "a worker still runs"
    assert sorted(workers.run(square, range(3))) == [0, 1, 4]


def test_workers_compute_with_one_thread_each(workers):
    before = os.environ.get(THREADS)
    assert set(workers.run(threads_of_a_worker, range(4))) == {"1"}
    assert os.environ.get(THREADS) == before


def test_a_pool_of_spawned_workers_does_the_same(monkeypatch):
    """As on systems other than Linux."""
    monkeypatch.setattr("qleap_edge.dataset.executors.local._START_METHOD", "spawn")
    assert sorted(ProcessExecutor(2).run(square, range(5))) == [0, 1, 4, 9, 16]
    with pytest.raises(QleapError, match="a worker process was killed"):
        list(ProcessExecutor(2).run(die, range(4)))


def test_an_error_on_a_ray_worker_is_named(ray_cluster):
    with pytest.raises(QleapError, match=r"failed on a Ray worker; got ZeroDivisionError: 3 apples"):
        list(RayExecutor(1).run(stumble, [3]))


def test_without_ray_the_next_step_is_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"--executor ray: Ray is not installed.*pip install qleap-edge\[ray\]"):
        list(RayExecutor().run(square, [1]))


def test_without_a_cluster_the_next_step_is_to_start_one(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{unused.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(UsageError, match=r"cannot connect to a Ray cluster.*`ray start --head`"):
            list(RayExecutor().run(square, [1]))
    assert time.monotonic() - began < 10.0


DRIVER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from qleap_edge.dataset.executors.local import ProcessExecutor
from tests.unit.dataset.test_executors import write_pid_and_wait
if __name__ == "__main__":
    list(ProcessExecutor(2).run(write_pid_and_wait, [Path(sys.argv[1]) / name for name in "ab"]))
"""


def write_pid_and_wait(path: Path) -> None:
    path.with_suffix(".new").write_text(str(os.getpid()))
    path.with_suffix(".new").rename(path)
    time.sleep(60.0)


def until(met: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not met():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Return whether a process runs; one that ended but was not yet waited for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_driver_leaves_no_worker_running(tmp_path):
    script, pids = tmp_path / "driver.py", (tmp_path / "a", tmp_path / "b")
    script.write_text(DRIVER)
    driver = subprocess.Popen([sys.executable, script, tmp_path, Path(__file__).parents[3]])
    assert until(lambda: all(path.exists() for path in pids), 30.0)
    workers = [int(path.read_text()) for path in pids]
    assert all(alive(pid) for pid in workers)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert until(lambda: not any(alive(pid) for pid in workers), 10.0)


def test_names_choose_the_executor():
    assert isinstance(choose_executor("local", 1), InlineExecutor)
    pool, all_cpus, cluster = choose_executor("local", 3), choose_executor("local", None), choose_executor("ray", None)
    assert isinstance(pool, ProcessExecutor) and pool.workers == 3
    assert isinstance(all_cpus, InlineExecutor if usable_cpus() == 1 else ProcessExecutor)
    assert isinstance(cluster, RayExecutor) and cluster.workers is None
