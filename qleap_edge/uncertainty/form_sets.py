"""Which form scores remain possible for a window: conformal sets of neighbouring scores.

Scores are ordered, so a set without a hole says more than one with it. It grows from the most probable score, each time by
the more probable neighbour (of equals the lower score), as long as it holds no more than the mass of the profile. The mass is
the conformal quantile of what calibration windows needed for their true score.

Source: Lu, Angelopoulos, Pomerantz, "Improving trustworthiness of AI disease severity rating in medical imaging with ordinal
conformal prediction sets", MICCAI 2022 (arXiv 2207.02238).
"""

from typing import Annotated

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import Field

from qleap_edge.core.records import Part
from qleap_edge.uncertainty.conformal import hierarchical_quantile

FORM_SET_LEVEL = 0.9
_Share = Annotated[float, Field(ge=0.0, le=1.0)]


class FormSets(Part):
    """Which form scores remain possible."""

    level: _Share
    """Probability that the true score remains, for a random scored window of a new person like those of the calibration."""
    mass: _Share
    """Largest probability that a grown set holds; 1: all scores remain, because there were too few persons for the level."""
    subjects: int
    """Persons behind the mass."""
    windows: int
    """Windows with a score behind it."""


def _neighbour(
    probability: Float[np.ndarray, "n scores"], low: Int[np.ndarray, " n"], high: Int[np.ndarray, " n"]
) -> tuple[Bool[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return whether the more probable neighbour of each set is the one above, and its probability; -1 where none is left."""
    rows = np.arange(len(probability))
    beside = np.pad(probability, ((0, 0), (1, 1)), constant_values=-1.0)  # score s stands in column s + 1
    below, above = beside[rows, low], beside[rows, high + 2]
    return above > below, np.maximum(above, below)


def mass_needed(probability: Float[np.ndarray, "n scores"], score: Int[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return the mass of the smallest set that holds the true score."""
    low = high = probability.argmax(axis=1)
    mass = probability.max(axis=1)
    for _ in range(probability.shape[1] - 1):
        up, added = _neighbour(probability, low, high)
        growing = (score < low) | (score > high)
        low, high = np.where(growing & ~up, low - 1, low), np.where(growing & up, high + 1, high)
        mass = np.where(growing, mass + added, mass)
    return np.minimum(mass, 1.0)


def form_ranges(
    probability: Float[np.ndarray, "n scores"], mass: float
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Return the lowest and the highest score that remain: the most probable one, and its neighbours up to the mass."""
    count = probability.shape[1]
    if mass >= 1.0:
        return np.zeros(len(probability), dtype=np.int64), np.full(len(probability), count - 1)
    low = high = probability.argmax(axis=1)
    held = probability.max(axis=1)
    for _ in range(count - 1):
        up, added = _neighbour(probability, low, high)
        growing = (added >= 0.0) & (held + added <= mass)
        low, high = np.where(growing & ~up, low - 1, low), np.where(growing & up, high + 1, high)
        held = np.where(growing, held + added, held)
    return low, high


def fit_form_sets(
    probability: Float[np.ndarray, "n scores"], score: Int[np.ndarray, " n"], subject: Int[np.ndarray, " n"]
) -> FormSets:
    """Fit the mass, each person weighted equally; windows without a score (below 0) are left out."""
    scored = score >= 0
    if not scored.any():
        return FormSets(level=FORM_SET_LEVEL, mass=1.0, subjects=0, windows=0)
    needed = mass_needed(probability[scored], score[scored])
    mass = hierarchical_quantile(needed[:, None], subject[scored], FORM_SET_LEVEL)
    return FormSets(
        level=FORM_SET_LEVEL,
        mass=min(mass, 1.0),
        subjects=len(np.unique(subject[scored])),
        windows=int(scored.sum()),
    )
