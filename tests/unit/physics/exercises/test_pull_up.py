"""Pull-ups hang from hands that do not move and lift the body; pull-downs bring the hands to a body that sits."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.exercises.pull_up import WRISTS_UP_M
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import feasible_runs

WRISTS = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]


def only(variant: str):
    return replace(RELEASE, pull_variant=Categorical(**{variant: 1.0}))


def test_hands_on_the_bar_stay_and_the_body_rises():
    for run in feasible_runs("pull_up", only("pull_up")):
        wrists = run.simulated.joints[:, WRISTS]
        np.testing.assert_allclose(wrists, np.broadcast_to(wrists[0], wrists.shape), atol=1e-9)
        np.testing.assert_allclose(wrists[:, :, 2], WRISTS_UP_M, atol=1e-9)
        pelvis = run.simulated.joints[:, 0, 2]
        arm = run.subject.lengths["upper_arm"] + run.subject.lengths["forearm"]
        assert 0.4 * arm < np.ptp(pelvis) < 1.2 * arm
        assert not run.contact_mask.any()  # the feet hang in the air


def test_a_still_hand_hangs_from_an_upright_forearm():
    """Straight arms that hang: the forearm points up to the bar, so that a resting watch reads about +1 g along x."""
    for run in feasible_runs("pull_up", only("pull_up")):
        force = run.simulated.watch("left")[:5].mean(axis=0)
        assert force[0] > 8.0
        assert np.linalg.norm(force) == pytest.approx(9.81, abs=0.5)


def test_a_pull_down_moves_the_hands_and_not_the_body():
    for run in feasible_runs("pull_up", only("pull_down")):
        assert np.ptp(run.simulated.joints[:, 0, 2]) < 1e-6
        wrist = run.simulated.joints[:, WRISTS[0], 2]
        shoulder = run.simulated.joints[:, JOINT_INDEX["left_shoulder"], 2]
        above = wrist - shoulder
        assert above.max() > 0.8 * (run.subject.lengths["upper_arm"] + run.subject.lengths["forearm"])
        assert above.min() < 0.25


def test_palms_face_ahead_in_an_overhand_pull_up():
    for run in feasible_runs("pull_up", replace(only("pull_up"), pull_grip=Categorical(overhand=1.0))):
        quaternion = run.simulated.watch_orientation("left")[0]
        w, x, y, z = quaternion
        dorsal_ahead = 2.0 * (x * z + w * y)  # x component of the watch's z axis
        assert dorsal_ahead < -0.6, "the back of the hand faces the person"
