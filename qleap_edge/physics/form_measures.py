"""What the form rubric measures of one squat repetition, from its pose and the kinematics that are stored beside it."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.skeleton import JOINT_INDEX

REPETITION_MEASURES = {
    "thigh": "deg",
    "descent": "s",
    "force": "body weights",
    "halt_down": "s",
    "halt_up": "s",
    "lean": "deg",
    "forearm_turn": "deg",
    "drop": "body heights",
    "velocity": "body heights/s",
    "valgus": "deg",
    "lumbar": "deg",
    "heel_rise": "cm",
    "asymmetry": "percent",
}
"""What is stored of each repetition, with its unit.

In order: thighs above the horizontal at the turning point; time between 5 and 95 % of
the way down; peak ground force; longest halt on the way down and up; trunk beyond the shank at the turning point; largest turn
of the left forearm against the chest; how far the pelvis goes down; mean velocity of the way up; and the four measures that a
wrist cannot see."""
_HALT_SHARE_1_S = 0.15  # [design]: slower than this share of the way in a second is a halt
_HALT_BETWEEN = (0.15, 0.85)  # of the way: start, bottom and end are no halts


def measure_repetition(
    pose: Float[np.ndarray, "time 17 3"],
    extra: Float[np.ndarray, "time 8"],
    knees: Float[np.ndarray, " time"],
    frames: Sequence[int],
    lumbar_baseline: float,
) -> list[float]:
    """Return :data:`REPETITION_MEASURES` of one repetition.

    Args:
        pose: body frame, body heights, 50 Hz.
        extra: columns of :data:`qleap_edge.physics.form.KINEMATICS`.
        knees: mean flexion of both knees, rad.
        frames: start, turning point and end.
        lumbar_baseline: lumbar flexion of this person's clean squat, rad.
    """
    start, turn, end = frames
    part = extra[start : end + 1]
    deep = 2.0 * knees[start : end + 1] > knees[start] + knees[turn]
    down, up = knees[start : turn + 1], knees[turn : end + 1][::-1]
    drop = _pelvis_height(pose[start]) - _pelvis_height(pose[turn])
    measured = {
        "thigh": np.degrees(_thigh_elevation(pose[turn])),
        "descent": _way_s(down),
        "force": part[:, 4].max(),
        "halt_down": _longest_halt_s(down),
        "halt_up": _longest_halt_s(up),
        "lean": np.degrees(_trunk_beyond_shank(pose[turn])),
        "forearm_turn": np.degrees(_forearm_turn(pose[start : end + 1])),
        "drop": drop,
        "velocity": 0.9 * drop / _way_s(up),
        "valgus": np.degrees(part[:, 1:3].max()),
        "lumbar": np.degrees(part[:, 0].max() - lumbar_baseline),
        "heel_rise": 100.0 * part[:, 3].max(),
        "asymmetry": 100.0 * abs(part[deep, 5].mean()),
    }
    return [float(measured[name]) for name in REPETITION_MEASURES]


def _share(flexion: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Return how much of the way has been gone, from 0 at the first sample to 1 at the last."""
    return (flexion - flexion[0]) / (flexion[-1] - flexion[0])


def _way_s(flexion: Float[np.ndarray, " time"]) -> float:
    """Return the time between 5 % and 95 % of the way, between samples by interpolation."""
    rising = np.maximum.accumulate(_share(flexion)) + 1e-12 * np.arange(len(flexion))
    low, high = np.interp((0.05, 0.95), rising, np.arange(len(rising)))
    return float(high - low) / MODEL_RATE_HZ


def _longest_halt_s(flexion: Float[np.ndarray, " time"]) -> float:
    """Return the longest time without progress between 15 % and 85 % of the way."""
    share = _share(flexion)
    low, high = _HALT_BETWEEN
    halted = np.diff(share) * MODEL_RATE_HZ < _HALT_SHARE_1_S
    halted &= (share[:-1] > low) & (share[:-1] < high)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], halted.astype(np.int8), [0]])))
    return float((edges[1::2] - edges[::2]).max(initial=0)) / MODEL_RATE_HZ


def _pelvis_height(joints: Float[np.ndarray, "17 3"]) -> float:
    """Return how high the pelvis is over the lower ankle."""
    ankles = [JOINT_INDEX[f"{side}_ankle"] for side in ("left", "right")]
    return float(joints[JOINT_INDEX["pelvis"], 2] - joints[ankles, 2].min())


def _thigh_elevation(joints: Float[np.ndarray, "17 3"]) -> float:
    """Return the thighs' mean angle above the horizontal, rad; negative when the hips are below the knees."""
    angles = []
    for side in ("left", "right"):
        thigh = joints[JOINT_INDEX[f"{side}_hip"]] - joints[JOINT_INDEX[f"{side}_knee"]]
        angles.append(np.arcsin(thigh[2] / np.linalg.norm(thigh)))
    return float(np.mean(angles))


def _trunk_beyond_shank(joints: Float[np.ndarray, "17 3"]) -> float:
    """Return how far the line pelvis-shoulders leans forward of the mean shank, rad."""
    trunk = joints[JOINT_INDEX["thorax"]] - joints[JOINT_INDEX["pelvis"]]
    shank = sum(
        joints[JOINT_INDEX[f"{side}_knee"]] - joints[JOINT_INDEX[f"{side}_ankle"]] for side in ("left", "right")
    )
    return float(np.arctan2(trunk[0], trunk[2]) - np.arctan2(shank[0], shank[2]))


def _forearm_turn(pose: Float[np.ndarray, "time 17 3"]) -> float:
    """Return the largest angle of the left forearm to where it pointed at first, seen from the chest, rad."""
    across = pose[:, JOINT_INDEX["left_shoulder"]] - pose[:, JOINT_INDEX["right_shoulder"]]
    up = 0.5 * (pose[:, JOINT_INDEX["left_shoulder"]] + pose[:, JOINT_INDEX["right_shoulder"]])
    up = up - pose[:, JOINT_INDEX["spine"]]
    y = across / np.linalg.norm(across, axis=1, keepdims=True)
    x = np.cross(y, up)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    forearm = pose[:, JOINT_INDEX["left_wrist"]] - pose[:, JOINT_INDEX["left_elbow"]]
    seen = np.einsum("tij,tj->ti", np.stack([x, y, np.cross(x, y)], axis=1), forearm)
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    return float(np.arccos(np.clip(seen @ seen[0], -1.0, 1.0)).max())
