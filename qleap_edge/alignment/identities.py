"""Physical identities between a watch's own channels, which show units, signs and axis order.

Each takes gap-free stretches, one or several; a difference across a gap has no meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.conventions import gravity_from_quaternion
from qleap_edge.alignment.recording import Recording

MIN_RATE_OF_TURN = 0.5  # rad/s: below it dg/dt is smaller than its noise
_MIN_STEPS = 50


@dataclass(frozen=True)
class GravityTurn:
    """Regression of the measured turn of gravity in device axes on the turn that the gyroscope predicts."""

    slope: float
    """1 when the gyroscope is in rad/s; 0.01745 means degrees per second."""
    correlation: float
    runner_up: float
    """Best correlation of any other of the 48 signed axis orders."""
    steps: int


def tilt_error(recording: Recording) -> Float[np.ndarray, " n"]:
    """Return the angle (rad) between the gravity column and the down direction of the quaternion, row by row.

    Both columns must be there. An attitude relative to the start pose shows as a constant offset.
    """
    if recording.gravity is None or recording.quaternion is None:
        raise ValueError("needs gravity and quaternion")
    down = gravity_from_quaternion(recording.quaternion)
    cross = np.linalg.norm(np.cross(down, recording.gravity), axis=1)
    return np.asarray(np.arctan2(cross, np.einsum("ij,ij->i", down, recording.gravity)))


def gravity_turn(stretches: Sequence[Recording]) -> GravityTurn | None:
    """Regress dg/dt on -(ω × g) over all steps that turn faster than 0.5 rad/s; ``None`` if fewer than 50 do.

    The transport theorem for a vector fixed in the world, seen from the device.
    """
    turning = [turn_steps(part) for part in stretches if part.gravity is not None and len(part) > 1]
    if not turning:
        return None
    rate, gravity, change = (np.concatenate(column) for column in zip(*turning, strict=True))
    moving = np.linalg.norm(rate, axis=1) > MIN_RATE_OF_TURN
    if int(moving.sum()) < _MIN_STEPS:
        return None
    rate, gravity, change = rate[moving], gravity[moving], change[moving].ravel()
    expected = np.cross(gravity, rate).ravel()  # -(ω × g)
    others = [
        _correlation(np.cross(gravity, rate[:, order] * np.array(signs)).ravel(), change)
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
        if (order, signs) != ((0, 1, 2), (1.0, 1.0, 1.0))
    ]
    return GravityTurn(
        slope=float(expected @ change / (expected @ expected)),
        correlation=_correlation(expected, change),
        runner_up=max(others),
        steps=len(rate),
    )


def attitude_rate(recording: Recording) -> Float[np.ndarray, "steps 3"]:
    """Return the angular velocity (rad/s, device axes) that turns each quaternion into the next, at mid-interval."""
    if recording.quaternion is None:
        raise ValueError("needs a quaternion")
    attitude = Rotation.from_quat(recording.quaternion, scalar_first=True)
    return (attitude[:-1].inv() * attitude[1:]).as_rotvec() / np.diff(recording.time_s)[:, None]


def attitude_jumps(recording: Recording) -> tuple[Float[np.ndarray, " steps"], Float[np.ndarray, " steps"]]:
    """Return the part of each attitude step that the gyroscope does not explain: its angle (rad) and how vertical its axis is.

    A heading correction of the magnetometer turns about the vertical (share 1.0); an integration error does not.
    """
    if recording.quaternion is None:
        raise ValueError("needs a quaternion")
    attitude = Rotation.from_quat(recording.quaternion, scalar_first=True)
    turned = Rotation.from_rotvec(mid_rate(recording) * np.diff(recording.time_s)[:, None])
    residual = (turned.inv() * (attitude[:-1].inv() * attitude[1:])).as_rotvec()
    angle = np.linalg.norm(residual, axis=1)
    down = gravity_from_quaternion(recording.quaternion)[1:]
    vertical = np.abs(np.einsum("ij,ij->i", residual, down)) / np.maximum(angle, 1e-12)
    return angle, vertical


def integrated_attitude(angular_velocity: Float[np.ndarray, "n 3"], step_s: Float[np.ndarray, " steps"]) -> Rotation:
    """Integrate a gyroscope (rad/s, device axes) into attitudes, device to the almost inertial frame of the first row.

    The product of all steps is taken in blocks side by side, so the cost per row does not grow with the recording.
    """
    mid = 0.5 * (angular_velocity[1:] + angular_velocity[:-1])
    turns = Rotation.from_rotvec(np.concatenate([np.zeros((1, 3)), mid * step_s[:, None]]))
    steps = turns.as_quat(scalar_first=True)
    rows = len(steps)
    block = max(1, int(np.sqrt(rows)))
    blocks = -(-rows // block)
    padded = np.concatenate([steps, np.tile([1.0, 0.0, 0.0, 0.0], (blocks * block - rows, 1))]).reshape(
        blocks, block, 4
    )
    for column in range(1, block):
        padded[:, column] = _product(padded[:, column - 1], padded[:, column])
    start = padded[0, -1]
    for row in range(1, blocks):
        padded[row] = _product(start[None], padded[row])
        start = padded[row, -1]
    return Rotation.from_quat(padded.reshape(-1, 4)[:rows], scalar_first=True)


def _product(first: Float[np.ndarray, "n 4"], second: Float[np.ndarray, "m 4"]) -> Float[np.ndarray, "m 4"]:
    """Return Hamilton's product of quaternions w, x, y, z."""
    a, b = (quaternion[:, :1] for quaternion in (first, second))
    u, v = (quaternion[:, 1:] for quaternion in (first, second))
    scalar = a * b - np.sum(u * v, axis=1, keepdims=True)
    return np.hstack([scalar, a * v + b * u + np.cross(u, v)])


def mid_rate(recording: Recording) -> Float[np.ndarray, "steps 3"]:
    """Return the mean gyroscope reading (rad/s) of each pair of neighbours."""
    return np.asarray(0.5 * (recording.angular_velocity[1:] + recording.angular_velocity[:-1]))


def turn_steps(
    part: Recording,
) -> tuple[Float[np.ndarray, "steps 3"], Float[np.ndarray, "steps 3"], Float[np.ndarray, "steps 3"]]:
    """Return mid-interval rate (rad/s), mid-interval gravity and the gravity change per second."""
    gravity = part.gravity
    if gravity is None:
        raise ValueError("needs gravity")
    change = np.diff(gravity, axis=0) / np.diff(part.time_s)[:, None]
    return mid_rate(part), 0.5 * (gravity[1:] + gravity[:-1]), change


def _correlation(a: Float[np.ndarray, " n"], b: Float[np.ndarray, " n"]) -> float:
    """Return Pearson's r, 0 when one side does not vary."""
    spread = float(np.std(a) * np.std(b))
    return float(np.mean((a - a.mean()) * (b - b.mean())) / spread) if spread > 0 else 0.0
