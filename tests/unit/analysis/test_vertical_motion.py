"""Vertical acceleration, and velocity and height between rests, against motions that are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.analysis.vertical_motion import between_rests, gravity_holds, vertical_motion
from tests.support.exercise_sets import RATE_HZ, Rep, path, recorded
from tests.support.watch_recordings import WRIST_MOTION

HEIGHT, PITCH, _ = path([Rep()] * 3)


def motion_of(recording):
    (stretch,) = clean_clock(recording).stretches
    return vertical_motion(stretch)


def true_acceleration(height):
    return np.gradient(np.gradient(height, 1 / RATE_HZ), 1 / RATE_HZ)


def test_with_core_motion_it_is_the_second_derivative_of_the_height():
    motion = motion_of(recorded(HEIGHT, PITCH, core_motion=True))
    assert motion.tilt == "core-motion"
    np.testing.assert_allclose(motion.acceleration, true_acceleration(HEIGHT), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(motion.up, axis=1), 1.0, atol=1e-9)


def test_without_gravity_vqf_finds_the_tilt():
    motion = motion_of(recorded(HEIGHT, PITCH))
    assert motion.tilt == "vqf"
    assert np.sqrt(np.mean((motion.acceleration - true_acceleration(HEIGHT)) ** 2)) < 0.02


def test_at_rest_the_acceleration_is_zero():
    motion = motion_of(recorded(np.zeros(1000), np.zeros(1000), mounting=Rotation.from_rotvec([0.4, 1.0, -2.0])))
    np.testing.assert_allclose(motion.acceleration, 0.0, atol=1e-6)


def test_the_mounting_of_the_watch_does_not_matter():
    mounted = recorded(HEIGHT, PITCH, core_motion=True, mounting=Rotation.from_rotvec([1.0, -0.5, 2.0]))
    plain = recorded(HEIGHT, PITCH, core_motion=True)
    np.testing.assert_allclose(motion_of(mounted).acceleration, motion_of(plain).acceleration, atol=1e-9)


@pytest.mark.parametrize("fault", ["norm", "axes", "degrees", "missing"])
def test_a_gravity_that_breaks_its_identity_is_not_used(fault):
    good = recorded(HEIGHT, 6.0 * PITCH, core_motion=True)
    assert gravity_holds(good)
    faults = {
        "norm": replace(good, gravity=9.8 * good.gravity),
        "axes": replace(good, gravity=good.gravity[:, [1, 0, 2]]),
        "degrees": replace(good, angular_velocity=np.rad2deg(good.angular_velocity)),
        "missing": replace(good, gravity=None),
    }
    assert not gravity_holds(faults[fault])


def test_the_gravity_of_a_real_recording_holds():
    assert gravity_holds(read_recording(WRIST_MOTION).take(slice(102, None)))


@pytest.mark.parametrize("bias", [-0.3, 0.0, 0.3])
def test_a_constant_error_of_the_acceleration_leaves_no_drift(bias):
    motion = motion_of(recorded(HEIGHT, PITCH, core_motion=True))
    motion = replace(motion, acceleration=motion.acceleration + bias)
    first, last = motion.at(3.9), motion.at(7.2)
    velocity, height = between_rests(motion, first, last)
    assert velocity[0] == 0.0 and abs(velocity[-1]) < 1e-12
    rest = np.abs(np.gradient(HEIGHT)) < 1e-9
    assert rest[first] and rest[last]
    assert np.ptp(height) == pytest.approx(0.6, abs=0.02)
