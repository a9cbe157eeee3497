"""One statement from two witnesses: what each says, and where they differ."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.analysis.fusion import fuse_set, measure, show_a_repetition
from qleap_edge.analysis.measures import Estimate, measure_set
from qleap_edge.analysis.network import PoseTrack, SetAnswers
from qleap_edge.analysis.session_document import SetResult
from qleap_edge.analysis.sets import ExerciseSet, find_sets
from qleap_edge.analysis.watch_reference import Known, WatchReference, make_reference
from qleap_edge.analysis.wrist_travel import wrist_travels
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES
from qleap_edge.metrics.uncertainty import Z_90
from tests.support.calibration_windows import EXERCISE_SETS
from tests.support.exercise_sets import Rep, path, recorded
from tests.support.squats import STAND_M

LEFT = Wear(Side.LEFT, Side.RIGHT)


@pytest.fixture(scope="module")
def found() -> ExerciseSet:
    height, pitch, _ = path([Rep(range_m=0.6)] * 5)
    (one,) = find_sets(recorded(height, pitch, np.random.default_rng(0), core_motion=True))
    return one


def fuse(found: ExerciseSet, heard: SetAnswers, *args, **options) -> SetResult:
    return fuse_set(found, measure_set(found), heard, *args, sets=EXERCISE_SETS, **options)


def answers(found: ExerciseSet, exercise: str, fall_m: float, falls: int, probability: float = 0.95) -> SetAnswers:
    """Return a network that is sure of an exercise and whose pelvis falls so often, evenly over the set."""
    time_s = np.arange(round((found.end_s - found.start_s) * 50)) / 50 + found.start_s
    share = (time_s - time_s[0]) / (time_s[-1] - time_s[0])
    height = STAND_M - fall_m * 0.5 * (1.0 - np.cos(2.0 * np.pi * falls * share))
    pose = np.zeros((len(time_s), 17, 3))
    pose[:, [3, 6], 2] = -height[:, None]
    rows = np.full((12, len(EXERCISES)), (1.0 - probability) / (len(EXERCISES) - 1))
    rows[:, EXERCISE_ID[exercise]] = probability  # type: ignore[index]
    form = np.tile([0.1, 0.1, 0.5, 0.2, 0.1], (12, 1))
    track = PoseTrack(time_s, pose, np.full(pose.shape, 0.03))
    return SetAnswers(
        np.linspace(time_s[0], time_s[-1], 12),
        rows,
        form,
        np.full(12, 0.03),
        np.full(12, 8.0),
        np.zeros(12),
        ((),) * 12,
        track,
    )


def test_a_squat_that_both_agree_on(found: ExerciseSet) -> None:
    said = fuse(found, answers(found, "squat", 0.45, 5), LEFT, 1.75)
    assert (said.exercise.name, len(said.repetitions), said.disagreements) == ("squat", 5, ())
    assert said.form is not None and (said.form.score, said.form.probability) == (2, 0.5)
    for rep in said.repetitions:
        assert rep.range_of_motion_m.value == pytest.approx(0.6, abs=0.02) and rep.range_of_motion_m.source == "physics"
        assert rep.network_depth_m == pytest.approx(0.45, abs=0.05)


def test_the_network_never_changes_what_the_wrist_did(found: ExerciseSet) -> None:
    """Another network, the same repetitions to the last digit."""
    one, other = (fuse(found, answers(found, name, fall, n), LEFT, 1.75) for name, fall, n in
                  (("squat", 0.45, 5), ("lunge", 0.1, 9)))  # fmt: skip
    strip = {"network_depth_m": None, "depth_m": None}
    assert [rep.model_copy(update=strip) for rep in one.repetitions] == [
        rep.model_copy(update=strip) for rep in other.repetitions
    ]


def test_another_count_of_the_network_is_shown_and_does_not_count(found: ExerciseSet) -> None:
    said = fuse(found, answers(found, "squat", 0.45, 8), LEFT, 1.75)
    assert len(said.repetitions) == 5
    (difference,) = said.disagreements
    assert (difference.about, difference.physics) == ("repetitions", 5.0)
    assert difference.network is not None and difference.network > 5
    assert "the wrist makes 5 repetitions" in difference.message


def test_a_vote_that_the_wrist_rules_out_is_shown(found: ExerciseSet) -> None:
    said = fuse(found, answers(found, "biceps_curl", 0.1, 5), LEFT, 1.75)
    assert said.exercise.name == "unknown" and said.form is None
    assert [item.about for item in said.disagreements] == ["exercise"]
    assert all(rep.network_depth_m is None for rep in said.repetitions)


def test_a_wearer_who_names_something_else_is_shown(found: ExerciseSet) -> None:
    said = fuse(found, answers(found, "lunge", 0.45, 5), LEFT, 1.75, declared="squat")
    assert said.exercise.name == "squat"
    assert [item.message for item in said.disagreements] == ["the wearer names squat, the network says lunge"]


def test_velocity_loss_compares_the_last_repetition_with_the_fastest(found: ExerciseSet) -> None:
    said = fuse(found, answers(found, "squat", 0.45, 5), LEFT, 1.75)
    velocity = [one.mean_concentric_velocity.value for one in measure_set(found)]
    assert said.velocity_loss_percent is not None
    assert said.velocity_loss_percent.value == pytest.approx(100.0 * (1.0 - velocity[-1] / max(velocity)))
    assert said.velocity_loss_percent.low >= 0.0


def test_no_more_than_all_of_the_velocity_is_lost(found: ExerciseSet) -> None:
    measured = measure_set(found)
    slow = replace(measured[-1], mean_concentric_velocity=Estimate(0.02, 0.5))
    said = fuse_set(found, (*measured[:-1], slow), answers(found, "squat", 0.45, 5), LEFT, 1.75, EXERCISE_SETS)
    assert said.velocity_loss_percent is not None and said.velocity_loss_percent.high == 100.0


def reference(found: ExerciseSet, known_m: float, known: Known = "depth") -> WatchReference:
    travels = wrist_travels(found, LEFT)
    return make_reference(
        travels, [known_m] * len(travels), wearer="a", exercise="squat", recording_sha256="c" * 64, known=known
    )


def test_the_depth_of_a_squat_has_two_terms_and_a_reference_removes_the_bias(found: ExerciseSet) -> None:
    heard = answers(found, "squat", 0.45, 5)
    without = fuse(found, heard, LEFT, 1.75)
    with_one = fuse(found, heard, LEFT, 1.75, reference=reference(found, 0.42))
    for free, tied in zip(without.repetitions, with_one.repetitions, strict=True):
        assert free.depth_m is not None and tied.depth_m is not None
        assert (free.depth_m.by_reference, tied.depth_m.by_reference) == (False, True)
        assert free.depth_m.source == tied.depth_m.source == "both", "the network named the squat"
        assert tied.depth_m.bias_sd < 0.5 * free.depth_m.bias_sd
        assert tied.depth_m.value == pytest.approx(0.42, abs=0.03)
        assert free.depth_m.high - free.depth_m.low > tied.depth_m.high - tied.depth_m.low
    named = fuse(found, heard, LEFT, 1.75, declared="squat").repetitions[0]
    assert named.depth_m is not None and named.depth_m.source == "physics"


def test_a_depth_outside_the_interval_is_a_disagreement(found: ExerciseSet) -> None:
    said = fuse(found, answers(found, "squat", 0.05, 5), LEFT, 1.75, reference=reference(found, 0.5))
    depths = [item for item in said.disagreements if item.about == "depth"]
    assert [item.repetition for item in depths] == [1, 2, 3, 4, 5]
    assert all(item.network is not None and item.network < 0.1 for item in depths)


def test_a_reference_of_something_else_gives_that_and_no_depth(found: ExerciseSet) -> None:
    heard = answers(found, "squat", 0.45, 5)
    said = fuse(found, heard, LEFT, 1.75, reference=reference(found, 0.55, "range of motion"))
    for rep in said.repetitions:
        assert rep.depth_m is None and rep.referenced_range_m is not None
        assert rep.referenced_range_m.value == pytest.approx(0.55, abs=0.03)


def test_a_reference_of_another_exercise_is_not_used(found: ExerciseSet) -> None:
    other = reference(found, 0.42).model_copy(update={"exercise": "deadlift"})
    said = fuse(found, answers(found, "squat", 0.45, 5), LEFT, 1.75, reference=other)
    assert all(rep.depth_m is not None and not rep.depth_m.by_reference for rep in said.repetitions)


def test_an_unknown_exercise_has_no_depth(found: ExerciseSet) -> None:
    said = fuse(found, answers(found, "squat", 0.45, 5, probability=0.5), LEFT, 1.75)
    assert said.exercise.name == "unknown"
    assert all(rep.depth_m is None and rep.network_depth_m is None for rep in said.repetitions)


def test_an_interval_is_central_and_never_negative() -> None:
    wide = measure(Estimate(0.1, 0.2))
    assert (wide.low, wide.value) == (0.0, 0.1) and wide.high == pytest.approx(0.1 + Z_90 * 0.2)
    assert pytest.approx(1.6449, abs=1e-4) == Z_90


def test_only_windows_that_show_a_repetition_score_the_form(found: ExerciseSet) -> None:
    (first, *_) = measured = measure_set(found)
    begin = first.start_s - 0.02
    shown = show_a_repetition(np.array([begin, first.turn_s + 0.1, first.turn_s - 3.9]), measured[:1])
    assert shown.tolist() == [True, False, False]
    assert show_a_repetition(np.array([begin]), ()).tolist() == [False]
    heard = answers(found, "squat", 0.45, 5)
    late = replace(heard, start_s=np.full(12, measured[-1].turn_s + 0.1))
    assert fuse(found, late, LEFT, 1.75).form is None
