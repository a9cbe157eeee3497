"""A finding: one check of a recording, what it measured, and whether that is good enough."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["pass", "info", "warn", "fail"]
"""``info``: the check could not decide; ``fail``: the recording is not analysed."""


@dataclass(frozen=True)
class Finding:
    """The outcome of one check."""

    check: str
    level: Level
    value: float | None
    """The measured number in ``unit``, ``None`` when there was nothing to measure."""
    unit: str
    """SI (``"s"``, ``"Hz"``, ``"rad/s"``, ``"m/s²"``), ``"1"`` for a ratio, ``"count"`` for a number of things."""
    expected: str
    message: str


def graded(
    check: str, value: float | int, unit: str, message: str, *, good: bool, bad: Level, expected: str
) -> Finding:
    """Return a passing finding, or one of level ``bad``."""
    return Finding(check, "pass" if good else bad, float(value), unit, expected, message)


def undecided(check: str, expected: str, message: str) -> Finding:
    """Return the finding of a check that found nothing to measure."""
    return Finding(check, "info", None, "1", expected, message)
