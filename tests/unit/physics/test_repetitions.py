"""Repetitions from a pose: counted, bounded, and phased, whatever rises and falls."""

import numpy as np
import pytest

from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.repetitions import label_repetitions, repetitions


def humps(centres: list[int], width: int = 60, count: int = 500, floor: float = 0.0) -> np.ndarray:
    """Return raised cosines of height 1 over ``floor``, which a rest between two of them may not reach."""
    index = np.arange(count)
    signal = sum(
        np.where(np.abs(index - c) < width, 0.5 + 0.5 * np.cos(np.pi * (index - c) / width), 0.0) for c in centres
    )
    return np.maximum(signal, np.where((index > centres[0]) & (index < centres[-1]), floor, 0.0))


def test_each_hump_is_one_repetition_with_its_bounds():
    found = repetitions(humps([100, 260, 400]))
    assert [turn for _, turn, _ in found] == [100, 260, 400]
    for start, turn, end in found:
        assert turn - 60 <= start <= turn - 50 and turn + 50 <= end <= turn + 60


def test_without_a_rest_between_them_two_repetitions_meet_at_the_lowest_point():
    found = repetitions(humps([150, 270], floor=0.3))
    assert len(found) == 2
    assert found[0][2] <= found[1][0] and 170 < found[0][2] < 250


def test_half_a_way_is_no_repetition():
    assert len(repetitions(np.maximum(humps([100]), 0.45 * humps([300])))) == 1


def test_little_movement_is_none():
    assert repetitions(0.1 * humps([100, 300])) == []
    assert len(repetitions(0.1 * humps([100, 300]), 0.05)) == 2


def still(count: int) -> np.ndarray:
    """Return somebody standing, arms hanging."""
    pose = np.zeros((count, 17, 3), np.float32)
    for name, place in {
        "left_hip": (0, 0.05, 0), "left_knee": (0, 0.05, -0.25), "left_ankle": (0, 0.05, -0.5),
        "right_hip": (0, -0.05, 0), "right_knee": (0, -0.05, -0.25), "right_ankle": (0, -0.05, -0.5),
        "thorax": (0, 0, 0.28), "left_shoulder": (0, 0.1, 0.28), "left_elbow": (0, 0.1, 0.11), "left_wrist": (0, 0.1, -0.05),
    }.items():  # fmt: skip
        pose[:, JOINT_INDEX[name]] = place
    return pose


@pytest.mark.parametrize("exercise", ["overhead_press", "jumping_jack"])
def test_wrists_that_go_up_and_down_are_presses_and_jacks(exercise):
    pose = still(500)
    pose[:, JOINT_INDEX["left_wrist"], 2] += 0.5 * humps([120, 300])
    found, phase = label_repetitions(pose, np.full(500, EXERCISE_ID[exercise], np.int8))
    assert found[:, 1].tolist() == [120, 300]
    assert phase[120] == 0.5 and np.isnan(phase[210])


def test_a_transition_counts_each_exercise_by_its_own_signal():
    pose, lean = still(600), np.radians(60.0) * humps([120], count=600)
    pose[:, JOINT_INDEX["thorax"], 0] = 0.28 * np.sin(lean)
    pose[:, JOINT_INDEX["thorax"], 2] = 0.28 * np.cos(lean)
    bend = 2.0 * humps([450], count=600)
    pose[:, JOINT_INDEX["left_wrist"], 0] = 0.16 * np.sin(bend)
    pose[:, JOINT_INDEX["left_wrist"], 2] = 0.11 - 0.16 * np.cos(bend)
    ids = np.repeat([EXERCISE_ID["deadlift"], EXERCISE_ID["biceps_curl"]], 300).astype(np.int8)
    found, phase = label_repetitions(pose, ids)
    assert found[:, 1].tolist() == [120, 450]
    for start, turn, end in found:
        assert (phase[start], phase[turn], phase[end]) == (0.0, 0.5, 1.0)
        assert (np.diff(phase[start : end + 1]) > 0.0).all()
    assert np.isnan(phase[260:340]).all()


@pytest.mark.parametrize("exercise", ["row", "bench_press", "pull_up", "push_up", "triceps_extension"])
def test_elbows_that_bend_or_straighten_are_pulls_and_pushes(exercise):
    pose, bend = still(500), 1.8 * humps([120, 300])
    if exercise == "triceps_extension":
        bend = 2.0 - bend
    pose[:, JOINT_INDEX["left_wrist"], 0] = 0.16 * np.sin(bend)
    pose[:, JOINT_INDEX["left_wrist"], 2] = 0.11 - 0.16 * np.cos(bend)
    found, _ = label_repetitions(pose, np.full(500, EXERCISE_ID[exercise], np.int8))
    assert found[:, 1].tolist() == [120, 300]


def test_a_side_lunge_is_a_bend_of_either_knee():
    pose = still(500)
    for side, centre in (("left", 120), ("right", 300)):
        pose[:, JOINT_INDEX[f"{side}_knee"], 0] = 0.15 * humps([centre])
    found, _ = label_repetitions(pose, np.full(500, EXERCISE_ID["side_lunge"], np.int8))
    assert found[:, 1].tolist() == [120, 300]


def test_idle_and_walking_have_none():
    pose = still(300)
    pose[:, JOINT_INDEX["left_wrist"], 2] += 0.5 * humps([120], count=300)
    for name in ("idle", "walk"):
        found, phase = label_repetitions(pose, np.full(300, EXERCISE_ID[name], np.int8))
        assert found.shape == (0, 3) and np.isnan(phase).all()
