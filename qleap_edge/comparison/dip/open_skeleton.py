"""The 17 joints of a body pose of SMPL on a skeleton of our own: no file of the SMPL model is needed or read.

The lengths are those of the project's mean person (``physics.anthropometry``), in body heights. The rotations are the data
set's. The rest pose is SMPL's: upright, arms to the sides, palms down; x to the left, y up, z ahead.

Source: numbers and parents of the joints are those of SMPL (Loper et al., "SMPL", ACM TOG 34(6), 2015).
"""

from functools import cache

import numpy as np
from jaxtyping import Float64
from scipy.spatial.transform import Rotation

from qleap_edge.core.skeleton import JOINT_COUNT, JOINT_INDEX, PARENTS, PELVIS
from qleap_edge.physics.anthropometry import mean_subject

SMPL_PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
_NECK_SHARE = 0.6  # of the head's length: the middle of the skull, as in the bodies of the simulation
# Joint → joints of SMPL that turn the bone from its parent to it; the bone is halved where there are two.
_TURNED_BY = {
    "left_hip": (0,), "right_hip": (0,), "left_knee": (1,), "right_knee": (2,), "left_ankle": (4,), "right_ankle": (5,),
    "spine": (0, 3), "thorax": (6, 9), "neck": (12,), "head": (15,), "left_shoulder": (13,), "right_shoulder": (14,),
    "left_elbow": (16,), "right_elbow": (17,), "left_wrist": (18,), "right_wrist": (19,),
}  # fmt: skip


@cache
def bone_offsets() -> dict[str, tuple[float, float, float]]:
    """Return joint → its position from its parent in the T-pose: x left, y up, z ahead, body heights.

    Identity: the height of the head above the ankles is 1 minus the height of the ankles.
    """
    both = [mean_subject(sex, 1.0, 70.0).lengths for sex in ("female", "male")]
    length = {name: 0.5 * (both[0][name] + both[1][name]) for name in both[0]}
    chest = length["shoulder_height"]
    neck = length["thorax"] - chest + _NECK_SHARE * length["head"]
    found = {
        "spine": (0.0, length["lumbar_base"] + length["lumbar"], 0.0),
        "thorax": (0.0, chest, 0.0),
        "neck": (0.0, neck, 0.0),
        "head": (0.0, (1.0 - _NECK_SHARE) * length["head"], 0.0),
    }
    for side, sign in (("left", 1.0), ("right", -1.0)):
        found |= {
            f"{side}_hip": (sign * length["hip_half_width"], 0.0, 0.0),
            f"{side}_knee": (0.0, -length["thigh"], 0.0),
            f"{side}_ankle": (0.0, -length["shank"], 0.0),
            f"{side}_shoulder": (sign * length["shoulder_half_width"], 0.0, 0.0),
            f"{side}_elbow": (sign * length["upper_arm"], 0.0, 0.0),
            f"{side}_wrist": (sign * length["forearm"], 0.0, 0.0),
        }
    return found


def global_rotations(pose: Float64[np.ndarray, "t 24 3"]) -> Float64[np.ndarray, "t 24 3 3"]:
    """Return the rotation of each joint's frame to the global frame: the product of the rotations from the root to it.

    Args:
        pose: rotation vectors, rad.
    """
    local = Rotation.from_rotvec(pose.reshape(-1, 3)).as_matrix().reshape(*pose.shape[:2], 3, 3)
    found = local.copy()
    for joint, parent in enumerate(SMPL_PARENTS):
        if parent >= 0:
            found[:, joint] = found[:, parent] @ local[:, joint]
    return found


def joints_17(turned: Float64[np.ndarray, "t 24 3 3"]) -> Float64[np.ndarray, "t 17 3"]:
    """Return the joints of our skeleton in SMPL's global frame (x left, y up, z ahead), pelvis at 0, body heights.

    Args:
        turned: from :func:`global_rotations`.

    Identity: without any rotation the body stands in the T-pose of :func:`bone_offsets`.
    """
    found = np.zeros((len(turned), JOINT_COUNT, 3))
    for name, joint in JOINT_INDEX.items():
        if joint == PELVIS:
            continue
        offset = np.array(bone_offsets()[name])
        by = _TURNED_BY[name]
        found[:, joint] = found[:, PARENTS[joint]] + turned[:, by].mean(axis=1) @ offset
    return found


def to_z_up(vectors: Float64[np.ndarray, "*batch 3"]) -> Float64[np.ndarray, "*batch 3"]:
    """Turn SMPL's axes (x left, y up, z ahead) into ours (x ahead, y left, z up)."""
    return vectors[..., [2, 0, 1]]


def standing_pose() -> Float64[np.ndarray, "17 3"]:
    """Return the body that stands upright with hanging arms, in the body frame: x ahead, y left, z up, body heights."""
    pose = np.zeros((1, len(SMPL_PARENTS), 3))
    pose[0, 16] = [0.0, 0.0, -0.5 * np.pi]
    pose[0, 17] = [0.0, 0.0, 0.5 * np.pi]
    return to_z_up(joints_17(global_rotations(pose)))[0]
