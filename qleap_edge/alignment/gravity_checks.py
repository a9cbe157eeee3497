"""Findings from where gravity must be: they show acceleration without gravity, and an acceleration whose sign was turned.

A hand stays within reach, so its mean acceleration over ten seconds is nearly zero, whatever it does: seen from a frame that
the gyroscope holds still, the mean of the specific force is gravity. Its length is 9.8 m/s² only if the acceleration contains
gravity, the gyroscope is in rad/s about the same axes, and the clock is right.

The sign needs more than the sensors themselves, because turning it mirrors the path of the hand and leaves a possible motion.
Two things are not symmetric. CoreMotion's gravity follows the accelerometer slowly: the part of its change that the gyroscope
does not explain points along the user acceleration. And the watch sits on the back of the forearm, beyond the joint about which
the arm swings.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.clock import Stretch
from qleap_edge.alignment.findings import Finding, Level, graded, undecided
from qleap_edge.alignment.identities import integrated_attitude
from qleap_edge.alignment.lever_arm import LeverArm
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.wear import Wear
from qleap_edge.core.frames import STANDARD_GRAVITY

MEAN_FORCE_RANGE = (0.9, 1.1)
"""Of 9.8 m/s². 221 real recordings (gym, everyday, swimming): 0.98 to 1.01; their user acceleration alone: 0.00 to 0.04."""

SIGN_FAIL, SIGN_CONFIRMED = -0.15, 0.1
"""Correlation of gravity's correction with the acceleration. 62 real recordings: -0.02 to 0.68, 0.24 in the middle."""

SIGN_MIN_R2 = 0.1
"""Of the lever arm. Above it the lever had the right direction in x and z in all of 221 real recordings. Turned by hand, the
sign was found in 59 of 60 gym sets, 154 of 155 everyday recordings and both recordings of swimming. With the wear given
wrongly, 1 of 60 gym sets was taken for a turned sign."""

_WINDOW_S, _SHORTEST_S = 10.0, 4.0
_CORRECTION_S = 2.0
_MIN_CORRECTIONS = 20  # overlapping by three quarters: 12 s


def mean_force(stretches: Sequence[Stretch]) -> float | None:
    """Return the length of the mean specific force in the gyroscope's frame over 10 s, in units of g; median of all windows.

    A stretch of 4 to 10 s counts as one window; ``None`` where all are shorter.
    """
    norms = []
    for stretch in stretches:
        rows = len(stretch.time_s)
        window = min(rows, int(_WINDOW_S * stretch.rate_hz))
        if window < _SHORTEST_S * stretch.rate_hz:
            continue
        attitude = integrated_attitude(stretch.imu[:, 3:], np.diff(stretch.time_s))
        total = np.concatenate([np.zeros((1, 3)), np.cumsum(attitude.apply(stretch.imu[:, :3]), axis=0)])
        starts = np.arange(0, rows - window + 1, max(1, window // 2))
        norms.append(np.linalg.norm(total[starts + window] - total[starts], axis=1) / window)
    return float(np.median(np.concatenate(norms)) / STANDARD_GRAVITY) if norms else None


def gravity_correction(parts: Sequence[Recording]) -> float | None:
    """Return how the change of gravity that the gyroscope does not explain correlates with the user acceleration.

    Over 2 s each; ``None`` without CoreMotion's columns or with less than about 12 s.
    """
    pairs = [pair for part in parts if (pair := _corrections(part)) is not None]
    if sum(len(change) for change, _ in pairs) < _MIN_CORRECTIONS:
        return None
    change, pull = (np.concatenate(column).ravel() for column in zip(*pairs, strict=True))
    size = float(np.linalg.norm(change) * np.linalg.norm(pull))
    return float(change @ pull) / size if size > 0 else None


def _corrections(part: Recording) -> tuple[Float[np.ndarray, "k 3"], Float[np.ndarray, "k 3"]] | None:
    """Return for each 2 s the unexplained change of gravity, and the integral of the user acceleration across it."""
    if part.gravity is None or part.user_acceleration is None or len(part) < 2:
        return None
    step_s = np.diff(part.time_s)
    rows = int(_CORRECTION_S / float(np.median(step_s)))
    if len(part) <= rows:
        return None
    attitude = integrated_attitude(part.angular_velocity, step_s)
    gravity = attitude.apply(part.gravity)
    user = attitude.apply(part.user_acceleration)
    mid = 0.5 * (user[1:] + user[:-1]) * step_s[:, None]
    integral = np.concatenate([np.zeros((1, 3)), np.cumsum(mid, axis=0)])
    starts = np.arange(0, len(part) - rows, max(1, rows // 4))
    down = gravity[starts]
    pull = integral[starts + rows] - integral[starts]
    return gravity[starts + rows] - down, pull - down * np.sum(pull * down, axis=1, keepdims=True)


def mean_force_finding(stretches: Sequence[Stretch]) -> Finding:
    """Return the finding on the length of the mean specific force."""
    expected = f"{MEAN_FORCE_RANGE[0]:g} to {MEAN_FORCE_RANGE[1]:g} g"
    ratio = mean_force(stretches)
    if ratio is None:
        return undecided(
            "mean-force", expected, f"no stretch of {_SHORTEST_S:g} s: the mean acceleration says nothing yet"
        )
    if ratio < 0.3:
        hint = ": gravity is missing (user or linear acceleration only), or the gyroscope's unit is wrong"
    elif ratio < MEAN_FORCE_RANGE[0]:
        hint = ": the gyroscope does not turn as the acceleration does (unit, axis order, sign or clock)"
    elif ratio > MEAN_FORCE_RANGE[1]:
        hint = ": gravity is counted twice, or the unit is wrong"
    else:
        hint = ", as gravity alone must give"
    return graded(
        "mean-force",
        ratio,
        "1",
        f"over 10 s the acceleration averages {ratio:.3f} g{hint}",
        good=MEAN_FORCE_RANGE[0] <= ratio <= MEAN_FORCE_RANGE[1],
        bad="fail",
        expected=expected,
    )


def sign_finding(parts: Sequence[Recording], lever: LeverArm, wear: Wear) -> Finding:
    """Return the finding on the sign of the acceleration, from where the watch sits, else from gravity's correction.

    The swing goes first, because turning gravity and user acceleration together leaves the correction as it is.
    """
    correction, swing = gravity_correction(parts), swing_sign(lever, wear)
    level: Level = "info"
    message = "this motion does not show the sign of the acceleration"
    if swing == 1:
        level, message = "pass", "the sign of the acceleration agrees with the swing of the arm"
    elif swing == -1:
        level, message = (
            "fail",
            "the sign of the acceleration is turned: the arm would swing about a point beyond the hand",
        )
    elif correction is not None and correction <= SIGN_FAIL:
        level, message = (
            "fail",
            "the sign of the acceleration is turned: gravity moves away from it instead of following it",
        )
    elif correction is not None and correction >= SIGN_CONFIRMED:
        level, message = "pass", "the sign of the acceleration agrees with how gravity follows it"
    return Finding(
        check="acceleration-sign",
        level=level,
        value=correction,
        unit="1",
        expected="not opposite to what the swing of the arm and gravity show",
        message=message,
    )


def swing_sign(lever: LeverArm, wear: Wear) -> int:
    """Return 1 where the fitted lever fits the acceleration's sign, -1 where it fits the opposite sign only, else 0.

    Turning the sign turns the whole lever; a wrong wear setting turns only its x. A watch on the back of the forearm has a
    positive z, so a lever that points to the elbow AND into the arm means the sign, not the wear.
    """
    if lever.r2 is None or lever.r2 <= SIGN_MIN_R2:
        return 0
    beyond, above = (lever.lever_m[0] > 0) == wear.x_is_distal, lever.lever_m[2] > 0
    return (1 if beyond else -1) if beyond == above else 0
