"""Rotations of whole batches, components first: a vector is ``(3, ...)``, a matrix ``(3, 3, ...)``.

Component-first arrays let one frame's 3×3 product become nine products of long arrays, which is what makes inverse
kinematics of a batch of sequences cheap. All hinges of one body follow the intrinsic order y, x, z.
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
    return np.stack(
        [
            np.stack([cy * cz + sysx * sz, sysx * cz - cy * sz, sy * cx]),
            np.stack([cx * sz, cx * cz, -sx]),
            np.stack([cysx * sz - sy * cz, sy * sz + cysx * cz, cy * cx]),
        ]
    )


def to_yxz(
    rotation: Float[np.ndarray, "3 3 *frames"],
) -> tuple[Float[np.ndarray, "*frames"], Float[np.ndarray, "*frames"], Float[np.ndarray, "*frames"]]:
    """Return the angles (y, x, z) with R = R_y R_x R_z; x lies in [-π/2, π/2]."""
    return (
        np.arctan2(rotation[0, 2], rotation[2, 2]),
        np.arcsin(np.clip(-rotation[1, 2], -1.0, 1.0)),
        np.arctan2(rotation[1, 0], rotation[1, 1]),
    )


def compose(
    first: Float[np.ndarray, "3 3 *frames"], *others: Float[np.ndarray, "3 3 *frames"]
) -> Float[np.ndarray, "3 3 *frames"]:
    """Return the matrix product ``first @ others[0] @ …`` frame by frame."""
    for other in others:
        product = np.empty_like(first)
        for row in range(3):
            for column in range(3):
                product[row, column] = (
                    first[row, 0] * other[0, column]
                    + first[row, 1] * other[1, column]
                    + first[row, 2] * other[2, column]
                )
        first = product
    return first


def inverse(rotation: Float[np.ndarray, "3 3 *frames"]) -> Float[np.ndarray, "3 3 *frames"]:
    """Return the transpose, a view."""
    return rotation.swapaxes(0, 1)


def rotate(
    rotation: Float[np.ndarray, "3 3 *frames"], vector: Float[np.ndarray, "3 *#frames"]
) -> Float[np.ndarray, "3 *frames"]:
    """Return R v frame by frame."""
    return np.asarray(rotation[:, 0] * vector[0] + rotation[:, 1] * vector[1] + rotation[:, 2] * vector[2])


def dot(a: Float[np.ndarray, "3 *frames"], b: Float[np.ndarray, "3 *frames"]) -> Float[np.ndarray, "*frames"]:
    """Return the scalar product."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def cross(a: Float[np.ndarray, "3 *frames"], b: Float[np.ndarray, "3 *frames"]) -> Float[np.ndarray, "3 *frames"]:
    """Return the vector product a × b."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def unit(vector: Float[np.ndarray, "3 *frames"]) -> Float[np.ndarray, "3 *frames"]:
    """Return the vector divided by its length."""
    return np.asarray(vector / np.sqrt(dot(vector, vector)))


def from_zyx(
    yaw: Float[np.ndarray, "*frames"], pitch: Float[np.ndarray, "*frames"], roll: Float[np.ndarray, "*frames"]
) -> Float[np.ndarray, "3 3 *frames"]:
    """Return R_z(yaw) R_y(pitch) R_x(roll), the matrix of :func:`quaternion_zyx`."""
    cz, sz, cy, sy, cx, sx = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    sysx, sycx = sy * sx, sy * cx
    return np.stack(
        [
            np.stack([cz * cy, cz * sysx - sz * cx, cz * sycx + sz * sx]),
            np.stack([sz * cy, sz * sysx + cz * cx, sz * sycx - cz * sx]),
            np.stack([-sy, cy * sx, cy * cx]),
        ]
    )


def quaternion_zyx(
    yaw: Float[np.ndarray, "*frames"], pitch: Float[np.ndarray, "*frames"], roll: Float[np.ndarray, "*frames"]
) -> Float[np.ndarray, "4 *frames"]:
    """Return the quaternion (w, x, y, z) of R_z(yaw) R_y(pitch) R_x(roll).

    Built from half angles, so it is as smooth in time as the angles are: no sign jumps to mend before differencing.
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
