"""When a recording began: told by the session, by the user, by nobody, or wrongly."""

from datetime import UTC, datetime

import pytest

from qleap_edge.analysis.export.recording_time import fhir_period, recording_start
from qleap_edge.core.errors import InputDataError, UsageError
from tests.support.session_reports import session

START = datetime(2026, 3, 1, 17, 30, 0, 250_000, tzinfo=UTC)


def test_the_session_tells() -> None:
    assert recording_start(session()) == START
    assert recording_start(session(started_at="2026-03-01T18:30:00.250+01:00")) == START


def test_the_user_tells_where_the_session_does_not() -> None:
    silent = session(started_at=None)
    assert recording_start(silent) is None
    assert recording_start(silent, "2026-03-01T18:30:00.25+01:00") == START


def test_two_answers_are_refused() -> None:
    with pytest.raises(UsageError, match="leave --started-at out"):
        recording_start(session(), "2026-03-01T18:30:00Z")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-03-01", "2026-03-01T18:30:00", "2026-13-01T18:30:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="offset from UTC"):
        recording_start(session(started_at=None), text)
    with pytest.raises(InputDataError, match="started_at"):
        recording_start(session(started_at=text))


def test_a_period_is_in_utc_and_in_milliseconds() -> None:
    assert fhir_period(START, 0.0, 61.0006) == {"start": "2026-03-01T17:30:00.250Z", "end": "2026-03-01T17:31:01.250Z"}


@pytest.mark.parametrize("offset_s", [1e12, 1e300])
def test_a_time_outside_the_calendar_is_refused(offset_s: float) -> None:
    with pytest.raises(InputDataError, match="outside the calendar"):
        fhir_period(START, 0.0, offset_s)
