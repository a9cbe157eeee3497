"""One simulated sequence: the request for it, and its signals, labels and metadata."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int8, Int64

from qleap_edge.alignment.wear import Wear
from qleap_edge.core.exercises import Content, Regime
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.form import Form


@dataclass(frozen=True)
class Request:
    """One sequence to make."""

    sequence_id: int
    subject_id: int
    content: Content
    regime: Regime = "prescribed"


@dataclass(frozen=True)
class Sequence:
    """One finished sequence, as it is stored: always the left arm in frame C, at 50 Hz."""

    request: Request
    subject: Subject
    wear: Wear
    posture: str
    load_kg: float
    """Mass carried on the shoulders and in both hands."""
    rubric: Form | None
    """Of the squats; None when there is none."""
    imu: Float32[np.ndarray, "steps 6"]
    """Specific force (m/s²) and angular velocity (rad/s)."""
    pose: Float32[np.ndarray, "steps 17 3"]
    """Body frame, body heights."""
    kinematics: Float32[np.ndarray, "steps 8"]
    """Columns of :data:`qleap_edge.physics.form.KINEMATICS`."""
    exercise: Int8[np.ndarray, " steps"]
    """Exercise id of each frame."""
    phase: Float32[np.ndarray, " steps"]
    """Within a repetition 0 at its start, 0.5 at its turning point, 1 at its end; NaN outside."""
    repetitions: Int64[np.ndarray, "repetitions 3"]
    """First frame, turning point and last frame of each repetition."""
    depth: float
    """Median over repetitions of how far the pelvis goes down, body heights; NaN without repetitions."""
    descent_s: float
    """Median time from a repetition's start to its turning point, s; NaN without repetitions."""
    ascent_s: float
    """Median time from the turning point to the end, s; NaN without repetitions."""
