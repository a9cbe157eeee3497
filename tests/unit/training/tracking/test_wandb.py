"""Weights & Biases runs here, offline, and the file that its process leaves is read back."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.training.tracking.jsonl import JsonlTracker
from qleap_edge.training.tracking.protocol import RunInfo
from qleap_edge.training.tracking.wandb import read_history
from tests.support.tracking import KEY, run_info, train

REPOSITORY = Path(__file__).parents[4]
PROGRAM = """
import json, os, signal, sys
from pathlib import Path
sys.path.insert(0, os.environ["REPOSITORY"])
from qleap_edge.core.errors import QleapError
from qleap_edge.training.tracking import wandb
from qleap_edge.training.tracking.trackers import choose_trackers, tracked
from tests.support.tracking import no_file_beyond, run_info, train

root, resumed, first, last, ending = Path(sys.argv[1]), *map(int, sys.argv[2:5]), sys.argv[5]
try:
    with tracked(choose_trackers(["wandb"]), run_info(root, step=resumed)) as trackers:
        train(trackers, first, last)
        if ending == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if ending == "orphaned":  # W&B's process is killed, as when memory runs out
            for status in Path("/proc").glob("[0-9]*/status"):
                if f"PPid:\\t{os.getpid()}\\n" in status.read_text():
                    os.kill(int(status.parent.name), signal.SIGKILL)
            train(trackers, last + 1, last + 2000)
        if ending == "cut":  # what a full disk leaves
            train(trackers, last + 1, last + 2000)
            rows_written = wandb._rows_written
            def cut(path, rows):
                assert rows_written(path, rows) == rows
                os.truncate(path, 40000)
                return rows_written(path, rows)
            wandb._rows_written, wandb._PATIENCE_S = cut, 0.2
        trackers.summary({"validation/loss": 0.125})
except QleapError as problem:
    print(problem, file=sys.stderr)
    sys.exit(problem.exit_code)
"""


def session(root: Path, resumed: int, first: int, last: int, ending: str = "finished", **environment: str):
    """Track steps in a process of its own whose home, working folder and proxy are the test's."""
    elsewhere = root / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    settings = {"HOME": str(root / "home"), "REPOSITORY": str(REPOSITORY)} | environment
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(root), str(resumed), str(first), str(last), ending],
        cwd=elsewhere,
        env=kept | settings,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def wandb_file(run: RunInfo) -> Path:
    (path,) = run.folder.glob("wandb/offline-run-*/*.wandb")
    return path


def own(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Rows without what W&B adds."""
    return [{name: value for name, value in row.items() if not name.startswith("_")} for row in rows]


def expected_rows(root: Path, last: int) -> Counter[str]:
    """The values that an uninterrupted run logs, from the tracker that the other tests have proved."""
    run, tracker = run_info(root / "expected"), JsonlTracker()
    tracker.begin(run)
    train(tracker, 1, last)
    tracker.end(finished=True)
    rows = [json.loads(line) for name in ("log", "timing") for line in (run.folder / f"{name}.jsonl").open()]
    return values_of(rows)


def values_of(rows: list[dict[str, object]]) -> Counter[str]:
    return Counter(
        f"{row['step']} {name} {float(value)}" for row in rows for name, value in row.items() if name != "step"
    )


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory):
    """A finished run, and a proxy that must have no connection."""
    root = tmp_path_factory.mktemp("wandb")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), address)
        done = session(root, 0, 1, 8, **proxies)
        proxy.settimeout(0.2)
        try:
            proxy.accept()[0].close()
            knocked = True
        except TimeoutError:
            knocked = False
    return root, done, knocked


def test_offline_needs_no_network_and_no_key_and_says_nothing(offline) -> None:
    _, done, knocked = offline
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not knocked


def test_what_was_logged_is_what_wandb_keeps(offline) -> None:
    root, _, _ = offline
    rows = own(read_history(wandb_file(run_info(root))))
    assert len(rows) == 10
    assert rows[1] == {"step": 2, "train/loss": 0.5, "train/pose": 0.2, "speed/samples_per_s": 82}
    assert rows[-1] == {"step": 8, "validation/loss": 0.25, "epoch": 2}
    assert values_of(rows) == expected_rows(root, 8)


def test_its_folder_lies_beside_the_checkpoint_only(offline) -> None:
    root, _, _ = offline
    assert list((root / "elsewhere").iterdir()) == []
    assert wandb_file(run_info(root)).name == f"run-{KEY[:32]}.wandb"
    assert {path.name for path in root.iterdir()} <= {"checkpoint.tracking", "elsewhere", "home", "expected"}


def test_a_killed_run_is_whole_after_it_resumes(tmp_path: Path) -> None:
    """Killed, W&B loses what its process had in memory; the resumed run has all rows, each once."""
    assert session(tmp_path, 0, 1, 7, "killed").returncode == -signal.SIGKILL
    done = session(tmp_path, 4, 5, 12)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = own(read_history(wandb_file(run_info(tmp_path))))
    assert values_of(rows) == expected_rows(tmp_path, 12)


def test_the_death_of_its_process_is_one_error(tmp_path: Path) -> None:
    done = session(tmp_path, 0, 1, 2, "orphaned")
    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr.startswith("step ") and "the process of Weights & Biases has died" in done.stderr.splitlines()[0]


def test_rows_that_did_not_arrive_are_one_error(tmp_path: Path) -> None:
    done = session(tmp_path, 0, 1, 2, "cut")
    assert done.returncode == 4, done.stderr
    (line,) = done.stderr.splitlines()
    assert "Weights & Biases has lost rows; expected 2502 rows; got " in line


def test_the_users_mode_wins(tmp_path: Path) -> None:
    done = session(tmp_path, 0, 1, 2, WANDB_MODE="disabled")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(run_info(tmp_path).folder.glob("wandb/*run-*")) == []


@pytest.mark.parametrize(("mode", "says"), [("online", "No API key"), ("sometimes", "Input should be")])
def test_a_mode_that_cannot_be_had(tmp_path: Path, mode: str, says: str) -> None:
    done = session(tmp_path, 0, 1, 2, WANDB_MODE=mode)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"--track wandb, WANDB_MODE={mode}: Weights & Biases cannot start" in line and says in line
    assert done.stdout == ""


def test_a_file_of_another_kind_and_a_damaged_one(offline, tmp_path: Path) -> None:
    root, _, _ = offline
    data = wandb_file(run_info(root)).read_bytes()
    path = tmp_path / "run.wandb"
    path.write_bytes(b"PK" + data)
    with pytest.raises(InputDataError, match="not a file of Weights & Biases"):
        read_history(path)
    path.write_bytes(data[:500] + bytes([data[500] ^ 1]) + data[501:])
    with pytest.raises(InputDataError, match="checksum"):
        read_history(path)
    path.write_bytes(data[:-3])
    assert len(read_history(path)) == 10  # what is torn off is the last record, and that is no row
    with pytest.raises(InputDataError, match="cannot read"):
        read_history(tmp_path / "none.wandb")
