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
    """50th percentile."""
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
    """Number of sequences."""
    minutes: float
    """Duration of the sequences."""
    loaded: int
    """Sequences with a mass on the shoulders or in the hands."""


class ShareRow(Part):
    """Number of sequences of a content with one property."""

    content: str
    """Exercise, ``warm_up`` or ``transition``."""
    name: str
    """A posture, or a wrist with its crown side."""
    sequences: int
    """Number of sequences."""


class ScoreRow(Part):
    """Scored sequences by form score."""

    score: int
    """Form score; 4 is the best."""
    sequences: int
    """Number of sequences."""
    share: float
    """Of all scored sequences."""


class BandRow(Part):
    """A published range."""

    low: float
    """Lower end."""
    high: float
    """Upper end."""
    source: str
    """Where it is published."""


class AngleRow(Part):
    """Largest value of one joint angle in each sequence."""

    content: str
    """Exercise, ``warm_up`` or ``transition``."""
    angle: str
    """Name of the angle."""
    unit: Literal["deg"] = "deg"
    """Degrees."""
    spread: Spread
    """Over the sequences."""
    literature: BandRow | None
    """The published range; null if there is none."""
    literature_share: float | None
    """Share of the sequences inside the published range."""
    real: float | None
    """Largest value of the real person."""


class MotionRow(Part):
    """Depth, tempo and repetitions of one content, by sequence."""

    content: str
    """Exercise, ``warm_up`` or ``transition``."""
    repetitions: Spread
    """Repetitions in a sequence."""
    depth: Spread
    """How far the pelvis goes down, body heights."""
    descent_s: Spread
    """Duration of the way down."""
    ascent_s: Spread
    """Duration of the way up."""


class GroundRow(Part):
    """Feet and ground of one content in one regime."""

    content: str
    """Exercise, ``warm_up`` or ``transition``."""
    regime: str
    """``prescribed`` or ``forward``."""
    frames: int
    """Number of frames."""
    force_mean: float
    """Vertical ground force over the weight of body and load, over all frames."""
    force_least: float
    """Smallest value of the same."""
    force_most: float
    """Largest value of the same."""
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
    """Exercise, ``warm_up`` or ``transition``."""
    norm: Spread
    """m/s²."""


class GravityRow(Part):
    """Where gravity points in frame C of the left arm while one posture is held still."""

    posture: str
    """Name of the posture."""
    sequences: int
    """Sequences that begin with a rest in it."""
    x: Spread
    """Specific force at rest along the forearm, towards the hand, m/s²; at 9.81 the hand is up."""
    y: Spread
    """Towards the side of the little finger, m/s²."""
    z: Spread
    """Out of the back of the hand, m/s²."""
    mean: tuple[float, float, float]
    """Unit direction of the mean over the sequences."""
    apart_deg: float
    """Median angle of a sequence's direction from the mean one."""


class SpectrumRow(Part):
    """Bandwidth and strength of one wrist signal."""

    source: Literal["synthetic", "watch", "real"]
    """``watch``: published recordings; ``real``: motion capture with an ideal sensor."""
    of: str
    """Content, ``content, posture``, or a wrist."""
    signal: Signal
    """The wrist signal."""
    unit: str
    """Unit of the signal and of ``rms``."""
    below_hz: dict[str, float | None]
    """Percent of the energy → frequency below which it lies; synthetic: median over sequences. None for a still watch."""
    rms: float
    """About the mean; synthetic: median over sequences."""
    sequences: int
    """Number of sequences; 0 for the watch."""


class CheckRow(Part):
    """One number against its bound."""

    name: str
    """What is bounded."""
    value: float | None
    """Null if the dataset holds nothing to measure."""
    unit: str
    """Unit of value and bound; ``1`` for a share."""
    bound: str
    """The bound as text, e.g. ``>= 0.15``."""
    verdict: Verdict
    """``short``: the bound is missed."""
    note: str = ""
    """What the number counts."""


class RealRow(Part):
    """One figure of one real repetition against the synthetic squats."""

    figure: str
    """Name of the figure."""
    label: str
    """What it measures."""
    unit: str
    """Unit of the figure."""
    wrist: Literal["left", "right"] | None
    """None for a figure that does not depend on the wrist."""
    repetition: int
    """From 1."""
    real: float
    """Of this repetition."""
    synthetic: Spread
    """Over the synthetic repetitions."""
    percentile: float | None
    """Percent of the synthetic repetitions that lie below."""
    inside: bool | None
    """Between the synthetic 1 % and 99 %; None without synthetic squats."""


class RealPart(Part):
    """The squats of the real person."""

    file: str
    """Name of the file."""
    sha256: str
    """SHA-256 of the file."""
    stature_m: float
    """Estimated height of the person."""
    stature_note: str
    """How the stature is estimated."""
    seconds: float
    """Duration of the part that is labelled a squat."""
    spans_s: tuple[tuple[float, float, float], ...]
    """Start, bottom and end of each repetition on the file's clock."""
    figures: tuple[RealRow, ...]
    """Every figure of every repetition."""
    outside: int
    """Number of figures outside the synthetic 1-99 % range."""


class DatasetReport(Document):
    """The result of ``qleap dataset report``."""

    schema_name: Literal["qleap.dataset_report"] = "qleap.dataset_report"
    schema_version: Literal[2] = 2
    dataset_sha256: str
    """Of the dataset's document, which lists the hashes of its shards."""
    seed: int
    """Of the synthesis."""
    sequences: int
    """Number of sequences."""
    subjects: int
    """Number of persons."""
    minutes: float
    """Duration of all sequences."""
    rejected: dict[str, int]
    """Reason → number of motions that the synthesis discarded."""
    counts: tuple[CountRow, ...]
    """Amount of each content in each regime."""
    scores: tuple[ScoreRow, ...]
    """Sequences by form score."""
    postures: tuple[ShareRow, ...]
    """Sequences by content and posture of the arms."""
    wear: tuple[ShareRow, ...]
    """Sequences by content, wrist and crown side."""
    angles: tuple[AngleRow, ...]
    """Largest joint angles."""
    motion: tuple[MotionRow, ...]
    """Repetitions, depth and tempo."""
    ground: tuple[GroundRow, ...]
    """Feet and ground."""
    rest: tuple[RestRow, ...]
    """Norm of the specific force at rest."""
    gravity: tuple[GravityRow, ...]
    """Direction of gravity in the watch frame by posture."""
    spectra: tuple[SpectrumRow, ...]
    """Bandwidth of the wrist signals."""
    checks: tuple[CheckRow, ...]
    """Every bound with its verdict."""
    real: RealPart | None
    """The real person's squats; null if none were given."""
    notes: tuple[str, ...]
    """How the figures are to be understood."""
