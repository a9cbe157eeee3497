"""Confidence intervals that respect dependence: whole persons are drawn, never frames.

All are 95 % percentile intervals. A resample is a row of :func:`person_draws`: how often each person is in it. The
contribution of a person to a figure is summed once, so that a resample costs one dot product.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Float64, Int
from scipy.sparse import csr_array

RESAMPLES = 2000
_SEED = 0  # the interval is part of a reproducible report
_LEVELS = (2.5, 97.5)


def person_draws(persons: int) -> Float64[np.ndarray, "resamples persons"]:
    """Return how often each person is drawn in each resample; every row sums to the number of persons."""
    draws = np.random.default_rng(_SEED).integers(0, persons, size=(RESAMPLES, persons))
    flat = np.arange(RESAMPLES)[:, None] * persons + draws
    return np.bincount(flat.ravel(), minlength=RESAMPLES * persons).reshape(RESAMPLES, persons).astype(np.float64)


def person_sums(values: Float[np.ndarray, "n k"], person: Int[np.ndarray, " n"]) -> Float64[np.ndarray, "persons k"]:
    """Return the sums of each column over each person's rows, persons in the order of their numbers."""
    _, index = np.unique(person, return_inverse=True)
    ones = np.ones(len(index))
    membership = csr_array((ones, (index, np.arange(len(index)))), shape=(int(index.max()) + 1, len(index)))
    return np.asarray(membership @ values.astype(np.float64))


def mean_intervals(values: Float[np.ndarray, "n k"], person: Int[np.ndarray, " n"]) -> Float64[np.ndarray, "k 2"]:
    """Return the interval of each column's mean over the rows where it is a number; NaN where it never is."""
    known = np.isfinite(values)
    sums = person_sums(np.where(known, values, 0.0), person)
    counts = person_sums(known.astype(np.float64), person)
    return ratio_intervals(sums, counts)


def mean_interval(values: Float[np.ndarray, " n"], person: Int[np.ndarray, " n"]) -> tuple[float, float]:
    """Return the interval of the pooled mean."""
    low, high = mean_intervals(values[:, None], person)[0]
    return float(low), float(high)


def ratio_intervals(
    above: Float[np.ndarray, "persons k"], below: Float[np.ndarray, "persons k"]
) -> Float64[np.ndarray, "k 2"]:
    """Return the interval of (sum of ``above``) / (sum of ``below``), e.g. of two errors on the same windows."""
    draws = person_draws(len(above))
    totals = draws @ below
    ratios = np.divide(draws @ above, totals, out=np.full(totals.shape, np.nan), where=totals != 0.0)
    return _percentiles(ratios)


def median_interval(values: Float[np.ndarray, " n"], person: Int[np.ndarray, " n"]) -> tuple[float, float]:
    """Return the interval of the pooled median."""
    _, index = np.unique(person, return_inverse=True)
    order = np.argsort(values, kind="stable")
    drawn = np.cumsum(person_draws(int(index.max()) + 1)[:, index[order]], axis=1)
    reached: Bool[np.ndarray, "resamples n"] = drawn >= 0.5 * drawn[:, -1:]
    low, high = _percentiles(values[order][reached.argmax(axis=1)][:, None])[0]
    return float(low), float(high)


def resampled_interval(
    of: Callable[[Int[np.ndarray, " rows"]], float], person: Int[np.ndarray, " n"], value: float, resamples: int
) -> tuple[float, float]:
    """Return the interval of a figure that is no sum over rows: it is computed anew for the rows of each resample.

    Args:
        of: the figure of some rows, each as often as it is given.
        person: person of each row.
        value: the figure of all rows. The interval always holds it: a figure such as ENCE is larger in every resample.
        resamples: each costs one call.
    """
    persons = np.unique(person)
    rows = {one: np.flatnonzero(person == one) for one in persons}
    rng = np.random.default_rng(_SEED)
    drawn = [of(np.concatenate([rows[one] for one in rng.choice(persons, len(persons))])) for _ in range(resamples)]
    low, high = np.percentile(drawn, _LEVELS)
    return min(float(low), value), max(float(high), value)


def _percentiles(drawn: Float[np.ndarray, "resamples k"]) -> Float64[np.ndarray, "k 2"]:
    """Return the interval of each column; resamples in which a figure is undefined are left out."""
    undefined = np.isnan(drawn)
    found = np.full((drawn.shape[1], 2), np.nan)
    whole, some = ~undefined.any(axis=0), ~undefined.all(axis=0)
    if whole.any():
        found[whole] = np.percentile(drawn[:, whole], _LEVELS, axis=0).T
    for column in np.flatnonzero(some & ~whole):
        found[column] = np.percentile(drawn[~undefined[:, column], column], _LEVELS)
    return found
