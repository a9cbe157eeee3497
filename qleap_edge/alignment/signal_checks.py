"""Findings about the measured values: units, signs, axis order, saturation and stuck sensors.

Most checks compare one channel with another by a physical law, so a wrong unit or a swapped axis cannot pass.
"""

import numpy as np
from jaxtyping import Bool

from qleap_edge.alignment.clock import Stretch
from qleap_edge.alignment.findings import Finding, graded, undecided
from qleap_edge.alignment.identities import attitude_jumps, gravity_turn, mid_rate, tilt_error
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.frames import STANDARD_GRAVITY

FORCE_RANGE = (0.5 * STANDARD_GRAVITY, 2.0 * STANDARD_GRAVITY)
GYRO_SLOPE = (0.95, 1.05)
AXIS_MARGIN = 0.05
_AXIS_TIE = 0.01  # a motion about one axis fits several orders alike, to the noise
TILT_PASS_RAD = float(np.deg2rad(0.1))
OPPOSITE_RAD = float(np.deg2rad(170.0))  # an inverse or relative attitude is off by other angles, not by a half turn
MAX_FORCE = 31.5 * STANDARD_GRAVITY  # the accelerometer's range is ±32 g on recent watches
MAX_RATE = 34.9  # rad/s, 2000 °/s
UNIT_RATE = 35.0  # rad/s: a gyroscope at the end of its range reads 34.907, so only more speaks for another unit
_YAW_JUMP_RAD = float(np.deg2rad(1.5))
_REST_RATE = float(np.deg2rad(2.0))
_REST_S = 1.5


def signal_findings(stretches: tuple[Stretch, ...]) -> list[Finding]:
    """Return every finding about the measured values of the usable segments."""
    parts = [stretch.recording for stretch in stretches]
    if not parts:
        return []
    checks = [_force_unit(parts), _saturation(parts), _stuck(stretches), _rest(stretches)]
    if all(part.gravity is not None for part in parts):
        checks += [_gravity_norm(parts), *_gyro(parts), _points_up(parts)]
    else:
        checks.append(
            undecided("gyro-unit", "rad/s", "no gravity column: only the range of the gyroscope can be checked")
        )
        checks.append(_gyro_range(parts))
    if all(part.quaternion is not None and part.gravity is not None for part in parts):
        checks += [_tilt(parts), _yaw_jumps(parts)]
    return checks


def _force_unit(parts: list[Recording]) -> Finding:
    norm = float(np.median(np.concatenate([np.linalg.norm(part.specific_force, axis=1) for part in parts])))
    return graded(
        "specific-force-unit",
        norm,
        "m/s²",
        f"the acceleration is {norm / STANDARD_GRAVITY:.3f} g in the middle of all rows (gravity alone is 1 g)",
        good=FORCE_RANGE[0] <= norm <= FORCE_RANGE[1],
        bad="fail",
        expected=f"{FORCE_RANGE[0] / STANDARD_GRAVITY:g} to {FORCE_RANGE[1] / STANDARD_GRAVITY:g} g",
    )


def _gravity_norm(parts: list[Recording]) -> Finding:
    norms = np.concatenate([np.linalg.norm(part.gravity, axis=1) for part in parts if part.gravity is not None])
    worst = float(np.max(np.abs(norms - 1.0)))
    return graded(
        "gravity-norm",
        worst,
        "1",
        f"the watch's own gravity is 1 g within {worst:.1e} g",
        good=worst <= 1e-3,
        bad="warn" if worst <= 1e-2 else "fail",
        expected="within 0.001 g (beyond 0.01 g it is not gravity)",
    )


def _gyro(parts: list[Recording]) -> list[Finding]:
    """Return the findings on the gyroscope's unit and axis order, from how gravity turns in device axes."""
    turn = gravity_turn(parts)
    if turn is None:
        quiet = "the watch hardly turned, so this cannot be seen"
        return [undecided("gyro-unit", "1", quiet), undecided("axis-order", "the order in the file fits best", quiet)]
    hint = ""
    if 0.0166 <= turn.slope <= 0.0183:
        hint = ": is the gyroscope in degrees per second?"
    elif not GYRO_SLOPE[0] <= turn.slope <= GYRO_SLOPE[1]:
        hint = ": the gyroscope's unit is wrong, or the times are"
    margin = turn.correlation - turn.runner_up
    doubt = (
        ": the gyroscope's axes are swapped or turned"
        if margin < -_AXIS_TIE
        else ": the motion is too simple to be sure of the order"
    )
    return [
        graded(
            "gyro-unit",
            turn.slope,
            "1",
            f"gravity turns {turn.slope:.4f} times as fast as the gyroscope says{hint}",
            good=GYRO_SLOPE[0] <= turn.slope <= GYRO_SLOPE[1],
            bad="fail",
            expected=f"{GYRO_SLOPE[0]} to {GYRO_SLOPE[1]} times",
        ),
        graded(
            "axis-order",
            margin,
            "1",
            f"the axes as named fit with {turn.correlation:.4f}, the best of 47 other orders with {turn.runner_up:.3f}"
            + ("" if margin >= AXIS_MARGIN else doubt),
            good=margin >= AXIS_MARGIN,
            bad="fail" if margin < -_AXIS_TIE else "warn",
            expected=f"as named is better by at least {AXIS_MARGIN} (1 is perfect)",
        ),
    ]


def _gyro_range(parts: list[Recording]) -> Finding:
    worst = max(float(np.max(np.abs(part.angular_velocity))) for part in parts)
    return graded(
        "gyro-range",
        worst,
        "rad/s",
        f"the gyroscope reads up to {worst:.2f} rad/s",
        good=worst <= UNIT_RATE,
        bad="fail",
        expected=f"at most {UNIT_RATE:g} rad/s (more suggests degrees per second)",
    )


def _points_up(parts: list[Recording]) -> Finding:
    along = [-np.einsum("ij,ij->i", part.specific_force, part.gravity) for part in parts if part.gravity is not None]
    median = float(np.median(np.concatenate(along)))
    return graded(
        "specific-force-sign",
        median,
        "m/s²",
        f"the acceleration points up with {median:.2f} m/s² (gravity alone gives 9.81)",
        good=median > 0,
        bad="fail",
        expected="above 0",
    )


def _tilt(parts: list[Recording]) -> Finding:
    tilt = np.concatenate([tilt_error(part) for part in parts])
    median, spread = float(np.median(tilt)), float(np.std(tilt))
    text = f"the watch's attitude and its gravity differ by {np.rad2deg(median):.4f}°"
    if median > TILT_PASS_RAD and spread < 0.1 * median:
        text += ", a constant offset: the attitude is relative to the start pose and is not used"
    opposite = median > OPPOSITE_RAD
    if opposite:
        text += ": gravity points up, so its sign is turned"
    return graded(
        "attitude-gravity",
        median,
        "rad",
        text,
        good=median <= TILT_PASS_RAD,
        bad="fail" if opposite else "warn",
        expected="below 0.1°",
    )


def _yaw_jumps(parts: list[Recording]) -> Finding:
    """Count heading corrections: turns of the attitude about the vertical that the gyroscope did not measure."""
    count = 0
    for part in parts:
        if len(part) > 1:
            angle, vertical = attitude_jumps(part)
            calm = np.linalg.norm(mid_rate(part), axis=1) < 10.0
            count += int(((angle > _YAW_JUMP_RAD) & (vertical >= 0.98) & calm).sum())
    return graded(
        "heading-jumps",
        count,
        "count",
        f"the watch corrected its compass heading {count} times; the analysis does not use the heading",
        good=count == 0,
        bad="warn",
        expected="0",
    )


def _saturation(parts: list[Recording]) -> Finding:
    force = np.concatenate([part.specific_force for part in parts])
    rate = np.concatenate([part.angular_velocity for part in parts])
    out = int((np.abs(force) > MAX_FORCE).any(axis=1).sum() + (np.linalg.norm(rate, axis=1) > MAX_RATE).sum())
    channels = (column for part in parts for column in part.imu.T)
    clipped = sum(column.any() and longest_run(np.abs(column) == np.abs(column).max()) >= 3 for column in channels)
    return graded(
        "saturation",
        int(out + clipped),
        "count",
        f"{out} rows beyond the range of the sensors, {clipped} of 6 axes cut off at their largest value",
        good=int(out + clipped) == 0,
        bad="warn",
        expected="0",
    )


def _stuck(stretches: tuple[Stretch, ...]) -> Finding:
    """Find a sensor that repeats its triplet: a working sensor's noise changes it at almost every sample."""
    longest = 0.0
    for stretch in stretches:
        for triplet in (stretch.recording.specific_force, stretch.recording.angular_velocity):
            equal = (np.diff(triplet, axis=0) == 0).all(axis=1)
            longest = max(longest, longest_run(equal) / stretch.rate_hz)
    return graded(
        "stuck-sensor",
        longest,
        "s",
        f"a sensor repeats the same values for at most {longest * 1e3:.0f} ms",
        good=longest <= 0.05,
        bad="warn" if longest <= 0.2 else "fail",
        expected="at most 50 ms (above 200 ms the sensor is stuck)",
    )


def _rest(stretches: tuple[Stretch, ...]) -> Finding:
    longest = max(
        longest_run(np.linalg.norm(stretch.recording.angular_velocity, axis=1) < _REST_RATE) / stretch.rate_hz
        for stretch in stretches
    )
    message = f"the longest time without motion is {longest:.2f} s"
    if longest < _REST_S:
        message += ": too short to see the gyroscope's error at rest"
    return Finding(
        check="rest", level="info", value=longest, unit="s", expected=f"{_REST_S} s, if possible", message=message
    )


def longest_run(equal: Bool[np.ndarray, " n"]) -> int:
    """Return the length of the longest run of true values."""
    padded = np.concatenate([[False], equal, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    return int(np.max(edges[1::2] - edges[::2])) if len(edges) else 0
