"""BVH files as captured motion: the product's body fitted to the joints of another skeleton.

Names of joints follow one of two conventions: that of Mixamo and of the CMU collection (``LeftUpLeg``, ``LeftLeg``,
``LeftFoot``, ``LeftToeBase``, ``LeftArm``, ``LeftForeArm``, ``LeftHand``), or the anatomical one (``LeftHip``, ``LeftKnee``,
``LeftAnkle``, ``LeftToe``, ``LeftShoulder``, ``LeftElbow``, ``LeftWrist``). The rest pose must stand upright with the feet
flat, as the usual T pose does: it gives the lengths and the zero angles. The unit is free, because the stature is given.
Joints say nothing about the turning of a forearm, which is therefore drawn when the motion is used.
"""

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pybvh
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt

from qleap_edge.core.errors import InputDataError
from qleap_edge.dataset.marker_fit import Calibration, start_between
from qleap_edge.physics.anthropometry import Sex, mean_subject
from qleap_edge.physics.captured.fit import Attachment, BodyFit
from qleap_edge.physics.captured.library import TYPICAL_MASS_INDEX

MAX_BYTES = 2**28
LEAST_RATE_HZ, MOST_RATE_HZ = 25.0, 1000.0

_LIMBS = ("hip", "knee", "ankle", "toe", "shoulder", "elbow", "wrist")
_CONVENTIONS = (
    ("UpLeg", "Leg", "Foot", "ToeBase", "Arm", "ForeArm", "Hand"),
    ("Hip", "Knee", "Ankle", "Toe", "Shoulder", "Elbow", "Wrist"),
)
_NECKS = ("Neck", "neck")
_WEIGHTS = {"hip": 1.0, "knee": 1.0, "ankle": 1.0, "toe": 0.7, "shoulder": 0.3, "elbow": 1.0, "wrist": 1.0}
_SEGMENT = {"hip": "thigh", "knee": "shank", "ankle": "foot", "shoulder": "upper_arm", "elbow": "forearm"}
_LOW_PASS_HZ = 10.0
_NECK_SHARE = 0.825  # of the stature: height of the joint between chest and neck over the soles; the body's own table
_FLOOR_SHARE = 0.05  # of the frames: the height of the lower toe is this quantile where it stands


@dataclass(frozen=True)
class BvhMotion:
    """Joints of one file in metres, z up."""

    path: Path
    rate_hz: float
    names: tuple[str, ...]
    """``left_hip`` and so on, then ``neck``."""
    rest: Float[np.ndarray, "joints 3"]
    """Facing +x, the lowest toe at height 0."""
    joints: Float[np.ndarray, "time joints 3"]


def read_bvh(path: Path, stature_m: float) -> BvhMotion:
    """Read one file.

    Args:
        path: a ``.bvh`` file.
        stature_m: of the person; the skeleton is scaled to it.

    Raises:
        InputDataError: the file cannot be read, is too large, has another rate, or names its joints otherwise.
    """
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        got = f"{path.stat().st_size} bytes" if path.is_file() else "no file"
        raise InputDataError(
            "cannot read the motion", where=path, expected=f"a file of at most {MAX_BYTES} bytes", got=got
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the vertical axis, which is decided below
            found = pybvh.read_bvh_file(path)
    except (ValueError, KeyError, IndexError, UnicodeDecodeError, OSError) as problem:
        raise InputDataError(
            "not a BVH file", where=path, expected="HIERARCHY and MOTION", got=str(problem)[:200]
        ) from problem
    rate_hz = float(found.fps)
    if not LEAST_RATE_HZ <= rate_hz <= MOST_RATE_HZ:
        expected = f"{LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g} frames a second"
        raise InputDataError("the motion is too slow or too fast", where=path, expected=expected, got=f"{rate_hz:g}")
    rows = _joint_rows(path, list(found.joint_names))
    moving = np.asarray(found.joint_positions(), dtype=np.float64)
    resting = np.asarray(found.rest_pose_positions(), dtype=np.float64)
    nodes = [node.name for node in found.nodes]
    rest = resting[[nodes.index(found.joint_names[row]) for row in rows.values()]]
    up = _upwards(rest, list(rows))
    rest, joints = rest @ up.T, moving[:, list(rows.values())] @ up.T
    return _scaled(path, rate_hz, tuple(rows), rest, joints, stature_m)


def _joint_rows(path: Path, names: list[str]) -> dict[str, int]:
    plain = [name.rpartition(":")[2] for name in names]  # without "mixamorig:"
    neck = next((plain.index(name) for name in _NECKS if name in plain), None)
    for convention in _CONVENTIONS:
        wanted = {
            f"{side.lower()}_{joint}": f"{side}{name}"
            for side in ("Left", "Right")
            for joint, name in zip(_LIMBS, convention, strict=True)
        }
        if neck is not None and all(name in plain for name in wanted.values()):
            return {joint: plain.index(name) for joint, name in wanted.items()} | {"neck": neck}
    expected = " or ".join(", ".join(f"Left{name}" for name in convention) for convention in _CONVENTIONS)
    raise InputDataError(
        "the joints have other names",
        where=path,
        expected=f"{expected}, the same on the right, and Neck",
        got=", ".join(names)[:200],
        next_step="rename the joints in the file",
    )


def _upwards(rest: Float[np.ndarray, "joints 3"], names: list[str]) -> Float[np.ndarray, "3 3"]:
    """Return the rotation after which the rest pose stands along +z and faces +x."""
    at = {name: rest[index] for index, name in enumerate(names)}
    ankles, hips = 0.5 * (at["left_ankle"] + at["right_ankle"]), 0.5 * (at["left_hip"] + at["right_hip"])
    rise = hips - ankles
    axis = int(np.argmax(np.abs(rise)))
    up = np.zeros(3)
    up[axis] = np.sign(rise[axis])
    left = at["left_hip"] - at["right_hip"]
    left = left - (left @ up) * up
    left /= np.linalg.norm(left)
    return np.stack([np.cross(left, up), left, up])


def _scaled(
    path: Path,
    rate_hz: float,
    names: tuple[str, ...],
    rest: Float[np.ndarray, "joints 3"],
    joints: Float[np.ndarray, "time joints 3"],
    stature_m: float,
) -> BvhMotion:
    toes = [names.index("left_toe"), names.index("right_toe")]
    low = float(rest[toes, 2].min())
    height = float(rest[names.index("neck"), 2]) - low
    if not height > 0.0 or not np.isfinite(joints).all():
        raise InputDataError("the rest pose does not stand upright", where=path, expected="a neck above the toes")
    scale = _NECK_SHARE * stature_m / height
    floor = float(np.quantile(joints[:, toes, 2].min(axis=1), _FLOOR_SHARE))
    moved = (joints - np.array([0.0, 0.0, floor])) * scale
    order = butter(4, min(_LOW_PASS_HZ, 0.4 * rate_hz), fs=rate_hz, output="sos")
    if len(moved) <= round(rate_hz):
        raise InputDataError(
            "the motion is too short", where=path, expected="one second or more", got=f"{len(moved)} frames"
        )
    return BvhMotion(
        path, rate_hz, names, (rest - np.array([0.0, 0.0, low])) * scale, sosfiltfilt(order, moved, axis=0)
    )


def calibrate_bvh(motion: BvhMotion, stature_m: float, sex: Sex | None = None) -> Calibration:
    """Return lengths and attachments from the rest pose of a file."""
    at = {name: motion.rest[index] for index, name in enumerate(motion.names)}
    hips = 0.5 * (at["left_hip"] + at["right_hip"])
    table = mean_subject(sex or "male", stature_m, TYPICAL_MASS_INDEX * stature_m**2)

    def apart(upper: str, lower: str) -> float:
        return float(np.mean([np.linalg.norm(at[f"{s}_{upper}"] - at[f"{s}_{lower}"]) for s in ("left", "right")]))

    lengths = dict(table.lengths)
    lengths |= {"thigh": apart("hip", "knee"), "shank": apart("knee", "ankle")}
    lengths |= {"upper_arm": apart("shoulder", "elbow"), "forearm": apart("elbow", "wrist")}
    for name in ("hip", "shoulder"):
        lengths[f"{name}_half_width"] = 0.5 * float(np.linalg.norm(at[f"left_{name}"] - at[f"right_{name}"]))
    trunk = 0.5 * float(at["left_shoulder"][2] + at["right_shoulder"][2]) - float(hips[2])
    names = ("lumbar_base", "lumbar", "shoulder_height")
    stretch = trunk / sum(table.lengths[name] for name in names)
    lengths |= {name: table.lengths[name] * stretch for name in (*names, "thorax")}
    lengths["ankle_height"] = float(0.5 * (at["left_ankle"][2] + at["right_ankle"][2]))
    ahead = float(np.mean([at[f"{s}_toe"][0] - at[f"{s}_ankle"][0] for s in ("left", "right")]))
    lengths |= {"foot_ball": ahead, "foot_toe": 1.4 * ahead}
    subject = replace(table, lengths=lengths)
    chest = np.array([hips[0], hips[1], hips[2] + lengths["lumbar_base"] + lengths["lumbar"]])
    attachments = [Attachment("neck", "thorax", _place(at["neck"] - chest), 0.5)]
    for side in ("left", "right"):
        for joint, segment in _SEGMENT.items():
            attachments.append(Attachment(f"{side}_{joint}", f"{side}_{segment}", (0.0, 0.0, 0.0), _WEIGHTS[joint]))
        toe = _place(at[f"{side}_toe"] - at[f"{side}_ankle"])
        attachments.append(Attachment(f"{side}_toe", f"{side}_foot", toe, _WEIGHTS["toe"]))
        attachments.append(Attachment(f"{side}_wrist", f"{side}_forearm", (0.0, 0.0, -lengths["forearm"]), 1.0))
    return Calibration(subject, tuple(attachments))


def fit_bvh(
    calibration: Calibration, motion: BvhMotion, rate_hz: float
) -> tuple[Float[np.ndarray, "time nq"], Float[np.ndarray, "time points"]]:
    """Return the configurations of a file at ``rate_hz``, and the distance of each joint from the fit, m."""
    fit = BodyFit(calibration.subject, calibration.attachments)
    columns = [motion.names.index(one.name) for one in calibration.attachments]
    seconds = (len(motion.joints) - 1) / motion.rate_hz
    at_s = np.arange(int(seconds * rate_hz) + 1) / rate_hz
    given = motion.joints[:, columns]
    stamps = np.arange(len(given)) / motion.rate_hz
    measured = CubicSpline(stamps, given, axis=0)(at_s)
    hips = (motion.names.index("left_hip"), motion.names.index("right_hip"))
    qpos = fit.fit(measured, start_between(motion.joints[0, hips[0]], motion.joints[0, hips[1]]))
    return qpos, np.linalg.norm(fit.points(qpos) - measured, axis=2)


def _place(vector: np.ndarray) -> tuple[float, float, float]:
    return float(vector[0]), float(vector[1]), float(vector[2])
