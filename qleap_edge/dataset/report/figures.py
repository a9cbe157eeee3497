"""The figures of a motion, synthetic or real: joint angles, spectra of a wrist signal, numbers and curves of a repetition."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.signal import detrend, periodogram, welch

from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.dataset.report.literature import ENERGY_SHARES
from qleap_edge.metrics.angles import (
    angle_between,
    hip_flexion_rad,
    knee_flexion_rad,
    mean_knee_flexion,
    segments,
    trunk_down,
)
from qleap_edge.metrics.pose import pelvis_height
from qleap_edge.physics.repetitions import CYCLES, repetitions

SEGMENT_STEPS = 200  # 4 s, one model window: every sequence of a dataset holds one
FREQUENCIES_HZ = np.fft.rfftfreq(SEGMENT_STEPS, 1.0 / MODEL_RATE_HZ)
BANDS_HZ = ((0.25, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, 16.0))

ANGLES = ("knee_flexion", "hip_flexion", "trunk_pitch", "shank_pitch", "elbow_flexion", "shoulder_elevation")
"""Of the larger side, degrees. Hip: between trunk and thigh; trunk: pelvis-thorax from the vertical, forward; shank:
ankle-knee from the vertical, forward; shoulder: between the upper arm and the trunk's line down."""

CURVES = ("knee_flexion", "specific_force")
_WHOLE_SHARE = 0.1  # of the knee's range: a cut above it means that the repetition is not whole
CURVE_POINTS = 101  # one for each percent of the repetition


@dataclass(frozen=True)
class Figure:
    """One number of a repetition."""

    name: str
    label: str
    unit: str
    of_wrist: bool
    """True for a figure that differs between the wrists."""


FIGURES = (
    Figure("knee_bottom", "knee flexion at the bottom", "deg", False),
    Figure("knee_range", "knee range", "deg", False),
    Figure("pelvis_drop", "pelvis drop", "body_height", False),
    Figure("descent", "descent", "s", False),
    Figure("ascent", "ascent", "s", False),
    Figure("duration", "tempo, whole repetition", "s", False),
    Figure("specific_force_rms", "specific force, rms about its mean", "m/s²", True),
    *(
        Figure(f"specific_force_{low:g}_{high:g}_hz", f"specific force, {low:g}–{high:g} Hz, rms", "m/s²", True)
        for low, high in BANDS_HZ
    ),
    Figure("angular_velocity_rms", "angular velocity, rms", "rad/s", True),
)
FIGURE_INDEX = {figure.name: index for index, figure in enumerate(FIGURES)}


def joint_angles(pose: Float[np.ndarray, "time 17 3"]) -> Float[np.ndarray, "time angles"]:
    """Return :data:`ANGLES` of every sample in degrees; a body that stands straight, arms down, has zero everywhere.

    Args:
        pose: body frame, any length unit.
    """
    down, shank = trunk_down(pose)[:, None], segments(pose, "knee", "ankle")
    upper_arm = segments(pose, "shoulder", "elbow")
    trunk = np.broadcast_to(down, upper_arm.shape)
    sides = (
        knee_flexion_rad(pose),
        hip_flexion_rad(pose),
        np.arctan2(-trunk[..., 0], -trunk[..., 2]),
        np.arctan2(-shank[..., 0], -shank[..., 2]),
        angle_between(upper_arm, segments(pose, "elbow", "wrist")),
        angle_between(upper_arm, trunk),
    )
    return np.degrees(np.stack(sides, axis=-1).max(axis=1))


def rms(signal: np.ndarray) -> float:
    """Return the rms of a vector signal about its mean."""
    centred = signal.astype(np.float64) - signal.mean(axis=0, dtype=np.float64)
    return float(np.sqrt((centred * centred).sum(axis=1).mean()))


def spectrum(signal: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, " frequencies"]:
    """Return the power spectral density of a vector signal at 50 Hz, the sum over its axes; each segment less its mean.

    Args:
        signal: m/s² or rad/s; a signal shorter than 4 s is padded with zeros.

    Returns:
        Density at :data:`FREQUENCIES_HZ`, (unit)²/Hz; a sine of amplitude a integrates to a²/2.

    Source: Welch 1967, IEEE Trans. Audio Electroacoust. 15(2); Hann windows of 4 s that overlap by half.
    """
    steps = min(len(signal), SEGMENT_STEPS)
    _, density = welch(signal, MODEL_RATE_HZ, nperseg=steps, nfft=SEGMENT_STEPS, axis=0, detrend="constant")
    return np.asarray(density.sum(axis=1))


def energy_frequencies(density: Float[np.ndarray, " frequencies"]) -> Float[np.ndarray, " shares"]:
    """Return the frequencies (Hz) below which :data:`ENERGY_SHARES` percent of the energy lie, without the constant part.

    NaN where there is no energy at all.
    """
    energy = np.concatenate([[0.0], np.cumsum(density[1:])])
    if energy[-1] <= 0.0:
        return np.full(len(ENERGY_SHARES), np.nan)
    wanted = np.array(ENERGY_SHARES) / 100.0
    # The energy of a bin lies within half a step of its frequency: the running sum belongs to the upper edge of the bin.
    edges = FREQUENCIES_HZ + 0.5 * FREQUENCIES_HZ[1]
    return np.asarray(np.interp(wanted, energy / energy[-1], edges))


def band_rms(signal: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, " bands"]:
    """Return the rms of a short signal in each of :data:`BANDS_HZ`, over all axes, in the signal's unit.

    One periodogram of the whole signal after a linear detrend: a repetition of 2.5 s resolves 0.4 Hz, and a step between its
    two ends would leak into every band. NaN where the signal is too short to have a frequency in the band.
    """
    level = detrend(signal, axis=0, type="linear")
    frequency, power = periodogram(level, MODEL_RATE_HZ, axis=0, detrend=False, scaling="spectrum")
    inside = [(frequency >= low) & (frequency < high) for low, high in BANDS_HZ]
    return np.array([np.sqrt(power[band].sum()) if band.any() else np.nan for band in inside])


def squat_repetitions(pose: Float[np.ndarray, "time 17 3"]) -> list[tuple[int, int, int]]:
    """Return first sample, bottom and last sample of every whole squat in a signal of squats only.

    A squat is not whole if the signal begins or ends within it while the knee is more than 10 % of its range from straightest,
    twice the 5 % at which a repetition begins and ends.
    """
    cycle = CYCLES["squat"]
    knee = cycle.signal(pose)
    cut = knee > knee.min() + _WHOLE_SHARE * (knee.max() - knee.min())
    last = len(knee) - 1
    return [
        found
        for found in repetitions(knee, cycle.least)
        if not (found[0] == 0 and cut[0]) and not (found[2] == last and cut[last])
    ]


def repetition_figures(
    pose: Float[np.ndarray, "time 17 3"], imu: Float[np.ndarray, "time 6"], found: tuple[int, int, int]
) -> Float[np.ndarray, " figures"]:
    """Return :data:`FIGURES` of one repetition.

    Args:
        pose: body frame, body heights, 50 Hz.
        imu: specific force (m/s²) and angular velocity (rad/s) of a left arm, or of a right arm mirrored, frame C.
        found: first sample, bottom, last sample.
    """
    start, bottom, end = found
    inside = slice(start, end + 1)
    knee, height = mean_knee_flexion(pose[inside]), pelvis_height(pose[inside])
    force, rate = imu[inside, :3], imu[inside, 3:]
    return np.array(
        [
            knee.max(),
            knee.max() - knee.min(),
            height.max() - height.min(),
            (bottom - start) / MODEL_RATE_HZ,
            (end - bottom) / MODEL_RATE_HZ,
            (end - start) / MODEL_RATE_HZ,
            rms(force),
            *band_rms(force),
            _rms(rate),
        ]
    )


def repetition_curves(
    pose: Float[np.ndarray, "time 17 3"], imu: Float[np.ndarray, "time 6"], found: tuple[int, int, int]
) -> Float[np.ndarray, "curves points"]:
    """Return :data:`CURVES` over a repetition, 0 to 100 % of its time: mean knee flexion (deg), norm of the specific force."""
    inside = slice(found[0], found[2] + 1)
    knee, force = mean_knee_flexion(pose[inside]), np.linalg.norm(imu[inside, :3], axis=1)
    at = np.linspace(0.0, len(knee) - 1.0, CURVE_POINTS)
    return np.stack([np.interp(at, np.arange(len(knee)), curve) for curve in (knee, force)])


def _rms(signal: Float[np.ndarray, "time 3"]) -> float:
    return float(np.sqrt((signal * signal).sum(axis=1).mean()))
