"""Batched rotations, curves and differences against scipy and against calculus."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.trajectory import Wander, bump, derivative, interpolate, quintic, wander

ANGLES = np.random.default_rng(1).uniform(-1.4, 1.4, (3, 50))


def test_yxz_is_scipys_intrinsic_order_and_inverts():
    y, x, z = ANGLES
    matrix = rot.from_yxz(y, x, z)
    reference = Rotation.from_euler("YXZ", np.stack([y, x, z], axis=1)).as_matrix()
    np.testing.assert_allclose(np.moveaxis(matrix, -1, 0), reference, atol=1e-14)
    np.testing.assert_allclose(rot.to_yxz(matrix), ANGLES, atol=1e-13)


def test_zyx_matrix_and_quaternion_are_scipys():
    yaw, pitch, roll = ANGLES
    reference = Rotation.from_euler("ZYX", np.stack([yaw, pitch, roll], axis=1))
    np.testing.assert_allclose(np.moveaxis(rot.from_zyx(yaw, pitch, roll), -1, 0), reference.as_matrix(), atol=1e-14)
    quaternion = rot.quaternion_zyx(yaw, pitch, roll).T
    np.testing.assert_allclose(np.abs((quaternion * reference.as_quat(scalar_first=True)).sum(axis=1)), 1.0, atol=1e-14)


def test_compose_rotate_and_products():
    a, b = rot.about("x", ANGLES[0]), rot.about("z", ANGLES[1])
    v = ANGLES
    product = np.einsum("ijn,jkn->ikn", a, b)
    np.testing.assert_allclose(rot.compose(a, b), product, atol=1e-15)
    np.testing.assert_allclose(rot.rotate(product, v), np.einsum("ijn,jn->in", product, v), atol=1e-15)
    np.testing.assert_allclose(rot.cross(v, v[::-1]), np.cross(v.T, v[::-1].T).T, atol=1e-15)


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
    values = np.sin(2 * np.pi * frequency * time)[None, :, None]
    truth = 2 * np.pi * frequency * np.cos(2 * np.pi * frequency * time[2:-2])
    x = 2 * np.pi * frequency * step
    gain = (8.0 * np.sin(x) - np.sin(2.0 * x)) / (6.0 * x)
    assert gain == pytest.approx(1.0 - x**4 / 30.0, abs=0.02 * x**4)
    np.testing.assert_allclose(derivative(values, np.array([step]))[0, :, 0], truth * gain, atol=1e-9)


def test_interpolation_is_exact_for_a_quintic_polynomial():
    rng = np.random.default_rng(2)
    coefficients = rng.standard_normal(6)
    time = np.arange(40) * 0.01
    at = np.sort(rng.uniform(0.0, time[-1], 60))
    got = interpolate(np.polyval(coefficients, time)[:, None], 0.01, at)[:, 0]
    np.testing.assert_allclose(got, np.polyval(coefficients, at), atol=1e-10)


def test_wander_has_the_rms_it_was_drawn_with():
    plans = [Wander.draw(np.random.default_rng(i), np.array([0.5, 2.0])) for i in range(20)]
    values = wander(plans, np.tile(np.arange(0, 400, 0.02), (20, 1)))
    np.testing.assert_allclose(values.std(axis=(1, 2)), [0.5, 2.0], rtol=0.03)
