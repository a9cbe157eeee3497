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
_SHOWN = 4  # gaps and reasons that a message names


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
        f"{clock.repeats} rows came twice and were dropped, {clock.back_steps} came out of order and were sorted"
        if count
        else "no row came twice or out of order",
        good=count == 0,
        bad="warn",
        expected="0",
    )


def _equal_stamps(clock: ClockReport) -> Finding:
    return graded(
        "equal-stamps",
        clock.equal_stamps,
        "count",
        f"{clock.equal_stamps} rows have the time of the row before them, but other values; their times were evened out"
        if clock.equal_stamps
        else "no two rows share a time",
        good=clock.equal_stamps == 0,
        bad="warn",
        expected="0",
    )


def _rate(clock: ClockReport) -> Finding:
    expected = f"{MODEL_RATE_HZ:g} Hz or more"
    if not clock.stretches:
        reasons = _reasons(clock)
        message = f"no part can be used: {reasons}"
        return Finding(check="rate", level="fail", value=None, unit="Hz", expected=expected, message=message)
    longest = max(clock.stretches, key=lambda part: len(part.time_s))
    kept = sum(len(part.recording) for part in clock.stretches)
    lost = sum(part.rows for part in clock.rejected)
    message = f"{longest.rate_hz:.3f} rows a second in the longest part"
    if lost:
        message += f"; {lost} of {kept + lost} rows cannot be used ({_reasons(clock)})"
    return graded("rate", longest.rate_hz, "Hz", message, good=lost == 0, bad="warn", expected=expected)


def _reasons(clock: ClockReport) -> str:
    """Return the different reasons why parts are left out."""
    reasons = list(dict.fromkeys(part.reason for part in clock.rejected))
    return "; ".join(reasons[:_SHOWN]) + (f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else "")


def _jitter(clock: ClockReport) -> list[Finding]:
    if not clock.stretches:
        return []
    worst = max(part.jitter_s for part in clock.stretches)
    wall = any(part.kind == "wall" for part in clock.stretches)
    text = (
        f"the times wander by {worst * 1e3:.2g} ms, as an app's clock does; a straight line replaces them"
        if wall
        else "the times are those of the sensor itself: they lie evenly"
    )
    return [
        graded(
            "jitter",
            worst,
            "s",
            text,
            good=not wall,
            bad="warn",
            expected=f"below {SENSOR_CLOCK_SD_S * 1e3:g} ms (above {MAX_JITTER_SHARE:.0%} of the interval a part is left out)",
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
        f"{lost} of {total} rows are missing inside the parts" if lost else "no row is missing inside the parts",
        good=share <= MAX_LOST_PASS,
        bad="warn",
        expected=f"at most {MAX_LOST_PASS:.1%} (above {MAX_LOST_WARN:.0%} much of it is left out)",
    )


def _gaps(clock: ClockReport) -> Finding:
    longest = max(clock.gaps_s, default=0.0)
    shown = ", ".join(f"{gap:.3f} s" for gap in clock.gaps_s[:_SHOWN])
    more = f" and {len(clock.gaps_s) - _SHOWN} more" if len(clock.gaps_s) > _SHOWN else ""
    return graded(
        "gaps",
        longest,
        "s",
        f"interrupted for {shown}{more}; nothing is analysed across an interruption" if shown else "no interruption",
        good=not clock.gaps_s,
        bad="warn",
        expected=f"at most {SPLIT_S:g} s without a row",
    )


def _start(clock: ClockReport) -> Finding:
    dropped = clock.dropped_at_start
    message = (
        f"the first row contradicts the later ones: the first {dropped} rows were dropped"
        if dropped
        else "the first row agrees with the later ones"
    )
    return graded("start-up", dropped, "count", message, good=dropped == 0, bad="warn", expected="0")
