"""What is known about a simulated sequence: its pose and the kinematics the rubric reads, from the simulated state."""

import numpy as np
from jaxtyping import Float, Float32

from qleap_edge.core.skeleton import JOINT_INDEX, mirror_pose, remove_heading
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import QPOS, SIDES
from qleap_edge.physics.dynamics import Simulated
from qleap_edge.physics.feasibility import Contact
from qleap_edge.physics.form import KINEMATICS
from qleap_edge.physics.mjcf import SENSORS
from qleap_edge.physics.trajectory import interpolate


def knee_valgus(simulated: Simulated, side: str, shank_length_m: float) -> Float[np.ndarray, " time"]:
    """Return the knee's inward angle in the frontal plane, rad.

    The knee's medial offset w from the plane of the hip-ankle line and the foot's forward axis, as the projection angle a
    straight-on camera would see on a leg whose thigh and shank are seen at full length: 2 asin(w / shank).
    """
    joints = simulated.joints
    hip, knee, ankle = (joints[:, JOINT_INDEX[f"{side}_{name}"]].T for name in ("hip", "knee", "ankle"))
    index, sign = (0, 1.0) if side == "left" else (3, -1.0)  # medial is to the right of a left knee
    forward = simulated.sensors[:, SENSORS.foot_forward][:, index : index + 3].T
    normal = rot.unit(rot.cross(forward, hip - ankle))  # points to the body's right
    offset = rot.dot(knee - ankle, normal)
    return np.asarray(2.0 * np.arcsin(np.clip(sign * offset / shank_length_m, -1.0, 1.0)))


def load_asymmetry(simulated: Simulated) -> Float[np.ndarray, " time"]:
    """Return the left foot's share of the ground force minus the right's, in [-1, 1], from the centre of pressure."""
    left, right = (simulated.joints[:, JOINT_INDEX[f"{side}_ankle"], :2] for side in ("left", "right"))
    across = left - right
    offset = simulated.ground.pressure_centre - 0.5 * (left + right)
    return np.asarray(np.clip(2.0 * (offset * across).sum(axis=1) / (across * across).sum(axis=1), -1.0, 1.0))


def kinematics(simulated: Simulated, subject: Subject, stood: Contact) -> Float[np.ndarray, "time 8"]:
    """Return the columns of :data:`qleap_edge.physics.form.KINEMATICS` at the device's samples."""
    heels = simulated.foot_points[:, (0, 2), 2]
    return np.column_stack(
        [
            simulated.qpos[:, QPOS["abdomen.y"]],
            *(knee_valgus(simulated, side, subject.lengths["shank"]) for side, _ in SIDES),
            heels.max(axis=1),
            simulated.ground.force[:, 2] / simulated.weight,
            load_asymmetry(simulated),
            stood.slide,
            stood.margin,
        ]
    )


def labels_at(
    simulated: Simulated,
    subject: Subject,
    stood: Contact,
    step_s: float,
    label_time_s: Float[np.ndarray, " steps"],
    *,
    mirrored: bool,
) -> tuple[Float32[np.ndarray, "steps 17 3"], Float32[np.ndarray, "steps 8"]]:
    """Return pose (body frame, body heights) and kinematics at the stamps of the resampled signal.

    Args:
        simulated: the state at the device's samples.
        subject: whose stature divides the pose.
        stood: how the feet stand at the device's samples.
        step_s: interval of the state's samples; the first is at time 0.
        label_time_s: stamps wanted, within those of the state.
        mirrored: the watch was on the right wrist: show the mirrored motion, whose left wrist wears it.
    """
    smooth = kinematics(simulated, subject, stood)
    margin, smooth = smooth[:, _MARGIN], smooth[:, :_MARGIN]
    joints = simulated.joints.reshape(len(simulated.joints), -1)
    values = interpolate(np.hstack([joints, smooth]), step_s, label_time_s)
    nearest = np.clip(np.rint(label_time_s / step_s).astype(np.int64), 0, len(margin) - 1)  # it may be NaN: not smooth
    pose = remove_heading(values[:, :51].reshape(-1, 17, 3)) / subject.stature_m
    extra = np.column_stack([values[:, 51:], margin[nearest]])
    if mirrored:
        pose, extra = mirror_pose(pose), extra[:, _MIRRORED] * _MIRROR_SIGN
    return pose.astype(np.float32), extra.astype(np.float32)


_MARGIN = KINEMATICS.index("support_margin")
_MIRRORED = [
    KINEMATICS.index({"left_knee_valgus": "right_knee_valgus", "right_knee_valgus": "left_knee_valgus"}.get(name, name))
    for name in KINEMATICS
]
_MIRROR_SIGN = np.array([-1.0 if name == "load_asymmetry" else 1.0 for name in KINEMATICS])
