"""The product's body fitted to a person's optical markers: segment lengths from all recordings, then angles frame by frame.

Zero angles are how the person stands: pelvis, chest, head and feet are calibrated on the first frames of the recordings that
begin with hanging arms. Knees, ankles, shoulders and elbows are the joint centres of ``joint_centres``; the markers of pelvis,
chest, head, heels, toes and both sides of each wrist carry the rest. Turning of the forearm follows from the two markers of the
wrist. The shoulder blade is not part of the body, so a raised arm leaves its shoulder a few centimetres too low.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from scipy.signal import butter, sosfiltfilt

from qleap_edge.alignment.wear import Side
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.dataset.joint_centres import JointCentres
from qleap_edge.dataset.uiprmd import MARKER_INDEX, RATE_HZ
from qleap_edge.physics.anthropometry import Sex, Subject, mean_subject
from qleap_edge.physics.body import DOF_COUNT
from qleap_edge.physics.captured.fit import Attachment, BodyFit
from qleap_edge.physics.captured.library import TYPICAL_MASS_INDEX
from qleap_edge.physics.load import Vector

STRIDE = 2  # of the fitted frames: 50 a second
_STANDING_S = 0.2
_LOW_PASS_HZ = 10.0
_TOE_PER_BALL = 1.4  # of the anthropometry's foot
_ON_SEGMENT = {
    "pelvis": (("LASI", "RASI", "LPSI", "RPSI"), 1.0),
    "thorax": (("C7", "T10", "CLAV", "STRN"), 0.6),
    "head": (("LFHD", "RFHD", "LBHD", "RBHD"), 0.2),
}
_FOOT_MARKERS = ("HEE", "TOE")
_JOINTS = {  # joint → segment whose origin it is, weight
    "knee": ("shank", 1.0),
    "ankle": ("foot", 1.0),
    "shoulder": ("upper_arm", 0.15),
    "elbow": ("forearm", 1.0),
}
_LIMBS = {
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
}


@dataclass(frozen=True)
class Calibration:
    """One person: the body's lengths, and where each measured point lies on it."""

    subject: Subject
    attachments: tuple[Attachment, ...]


def calibrate(bodies: list[JointCentres], sex: Sex | None = None) -> Calibration:
    """Return lengths and attachments of a person.

    Args:
        bodies: all recordings of one person.
        sex: for widths and masses where the markers say nothing; None: a man's.

    Raises:
        InputDataError: no recording begins with hanging arms and all markers of the trunk seen.
    """
    standing = [_standing(body) for body in bodies if _hangs(body)]
    if not standing:
        raise InputDataError(
            "no recording begins standing with hanging arms",
            where=bodies[0].markers.path,
            expected="at least one, on which the trunk is calibrated",
            next_step="add a recording that begins so",
        )
    marker = {name: _middle([one[0][index] for one in standing]) for name, index in MARKER_INDEX.items()}
    joint = {name: _middle([one[1][index] for one in standing]) for name, index in JOINT_INDEX.items()}
    hip_height = float(np.median([one[2] for one in standing]))
    lengths = _lengths(bodies, joint, hip_height)
    stature = hip_height + float(joint["head"][2])
    origin = {
        "pelvis": np.zeros(3),
        "thorax": np.array([0.0, 0.0, lengths["lumbar_base"] + lengths["lumbar"]]),
        "head": np.array([0.0, 0.0, lengths["lumbar_base"] + lengths["lumbar"] + lengths["thorax"]]),
    }
    attachments = [
        Attachment(name, segment, _vector(marker[name] - origin[segment]), weight)
        for segment, (names, weight) in _ON_SEGMENT.items()
        for name in names
    ]
    for side, _sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        letter, shoulder = side.value[0].upper(), f"{side}_shoulder"
        attachments += [
            Attachment(
                f"{side}_{name}", f"{side}_{segment}", (0.0, 0.0, 0.0), weight, shoulder if name == "elbow" else None
            )
            for name, (segment, weight) in _JOINTS.items()
        ]
        attachments += [
            Attachment(
                f"{letter}{name}", f"{side}_foot", _vector(_middle([_on_foot(one, side, name) for one in standing]))
            )
            for name in _FOOT_MARKERS
        ]
        half = 0.5 * float(np.median([_wrist_width(body, letter) for body in bodies]))
        for name, ahead_m in (("WRA", half), ("WRB", -half)):  # the thumb's side is ahead when the arm hangs
            attachments.append(
                Attachment(f"{letter}{name}", f"{side}_forearm", (ahead_m, 0.0, -lengths["forearm"]), 1.0, shoulder)
            )
    lengths |= _foot_lengths(attachments)
    table = mean_subject(sex or "male", stature, TYPICAL_MASS_INDEX * stature**2)
    return Calibration(replace(table, lengths=table.lengths | lengths), tuple(attachments))


def fit_recording(
    calibration: Calibration, body: JointCentres
) -> tuple[Float[np.ndarray, "time nq"], Float[np.ndarray, "time points"]]:
    """Return the configurations of a recording at 50 Hz, and the distance of each measured point from the fit, m."""
    fit = BodyFit(calibration.subject, calibration.attachments)
    measured = _measured(calibration, body)[::STRIDE]
    start = start_between(body.joint("left_hip")[0], body.joint("right_hip")[0])
    qpos = fit.fit(measured, start)
    return qpos, np.linalg.norm(fit.points(qpos) - measured, axis=2)


def start_between(left_hip: Float[np.ndarray, "3"], right_hip: Float[np.ndarray, "3"]) -> Float[np.ndarray, " nq"]:
    """Return a configuration that stands between two hips, facing as they do: where a fit may start."""
    start = np.zeros(1 + DOF_COUNT)
    start[:3] = 0.5 * (left_hip + right_hip)
    left = _flat(left_hip - right_hip)
    heading = np.arctan2(-left[0], left[1])
    start[3], start[6] = np.cos(heading / 2), np.sin(heading / 2)
    return start


def _measured(calibration: Calibration, body: JointCentres) -> Float[np.ndarray, "time points 3"]:
    joints = {f"{side}_{name}" for side in Side for name in _JOINTS}
    columns = [
        body.joint(one.name) if one.name in joints else _smoothed(body.markers.markers[:, MARKER_INDEX[one.name]])
        for one in calibration.attachments
    ]
    return np.stack(columns, axis=1)


def _smoothed(positions: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, "time 3"]:
    """Return a low-passed marker; it stays NaN where it was not seen."""
    unseen = np.isnan(positions[:, 0])
    if unseen.all():
        return positions
    rows = np.arange(len(positions))
    filled = np.stack([np.interp(rows, rows[~unseen], axis[~unseen]) for axis in positions.T], axis=1)
    smooth = sosfiltfilt(butter(4, _LOW_PASS_HZ, fs=RATE_HZ, output="sos"), filled, axis=0)
    return np.where(unseen[:, None], np.nan, smooth)


def _hangs(body: JointCentres) -> bool:
    return bool(body.elevation_deg(Side.LEFT)[0] < -50.0 and body.elevation_deg(Side.RIGHT)[0] < -50.0)


def _standing(body: JointCentres) -> tuple[Float[np.ndarray, "39 3"], Float[np.ndarray, "17 3"], float]:
    """Return markers and joints of the first frames about the middle of the hips, facing +x, and its height over the floor."""
    rows = int(_STANDING_S * RATE_HZ)
    markers, joints = body.markers.markers[:rows].mean(axis=0), body.joints[:rows].mean(axis=0)
    hips = joints[JOINT_INDEX["left_hip"]], joints[JOINT_INDEX["right_hip"]]
    middle, left = 0.5 * (hips[0] + hips[1]), _flat(hips[0] - hips[1])
    turn = np.array([[left[1], -left[0], 0.0], [left[0], left[1], 0.0], [0.0, 0.0, 1.0]])
    return (markers - middle) @ turn.T, (joints - middle) @ turn.T, float(middle[2])


def _on_foot(
    standing: tuple[Float[np.ndarray, "39 3"], Float[np.ndarray, "17 3"], float], side: Side, name: str
) -> Float[np.ndarray, "3"]:
    """Return where a marker lies on a foot that stands flat: ahead and aside of the ankle, along heel to toe, and above it."""
    markers, joints, _ = standing
    letter = side.value[0].upper()
    heel, toe = (markers[MARKER_INDEX[f"{letter}{one}"]] for one in _FOOT_MARKERS)
    ahead = _flat(toe - heel)
    place = markers[MARKER_INDEX[f"{letter}{name}"]] - joints[JOINT_INDEX[f"{side}_ankle"]]
    return np.array([place @ ahead, place @ np.cross([0.0, 0.0, 1.0], ahead), place[2]])


def _lengths(bodies: list[JointCentres], joint: dict[str, np.ndarray], hip_height: float) -> dict[str, float]:
    """Return the body's lengths (m) that the markers determine; standing joints are about the middle of the hips."""
    found = {name: _distance(bodies, *ends) for name, ends in _LIMBS.items()}
    table = mean_subject("male", 1.0, 20.0).lengths
    trunk = 0.5 * float(joint["left_shoulder"][2] + joint["right_shoulder"][2])
    trunk_names = ("lumbar_base", "lumbar", "shoulder_height", "thorax")
    scale = trunk / sum(table[name] for name in trunk_names[:3])
    found |= {name: table[name] * scale for name in trunk_names}
    found["head"] = float(joint["head"][2]) - found["lumbar_base"] - found["lumbar"] - found["thorax"]
    for name in ("hip", "shoulder"):
        found[f"{name}_half_width"] = 0.5 * float(joint[f"left_{name}"][1] - joint[f"right_{name}"][1])
    found["ankle_height"] = hip_height + 0.5 * float(joint["left_ankle"][2] + joint["right_ankle"][2])
    return found


def _foot_lengths(attachments: list[Attachment]) -> dict[str, float]:
    """Return how far heel and ball lie behind and ahead of the ankle, means of both feet."""
    ahead = {name: [one.place_m[0] for one in attachments if one.name[1:] == name] for name in _FOOT_MARKERS}
    ball = float(np.mean(ahead["TOE"]))
    return {"foot_heel": -float(np.mean(ahead["HEE"])), "foot_ball": ball, "foot_toe": _TOE_PER_BALL * ball}


def _distance(bodies: list[JointCentres], upper: str, lower: str) -> float:
    """Return the median distance of two joints over all frames and both sides, m."""
    apart = [
        np.linalg.norm(body.joint(f"{side}_{upper}") - body.joint(f"{side}_{lower}"), axis=1)
        for body in bodies
        for side in Side
    ]
    return float(np.median(np.concatenate(apart)))


def _wrist_width(body: JointCentres, letter: str) -> float:
    return float(
        np.median(np.linalg.norm(body.markers.marker(f"{letter}WRA") - body.markers.marker(f"{letter}WRB"), axis=1))
    )


def _middle(values: list[np.ndarray]) -> np.ndarray:
    """Return the median over the recordings that saw a point; NaN if none did."""
    seen = [value for value in values if np.isfinite(value).all()]
    return np.median(seen, axis=0) if seen else np.full(3, np.nan)


def _flat(direction: np.ndarray) -> Float[np.ndarray, "3"]:
    """Return the unit vector of a direction's horizontal part."""
    level = np.array([direction[0], direction[1], 0.0])
    return np.asarray(level / np.linalg.norm(level))


def _vector(place: np.ndarray) -> Vector:
    return float(place[0]), float(place[1]), float(place[2])
