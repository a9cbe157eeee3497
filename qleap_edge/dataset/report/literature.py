"""Published joint angles and tempo of squats, and the bandwidth of a real watch, with their sources."""

from dataclasses import dataclass
from typing import Literal

from qleap_edge.core.exercises import Content
from qleap_edge.core.frames import STANDARD_GRAVITY

Signal = Literal["specific_force", "angular_velocity"]
SIGNALS: tuple[Signal, ...] = ("specific_force", "angular_velocity")
SIGNAL_UNIT: dict[Signal, str] = {"specific_force": "m/s²", "angular_velocity": "rad/s"}


@dataclass(frozen=True)
class Band:
    """A published range of the largest value in a movement."""

    low: float
    high: float
    unit: str
    source: str


_RECALLED = "as quoted in reviews of the squat; from memory, not checked again"

SQUAT_BANDS: dict[str, Band] = {
    "knee_flexion": Band(
        70.0,
        135.0,
        "deg",
        f"half squat (70-100) to deep squat (115-135); Schoenfeld 2010, J. Strength Cond. Res. 24(12): {_RECALLED}",
    ),
    "hip_flexion": Band(95.0, 125.0, "deg", f"squats to parallel and below: {_RECALLED}"),
    "shank_pitch": Band(20.0, 40.0, "deg", f"dorsiflexion, which the shank's pitch is on a flat foot: {_RECALLED}"),
    "lumbar_flexion": Band(
        12.6,
        26.3,
        "deg",
        "means of women (12.6-12.9) and men (25.4-26.3) on the way down; McKean et al. 2010, J. Strength Cond. Res. 24(6)",
    ),
    "elbow_flexion": Band(0.0, 150.0, "deg", "range of the joint, not of the squat; AAOS 1965, Joint Motion"),
    "shoulder_elevation": Band(0.0, 180.0, "deg", "range of the joint, not of the squat; AAOS 1965, Joint Motion"),
    "duration": Band(2.0, 5.0, "s", f"one repetition: {_RECALLED}"),
}
"""Figure → band, for squats. Trunk pitch has no entry: no published range was found."""

ENERGY_SHARES = (50, 80, 90, 95, 99)


@dataclass(frozen=True)
class WatchFact:
    """Bandwidth and strength of one signal, measured on real Apple Watch recordings at 100 and 200 Hz."""

    below_hz: dict[int, float]
    """Percent of the signal's energy → frequency (Hz) below which it lies; 50 Hz data end at 22 Hz."""
    rms: float
    """m/s² or rad/s."""


WATCH_SOURCE = (
    "public Apple Watch recordings of barbell squats and biceps curls, 100 and 200 Hz, measured for this project"
)
WATCH_FACTS: dict[Content, dict[Signal, WatchFact]] = {
    "squat": {
        "specific_force": WatchFact({50: 2.3, 80: 6.3, 90: 11.0, 95: 18.0, 99: 68.0}, 0.208 * STANDARD_GRAVITY),
        "angular_velocity": WatchFact({50: 1.6, 80: 3.3, 90: 4.4, 95: 7.7, 99: 21.0}, 0.54),
    },
    "biceps_curl": {
        "specific_force": WatchFact({95: 27.0}, 0.15 * STANDARD_GRAVITY),
        "angular_velocity": WatchFact({95: 2.1}, 1.3),
    },
}
