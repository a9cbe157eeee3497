"""When something in a recording happened, as FHIR writes it."""

from datetime import UTC, datetime, timedelta

from qleap_edge.analysis.session_document import SessionReport
from qleap_edge.core.errors import InputDataError, UsageError


def recording_start(report: SessionReport, given: str | None = None) -> datetime | None:
    """Return when the first row was recorded, in UTC; None: neither the session nor the user tells.

    Args:
        report: the session.
        given: date and time with its offset from UTC (ISO 8601), for a recording that does not tell.

    Raises:
        UsageError: ``given`` is no such time, or the session tells the time itself.
        InputDataError: the session's own time is none.
    """
    if given is not None:
        if report.started_at is not None:
            raise UsageError(
                "the session tells itself when its recording began",
                where="--started-at",
                expected="no --started-at",
                got=f"{given}; the session says {report.started_at}",
                next_step="leave --started-at out",
            )
        found = _instant(given)
        if found is None:
            raise UsageError(
                "not a date and time with an offset from UTC",
                where="--started-at",
                expected="ISO 8601, e.g. 2026-03-01T18:30:00+01:00",
                got=repr(given),
                next_step="correct --started-at",
            )
        return found
    if report.started_at is None:
        return None
    found = _instant(report.started_at)
    if found is None:
        raise InputDataError(
            "not a date and time with an offset from UTC",
            where="key 'started_at'",
            expected="ISO 8601",
            got=repr(report.started_at)[:80],
            next_step="restore the session document from its source",
        )
    return found


def fhir_period(start: datetime, start_s: float, end_s: float) -> dict[str, object]:
    """Return a Period in UTC, in whole milliseconds (cut, not rounded, so that its end is never before its start).

    Raises:
        InputDataError: the calendar has no such date.
    """
    return {"start": _text(start, start_s), "end": _text(start, end_s)}


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(start: datetime, offset_s: float) -> str:
    try:
        found = start + timedelta(seconds=offset_s)
    except OverflowError as problem:
        raise InputDataError(
            "the time of a repetition lies outside the calendar",
            where="start_s and end_s of the session",
            expected="seconds since the first row",
            got=f"{offset_s:g} s",
            next_step="restore the session document from its source",
        ) from problem
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")
