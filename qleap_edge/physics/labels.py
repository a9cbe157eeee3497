"""What is known about a simulated sequence: its pose and the kinematics the rubric reads, from the simulated state."""

import numpy as np
from jaxtyping import Float, Float32

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.skeleton import JOINT_INDEX, mirror_pose, remove_heading
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import QPOS, SENSORS, SIDES
from qleap_edge.physics.dynamics import Simulated, ground_reaction
from qleap_edge.physics.trajectory import interpolate


def knee_valgus(simulated: Simulated, side: str, shank_length_m: float) -> Float[np.ndarray, " time"]:
    """Return the knee's inward angle in the frontal plane, rad.

    The knee's medial offset w from the plane of the hip-ankle line and the foot's forward axis, as the projection angle a
    straight-on camera would see on a leg whose thigh and shank are seen at full length: 2 asin(w / shank).
    """
    joints = simulated.joints
    hip, knee, ankle = (joints[:, JOINT_INDEX[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
    index, sign = (0, 1.0) if side == "left" else (3, -1.0)  # medial is to the right of a left knee
    forward = simulated.sensors[:, SENSORS.foot_forward][:, index : index + 3]
    normal = np.cross(forward, hip - ankle)  # points to the body's right
    offset = ((knee - ankle) * normal).sum(axis=-1) / np.linalg.norm(normal, axis=-1)
    return np.asarray(2.0 * np.arcsin(np.clip(sign * offset / shank_length_m, -1.0, 1.0)))


def load_asymmetry(simulated: Simulated) -> Float[np.ndarray, " time"]:
    """Return the left foot's share of the ground force minus the right's, in [-1, 1], from the centre of pressure."""
    left, right = (simulated.joints[:, JOINT_INDEX[f"{side}_ankle"], :2] for side in ("left", "right"))
    across = left - right
    offset = ground_reaction(simulated).pressure_centre - 0.5 * (left + right)
    return np.asarray(np.clip(2.0 * (offset * across).sum(axis=1) / (across * across).sum(axis=1), -1.0, 1.0))


def kinematics(simulated: Simulated, subject: Subject) -> Float[np.ndarray, "time 6"]:
    """Return the columns of :data:`qleap_edge.physics.form.KINEMATICS` at the device's samples."""
    heels = simulated.foot_points[:, (0, 2), 2]
    return np.column_stack(
        [
            simulated.qpos[:, QPOS["abdomen.y"]],
            *(knee_valgus(simulated, side, subject.lengths["shank"]) for side, _ in SIDES),
            heels.max(axis=1),
            simulated.root_force[:, 2] / (subject.mass_kg * STANDARD_GRAVITY),
            load_asymmetry(simulated),
        ]
    )


def labels_at(
    simulated: Simulated,
    subject: Subject,
    step_s: float,
    label_time_s: Float[np.ndarray, " steps"],
    *,
    mirrored: bool,
) -> tuple[Float32[np.ndarray, "steps 17 3"], Float32[np.ndarray, "steps 6"]]:
    """Return pose (body frame, body heights) and kinematics at the stamps of the resampled signal.

    Args:
        simulated: the state at the device's samples.
        subject: whose stature divides the pose.
        step_s: interval of the state's samples; the first is at time 0.
        label_time_s: stamps wanted, within those of the state.
        mirrored: the watch was on the right wrist: show the mirrored motion, whose left wrist wears it.
    """
    both = np.hstack([simulated.joints.reshape(len(simulated.joints), -1), kinematics(simulated, subject)])
    values = interpolate(both, step_s, label_time_s)
    pose = remove_heading(values[:, :51].reshape(-1, 17, 3)) / subject.stature_m
    extra = values[:, 51:]
    if mirrored:
        pose, extra = mirror_pose(pose), extra[:, (0, 2, 1, 3, 4, 5)] * np.array([1.0, 1.0, 1.0, 1.0, 1.0, -1.0])
    return pose.astype(np.float32), extra.astype(np.float32)
