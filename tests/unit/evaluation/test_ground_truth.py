"""Frames held once give the windows that everybody else reads."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import AlteredFile, InputDataError
from qleap_edge.dataset.document import read_dataset
from qleap_edge.dataset.store import read_shard
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.ground_truth import GroundTruth
from tests.support.sequences import SPLITS, make_dataset


@pytest.mark.parametrize(("split", "hop"), [("test", 10), ("train", 37), ("validation", 100)])
def test_windows_are_those_of_load_windows(data: Path, split: str, hop: int):
    truth, windows = GroundTruth.read(data, split, hop), load_windows(data, split, hop)
    assert len(truth) == len(windows)
    everything = slice(None)
    np.testing.assert_array_equal(truth.cut(truth.imu, everything), windows.imu)
    np.testing.assert_array_equal(truth.cut(truth.pose, everything), windows.pose)
    np.testing.assert_array_equal(truth.window_exercise, windows.exercise)
    np.testing.assert_array_equal(truth.window_form, windows.form)
    np.testing.assert_array_equal(truth.subject, windows.subject_id)
    np.testing.assert_array_equal(truth.window_posture, windows.posture)
    np.testing.assert_array_equal(truth.index.sequence_id[truth.sequence], windows.sequence_id)
    np.testing.assert_array_equal(truth.cut(truth.pose, slice(1, 3)), windows.pose[1:3])


def test_frames_and_repetitions_are_those_of_the_shards(data: Path, truth: GroundTruth):
    found = 0
    for record in read_dataset(data).shards:
        shard = read_shard(data / record.path)
        for row, (first, stop) in enumerate(zip(shard.offsets, shard.offsets[1:], strict=False)):
            if shard.columns["subject_id"][row] not in SPLITS["test"]:
                continue
            number = int(np.flatnonzero(truth.index.sequence_id == shard.columns["sequence_id"][row])[0])
            begin, end = truth.offsets[number : number + 2]
            np.testing.assert_array_equal(truth.phase[begin:end], shard.phase[first:stop])
            np.testing.assert_array_equal(truth.exercise[begin:end], shard.exercise[first:stop])
            edges = shard.repetition_offsets[row : row + 2]
            mine = truth.repetitions[truth.sequence_of(truth.repetitions[:, 0]) == number]
            np.testing.assert_array_equal(mine - begin, shard.repetitions[edges[0] : edges[1]])
            found += len(mine)
    assert found == len(truth.repetitions) > 0


def test_a_frame_knows_its_sequence(truth: GroundTruth):
    edges = truth.offsets
    np.testing.assert_array_equal(truth.sequence_of(edges[:-1]), np.arange(len(edges) - 1))
    np.testing.assert_array_equal(truth.sequence_of(edges[1:] - 1), np.arange(len(edges) - 1))


def test_damage_is_refused(tmp_path: Path):
    make_dataset(tmp_path / "data")
    with pytest.raises(InputDataError, match="hop"):
        GroundTruth.read(tmp_path / "data", "test", 0)
    shard = tmp_path / "data" / "shards" / "shard-00002.h5"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(AlteredFile, match="shard-00002"):
        GroundTruth.read(tmp_path / "data", "test", 10)
