"""Start, end and the hint at the other arm, from the stamps of repetitions alone."""

import numpy as np
import pytest

from qleap_edge.analysis.exercise_set import CycleRepetition, ExerciseSet
from qleap_edge.analysis.vertical_motion import VerticalMotion

NOTHING = VerticalMotion(np.empty(0), 100.0, np.empty((0, 3)), np.empty(0), np.empty(0), np.empty(0), "vqf")


def set_of(moves_s: float, rest_s: float, count: int) -> ExerciseSet:
    starts = [5.0 + k * (moves_s + rest_s) for k in range(count)]
    repetitions = tuple(CycleRepetition(start, start + moves_s / 2, start + moves_s) for start in starts)
    return ExerciseSet("turning", repetitions, 1.0, NOTHING)


def test_start_and_end():
    one = set_of(2.0, 1.0, 4)
    assert (one.start_s, one.end_s) == (5.0, 16.0)


@pytest.mark.parametrize(
    ("moves_s", "rest_s", "count", "watch_arm_only"),
    [(2.0, 4.4, 6, True), (2.0, 6.5, 6, True), (2.0, 1.0, 6, False), (2.0, 10.0, 6, False), (2.0, 4.4, 2, False)],
)
def test_rests_as_long_as_a_repetition_hint_at_the_other_arm(moves_s, rest_s, count, watch_arm_only):
    assert set_of(moves_s, rest_s, count).watch_arm_only is watch_arm_only
