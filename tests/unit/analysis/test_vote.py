"""Which exercise a set is, and every reason to say that nobody knows."""

import numpy as np
import pytest

from qleap_edge.analysis.vote import LEAST_PROBABILITY, vote
from qleap_edge.analysis.wrist_patterns import WristMotion
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES
from qleap_edge.uncertainty.exercise_sets import LEAST_VOTING_SHARE
from tests.support.calibration_windows import EXERCISE_SETS

SQUAT = WristMotion(travel_m=0.6, turned_deg=10.0, elevation_deg=40.0, period_s=3.0)
CURL = WristMotion(travel_m=0.5, turned_deg=130.0, elevation_deg=-80.0, period_s=4.0)


def windows(count: int = 20, **probability: float) -> np.ndarray:
    rest = (1.0 - sum(probability.values())) / (len(EXERCISES) - len(probability))
    row = np.full(len(EXERCISES), rest)
    for name, value in probability.items():
        row[EXERCISE_ID[name]] = value  # type: ignore[index]
    return np.tile(row, (count, 1))


def all_of(count: int = 20) -> np.ndarray:
    return np.ones(count, dtype=bool)


def test_a_clear_vote_names_the_exercise_with_its_probability():
    said = vote(windows(squat=0.93), all_of(), SQUAT, EXERCISE_SETS)
    assert (said.name, said.named_by, said.why_unknown) == ("squat", "network", None)
    assert said.probability == pytest.approx(0.93)
    assert said.candidates[0].exercise == "squat" and said.candidates[0].contradiction is None


def test_probabilities_are_averaged_not_multiplied():
    """Twenty windows at 0.75 stay at 0.75: overlapping windows share their errors."""
    said = vote(windows(squat=0.75), all_of(), SQUAT, EXERCISE_SETS)
    assert said.name == "unknown" and said.probability is None
    assert said.candidates[0].probability == pytest.approx(0.75)
    assert (
        said.why_unknown == f"the network gives squat a probability of 0.75; at least {LEAST_PROBABILITY:.2f} is needed"
    )


@pytest.mark.parametrize(("probability", "shown"), [(0.7982, "0.798"), (0.79999, "0.799"), (0.79, "0.79")])
def test_a_probability_that_is_too_small_does_not_read_as_large_enough(probability, shown):
    why = vote(windows(squat=probability), all_of(), SQUAT, EXERCISE_SETS).why_unknown
    assert why == f"the network gives squat a probability of {shown}; at least {LEAST_PROBABILITY:.2f} is needed"


def test_windows_that_abstain_do_not_vote_and_too_few_voters_name_nothing():
    probability = np.vstack([windows(8, squat=0.99), windows(12, lunge=0.99)])
    votes = np.arange(20) < 8
    said = vote(probability, votes, SQUAT, EXERCISE_SETS)
    assert (said.windows, said.abstained, said.name) == (20, 12, "unknown")
    assert said.why_unknown == "the network abstains from 12 of 20 windows"
    enough = np.arange(20) < round(20 * LEAST_VOTING_SHARE)
    assert (
        vote(np.vstack([windows(10, squat=0.99), windows(10, lunge=0.99)]), enough, SQUAT, EXERCISE_SETS).name
        == "squat"
    )


def test_a_set_without_a_window_is_unknown():
    said = vote(np.empty((0, len(EXERCISES))), np.empty(0, dtype=bool), SQUAT, EXERCISE_SETS)
    assert (said.name, said.windows, said.candidates) == ("unknown", 0, ())
    assert said.why_unknown is not None and "no whole window" in said.why_unknown


def test_the_motion_of_the_wrist_has_a_veto():
    said = vote(windows(squat=0.99), all_of(), CURL, EXERCISE_SETS)
    assert said.name == "unknown"
    assert said.why_unknown == (
        "the network says squat, but the forearm turns by 130 degrees; at most 45 degrees are expected"
    )


def test_an_upright_forearm_is_not_believed_to_squat_but_the_wearer_may_say_so():
    overhead = WristMotion(travel_m=0.6, turned_deg=10.0, elevation_deg=80.0, period_s=3.0)
    said = vote(windows(squat=0.99), all_of(), overhead, EXERCISE_SETS)
    assert said.name == "unknown" and "presses and pull-downs" in str(said.why_unknown)
    named = vote(windows(squat=0.99), all_of(), overhead, EXERCISE_SETS, declared="squat")
    assert (named.name, named.named_by) == ("squat", "wearer")


def test_what_the_wearer_names_is_taken_over_unless_the_wrist_rules_it_out():
    said = vote(windows(lunge=0.9), all_of(), SQUAT, EXERCISE_SETS, declared="squat")
    assert (said.name, said.named_by) == ("squat", "wearer")
    assert said.probability is not None and said.probability < 0.05
    wrong = vote(windows(lunge=0.9), all_of(), SQUAT, EXERCISE_SETS, declared="biceps_curl")
    assert wrong.name == "unknown" and str(wrong.why_unknown).startswith("the wearer names biceps curl, but")


@pytest.mark.parametrize("name", ["walk", "idle"])
def test_walking_and_idling_are_no_sets(name):
    said = vote(windows(**{name: 0.99}), all_of(), SQUAT, EXERCISE_SETS)
    assert said.name == "unknown" and "not an exercise that is repeated" in str(said.why_unknown)


def test_where_nobody_knows_the_exercises_that_remain_are_said():
    two = windows(squat=0.55, lunge=0.35)
    said = vote(two, all_of(), SQUAT, EXERCISE_SETS)
    assert (said.name, said.one_of) == ("unknown", ("squat", "lunge"))
    assert (
        vote(two, all_of(), CURL, EXERCISE_SETS).one_of == ()
    )  # both are contradicted by a forearm that turns by 130 degrees
    assert vote(windows(squat=0.7), all_of(), SQUAT, EXERCISE_SETS).one_of == ("squat",)


def test_no_names_remain_beside_a_name_or_where_they_say_nothing():
    assert vote(windows(squat=0.9), all_of(), SQUAT, EXERCISE_SETS).one_of == ()
    assert vote(windows(squat=0.55, lunge=0.35), all_of(), SQUAT, EXERCISE_SETS, declared="biceps_curl").one_of == ()
    many = vote(windows(squat=0.33, lunge=0.31, side_lunge=0.3), all_of(), SQUAT, EXERCISE_SETS)
    assert many.name == "unknown" and many.one_of == ()
    few_votes = vote(windows(squat=0.55, lunge=0.35), np.arange(20) < 8, SQUAT, EXERCISE_SETS)
    assert few_votes.one_of == ()
    too_few_persons = EXERCISE_SETS.model_copy(update={"threshold": 0.0})
    assert vote(windows(squat=0.55, lunge=0.35), all_of(), SQUAT, too_few_persons).one_of == ()
