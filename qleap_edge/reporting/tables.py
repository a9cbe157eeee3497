"""A table of text, and the formats of numbers and shares in its cells, for terminals and pages alike."""

from dataclasses import dataclass

DASH = "–"


@dataclass(frozen=True)
class Table:
    """One table; every cell is text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with so many significant digits, or a dash for None; digits before the point are never rounded away."""
    if value is None:
        return DASH
    return f"{value:.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def percent(share: float | None) -> str:
    """Return a share in percent; a share below 1 is never rounded to 100 %."""
    if share is None:
        return DASH
    text = f"{100.0 * share:.2f}"
    return f"{text if share == 1.0 or text != '100.00' else '> 99.99'} %"
