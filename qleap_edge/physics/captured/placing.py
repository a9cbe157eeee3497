"""Captured feet and pelvis on a body: feet on its own soles, and the pelvis low enough for its legs to reach them."""

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.captured.sample import MotionSample
from qleap_edge.physics.kinematics import BodyBatch, Foot, Pelvis, hip_places

MOST_REACH = 0.998
"""Hip-ankle distance over the length of the leg, at most: the knee keeps about 7 degrees of flexion."""
_SOFT_M = 0.006
_FREE_ROOM_M = 0.3  # a free foot does not lower the pelvis


def placed_feet(
    samples: list[MotionSample], body: BodyBatch, scale: Float[np.ndarray, "batch 1"]
) -> tuple[dict[str, Foot], Bool[np.ndarray, "batch time 4"]]:
    """Return the feet on these bodies' own soles, and the contact mask."""
    feet, masks = {}, []
    for side, _ in SIDES:
        ones = [sample.feet[side] for sample in samples]
        yaw = np.repeat(np.array([[one.yaw] for one in ones]), ones[0].ball.shape[1], axis=1)
        turn = np.stack([one.turn for one in ones], axis=1)
        roll = np.stack([one.roll for one in ones])
        rotation = rot.compose(rot.about("z", yaw), _from_vector(turn), rot.about("x", roll))
        ball = np.stack([one.ball for one in ones], axis=1) * scale
        ankle = ball - body.length["foot_ball"] * rotation[:, 0] + body.length["ankle_height"] * rotation[:, 2]
        feet[side] = Foot(ankle, rotation)
        masks += [np.stack([one.heel_down for one in ones]), np.stack([one.ball_down for one in ones])]
    return feet, np.stack(masks, axis=-1)


def _from_vector(vector: Float[np.ndarray, "3 batch time"]) -> Float[np.ndarray, "3 3 batch time"]:
    """Return the rotation matrices of rotation vectors, which may be zero.

    Source: Rodrigues' formula with sin(x)/x and (1 - cos x)/x².
    """
    angle = np.sqrt(rot.dot(vector, vector))
    first, second = np.sinc(angle / np.pi), 0.5 * np.sinc(0.5 * angle / np.pi) ** 2
    out = second * vector[:, None] * vector[None, :]
    x, y, z = first * vector
    turned = np.cos(angle)
    for axis in range(3):
        out[axis, axis] += turned
    out[0, 1] -= z
    out[1, 0] += z
    out[0, 2] += y
    out[2, 0] -= y
    out[1, 2] -= x
    out[2, 1] += x
    return np.asarray(out)


def room_above(body: BodyBatch, pelvis: Pelvis, feet: dict[str, Foot]) -> dict[str, Float[np.ndarray, "batch time"]]:
    """Return how much higher the pelvis could be before each leg is longer than :data:`MOST_REACH` of its length, m."""
    hips = hip_places(body, pelvis.position, rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll))
    longest = MOST_REACH * (body.length["thigh"] + body.length["shank"])
    found = {}
    for side, _ in SIDES:
        apart = hips[side] - feet[side].ankle
        level = np.sqrt(np.maximum(longest**2 - apart[0] ** 2 - apart[1] ** 2, 0.01))
        found[side] = level - apart[2]
    return found


def within_reach(
    body: BodyBatch, pelvis: Pelvis, feet: dict[str, Foot], free: dict[str, Float[np.ndarray, "batch time"]]
) -> Float[np.ndarray, "3 batch time"]:
    """Return the pelvis's path, lowered smoothly where a standing leg would be longer than :data:`MOST_REACH` of its length.

    Args:
        body: dimensions.
        pelvis: the captured path.
        feet: both.
        free: 0 where a foot stands, 1 where it is away from its foothold.
    """
    room = room_above(body, pelvis, feet)
    nothing = np.zeros_like(pelvis.yaw)
    rooms = np.stack([nothing, *(room[side] + _FREE_ROOM_M * free[side] for side, _ in SIDES)])
    lowered = -_SOFT_M * np.logaddexp.reduce(-rooms / _SOFT_M, axis=0)
    return np.asarray(pelvis.position + np.stack([nothing, nothing, lowered]))


def drawn_in(
    body: BodyBatch, pelvis: Pelvis, feet: dict[str, Foot], free: dict[str, Float[np.ndarray, "batch time"]]
) -> dict[str, Foot]:
    """Return the feet with those that are free drawn towards their hips where the leg is too short; the others do not move."""
    hips = hip_places(body, pelvis.position, rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll))
    longest = MOST_REACH * (body.length["thigh"] + body.length["shank"])
    found = {}
    for side, _ in SIDES:
        foot = feet[side]
        reach = foot.ankle - hips[side]
        distance = np.sqrt(rot.dot(reach, reach))
        excess = _SOFT_M * np.logaddexp(0.0, (distance - longest) / _SOFT_M)
        found[side] = Foot(foot.ankle - free[side] * (excess / distance) * reach, foot.rotation)
    return found
