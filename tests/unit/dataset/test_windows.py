"""Windows lie where a plain loop cuts them, and have the labels that a plain loop gives them."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.exercises import EXERCISE_ID, FORM_UNSCORED
from qleap_edge.dataset.document import read_dataset
from qleap_edge.dataset.splits import SPLITS
from qleap_edge.dataset.store import Shard, read_shard
from qleap_edge.dataset.windows import load_windows, prevailing_exercise, spread_rows
from qleap_edge.physics.form import grade
from tests.support.sequences import make_dataset

HOP = 10


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "set"
    make_dataset(folder)
    return folder


def slow_prevailing(frames: np.ndarray) -> int:
    ids = frames.tolist()
    most = max(ids.count(i) for i in set(ids))
    return next(i for i in reversed(ids) if ids.count(i) == most)


def slow_form(shard: Shard, index: int, begin: int) -> int:
    """Score the squats that a window shows, one repetition after the other."""
    rows = []
    for number in range(shard.repetition_offsets[index], shard.repetition_offsets[index + 1]):
        row, (start, turn, end) = shard.repetition_form[number].copy(), shard.repetitions[number] - begin
        down, up = start >= 0 and turn + 15 <= 199, turn >= 50 and end <= 199
        if (down or up) and np.isfinite(row[0]):
            row[3] = row[3] if down else np.nan
            row[4] = row[4] if up else np.nan
            row[7:9] = row[7:9] if start >= 0 and end <= 199 else np.nan
            rows.append(row)
    return int(grade(np.array([rows]))[2][0]) if rows else FORM_UNSCORED


@pytest.mark.parametrize("hop", [10, 37, 200, 1000])
@pytest.mark.parametrize("split", SPLITS)
def test_windows_are_cut_where_a_plain_loop_cuts_them(made, split, hop):
    document, windows, row = read_dataset(made), load_windows(made, split, hop), 0
    for record in document.shards:
        shard = read_shard(made / record.path)
        for index, subject in enumerate(shard.columns["subject_id"]):
            if subject not in document.splits[split]:
                continue
            for start in range(shard.offsets[index], shard.offsets[index + 1] - 199, hop):
                part = slice(start, start + 200)
                np.testing.assert_array_equal(windows.imu[row], shard.imu[part])
                np.testing.assert_array_equal(windows.pose[row], shard.pose[part])
                exercise = slow_prevailing(shard.exercise[part])
                form = slow_form(shard, index, start - shard.offsets[index]) if exercise == 0 else FORM_UNSCORED
                assert (windows.exercise[row], windows.form[row]) == (exercise, form)
                assert windows.sequence_id[row] == shard.columns["sequence_id"][index]
                assert windows.subject_id[row] == subject
                assert windows.posture[row] == shard.columns["posture"][index].decode()
                assert windows.regime[row] == shard.columns["regime"][index].decode()
                row += 1
    assert row == len(windows) > 0
    assert windows.imu.dtype == windows.pose.dtype == np.float32
    assert windows.exercise.dtype == windows.form.dtype == np.int64


def test_a_part_mixes_exercises_and_only_squats_are_scored(made):
    windows = load_windows(made, "train", HOP)
    mixed = np.isin(windows.sequence_id, [1, 4, 9, 11])
    assert len(np.unique(windows.exercise[mixed])) > 1
    assert (windows.form[windows.exercise != EXERCISE_ID["squat"]] == FORM_UNSCORED).all()
    squats = windows.form[windows.exercise == EXERCISE_ID["squat"]]
    assert (squats >= 0).any() and (squats == FORM_UNSCORED).any(), "some show a repetition, some none"


def test_the_prevailing_exercise_and_its_ties():
    walk, idle, squat = EXERCISE_ID["walk"], EXERCISE_ID["idle"], EXERCISE_ID["squat"]
    frames = np.array(
        [[walk] * 4, [walk, walk, idle, squat], [idle, idle, squat, squat], [squat, idle, idle, squat]], np.int8
    )
    assert prevailing_exercise(frames).tolist() == [walk, walk, squat, squat]
    rng = np.random.default_rng(5)
    many = rng.integers(0, 8, (200, 9)).astype(np.int8)
    assert prevailing_exercise(many).tolist() == [slow_prevailing(row) for row in many]
    assert prevailing_exercise(many[:0]).shape == (0,)


def test_spread_rows_are_even_and_unique():
    assert spread_rows(10, 4).tolist() == [0, 3, 6, 9]
    assert spread_rows(3, 10).tolist() == [0, 1, 2]
