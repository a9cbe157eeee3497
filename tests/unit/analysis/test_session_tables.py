"""The tables of a session's page: every measure with its interval and its source."""

import pytest

from qleap_edge.analysis.session import Session
from qleap_edge.analysis.session_document import SetResult
from qleap_edge.analysis.session_tables import (
    REASONS,
    disagreement_tables,
    inferred_tables,
    reason_tables,
    repetition_tables,
    vote_tables,
)
from qleap_edge.analysis.statements import interval
from tests.support.sessions import rest, session, squats


@pytest.fixture(scope="module")
def six() -> Session:
    return session(squats())


@pytest.fixture(scope="module")
def one(six: Session) -> SetResult:
    return six.report.sets[0]


def column(table: object, name: str) -> list[str]:
    (place,) = [k for k, title in enumerate(table.columns) if title == name]  # type: ignore[attr-defined]
    return [row[place] for row in table.rows]  # type: ignore[attr-defined]


def test_every_measure_of_every_repetition_is_there(one: SetResult) -> None:
    moved, lasted = repetition_tables(1, one)
    reps = one.repetitions
    assert column(moved, "no.") == column(lasted, "no.") == ["1", "2", "3", "4", "5", "6"]
    assert column(moved, "start s") == [f"{rep.start_s:.2f}" for rep in reps]
    assert column(moved, "range m [physics]") == [interval(rep.range_of_motion_m) for rep in reps]
    velocity = [interval(rep.mean_concentric_velocity_m_s) for rep in reps]
    assert column(moved, "mean up m/s [physics]") == velocity
    assert column(lasted, "up s [physics]") == [interval(rep.concentric_s) for rep in reps]
    assert column(lasted, "pause before s [physics]")[0] == "–"


def test_a_partial_repetition_is_marked(one: SetResult) -> None:
    partial = one.repetitions[2].model_copy(update={"partial": True})
    moved, _ = repetition_tables(1, one.model_copy(update={"repetitions": (*one.repetitions[:2], partial)}))
    assert column(moved, "no.") == ["1", "2", "3 (partial)"]


def test_depth_has_both_parts_of_its_uncertainty(one: SetResult) -> None:
    (depth,) = inferred_tables(1, one)
    measures = [rep.depth_m for rep in one.repetitions]
    assert all(measure is not None for measure in measures), "a squat has a depth"
    assert column(depth, "depth of the pelvis m [both]") == [interval(measure) for measure in measures if measure]
    assert column(depth, "± of this wearer m") == [f"{measure.bias_sd:.2g}" for measure in measures if measure]
    assert set(column(depth, "by a reference set")) == {"no"}
    assert "fall of the pelvis in the network's pose m [network]" in depth.columns
    known = one.repetitions[0].depth_m
    assert known is not None
    bar = one.repetitions[0].model_copy(update={"referenced_range_m": known.model_copy(update={"by_reference": True})})
    _, referenced = inferred_tables(1, one.model_copy(update={"repetitions": (bar,)}))
    assert column(referenced, "by a reference set") == ["yes"]


def test_the_vote_and_what_speaks_against_it(six: Session, one: SetResult) -> None:
    (table,) = vote_tables(1, one)
    assert table.rows[0] == ("squat", "0.90", "–")
    (doubted,) = vote_tables(1, session(squats(), exercise="deadlift").report.sets[0])
    assert "forearm" in doubted.rows[0][2]
    assert vote_tables(1, session(squats(), silent=1.0).report.sets[0]) == ()


def test_reasons_are_counted_in_words(six: Session) -> None:
    (table,) = reason_tables(six.report)
    silent = sum(window.abstain for window in six.report.windows)
    assert [row[:3] for row in table.rows] == [
        (REASONS["sigma"], "sigma", str(silent)),
        (REASONS["embedding"], "embedding", str(silent)),
    ]
    assert reason_tables(session(squats(), silent=0.0).report) == () == reason_tables(session(rest()).report)


def test_disagreements_are_listed(six: Session) -> None:
    (table,) = disagreement_tables(six.report)
    assert len(table.rows) == sum(len(found.disagreements) for found in six.report.sets) > 0
    assert disagreement_tables(session(rest()).report) == ()
