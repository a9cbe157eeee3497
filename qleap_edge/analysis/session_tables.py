"""The tables of a session's page: repetitions, what follows from them, the vote, reasons to abstain, and disagreements."""

from collections import Counter

from qleap_edge.analysis.session_document import DepthMeasure, Measure, RepetitionResult, SessionReport, SetResult
from qleap_edge.analysis.statements import interval
from qleap_edge.core.exercises import in_words
from qleap_edge.reporting.tables import DASH, Table, number, percent

REASONS = {
    "sigma": "too uncertain",
    "embedding": "unlike its training",
    "input": "unusual signal",
    "masked": "rows are missing",
    "untrained": "never trained on it",
    "set_unknown": "exercise unknown",
    "outvoted": "outvoted by the set",
}
"""What a reason to abstain is called on the page."""

_MOVED = (
    ("range m", "range_of_motion_m", 2),
    ("turned deg", "turned_deg", 0),
    ("mean up m/s", "mean_concentric_velocity_m_s", 2),
    ("peak up m/s", "peak_concentric_velocity_m_s", 2),
)
_LASTED = (
    ("down s", "eccentric_s", 2),
    ("up s", "concentric_s", 2),
    ("pause at the turn s", "pause_turn_s", 2),
    ("pause before s", "pause_before_s", 2),
)
"""Column, field of a repetition, digits."""


def repetition_tables(index: int, one: SetResult) -> tuple[Table, ...]:
    """Return every measure of every repetition with its 90 % interval; the source is in the heading of the column."""
    times = [(f"{rep.start_s:.2f}", f"{rep.turn_s:.2f}", f"{rep.end_s:.2f}") for rep in one.repetitions]
    columns, cells = _measured(one, _MOVED)
    numbers = [f"{row}{' (partial)' if rep.partial else ''}" for row, rep in enumerate(one.repetitions, start=1)]
    moved = Table(
        f"Set {index}: range and velocity of each repetition, 90 % intervals [source]",
        ("no.", "start s", "turn s", "end s", *columns),
        tuple((name, *when, *row) for name, when, row in zip(numbers, times, cells, strict=True)),
    )
    columns, cells = _measured(one, _LASTED)
    lasted = Table(
        f"Set {index}: durations of each repetition, 90 % intervals [source]",
        ("no.", *columns),
        tuple((name, *row) for name, row in zip(numbers, cells, strict=True)),
    )
    return moved, lasted


def inferred_tables(index: int, one: SetResult) -> tuple[Table, ...]:
    """Return what follows from the travel of the wrist for something else, with both parts of its uncertainty."""
    tables = []
    for title, field in (
        ("depth of the pelvis", "depth_m"),
        ("range of what the reference measured", "referenced_range_m"),
    ):
        rows: list[tuple[str, ...]] = []
        for row, rep in enumerate(one.repetitions, start=1):
            measure: DepthMeasure | None = getattr(rep, field)
            if measure is not None:
                cells = (interval(measure), number(measure.bias_sd, 2), number(measure.spread_sd, 2))
                fall = (_metres(rep.network_depth_m),) if field == "depth_m" else ()
                rows.append((str(row), *cells, "yes" if measure.by_reference else "no", *fall))
        if rows:
            columns = (
                "no.", f"{title} m [{_sources(one, field)}]", "± of this wearer m", "± of a repetition m", "by a reference set",
                *(("fall of the pelvis in the network's pose m [network]",) if field == "depth_m" else ()),
            )  # fmt: skip
            tables.append(
                Table(f"Set {index}: {title}, inferred from the wrist, 90 % intervals [source]", columns, tuple(rows))
            )
    return tuple(tables)


def _measured(
    one: SetResult, measures: tuple[tuple[str, str, int], ...]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return headings and rows of those measures that at least one repetition has."""
    shown = [item for item in measures if any(getattr(rep, item[1]) is not None for rep in one.repetitions)]
    headings = tuple(f"{title} [{_sources(one, field)}]" for title, field, _ in shown)
    return headings, [tuple(_cell(rep, field, digits) for _, field, digits in shown) for rep in one.repetitions]


def _metres(value: float | None) -> str:
    return DASH if value is None else f"{value:.2f}"


def _cell(rep: RepetitionResult, field: str, digits: int) -> str:
    measure: Measure | None = getattr(rep, field)
    return DASH if measure is None else interval(measure, digits)


def _sources(one: SetResult, field: str) -> str:
    found = [getattr(rep, field) for rep in one.repetitions]
    return ", ".join(dict.fromkeys(measure.source for measure in found if measure is not None))


def vote_tables(index: int, one: SetResult) -> tuple[Table, ...]:
    """Return the exercises of the network's vote, and what the motion of the wrist says against each; none without a vote."""
    rows = tuple(
        (in_words(item.exercise), f"{item.probability:.2f}", item.contradiction or DASH)
        for item in one.exercise.candidates
    )
    columns = ("exercise", "probability", "contradicted by the motion of the wrist")
    return (Table(f"Set {index}: the network's vote", columns, rows),) if rows else ()


def reason_tables(report: SessionReport) -> tuple[Table, ...]:
    """Return how many windows each reason to abstain holds for, the most frequent first; none if there is no such window."""
    counts = Counter(reason for window in report.windows for reason in window.reasons)
    rows = tuple(
        (REASONS.get(reason, reason), reason, str(count), percent(count / len(report.windows)))
        for reason, count in counts.most_common()
    )
    columns = ("reason", "name in the document", "windows", "share")
    return (Table("Reasons to abstain", columns, rows),) if rows else ()


def disagreement_tables(report: SessionReport) -> tuple[Table, ...]:
    """Return everything that physics and the network differ in; none if they do not."""
    rows = tuple(
        (
            str(index), DASH if item.repetition is None else str(item.repetition), item.about,
            number(item.physics), number(item.network), item.message,
        )
        for index, one in enumerate(report.sets, start=1)
        for item in one.disagreements
    )  # fmt: skip
    columns = ("set", "repetition", "about", "physics", "network", "difference")
    return (Table("What physics and the network say", columns, rows),) if rows else ()
