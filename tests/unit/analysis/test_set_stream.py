"""A stream finds what the analysis of the whole recording finds, whatever the pieces are, and forgets what is over."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.analysis.exercise_set import ExerciseSet
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.set_stream import DELAY_S, KEPT_S, MotionSamples, SetStream
from qleap_edge.analysis.sets import find_sets
from qleap_edge.core.errors import InputDataError
from tests.support import golden_sessions
from tests.support.exercise_sets import RATE_HZ, Rep, path, recorded, walking
from tests.support.swift_replay import differences


def day(minutes: int, seed: int) -> Recording:
    """Return walking and sets by turns, two minutes each round."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(minutes // 2):
        parts += [walking(60.0, rng), path([Rep(range_m=-0.3, turn_deg=100.0, rest_s=1.0)] * 10, 12.0, 12.0)[:2]]
    return recorded(*(np.concatenate([part[k] for part in parts]) for k in (0, 1)), rng, core_motion=True)


RECORDING = day(6, 0)
WHOLE = find_sets(RECORDING)


def samples_of(recording: Recording, first: int, stop: int, *, gravity: bool = True) -> MotionSamples:
    rows = slice(first, stop)
    return MotionSamples(
        recording.time_s[rows],
        recording.specific_force[rows],
        recording.angular_velocity[rows],
        recording.gravity[rows] if gravity and recording.gravity is not None else None,
    )


def streamed(recording: Recording, cuts: list[int], *, gravity: bool = True) -> list[ExerciseSet]:
    stream = SetStream(RATE_HZ)
    bounds = [0, *sorted(cuts), len(recording)]
    found: list[ExerciseSet] = []
    for first, stop in pairwise(bounds):
        found += stream.push(samples_of(recording, first, stop, gravity=gravity))
    return [*found, *stream.close()]


def assert_same(found, expected):
    assert [one.repetitions for one in found] == [one.repetitions for one in expected]
    assert [(one.signal, one.agreement) for one in found] == [(one.signal, one.agreement) for one in expected]
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine.motion.acceleration, theirs.motion.acceleration, atol=1e-6)
        np.testing.assert_allclose(mine.motion.up, theirs.motion.up, atol=1e-6)
        assert measure_set(mine) == measure_set(theirs)


def test_the_recording_has_its_sets():
    assert [len(one.repetitions) for one in WHOLE] == [10, 10, 10]


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, len(RECORDING)), max_size=40))
def test_splits_change_nothing(cuts):
    assert_same(streamed(RECORDING, cuts), WHOLE)


def test_sample_by_sample():
    short = RECORDING.take(slice(0, 120 * int(RATE_HZ)))
    assert_same(streamed(short, list(range(1, len(short)))), streamed(short, []))


def test_without_gravity_splits_change_nothing_either():
    cuts = np.random.default_rng(1).integers(0, len(RECORDING), 30).tolist()
    first, second = streamed(RECORDING, [], gravity=False), streamed(RECORDING, cuts, gravity=False)
    assert_same(second, first)
    assert [len(one.repetitions) for one in first] == [10, 10, 10]


def test_a_gap_ends_a_stretch():
    rows = np.concatenate([np.arange(len(RECORDING)), np.arange(len(RECORDING))])
    stamps = np.concatenate([RECORDING.time_s, RECORDING.time_s + RECORDING.time_s[-1] + 1.0])
    twice = replace(RECORDING.take(rows), time_s=stamps)
    found = streamed(twice, [5000, len(RECORDING) - 10, len(RECORDING) + 10])
    assert_same(found, find_sets(twice))
    assert [len(one.repetitions) for one in found] == 6 * [10]


def test_a_set_is_returned_within_the_delay():
    height, pitch, _ = path([Rep()] * 8, 10.0, 120.0)
    recording = recorded(height, pitch, np.random.default_rng(2), core_motion=True)
    stream, rows = SetStream(RATE_HZ), 25
    for first in range(0, len(recording), rows):
        found = stream.push(samples_of(recording, first, first + rows))
        if found:
            waited_s = recording.time_s[first + rows - 1] - found[0].end_s
            assert waited_s <= DELAY_S + 14.0
            break
    assert len(found) == 1


def test_an_hour_stays_within_the_memory_bound():
    recording, stream, rows = day(60, 3), SetStream(RATE_HZ), 700
    found = []
    for first in range(0, len(recording), rows):
        found += stream.push(samples_of(recording, first, first + rows))
        assert stream.kept_rows <= KEPT_S * RATE_HZ + rows
    found += stream.close()
    assert sum(len(one.repetitions) for one in found) == 300
    assert all(len(one.motion.time_s) <= KEPT_S * RATE_HZ for one in found)


@pytest.mark.parametrize("step_s", [0.0, -0.01])
def test_stamps_that_do_not_increase_are_refused(step_s):
    stream = SetStream(RATE_HZ)
    samples = samples_of(RECORDING, 0, 10)
    stream.push(samples)
    with pytest.raises(InputDataError, match="do not increase"):
        stream.push(replace(samples, time_s=samples.time_s + samples.time_s[-1] + step_s))


def test_nothing_gives_nothing():
    stream = SetStream(RATE_HZ)
    assert stream.push(samples_of(RECORDING, 0, 0)) == ()
    assert stream.close() == ()


@pytest.mark.parametrize("name", golden_sessions.CASES)
def test_golden_sessions_are_what_python_says(name):
    """Regenerate them with ``make golden-sessions``."""
    written = json.loads((golden_sessions.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert differences(written, json.loads(json.dumps(golden_sessions.golden(name)))) == []


@pytest.mark.parametrize("name", golden_sessions.CASES)
def test_the_stream_finds_the_golden_sets(name):
    written = json.loads((golden_sessions.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    recording = read_recording(golden_sessions.FOLDER / f"{name}.csv")
    stretches = clean_clock(recording).stretches
    found = []
    for stretch in stretches:
        stream = SetStream(stretch.rate_hz)
        rows = stretch.recording
        found += stream.push(MotionSamples(rows.time_s, rows.specific_force, rows.angular_velocity, rows.gravity))
        found += stream.close()
    turns = [[rep.turn_s for rep in measure_set(one)] for one in found]
    assert turns == [[pytest.approx(rep["turn_s"], abs=1e-6) for rep in one["repetitions"]] for one in written["sets"]]
    if name == "synthetic_squats":
        assert [[rep.partial for rep in one.repetitions] for one in found] == [[False, False, True, False]]
