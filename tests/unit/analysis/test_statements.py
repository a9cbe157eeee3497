"""A session in words: counts, names, and reasons, with nothing left out that a reader needs."""

from qleap_edge.analysis.alerts import AlertResult
from qleap_edge.analysis.session_document import SetResult
from qleap_edge.analysis.statements import alert_sentences, disagreements, interval, repetition_table, sentences
from tests.support.session_reports import example, exercise_set, session


def test_each_set_has_a_sentence() -> None:
    head, first, second = sentences(example())
    assert head == "2 sets, 4 repetitions, grade preview."
    assert first == "Set 1, 10.0 to 18.5 s: 3 repetitions of squat (by the network's vote, p = 0.93)."
    assert (
        second
        == "Set 2, 60.0 to 62.5 s: 1 repetition of an unknown exercise, probably row or biceps curl (the windows do not agree)."
    )


def test_alerts_name_their_repetitions() -> None:
    first, second = example().sets
    assert alert_sentences(first) == (
        "repetition 1: shorter than 0.8 of the set's usual range",
        "repetition 2: not sure about 0.8 of the set's usual range",
    )
    assert alert_sentences(second) == ()
    lost = AlertResult(name="velocity_loss", limit=0.2, answers=("alert",), miss_rate_at_most=0.04)
    (said,) = alert_sentences(first.model_copy(update={"alerts": (lost,)}))
    assert said == "the last repetition has lost more than 20 % of the velocity"


def test_a_name_of_the_wearer_is_told_as_such() -> None:
    one = exercise_set(10.0, "squat", (0.5,))
    named = one.model_copy(update={"exercise": one.exercise.model_copy(update={"named_by": "wearer"})})
    (_, first) = sentences(session(named))
    assert "1 repetition of squat (as the wearer says)" in first and "0.93" not in first


def test_nothing_found_is_a_sentence_of_its_own() -> None:
    assert sentences(session()) == (
        "No set was found: no movement is repeated in the recording often and evenly enough.",
    )
    assert "in the given part" in sentences(session(active_s=(1.0, 9.0)))[0]


def test_the_table_has_a_row_for_each_repetition_with_intervals() -> None:
    one = example().sets[0]
    table = repetition_table(1, one)
    assert len(table.rows) == 3 and all(len(row) == len(table.columns) for row in table.rows)
    assert "velocity loss 12 % (4 to 20)" in table.title
    assert table.rows[0][3] == interval(one.repetitions[0].range_of_motion_m) == "0.55 (0.52 to 0.58)"
    assert [row[0] for row in table.rows] == ["1", "2 partial", "3"]
    assert table.rows[0][-1] == "0.42 (0.32 to 0.52)"


REFERENCE = {"sha256": "1b" * 32, "wearer": "anna", "exercise": "squat", "posture": "raised", "known": "depth"}


def by_reference(one: SetResult) -> SetResult:
    """Return the set with depths that a reference gave."""
    reps = [rep.model_copy(update={"depth_m": rep.depth_m.model_copy(update={"by_reference": True})})
            for rep in one.repetitions if rep.depth_m is not None]  # fmt: skip
    return one.model_copy(update={"repetitions": tuple(reps)})


def test_whether_a_reference_was_used_is_told_and_why_not() -> None:
    squats, unknown, curls = (
        exercise_set(10.0, "squat", (0.5, 0.5)),
        exercise_set(60.0, None, (0.5,)),
        exercise_set(90.0, "biceps_curl", (0.3,)),
    )
    told = sentences(session(by_reference(squats), unknown, curls, squats, reference=REFERENCE))[5:]
    assert told == (
        "Set 1: the reference set of anna is used for the depth of the pelvis.",
        "Set 2: the reference set of anna is not used: it is of squat, and this set is of an unknown exercise; if it was "
        "squat, say so with --exercise squat.",
        "Set 3: the reference set of anna is not used: it is of squat, and this set of biceps curl.",
        "Set 4: the reference set of anna is not used: in it the forearm is raised, and in this set it is held otherwise.",
    )


def test_who_has_named_the_exercise_is_not_told_to() -> None:
    unknown = exercise_set(60.0, None, (0.5,))
    told = sentences(session(unknown, reference=REFERENCE, declared_exercise="squat"))
    assert told[-1].endswith("this set is of an unknown exercise.")


def test_a_reference_that_leaves_no_depth_is_said_not_to_fit() -> None:
    one = by_reference(exercise_set(10.0, "squat", (0.5, 0.5)))
    first, second = one.repetitions
    flat = first.model_copy(update={"depth_m": first.depth_m.model_copy(update={"value": 0.0, "low": 0.0})})  # type: ignore[union-attr]
    told = sentences(session(one.model_copy(update={"repetitions": (flat, second)}), reference=REFERENCE))
    assert told[-1].endswith("but nothing is left of 1 of 2: it does not fit this wearer or this set.")


def test_what_a_reference_of_a_bar_gives_is_in_the_table() -> None:
    one = exercise_set(10.0, "squat", (0.5,))
    (rep,) = one.repetitions
    bar = rep.model_copy(update={"referenced_range_m": rep.depth_m, "depth_m": None})
    held = one.model_copy(update={"repetitions": (bar,)})
    table = repetition_table(1, held)
    assert (table.columns[-1], table.rows[0][-1]) == ("range by the reference m", "0.42 (0.32 to 0.52)")
    told = sentences(session(held, reference={**REFERENCE, "known": "range of motion"}))
    assert told[-1] == "Set 1: the reference set of anna is used for the range of motion."


def test_differences_name_the_repetition_they_are_about() -> None:
    assert disagreements(example().sets[0]) == ("repetition 2: the network sees 0.30 m, the wrist says 0.42 m",)
