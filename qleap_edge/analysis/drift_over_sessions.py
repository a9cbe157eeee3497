"""The sessions of one wearer in the order of time: does the network still see the exercises as it did?"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np

from qleap_edge.analysis.session_document import SessionReport
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.records import Document, Part
from qleap_edge.uncertainty.wearer_drift import ALARM_AT, LEAST_EARLIER, find_drift


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
    reports = [report for _, report in sessions]
    if all(report.started_at is not None for report in reports):
        reports.sort(key=lambda report: datetime.fromisoformat(str(report.started_at)))
    rows = [row for report in reports for row in _observed(report)]
    if not rows:
        raise InputDataError(
            "no session holds a set whose exercise is known", where=first_path, expected="sets with a name",
            got=f"{len(sessions)} sessions without one", next_step="analyze them with --exercise NAME where you know it",
        )  # fmt: skip
    found = find_drift(np.array([distance for *_, distance in rows]), [exercise for _, exercise, *_ in rows])
    return WearerDrift(
        package_sha256=first.package_sha256,
        sessions=len(sessions),
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


def _observed(report: SessionReport) -> list[tuple[SessionReport, Exercise, int, float]]:
    """Return windows and mean distance of every named exercise of a session, in the order in which they first occur."""
    distances: dict[Exercise, list[float]] = {}
    for window in report.windows:
        name = report.sets[window.set_number - 1].exercise.name
        if name != "unknown":
            distances.setdefault(name, []).append(window.embedding_distance)
    return [(report, name, len(values), float(np.mean(values))) for name, values in distances.items()]


def drift_statement(found: WearerDrift) -> str:
    """Return the result as one sentence."""
    judged = sum(one.p_value is not None for one in found.observations)
    if found.alarm is not None:
        at = found.observations[found.alarm]
        return (
            f"The sets no longer look as they did: the evidence reached {at.cusum:.0f} at {at.recording} "
            f"({at.started_at or 'no date'}). The calibration may not hold for this wearer: check strap, wrist and crown, and "
            "compare with a session from before."
        )
    if judged == 0:
        return (
            f"Nothing can be said yet: no exercise has {LEAST_EARLIER + 1} sessions. {len(found.observations)} observations of "
            f"{len({one.exercise for one in found.observations})} exercises."
        )
    return (
        f"No evidence of a change in {found.sessions} sessions: it reached {max(one.cusum for one in found.observations):.1f}, "
        f"and the alarm rings at {found.alarm_at:g}. {judged} of {len(found.observations)} observations could be judged."
    )
