"""A session in words: counts, names, and reasons, with nothing left out that a reader needs."""

from qleap_edge.analysis.statements import disagreements, interval, repetition_table, sentences
from tests.support.session_reports import example, exercise_set, session


def test_each_set_has_a_sentence() -> None:
    head, first, second = sentences(example())
    assert head == "2 sets, 4 repetitions, grade preview."
    assert first == "Set 1, 10.0 to 18.5 s: 3 repetitions of squat (by the network's vote, p = 0.93)."
    assert second == "Set 2, 60.0 to 62.5 s: 1 repetition of an unknown exercise (the windows do not agree)."


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


def test_differences_name_the_repetition_they_are_about() -> None:
    assert disagreements(example().sets[0]) == ("repetition 2: the network sees 0.30 m, the wrist says 0.42 m",)
