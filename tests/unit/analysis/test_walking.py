"""The arm of a walker moves up and down twice a swing; a hand that lifts a weight once."""

import numpy as np
import pytest

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.analysis.vertical_motion import vertical_motion
from qleap_edge.analysis.walking import is_walking
from tests.support.exercise_sets import recorded

TIME = np.arange(0.0, 20.0, 0.01)


def judged(period_s, times):
    """Return the verdict on swings of a period with so many ups and downs a swing."""
    swing = 2 * np.pi * TIME / period_s
    recording = recorded(0.03 * np.sin(times * swing), 0.4 * np.sin(swing), core_motion=True)
    (stretch,) = clean_clock(recording).stretches
    steps = [round(20.0 * start) for start in np.arange(1.0, 18.0, period_s)]
    half = round(10.0 * period_s)
    return is_walking(vertical_motion(stretch), 0.0, tuple((s, s + half, s + 2 * half) for s in steps))


@pytest.mark.parametrize(
    ("period_s", "times", "walks"),
    [(1.1, 2, True), (1.1, 1, False), (1.8, 2, True), (1.8, 1, False), (3.0, 2, False), (0.7, 1, True)],
)
def test_walking_and_lifting(period_s, times, walks):
    assert judged(period_s, times) is walks
