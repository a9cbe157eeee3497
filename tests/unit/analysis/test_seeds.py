"""The autocorrelation shows what repeats."""

import numpy as np
import pytest

from qleap_edge.analysis.seeds import autocorrelation_peak


@pytest.mark.parametrize("period_s", [1.5, 3.0, 5.0])
def test_the_autocorrelation_shows_the_period(period_s):
    time = np.arange(280) / 20.0
    peak, lag_s = autocorrelation_peak(np.sin(2 * np.pi * time / period_s))
    assert peak > 0.9
    assert (lag_s / period_s) % 1.0 == pytest.approx(0.0, abs=0.04) or (lag_s / period_s) % 1.0 > 0.96


def test_a_constant_has_no_period():
    assert autocorrelation_peak(np.ones(280)) == (0.0, 0.0)
