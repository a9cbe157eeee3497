"""Lateral raises bring nearly straight arms from the thighs to about the shoulders' height, palms down."""

import numpy as np

from qleap_edge.core.skeleton import JOINT_INDEX
from tests.support.motions import bone, feasible_runs


def test_the_arm_goes_from_hanging_to_horizontal():
    for run in feasible_runs("lateral_raise"):
        arm = bone(run, "left_shoulder", "left_wrist")
        above = np.degrees(np.arcsin(arm[:, 2] / np.linalg.norm(arm, axis=1)))
        assert above.min() < -50.0 and -40.0 < above.max() < 25.0
        outwards = arm[np.argmax(above)]
        assert outwards[1] > 0.5 * np.linalg.norm(outwards)
        flexion = run.simulated.qpos[:, 7:]
        assert np.isfinite(flexion).all()


def test_at_the_top_the_back_of_the_hand_faces_up():
    """Thumbs point ahead: x of the watch points outwards, its dorsal axis up, so that gravity lies on z."""
    for run in feasible_runs("lateral_raise"):
        wrist = run.simulated.joints[:, JOINT_INDEX["left_wrist"], 2]
        top = int(np.argmax(wrist))
        w, x, y, _ = run.simulated.watch_orientation("left")[top]
        assert 1.0 - 2.0 * (x * x + y * y) > 0.35, w  # z component of the watch's z axis
