"""Repetitions of a shard, padded, and the rows of the rubric among those of other exercises."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.core.errors import QleapError
from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.dataset.shard_repetitions import ShardRepetitions, join_padded, repetition_form
from tests.support.sequences import make_sequence


def test_shorter_lists_are_filled_up():
    frames, form = np.arange(12, dtype=np.int32).reshape(4, 3), np.arange(8.0, dtype=np.float32).reshape(4, 2)
    found = ShardRepetitions(np.array([0, 1, 1, 4]), frames, form)
    padded, measures = found.padded(np.array([0, 1, 2]))
    assert padded.shape == (3, 3, 3) and measures.shape == (3, 3, 2)
    np.testing.assert_array_equal(padded[2], frames[1:])
    np.testing.assert_array_equal(padded[0], [frames[0], [-1] * 3, [-1] * 3])
    assert (padded[1] == -1).all() and np.isnan(measures[1]).all() and np.isnan(measures[0, 1:]).all()
    assert found.padded(np.array([1]))[0].shape == (1, 0, 3)
    joined = join_padded([padded, found.padded(np.array([0]))[0]], -1)
    assert joined.shape == (4, 3, 3) and joined.dtype == np.int32
    np.testing.assert_array_equal(joined[3], padded[0])


def test_rows_belong_to_the_squats():
    sequence = make_sequence(0, "squat", 300)
    frames = np.array([[10, 20, 30], [60, 70, 80], [110, 120, 130]])
    exercise = np.full(300, EXERCISE_ID["squat"], np.int8)
    exercise[50:100] = EXERCISE_ID["jumping_jack"]
    rows = np.arange(26.0, dtype=np.float32).reshape(2, 13)
    sequence = replace(sequence, repetitions=frames, exercise=exercise, rubric=replace(sequence.rubric, rows=rows))
    found = repetition_form(sequence)
    np.testing.assert_array_equal(found[[0, 2]], rows)
    assert np.isnan(found[1]).all()
    with pytest.raises(QleapError, match="another number of repetitions"):
        repetition_form(replace(sequence, rubric=None))
