"""Batched rotations against SciPy."""

import numpy as np
from scipy.spatial.transform import Rotation

from qleap_edge.physics import rotations as rot

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
