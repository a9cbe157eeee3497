"""The squat's form score 0-4, from stored kinematics alone, so that it can be recomputed from a dataset.

The rubric grades what a watch at the wrist can see (:data:`qleap_edge.core.form.OBSERVABLE`). Each of these criteria deducts
0, 1 or 2 points (:data:`CRITERIA` has the bounds), and the score is 4 less the points, at least 0. Valgus, lumbar flexion, heel
rise and asymmetry are measured and stored, but deduct nothing, because a wrist cannot see them.

A score belongs to the repetitions that it was computed from: :func:`score_form` takes all of a sequence, :func:`window_scores`
those that a window shows. Several repetitions count by their median; consistency and velocity loss need two.

The lean of the trunk counts only where the forearm keeps its direction against the chest. Measured: a regression on the
signal of the first repetition reads its points with a quadratic weighted kappa of 0.79 where the hands rest on the trunk or on
a bar on it, and 0.07 where they are free (577 squats of unseen synthetic persons).

Sources:
    Myer et al. 2014, The back squat assessment, Strength Cond. J. 36(6): depth, trunk, descent and ascent at a constant,
    controlled speed. ACSM 2009, Progression models in resistance training, Med. Sci. Sports Exerc. 41(3): repetitions of slow
    to moderate velocity, 1 s or more each way. Sanchez-Medina and Gonzalez-Badillo 2011, Med. Sci. Sports Exerc. 43(9), and
    Pareja-Blanco et al. 2017, Scand. J. Med. Sci. Sports 27(7): velocity loss of 20 and 40 % in the squat. McKean et al. 2010,
    J. Strength Cond. Res. 24(6): lumbar flexion against the person's own baseline.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int8, Int64

from qleap_edge.core.exercises import FORM_SCORES, FORM_UNSCORED
from qleap_edge.core.form import NOT_OBSERVABLE, OBSERVABLE, NotObservable, Observable
from qleap_edge.core.frames import MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.physics.form_measures import REPETITION_MEASURES, measure_repetition
from qleap_edge.physics.repetitions import both_knees

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

_COLUMN = {name: index for index, name in enumerate(REPETITION_MEASURES)}


@dataclass(frozen=True)
class Criterion:
    """One line of the rubric: a measure beyond ``mild`` deducts 1, beyond ``severe`` 2, unless a wrist cannot see it."""

    name: Observable | NotObservable
    mild: float
    severe: float
    unit: str
    measure: str
    below: bool = False
    """Whether values below the bounds are the faults."""

    @property
    def observable(self) -> bool:
        """Whether it deducts."""
        return self.name in OBSERVABLE


CRITERIA = (
    Criterion("depth", 0.0, 15.0, "deg", "thigh above the horizontal at the bottom"),
    Criterion("tempo", 0.8, 0.5, "s", "time between 5 and 95 % of the way down", below=True),
    Criterion("bounce", 1.6, 1.9, "body weights", "peak ground force"),
    Criterion("pauses", 0.3, 0.8, "s", "longest halt on the way down or up, not at the bottom"),
    Criterion("lean", 10.0, 20.0, "deg", "trunk leaning beyond the shank at the bottom, forearm fixed to the chest"),
    Criterion("consistency", 10.0, 20.0, "percent", "spread of depth, or half the spread of the descents' times"),
    Criterion("velocity_loss", 20.0, 40.0, "percent", "mean velocity up of the last repetition below the fastest"),
    Criterion("valgus", 8.0, 15.0, "deg", "frontal-plane angle of the worse knee, inwards"),
    Criterion("lumbar", 15.0, 30.0, "deg", "lumbar flexion beyond the person's baseline"),
    Criterion("heel_rise", 1.0, 3.0, "cm", "higher heel above the floor"),
    Criterion("asymmetry", 8.0, 15.0, "percent", "left-right difference of load in the deeper half of the repetition"),
)
"""The bounds of pauses and consistency, and the severe one of tempo, are [design]."""

_FIXED_TURN_DEG = 15.0  # [design]: the forearm turns less than this against the chest where the hand is fixed to it
BEFORE_TURN_STEPS, AFTER_TURN_STEPS = round(1.0 * MODEL_RATE_HZ), round(0.3 * MODEL_RATE_HZ)
"""Steps about a turning point that a window must hold, beside the whole way down or the whole way up."""


@dataclass(frozen=True)
class Form:
    """A score with the measures and deductions that it consists of."""

    score: int
    measures: Float32[np.ndarray, " criteria"]
    """In the units of :data:`CRITERIA`; NaN where a criterion was not judged."""
    deductions: Int8[np.ndarray, " criteria"]
    rows: Float32[np.ndarray, "repetitions measures"]
    """:data:`REPETITION_MEASURES` of each repetition."""


def score_form(
    pose: Float32[np.ndarray, "time 17 3"],
    kinematics: Float32[np.ndarray, "time 8"],
    repetitions: Int[np.ndarray, "repetitions 3"],
    lumbar_baseline: float,
) -> Form | None:
    """Score the squats of one sequence.

    Args:
        pose: body frame, body heights, 50 Hz.
        kinematics: columns of :data:`KINEMATICS`.
        repetitions: start, turning point and end of each squat, as frames of the pose.
        lumbar_baseline: lumbar flexion of this person's clean squat, rad.

    Returns:
        None where there is no repetition.
    """
    if len(repetitions) == 0:
        return None
    pose64, extra = pose.astype(np.float64), kinematics.astype(np.float64)
    knees = both_knees(pose64)
    rows = np.array([measure_repetition(pose64, extra, knees, one, lumbar_baseline) for one in repetitions.tolist()])
    measures, deductions, score = grade(rows.astype(np.float32)[None])
    return Form(int(score[0]), measures[0], deductions[0], rows.astype(np.float32))


def window_scores(
    repetitions: Int[np.ndarray, "windows most 3"], rows: Float32[np.ndarray, "windows most measures"]
) -> Int64[np.ndarray, " windows"]:
    """Return the score of the repetitions that each window shows, -1 where it shows none; arguments as :func:`shown`."""
    return grade(shown(repetitions, rows))[2]


def shows(repetitions: Int[np.ndarray, "*some 3"]) -> Bool[np.ndarray, "*some"]:
    """Return whether a window shows each repetition.

    It does if it holds the turning point and either the whole way down and 0.3 s more, or 1 s before the turning point and
    the whole way up.

    Args:
        repetitions: start, turning point and end, in steps from the window's beginning.
    """
    down, up = _ways_shown(repetitions)
    return down | up


def shown(
    repetitions: Int[np.ndarray, "*some 3"], rows: Float32[np.ndarray, "*some measures"]
) -> Float32[np.ndarray, "*some measures"]:
    """Return the measures that a window shows, the others NaN.

    Halts count on ways that are shown whole, drop and velocity for repetitions that are.

    Args:
        repetitions: start, turning point and end, in steps from the window's beginning.
        rows: :data:`REPETITION_MEASURES`; NaN where there is no further squat.
    """
    down, up = _ways_shown(repetitions)
    seen = np.repeat((down | up)[..., None], rows.shape[-1], axis=-1)
    seen[..., _COLUMN["halt_down"]] = down
    seen[..., _COLUMN["halt_up"]] = up
    for name in ("drop", "velocity"):
        seen[..., _COLUMN[name]] = (repetitions[..., 0] >= 0) & (repetitions[..., 2] < WINDOW_STEPS)
    return np.where(seen, rows, np.float32(np.nan))


def _ways_shown(repetitions: Int[np.ndarray, "*some 3"]) -> tuple[Bool[np.ndarray, "*some"], Bool[np.ndarray, "*some"]]:
    """Return whether a window shows the way down, and the way up, of each repetition."""
    start, turn, end = np.moveaxis(repetitions, -1, 0)
    return (start >= 0) & (turn + AFTER_TURN_STEPS < WINDOW_STEPS), (turn - BEFORE_TURN_STEPS >= 0) & (
        end < WINDOW_STEPS
    )


def grade(
    rows: Float32[np.ndarray, "sets most measures"],
) -> tuple[
    Float32[np.ndarray, "sets criteria"],
    Int8[np.ndarray, "sets criteria"],
    Int64[np.ndarray, " sets"],
]:
    """Return measures, deductions and score of sets of repetitions.

    Args:
        rows: :data:`REPETITION_MEASURES` of up to ``most`` repetitions in order; NaN is not judged.
    """
    column = {name: rows[..., index].astype(np.float64) for name, index in _COLUMN.items()}
    found: dict[str, Float[np.ndarray, " sets"]] = {
        "depth": _median(column["thigh"]),
        "tempo": _median(column["descent"]),
        "bounce": _median(column["force"]),
        "pauses": _median(np.fmax(column["halt_down"], column["halt_up"])),
        "lean": _median(np.where(column["forearm_turn"] < _FIXED_TURN_DEG, column["lean"], np.nan)),
        "consistency": _spread(column["drop"], column["descent"]),
        "velocity_loss": _velocity_loss(column["velocity"]),
        **{name: _median(column[name]) for name in NOT_OBSERVABLE},
    }
    measures = np.stack([found[one.name] for one in CRITERIA], axis=-1).astype(np.float32)
    deductions = np.zeros(measures.shape, dtype=np.int8)
    for index, one in enumerate(CRITERIA):
        if one.observable:
            beyond = np.less if one.below else np.greater  # NaN is beyond nothing
            deductions[:, index] = sum(beyond(measures[:, index], bound) for bound in (one.mild, one.severe))
    score = np.maximum(FORM_SCORES[-1] - deductions.sum(axis=-1, dtype=np.int64), FORM_SCORES[0])
    return measures, deductions, np.where(np.isnan(column["thigh"]).all(axis=-1), FORM_UNSCORED, score)


def _median(values: Float[np.ndarray, "sets most"]) -> Float[np.ndarray, " sets"]:
    """Return the median of each row without its NaN; NaN where there is nothing else."""
    count = np.isfinite(values).sum(axis=-1)
    ordered = np.sort(values, axis=-1)  # NaN last
    middle = np.stack([np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[-1] - 1)], axis=-1)
    return np.asarray(np.where(count > 0, np.take_along_axis(ordered, middle, axis=-1).mean(axis=-1), np.nan))


def _spread(
    drop: Float[np.ndarray, "sets most"], descent: Float[np.ndarray, "sets most"]
) -> Float[np.ndarray, " sets"]:
    """Return the larger of the drops' spread and half of the descents', percent of the largest; NaN with fewer than two."""
    whole = np.isfinite(drop)
    spreads = []
    for values in (drop, descent):
        highest = np.where(whole, values, -np.inf).max(axis=-1)
        lowest = np.where(whole, values, np.inf).min(axis=-1)
        spreads.append(np.where(whole.sum(axis=-1) >= 2, 1.0 - _ratio(lowest, highest), np.nan))
    return np.asarray(100.0 * np.maximum(spreads[0], 0.5 * spreads[1]))


def _velocity_loss(velocity: Float[np.ndarray, "sets most"]) -> Float[np.ndarray, " sets"]:
    """Return how far the last velocity lies below the highest, percent; NaN with fewer than two."""
    whole = np.isfinite(velocity)
    fastest = np.where(whole, velocity, -np.inf).max(axis=-1)
    place = velocity.shape[-1] - 1 - np.argmax(whole[:, ::-1], axis=-1)
    last = np.take_along_axis(velocity, place[:, None], axis=-1)[:, 0]
    return np.asarray(np.where(whole.sum(axis=-1) >= 2, 100.0 * (1.0 - _ratio(last, fastest)), np.nan))


def _ratio(part: Float[np.ndarray, " sets"], whole: Float[np.ndarray, " sets"]) -> Float[np.ndarray, " sets"]:
    """Return the quotient where it is defined, else NaN."""
    known: Bool[np.ndarray, " sets"] = np.isfinite(part) & np.isfinite(whole) & (whole > 0.0)
    return np.where(known, part, np.nan) / np.where(known, whole, 1.0)
