"""Clean a recording's clock: drop repeats, sort, split at gaps, remove jitter and fill holes.

Two kinds of stamps exist. The sensor's own are regular (intervals spread by less than 1 µs). Stamps that a callback takes from
the wall clock vary by milliseconds around a straight line, and the line replaces them. After a suspension an app may stamp a
whole queue at delivery: such a *collapsed* clock runs faster than the device did before, or its intervals have no common
length, and the rows are rejected. Every rate from the model's upwards can be used.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.interpolate import CubicSpline

from qleap_edge.alignment.identities import tilt_error
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.frames import MODEL_RATE_HZ

SPLIT_S = 0.1  # a longer interval is never bridged
SMOOTH_HOLE_S = 0.03  # up to this much missing a cubic restores the signal; beyond, a line is drawn and masked
START_UP_S = 0.5  # CoreMotion's filter settles within it
RATE_TOLERANCE = 0.015  # device clocks are off by up to 1 %
MAX_RATE_HZ = 1000.0  # the fastest accelerometer of a watch has 800 Hz
MAX_ODD_INTERVALS = (
    0.25  # share of a wall clock's intervals below half or above one and a half periods; Android has 0.05
)
MAX_RATE_CHANGE = 0.05  # between the stretches of one recording: the device has one rate
SENSOR_CLOCK_SD_S = 50e-6
MAX_JITTER_SHARE = 0.25  # of the sample period
MIN_SAMPLES = 10  # fewer do not show a rate
HOLE_RATIO = 1.5  # an interval above 1.5 periods may hide lost samples
_RATE_AFTER_FILL = 0.005  # filling must leave the device's rate where its clean part puts it
_STALE_TILT_RAD = float(np.deg2rad(1.0))
_AGREEING_TILT_RAD = float(np.deg2rad(0.1))

ClockKind = Literal["sensor", "wall", "given"]


@dataclass(frozen=True)
class Stretch:
    """A gap-free run of rows on a clean clock, lost samples filled in."""

    recording: Recording
    """The measured rows: sorted, without repeats, on the clean clock."""
    time_s: Float[np.ndarray, " n"]
    """Strictly increasing, de-jittered, at the device's period, with a stamp for each filled sample."""
    imu: Float[np.ndarray, "n 6"]
    """Device axes, m/s² and rad/s."""
    masked: Float[np.ndarray, "holes 2"]
    """Start and end (s) of the intervals that were bridged by a line."""
    kind: ClockKind
    rate_hz: float
    jitter_s: float
    lost: int


@dataclass(frozen=True)
class Rejected:
    """A run of rows that is not used, and the reason."""

    start_s: float
    end_s: float
    rows: int
    reason: str


@dataclass(frozen=True)
class ClockReport:
    """The usable stretches, the rejected ones, and counts of what was dropped or sorted."""

    stretches: tuple[Stretch, ...]
    rejected: tuple[Rejected, ...]
    repeats: int
    """Rows with stamp and all values equal to an earlier one: dropped."""
    back_steps: int
    """Rows stamped before their predecessor (repeats aside): sorted."""
    equal_stamps: int
    gaps_s: tuple[float, ...]
    """Length of every interval at which the recording was split."""
    dropped_at_start: int


def clean_clock(recording: Recording) -> ClockReport:
    """Drop repeats, sort, drop a stale start, split at gaps and give each part a clean clock."""
    kept = recording.take(~repeated_rows(recording))
    steps = np.diff(kept.time_s)
    ordered = kept.take(np.argsort(kept.time_s, kind="stable"))
    stale = stale_start(ordered)
    trusted = ordered.take(slice(stale, None))
    intervals = np.diff(trusted.time_s)
    cuts = np.flatnonzero(intervals > SPLIT_S)
    bounds = [0, *(int(cut) + 1 for cut in cuts), len(trusted)]
    if len(trusted) >= MIN_SAMPLES and float(np.median(intervals)) > SPLIT_S:  # every interval would be a gap
        parts: list[Stretch | Rejected] = [_reject(trusted, _too_slow(1.0 / float(np.median(intervals))))]
        cuts = cuts[:0]
    else:
        parts = _without_collapsed(_parts(trusted, bounds))
    return ClockReport(
        stretches=tuple(part for part in parts if isinstance(part, Stretch)),
        rejected=tuple(part for part in parts if isinstance(part, Rejected)),
        repeats=len(recording) - len(kept),
        back_steps=int((steps < 0).sum()),
        equal_stamps=int((np.diff(ordered.time_s) == 0).sum()),
        gaps_s=tuple(float(gap) for gap in intervals[cuts]),
        dropped_at_start=stale,
    )


def repeated_rows(recording: Recording) -> Bool[np.ndarray, " n"]:
    """Mark every row whose stamp and six values equal an earlier row's; an equal stamp alone is not a repeat."""
    repeated = np.zeros(len(recording), dtype=bool)
    if not recording.stamped or bool((np.diff(recording.time_s) > 0).all()):
        return repeated
    rows = np.ascontiguousarray(np.column_stack([recording.time_s, recording.imu]) + 0.0)  # + 0.0: one sign of zero
    _, first = np.unique(rows.view([("", rows.dtype)] * rows.shape[1]).ravel(), return_index=True)
    repeated[:] = True
    repeated[first] = False
    return repeated


def stale_start(recording: Recording) -> int:
    """Return how many rows to drop because row 0 was measured before the recording started (0: none).

    Row 0 is stale when its attitude contradicts its gravity although the later rows agree.
    """
    if recording.gravity is None or recording.quaternion is None or len(recording) < MIN_SAMPLES:
        return 0
    tilt = tilt_error(recording)
    if tilt[0] <= _STALE_TILT_RAD or float(np.median(tilt[1:])) > _AGREEING_TILT_RAD:
        return 0
    return int(np.searchsorted(recording.time_s, recording.time_s[0] + START_UP_S))


def _without_collapsed(parts: list[Stretch | Rejected]) -> list[Stretch | Rejected]:
    """Reject each stretch on a wall clock that runs faster than the longest one: its rows were stamped at delivery."""
    wall = [part for part in parts if isinstance(part, Stretch) and part.kind == "wall"]
    if len(wall) < 2:
        return parts
    device_hz = max(wall, key=lambda part: float(part.time_s[-1] - part.time_s[0])).rate_hz
    return [
        _reject(
            part.recording,
            f"collapsed clock: {part.rate_hz:.2f} Hz, but the longest part of the recording has {device_hz:.2f} Hz",
        )
        if isinstance(part, Stretch) and part.kind == "wall" and part.rate_hz > (1.0 + MAX_RATE_CHANGE) * device_hz
        else part
        for part in parts
    ]


def _parts(recording: Recording, bounds: list[int]) -> list[Stretch | Rejected]:
    """Return every gap-free run; neighbouring runs that are too short to show a rate are rejected together."""
    parts: list[Stretch | Rejected] = []
    short: list[tuple[int, int]] = []
    for first, last in pairwise(bounds):
        if last - first < MIN_SAMPLES:
            short.append((first, last))
            continue
        parts += [*_too_short(recording, short), _clean_part(recording.take(slice(first, last)))]
        short = []
    return [*parts, *_too_short(recording, short)]


def _too_short(recording: Recording, runs: list[tuple[int, int]]) -> list[Rejected]:
    """Return one rejection of runs that follow each other, or none for no run."""
    if not runs:
        return []
    first, last = runs[0][0], runs[-1][1]
    longest = max(end - start for start, end in runs)
    many = f"{len(runs)} runs of at most " if len(runs) > 1 else ""
    reason = f"too short to show its rate: {many}{longest} samples, at least {MIN_SAMPLES} needed"
    return [Rejected(float(recording.time_s[first]), float(recording.time_s[last - 1]), last - first, reason)]


def _clean_part(part: Recording) -> Stretch | Rejected:
    """Return one gap-free run on a clean clock, or the reason why it is rejected."""
    intervals = np.diff(part.time_s)
    period = float(np.median(intervals))
    if period <= 0:
        return _reject(part, "collapsed clock: most stamps are equal")
    usual = intervals[(intervals >= 0.5 * period) & (intervals <= HOLE_RATIO * period)]
    if len(usual) < (1.0 - MAX_ODD_INTERVALS) * len(intervals):
        return _reject(
            part,
            f"collapsed clock: the intervals have no common length ({1 - len(usual) / len(intervals):.0%} of them differ from "
            f"the median of {period * 1e3:.2f} ms by more than half)",
        )
    jitter = float(np.std(usual))
    if jitter > MAX_JITTER_SHARE * period:
        return _reject(
            part, f"jitter of {jitter * 1e3:.2f} ms is more than a quarter of the {period * 1e3:.2f} ms period"
        )
    own_clock = jitter < SENSOR_CLOCK_SD_S and float(intervals.min()) >= 0.5 * period
    missing = np.rint(intervals / period).astype(np.int64) - 1 if own_clock else _losses(part.time_s, period)
    missing[intervals <= HOLE_RATIO * period] = 0
    index = np.concatenate([[0], np.cumsum(missing + 1)])
    slope, start = np.polyfit(index, part.time_s, 1)
    rate_hz = 1.0 / float(slope) if not own_clock else float(index[-1] / (part.time_s[-1] - part.time_s[0]))
    if problem := _rate_problem(rate_hz, 1.0 / period, own_clock):
        return _reject(part, problem)
    stamps = part.time_s if own_clock else start + slope * index
    kind: ClockKind = "given" if not part.stamped else "sensor" if own_clock else "wall"
    cleaned, none = replace(part, time_s=stamps), np.empty((0, 2))
    return _filled(Stretch(cleaned, stamps, part.imu, none, kind, rate_hz, jitter, int(missing.sum())), missing)


def _rate_problem(rate_hz: float, median_rate_hz: float, own_clock: bool) -> str | None:
    """Return why a rate cannot be used, or ``None``."""
    if rate_hz < (1.0 - RATE_TOLERANCE) * MODEL_RATE_HZ:
        return _too_slow(rate_hz)
    if rate_hz > MAX_RATE_HZ:
        return f"{rate_hz:.0f} Hz is faster than any watch (collapsed clock?)"
    if own_clock and abs(median_rate_hz / rate_hz - 1.0) > RATE_TOLERANCE:
        return f"the median interval gives {median_rate_hz:.2f} Hz, count over duration {rate_hz:.2f} Hz"
    return None


def _too_slow(rate_hz: float) -> str:
    """Return the reason to reject a rate below the model's."""
    return f"{rate_hz:.2f} Hz is below the {MODEL_RATE_HZ:g} Hz that the model needs: let the app record faster"


def _losses(time_s: Float[np.ndarray, " n"], period: float) -> Int[np.ndarray, " n-1"]:
    """Decide for each long interval of a wall clock whether samples were lost in it or the callback was only late.

    After a late callback the stamps return to the same line. A loss shifts all later stamps, so a count of lost samples is
    accepted when it brings the stamps closer to a line, at the rate of the longest undisturbed run. The search starts from
    no loss or from a loss in every long interval, whichever fits better, and changes one interval after the other.
    """
    intervals = np.diff(time_s)
    missing = np.zeros(len(intervals), dtype=np.int64)
    long = np.flatnonzero(intervals > HOLE_RATIO * period)
    if not len(long):
        return missing
    edges = np.concatenate([[0], long + 1, [len(time_s)]])
    longest = int(np.argmax(np.diff(edges)))
    clean = time_s[edges[longest] : edges[longest + 1]]
    device_period = float(np.polyfit(np.arange(len(clean)), clean, 1)[0]) if len(clean) > 1 / SPLIT_S else period
    counts = np.rint(intervals[long] / period).astype(np.int64) - 1
    line, filled = _Line(time_s, long), _Line(time_s, long)
    for place, count in enumerate(counts):
        filled.accept(place, int(count))
    taken = np.zeros(len(long), dtype=bool)
    if filled.residual < line.residual and abs(filled.slope / device_period - 1.0) <= _RATE_AFTER_FILL:
        line, taken = filled, ~taken
    error = abs(line.slope / device_period - 1.0)
    for place in np.argsort(-intervals[long], kind="stable"):
        change = int(-counts[place] if taken[place] else counts[place])
        after, slope = line.with_losses(int(place), change)
        now = abs(slope / device_period - 1.0)
        if after < line.residual and now <= max(_RATE_AFTER_FILL, error):
            line.accept(int(place), change)
            taken[place], error = not taken[place], now
    missing[long[taken]] = counts[taken]
    return missing


class _Line:
    """The straight line of stamps over sample number, for trials that shift the numbers of all rows behind a hole.

    Only sums are kept: over all rows, and for each hole over the rows behind it. A trial costs the same for any length of the
    recording. The sums are held in extended precision, because the residual is a small difference of large ones.
    """

    def __init__(self, time_s: Float[np.ndarray, " n"], holes: Int[np.ndarray, " k"]) -> None:
        stamps = (time_s - time_s.mean()).astype(np.longdouble)
        index = np.arange(len(time_s), dtype=np.longdouble)
        self._rows = len(time_s)
        self._behind = (self._rows - 1 - holes).astype(np.longdouble)
        self._stamps_behind = (stamps.sum() - np.cumsum(stamps))[holes]
        self._index_behind = (index.sum() - np.cumsum(index))[holes]
        self._stamps_squares = (stamps**2).sum()
        self._total, self._squares, self._product = index.sum(), (index**2).sum(), (index * stamps).sum()
        self.residual, self.slope = self.with_losses(0, 0)

    def with_losses(self, hole: int, count: int) -> tuple[float, float]:
        """Return residual (sum of squares, s²) and slope (s a sample) with ``count`` samples lost in a hole."""
        behind = self._behind[hole]
        total = self._total + count * behind
        squares = self._squares + 2 * count * self._index_behind[hole] + count * count * behind
        product = self._product + count * self._stamps_behind[hole]
        spread = squares - total * total / self._rows
        return float(self._stamps_squares - product * product / spread), float(product / spread)

    def accept(self, hole: int, count: int) -> None:
        """Shift the sample numbers behind a hole for good."""
        behind = self._behind[hole]
        self._total += count * behind
        self._squares += 2 * count * self._index_behind[hole] + count * count * behind
        self._product += count * self._stamps_behind[hole]
        self._index_behind += count * np.minimum(self._behind, behind)
        self.residual, self.slope = self.with_losses(hole, 0)


def _filled(stretch: Stretch, missing: Int[np.ndarray, " intervals"]) -> Stretch:
    """Put a sample at every lost position: cubic for up to 30 ms, a straight line (masked) for more."""
    holes = np.flatnonzero(missing)
    if not len(holes):
        return stretch
    time_s, imu = stretch.time_s, stretch.imu
    new_times, new_values, masked = [], [], []
    spline = CubicSpline(time_s, imu, axis=0, bc_type="natural")
    for hole in holes:
        count, (before, after) = int(missing[hole]), time_s[hole : hole + 2]
        share = np.arange(1, count + 1) / (count + 1)
        stamps = before + share * (after - before)
        new_times.append(stamps)
        if count / stretch.rate_hz <= SMOOTH_HOLE_S * (1.0 + RATE_TOLERANCE):
            new_values.append(spline(stamps))
        else:
            new_values.append(imu[hole] + share[:, None] * (imu[hole + 1] - imu[hole]))
            masked.append((before, after))
    places = np.repeat(holes + 1, missing[holes])
    return replace(
        stretch,
        time_s=np.insert(time_s, places, np.concatenate(new_times)),
        imu=np.insert(imu, places, np.concatenate(new_values), axis=0),
        masked=np.array(masked).reshape(-1, 2),
    )


def _reject(part: Recording, reason: str) -> Rejected:
    return Rejected(float(part.time_s[0]), float(part.time_s[-1]), len(part), reason)
