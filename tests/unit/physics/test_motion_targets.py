"""Motion targets moved over the floor, and the legs solved under them."""

import numpy as np
from scipy.spatial.transform import Rotation

from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.motion_targets import solve_leg_ik, transform_targets
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import STEP


def test_targets_move_rigidly_over_the_floor():
    """Moved and turned as a whole, legs included: joint angles stay, joints move rigidly."""
    kind = exercise_model("squat")
    subject = draw_subject(1, RELEASE, np.random.default_rng(1))
    plan = kind.draw(subject, 4.0, RELEASE, np.random.default_rng(1))
    body, time = BodyBatch.stack([subject], [plan.load]), np.arange(0.0, 4.0, STEP)[None]
    targets = kind.targets([plan], body, time)
    there = transform_targets(targets, np.array([[[2.0]], [[-1.0]]]), np.array([[0.7]]))
    before, after = solve_leg_ik(body, targets), solve_leg_ik(body, there)
    for name, angle in before.angles.items():
        np.testing.assert_allclose(after.angles[name], angle, atol=1e-9)
    turn = Rotation.from_euler("z", 0.7)
    expected = turn.apply(before.pelvis.position[:, 0].T) + np.array([2.0, -1.0, 0.0])
    np.testing.assert_allclose(after.pelvis.position[:, 0].T, expected, atol=1e-12)
