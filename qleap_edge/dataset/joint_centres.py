"""Joint centres and forearm frames from optical markers, and the motion capture that virtual watches are made of.

What is bridged or refused has been decided in ``uiprmd``. Markers are low-passed at 10 Hz first, forwards and backwards.

| joint | from |
|---|---|
| pelvis | middle of the four iliac markers |
| hips | regression on the pelvis, Harrington et al. 2007, J Biomech 40, 595-602, the equations without leg length |
| knees, ankles | lateral marker moved by 5 and 4 cm towards the other side, across the thigh or shank |
| shoulders | 5 cm below the acromion's marker, along the trunk |
| elbows | lateral marker moved medially by 4 cm, see :func:`elbow_centre` |
| wrists | middle of the radial and the ulnar marker |
| spine, thorax, neck, head | on the centre line; a few centimetres from those of other skeletons |

Distances from marker to joint are means of adults. Skin moves over bone by one to two centimetres; nothing corrects that.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import make_interp_spline
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation, RotationSpline

from qleap_edge.alignment.wear import Side
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES
from qleap_edge.dataset.motion_capture import MotionCapture
from qleap_edge.dataset.uiprmd import RATE_HZ, MarkerRecording

_LOW_PASS_HZ = 10.0  # above it, twice differentiated, a marker's noise of 0.1 mm exceeds what a wrist does
_SHOULDER_BELOW_M = 0.05
_ELBOW_IN_M = 0.04
_KNEE_IN_M = 0.05
_ANKLE_IN_M = 0.04
_STRAIGHT_DEG, _BENT_DEG = 20.0, 50.0  # between both, the two directions to the elbow's centre are mixed
_ELBOW_ROUNDS = 4  # each leaves about a quarter of the error; the first has 8 mm
_HEAD_TOP_M = 0.10  # above the ring of markers on the head
_ORDER = 5  # of the spline through the wrist's positions


@dataclass(frozen=True)
class JointCentres:
    """Joint centres of one recording, and the orientation of both forearms."""

    markers: MarkerRecording
    joints: Float[np.ndarray, "time 17 3"]
    """m, laboratory frame, z up; order of ``core.skeleton``."""
    left_forearm: Rotation
    """Frame C of the left forearm → laboratory."""
    right_forearm: Rotation
    """Frame C of the right forearm → laboratory."""

    def joint(self, name: str) -> Float[np.ndarray, "time 3"]:
        """Return the positions of one joint by its name, e.g. ``"left_wrist"``."""
        return self.joints[:, JOINT_INDEX[name]]

    def forearm(self, side: Side) -> Rotation:
        """Return frame C of a forearm → laboratory: +x towards the hand, +z dorsal, not mirrored on the right."""
        return self.left_forearm if side is Side.LEFT else self.right_forearm

    def elevation_deg(self, side: Side) -> Float[np.ndarray, " time"]:
        """Return the forearm's elevation: 90 degrees when the hand points up, -90 when the arm hangs."""
        along = self.forearm(side).apply([1.0, 0.0, 0.0])[:, 2]
        return np.asarray(np.degrees(np.arcsin(np.clip(along, -1.0, 1.0))))


def joint_centres(recording: MarkerRecording) -> JointCentres:
    """Return joint centres and forearm frames.

    Raises:
        InputDataError: a marker that is needed was not seen for too long.
    """
    low = butter(4, _LOW_PASS_HZ, fs=RATE_HZ, output="sos")
    cache: dict[str, Float[np.ndarray, "time 3"]] = {}

    def at(name: str) -> Float[np.ndarray, "time 3"]:
        if name not in cache:
            cache[name] = sosfiltfilt(low, recording.marker(name), axis=0)
        return cache[name]

    pelvis = 0.25 * (at("LASI") + at("RASI") + at("LPSI") + at("RPSI"))
    neck = 0.5 * (at("C7") + at("CLAV"))
    down = _unit(pelvis - neck)
    hips = hip_centres(at("LASI"), at("RASI"), at("LPSI"), at("RPSI"))
    left = _unit(at("LASI") - at("RASI"))
    head = 0.25 * (at("LFHD") + at("RFHD") + at("LBHD") + at("RBHD"))
    found = {"pelvis": pelvis, "neck": 0.5 * (neck + head), "head": head + _HEAD_TOP_M * _unit(head - neck)}
    forearms = {}
    for side, letter, medial in ((Side.LEFT, "L", -left), (Side.RIGHT, "R", left)):
        shoulder = at(f"{letter}SHO") + _SHOULDER_BELOW_M * down
        radial, ulnar = at(f"{letter}WRA"), at(f"{letter}WRB")
        wrist = 0.5 * (radial + ulnar)
        elbow = elbow_centre(shoulder, at(f"{letter}ELB"), wrist, side)
        hip = hips[side]
        knee = at(f"{letter}KNE") + _KNEE_IN_M * _across(medial, at(f"{letter}KNE") - hip)
        ankle = at(f"{letter}ANK") + _ANKLE_IN_M * _across(medial, at(f"{letter}ANK") - at(f"{letter}KNE"))
        for name, position in (
            ("hip", hip), ("knee", knee), ("ankle", ankle), ("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist),
        ):  # fmt: skip
            found[f"{side}_{name}"] = position
        forearms[side] = forearm_frame(elbow, radial, ulnar, side)
    found["thorax"] = 0.5 * (found["left_shoulder"] + found["right_shoulder"])
    found["spine"] = 0.5 * (found["pelvis"] + found["thorax"])
    joints = np.stack([found[name] for name in JOINT_NAMES], axis=1)
    return JointCentres(recording, joints, forearms[Side.LEFT], forearms[Side.RIGHT])


def hip_centres(
    left_front: Float[np.ndarray, "time 3"],
    right_front: Float[np.ndarray, "time 3"],
    left_back: Float[np.ndarray, "time 3"],
    right_back: Float[np.ndarray, "time 3"],
) -> dict[Side, Float[np.ndarray, "time 3"]]:
    """Return the centres of both hips from the anterior and posterior superior iliac spines.

    Source: Harrington et al. 2007: from the middle of both front spines 0.24 depths + 9.9 mm to the back, 0.30 widths +
    10.9 mm down, 0.33 widths + 7.3 mm to the side. Depth and width of the pelvis are means over the recording.
    """
    front, back = 0.5 * (left_front + right_front), 0.5 * (left_back + right_back)
    width = float(np.mean(np.linalg.norm(left_front - right_front, axis=1)))
    depth = float(np.mean(np.linalg.norm(front - back, axis=1)))
    left = _unit(left_front - right_front)
    forward = _across(front - back, left)
    up = np.cross(forward, left)
    middle = front - (0.24 * depth + 0.0099) * forward - (0.30 * width + 0.0109) * up
    aside = (0.33 * width + 0.0073) * left
    return {Side.LEFT: middle + aside, Side.RIGHT: middle - aside}


def elbow_centre(
    shoulder: Float[np.ndarray, "time 3"],
    marker: Float[np.ndarray, "time 3"],
    wrist: Float[np.ndarray, "time 3"],
    side: Side,
) -> Float[np.ndarray, "time 3"]:
    """Return the elbow's centre, 4 cm medially of the marker on the lateral epicondyle.

    Medially is along the axis of flexion, which is square to upper arm and forearm. A straight arm has no such plane; there the
    centre lies on the line from shoulder to wrist, so medially is towards that line. Between flexions of 20 and 50 degrees, as
    the marker sees them, both directions are mixed.
    """
    inwards = _across(shoulder - marker, wrist - shoulder)
    upper, lower = _unit(shoulder - marker), _unit(wrist - marker)
    bend_deg = 180.0 - np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", upper, lower), -1.0, 1.0)))
    share = np.clip((bend_deg - _STRAIGHT_DEG) / (_BENT_DEG - _STRAIGHT_DEG), 0.0, 1.0)
    share = (share * share * (3.0 - 2.0 * share))[:, None]
    centre = marker
    for _ in range(_ELBOW_ROUNDS):  # the axis is square to the limbs as they meet in the centre, not in the marker
        axis = np.cross(wrist - centre, shoulder - centre) * (1.0 if side is Side.LEFT else -1.0)
        centre = marker + _ELBOW_IN_M * _unit((1.0 - share) * inwards + share * _unit(axis))
    return centre


def forearm_frame(
    elbow: Float[np.ndarray, "time 3"],
    radial: Float[np.ndarray, "time 3"],
    ulnar: Float[np.ndarray, "time 3"],
    side: Side,
) -> Rotation:
    """Return frame C of a forearm → laboratory.

    +x from the elbow to the middle of the wrist; y square to it, along the line from the radial to the ulnar marker on a left
    arm and the other way on a right one; z = x × y is dorsal on both.
    """
    x = _unit(0.5 * (radial + ulnar) - elbow)
    y = _across(ulnar - radial if side is Side.LEFT else radial - ulnar, x)
    return Rotation.from_matrix(np.stack([x, y, np.cross(x, y)], axis=-1))


def ideal_wrist(
    position: Float[np.ndarray, "time 3"], forearm: Rotation, time_s: Float[np.ndarray, " time"]
) -> Float[np.ndarray, "time 6"]:
    """Return what an ideal sensor at the wrist measures: specific force (m/s²) and angular velocity (rad/s) in frame C.

    Position by a quintic spline, orientation by a spline of rotations, both exactly differentiated.

    Identity: at rest the specific force points up with norm 9.80665 m/s² and the angular velocity is zero.
    """
    acceleration = make_interp_spline(time_s, position, k=_ORDER).derivative(2)(time_s)
    force = forearm.inv().apply(acceleration + np.array([0.0, 0.0, STANDARD_GRAVITY]))
    return np.hstack([force, RotationSpline(time_s, forearm)(time_s, 1)])


def motion_capture_of(body: JointCentres) -> MotionCapture:
    """Return joints, ideal wrist signals and labels of a recording as a trial, the input of ``comparison.virtual_watch``.

    Rows in a repetition carry the movement as their label.
    """
    recording = body.markers
    time_s = recording.time_s
    action = np.zeros(len(time_s), dtype=np.int64)
    action[recording.edges[0] : recording.edges[-1]] = 1
    return MotionCapture(
        path=recording.path,
        sha256=recording.sha256,
        time_s=time_s,
        joints=body.joints,
        imu={side.value: ideal_wrist(body.joint(f"{side}_wrist"), body.forearm(side), time_s) for side in Side},
        action=action,
        action_names=("none", recording.movement),
    )


def _unit(vectors: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, "time 3"]:
    """Return the vectors with length 1; those of length zero, as the axis of a straight elbow is, stay zero."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def _across(vectors: Float[np.ndarray, "time 3"], along: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, "time 3"]:
    """Return the unit vectors of what is square to another direction."""
    axis = _unit(along)
    return _unit(vectors - np.einsum("ij,ij->i", vectors, axis)[:, None] * axis)
