"""JSON lines: equal runs give equal bytes, however often they are killed, and nothing is lost without an error."""

import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError, QleapError, SchemaMismatch, UsageError
from qleap_edge.training.tracking.jsonl import (
    LOG_NAME,
    RUN_NAME,
    SUMMARY_NAME,
    TIMING_NAME,
    JsonlTracker,
    TrackedRun,
    read_rows,
)
from qleap_edge.training.tracking.protocol import RunInfo
from tests.support.tracking import KEY, no_file_beyond, run_info, train, values_at

REPOSITORY = Path(__file__).parents[4]
KILLED = """
import os, signal, sys
from pathlib import Path
from qleap_edge.training.tracking.jsonl import JsonlTracker
from tests.support.tracking import run_info, train
tracker = JsonlTracker()
tracker.begin(run_info(Path(sys.argv[1])))
train(tracker, 1, 7)
os.kill(os.getpid(), signal.SIGKILL)
"""


def session(run: RunInfo, first: int, last: int) -> None:
    tracker = JsonlTracker()
    tracker.begin(run)
    train(tracker, first, last)
    tracker.end(finished=True)


@pytest.fixture
def run(tmp_path: Path) -> RunInfo:
    return run_info(tmp_path)


@pytest.fixture
def resumed(run: RunInfo, tmp_path: Path) -> RunInfo:
    """The run as it comes back after its first epoch, having logged up to step 7."""
    session(run, 1, 7)
    return run_info(tmp_path, step=4)


def test_one_row_a_call_and_the_clock_apart(run: RunInfo) -> None:
    session(run, 1, 4)
    rows = [json.loads(line) for line in (run.folder / LOG_NAME).read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 4]
    assert rows[1] == {"step": 2, "train/loss": 0.5, "train/pose": 0.2}
    assert rows[-1] == {"step": 4, "validation/loss": 0.5, "epoch": 1}
    timing = [json.loads(line) for line in (run.folder / TIMING_NAME).read_text().splitlines()]
    assert timing == [{"step": step, "speed/samples_per_s": 80.0 + step} for step in range(1, 5)]


def test_a_row_can_be_read_before_the_run_ends(run: RunInfo) -> None:
    tracker = JsonlTracker()
    tracker.begin(run)
    for step in (1, 2):
        tracker.log(step, values_at(step))
        assert len(read_rows(run.folder / LOG_NAME)) == step
    tracker.end(finished=True)


def test_numbers_of_numpy_and_numbers_that_are_none(run: RunInfo) -> None:
    tracker = JsonlTracker()
    tracker.begin(run)
    tracker.log(1, {"a": np.float32(0.5), "b": math.nan, "c": -math.inf, "d": np.float64(2)})
    tracker.summary({"best": np.float64(0.25), "none": math.nan})
    tracker.end(finished=True)
    assert read_rows(run.folder / LOG_NAME) == [{"step": 1, "a": 0.5, "b": None, "c": None, "d": 2.0}]
    assert json.loads((run.folder / SUMMARY_NAME).read_text()) == {"best": 0.25, "none": None}


def test_killed_and_resumed_gives_the_same_bytes_as_uninterrupted(tmp_path: Path) -> None:
    whole, broken = run_info(tmp_path / "whole"), run_info(tmp_path / "broken")
    session(whole, 1, 12)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "broken")], cwd=REPOSITORY, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert [row["step"] for row in read_rows(broken.folder / LOG_NAME)] == [1, 2, 3, 4, 4, 5, 6, 7]  # past its state
    session(run_info(tmp_path / "broken", step=4), 5, 12)
    for name in (LOG_NAME, TIMING_NAME, RUN_NAME):
        assert (broken.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_killed_before_the_first_state_starts_anew(resumed: RunInfo, tmp_path: Path) -> None:
    session(run_info(tmp_path), 1, 2)
    assert [row["step"] for row in read_rows(resumed.folder / LOG_NAME)] == [1, 2]


@pytest.mark.parametrize("torn", [b'{"step": 8, "train/lo', b'{"step": 2}', b"\x00\x00"])
def test_the_torn_last_line_is_dropped(resumed: RunInfo, torn: bytes) -> None:
    path = resumed.folder / LOG_NAME
    with path.open("ab") as handle:
        handle.write(torn)
    session(resumed, 5, 5)
    assert [row["step"] for row in read_rows(path)] == [1, 2, 3, 4, 4, 5]


@pytest.mark.parametrize("line", ["no json", "[1]", '{"loss": 1.0}', '{"step": "2"}', '{"step": true}', "\udc80"])
def test_a_damaged_line_is_named(resumed: RunInfo, line: str) -> None:
    path = resumed.folder / LOG_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    before = b"".join([*lines[:2], line.encode(errors="surrogateescape") + b"\n", *lines[2:]])
    path.write_bytes(before)
    with pytest.raises(InputDataError, match=r"log\.jsonl, line 3: not a row of a training log"):
        session(resumed, 5, 5)
    assert path.read_bytes() == before


def test_another_runs_log_is_not_continued(resumed: RunInfo, tmp_path: Path) -> None:
    session(run_info(tmp_path, key="0f" * 32), 1, 6)
    with pytest.raises(InputDataError, match="another run's") as caught:
        session(resumed, 5, 5)
    assert KEY in str(caught.value)


@pytest.mark.parametrize("name", [LOG_NAME, TIMING_NAME, RUN_NAME])
def test_a_lost_file_is_not_passed_over(resumed: RunInfo, name: str) -> None:
    (resumed.folder / name).unlink()
    with pytest.raises(InputDataError, match="cannot read") as caught:
        session(resumed, 5, 5)
    assert name in str(caught.value)


def test_another_version_is_refused(resumed: RunInfo) -> None:
    path = resumed.folder / RUN_NAME
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.raises(SchemaMismatch):
        session(resumed, 5, 5)


def test_the_run_is_described_beside_its_rows(run: RunInfo) -> None:
    session(run, 1, 1)
    document = TrackedRun.model_validate_json((run.folder / RUN_NAME).read_text())
    assert (document.name, document.key, document.config) == ("checkpoint", KEY, run.config)


def test_a_full_disk_is_one_error_and_the_run_can_go_on(run: RunInfo, tmp_path: Path) -> None:
    tracker = JsonlTracker()
    tracker.begin(run)
    with no_file_beyond(300), pytest.raises(InputDataError, match="cannot write the training log") as caught:
        train(tracker, 1, 12)
    assert LOG_NAME in str(caught.value)
    with no_file_beyond(300), pytest.raises(InputDataError):
        tracker.end(finished=False)  # what lies in the buffer cannot be written either
    assert read_rows(run.folder / LOG_NAME)[3]["step"] == 4
    session(run_info(tmp_path, step=4), 5, 12)
    session(run_info(tmp_path / "whole"), 1, 12)
    whole = run_info(tmp_path / "whole").folder / LOG_NAME
    assert (run.folder / LOG_NAME).read_bytes() == whole.read_bytes()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.tracking").write_text("a file")
    with pytest.raises(UsageError, match="something else than a folder lies here"):
        JsonlTracker().begin(run_info(tmp_path))
    assert (tmp_path / "checkpoint.tracking").read_text() == "a file"


@pytest.mark.parametrize("name", ["run.json", "log.jsonl", "timing.jsonl", "summary.json"])
def test_a_log_that_is_none_of_ours_is_not_emptied(tmp_path: Path, name: str) -> None:
    folder = run_info(tmp_path).folder
    folder.mkdir()
    (folder / name).write_text('{"schema": "mine"}')
    with pytest.raises(UsageError, match=name):
        JsonlTracker().begin(run_info(tmp_path))
    assert {path.name: path.read_text() for path in folder.iterdir()} == {name: '{"schema": "mine"}'}


def test_the_step_cannot_be_logged_as_a_value(run: RunInfo) -> None:
    tracker = JsonlTracker()
    tracker.begin(run)
    with pytest.raises(QleapError, match="cannot be named 'step'"):
        tracker.log(1, {"step": 3.0})
    tracker.end(finished=False)
