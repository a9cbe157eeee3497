"""Findings about a recording's clock: order, repeats, rate, jitter, lost samples and gaps."""

from qleap_edge.alignment.clock import (
    MAX_JITTER_SHARE,
    SENSOR_CLOCK_SD_S,
    SPLIT_S,
    ClockReport,
)
from qleap_edge.alignment.findings import Finding, graded, undecided
from qleap_edge.core.frames import MODEL_RATE_HZ

MAX_LOST_PASS = 0.002
MAX_LOST_WARN = 0.02


def clock_findings(clock: ClockReport, *, stamped: bool) -> list[Finding]:
    """Return every finding about the clock; without stamps only the rate can be checked."""
    if not stamped:
        return [
            undecided("clock", "stamps", "no stamps in the file: repeats, gaps and jitter cannot be seen"),
            _rate(clock),
        ]
    return [
        _order(clock),
        _equal_stamps(clock),
        _rate(clock),
        *_jitter(clock),
        _lost(clock),
        _gaps(clock),
        _start(clock),
    ]


def _order(clock: ClockReport) -> Finding:
    count = clock.repeats + clock.back_steps
    return graded(
        "order",
        count,
        "count",
        f"{clock.repeats} repeated rows dropped, {clock.back_steps} rows stamped before their predecessor",
        good=count == 0,
        bad="warn",
        expected="0",
    )


def _equal_stamps(clock: ClockReport) -> Finding:
    return graded(
        "equal-stamps",
        clock.equal_stamps,
        "count",
        f"{clock.equal_stamps} neighbours share a stamp but not their values",
        good=clock.equal_stamps == 0,
        bad="warn",
        expected="0",
    )


def _rate(clock: ClockReport) -> Finding:
    expected = f"{MODEL_RATE_HZ:g} Hz or more"
    if not clock.stretches:
        reasons = "; ".join(part.reason for part in clock.rejected)
        message = f"no usable segment: {reasons}"
        return Finding(check="rate", level="fail", value=None, unit="Hz", expected=expected, message=message)
    longest = max(clock.stretches, key=lambda part: len(part.time_s))
    kept = sum(len(part.recording) for part in clock.stretches)
    lost = sum(part.rows for part in clock.rejected)
    message = f"{longest.rate_hz:.3f} Hz in the longest segment"
    if lost:
        message += f"; {lost} of {kept + lost} rows rejected ({'; '.join(part.reason for part in clock.rejected)})"
    return graded("rate", longest.rate_hz, "Hz", message, good=lost == 0, bad="warn", expected=expected)


def _jitter(clock: ClockReport) -> list[Finding]:
    if not clock.stretches:
        return []
    worst = max(part.jitter_s for part in clock.stretches)
    wall = any(part.kind == "wall" for part in clock.stretches)
    text = "wall-clock stamps, replaced by a straight line" if wall else "sensor clock"
    return [
        graded(
            "jitter",
            worst,
            "s",
            f"intervals spread by {worst * 1e6:.2g} µs: {text}",
            good=not wall,
            bad="warn",
            expected=f"below {SENSOR_CLOCK_SD_S * 1e6:g} µs; above {MAX_JITTER_SHARE:.0%} of the period is rejected",
        )
    ]


def _lost(clock: ClockReport) -> Finding:
    lost = sum(part.lost for part in clock.stretches)
    total = lost + sum(len(part.recording) for part in clock.stretches)
    share = lost / total if total else 0.0
    return graded(
        "lost-samples",
        share,
        "1",
        f"{lost} of {total} samples lost inside the segments",
        good=share <= MAX_LOST_PASS,
        bad="warn",
        expected=f"at most {MAX_LOST_PASS:.1%}; above {MAX_LOST_WARN:.0%} windows are masked or rejected",
    )


def _gaps(clock: ClockReport) -> Finding:
    longest = max(clock.gaps_s, default=0.0)
    lengths = ", ".join(f"{gap:.3f} s" for gap in clock.gaps_s)
    return graded(
        "gaps",
        longest,
        "s",
        f"split at gaps of {lengths}; no window crosses one" if lengths else "no gap",
        good=not clock.gaps_s,
        bad="warn",
        expected=f"no interval above {SPLIT_S:g} s",
    )


def _start(clock: ClockReport) -> Finding:
    dropped = clock.dropped_at_start
    message = (
        f"row 0 contradicts the later ones: {dropped} rows dropped" if dropped else "row 0 agrees with the later ones"
    )
    return graded("start-up", dropped, "count", message, good=dropped == 0, bad="warn", expected="0")
