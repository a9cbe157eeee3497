"""The lever-arm test: whether the watch's +x points to the hand or to the elbow, from the motion of the arm.

An arm that turns about elbow or shoulder moves the watch with a = ([α]× + [ω]×[ω]×) r, where r runs from the joint to
the watch. The r that fits best points to the hand; where no r fits (R² ≤ 0.3) the test abstains.

Source: Seel, Raisch & Schauer, "IMU-based joint angle measurement for gait analysis", Sensors 14 (2014)
(joint position from the same rigid-body relation).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.signal import butter, sosfiltfilt

from qleap_edge.alignment.conventions import kinematic_acceleration
from qleap_edge.alignment.findings import Finding, Level
from qleap_edge.alignment.identities import integrated_attitude
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.wear import Wear
from qleap_edge.core.frames import STANDARD_GRAVITY, WINDOW_SECONDS

MIN_R2 = 0.3
MIN_SECONDS = 2.0
_MOTION_BAND_HZ = 6.0  # arms turn below it; impacts and tremor lie above
_MIN_RATE_OF_TURN = 1.0  # rad/s
_TILT_TIME_CONSTANT_S = 3.0

Verdict = Literal["distal", "proximal", "abstain"]
Agreement = Literal["consistent", "contradicts", "abstains"]

_LEVEL: dict[Agreement, Level] = {"consistent": "pass", "contradicts": "warn", "abstains": "info"}
_SENTENCE: dict[Agreement, str] = {
    "consistent": "the swing of the arm agrees with {setting}",
    "contradicts": "the swing of the arm contradicts {setting}: was it the other wrist, or the crown on the other side?",
    "abstains": "the arm does not swing about a joint, so the motion does not show how the watch was worn",
}


@dataclass(frozen=True)
class LeverArm:
    """The fitted lever and the direction of +x that follows from it."""

    lever_m: tuple[float, float, float]
    """From the joint to the watch, device axes, metres (zeros when nothing could be fitted)."""
    r2: float | None
    seconds: float
    """Length of the turning motion that was used."""
    verdict: Verdict

    def agreement(self, wear: Wear) -> Agreement:
        """Compare the verdict with a wear setting."""
        if self.verdict == "abstain":
            return "abstains"
        return "consistent" if (self.verdict == "distal") == wear.x_is_distal else "contradicts"


def fit_lever_arm(stretches: Sequence[Recording]) -> LeverArm:
    """Fit one lever to all gap-free stretches of at least a window's length.

    R² is taken about the mean of all components of the acceleration. It does not depend on the acceleration's sign;
    the lever does, so a wrong sign inverts the verdict.
    """
    pairs = [_rigid_body_rows(part) for part in stretches if len(part) > 1 and duration_s(part) >= WINDOW_SECONDS]
    rows = [(gain, acceleration) for gain, acceleration, _ in pairs if len(gain)]
    seconds = float(sum(len(gain) * period for gain, _, period in pairs))
    if not rows or seconds < MIN_SECONDS:
        return LeverArm((0.0, 0.0, 0.0), None, seconds, "abstain")
    gain = np.concatenate([gain for gain, _ in rows]).reshape(-1, 3)
    acceleration = np.concatenate([acceleration for _, acceleration in rows]).ravel()
    lever = np.linalg.lstsq(gain, acceleration, rcond=None)[0]
    spread = float(np.sum((acceleration - acceleration.mean()) ** 2))
    r2 = 1.0 - float(np.sum((acceleration - gain @ lever) ** 2)) / spread if spread > 0 else 0.0
    verdict: Verdict = "abstain" if r2 <= MIN_R2 else "distal" if lever[0] > 0 else "proximal"
    return LeverArm((float(lever[0]), float(lever[1]), float(lever[2])), r2, seconds, verdict)


def wear_findings(lever: LeverArm, wear: Wear) -> list[Finding]:
    """Return the findings about the wear setting: whether it was given or assumed, and whether the motion agrees."""
    setting = f"{wear.wrist} wrist, crown {wear.crown}"
    findings = []
    if wear.source == "assumed":
        findings.append(
            Finding(
                check="wear-source",
                level="warn",
                value=None,
                unit="1",
                expected="wrist and crown given",
                message=f"{setting} is assumed, because not both were given: add --wrist and --crown",
            )
        )
    agreement = lever.agreement(wear)
    fit = "" if lever.r2 is None else f" (joint {abs(lever.lever_m[0]):.2f} m away, fit {lever.r2:.2f} of 1)"
    findings.append(
        Finding(
            check="wear-lever-arm",
            level=_LEVEL[agreement],
            value=None if lever.r2 is None else lever.lever_m[0],
            unit="m",
            expected="agreement",
            message=_SENTENCE[agreement].format(setting=setting) + fit,
        )
    )
    return findings


def duration_s(part: Recording) -> float:
    """Return the time from the first to the last sample."""
    return float(part.time_s[-1] - part.time_s[0])


def _rigid_body_rows(part: Recording) -> tuple[Float[np.ndarray, "k 3 3"], Float[np.ndarray, "k 3"], float]:
    """Return [α]× + [ω]×[ω]× and the kinematic acceleration of the rows that turn, and the sample period (s)."""
    rate_hz = (len(part) - 1) / duration_s(part)
    lowpass = butter(2, _MOTION_BAND_HZ, fs=rate_hz, output="sos")
    rate = sosfiltfilt(lowpass, part.angular_velocity, axis=0)
    acceleration = sosfiltfilt(lowpass, kinematic_acceleration_of(part), axis=0)
    angular_acceleration = np.gradient(rate, axis=0) * rate_hz
    spin = _cross_matrix(rate)
    turning = np.linalg.norm(rate, axis=1) > _MIN_RATE_OF_TURN
    return (_cross_matrix(angular_acceleration) + spin @ spin)[turning], acceleration[turning], 1.0 / rate_hz


def kinematic_acceleration_of(part: Recording) -> Float[np.ndarray, "n 3"]:
    """Return the watch's acceleration (m/s², device axes): CoreMotion's own, else with gravity estimated."""
    if part.user_acceleration is not None:
        return kinematic_acceleration(part.user_acceleration)
    rate_hz = (len(part) - 1) / duration_s(part)
    return part.specific_force - STANDARD_GRAVITY * up_direction(part.specific_force, part.angular_velocity, rate_hz)


def up_direction(
    specific_force: Float[np.ndarray, "n 3"], angular_velocity: Float[np.ndarray, "n 3"], rate_hz: float
) -> Float[np.ndarray, "n 3"]:
    """Estimate the unit vector UP in device axes from specific force (m/s²) and angular velocity (rad/s), offline.

    The gyroscope is integrated into an almost inertial frame; there gravity is (nearly) constant and the rest averages
    out, so a zero-phase low-pass with a 3 s time constant leaves gravity.

    Source: the tilt correction of Laidig & Seel, "VQF: Highly accurate IMU orientation estimation", Information Fusion
    91 (2023) (low-pass in the almost-inertial frame), here forwards and backwards.
    """
    attitude = integrated_attitude(angular_velocity, np.full(len(angular_velocity) - 1, 1.0 / rate_hz))
    cutoff_hz = np.sqrt(2.0) / (2.0 * np.pi * _TILT_TIME_CONSTANT_S)
    padding = min(len(specific_force) - 1, int(3 * _TILT_TIME_CONSTANT_S * rate_hz))
    lowpass = butter(2, cutoff_hz, fs=rate_hz, output="sos")
    up = attitude.inv().apply(sosfiltfilt(lowpass, attitude.apply(specific_force), axis=0, padlen=padding))
    return np.asarray(up / np.linalg.norm(up, axis=1, keepdims=True))


def _cross_matrix(vectors: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3 3"]:
    """Return the matrices that take a cross product with each vector."""
    matrix = np.zeros((len(vectors), 3, 3))
    matrix[:, 0, 1], matrix[:, 0, 2], matrix[:, 1, 2] = -vectors[:, 2], vectors[:, 1], -vectors[:, 0]
    matrix[:, 1, 0], matrix[:, 2, 0], matrix[:, 2, 1] = vectors[:, 2], -vectors[:, 1], vectors[:, 0]
    return matrix
