"""The rubric on squats whose faults are known, and its scoring table."""

import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.form import CRITERIA, _total, score_form
from qleap_edge.physics.repetitions import knee_flexion, repetitions

RATE = 50.0


def stick_squat(
    thigh_deg=95.0, shank_deg=30.0, lean_deg=2.0, valgus_deg=0.0, lumbar=0.2, load=0.0, force=1.2, descent_s=2.0
):
    """Return pose and kinematics of one planar repetition, angles given at the bottom."""
    down = np.linspace(0.0, 1.0, round(descent_s * RATE))
    phase = np.concatenate([np.zeros(20), down, down[::-1], np.zeros(20)])
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
    bottom = phase.argmax()
    extra = np.zeros((len(phase), 8))
    extra[:, 0] = lumbar * phase
    extra[:, 1] = np.radians(valgus_deg) * phase
    extra[:, 4] = 1.0
    extra[bottom, 4] = force
    extra[:, 5] = load
    return pose.astype(np.float32), extra.astype(np.float32)


def scored(**faults):
    return score_form(*stick_squat(**faults), RATE, 0.2)


def test_a_clean_squat_scores_four():
    form = scored()
    assert (form.score, form.repetitions) == (4, 1)
    assert not form.deductions.any()
    assert form.descent_s == pytest.approx(0.9 * 2.0, rel=0.05)


@pytest.mark.parametrize(
    ("fault", "criterion", "points"),
    [
        ({"thigh_deg": 80.0}, "depth", 1),
        ({"thigh_deg": 70.0}, "depth", 2),
        ({"valgus_deg": 10.0}, "valgus", 1),
        ({"valgus_deg": 16.0}, "valgus", 2),
        ({"lean_deg": 12.0}, "lean", 1),
        ({"lean_deg": 24.0}, "lean", 2),
        ({"lumbar": 0.2 + np.radians(17.0)}, "lumbar", 1),
        ({"lumbar": 0.2 + np.radians(32.0)}, "lumbar", 2),
        ({"load": 0.1}, "asymmetry", 1),
        ({"load": -0.2}, "asymmetry", 2),
        ({"force": 1.7}, "tempo", 1),
        ({"force": 2.0}, "tempo", 2),
        ({"descent_s": 0.7}, "tempo", 1),
    ],
)
def test_one_fault_deducts_from_its_criterion_only(fault, criterion, points):
    form = scored(**fault)
    found = {item.name: int(points) for item, points in zip(CRITERIA, form.deductions, strict=True) if points}
    assert found == {criterion: points}
    assert form.score == (3 if points == 1 else 2)


@pytest.mark.parametrize(
    ("deductions", "score"),
    [
        ([0] * 7, 4),
        ([1, 0, 0, 0, 0, 0, 0], 3),
        ([1, 1, 0, 0, 0, 0, 0], 2),
        ([2, 1, 0, 0, 0, 0, 0], 2),
        ([2, 1, 1, 0, 0, 0, 0], 1),
        ([1, 1, 1, 1, 1, 0, 0], 1),
        ([1, 1, 1, 1, 1, 1, 0], 0),
        ([2, 2, 0, 0, 0, 0, 0], 0),
    ],
)
def test_points_to_score(deductions, score):
    assert _total(np.array(deductions, dtype=np.int8)) == score


def test_knee_flexion_is_thigh_plus_shank_angle():
    pose, _ = stick_squat()
    assert np.degrees(knee_flexion(pose, "left").max()) == pytest.approx(125.0, abs=0.1)


def test_repetitions_are_counted_and_a_still_body_has_none():
    phase = np.clip(np.sin(np.linspace(0, 6 * np.pi, 600)), 0, None)
    found = repetitions(0.1 + 1.5 * phase)
    assert len(found) == 3
    assert all(start < bottom < end for start, bottom, end in found)
    assert repetitions(np.full(100, 0.2)) == []
