"""Margins that keep an error rate: against SciPy's exact test, and the confidence that they promise."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from qleap_edge.uncertainty.risk_control import CONFIDENCE, smallest_margin, upper_bound


@pytest.mark.parametrize(("errors", "cases"), [(0, 59), (1, 93), (5, 208), (16, 500), (0, 10)])
def test_the_upper_bound_is_the_exact_one(errors, cases):
    oracle = binomtest(errors, cases).proportion_ci(confidence_level=2 * CONFIDENCE - 1, method="exact").high
    assert upper_bound(errors, cases) == pytest.approx(oracle, abs=1e-12)


def test_without_cases_nothing_is_bounded():
    assert upper_bound(0, 0) == 1.0 and upper_bound(4, 4) == 1.0
    assert smallest_margin(np.empty(0), 0.05) is None


def test_59_cases_without_an_error_show_five_percent_and_58_do_not():
    assert smallest_margin(np.full(59, -9.0), 0.05) == 0.0
    assert smallest_margin(np.full(58, -9.0), 0.05) is None


def test_the_margin_is_where_the_exact_test_still_rejects():
    excess = np.random.default_rng(2).normal(size=400)
    margin = smallest_margin(excess, 0.05)
    assert margin is not None
    for tried, rejected in ((margin, True), (margin - 0.1, False)):
        errors = int((excess > tried).sum())
        assert (binomtest(errors, 400, 0.05, alternative="less").pvalue <= 1.0 - CONFIDENCE) == rejected


def test_errors_are_as_rare_as_promised_in_nineteen_of_twenty_fits():
    rng = np.random.default_rng(7)
    kept = [norm.sf(smallest_margin(rng.normal(size=300), 0.05) or 0.0) <= 0.05 for _ in range(400)]
    assert np.mean(kept) >= CONFIDENCE - 0.03


def test_values_that_nothing_can_tell_apart_get_no_margin():
    assert smallest_margin(np.full(300, 20.0), 0.05) is None
