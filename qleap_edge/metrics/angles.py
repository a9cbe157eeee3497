"""Angles of a pose: flexion of joints, and the directions of bones; the one owner of the angle between two vectors."""

import numpy as np
from jaxtyping import Float

from qleap_edge.core.skeleton import JOINT_COUNT, JOINT_INDEX, PARENTS, PELVIS

SIDES = ("left", "right")
BONES = tuple(joint for joint in range(JOINT_COUNT) if joint != PELVIS)
"""A bone carries the number of the joint at its far end; it begins at that joint's parent."""
SIP_BONES = tuple(JOINT_INDEX[f"{side}_{joint}"] for joint in ("knee", "elbow") for side in SIDES)
"""Thighs and upper arms: the bones that turn in the joints of the SIP error, hips and shoulders.

Source: von Marcard et al., "Sparse Inertial Poser", Eurographics 2017, for the choice of joints.
"""


def knee_flexion(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 2"]:
    """Return the flexion of left and right knee in degrees: the angle between thigh and shank, 0 when straight."""
    return np.asarray(np.degrees(knee_flexion_rad(pose)))


def knee_flexion_rad(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 2"]:
    """Return :func:`knee_flexion` in rad."""
    return angle_between(_between(pose, "hip", "knee"), _between(pose, "knee", "ankle"))


def joint_flexion_rad(
    pose: Float[np.ndarray, "*batch 17 3"], above: str, joint: str, below: str
) -> Float[np.ndarray, " *batch"]:
    """Return the angle in rad between the lines ``above``-``joint`` and ``joint``-``below``, 0 when straight."""
    start, middle, end = (pose[..., JOINT_INDEX[name], :].astype(np.float64) for name in (above, joint, below))
    return angle_between(middle - start, end - middle)


def hip_flexion(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 2"]:
    """Return the flexion of left and right hip in degrees: the angle between thigh and trunk, 0 when in line.

    The trunk is the line pelvis-thorax; without a sign, so that leaning back reads as flexion too.
    """
    down = (pose[..., PELVIS, :] - pose[..., JOINT_INDEX["thorax"], :])[..., None, :]
    trunk = np.broadcast_to(down, (*down.shape[:-2], 2, 3))
    return np.asarray(np.degrees(angle_between(trunk, _between(pose, "hip", "knee"))))


def bone_angles(
    pose: Float[np.ndarray, "*batch 17 3"], truth: Float[np.ndarray, "*batch 17 3"]
) -> Float[np.ndarray, "*batch 16"]:
    """Return the angles between predicted and true directions of the 16 bones of :data:`BONES`, degrees.

    Directions, not rotations: joint positions do not tell how a bone turns about itself, so these angles are never larger
    than the geodesic angles of rotations that papers with a body model print.
    """
    parents = [PARENTS[bone] for bone in BONES]
    ours, true = (
        array[..., BONES, :].astype(np.float64) - array[..., parents, :].astype(np.float64) for array in (pose, truth)
    )
    return np.asarray(np.degrees(angle_between(ours, true)))


def sip_columns() -> list[int]:
    """Return where the bones of :data:`SIP_BONES` stand among :data:`BONES`."""
    return [BONES.index(bone) for bone in SIP_BONES]


def _between(pose: Float[np.ndarray, "*batch 17 3"], upper: str, lower: str) -> Float[np.ndarray, "*batch 2 3"]:
    start, end = ([JOINT_INDEX[f"{side}_{name}"] for side in SIDES] for name in (upper, lower))
    return np.asarray(pose[..., end, :].astype(np.float64) - pose[..., start, :])


def angle_between(a: Float[np.ndarray, "*batch 3"], b: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, " *batch"]:
    """Return the angle between two vectors in rad, 0 to π; 0 if one of them has no length.

    It is computed by atan2, which unlike the arc cosine is exact for small angles.
    """
    (ax, ay, az), (bx, by, bz) = (np.moveaxis(vector, -1, 0) for vector in (a, b))
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    return np.asarray(np.arctan2(np.sqrt(x * x + y * y + z * z), ax * bx + ay * by + az * bz))
