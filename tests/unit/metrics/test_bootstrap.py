"""Intervals against SciPy's bootstrap and a slow one that draws persons one by one."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from qleap_edge.metrics.bootstrap import (
    RESAMPLES,
    mean_interval,
    mean_intervals,
    median_interval,
    person_draws,
    person_sums,
    ratio_intervals,
)
from qleap_edge.metrics.uncertainty import gaussian_nll

RNG = np.random.default_rng(14)
PERSON = np.repeat([7, 3, 12, 5, 40, 41, 8, 9], RNG.integers(3, 20, 8))
VALUES = RNG.normal(size=len(PERSON)) + 0.1 * PERSON


def slowly(statistic) -> np.ndarray:
    """Draw persons one by one and put their rows together."""
    persons = np.unique(PERSON)
    drawn = []
    for counts in person_draws(len(persons)):
        rows = np.concatenate(
            [np.tile(np.flatnonzero(p == PERSON), int(c)) for p, c in zip(persons, counts, strict=True)]
        )
        drawn.append(statistic(rows.astype(int)))
    return np.percentile(drawn, [2.5, 97.5])


def test_a_draw_has_as_many_persons_as_there_are():
    draws = person_draws(9)
    assert draws.shape == (RESAMPLES, 9)
    np.testing.assert_array_equal(draws.sum(axis=1), 9.0)
    np.testing.assert_allclose(draws.mean(axis=0), 1.0, atol=0.1)


def test_sums_are_by_person_in_the_order_of_their_numbers():
    sums = person_sums(np.stack([VALUES, np.ones_like(VALUES)], axis=1), PERSON)
    for row, person in enumerate(np.unique(PERSON)):
        np.testing.assert_allclose(sums[row], [VALUES[person == PERSON].sum(), (person == PERSON).sum()])


def test_the_fast_mean_is_the_slow_one():
    np.testing.assert_allclose(mean_interval(VALUES, PERSON), slowly(lambda rows: VALUES[rows].mean()), rtol=1e-9)


def test_columns_are_separate_and_nan_counts_for_nothing():
    holes = np.where(RNG.uniform(size=len(VALUES)) < 0.3, np.nan, VALUES)
    never = np.full(len(VALUES), np.nan)
    ends = mean_intervals(np.stack([VALUES, holes, never], axis=1), PERSON)
    np.testing.assert_allclose(ends[0], mean_interval(VALUES, PERSON))
    np.testing.assert_allclose(ends[1], slowly(lambda rows: np.nanmean(holes[rows])), rtol=1e-9)
    assert np.isnan(ends[2]).all()


def test_a_figure_that_few_persons_have():
    rare = np.where(PERSON == 12, VALUES, np.nan)  # a third of the resamples holds nothing at all
    low, high = mean_interval(rare, PERSON)
    assert low == high == pytest.approx(np.nanmean(rare))


def test_the_fast_median_is_a_weighted_median_of_whole_persons():
    low, high = slowly(lambda rows: np.sort(VALUES[rows])[(len(rows) - 1) // 2])
    np.testing.assert_allclose(median_interval(VALUES, PERSON), (low, high), rtol=1e-9)


def test_median_agrees_with_scipy_when_each_person_has_one_value():
    values = RNG.normal(size=101)
    theirs = bootstrap((values,), np.median, method="percentile", n_resamples=9999, rng=1).confidence_interval
    np.testing.assert_allclose(median_interval(values, np.arange(101)), theirs, atol=0.05)


def test_ratio_draws_both_sides_together():
    other = 2.0 * VALUES + 1.0
    sums = [person_sums(array[:, None], PERSON) for array in (VALUES, other)]
    ours = ratio_intervals(*sums)[0]
    np.testing.assert_allclose(ours, slowly(lambda rows: VALUES[rows].sum() / other[rows].sum()), rtol=1e-9)
    np.testing.assert_allclose(ratio_intervals(sums[0], 2.0 * sums[0])[0], 0.5, rtol=1e-12)  # bound together: no width


def test_likelihood_agrees_with_scipy():
    from scipy.stats import norm

    y, mean, sigma = RNG.normal(size=20), RNG.normal(size=20), np.exp(RNG.normal(size=20))
    np.testing.assert_allclose(gaussian_nll((y - mean) / sigma, 2.0 * np.log(sigma)), -norm.logpdf(y, mean, sigma))
