"""Smooth curves, derivatives and interpolation against calculus."""

import numpy as np
import pytest

from qleap_edge.physics.trajectory import SmoothNoise, bump, derivative, interpolate, quintic, smooth_noise


def test_steps_and_bumps_end_at_rest():
    s = np.linspace(-0.2, 1.2, 14001)
    for curve, ends in ((quintic(s), (0.0, 1.0)), (bump(s), (0.0, 0.0))):
        assert (curve[0], curve[-1]) == ends
        velocity = np.gradient(curve, s)
        acceleration = np.gradient(velocity, s)
        assert np.abs(np.diff(velocity)).max() < 0.01
        assert np.abs(np.diff(acceleration)).max() < 0.1  # no jump: twice differentiable everywhere
    assert bump(np.array([0.5]))[0] == 1.0


@pytest.mark.parametrize("frequency", [0.5, 2.0, 5.0, 10.0])
def test_the_five_point_derivative_has_the_gain_it_states(frequency):
    step = 0.01
    time = np.arange(200) * step
    values = np.sin(2 * np.pi * frequency * time)[:, None]
    truth = 2 * np.pi * frequency * np.cos(2 * np.pi * frequency * time[2:-2])
    x = 2 * np.pi * frequency * step
    gain = (8.0 * np.sin(x) - np.sin(2.0 * x)) / (6.0 * x)
    assert gain == pytest.approx(1.0 - x**4 / 30.0, abs=0.02 * x**4)
    np.testing.assert_allclose(derivative(values, step)[:, 0], truth * gain, atol=1e-9)


def test_interpolation_is_exact_for_a_quintic_polynomial():
    rng = np.random.default_rng(2)
    coefficients = rng.standard_normal(6)
    time = np.arange(40) * 0.01
    at = np.sort(rng.uniform(0.0, time[-1], 60))
    got = interpolate(np.polyval(coefficients, time)[:, None], 0.01, at)[:, 0]
    np.testing.assert_allclose(got, np.polyval(coefficients, at), atol=1e-10)


def test_smooth_noise_has_the_rms_it_was_drawn_with():
    plans = [SmoothNoise.draw(np.random.default_rng(i), np.array([0.5, 2.0])) for i in range(20)]
    values = smooth_noise(plans, np.tile(np.arange(0, 400, 0.02), (20, 1)))
    np.testing.assert_allclose(values.std(axis=(1, 2)), [0.5, 2.0], rtol=0.03)
