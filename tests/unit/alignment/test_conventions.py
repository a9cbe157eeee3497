"""CoreMotion's conventions, checked as physical identities on real recordings."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.conventions import (
    core_motion_from_physical,
    core_motion_from_specific_force,
    gravity_from_quaternion,
    kinematic_acceleration,
    pitch_roll_yaw,
    specific_force_from_core_motion,
)
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.frames import STANDARD_GRAVITY
from tests.support.watch_recordings import WRIST_MOTION


@pytest.fixture(scope="module")
def swim() -> Recording:
    return read_recording(WRIST_MOTION)


def test_quaternion_turns_device_into_world(swim: Recording) -> None:
    """The attitude's down direction is the gravity column; with the inverse attitude it is more than 40° away."""
    error = np.abs(gravity_from_quaternion(swim.quaternion) - swim.gravity)
    assert error.max() <= 3.4e-7
    transposed = Rotation.from_quat(swim.quaternion, scalar_first=True).apply([0.0, 0.0, -1.0])
    angle = np.degrees(np.arccos(np.clip(np.sum(transposed * swim.gravity, axis=1), -1, 1)))
    assert np.median(angle) > 40


def test_first_row_by_hand(swim: Recording) -> None:
    np.testing.assert_allclose(swim.gravity[0], (-0.18771233, -0.49000799, -0.85126742), atol=1e-8)
    np.testing.assert_allclose(swim.specific_force[0], (2.31339721, 4.26691569, 8.42085557), atol=1e-7)
    np.testing.assert_allclose(pitch_roll_yaw(swim.quaternion[:1])[0], (0.51209892, -0.21703598, 0.05702776), atol=1e-7)


def test_face_up_at_rest_points_up_and_free_fall_is_zero() -> None:
    down, none = np.array([[0.0, 0.0, -1.0]]), np.zeros((1, 3))
    np.testing.assert_allclose(specific_force_from_core_motion(down, none), [[0.0, 0.0, STANDARD_GRAVITY]])
    np.testing.assert_allclose(specific_force_from_core_motion(down, -down), 0.0)
    np.testing.assert_allclose(kinematic_acceleration(-down), [[0.0, 0.0, -STANDARD_GRAVITY]])


def test_inverse_adapter_restores_the_columns(swim: Recording) -> None:
    gravity, user = core_motion_from_specific_force(swim.specific_force, swim.gravity)
    np.testing.assert_allclose(gravity, swim.gravity)
    np.testing.assert_allclose(user, swim.user_acceleration, atol=1e-12)


def test_standardised_export_needs_no_minus(swim: Recording) -> None:
    exported_gravity = -swim.gravity * STANDARD_GRAVITY
    exported_acceleration = -swim.user_acceleration * STANDARD_GRAVITY
    gravity, user = core_motion_from_physical(exported_gravity, exported_acceleration)
    force = specific_force_from_core_motion(gravity, user)
    np.testing.assert_allclose(force, exported_gravity + exported_acceleration, atol=1e-12)
    np.testing.assert_allclose(force, swim.specific_force, atol=1e-12)
