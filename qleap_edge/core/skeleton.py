"""The 17 joints: names, tree, left-right pairs, and their names in Apple's Vision framework.

Order and tree are Human3.6M-17, which is joint for joint the tree of ``VNHumanBodyPose3DObservation`` (iOS 17), so that an
app can fuse both. Joints 7-10 are defined the Vision way: points on the body's centre line, 10 = top of the head.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float

from qleap_edge.core.records import Document, Part

JOINT_NAMES = (
    "pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "spine", "thorax",
    "neck", "head", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip
PARENTS = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
VISION_NAMES = (
    "root", "rightHip", "rightKnee", "rightAnkle", "leftHip", "leftKnee", "leftAnkle", "spine", "centerShoulder",
    "centerHead", "topHead", "leftShoulder", "leftElbow", "leftWrist", "rightShoulder", "rightElbow", "rightWrist",
)  # fmt: skip
JOINT_COUNT = len(JOINT_NAMES)
JOINT_INDEX = {name: index for index, name in enumerate(JOINT_NAMES)}
PELVIS = JOINT_INDEX["pelvis"]
MARKER_JOINTS = tuple(
    name for name in JOINT_NAMES if name.rpartition("_")[2] in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
)
"""Joints that mean the same on a skeleton from markers and on ours; spine, thorax, neck and head lie 8 to 20 cm apart."""

# Joint i of a mirrored body is joint MIRRORED[i] of the body.
MIRRORED = tuple(
    JOINT_INDEX[name.replace("left", "right") if name.startswith("left") else name.replace("right", "left")]
    for name in JOINT_NAMES
)


class Joint(Part):
    """One joint."""

    index: int
    """Row of the joint in a pose."""
    name: str
    parent: int
    """Index of the parent joint, -1 for the root."""
    mirrored: int
    """Index of the same joint on a mirrored body."""
    vision_name: str
    """Case name in Apple's ``VNHumanBodyPose3DObservation.JointName``."""


class SkeletonDocument(Document):
    """``skeleton.json``: the joints of a pose, read by the Swift package."""

    schema_name: Literal["qleap.skeleton"] = "qleap.skeleton"
    schema_version: Literal[1] = 1
    root: str
    """Name of the joint at the origin."""
    unit: Literal["body_height"] = "body_height"
    """Unit of all positions: 1.0 is the wearer's stature."""
    axes: str
    """Directions of the axes."""
    joints: tuple[Joint, ...]
    """All joints, by index."""


def skeleton_document() -> SkeletonDocument:
    """Return the document ``skeleton.json``."""
    return SkeletonDocument(
        root=JOINT_NAMES[PELVIS],
        axes="x where the pelvis faces (heading removed), y left, z up; origin at the pelvis",
        joints=tuple(
            Joint(index=i, name=name, parent=PARENTS[i], mirrored=MIRRORED[i], vision_name=VISION_NAMES[i])
            for i, name in enumerate(JOINT_NAMES)
        ),
    )


def mirror_pose(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, "*batch 17 3"]:
    """Reflect a pose in the body's sagittal plane: y changes sign and left joints become right ones (an involution)."""
    return pose[..., MIRRORED, :] * np.array([1.0, -1.0, 1.0], dtype=pose.dtype)


def remove_heading(joints: Float[np.ndarray, "*time 17 3"]) -> Float[np.ndarray, "*time 17 3"]:
    """Express world joint positions in the body frame: pelvis at the origin, x where the pelvis faces.

    The heading comes from the hips' left axis, which stays defined when the trunk leans far forward.

    Args:
        joints: world positions, z up, any length unit.

    Returns:
        Positions in the same unit; ``remove_heading`` of its own output is the identity.
    """
    left = joints[..., JOINT_INDEX["left_hip"], :2] - joints[..., JOINT_INDEX["right_hip"], :2]
    left = left / np.linalg.norm(left, axis=-1, keepdims=True)
    centred = joints - joints[..., PELVIS : PELVIS + 1, :]
    forward_x, forward_y = left[..., 1], -left[..., 0]  # forward = left × up
    body = np.empty_like(centred)
    body[..., 0] = centred[..., 0] * forward_x[..., None] + centred[..., 1] * forward_y[..., None]
    body[..., 1] = centred[..., 0] * left[..., 0, None] + centred[..., 1] * left[..., 1, None]
    body[..., 2] = centred[..., 2]
    return body
