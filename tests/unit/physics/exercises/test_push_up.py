"""Push-ups turn a straight body about its toes or knees over hands that stand on the floor."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.distributions import Bernoulli
from qleap_edge.physics.exercises.push_up import WRIST_HEIGHT_M
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import bone, feasible_runs


@pytest.mark.parametrize("on_knees", [0.0, 1.0])
def test_hands_and_feet_stay_and_the_chest_sinks(on_knees):
    for run in feasible_runs("push_up", replace(RELEASE, push_up_on_knees=Bernoulli(on_knees))):
        joints = run.simulated.joints
        hands = joints[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]]
        np.testing.assert_allclose(hands, np.broadcast_to(hands[0], hands.shape), atol=1e-9)
        np.testing.assert_allclose(hands[:, :, 2], WRIST_HEIGHT_M, atol=1e-9)
        assert np.ptp(run.simulated.foot_points, axis=0).max() < 1e-9
        shoulder = joints[:, JOINT_INDEX["left_shoulder"], 2]
        assert np.ptp(shoulder) > 0.10 and shoulder.min() > 0.10
        if on_knees:
            knees = joints[:, [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]]
            assert np.ptp(knees, axis=0).max() < 1e-6 and knees[:, :, 2].max() < 0.08


def test_the_body_is_straight():
    for run in feasible_runs("push_up", replace(RELEASE, push_up_on_knees=Bernoulli(0.0))):
        trunk, thigh = bone(run, "pelvis", "thorax"), -bone(run, "left_hip", "left_knee")
        cosine = (trunk * thigh).sum(axis=1) / np.linalg.norm(trunk, axis=1) / np.linalg.norm(thigh, axis=1)
        assert np.degrees(np.arccos(cosine)).max() < 30.0


def test_at_the_top_the_forearm_stands_on_its_hand():
    """The hand is below the elbow and its back ahead: a resting watch reads about -1 g along x, towards the elbow."""
    for run in feasible_runs("push_up"):
        force = run.simulated.watch("left")[:5].mean(axis=0)
        assert force[0] < -9.0
        w, x, y, z = run.simulated.watch_orientation("left")[0]
        assert 2.0 * (x * z + w * y) > 0.7  # the watch's z axis points ahead
