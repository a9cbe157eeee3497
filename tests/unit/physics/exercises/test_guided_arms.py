"""Guided arms: the wrist is where it was asked for, the grip points where it should, and what no arm can do is refused."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.body import QPOS, SIDES
from qleap_edge.physics.exercises.guided_arms import MOST_DEVIATION, Chest, arm_along, arm_to, draw_grip, thumb
from qleap_edge.physics.exercises.guided_lift import level_pelvis
from qleap_edge.physics.exercises.standing import NEARLY_STRAIGHT
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import MAN, simulate_pose, standing_pose

BODY = BodyBatch.stack([MAN])
SPINE = {f"{part}.{axis}": np.zeros((1, 1)) for part in ("abdomen", "thorax") for axis in "yxz"}


def chest(**spine: float) -> Chest:
    upper = SPINE | {name.replace("__", "."): np.array([[angle]]) for name, angle in spine.items()}
    return Chest.of(BODY, level_pelvis(np.zeros((1, 1))), upper)


def vector(*xyz: float) -> np.ndarray:
    return np.array(xyz, dtype=np.float64)[:, None, None]


def posed(arms: dict[str, np.ndarray], **spine: float):
    qpos = standing_pose()
    for name, angle in (arms | {key.replace("__", "."): np.array([[value]]) for key, value in spine.items()}).items():
        qpos[0, QPOS[name]] = angle[0, 0]
    return simulate_pose(qpos)


@pytest.mark.parametrize("to_wrist", [(0.25, 0.1, -0.35), (0.1, 0.3, 0.3), (0.35, -0.1, 0.05), (-0.1, 0.2, -0.4)])
def test_the_wrist_is_where_it_was_asked_for(to_wrist):
    spine = {"abdomen__y": 0.4, "thorax__x": 0.1, "thorax__z": -0.2}
    frame, arms = chest(**spine), {}
    for side, sign in SIDES:
        x, y, z = to_wrist
        arms |= arm_to(
            BODY,
            frame,
            side,
            vector(x, sign * y, z),
            vector(-0.4, sign, -0.8),
            vector(0.1, -sign, 0.1),
            hand_turns=True,
        )
    joints = posed(arms, **spine).joints[0]
    for side, sign in SIDES:
        way = joints[JOINT_INDEX[f"{side}_wrist"]] - joints[JOINT_INDEX[f"{side}_shoulder"]]
        np.testing.assert_allclose(way, np.array(to_wrist) * [1.0, sign, 1.0], atol=1e-9)


def test_an_overhand_grip_turns_the_back_of_a_hanging_hand_forward():
    """Arms that hang down with the thumbs towards each other: the palms face the thighs' fronts, the dorsal axis ahead."""
    arms = {}
    for side, sign in SIDES:
        forearm = np.array([np.sin(0.1), 0.0, -np.cos(0.1)])
        arms |= arm_along(chest(), side, vector(0.0, 0.0, -1.0), vector(*forearm), vector(0.0, -sign, 0.0))
    simulated = posed(arms)
    for side, _ in SIDES:
        frame = Rotation.from_quat(simulated.watch_orientation(side)[0], scalar_first=True).as_matrix()
        np.testing.assert_allclose(frame[:, 0], [np.sin(0.1), 0.0, -np.cos(0.1)], atol=1e-9)  # x points to the hand
        np.testing.assert_allclose(
            frame[:, 2], [np.cos(0.1), 0.0, np.sin(0.1)], atol=1e-9
        )  # z out of the back of the hand


def test_neutral_grips_keep_the_palms_towards_each_other():
    for side, sign in SIDES:
        grip = thumb(sign, np.array([[np.pi / 2.0]]), vector(1.0, 0.0, 0.0))
        np.testing.assert_allclose(grip[:, 0, 0], [1.0, 0.0, 0.0], atol=1e-12)
        arms = arm_along(chest(), side, vector(0.0, 0.0, -1.0), vector(np.sin(0.1), 0.0, -np.cos(0.1)), grip)
        assert float(arms[f"{side}_forearm.pronation"][0, 0]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("grip", ["overhand", "neutral", "underhand"])
def test_grips_are_drawn_between_medial_and_outwards(grip):
    drawn = np.degrees([draw_grip(grip, RELEASE, np.random.default_rng(seed)) for seed in range(200)])
    low, high = {"overhand": (-10.0, 25.0), "neutral": (65.0, 115.0), "underhand": (125.0, 150.0)}[grip]
    assert low <= drawn.min() and drawn.max() <= high and np.ptp(drawn) > 0.9 * (high - low)


def test_out_of_reach_or_too_far_bent_a_wrist_is_refused():
    """An elbow beyond its limit is what the check of joint limits refuses."""
    longest = MAN.lengths["upper_arm"] + MAN.lengths["forearm"]
    for share, refused in ((NEARLY_STRAIGHT, False), (1.01, True)):
        arm = arm_to(
            BODY, chest(), "left", vector(0.0, 0.0, -share * longest), vector(-1, 0, 0), vector(0.0, -1.0, 0.0)
        )
        assert bool(arm["left_forearm.y"][0, 0] > 0.5) is refused
    for deviation, refused in ((MOST_DEVIATION - 0.02, False), (MOST_DEVIATION + 0.02, True)):
        along = vector(0.0, -np.cos(deviation), -np.sin(deviation))
        arm = arm_along(chest(), "left", vector(np.sin(0.3), 0.0, -np.cos(0.3)), vector(0.0, 0.0, -1.0), along)
        assert bool(arm["left_forearm.y"][0, 0] > 0.5) is refused


def test_both_sides_are_mirror_images():
    arms = {}
    for side, sign in SIDES:
        arms |= arm_to(
            BODY, chest(), side, vector(0.2, sign * 0.15, 0.1), vector(0.3, sign, -0.8), vector(0.2, -sign, 0.0)
        )
    for name in ("upper_arm.y", "upper_arm.x", "upper_arm.z", "forearm.y", "forearm.pronation"):
        np.testing.assert_allclose(arms[f"left_{name}"], arms[f"right_{name}"], atol=1e-12)
