"""The rubric on squats whose faults are known, the way from points to a score, and what a window shows."""

import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.form import CRITERIA, grade, score_form, window_scores
from qleap_edge.physics.form_measures import REPETITION_MEASURES
from qleap_edge.physics.repetitions import both_knees, knee_flexion, repetitions

RATE = 50.0


def stick_squat(
    thigh_deg=95.0, shank_deg=30.0, lean_deg=2.0, valgus_deg=0.0, lumbar=0.2, load=0.0, heel_m=0.0,
    force=1.2, descent_s=2.0, halt_s=0.0, free_arms=False,
):  # fmt: skip
    """Return pose and kinematics of one planar repetition, angles given at the bottom."""
    down = np.linspace(0.0, 1.0, round(descent_s * RATE))
    half = len(down) // 2
    up = np.concatenate([down[half:][::-1], np.full(round(halt_s * RATE), down[half]), down[:half][::-1]])
    phase = np.concatenate([np.zeros(20), down, up, np.zeros(20)])
    pose = np.zeros((len(phase), 17, 3))
    thigh, shank = np.radians(thigh_deg) * phase, np.radians(shank_deg) * phase
    trunk = np.radians(shank_deg + lean_deg) * phase
    for side, y in (("left", 0.05), ("right", -0.05)):
        pose[:, JOINT_INDEX[f"{side}_hip"], 1] = y
        knee = np.stack([0.25 * np.sin(thigh), np.full_like(phase, y), -0.25 * np.cos(thigh)], axis=1)
        pose[:, JOINT_INDEX[f"{side}_knee"]] = knee
        pose[:, JOINT_INDEX[f"{side}_ankle"]] = knee - np.stack(
            [0.25 * np.sin(shank), 0 * phase, 0.25 * np.cos(shank)], axis=1
        )
    pose[:, JOINT_INDEX["thorax"]] = np.stack([0.3 * np.sin(trunk), 0 * phase, 0.3 * np.cos(trunk)], axis=1)
    up_x, up_z = np.sin(trunk), np.cos(trunk)
    pose[:, JOINT_INDEX["spine"]] = 0.5 * pose[:, JOINT_INDEX["thorax"]]
    for side, y in (("left", 0.1), ("right", -0.1)):
        pose[:, JOINT_INDEX[f"{side}_shoulder"]] = pose[:, JOINT_INDEX["thorax"]] + [0.0, y, 0.0]
    elbow = pose[:, JOINT_INDEX["left_shoulder"]] - 0.17 * np.stack([up_x, 0 * phase, up_z], axis=1)
    forearm = 0.15 * np.stack([up_z, 0 * phase, -up_x], axis=1)  # forward of the chest
    pose[:, JOINT_INDEX["left_elbow"]] = elbow
    pose[:, JOINT_INDEX["left_wrist"]] = elbow + ([0.15, 0.0, 0.0] if free_arms else forearm)
    bottom = phase.argmax()
    extra = np.zeros((len(phase), 8))
    extra[:, 0] = lumbar * phase
    extra[:, 1] = np.radians(valgus_deg) * phase
    extra[:, 4] = 1.0
    extra[bottom, 4] = force
    extra[:, 3] = heel_m * phase
    extra[:, 5] = load
    return pose.astype(np.float32), extra.astype(np.float32)


def scored(**faults):
    pose, extra = stick_squat(**faults)
    return score_form(pose, extra, np.array(repetitions(both_knees(pose.astype(float)))), 0.2)


def points(form):
    return {item.name: int(points) for item, points in zip(CRITERIA, form.deductions, strict=True) if points}


def measure(form, name):
    return form.measures[[item.name for item in CRITERIA].index(name)]


def test_a_clean_squat_scores_four():
    form = scored()
    assert form.score == 4 and not form.deductions.any()
    assert form.rows.shape == (1, len(REPETITION_MEASURES))
    assert measure(form, "tempo") == pytest.approx(0.9 * 2.0, rel=0.05)
    assert measure(form, "depth") == pytest.approx(-5.0, abs=1.5)
    assert np.isnan([measure(form, "consistency"), measure(form, "velocity_loss")]).all(), "one repetition"


@pytest.mark.parametrize(
    ("fault", "criterion", "deducted"),
    [
        ({"thigh_deg": 80.0}, "depth", 1),
        ({"thigh_deg": 70.0}, "depth", 2),
        ({"lean_deg": 12.0}, "lean", 1),
        ({"lean_deg": 24.0}, "lean", 2),
        ({"force": 1.7}, "bounce", 1),
        ({"force": 2.0}, "bounce", 2),
        ({"descent_s": 0.7}, "tempo", 1),
        ({"descent_s": 0.5}, "tempo", 2),
        ({"halt_s": 0.5}, "pauses", 1),
        ({"halt_s": 1.0}, "pauses", 2),
    ],
)
def test_one_fault_deducts_from_its_criterion_only(fault, criterion, deducted):
    form = scored(**fault)
    assert points(form) == {criterion: deducted}
    assert form.score == 4 - deducted


@pytest.mark.parametrize(
    ("fault", "criterion", "value"),
    [
        ({"valgus_deg": 16.0}, "valgus", 16.0),
        ({"lumbar": 0.2 + np.radians(32.0)}, "lumbar", 32.0),
        ({"heel_m": 0.04}, "heel_rise", 4.0),
        ({"load": -0.2}, "asymmetry", 20.0),
    ],
)
def test_what_a_wrist_cannot_see_is_measured_and_deducts_nothing(fault, criterion, value):
    form = scored(**fault)
    assert measure(form, criterion) == pytest.approx(value, abs=0.1)
    assert form.score == 4 and not form.deductions.any()


def test_lean_is_not_judged_where_the_forearm_is_free():
    form = scored(lean_deg=24.0, free_arms=True)
    assert np.isnan(measure(form, "lean")) and form.score == 4


def rows(*changes):
    """Return repetitions without a fault, with changes."""
    clean = dict.fromkeys(REPETITION_MEASURES, 0.0)
    clean |= {"thigh": -5.0, "descent": 1.5, "force": 1.2, "drop": 0.3, "velocity": 0.3}
    return np.array([[list((clean | change).values()) for change in changes]], np.float32)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([{}, {"drop": 0.26}], {"consistency": 1}),
        ([{"drop": 0.22}, {}], {"consistency": 2}),
        ([{}, {"descent": 2.0}], {"consistency": 1}),
        ([{}, {"descent": 2.8}], {"consistency": 2}),
        ([{}, {}, {"velocity": 0.22}], {"velocity_loss": 1}),
        ([{}, {}, {"velocity": 0.15}], {"velocity_loss": 2}),
        ([{"velocity": 0.15}, {}, {"velocity": 0.29}], {}),
        ([{}, {}, {"thigh": 20.0}], {}),
        ([{}, {"thigh": 40.0}], {"depth": 2}),
    ],
)
def test_several_repetitions_count_by_their_median_and_against_each_other(changes, found):
    _, deductions, score = grade(rows(*changes))
    assert {item.name: int(one) for item, one in zip(CRITERIA, deductions[0], strict=True) if one} == found
    assert score.tolist() == [4 - sum(found.values())]


def test_points_never_go_below_zero_and_nothing_is_no_score():
    worst = {"thigh": 40.0, "descent": 0.4, "force": 2.5, "halt_up": 1.5}
    assert grade(rows(worst))[2].tolist() == [0]
    assert grade(rows({}) * np.nan)[2].tolist() == [-1]
    assert score_form(*stick_squat(), np.empty((0, 3), np.int64), 0.2) is None


@pytest.mark.parametrize(
    ("frames", "score"),
    [
        ((0, 100, 199), 2),  # all of it: a halt up
        ((-1, 100, 199), 2),  # the way up and a second before
        ((-1, 49, 199), -1),  # too little before
        ((0, 184, 300), 4),  # the way down only: the halt is not seen
        ((0, 185, 300), -1),  # too little after
        ((-60, -10, 80), -1),
    ],
)
def test_a_window_is_scored_by_what_it_shows(frames, score):
    assert window_scores(np.array([[frames]]), rows({"halt_up": 1.0})).tolist() == [score]


def test_two_repetitions_count_against_each_other_only_where_both_are_whole():
    both = rows({}, {"drop": 0.2})
    assert window_scores(np.array([[(0, 50, 90), (95, 140, 190)]]), both).tolist() == [2]
    assert window_scores(np.array([[(-1, 50, 90), (95, 140, 190)]]), both).tolist() == [4]


def test_knee_flexion_is_thigh_plus_shank_angle():
    pose, _ = stick_squat()
    assert np.degrees(knee_flexion(pose, "left").max()) == pytest.approx(125.0, abs=0.1)


def test_repetitions_are_counted_and_a_still_body_has_none():
    phase = np.clip(np.sin(np.linspace(0, 6 * np.pi, 600)), 0, None)
    found = repetitions(0.1 + 1.5 * phase)
    assert len(found) == 3
    assert all(start < bottom < end for start, bottom, end in found)
    assert repetitions(np.full(100, 0.2)) == []
