"""The groups of windows that are reported together: exercises, and squats by what the arms do."""

import numpy as np
from jaxtyping import Bool

from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES
from qleap_edge.evaluation.ground_truth import GroundTruth

ALL, ONE_EXERCISE, SQUAT, TIED, FREE = "all", "one exercise", "squat", "squat/tied", "squat/free"
TIED_POSTURES = ("bar", "front_rack", "goblet", "hips", "crossed", "clasped")
"""The hands rest on the trunk or on something that lies on it: the wrist follows the body."""
FREE_POSTURES = ("hanging", "ready", "dumbbells", "forward", "rising")
"""The wrist may move without the body and the body without the wrist."""


def window_groups(truth: GroundTruth) -> dict[str, Bool[np.ndarray, " windows"]]:
    """Return name → windows, in the order of a table; a group without a window is left out.

    A window belongs to the exercise of most of its frames; ``one exercise`` are those without a frame of another. A sequence of
    transitions has no single posture of the arms (``mixed``), so that its squats are in neither half.
    """
    exercise, posture = truth.window_exercise, truth.window_posture
    frames = truth.cut(truth.exercise, slice(None))
    groups = {ALL: np.ones(len(truth), dtype=bool), ONE_EXERCISE: (frames == frames[:, :1]).all(axis=1)}
    groups |= {name: exercise == EXERCISE_ID[name] for name in EXERCISES}
    groups |= {name: groups[SQUAT] & mask for name, mask in posture_groups(posture).items()}
    return {name: mask for name, mask in groups.items() if mask.any()}


def posture_groups(posture: np.ndarray) -> dict[str, Bool[np.ndarray, " n"]]:
    """Return the halves and the single postures as masks.

    Args:
        posture: of the arms, for each squat.
    """
    others = sorted(set(posture.tolist()) - {*TIED_POSTURES, *FREE_POSTURES})
    return {
        TIED: np.isin(posture, TIED_POSTURES),
        FREE: np.isin(posture, FREE_POSTURES),
        **{f"{SQUAT}/{name}": posture == name for name in (*TIED_POSTURES, *FREE_POSTURES, *others)},
    }
