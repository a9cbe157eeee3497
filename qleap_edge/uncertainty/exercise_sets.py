"""Which exercises remain possible for a whole set of repetitions: conformal sets over the mean probability of its windows.

The score of a set is the mean probability of its true exercise over the windows from which the network does not abstain.
Exercises with at least the threshold remain. With the threshold at the conformal quantile of the scores of calibration
sequences, the true exercise remains with the stated probability for a new sequence like those of the calibration.

Source: Sadinle, Lei, Wasserman, "Least ambiguous set-valued classifiers with bounded error levels", JASA 2019.
"""

from typing import Annotated

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import Field

from qleap_edge.core.records import Part
from qleap_edge.uncertainty.conformal import hierarchical_quantile

SET_LEVEL = 0.95
LEAST_VOTING_SHARE = 0.5
_Share = Annotated[float, Field(ge=0.0, le=1.0)]


class ExerciseSets(Part):
    """Which exercises remain possible for a set of repetitions."""

    level: _Share
    """Probability that the true exercise remains, for a new synthetic sequence like those of the calibration."""
    threshold: _Share
    """Least mean probability, over the windows that vote, of an exercise that remains; 0: too few persons for the level."""
    least_voting_share: _Share = LEAST_VOTING_SHARE
    """Where fewer of the windows vote, nothing is said about the exercise."""
    subjects: int
    """Persons behind the threshold."""
    sequences: int
    """Sequences behind the threshold: those of one exercise in which at least half of the windows vote."""


def set_probabilities(
    probability: Float[np.ndarray, "n exercises"],
    votes: Bool[np.ndarray, " n"],
    exercise: Int[np.ndarray, " n"],
    sequence: Int[np.ndarray, " n"],
) -> tuple[Float[np.ndarray, "s exercises"], Int[np.ndarray, " s"]]:
    """Return the mean probability over the voting windows of each sequence of one exercise, and its first window.

    Args:
        probability: calibrated, of each window.
        votes: windows from which the network does not abstain.
        exercise: the true one of each window; sequences of several exercises are left out, and sequences that say nothing.
        sequence: of each window.
    """
    _, first, index, counts = np.unique(sequence, return_index=True, return_inverse=True, return_counts=True)
    voting = np.bincount(index, weights=votes)
    same = np.bincount(index, weights=exercise == exercise[first][index]) == counts
    keep = same & (voting >= LEAST_VOTING_SHARE * counts) & (voting > 0)
    sums = np.stack([np.bincount(index, weights=column * votes) for column in probability.T], axis=1)
    return np.asarray(sums[keep] / voting[keep, None]), first[keep]


def fit_exercise_sets(
    probability: Float[np.ndarray, "n exercises"],
    votes: Bool[np.ndarray, " n"],
    exercise: Int[np.ndarray, " n"],
    sequence: Int[np.ndarray, " n"],
    subject: Int[np.ndarray, " n"],
) -> ExerciseSets:
    """Fit the threshold; each person counts equally.

    Args:
        probability: calibrated, of each window.
        votes: windows from which the network does not abstain.
        exercise: the true one.
        sequence: of each window.
        subject: of each window.
    """
    mean, first = set_probabilities(probability, votes, exercise, sequence)
    if not len(mean):
        return ExerciseSets(level=SET_LEVEL, threshold=0.0, subjects=0, sequences=0)
    missed = 1.0 - mean[np.arange(len(mean)), exercise[first]]
    worst = hierarchical_quantile(missed[:, None], subject[first], SET_LEVEL)
    return ExerciseSets(
        level=SET_LEVEL,
        threshold=float(np.clip(1.0 - worst, 0.0, 1.0)) if np.isfinite(worst) else 0.0,
        subjects=len(np.unique(subject[first])),
        sequences=len(first),
    )


def mean_probability(
    probability: Float[np.ndarray, "k exercises"], votes: Bool[np.ndarray, " k"]
) -> Float[np.ndarray, " exercises"]:
    """Return the mean probability of each exercise over the windows of one set that vote; 0 where none does."""
    return np.asarray(probability[votes].mean(axis=0)) if votes.any() else np.zeros(probability.shape[1])


def remaining(mean: Float[np.ndarray, " exercises"], votes: Bool[np.ndarray, " k"], sets: ExerciseSets) -> list[int]:
    """Return the ids of the exercises that remain possible for a set, the most probable first.

    None is returned where too few windows vote, and where the calibration had too few persons to promise anything.
    """
    if sets.threshold == 0.0 or not len(votes) or votes.mean() < sets.least_voting_share:
        return []
    return [int(one) for one in np.argsort(-mean, kind="stable") if mean[one] >= sets.threshold]
