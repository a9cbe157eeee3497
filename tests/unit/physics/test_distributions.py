"""Distributions against SciPy's."""

import numpy as np
import pytest
from scipy import stats

from qleap_edge.physics.distributions import (
    Bernoulli,
    Categorical,
    LogUniform,
    TruncatedNormal,
    Uniform,
)

COUNT = 4000


def sample(distribution, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array([distribution.draw(rng) for _ in range(COUNT)])


@pytest.mark.parametrize(
    ("distribution", "oracle"),
    [
        (Uniform(-1.0, 3.0), stats.uniform(-1.0, 4.0)),
        (LogUniform(0.02, 0.5), stats.loguniform(0.02, 0.5)),
        (TruncatedNormal(1.0, 0.5, 0.2, 1.4), stats.truncnorm((0.2 - 1.0) / 0.5, (1.4 - 1.0) / 0.5, 1.0, 0.5)),
    ],
    ids=["uniform", "log_uniform", "normal"],
)
def test_draws_follow_scipys_distribution(distribution, oracle):
    assert stats.kstest(sample(distribution), oracle.cdf).pvalue > 0.01


def test_a_choice_is_drawn_in_proportion_to_its_weights():
    drawn = sample(Categorical(a=1.0, b=2.0, c=0.0, d=5.0))
    counts = [int((drawn == word).sum()) for word in "abd"]
    assert sum(counts) == COUNT
    assert stats.chisquare(counts, COUNT * np.array([1.0, 2.0, 5.0]) / 8.0).pvalue > 0.01


def test_a_share_happens_that_often():
    assert stats.binomtest(int(sample(Bernoulli(0.3)).sum()), COUNT, 0.3).pvalue > 0.01
