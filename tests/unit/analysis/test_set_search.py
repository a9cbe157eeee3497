"""The search in pieces: what is kept, and where a span without a break is cut."""

import numpy as np

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.analysis.set_search import LONGEST_STEPS, SetSearch
from qleap_edge.analysis.slow_signals import PART_STEPS, REACH_STEPS, slow_signals
from qleap_edge.analysis.vertical_motion import vertical_motion
from tests.support.exercise_sets import RATE_HZ, Rep, path, recorded


def signals_of(height, pitch):
    (stretch,) = clean_clock(recorded(height, pitch, np.random.default_rng(0), core_motion=True)).stretches
    motion = vertical_motion(stretch)
    slow = slow_signals(motion)
    assert slow is not None
    return motion, slow


def test_exercise_without_a_break_is_returned_in_parts_and_nothing_is_lost_or_counted_twice():
    """Twenty minutes of squats: no block holds them."""
    height, pitch, turns = path([Rep()] * 330)
    assert len(height) > 19 * 60 * RATE_HZ
    motion, slow = signals_of(height, pitch)
    search, found, most = SetSearch(motion.between), [], 0
    for first in range(0, len(slow), 200):
        found += search.push(slow.between(first, first + 200))
        most = max(most, search.kept_steps)
    found += search.close()
    stamps = np.array([rep.turn_s for one in found for rep in one.repetitions])
    assert len(found) > 1
    assert (np.diff(stamps) > 1.0).all()
    assert len(stamps) >= len(turns) - 2 * (len(found) - 1)
    assert most <= LONGEST_STEPS + PART_STEPS + REACH_STEPS


def test_rest_is_forgotten():
    motion, slow = signals_of(np.zeros(60_000), np.zeros(60_000))
    search = SetSearch(motion.between)
    assert search.push(slow) == [] and search.close() == []
    assert search.kept_steps < 60 * 20
