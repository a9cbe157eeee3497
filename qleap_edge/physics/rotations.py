"""Rotations of whole batches, components first: a vector is ``(3, ...)``, a matrix ``(3, 3, ...)``.

With components first, a matrix product over all frames is a few products of long arrays, which NumPy computes fast. The order
of every sum is fixed, so that results do not depend on the batch. All hinges of one body follow the intrinsic order y, x, z.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float

Axis = Literal["x", "y", "z"]
_CYCLE = {"x": (0, 1, 2), "y": (1, 2, 0), "z": (2, 0, 1)}


def about(axis: Axis, angle: Float[np.ndarray, "*frames"]) -> Float[np.ndarray, "3 3 *frames"]:
    """Return the rotation by ``angle`` (rad, right-handed) about one coordinate axis."""
    i, j, k = _CYCLE[axis]
    out = np.zeros((3, 3, *angle.shape))
    out[i, i] = 1.0
    out[j, j] = out[k, k] = np.cos(angle)
    out[k, j] = np.sin(angle)
    out[j, k] = -out[k, j]
    return out


def from_yxz(
    y: Float[np.ndarray, "*frames"], x: Float[np.ndarray, "*frames"], z: Float[np.ndarray, "*frames"]
) -> Float[np.ndarray, "3 3 *frames"]:
    """Return R_y(y) R_x(x) R_z(z); :func:`to_yxz` is its inverse."""
    cy, sy, cx, sx, cz, sz = np.cos(y), np.sin(y), np.cos(x), np.sin(x), np.cos(z), np.sin(z)
    sysx, cysx = sy * sx, cy * sx
    return _matrix(
        (cy * cz + sysx * sz, sysx * cz - cy * sz, sy * cx),
        (cx * sz, cx * cz, -sx),
        (cysx * sz - sy * cz, sy * sz + cysx * cz, cy * cx),
    )


def from_yx(y: Float[np.ndarray, "*frames"], x: Float[np.ndarray, "*frames"]) -> Float[np.ndarray, "3 3 *frames"]:
    """Return R_y(y) R_x(x), the matrix of :func:`from_yxz` for z = 0, in a third of its products."""
    cy, sy, cx, sx = np.cos(y), np.sin(y), np.cos(x), np.sin(x)
    return _matrix((cy, sy * sx, sy * cx), (0.0, cx, -sx), (-sy, cy * sx, cy * cx))


def _matrix(*rows: tuple[Float[np.ndarray, "*frames"] | float, ...]) -> Float[np.ndarray, "3 3 *frames"]:
    out = np.empty((3, 3, *np.shape(rows[0][0])))
    for target, row in zip(out, rows, strict=True):
        for element, value in zip(target, row, strict=True):
            element[...] = value
    return out


def to_yxz(
    rotation: Float[np.ndarray, "3 3 *frames"],
) -> tuple[Float[np.ndarray, "*frames"], Float[np.ndarray, "*frames"], Float[np.ndarray, "*frames"]]:
    """Return the angles (y, x, z) with R = R_y R_x R_z; x lies in [-π/2, π/2]."""
    return (
        np.arctan2(rotation[0, 2], rotation[2, 2]),
        np.arcsin(np.clip(-rotation[1, 2], -1.0, 1.0)),
        np.arctan2(rotation[1, 0], rotation[1, 1]),
    )


def relative_yxz(
    frame: tuple[Float[np.ndarray, "3 *#frames"], ...], other: tuple[Float[np.ndarray, "3 *#frames"], ...]
) -> tuple[Float[np.ndarray, "*frames"], Float[np.ndarray, "*frames"], Float[np.ndarray, "*frames"]]:
    """Return :func:`to_yxz` of the rotation from ``frame`` to ``other``, both given by their x, y and z axes.

    It is ``to_yxz(compose(inverse(frame), other))`` with the five products of axes that the angles need, instead of nine.
    """
    (x, y, z), (other_x, other_y, other_z) = frame, other
    return (
        np.arctan2(dot(x, other_z), dot(z, other_z)),
        np.arcsin(np.clip(-dot(y, other_z), -1.0, 1.0)),
        np.arctan2(dot(y, other_x), dot(y, other_y)),
    )


def compose(
    first: Float[np.ndarray, "3 3 *frames"], *others: Float[np.ndarray, "3 3 *frames"]
) -> Float[np.ndarray, "3 3 *frames"]:
    """Return the matrix product ``first @ others[0] @ …`` frame by frame."""
    for other in others:
        product = np.empty(np.broadcast_shapes(first.shape, other.shape))
        for target, row in zip(product, first, strict=True):
            np.multiply(row[0], other[0], out=target)
            target += row[1] * other[1]
            target += row[2] * other[2]
        first = product
    return first


def inverse(rotation: Float[np.ndarray, "3 3 *frames"]) -> Float[np.ndarray, "3 3 *frames"]:
    """Return the transpose, a view."""
    return rotation.swapaxes(0, 1)


def rotate(
    rotation: Float[np.ndarray, "rows 3 *frames"], vector: Float[np.ndarray, "3 *#frames"]
) -> Float[np.ndarray, "rows *frames"]:
    """Return R v frame by frame, or some of its components for as many rows of R."""
    out = rotation[:, 0] * vector[0]
    out += rotation[:, 1] * vector[1]
    out += rotation[:, 2] * vector[2]
    return np.asarray(out)


def dot(a: Float[np.ndarray, "3 *frames"], b: Float[np.ndarray, "3 *frames"]) -> Float[np.ndarray, "*frames"]:
    """Return the scalar product."""
    out = np.asarray(a[0] * b[0])
    out += a[1] * b[1]
    out += a[2] * b[2]
    return out


def cross(a: Float[np.ndarray, "3 *frames"], b: Float[np.ndarray, "3 *frames"]) -> Float[np.ndarray, "3 *frames"]:
    """Return the vector product a × b."""
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    for index, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        np.multiply(a[i], b[j], out=out[index])
        out[index] -= a[j] * b[i]
    return out


def unit(vector: Float[np.ndarray, "3 *frames"]) -> Float[np.ndarray, "3 *frames"]:
    """Return the vector divided by its length."""
    return np.asarray(vector / np.sqrt(dot(vector, vector)))


def from_zyx(
    yaw: Float[np.ndarray, "*frames"], pitch: Float[np.ndarray, "*frames"], roll: Float[np.ndarray, "*frames"]
) -> Float[np.ndarray, "3 3 *frames"]:
    """Return R_z(yaw) R_y(pitch) R_x(roll), the matrix of :func:`quaternion_zyx`."""
    cz, sz, cy, sy, cx, sx = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    sysx, sycx = sy * sx, sy * cx
    return _matrix(
        (cz * cy, cz * sysx - sz * cx, cz * sycx + sz * sx),
        (sz * cy, sz * sysx + cz * cx, sz * sycx - cz * sx),
        (-sy, cy * sx, cy * cx),
    )


def quaternion_zyx(
    yaw: Float[np.ndarray, "*frames"], pitch: Float[np.ndarray, "*frames"], roll: Float[np.ndarray, "*frames"]
) -> Float[np.ndarray, "4 *frames"]:
    """Return the quaternion (w, x, y, z) of R_z(yaw) R_y(pitch) R_x(roll).

    It is built from half angles and therefore as smooth in time as the angles: its sign never jumps.
    """
    cz, sz = np.cos(yaw / 2), np.sin(yaw / 2)
    cy, sy = np.cos(pitch / 2), np.sin(pitch / 2)
    cx, sx = np.cos(roll / 2), np.sin(roll / 2)
    return np.stack(
        [
            cz * cy * cx + sz * sy * sx,
            cz * cy * sx - sz * sy * cx,
            cz * sy * cx + sz * cy * sx,
            sz * cy * cx - cz * sy * sx,
        ]
    )
