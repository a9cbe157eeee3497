"""One recorded set with known depths becomes a reference, and every set that is none is refused with the way out."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.stream import align
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.analysis.reference_set import reference_set
from qleap_edge.analysis.watch_reference import read_reference
from qleap_edge.core.errors import InputDataError, UsageError
from tests.support.command import assert_refused, call
from tests.support.exercise_sets import Rep, path, recorded, sensor_logger_file

LEFT = Wear(Side.LEFT, Side.RIGHT)
ABOUT = {"wearer": "a", "exercise": "squat", "known": "depth"}


def squats(count: int, gap_s: float = 0.0):
    height, pitch, _ = path([Rep(range_m=0.6)] * count)
    if gap_s:
        rest = np.zeros(round(gap_s * 100))
        height, pitch = np.concatenate([height, rest, height]), np.concatenate([pitch, rest, pitch])
    return recorded(height, pitch, np.random.default_rng(2), core_motion=True)


def test_the_offset_is_travel_less_known_depth():
    found = reference_set(align(squats(5), LEFT), "0.42 0.43 0.41 0.42 0.42", **ABOUT)
    assert (found.repetitions, found.exercise, found.known, found.wearer) == (5, "squat", "depth", "a")
    assert found.offset_m == pytest.approx(0.18, abs=0.02)


def test_one_value_holds_for_all():
    assert reference_set(align(squats(5), LEFT), "0.42", **ABOUT).repetitions == 5


@pytest.mark.parametrize("values", ["", "deep", "0.4 nan", "0.4,0.5"])
def test_values_that_are_no_numbers(values):
    with pytest.raises(UsageError, match="not a list of numbers"):
        reference_set(align(squats(4), LEFT), values, **ABOUT)


@pytest.mark.parametrize(
    ("values", "words"), [("0.42 0.43", "4 values, one for each"), ("42", "give the values in metres")]
)
def test_values_that_do_not_fit(values, words):
    with pytest.raises(InputDataError, match=words):
        reference_set(align(squats(4), LEFT), values, **ABOUT)


def test_two_sets_need_to_be_told_apart():
    aligned = align(squats(4, gap_s=25.0), LEFT)
    with pytest.raises(InputDataError, match=r"got 2 sets.*--active START END"):
        reference_set(aligned, "0.42", **ABOUT)
    assert reference_set(aligned, "0.42", **ABOUT, active=(0.0, 22.0)).repetitions == 4


def test_another_movement_is_no_reference():
    height, pitch, _ = path([Rep(range_m=-0.3, turn_deg=100.0)] * 5)
    oblique = Rotation.from_rotvec([0.3, 0.2, 0.4])  # turning about one axis of the case fits several orders of axes
    curls = recorded(height, pitch, np.random.default_rng(2), core_motion=True, mounting=oblique)
    with pytest.raises(InputDataError, match=r"the set is no squat: the forearm turns by"):
        reference_set(align(curls, LEFT), "0.42", **ABOUT)


def test_only_a_squat_has_a_depth():
    with pytest.raises(UsageError, match=r"no depth in a biceps curl.*--quantity range-of-motion"):
        reference_set(align(squats(4), LEFT), "0.42", **{**ABOUT, "exercise": "biceps_curl"})


def test_the_command_writes_what_analyze_reads(tmp_path: Path):
    recording = sensor_logger_file(tmp_path / "WristMotion.csv", squats(5))
    out = tmp_path / "reference.json"
    command = (
        "watch",
        "reference",
        recording,
        "--wrist",
        "left",
        "--crown",
        "right",
        "--wearer",
        "a",
        "--known",
        "0.42",
    )
    done = call(*command, "--out", out)
    assert done.code == 0, done.err
    assert (
        "5 repetitions of squat in 1 set, forearm raised: the wrist moves 1" in done.out and "cm more than" in done.out
    )
    assert f"--bundle BUNDLE --exercise squat --reference {out}" in done.out
    deeper = call(*command[:-1], "0.70", "--out", out)
    assert "cm less than what was known" in deeper.out and "-" not in deeper.out.split("cm")[0]
    assert call(*command, "--out", out).code == 0
    assert json.loads(call(*command, "--out", out, "--json").out) == json.loads(out.read_text())
    assert read_reference(out).offset_m == pytest.approx(0.18, abs=0.02)
    assert_refused(call(*command[:-1], "a lot", "--out", out), 2, "not a list of numbers")


def test_the_command_adds_a_set_to_an_earlier_reference(tmp_path: Path):
    out = tmp_path / "reference.json"
    first, second = (sensor_logger_file(tmp_path / f"{count}.csv", squats(count)) for count in (4, 5))
    about = ("--wrist", "left", "--crown", "right", "--wearer", "a", "--known", "0.42", "--out", out)
    assert call("watch", "reference", first, *about).code == 0
    alone = read_reference(out)
    done = call("watch", "reference", second, *about, "--add", out)
    assert done.code == 0, done.err
    assert "9 repetitions of squat in 2 sets" in done.out
    both = read_reference(out)
    assert both.sets[0] == alone.sets[0] and both.offset_sd_m < alone.offset_sd_m
    before = out.read_bytes()
    assert_refused(call("watch", "reference", second, *about, "--add", out), 3, "in the earlier reference already")
    assert out.read_bytes() == before


def test_a_part_outside_of_the_recording_is_refused_and_not_called_no_set():
    with pytest.raises(UsageError, match="--active: the part lies outside of the recording"):
        reference_set(align(squats(4), LEFT), "0.42", **ABOUT, active=(500.0, 510.0))
