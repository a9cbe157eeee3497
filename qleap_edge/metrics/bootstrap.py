"""Confidence intervals that respect dependence: whole persons are drawn, never frames."""

import numpy as np
from jaxtyping import Float, Int

RESAMPLES = 2000
_SEED = 0  # the interval is part of a reproducible report


def person_sums(values: Float[np.ndarray, " n"], person: Int[np.ndarray, " n"]) -> Float[np.ndarray, "persons 2"]:
    """Return for each person the sum of its values and their number: a resample then costs one dot product."""
    _, index = np.unique(person, return_inverse=True)
    return np.stack([np.bincount(index, weights=values), np.bincount(index)], axis=1).astype(np.float64)


def mean_interval(values: Float[np.ndarray, " n"], person: Int[np.ndarray, " n"]) -> tuple[float, float]:
    """Return the 95 % percentile interval of the pooled mean under resampling of persons."""
    sums = person_sums(values, person)
    draws = np.random.default_rng(_SEED).integers(0, len(sums), size=(RESAMPLES, len(sums)))
    totals = sums[draws].sum(axis=1)
    low, high = np.percentile(totals[:, 0] / totals[:, 1], [2.5, 97.5])
    return float(low), float(high)
