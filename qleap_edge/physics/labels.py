"""Ground truth of a simulated sequence: pose and kinematics of the form rubric, at the stamps of the model's input."""

import numpy as np
from jaxtyping import Float, Float32

from qleap_edge.core.skeleton import JOINT_INDEX, mirror_pose, remove_heading
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import QPOS, SIDES
from qleap_edge.physics.dynamics import SimulatedMotion
from qleap_edge.physics.feasibility import FootContact
from qleap_edge.physics.form import KINEMATICS
from qleap_edge.physics.mjcf import SENSORS
from qleap_edge.physics.trajectory import interpolate


def knee_valgus(
    joints: Float[np.ndarray, "17 3 time"], foot_forward: Float[np.ndarray, "2 3 time"], shank_length_m: float
) -> Float[np.ndarray, "2 time"]:
    """Return the inward angle of left and right knee in the frontal plane, rad.

    The knee's medial offset w from the plane of the hip-ankle line and the foot's forward axis, as the projection angle a
    straight-on camera would see on a leg whose thigh and shank are seen at full length: 2 asin(w / shank).
    """
    hips, knees, ankles = (joints[_PAIRS[name]].swapaxes(0, 1) for name in ("hip", "knee", "ankle"))
    normal = rot.unit(rot.cross(foot_forward.swapaxes(0, 1), hips - ankles))  # points to the body's right
    offset = rot.dot(knees - ankles, normal)
    medial = np.array([[1.0], [-1.0]]) * offset  # medial is to the right of a left knee
    return np.asarray(2.0 * np.arcsin(np.clip(medial / shank_length_m, -1.0, 1.0)))


def load_asymmetry(
    joints: Float[np.ndarray, "17 3 time"], pressure_centre: Float[np.ndarray, "time 2"]
) -> Float[np.ndarray, " time"]:
    """Return the left foot's share of the ground force minus the right's, in [-1, 1], from the centre of pressure."""
    left, right = joints[_PAIRS["ankle"], :2]
    across = left - right
    offset = pressure_centre.T - 0.5 * (left + right)
    share = offset[0] * across[0] + offset[1] * across[1]
    return np.asarray(np.clip(2.0 * share / (across[0] * across[0] + across[1] * across[1]), -1.0, 1.0))


def kinematics(simulated: SimulatedMotion, subject: Subject, contact: FootContact) -> Float[np.ndarray, "time 8"]:
    """Return the columns of :data:`qleap_edge.physics.form.KINEMATICS` at the device's samples."""
    joints = np.ascontiguousarray(simulated.sensors[:, SENSORS.joints].T).reshape(17, 3, -1)
    foot_forward = np.ascontiguousarray(simulated.sensors[:, SENSORS.foot_forward].T).reshape(2, 3, -1)
    out = np.empty((joints.shape[-1], len(KINEMATICS)))
    out[:, 0] = simulated.qpos[:, QPOS["abdomen.y"]]
    out[:, 1:3] = knee_valgus(joints, foot_forward, subject.lengths["shank"]).T
    heels = simulated.foot_points[:, :, 2]
    out[:, 3] = np.maximum(heels[:, 0], heels[:, 2])
    out[:, 4] = simulated.ground.force[:, 2] / simulated.weight
    out[:, 5] = load_asymmetry(joints, simulated.ground.pressure_centre)
    out[:, 6], out[:, 7] = contact.slide, contact.margin
    return out


def labels_at(
    simulated: SimulatedMotion,
    subject: Subject,
    contact: FootContact,
    step_s: float,
    label_time_s: Float[np.ndarray, " steps"],
    *,
    mirrored: bool,
) -> tuple[Float32[np.ndarray, "steps 17 3"], Float32[np.ndarray, "steps 8"]]:
    """Return pose (body frame, body heights) and kinematics at the stamps of the resampled signal.

    Args:
        simulated: the state at the device's samples.
        subject: whose stature divides the pose.
        contact: foot contacts at the device's samples.
        step_s: interval of the state's samples; the first is at time 0.
        label_time_s: stamps wanted, within those of the state.
        mirrored: whether the watch is on the right wrist; the labels are then those of the mirrored motion.
    """
    smooth = kinematics(simulated, subject, contact)
    margin = smooth[:, _MARGIN]
    state = np.concatenate([simulated.sensors[:, SENSORS.joints], smooth[:, :_MARGIN]], axis=1)
    values = interpolate(state, step_s, label_time_s)
    nearest = np.clip(
        np.rint(label_time_s / step_s).astype(np.int64), 0, len(margin) - 1
    )  # the margin may be NaN and is not smooth, so it is not interpolated
    pose = remove_heading(values[:, :51].reshape(-1, 17, 3)) / subject.stature_m
    extra = np.concatenate([values[:, 51:], margin[nearest, None]], axis=1)
    if mirrored:
        pose, extra = mirror_pose(pose), extra[:, _MIRRORED] * _MIRROR_SIGN
    return pose.astype(np.float32), extra.astype(np.float32)


_PAIRS = {name: [JOINT_INDEX[f"{side}_{name}"] for side, _ in SIDES] for name in ("hip", "knee", "ankle")}
_MARGIN = KINEMATICS.index("support_margin")
_MIRRORED = [
    KINEMATICS.index({"left_knee_valgus": "right_knee_valgus", "right_knee_valgus": "left_knee_valgus"}.get(name, name))
    for name in KINEMATICS
]
_MIRROR_SIGN = np.array([-1.0 if name == "load_asymmetry" else 1.0 for name in KINEMATICS])
