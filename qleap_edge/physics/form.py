"""The squat's form score 0-4, computed from stored kinematics alone, so that it can be recomputed from a dataset.

Each of seven criteria deducts 0, 1 or 2 (:data:`CRITERIA` has the bounds). 4: nothing deducted; 3: one mild fault; 2: at
most 3 points; 1: at most 5 points; 0: more, or two severe faults.

Sources:
    Myer et al. 2014, The back squat assessment, Strength Cond. J. 36(6): the criteria. Heredia et al. 2021, Int. J.
    Sports Phys. Ther. 16(3): depth alone must not drive the score. McKean et al. 2010, J. Strength Cond. Res. 24(6):
    lumbar flexion against the person's own baseline.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int8

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.repetitions import both_knees, repetitions

KINEMATICS = (
    "lumbar_flexion",
    "left_knee_valgus",
    "right_knee_valgus",
    "heel_rise",
    "vertical_force",
    "load_asymmetry",
    "foot_slide",
    "support_margin",
)
"""Columns stored beside the pose, because they cannot be computed from the 17 joints.

Units: rad, rad, rad, m; vertical ground force as a multiple of the weight of body and load; the share of it that the left foot
carries minus the right's; m that a planted foot has moved from where it was planted; m that the centre of pressure lies
inside the feet's hull (negative outside; NaN where the feet do not stand flat).
"""


@dataclass(frozen=True)
class Criterion:
    """One line of the rubric: measures above ``mild`` deduct 1, above ``severe`` 2."""

    name: str
    mild: float
    severe: float
    unit: str
    measure: str


CRITERIA = (
    Criterion("depth", 0.0, 15.0, "deg", "thigh above the horizontal at the bottom"),
    Criterion("valgus", 8.0, 15.0, "deg", "frontal-plane angle of the worse knee, inwards"),
    Criterion("lean", 10.0, 20.0, "deg", "trunk leaning beyond the shank at the bottom"),
    Criterion("lumbar", 15.0, 30.0, "deg", "lumbar flexion beyond the person's baseline"),
    Criterion("heel_rise", 1.0, 3.0, "cm", "higher heel above the floor"),
    Criterion("asymmetry", 8.0, 15.0, "percent", "left-right difference of load in the deeper half of the repetition"),
    Criterion("tempo", 1.6, 1.9, "body weights", "peak ground force; a descent under 0.8 s deducts 1 by itself"),
)
MIN_DESCENT_S = 0.8  # between 5 % and 95 % of the knee's range


@dataclass(frozen=True)
class Form:
    """A score with the measures and deductions that it consists of."""

    score: int
    repetitions: int
    descent_s: float
    """Median over repetitions; NaN when there is none."""
    measures: Float32[np.ndarray, "7"]
    """In the units of :data:`CRITERIA`."""
    deductions: Int8[np.ndarray, "7"]


def score_form(
    pose: Float32[np.ndarray, "time 17 3"],
    kinematics: Float32[np.ndarray, "time 8"],
    rate_hz: float,
    lumbar_baseline: float,
) -> Form:
    """Score one squat sequence; several repetitions count by their median.

    Args:
        pose: body frame, body heights.
        kinematics: columns of :data:`KINEMATICS`.
        rate_hz: of both.
        lumbar_baseline: lumbar flexion of this person's clean squat, rad.
    """
    pose64, extra = pose.astype(np.float64), kinematics.astype(np.float64)
    mean = both_knees(pose64)
    found = repetitions(mean)
    if not found:
        return Form(0, 0, float("nan"), np.full(7, np.nan, np.float32), np.full(7, 2, np.int8))
    rows, descents = [], []
    for start, bottom, end in found:
        part = extra[start : end + 1]
        deep = 2.0 * mean[start : end + 1] > mean[start] + mean[bottom]
        rows.append(
            [
                np.degrees(_thigh_elevation(pose64[bottom])),
                np.degrees(part[:, 1:3].max()),
                np.degrees(_trunk_beyond_shank(pose64[bottom])),
                np.degrees(part[:, 0].max() - lumbar_baseline),
                100.0 * part[:, 3].max(),
                100.0 * abs(part[deep, 5].mean()),
                part[:, 4].max(),
            ]
        )
        descents.append(_descent_samples(mean[start : bottom + 1], float(mean.min())) / rate_hz)
    measures = np.median(np.array(rows), axis=0).astype(np.float32)
    descent = float(np.median(descents))
    deductions = np.array(
        [int(m > c.mild) + int(m > c.severe) for m, c in zip(measures, CRITERIA, strict=True)], dtype=np.int8
    )
    if descent < MIN_DESCENT_S:
        deductions[-1] = max(1, int(deductions[-1]))
    return Form(_total(deductions), len(found), descent, measures, deductions)


def _total(deductions: Int8[np.ndarray, "7"]) -> int:
    points, severe = int(deductions.sum()), int((deductions == 2).sum())
    if points == 0:
        return 4
    if severe >= 2 or points > 5:
        return 0
    if points == 1:
        return 3
    return 2 if points <= 3 else 1


def _descent_samples(flexion: Float[np.ndarray, " time"], standing: float) -> float:
    """Return how many samples pass between 5 % and 95 % of the way down, between samples by interpolation."""
    share = (flexion - standing) / (flexion[-1] - standing)
    rising = np.maximum.accumulate(share) + 1e-12 * np.arange(len(share))
    low, high = np.interp((0.05, 0.95), rising, np.arange(len(rising)))
    return float(high - low)


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
