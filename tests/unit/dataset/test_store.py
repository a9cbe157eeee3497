"""A shard returns what was written, has the same bytes in every process, and describes its datasets in attributes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError, QleapError
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISE_MIXED, EXERCISES, FORM_UNSCORED
from qleap_edge.dataset.layout import LAYOUT
from qleap_edge.dataset.shard_repetitions import repetition_form
from qleap_edge.dataset.store import read_columns, read_shard, shard_image
from qleap_edge.physics.form import KINEMATICS
from tests.support.sequences import make_sequence, make_sequences

CHILD = """
import hashlib
from qleap_edge.dataset.store import shard_image
from tests.support.sequences import make_sequences
print(hashlib.sha256(shard_image(make_sequences(0, 12))).hexdigest())
"""


def written(path: Path, sequences: list) -> Path:
    path.write_bytes(shard_image(sequences))
    return path


def test_what_was_put_in_comes_back(tmp_path):
    sequences = make_sequences(0, 12)
    shard = read_shard(written(tmp_path / "a.h5", sequences))
    assert len(shard.offsets) == 13
    for i, sequence in enumerate(sequences):
        frames = slice(shard.offsets[i], shard.offsets[i + 1])
        for name in ("imu", "pose", "kinematics", "exercise", "phase"):
            np.testing.assert_array_equal(getattr(shard, name)[frames], getattr(sequence, name))
        repetitions = shard.repetitions[shard.repetition_offsets[i] : shard.repetition_offsets[i + 1]]
        np.testing.assert_array_equal(repetitions, sequence.repetitions)
        measured = shard.repetition_form[shard.repetition_offsets[i] : shard.repetition_offsets[i + 1]]
        np.testing.assert_array_equal(measured, repetition_form(sequence))
        row = {name: column[i] for name, column in shard.columns.items()}
        content, rubric = sequence.request.content, sequence.rubric
        assert row["exercise"] == (EXERCISE_MIXED if content == "transition" else EXERCISE_ID[content])
        assert row["form"] == (FORM_UNSCORED if rubric is None else rubric.score)
        if rubric is not None:
            np.testing.assert_array_equal(row["form_deductions"], rubric.deductions)
            np.testing.assert_array_equal(row["form_measures"], rubric.measures)
        else:
            assert (row["form_deductions"] == FORM_UNSCORED).all() and np.isnan(row["form_measures"]).all()
        assert (row["sequence_id"], row["subject_id"]) == (sequence.request.sequence_id, sequence.request.subject_id)
        assert row["repetitions"] == len(sequence.repetitions)
        np.testing.assert_equal(
            [row[name] for name in ("depth", "descent_s", "ascent_s")],
            [np.float32(value) for value in (sequence.depth, sequence.descent_s, sequence.ascent_s)],
        )
        subject = sequence.subject
        assert (row["stature_m"], row["mass_kg"], row["load_kg"]) == (1.64, 61.0, sequence.load_kg)
        assert row["lumbar_baseline"] == subject.lumbar_baseline and row["sex"] == subject.sex.encode()
        assert (row["wrist"], row["crown"]) == (sequence.wear.wrist.encode(), sequence.wear.crown.encode())
        assert (row["posture"], row["regime"]) == (sequence.posture.encode(), sequence.request.regime.encode())


def test_columns_are_read_without_frames(tmp_path):
    path = written(tmp_path / "a.h5", make_sequences(0, 6))
    shard, (offsets, columns, repetitions) = read_shard(path), read_columns(path)
    np.testing.assert_array_equal(offsets, shard.offsets)
    np.testing.assert_array_equal(repetitions.offsets, shard.repetition_offsets)
    np.testing.assert_array_equal(repetitions.frames, shard.repetitions)
    np.testing.assert_array_equal(repetitions.form, shard.repetition_form)
    assert columns.keys() == shard.columns.keys()
    for name, column in columns.items():
        np.testing.assert_array_equal(column, shard.columns[name])


def test_a_shard_without_repetitions_is_whole(tmp_path):
    shard = read_shard(written(tmp_path / "a.h5", [make_sequence(0, "walk"), make_sequence(1, "idle")]))
    assert shard.repetitions.shape == (0, 3)
    assert shard.repetition_offsets.tolist() == [0, 0, 0]


def test_equal_sequences_give_equal_bytes_in_any_process(tmp_path):
    """Neither what the memory held before, nor the hash seed, nor the process shows in the bytes."""
    wanted = hashlib.sha256(shard_image(make_sequences(0, 12))).hexdigest()
    rng, held = np.random.default_rng(0), []
    for number in range(30):
        held = [*held[-10:], rng.normal(size=int(rng.integers(10, 200_000)))]
        shard_image(make_sequences(12 + number, 3))
        assert hashlib.sha256(shard_image(make_sequences(0, 12))).hexdigest() == wanted
    for seed in ("1", "2"):
        child = subprocess.run(
            [sys.executable, "-c", CHILD], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True
        )
        assert child.stdout.strip() == wanted, child.stderr


def test_attributes_say_what_the_numbers_mean(tmp_path):
    with h5py.File(written(tmp_path / "a.h5", make_sequences(0, 2))) as file:
        assert (file.attrs["schema"], file.attrs["schema_version"]) == (b"qleap.shard", 3)
        assert file.attrs["rate_hz"] == 50.0
        assert file.attrs["exercises"].decode().split(",") == list(EXERCISES)
        assert file.attrs["kinematics_channels"].decode().split(",") == list(KINEMATICS)
        assert len(file["kinematics"].attrs["units"].decode().split(", ")) == len(KINEMATICS)
        assert len(file["sequences/form_measures"].attrs["units"].decode().split(", ")) == 11
        assert len(file["repetitions/form"].attrs["units"].decode().split(", ")) == 13
        for name in LAYOUT:
            assert file[name].attrs["units"], name
        assert file["imu"].compression == "gzip" and file["imu"].shuffle


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"imu": np.full((250, 6), np.nan, np.float32)}, "imu"),
        ({"pose": np.full((250, 17, 3), np.inf, np.float32)}, "pose"),
        ({"exercise": np.full(250, len(EXERCISES), np.int8)}, "exercise"),
        ({"repetitions": np.array([[10, 20, 250]])}, "repetitions/frames"),
        ({"repetitions": np.array([[20, 10, 30]])}, "repetitions/frames"),
        ({"load_kg": -1.0}, "sequences/load_kg"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(changes, named):
    with pytest.raises(InputDataError, match=f"sequences 8 to 9, dataset '{named}'"):
        shard_image([make_sequence(8), make_sequence(9, steps=250, **changes)])


def test_names_are_refused_instead_of_cut():
    with pytest.raises(QleapError, match=r"posture.*'holding_a_tray_of_glasses_overhead'"):
        shard_image([make_sequence(0, posture="holding_a_tray_of_glasses_overhead")])
    with pytest.raises(QleapError, match="posture"):
        shard_image([make_sequence(0, posture="épaule")])
    with pytest.raises(QleapError, match="at least one"):
        shard_image([])
