"""A session in words: counts, names, and reasons, with nothing left out that a reader needs."""

import numpy as np
import pytest

from qleap_edge.analysis.session_document import SessionReport
from qleap_edge.analysis.statements import disagreements, interval, repetition_table, sentences
from tests.support.session_reports import session_report


@pytest.fixture
def report() -> SessionReport:
    return session_report(("squat", 5), ("unknown", 3))


def test_each_set_has_a_sentence(report: SessionReport) -> None:
    head, first, second = sentences(report)
    assert head == "2 sets, 8 repetitions, grade preview."
    assert first.startswith("Set 1, 10.0 to 25.0 s: 5 repetitions of squat (by the network's vote, p = 0.93); form 2")
    assert second.endswith("3 repetitions of an unknown exercise (the network abstains from 9 of 12 windows).")


def test_a_name_of_the_wearer_is_told_as_such() -> None:
    (_, first) = sentences(session_report(("squat", 1), named_by="wearer"))
    assert "1 repetition of squat (as the wearer says)" in first and "p = 0.93" not in first


def test_nothing_found_is_a_sentence_of_its_own() -> None:
    assert sentences(session_report()) == (
        "No set was found: no movement is repeated in the recording often and evenly enough.",
    )


def test_the_table_has_a_row_for_each_repetition_with_intervals(report: SessionReport) -> None:
    table = repetition_table(1, report.sets[0])
    assert len(table.rows) == 5 and all(len(row) == len(table.columns) for row in table.rows)
    assert "velocity loss 20 % (10 to 30)" in table.title
    rep = report.sets[0].repetitions[0]
    assert table.rows[0][3] == interval(rep.range_of_motion_m) == "0.60 (0.55 to 0.65)"
    assert table.rows[-1][0] == "5 partial"
    assert np.isfinite(float(table.rows[0][1]))


def test_differences_name_the_repetition_they_are_about(report: SessionReport) -> None:
    assert disagreements(report.sets[0]) == ("repetition 2: the depths differ", "the counts differ")
