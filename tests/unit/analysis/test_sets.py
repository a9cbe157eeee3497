"""Counting the repetitions of sets whose number is known, and none where there is no exercise."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.sets import find_sets
from tests.support.exercise_sets import RATE_HZ, Rep, barbell_squats, path, recorded, walking
from tests.support.watch_recordings import FIXTURES, WRIST_MOTION

SETS = {
    "squats": [Rep()] * 8,
    "pauses of up to 3 s at the top": [Rep(rest_s=rest) for rest in (0.3, 3.0, 1.0, 2.2, 0.2, 2.8)],
    "pauses at the bottom": [Rep(pause_s=pause) for pause in (0.0, 1.0, 2.0, 0.5, 1.5)],
    "slower and slower": [Rep(up_s=1.2 + 0.35 * k) for k in range(8)],
    "less and less deep": [Rep(range_m=0.6 - 0.03 * k) for k in range(8)],
    "press without a rest": [Rep(range_m=-0.5, turn_deg=5.0, rest_s=0.1, pause_s=0.0)] * 10,
    "curls": [Rep(range_m=-0.3, turn_deg=120.0)] * 10,
    "the hand stays, the forearm turns": [Rep(range_m=0.02, turn_deg=25.0)] * 8,
    "three": [Rep()] * 3,
}


def counts(found):
    return [len(one.repetitions) for one in found]


@pytest.mark.parametrize("core_motion", [True, False], ids=["gravity given", "vqf"])
@pytest.mark.parametrize("reps", SETS.values(), ids=SETS)
def test_every_repetition_is_found_wherever_the_active_part_is(reps, core_motion):
    height, pitch, turns = path(reps)
    recording = recorded(height, pitch, np.random.default_rng(1), core_motion=core_motion)
    for active in (None, (3.5, len(height) / RATE_HZ - 3.5)):
        found = find_sets(recording, active)
        assert counts(found) == [len(reps)]
        found_s = [one.turn_s for one in found[0].repetitions]
        tolerance_s = max(rep.pause_s for rep in reps) / 2 + 0.3
        np.testing.assert_allclose(found_s, turns / RATE_HZ, atol=tolerance_s)


def test_starts_turns_and_ends_follow_one_another():
    height, pitch, _ = path(SETS["squats"])
    (found,) = find_sets(recorded(height, pitch, np.random.default_rng(2)))
    stamps = [stamp for one in found.repetitions for stamp in (one.start_s, one.turn_s, one.end_s)]
    assert (np.diff(stamps) > 0).all()
    assert (found.start_s, found.end_s) == (stamps[0], stamps[-1])


def test_taking_the_weight_and_putting_it_back_are_no_repetitions():
    """The hand is lifted to the bar from far below, and goes back there; the forearm points elsewhere meanwhile."""
    reps = [Rep(rest_s=1.5)] * 6
    height, pitch, _ = path(reps)
    take, wait = path([Rep(range_m=0.5, turn_deg=80.0, down_s=2.0, up_s=1.5)], 2.0, 1.0), np.zeros(100)
    whole = [np.concatenate([take[k], (height, pitch)[k], wait, take[k]]) for k in (0, 1)]
    recording = recorded(*whole, np.random.default_rng(3))
    assert counts(find_sets(recording)) == [6]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("core_motion", [True, False], ids=["gravity given", "vqf"])
def test_squats_with_a_barbell_are_counted_without_un_racking_and_re_racking(seed, core_motion):
    rng = np.random.default_rng(seed)
    count = 5 + seed % 6
    height, pitch, turns = barbell_squats(count, rng)
    recording = recorded(height, pitch, rng, core_motion=core_motion)
    for active in (None, (1.0, recording.time_s[-1] - 1.0)):
        (found,) = find_sets(recording, active)
        assert [one.turn_s for one in found.repetitions] == pytest.approx(turns, abs=0.5)


@pytest.mark.parametrize("seed", range(6))
def test_a_bar_that_is_taken_and_put_back_counts_nothing(seed):
    rng = np.random.default_rng(seed)
    height, pitch, _ = barbell_squats(0, rng)
    assert find_sets(recorded(height, pitch, rng, core_motion=seed % 2 == 0)) == ()


def test_a_repetition_of_sixty_per_cent_counts_and_is_marked():
    sizes = [0.6, 0.6, 0.36, 0.6, 0.6, 0.58, 0.36, 0.62]
    height, pitch, _ = path([Rep(range_m=size, turn_deg=10.0 * size / 0.6) for size in sizes])
    (found,) = find_sets(recorded(height, pitch, np.random.default_rng(9), core_motion=True))
    assert [one.partial for one in found.repetitions] == [size < 0.4 for size in sizes]
    assert [one.partial for one in measure_set(found)] == [size < 0.4 for size in sizes]


def test_the_other_arm_takes_its_turn_in_the_rests():
    alternating = path([Rep(range_m=-0.3, turn_deg=120.0, rest_s=2.8)] * 6)
    together = path([Rep(range_m=-0.3, turn_deg=120.0, rest_s=0.3)] * 6)
    for (height, pitch, _), watch_arm_only in ((alternating, True), (together, False)):
        (found,) = find_sets(recorded(height, pitch, np.random.default_rng(10), core_motion=True))
        assert len(found.repetitions) == 6
        assert found.watch_arm_only is watch_arm_only


def test_a_set_of_nearly_six_minutes_is_found_in_one_piece():
    height, pitch, _ = path([Rep(rest_s=1.5)] * 80)
    assert 340 * RATE_HZ < len(height) < 360 * RATE_HZ
    assert counts(find_sets(recorded(height, pitch, np.random.default_rng(11), core_motion=True))) == [80]


def test_two_sets_with_a_rest_between():
    squats, curls = path([Rep()] * 6, 4.0, 15.0), path([Rep(range_m=-0.3, turn_deg=120.0)] * 8, 15.0, 4.0)
    recording = recorded(*(np.concatenate([squats[k], curls[k]]) for k in (0, 1)), np.random.default_rng(4))
    assert counts(find_sets(recording)) == [6, 8]
    length_s = len(squats[0]) / RATE_HZ
    assert counts(find_sets(recording, (0.0, length_s))) == [6]


def test_one_repetition_is_a_set_only_where_exercise_is_known():
    height, pitch, turns = path([Rep()])
    recording = recorded(height, pitch, np.random.default_rng(5))
    assert counts(find_sets(recording)) == []
    (found,) = find_sets(recording, (3.0, len(height) / RATE_HZ - 3.0))
    assert found.repetitions[0].turn_s == pytest.approx(turns[0] / RATE_HZ, abs=0.3)


@pytest.mark.parametrize("seed", range(5))
def test_walking_is_no_exercise(seed):
    rng = np.random.default_rng(seed)
    assert find_sets(recorded(*walking(60.0, rng), rng)) == ()


def test_rest_is_no_exercise():
    rng = np.random.default_rng(6)
    assert find_sets(recorded(np.zeros(6000), np.zeros(6000), rng)) == ()


@pytest.mark.parametrize("name", ["subj3_PEN_L.csv", "subj7_PEN_R.csv"])
def test_the_hand_of_a_pendulum_exercise_turns_and_does_not_travel(name):
    found = find_sets(read_recording(FIXTURES / "seglearn_bsd3" / name, 50.0))
    assert found and {one.signal for one in found} == {"turning"}


def test_strokes_of_a_swimmer_are_faster_than_squats():
    """Strokes repeat, so physics may count them; what they are it does not say, and no squat is so fast."""
    found = find_sets(read_recording(WRIST_MOTION))
    for one in found:
        assert np.median(np.diff([rep.turn_s for rep in one.repetitions])) < 2.0


def test_a_shift_of_the_clock_shifts_the_repetitions():
    height, pitch, _ = path(SETS["squats"])
    recording = recorded(height, pitch, np.random.default_rng(7))
    (here,) = find_sets(recording)
    (there,) = find_sets(replace(recording, time_s=recording.time_s + 100.0))
    np.testing.assert_allclose(
        [one.turn_s for one in there.repetitions], [one.turn_s + 100.0 for one in here.repetitions], atol=1e-6
    )


@pytest.mark.parametrize("core_motion", [True, False], ids=["gravity given", "vqf"])
def test_the_other_wrist_does_the_same_repetitions(core_motion):
    """Reflected in the sagittal plane: y of a polar vector changes its sign, x and z of an axial one do."""
    height, pitch, _ = path(SETS["curls"])
    one = recorded(
        height, pitch, np.random.default_rng(8), core_motion=core_motion, mounting=Rotation.from_rotvec([0.3, 0.2, 0.9])
    )
    polar = np.array([1.0, -1.0, 1.0])
    other = replace(
        one,
        specific_force=one.specific_force * polar,
        angular_velocity=-one.angular_velocity * polar,
        gravity=None if one.gravity is None else one.gravity * polar,
        user_acceleration=None if one.user_acceleration is None else one.user_acceleration * polar,
    )
    (left,), (right,) = find_sets(one), find_sets(other)
    assert left.signal == right.signal
    np.testing.assert_allclose(
        [(rep.start_s, rep.turn_s, rep.end_s) for rep in left.repetitions],
        [(rep.start_s, rep.turn_s, rep.end_s) for rep in right.repetitions],
        atol=0.051,
    )
