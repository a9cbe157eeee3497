"""The slow signals follow turning and height without delay."""

import numpy as np

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, slow_signals
from qleap_edge.analysis.vertical_motion import vertical_motion
from tests.support.exercise_sets import Rep, path, recorded


def signals_of(recording):
    (stretch,) = clean_clock(recording).stretches
    return slow_signals(vertical_motion(stretch))


def test_height_has_the_shape_of_the_motion():
    height, pitch, turns = path([Rep()] * 4)
    slow = signals_of(recorded(height, pitch, core_motion=True))
    assert slow is not None
    np.testing.assert_allclose(np.diff(slow.time_s), 1 / SLOW_RATE_HZ, atol=1e-9)
    true = np.interp(slow.time_s, np.arange(len(height)) / 100.0, height)
    inner = (slow.time_s > 4.0) & (slow.time_s < slow.time_s[-1] - 4.0)
    assert np.corrcoef(slow.height[inner], true[inner])[0, 1] > 0.9
    for turn in turns:
        near = np.abs(slow.time_s - turn / 100.0) < 0.8
        assert abs(slow.time_s[near][np.argmin(slow.height[near])] - turn / 100.0) < 0.2


def test_turning_is_the_vertical_in_the_watch():
    height, pitch, _ = path([Rep(turn_deg=60.0)] * 4)
    slow = signals_of(recorded(height, pitch, core_motion=True))
    assert slow is not None
    angle = np.arctan2(-slow.up[:, 0], slow.up[:, 2])
    true = np.interp(slow.time_s, np.arange(len(pitch)) / 100.0, pitch - 0.6)
    np.testing.assert_allclose(angle, true, atol=0.05)


def test_a_short_stretch_has_none():
    assert signals_of(recorded(np.zeros(250), np.zeros(250))) is None
