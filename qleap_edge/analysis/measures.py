"""What physics says about each repetition of a set: range of motion, velocity, durations, each with a standard deviation.

All of it is about the wrist. What the pelvis or a bar did is another question.

The height is integrated between zero-velocity points, the quietest instants around each repetition, and the drift is removed
repetition by repetition. The range of motion is the mean of both legs, so that a height at the end that differs from the
height at the start does not enter.

Standard deviations. Let T be the time between the zero-velocity points.

- Sensor noise of density s: the range of the drift-free double integral has the variance s² T³ / 192.
- Tilt error d: a share d of the horizontal motion is taken for vertical motion.
- Bias b of the accelerometer: constant in the watch's axes. Where the watch turns, its part along the vertical swings with
  the repetition and looks like a swing of the height by b times the turn times (T / 2π)².
- Closure: if the velocity at either end is not zero but has the standard deviation v, the heights at start and end differ by
  T v / √2 and the range errs by a quarter of that. The closure residuals of the set, with a prior of 3 cm that weighs as much
  as one repetition, give that standard deviation. It holds the true difference of both heights too, so it is rather too large.

Source: the first and the third follow from the variance of a Brownian bridge and of a line, integrated once; closure as a
measure of quality: Foxlin 2005 (see ``vertical_motion``).
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy.signal import butter, sosfiltfilt

from qleap_edge.analysis.sets import CycleRepetition, ExerciseSet
from qleap_edge.analysis.vertical_motion import TILT_SD_RAD, VerticalMotion, between_rests

NOISE_DENSITY = 6.9e-4
"""Of the specific force, m/s²/√Hz; as ``calibration/sensors/apple_watch.toml`` has it."""
BIAS_SD = 0.028
"""Of one axis of the specific force, m/s²: 0 to 5 mg with a random sign, worn; the same file."""
SCALE_ERROR = 0.002  # of the accelerometer; the same file
PRIOR_CLOSURE_M = 0.03  # what a set of one repetition is believed to close with
MAD_TO_SD = 1.4826  # of a normal distribution
DRIFT_HZ = 0.12
SMOOTH_HZ = 5.0  # of velocity and acceleration, before the quietest instant is looked for
REACH_S = 0.15  # beyond the rest at home, in which the quietest instant is looked for
LONGEST_SEARCH_S = 1.5  # on either side of a repetition
OUTER_SEARCH_S = 0.5  # for a set of one repetition
STILL_S = 0.1  # weight of the acceleration against the velocity when instants are compared
MOVES_LEAST = 0.1
"""m/s: slower is rest. At the 0.03 m/s of a linear encoder the wrist of a person who stands still already moves, and drift
decides when a movement begins: times of real squats then err by 0.06 s in the median instead of 0.02 s."""
EDGE_SD = 0.05  # s, of when a movement begins or ends, beyond what drift explains; on squats and lunges of seven people
LEAST_ACCELERATION = 0.3  # m/s², at the instant at which a movement begins or ends


@dataclass(frozen=True)
class Estimate:
    """A value and the standard deviation of its error."""

    value: float
    sd: float


@dataclass(frozen=True)
class RepetitionMeasures:
    """One repetition of the wrist."""

    start_s: float
    """Zero-velocity point before it."""
    turn_s: float
    """Where the height turns."""
    end_s: float
    """Zero-velocity point after it."""
    range_m: Estimate
    """Vertical way of the wrist from one turning point to the other."""
    turned_deg: Estimate
    """Angle between the forearm's directions against the vertical, at the start and at the turn."""
    mean_concentric_velocity: Estimate
    """Over the time in which the wrist moves up, m/s; never above the peak."""
    peak_concentric_velocity: Estimate
    """m/s."""
    eccentric_s: Estimate
    """Time in which the wrist moves down, at 0.1 m/s or more at either end."""
    concentric_s: Estimate
    """Time in which it moves up. Upwards is taken for concentric, as with any free weight; not so for a cable pulled down."""
    pause_turn_s: Estimate
    """Rest between both."""
    pause_before_s: Estimate | None
    """Rest since the repetition before; null for the first."""
    closure_m: float
    """Height at the end less height at the start, by integration."""
    partial: bool = False
    """Whether its range is below 0.7 of the set's median range, in the signal in which the set was found."""


@dataclass(frozen=True)
class _Integrated:
    first: int
    turn: int
    last: int
    velocity: Float[np.ndarray, " k"]
    range_m: float
    closure_m: float


def measure_set(found: ExerciseSet) -> tuple[RepetitionMeasures, ...]:
    """Return the measures of every repetition of a set.

    Identity: a wrist that is moved along a known height has its range within a few standard deviations of the truth.
    """
    motion = found.motion
    parts = [_integrated(motion, first, last) for first, last in _rests(motion, found.repetitions)]
    usual = _closure_sd([part.closure_m for part in parts])
    measured: list[RepetitionMeasures] = []
    stopped: tuple[float, float] | None = None
    for part, repetition in zip(parts, found.repetitions, strict=True):
        one, stopped = _measure(motion, part, max(usual, abs(part.closure_m)), stopped)
        measured.append(replace(one, partial=repetition.partial))
    return tuple(measured)


def _closure_sd(closures_m: list[float]) -> float:
    """Return the usual closure residual of a set; the first and the last repetition, next to a rack, do not decide it."""
    typical = float(np.median(np.abs(closures_m))) * MAD_TO_SD
    return float(np.sqrt((PRIOR_CLOSURE_M**2 + len(closures_m) * typical**2) / (len(closures_m) + 1)))


def _rests(motion: VerticalMotion, repetitions: tuple[CycleRepetition, ...]) -> list[tuple[int, int]]:
    """Return the rows of the zero-velocity points before and after each repetition."""
    band = butter(2, DRIFT_HZ, "highpass", fs=motion.rate_hz, output="sos")
    velocity = sosfiltfilt(band, np.cumsum(motion.acceleration) / motion.rate_hz)
    smooth = butter(2, SMOOTH_HZ, "lowpass", fs=motion.rate_hz, output="sos")
    cost = sosfiltfilt(smooth, velocity) ** 2 + (STILL_S * sosfiltfilt(smooth, motion.acceleration)) ** 2
    found = []
    usual_s = float(np.median([b.start_s - a.end_s for a, b in pairwise(repetitions)] or [OUTER_SEARCH_S]))
    for k, one in enumerate(repetitions):
        before = repetitions[k - 1].end_s if k else one.start_s - usual_s
        after = repetitions[k + 1].start_s if k + 1 < len(repetitions) else one.end_s + usual_s
        first = _quietest(motion, cost, max(before, one.start_s - LONGEST_SEARCH_S) - REACH_S, one.start_s + REACH_S)
        last = _quietest(motion, cost, one.end_s - REACH_S, min(after, one.end_s + LONGEST_SEARCH_S) + REACH_S)
        found.append((first, last))
    return found


def _quietest(motion: VerticalMotion, cost: Float[np.ndarray, " n"], start_s: float, end_s: float) -> int:
    first, last = motion.at(start_s), motion.at(end_s)
    return first + int(np.argmin(cost[first : last + 1]))


def _integrated(motion: VerticalMotion, first: int, last: int) -> _Integrated:
    """Integrate one repetition and find its turn, the point farthest from the line through both ends."""
    velocity, height = between_rests(motion, first, last)
    level = height - np.linspace(0.0, height[-1], len(height))
    turn = int(np.argmax(np.abs(level)))
    return _Integrated(first, first + turn, last, velocity, float(abs(level[turn])), float(height[-1]))


def _measure(
    motion: VerticalMotion, part: _Integrated, closure_sd: float, stopped: tuple[float, float] | None
) -> tuple[RepetitionMeasures, tuple[float, float]]:
    """Return the measures of one repetition, and when its movement stopped with the standard deviation of that."""
    seconds = float(motion.time_s[part.last] - motion.time_s[part.first])
    horizontal = float(np.sqrt(np.mean(motion.horizontal[part.first : part.last + 1] ** 2)))
    tilt = TILT_SD_RAD * 2.0 * np.sqrt(2.0) * horizontal * (seconds / (2.0 * np.pi)) ** 2
    turned = float(np.linalg.norm(motion.up[part.turn] - 0.5 * (motion.up[part.first] + motion.up[part.last])))
    bias = BIAS_SD * turned * (seconds / (2.0 * np.pi)) ** 2
    noise = NOISE_DENSITY * np.sqrt(seconds**3 / 192.0)
    range_sd = float(
        np.sqrt(noise**2 + tilt**2 + bias**2 + (closure_sd / 4.0) ** 2 + (SCALE_ERROR * part.range_m) ** 2)
    )
    velocity_sd = np.sqrt(2.0) * closure_sd / seconds
    turn = part.turn - part.first
    legs = [_moving(motion, part, velocity_sd, low, high) for low, high in ((0, turn), (turn, len(part.velocity) - 1))]
    up, down = (legs[1], legs[0]) if part.velocity[:turn].sum() < 0 else (legs[0], legs[1])
    duration = _between(*up)
    rising = _levelled(motion, part, *up)
    moving_s = max(duration.value, 1.0 / motion.rate_hz)
    mean_velocity, peak_velocity = float(np.mean(rising)), float(np.max(rising))
    mean_sd = np.hypot(range_sd / moving_s, mean_velocity * duration.sd / moving_s)
    cosine = float(np.clip(motion.up[part.first] @ motion.up[part.turn], -1.0, 1.0))
    measured = RepetitionMeasures(
        start_s=float(motion.time_s[part.first]),
        turn_s=float(motion.time_s[part.turn]),
        end_s=float(motion.time_s[part.last]),
        range_m=Estimate(part.range_m, range_sd),
        turned_deg=Estimate(float(np.degrees(np.arccos(cosine))), float(np.degrees(np.sqrt(2.0) * TILT_SD_RAD))),
        mean_concentric_velocity=Estimate(mean_velocity, float(mean_sd)),
        peak_concentric_velocity=Estimate(peak_velocity, float(np.hypot(velocity_sd, SCALE_ERROR * peak_velocity))),
        eccentric_s=_between(*down),
        concentric_s=duration,
        pause_turn_s=_between(legs[0][1], legs[1][0]),
        pause_before_s=None if stopped is None else _between(stopped, legs[0][0]),
        closure_m=part.closure_m,
    )
    return measured, legs[1][1]


def _levelled(
    motion: VerticalMotion, part: _Integrated, first: "Instant", last: "Instant"
) -> Float[np.ndarray, " rows"]:
    """Return the upward velocity between two instants, so that the height at the end is that at the start, as in the range.

    Never below zero: a leg in which the wrist does not rise has none.
    """
    drift = part.closure_m / max(float(motion.time_s[part.last] - motion.time_s[part.first]), 1e-9)
    rows = slice(motion.at(first[0]) - part.first, motion.at(last[0]) - part.first + 1)
    return np.maximum(part.velocity[rows] - drift, 0.0)


Instant = tuple[float, float]
"""Seconds, and their standard deviation."""


def _moving(
    motion: VerticalMotion, part: _Integrated, velocity_sd: float, low: int, high: int
) -> tuple[Instant, Instant]:
    """Return when the movement of one leg begins and ends: where its speed passes 0.1 m/s."""
    speed = np.abs(part.velocity[low : high + 1])
    rows = np.flatnonzero(speed >= min(MOVES_LEAST, 0.5 * float(speed.max())))
    instants = []
    for row in (int(rows[0]), int(rows[-1])):
        at = part.first + low + row
        steep = max(abs(float(motion.acceleration[at])), LEAST_ACCELERATION)
        drift_sd = np.hypot(velocity_sd / steep, 1.0 / motion.rate_hz)
        instants.append((float(motion.time_s[at]), float(np.hypot(drift_sd, EDGE_SD))))
    return instants[0], instants[1]


def _between(first: Instant, last: Instant) -> Estimate:
    """Return the time between two instants."""
    return Estimate(max(last[0] - first[0], 0.0), float(np.hypot(first[1], last[1])))
