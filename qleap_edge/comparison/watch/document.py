"""``watch.json``: every number of the watch benchmark."""

from typing import Literal

from qleap_edge.analysis.session_document import Named, WindowReason
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.records import Document, Part

Active = Literal["known", "unknown"]
"""``known``: the counter is told where the exercise is. ``unknown``: it is given the whole recording."""
Chosen = Literal["all", "undoubted"]
"""``undoubted``: without the sets whose logged number somebody doubts, with a reason."""


class CountPart(Part):
    """What one counter finds in one set."""

    known: int
    """Repetitions, active part known."""
    unknown: int
    """Repetitions that turn inside the active part, which is not known to the counter."""
    outside: int
    """Repetitions that turn outside the active part: false ones."""


class RefusedPart(Part):
    """Windows of a set from which the network abstains for one reason; a window may have several."""

    reason: WindowReason
    """The gate, or what is wrong with the window."""
    windows: int
    """How many."""


class NetworkPart(Part):
    """What the session report says about a set, the active part unknown to it."""

    named: tuple[Named, ...]
    """Exercise of each set that lies mostly in the active part."""
    windows: int
    """Windows of four seconds in these sets."""
    refused: tuple[RefusedPart, ...]
    """From how many of them the network abstains, by reason."""
    squat_windows: int
    """Windows that are accepted as squat."""
    squat_windows_alone: int
    """Windows that the network alone, without sets and physics, would accept as squat: the baseline."""
    most_frequent_alone: Exercise | None
    """The most frequent exercise of the windows from which the network alone does not abstain."""


class SetRow(Part):
    """One set of ``sets.csv``."""

    file: str
    """Name of the recording."""
    exercise: str
    """As the table has it."""
    logged: int | None
    """Repetitions as logged; null: nobody logged them."""
    doubt: str | None
    """Why the logged number is doubted; null: it is not."""
    active_start_s: float
    """Start of the active part, by the file's own clock."""
    active_end_s: float
    """End of the active part."""
    outside_s: float
    """Recorded time outside the active part."""
    signals: tuple[str, ...]
    """The signal of each set that the analysis found in the known active part."""
    analysis: CountPart
    """Of the analysis."""
    baseline: CountPart
    """Of autocorrelation with peaks, not tuned."""
    range_errors_m: tuple[float, ...]
    """Range of motion less its reference, for each repetition, if the table has one for each that was counted."""
    range_covered: tuple[bool, ...]
    """The reference lies within 1.645 standard deviations."""
    baseline_range_errors_m: tuple[float, ...]
    """Of a double integration with a high-pass."""
    velocity_errors_m_s: tuple[float, ...]
    """Mean concentric velocity less its reference."""
    baseline_velocity_errors_m_s: tuple[float, ...]
    """Of the same double integration: its range over the time from the turn to the end, or from the start to the turn."""
    exercise_id: Exercise | None
    """The exercise of the model that the label names; null: the model has no such class."""
    network: NetworkPart | None
    """What the model of a bundle says; null without a bundle."""


class FigureRow(Part):
    """One figure over all sets."""

    name: str
    """Name of the figure."""
    active: Active
    """What the counter was told."""
    sets: Chosen
    """Which sets are counted in."""
    unit: str
    """Unit; ``1`` for a share."""
    count: int
    """Sets, or repetitions, that the figure is over."""
    value: float
    """Of the analysis."""
    low: float
    """Lower end of the 95 % interval, recordings drawn whole."""
    high: float
    """Upper end."""
    baseline: float | None
    """Of the baseline; null if it makes no such statement."""
    baseline_low: float | None
    """Lower end of its interval."""
    baseline_high: float | None
    """Upper end."""


class WatchBenchmark(Document):
    """The result of ``qleap benchmark watch``."""

    schema_name: Literal["qleap.watch_benchmark"] = "qleap.watch_benchmark"
    schema_version: Literal[2] = 2
    package_sha256: str | None
    """Digest of the package that ran; null without a bundle."""
    table_sha256: str
    """SHA-256 of ``sets.csv``."""
    figures: tuple[FigureRow, ...]
    """Every figure beside its baseline."""
    sets: tuple[SetRow, ...]
    """Every set."""
    notes: tuple[str, ...]
    """How the figures are to be understood."""
