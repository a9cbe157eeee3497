"""The sessions of one wearer in the order of time: does the network still see the exercises as it did?"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from qleap_edge.analysis.session_document import SessionReport
from qleap_edge.analysis.session_file import WRITE_AGAIN
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import Exercise, in_words
from qleap_edge.core.records import Document, Part
from qleap_edge.uncertainty.wearer_drift import ALARM_AT, LEAST_EARLIER, find_drift

_FARTHEST = 1e6  # in feature space, where a distance of ten is far


class DriftObservation(Part):
    """What one session says of one exercise."""

    recording: str
    """Path of the recording, as the session has it."""
    started_at: str | None
    """Date and time (UTC, ISO 8601) of its first row; null where the recording does not tell."""
    exercise: Exercise
    """Of the sets."""
    windows: int
    """Windows of its sets."""
    embedding_distance: float
    """Mean over these windows, from the nearest exercise of the calibration."""
    p_value: float | None
    """Rank among the earlier observations of this exercise; null for the first four of each."""
    cusum: float
    """Evidence for a change up to here; the alarm rings at :attr:`WearerDrift.alarm_at`."""


class WearerDrift(Document):
    """The result of ``qleap watch drift``."""

    schema_name: Literal["qleap.wearer_drift"] = "qleap.wearer_drift"
    schema_version: Literal[1] = 1
    package_sha256: str
    """Digest of the package that ran in all sessions."""
    sessions: int
    """How many were given."""
    order: Literal["time", "given"]
    """``time``: by when the recordings began. ``given``: some do not tell, so the order is that of the command line."""
    alarm_at: float
    """Evidence at which the alarm rings."""
    alarm: int | None
    """Index of the observation at which it rings first; null: it does not."""
    observations: tuple[DriftObservation, ...]
    """In the order of time; sets of an unknown exercise are in none."""


def drift_over_sessions(sessions: Sequence[tuple[Path, SessionReport]]) -> WearerDrift:
    """Test the sessions of one wearer, sorted by the time at which they began where all of them tell.

    Args:
        sessions: file and contents of each.

    Raises:
        InputDataError: two sessions of one recording, or of different packages, or no set with a named exercise.
    """
    first_path, first = sessions[0]
    seen: dict[str, Path] = {}
    for path, report in sessions:
        if report.package_sha256 != first.package_sha256:
            raise InputDataError(
                "the sessions come from different packages",
                where=f"{path}, key 'package_sha256'",
                expected=f"{first.package_sha256[:12]}…, as in {first_path}",
                got=f"{report.package_sha256[:12]}…",
                next_step="analyze all recordings with one bundle: another network has other distances",
            )
        if report.recording_sha256 in seen:
            raise InputDataError(
                "two sessions of one recording", where=path, expected="each recording once",
                got=f"the recording of {seen[report.recording_sha256]}", next_step="leave one of them out",
            )  # fmt: skip
        seen[report.recording_sha256] = path
    begun = [_began(path, report) for path, report in sessions]
    order: Literal["time", "given"] = "time" if None not in begun else "given"
    dated = [(moment, number) for number, moment in enumerate(begun) if moment is not None]
    numbers = [number for _, number in sorted(dated)] if order == "time" else range(len(sessions))
    rows = [row for number in numbers for row in _observed(*sessions[number])]
    if not rows:
        raise InputDataError(
            "no session holds a set whose exercise is known", where=first_path, expected="sets with a name",
            got=f"{len(sessions)} sessions without one", next_step="analyze them with --exercise NAME where you know it",
        )  # fmt: skip
    found = find_drift(np.array([distance for *_, distance in rows]), [exercise for _, exercise, *_ in rows])
    return WearerDrift(
        package_sha256=first.package_sha256,
        sessions=len(sessions),
        order=order,
        alarm_at=ALARM_AT,
        alarm=found.alarm,
        observations=tuple(
            DriftObservation(
                recording=report.recording, started_at=report.started_at, exercise=exercise, windows=windows,
                embedding_distance=distance, p_value=float(p) if np.isfinite(p) else None, cusum=float(evidence),
            )
            for (report, exercise, windows, distance), p, evidence in zip(rows, found.p_value, found.cusum, strict=True)
        ),
    )  # fmt: skip


def _began(path: Path, report: SessionReport) -> datetime | None:
    """Return when a recording began; a time without a zone is UTC, as the document has it."""
    if report.started_at is None:
        return None
    try:
        moment = datetime.fromisoformat(report.started_at)
    except ValueError as problem:
        raise InputDataError(
            "the session has a date that is none", where=f"{path}, key 'started_at'",
            expected="date and time, ISO 8601", got=report.started_at[:40], next_step=WRITE_AGAIN,
        ) from problem  # fmt: skip
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _observed(path: Path, report: SessionReport) -> list[tuple[SessionReport, Exercise, int, float]]:
    """Return windows and mean distance of every named exercise of a session, in the order in which they first occur."""
    distances: dict[Exercise, list[float]] = {}
    for number, window in enumerate(report.windows):
        if not 1 <= window.set_number <= len(report.sets) or not 0.0 <= window.embedding_distance <= _FARTHEST:
            raise InputDataError(
                "the session holds what no analysis writes", where=f"{path}, key 'windows.{number}'",
                expected=f"a set from 1 to {len(report.sets)}, and a distance from 0 to {_FARTHEST:g}",
                got=f"set {str(window.set_number)[:20]}, distance {window.embedding_distance:g}", next_step=WRITE_AGAIN,
            )  # fmt: skip
        name = report.sets[window.set_number - 1].exercise.name
        if name != "unknown":
            distances.setdefault(name, []).append(window.embedding_distance)
    return [(report, name, len(values), float(np.mean(values))) for name, values in distances.items()]


def drift_statement(found: WearerDrift) -> str:
    """Return the result in words; it begins with a warning where the order may not be that of time."""
    order = (
        "Not all recordings tell when they began: they were taken in the order given. "
        if found.order == "given"
        else ""
    )
    return order + _result(found)


def _result(found: WearerDrift) -> str:
    judged = sum(one.p_value is not None for one in found.observations)
    if found.alarm is not None:
        at = found.observations[found.alarm]
        return (
            f"The sets no longer look as they did: the evidence reached {at.cusum:.0f} at {at.recording} "
            f"({at.started_at or 'no date'}). The calibration may not hold for this wearer: check strap, wrist and crown, and "
            "compare with a session from before."
        )
    if judged == 0:
        counts = Counter(one.exercise for one in found.observations)
        return (
            f"Nothing can be said yet: no exercise has {LEAST_EARLIER + 1} sessions. So far: "
            + ", ".join(f"{in_words(name)} {count}" for name, count in sorted(counts.items()))
            + "."
        )
    return (
        f"No evidence of a change in {found.sessions} sessions: it reached {max(one.cusum for one in found.observations):.1f}, "
        f"and the alarm rings at {found.alarm_at:g}. {judged} of {len(found.observations)} observations could be judged."
    )
