"""Fewer points for a line, with every peak kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qleap_edge.reporting.thinning import MAX_POINTS, extreme_rows


@given(arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6)), st.integers(4, 60))
def test_the_extremes_and_the_ends_stay(values: np.ndarray, most: int) -> None:
    rows = extreme_rows(values, most)
    assert len(rows) <= max(most, 1) and bool((np.diff(rows) > 0).all())
    assert values[rows].min() == values.min() and values[rows].max() == values.max()
    assert (rows[0], rows[-1]) == (0, len(values) - 1)


def test_every_peak_of_an_hour_stays() -> None:
    values = np.zeros(360_000)
    peaks = np.arange(500, 360_000, 1000)
    values[peaks] = 1.0 + peaks
    rows = extreme_rows(values)
    assert set(peaks) <= set(rows) and len(rows) <= MAX_POINTS


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_hides_no_peak(missing: float) -> None:
    values = np.full(1000, missing)
    values[[301, 302]] = [-5.0, 5.0]
    assert {301, 302} <= set(extreme_rows(values, 20))


def test_a_short_line_is_drawn_whole() -> None:
    np.testing.assert_array_equal(extreme_rows(np.zeros(MAX_POINTS)), np.arange(MAX_POINTS))
    assert len(extreme_rows(np.empty(0))) == 0
