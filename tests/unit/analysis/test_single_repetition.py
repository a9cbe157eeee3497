"""One excursion that comes back, in a part that is known to be active."""

import numpy as np
import pytest

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.analysis.single_repetition import single_repetition
from qleap_edge.analysis.slow_signals import slow_signals
from qleap_edge.analysis.vertical_motion import vertical_motion
from tests.support.exercise_sets import Rep, path, recorded


def found(height, pitch):
    (stretch,) = clean_clock(recorded(height, pitch, core_motion=True)).stretches
    slow = slow_signals(vertical_motion(stretch))
    assert slow is not None
    return slow, single_repetition(slow, (2.0, len(height) / 100.0 - 2.0))


@pytest.mark.parametrize("rep", [Rep(), Rep(range_m=-0.5), Rep(range_m=0.02, turn_deg=100.0)], ids=str)
def test_one_repetition(rep):
    height, pitch, turns = path([rep])
    slow, result = found(height, pitch)
    assert result is not None
    signal, (start, turn, end) = result
    assert signal == ("travel" if abs(rep.range_m) > 0.25 else "turning")
    assert start < turn < end
    assert slow.time_s[turn] == pytest.approx(turns[0] / 100.0, abs=0.3)


def test_rest_and_one_way_are_none():
    assert found(np.zeros(1200), np.zeros(1200))[1] is None
    way = np.concatenate([np.zeros(500), np.linspace(0.0, 1.6, 150), np.full(550, 1.6)])
    assert found(np.zeros(1200), way)[1] is None
