"""What all exercises on two planted feet share: the feet, the trunk, and columns of plans."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot

TRUNK_WANDER_CHANNELS = 7


def column(plans: Sequence[object], name: str, index: int | None = None) -> Float[np.ndarray, "batch 1"]:
    """Return one number of every plan as a column."""
    values = [getattr(plan, name) for plan in plans]
    return np.array([[value if index is None else value[index]] for value in values], dtype=np.float64)


def planted_feet(
    body: BodyBatch,
    half_width: Float[np.ndarray, "batch 1"],
    toe_out: Float[np.ndarray, "batch 1"],
    shape: tuple[int, int],
) -> dict[str, Foot]:
    """Return two flat feet that never move: ankles at x = 0, ±``half_width`` apart, toes turned out (rad)."""
    feet = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        ankle = np.stack(
            [
                np.zeros(shape),
                np.broadcast_to(sign * half_width, shape),
                np.broadcast_to(body.length["ankle_height"], shape),
            ]
        )
        feet[side] = Foot(ankle, rot.about("z", np.broadcast_to(sign * toe_out, shape)))
    return feet


def trunk_angles(
    wander: Float[np.ndarray, "7 batch time"],
    *,
    lumbar_flexion: Float[np.ndarray, "#batch #time"] | float = 0.0,
    thorax_flexion: Float[np.ndarray, "#batch #time"] | float = 0.0,
    side_bend: Float[np.ndarray, "#batch #time"] | float = 0.0,
    turn: Float[np.ndarray, "#batch #time"] | float = 0.0,
    head_flexion: Float[np.ndarray, "#batch #time"] | float = 0.0,
) -> Angles:
    """Return spine and neck angles: what the exercise asks for, plus micro-motion (rad)."""
    return {
        "abdomen.y": lumbar_flexion + 0.3 * wander[0],
        "abdomen.x": side_bend + wander[1],
        "abdomen.z": 0.5 * wander[2],
        "thorax.y": thorax_flexion + wander[3],
        "thorax.x": wander[4],
        "thorax.z": turn + wander[2],
        "head.y": head_flexion + 2.0 * wander[5],
        "head.x": wander[6],
    }
