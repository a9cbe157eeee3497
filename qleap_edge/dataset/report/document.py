"""``report.json``: every number of a dataset report."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from qleap_edge.core.records import Document, Part
from qleap_edge.dataset.report.literature import Signal

Verdict = Literal["ok", "short", "unmeasured"]
"""``short``: the bound is missed; ``unmeasured``: the dataset holds nothing to measure."""


class Spread(Part):
    """Three percentiles of a distribution; None without values."""

    low: float | None
    """1st percentile."""
    median: float | None
    high: float | None
    """99th percentile."""
    count: int
    """Number of values."""

    @classmethod
    def of(cls, values: Float[np.ndarray, " n"]) -> "Spread":
        """Return 1 %, median and 99 % of the values that are numbers."""
        known = values[np.isfinite(values)]
        if len(known) == 0:
            return cls(low=None, median=None, high=None, count=0)
        low, median, high = (float(value) for value in np.percentile(known, (1.0, 50.0, 99.0)))
        return cls(low=low, median=median, high=high, count=len(known))


class CountRow(Part):
    """Amount of one content in one regime."""

    content: str
    """Exercise, ``warm_up`` or ``transition``."""
    regime: str
    """``prescribed`` or ``forward``."""
    sequences: int
    minutes: float
    loaded: int
    """Sequences with a mass on the shoulders or in the hands."""


class ShareRow(Part):
    """Number of sequences of a content with one property."""

    content: str
    name: str
    """A posture, or a wrist with its crown side."""
    sequences: int


class ScoreRow(Part):
    """Scored sequences by form score."""

    score: int
    sequences: int
    share: float
    """Of all scored sequences."""


class BandRow(Part):
    """A published range."""

    low: float
    high: float
    source: str


class AngleRow(Part):
    """Largest value of one joint angle in each sequence."""

    content: str
    angle: str
    unit: Literal["deg"] = "deg"
    spread: Spread
    literature: BandRow | None
    literature_share: float | None
    """Share of the sequences inside the published range."""
    real: float | None
    """Largest value of the real person."""


class MotionRow(Part):
    """Depth, tempo and repetitions of one content, by sequence."""

    content: str
    repetitions: Spread
    depth: Spread
    """How far the pelvis goes down, body heights."""
    descent_s: Spread
    ascent_s: Spread


class GroundRow(Part):
    """Feet and ground of one content in one regime."""

    content: str
    regime: str
    frames: int
    force_mean: float
    """Vertical ground force over the weight of body and load, over all frames."""
    force_least: float
    force_most: float
    force_pushing_share: float
    """Share of the frames whose vertical ground force is above 0."""
    pressure_inside_share: float | None
    """Share of the frames with a foot on the floor whose centre of pressure lies inside the hull of the planted feet."""
    slide_median_mm: float
    """Median over the sequences of the largest movement of a planted foot."""
    slide_95_mm: float
    """95th percentile of the same."""
    slide_most_mm: float
    """Largest of the same."""


class RestRow(Part):
    """Median norm of the specific force over the quietest second of each sequence's idle part."""

    content: str
    norm: Spread
    """m/s²."""


class SpectrumRow(Part):
    """Bandwidth and strength of one wrist signal."""

    source: Literal["synthetic", "watch", "real"]
    """``watch``: published recordings; ``real``: motion capture with an ideal sensor."""
    of: str
    """Content, ``content, posture``, or a wrist."""
    signal: Signal
    unit: str
    below_hz: dict[str, float | None]
    """Percent of the energy → frequency below which it lies; synthetic: median over sequences. None for a still watch."""
    rms: float
    sequences: int


class CheckRow(Part):
    """One number against its bound."""

    name: str
    value: float | None
    unit: str
    bound: str
    """The bound as text, e.g. ``>= 0.15``."""
    verdict: Verdict
    note: str = ""
    """What the number counts."""


class RealRow(Part):
    """One figure of one real repetition against the synthetic squats."""

    figure: str
    """Name of the figure."""
    label: str
    """What it measures."""
    unit: str
    wrist: Literal["left", "right"] | None
    """None for a figure that does not depend on the wrist."""
    repetition: int
    """From 1."""
    real: float
    synthetic: Spread
    percentile: float | None
    """Percent of the synthetic repetitions that lie below."""
    inside: bool | None
    """Between the synthetic 1 % and 99 %; None without synthetic squats."""


class RealPart(Part):
    """The squats of the real person."""

    file: str
    sha256: str
    stature_m: float
    stature_note: str
    """How the stature is estimated."""
    seconds: float
    """Duration of the part that is labelled a squat."""
    spans_s: tuple[tuple[float, float, float], ...]
    """Start, bottom and end of each repetition on the file's clock."""
    figures: tuple[RealRow, ...]
    outside: int
    """Number of figures outside the synthetic 1-99 % range."""


class DatasetReport(Document):
    """The result of ``qleap dataset report``."""

    schema_name: Literal["qleap.dataset_report"] = "qleap.dataset_report"
    schema_version: Literal[1] = 1
    dataset_sha256: str
    """Of the dataset's document, which lists the hashes of its shards."""
    seed: int
    sequences: int
    subjects: int
    minutes: float
    rejected: dict[str, int]
    """Reason → number of motions that the synthesis discarded."""
    counts: tuple[CountRow, ...]
    scores: tuple[ScoreRow, ...]
    postures: tuple[ShareRow, ...]
    wear: tuple[ShareRow, ...]
    angles: tuple[AngleRow, ...]
    motion: tuple[MotionRow, ...]
    ground: tuple[GroundRow, ...]
    rest: tuple[RestRow, ...]
    spectra: tuple[SpectrumRow, ...]
    checks: tuple[CheckRow, ...]
    real: RealPart | None
    notes: tuple[str, ...]
