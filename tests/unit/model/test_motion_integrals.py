"""Integrals of a window, against SciPy's and against a motion whose course is known."""

import numpy as np
import pytest
import torch
from scipy.integrate import cumulative_trapezoid
from scipy.spatial.transform import Rotation

from qleap_edge.core.frames import MODEL_RATE_HZ, STANDARD_GRAVITY, WINDOW_STEPS
from qleap_edge.model import motion_integrals
from qleap_edge.model.motion_integrals import INTEGRAL_CHANNELS, MotionIntegrals, detrending_matrix, integration_matrix

TIME = np.arange(WINDOW_STEPS) / MODEL_RATE_HZ


def test_integration_is_scipys() -> None:
    signal = np.random.default_rng(0).normal(size=WINDOW_STEPS)
    theirs = cumulative_trapezoid(signal, TIME, initial=0.0)
    np.testing.assert_allclose(integration_matrix() @ signal, theirs, atol=1e-12)


@pytest.mark.parametrize("degree", [1, 2])
def test_detrending_is_numpys_polynomial_fit(degree: int) -> None:
    signal = np.random.default_rng(1).normal(size=WINDOW_STEPS)
    fit = np.polynomial.Polynomial.fit(TIME, signal, degree)
    np.testing.assert_allclose(detrending_matrix(degree) @ signal, signal - fit(TIME), atol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_a_wrist_that_falls_and_rises_is_followed_however_the_watch_is_turned(seed: int) -> None:
    """A squat's course, 0.5 m down and up; the height channel is that course without its parabola."""
    height = -0.25 * (1.0 - np.cos(2.0 * np.pi * np.clip(TIME - 0.7, 0.0, 2.6) / 2.6))
    upward = np.gradient(np.gradient(height, TIME), TIME) + STANDARD_GRAVITY
    watch = Rotation.random(random_state=seed)
    force = watch.inv().apply(np.stack([np.zeros_like(TIME), np.zeros_like(TIME), upward], axis=1))
    imu = torch.from_numpy(np.hstack([force, np.zeros((WINDOW_STEPS, 3))])).float()[None]
    channels = MotionIntegrals()(imu)[0].double().numpy()
    assert channels.shape == (WINDOW_STEPS, INTEGRAL_CHANNELS)
    np.testing.assert_allclose(channels[:, 2] * motion_integrals._POSITION, detrending_matrix(2) @ height, atol=5e-3)
    np.testing.assert_allclose(channels[:, 3:], 0.0, atol=1e-6)


def test_bias_and_a_steady_turn_leave_the_course_alone() -> None:
    """A constant error of the accelerometer is a parabola in height, one of the gyroscope a line: both are taken out."""
    force = np.tile([0.0, 0.0, STANDARD_GRAVITY + 0.1], (WINDOW_STEPS, 1))
    imu = torch.from_numpy(np.hstack([force, np.full((WINDOW_STEPS, 3), 0.02)])).float()[None]
    channels = MotionIntegrals()(imu)[0]
    assert channels.abs().max() < 2e-3


def test_the_acceleration_is_the_norm_of_the_force_without_its_mean() -> None:
    force = np.random.default_rng(3).normal(size=(WINDOW_STEPS, 3)) * 3.0 + [1.0, -5.0, 8.0]
    imu = torch.from_numpy(np.hstack([force, np.zeros((WINDOW_STEPS, 3))])).float()[None]
    norm = np.linalg.norm(force, axis=1) / STANDARD_GRAVITY
    np.testing.assert_allclose(MotionIntegrals()(imu)[0, :, 0].numpy(), norm - norm.mean(), atol=2e-6)


def test_a_dead_accelerometer_gives_zeros() -> None:
    assert (MotionIntegrals()(torch.zeros(1, WINDOW_STEPS, 6)) == 0.0).all()


def test_half_precision_keeps_the_acceleration_of_a_wrist_that_hardly_moves() -> None:
    """Near 1 g half precision has steps of 1 mg; a slow lift has accelerations of a few."""
    rise = 0.004 * np.sin(2.0 * np.pi * TIME / 3.0)
    force = (1.0 + rise)[:, None] * STANDARD_GRAVITY * np.array([0.28, -0.48, 0.83])
    imu = torch.from_numpy(np.hstack([force, np.zeros((WINDOW_STEPS, 3))])).float()[None].half().float()
    wide = MotionIntegrals()(imu)[0, :, 0]
    half = MotionIntegrals().half()(imu.half())[0, :, 0].float()
    assert (half - wide).abs().max() < 1e-4


def test_integrals_are_no_part_of_a_checkpoint() -> None:
    assert not MotionIntegrals().state_dict()


def test_the_matrices_are_those_of_a_blas_library_to_its_rounding() -> None:
    once = integration_matrix()
    height = detrending_matrix(2) @ once @ once * (STANDARD_GRAVITY / motion_integrals._POSITION)
    np.testing.assert_allclose(MotionIntegrals().height.numpy(), height, atol=1e-6 * np.abs(height).max())
