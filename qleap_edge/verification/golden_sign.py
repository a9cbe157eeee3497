"""The case of ``golden.json`` for the sign of the acceleration: a real recording, and what its samples add up to.

The recording is 14 s of swimming with CoreMotion's columns. It lies with its licence in
``calibration/recordings/swimming_MIT``.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.conventions import kinematic_acceleration
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.sign_evidence import SignEvidence, SignVerdict
from qleap_edge.alignment.wear import Side as WearSide
from qleap_edge.alignment.wear import Wear
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource

SIGN_RECORDING = "calibration/recordings/swimming_MIT"


class SignCase(Part):
    """CoreMotion samples, and the evidence about the sign that they must give."""

    notice: str
    """Licence of the recording that the samples come from."""
    wrist: Literal["left", "right"]
    crown: Literal["left", "right"]
    time_s: tuple[float, ...]
    gravity: tuple[float, ...]
    """(samples, 3) row-major, g, device axes, pointing down."""
    user_acceleration: tuple[float, ...]
    """(samples, 3) row-major, g, device axes, CoreMotion's sign."""
    rotation_rate: tuple[float, ...]
    """(samples, 3) row-major, rad/s, device axes."""
    blocks: int
    """Blocks that turn."""
    spans: int
    """Spans over which gravity's correction is measured."""
    lever_m: tuple[float, float, float]
    """From the joint to the watch, device axes, metres."""
    r2: float
    """Share of the acceleration's power that the lever explains."""
    correction: float
    """Of gravity along the user acceleration, in standard errors."""
    verdict: SignVerdict
    verdict_reversed: SignVerdict
    """Of the same samples with gravity and user acceleration negated."""


def sign_case() -> SignCase:
    """Add up the shipped recording.

    Raises:
        InputDataError: it shows too little.
        QleapError: it is not in the installation.
    """
    folder = resource(SIGN_RECORDING)
    recording = read_recording(folder / "WristMotion.csv")
    gravity, user = recording.gravity, recording.user_acceleration
    if gravity is None or user is None:
        raise InputDataError("the recording has no gravity", where=folder, next_step="reinstall qleap-edge")
    evidence, turned = (SignEvidence(Wear(WearSide.LEFT, WearSide.RIGHT)) for _ in range(2))
    evidence.add(recording.time_s, kinematic_acceleration(user), recording.angular_velocity, gravity)
    turned.add(recording.time_s, -kinematic_acceleration(user), recording.angular_velocity, -gravity)
    lever, r2, correction = evidence.lever_m, evidence.r2, evidence.correction
    if lever is None or r2 is None or correction is None:
        raise InputDataError("the recording is too short", where=folder, next_step="reinstall qleap-edge")
    return SignCase(
        notice=(folder / "LICENSE").read_text(encoding="utf-8"),
        wrist="left",
        crown="right",
        time_s=_numbers(recording.time_s),
        gravity=_numbers(gravity),
        user_acceleration=_numbers(user),
        rotation_rate=_numbers(recording.angular_velocity),
        blocks=evidence.blocks,
        spans=evidence.spans,
        lever_m=(float(lever[0]), float(lever[1]), float(lever[2])),
        r2=r2,
        correction=correction,
        verdict=evidence.verdict(),
        verdict_reversed=turned.verdict(),
    )


def _numbers(values: Float[np.ndarray, "*shape"]) -> tuple[float, ...]:
    return tuple(float(value) for value in values.ravel())
