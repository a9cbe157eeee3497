"""The active part: start and end in which a person knows that exercise took place, checked against the recording."""

import math

from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import UsageError

OPTION = "--active"


def lies_outside(recording: Recording, active: tuple[float, float]) -> bool:
    """Return whether no part of a span (s since the first row) lies in a recording."""
    return active[1] <= float(recording.time_s[0]) or active[0] >= float(recording.time_s[-1])


def require_active_part(recording: Recording, active: tuple[float, float] | None) -> None:
    """Refuse a part that cannot hold an exercise of this recording. One that reaches beyond an end of the recording is fine.

    Args:
        recording: as a reader returns it.
        active: start and end (s) since the first row; ``None`` is fine.

    Raises:
        UsageError: a number is not finite, the end is not after the start, or nothing of the part lies in the recording.
    """
    if active is None:
        return
    start_s, end_s = active
    if not (math.isfinite(start_s) and math.isfinite(end_s) and start_s < end_s):
        raise UsageError(
            "not a part of a recording",
            where=OPTION,
            expected="a start and a later end, in seconds since the first row",
            got=f"{start_s:g} to {end_s:g}",
            next_step="correct the two numbers",
        )
    first_s, last_s = float(recording.time_s[0]), float(recording.time_s[-1])
    if lies_outside(recording, active):
        raise UsageError(
            "the part lies outside of the recording",
            where=OPTION,
            expected=f"seconds since the first row, between {first_s:.0f} and {last_s:.0f}",
            got=f"{start_s:g} to {end_s:g}",
            next_step="correct the two numbers",
        )
