"""A finding: one check of a recording, what it measured, and whether that is good enough."""

from typing import Literal

from qleap_edge.core.records import Part

Level = Literal["pass", "info", "warn", "fail"]
"""``info``: the check could not decide; ``fail``: the recording is not analysed."""


class Finding(Part):
    """The outcome of one check."""

    check: str
    """Name of the check."""
    level: Level
    value: float | None
    """The measured number in ``unit``, null when there was nothing to measure."""
    unit: str
    """SI (``"s"``, ``"Hz"``, ``"rad/s"``, ``"m/s²"``), ``"1"`` for a ratio, ``"count"`` for a number of things."""
    expected: str
    """What passes, in words."""
    message: str
    """What was found, in words."""


def graded(
    check: str, value: float | int, unit: str, message: str, *, good: bool, bad: Level, expected: str
) -> Finding:
    """Return a passing finding, or one of level ``bad``."""
    level = "pass" if good else bad
    return Finding(check=check, level=level, value=float(value), unit=unit, expected=expected, message=message)


def undecided(check: str, expected: str, message: str) -> Finding:
    """Return the finding of a check that found nothing to measure."""
    return Finding(check=check, level="info", value=None, unit="1", expected=expected, message=message)
