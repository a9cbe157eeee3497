"""Findings from where gravity must be: they show acceleration without gravity, and an acceleration whose sign was turned.

A hand stays within reach, so its mean acceleration over ten seconds is nearly zero, whatever it does: seen from a frame that
the gyroscope holds still, the mean of the specific force is gravity. Its length is 9.8 m/s² only if the acceleration contains
gravity, the gyroscope is in rad/s about the same axes, and the clock is right.

The sign needs more than the mean, because turning it mirrors the path of the hand and leaves a possible motion. It is judged by
what :mod:`qleap_edge.alignment.sign_evidence` adds up over the whole recording, never by a single window.
"""

from collections.abc import Sequence

import numpy as np

from qleap_edge.alignment.clock import Stretch
from qleap_edge.alignment.findings import Finding, Level, graded, undecided
from qleap_edge.alignment.identities import integrated_attitude, tilt_error
from qleap_edge.alignment.lever_arm import duration_s, kinematic_acceleration_of
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.sign_evidence import SignEvidence, SignVerdict
from qleap_edge.alignment.wear import Wear
from qleap_edge.core.frames import STANDARD_GRAVITY, WINDOW_SECONDS

MEAN_FORCE_RANGE = (0.9, 1.1)
"""Of 9.8 m/s². 221 real recordings (gym, everyday, swimming): 0.98 to 1.01; their user acceleration alone: 0.00 to 0.04."""

_WINDOW_S, _SHORTEST_S = 10.0, 4.0
_PIECE_ROWS = 30_000
_LEVEL: dict[SignVerdict, Level] = {"consistent": "pass", "reversed": "fail", "undecided": "info"}


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


def sign_evidence(parts: Sequence[Recording], wear: Wear) -> SignEvidence:
    """Return the evidence of all gap-free stretches of at least a window's length."""
    with_gravity = all(part.gravity is not None for part in parts)
    evidence = SignEvidence(wear)
    for part in parts:
        if len(part) > 1 and duration_s(part) >= WINDOW_SECONDS:
            acceleration = kinematic_acceleration_of(part)
            evidence.restart()
            for start in range(0, len(part), _PIECE_ROWS):  # pieces bound the memory; they do not change the result
                rows = slice(start, start + _PIECE_ROWS)
                gravity = part.gravity[rows] if with_gravity and part.gravity is not None else None
                evidence.add(part.time_s[rows], acceleration[rows], part.angular_velocity[rows], gravity)
    return evidence


def sign_finding(parts: Sequence[Recording], wear: Wear) -> Finding:
    """Return the finding on the sign of the acceleration: confirmed, turned, or open because the motion does not show it."""
    evidence = sign_evidence(parts, wear)
    verdict = evidence.verdict(one_sign=_gravity_needs_no_proof(parts))
    return Finding(
        check="acceleration-sign",
        level=_LEVEL[verdict],
        value=evidence.correction,
        unit="1",
        expected="not opposite to what the swing of the arm and gravity show",
        message=_sign_message(evidence, verdict),
    )


def _gravity_needs_no_proof(parts: Sequence[Recording]) -> bool:
    """Return True without a gravity column, or where the attitude shows that the column points down."""
    if any(part.gravity is None for part in parts):
        return True
    if any(part.quaternion is None for part in parts):
        return False
    return float(np.median(np.concatenate([tilt_error(part) for part in parts]))) < np.pi / 2


def _sign_message(evidence: SignEvidence, verdict: SignVerdict) -> str:
    swing, follows = evidence.swing, evidence.follows
    if verdict == "reversed":
        if swing < 0:
            return "the sign of the acceleration is turned: the arm would swing about a point beyond the hand"
        return "gravity moves away from the user acceleration instead of following it: the sign of one of the two is turned"
    if verdict == "consistent":
        source = "the swing of the arm" if swing else "how gravity follows it"
        return f"the sign of the acceleration agrees with {source}"
    if swing:
        return "the sign of the user acceleration agrees with the swing of the arm; that of gravity is not shown: open"
    if follows:
        return "gravity and user acceleration have the same sign; the motion does not show which one: open"
    return "this motion does not show the sign of the acceleration: open"
