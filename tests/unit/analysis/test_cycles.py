"""Turning points by hysteresis: what a wobble, a pause and a slow part change, which is nothing."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qleap_edge.analysis.cycles import turning_points


def values_at(values, threshold):
    return values[turning_points(values, threshold)].tolist()


def test_a_sine_turns_at_its_extremes():
    time = np.arange(0.0, 10.0, 0.01)
    found = turning_points(np.sin(2 * np.pi * time), 0.5)
    np.testing.assert_allclose(time[found][1:-1], np.arange(0.25, 10.0, 0.5), atol=0.011)


def test_a_wobble_below_the_threshold_is_no_turn():
    assert values_at(np.array([0.0, 1.0, 0.8, 1.2, 0.0]), 0.5) == [0.0, 1.2, 0.0]
    assert values_at(np.array([0.0, 1.0, 0.8, 1.2, 0.0]), 0.1) == [0.0, 1.0, 0.8, 1.2, 0.0]


def test_a_constant_has_no_turns():
    assert turning_points(np.zeros(50), 0.1) == []


@given(
    values=arrays(np.float64, st.integers(3, 60), elements=st.floats(-5, 5, width=32)),
    threshold=st.floats(0.05, 3.0),
    repeats=st.integers(2, 5),
)
def test_alternate_differ_by_the_threshold_and_ignore_the_speed(values, threshold, repeats):
    found = turning_points(values, threshold)
    legs = np.diff(values[found])
    assert (np.abs(legs) >= threshold - 1e-12).all()
    assert (legs[1:] * legs[:-1] < 0).all()
    slow = np.repeat(values, repeats)
    assert values[found].tolist() == slow[turning_points(slow, threshold)].tolist()


@given(values=arrays(np.float64, st.integers(3, 60), elements=st.floats(-5, 5, width=32)))
def test_upside_down_they_are_the_same(values):
    assert turning_points(values, 0.5) == turning_points(-values, 0.5)


@pytest.mark.parametrize("threshold", [0.3, 1.0])
def test_none_is_missed(threshold):
    rng = np.random.default_rng(0)
    values = np.cumsum(rng.normal(size=500)) * 0.2
    found = turning_points(values, threshold)
    for first, last in pairwise(found):
        part = values[first : last + 1] * np.sign(values[last] - values[first])
        assert (np.maximum.accumulate(part) - part).max() < threshold  # within a leg nothing goes back so far
