"""Angles of a pose: between two segments, flexion of knees and hips, and the directions of bones."""

import numpy as np
from jaxtyping import Float

from qleap_edge.core.skeleton import JOINT_COUNT, JOINT_INDEX, PARENTS, PELVIS
from qleap_edge.metrics.pose import length

SIDES = ("left", "right")
BONES = tuple(joint for joint in range(JOINT_COUNT) if joint != PELVIS)
"""A bone carries the number of the joint at its far end; it begins at that joint's parent."""
SIP_BONES = tuple(JOINT_INDEX[f"{side}_{joint}"] for joint in ("knee", "elbow") for side in SIDES)
"""Thighs and upper arms: the bones that turn in the joints of the SIP error, hips and shoulders.

Source: von Marcard et al., "Sparse Inertial Poser", Eurographics 2017, for the choice of joints.
"""


def angle_between(a: Float[np.ndarray, "*batch 3"], b: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, " *batch"]:
    """Return the angles between vectors, rad, 0 to π; 0 where a vector has no length.

    By atan2, which unlike the arc cosine stays exact where the angle is small.
    """
    (ax, ay, az), (bx, by, bz) = (np.moveaxis(vector, -1, 0) for vector in (a, b))
    across = length(np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1))
    along = ax * bx + ay * by + az * bz + 0.0  # + 0.0 turns -0.0 into 0.0, for which atan2 gives 0 and not π
    return np.asarray(np.arctan2(across, along))


def segments(pose: Float[np.ndarray, "*batch 17 3"], upper: str, lower: str) -> Float[np.ndarray, "*batch 2 3"]:
    """Return the vectors from one joint to another of the left and of the right side, e.g. hip to knee."""
    start, end = ([JOINT_INDEX[f"{side}_{name}"] for side in SIDES] for name in (upper, lower))
    return np.asarray(pose[..., end, :].astype(np.float64) - pose[..., start, :])


def trunk_down(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 3"]:
    """Return the vector from the thorax to the pelvis."""
    return np.asarray(pose[..., PELVIS, :].astype(np.float64) - pose[..., JOINT_INDEX["thorax"], :])


def knee_flexion_rad(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 2"]:
    """Return the flexion of left and right knee, rad: the angle between thigh and shank, 0 when straight."""
    return angle_between(segments(pose, "hip", "knee"), segments(pose, "knee", "ankle"))


def knee_flexion(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 2"]:
    """Return the flexion of left and right knee in degrees, see :func:`knee_flexion_rad`."""
    return np.degrees(knee_flexion_rad(pose))


def joint_flexion_rad(
    pose: Float[np.ndarray, "*batch 17 3"], above: str, joint: str, below: str
) -> Float[np.ndarray, " *batch"]:
    """Return the angle in rad between the lines ``above``-``joint`` and ``joint``-``below``, 0 when straight."""
    start, middle, end = (pose[..., JOINT_INDEX[name], :].astype(np.float64) for name in (above, joint, below))
    return angle_between(middle - start, end - middle)


def mean_knee_flexion(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, " *batch"]:
    """Return the mean flexion of both knees in degrees."""
    both = knee_flexion_rad(pose)
    return np.asarray(np.degrees(0.5 * (both[..., 0] + both[..., 1])))


def hip_flexion_rad(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 2"]:
    """Return the flexion of left and right hip, rad: the angle between thigh and trunk, 0 when in line.

    The trunk is the line pelvis-thorax; without a sign, so that leaning back reads as flexion too.
    """
    thigh = segments(pose, "hip", "knee")
    return angle_between(np.broadcast_to(trunk_down(pose)[..., None, :], thigh.shape), thigh)


def hip_flexion(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 2"]:
    """Return the flexion of left and right hip in degrees, see :func:`hip_flexion_rad`."""
    return np.degrees(hip_flexion_rad(pose))


def bone_angles(
    pose: Float[np.ndarray, "*batch 17 3"], truth: Float[np.ndarray, "*batch 17 3"]
) -> Float[np.ndarray, "*batch 16"]:
    """Return the angles between predicted and true directions of the 16 bones of :data:`BONES`, degrees.

    Directions, not rotations: joint positions do not show how a bone turns about itself, so these angles are never larger
    than the geodesic angles of rotations that papers with a body model print.
    """
    parents = [PARENTS[bone] for bone in BONES]
    ours, true = (
        array[..., BONES, :].astype(np.float64) - array[..., parents, :].astype(np.float64) for array in (pose, truth)
    )
    return np.degrees(angle_between(ours, true))


def sip_columns() -> list[int]:
    """Return where the bones of :data:`SIP_BONES` stand among :data:`BONES`."""
    return [BONES.index(bone) for bone in SIP_BONES]
