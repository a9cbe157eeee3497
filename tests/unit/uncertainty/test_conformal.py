"""Conformal radii against crepes and MAPIE, and the coverage they promise."""

import math

import numpy as np
import pytest
from crepes import ConformalRegressor
from hypothesis import given
from hypothesis import strategies as st
from mapie.regression import SplitConformalRegressor
from sklearn.base import BaseEstimator, RegressorMixin

from qleap_edge.uncertainty.conformal import hierarchical_quantile
from qleap_edge.uncertainty.out_of_distribution import weighted_quantile
from qleap_edge.uncertainty.scaling import cluster_weights, fit_sigma_scale


class Zero(RegressorMixin, BaseEstimator):
    """A regressor that always says 0: residuals are the targets."""

    def fit(self, x, y=None):
        self.fitted_ = True
        return self

    def predict(self, x):
        return np.zeros(len(x))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("n", [40, 100, 101])
def test_one_frame_a_person_is_split_conformal(level, n):
    scores = np.abs(np.random.default_rng(n).normal(size=n))
    ours = hierarchical_quantile(scores[:, None], np.arange(n), level)
    theirs = ConformalRegressor().fit(scores).predict_int(np.zeros(1), confidence=level)[0, 1]
    assert ours == pytest.approx(theirs, abs=1e-9)
    mapie = SplitConformalRegressor(Zero().fit(None), confidence_level=level, prefit=True)
    _, interval = mapie.conformalize(np.zeros((n, 1)), scores).predict_interval(np.zeros((1, 1)))
    assert ours == pytest.approx(interval[0, 1, 0], abs=1e-9)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_an_exact_order_statistic_is_hit_exactly(level):
    # (n + 1) · level is an integer here; 100 · (1 - 0.9) is not one in floating point, which misleads careless code.
    scores = np.sort(np.random.default_rng(1).random(99))
    assert hierarchical_quantile(scores[:, None], np.arange(99), level) == scores[round(100 * level) - 1]


@given(st.integers(1, 60), st.floats(0.01, 0.99))
def test_too_few_persons_promise_nothing(persons, level):
    scores = np.ones((persons, 3))
    finite = math.isfinite(hierarchical_quantile(scores, np.arange(persons), level))
    assert finite == (math.ceil(level * (persons + 1) - 1e-9) <= persons)


def test_coverage_holds_for_new_persons_with_dependent_frames():
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(300):
        spread = np.exp(0.5 * rng.normal(size=31))  # each person has a scale: frames of a person are dependent
        frames = np.abs(rng.normal(size=(31, 25)) * spread[:, None])
        radius = hierarchical_quantile(frames[:30], np.arange(30), 0.9)
        covered.append((frames[30] <= radius).mean())
    assert np.mean(covered) >= 0.9 - 3 * np.std(covered) / math.sqrt(300)


def test_persons_weigh_equally():
    cluster = np.array([0, 0, 0, 1])
    np.testing.assert_allclose(cluster_weights(cluster), [1 / 6, 1 / 6, 1 / 6, 1 / 2])
    assert weighted_quantile(np.array([1.0, 1.0, 1.0, 9.0]), cluster, 0.6) == 9.0


def test_sigma_scale_recovers_a_known_factor():
    rng = np.random.default_rng(0)
    factor = rng.uniform(0.7, 2.0, size=(16, 3))
    z = rng.normal(size=(200, 50, 16, 3)) * factor
    scale, clipped = fit_sigma_scale(z, np.arange(200) // 2)
    np.testing.assert_allclose(scale, factor, rtol=0.03)
    assert clipped == 0
    assert fit_sigma_scale(10 * z, np.arange(200))[1] == 48
