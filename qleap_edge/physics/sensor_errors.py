"""Inertial sensor model: from the exact motion of a wrist to a device's recording, and to the model's input.

It adds strap, scale, bias, noise, quantisation, range, clock, skew and lost samples; every number comes from
``calibration/sensors/<name>.toml``. Sequences are simulated at the samples of the device's own clock, so that only the
gyroscope's skew against the accelerometer needs interpolation. The way back is the reader of real recordings. Temperature and
magnetic fields are not modelled.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.ndimage import correlate1d

from qleap_edge.alignment.resample import resample_uniform
from qleap_edge.alignment.wear import Side, Wear, from_frame_c, to_frame_c
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import MODEL_RATE_HZ, mirror_imu
from qleap_edge.physics.sensor_file import SensorParameters
from qleap_edge.physics.strap import Strap

_TAPS = 6  # neighbours for the interpolation of the skewed angular velocity


@dataclass(frozen=True)
class Device:
    """One watch on one wrist: its clock, its errors and how it is worn, drawn once a sequence."""

    wear: Wear
    rate_hz: float
    strap: Strap
    scale: Float[np.ndarray, "6"]
    bias: Float[np.ndarray, "6"]
    noise_density: Float[np.ndarray, "6"]
    """White noise of specific force (m/s²/√Hz) and angular velocity (rad/s/√Hz)."""
    skew_s: float
    """How much later than its stamp says the angular velocity was sampled; specific force is sampled at the stamp."""
    batch_phase_s: float
    """When the first batch of samples ends; all others end a whole number of batches later."""

    @property
    def step_s(self) -> float:
        """Interval between samples."""
        return 1.0 / self.rate_hz


def draw_device(sensor: SensorParameters, wear: Wear, rng: np.random.Generator) -> Device:
    """Draw one device."""
    rate_hz = float(sensor.sample_rate.number * (1.0 + sensor.rate_error.draw(rng, 1)[0]))
    strap = Strap.draw(sensor, rate_hz, rng)
    scale = [sensor.specific_force_scale_error.draw(rng, 3), sensor.angular_velocity_scale_error.draw(rng, 3)]
    bias = [sensor.specific_force_bias.draw(rng, 3), sensor.angular_velocity_bias.draw(rng, 3)]
    noise = [sensor.specific_force_noise_density.draw(rng, 1), sensor.angular_velocity_noise_density.draw(rng, 1)]
    return Device(
        wear=wear,
        rate_hz=rate_hz,
        strap=strap,
        scale=1.0 + np.concatenate(scale),
        bias=np.concatenate(bias),
        noise_density=np.repeat(np.concatenate(noise), 3),
        skew_s=float(sensor.angular_velocity_skew.draw(rng, 1)[0]),
        batch_phase_s=float(rng.uniform(0.0, sensor.batch_length.number)),
    )


@dataclass(frozen=True)
class Recording:
    """A device's recording, in device axes: stamps (s), specific force (m/s²), angular velocity (rad/s)."""

    time_s: Float[np.ndarray, " samples"]
    specific_force: Float[np.ndarray, "samples 3"]
    angular_velocity: Float[np.ndarray, "samples 3"]


def record(
    ideal: Float[np.ndarray, "time 6"], sensor: SensorParameters, device: Device, rng: np.random.Generator
) -> Recording:
    """Return the device's stream for the exact signal of the wrist that wears it.

    Args:
        ideal: specific force and angular velocity in frame C of that arm, at the device's samples.
        sensor: range, quantisation, stamps, lost samples.
        device: the errors that stay constant over a recording.
        rng: draws noise, stamp jitter and lost samples.

    Raises:
        InputDataError: too few samples.
    """
    count, fewest = len(ideal), _TAPS + int(np.ceil(abs(device.skew_s) * device.rate_hz))
    if count < fewest:
        raise InputDataError("too short to record", expected=f"at least {fewest} samples", got=f"{count}")
    sensed = device.strap.apply(ideal, device.step_s)
    sensed[:, 3:] = time_shifted(sensed[:, 3:], device.step_s, device.skew_s)
    left_arm = mirror_imu(sensed) if device.wear.wrist is Side.RIGHT else sensed
    signal = np.hstack(from_frame_c(left_arm, device.wear)) * device.scale + device.bias
    signal += device.noise_density * np.sqrt(device.rate_hz / 2.0) * rng.standard_normal(signal.shape)
    ranges = np.repeat([sensor.specific_force_range.number, sensor.angular_velocity_range.number], 3)
    np.clip(signal, -ranges, ranges, out=signal)
    step = sensor.specific_force_step.number
    signal[:, :3] = np.round(signal[:, :3] / step) * step
    stamps = np.arange(count) * device.step_s + sensor.stamp_jitter.draw(rng, count)
    kept = ~lost_samples(count, sensor, device, rng)
    return Recording(stamps[kept], signal[kept, :3], signal[kept, 3:])


def time_shifted(values: Float[np.ndarray, "time 3"], step_s: float, skew_s: float) -> Float[np.ndarray, "time 3"]:
    """Return the signal ``skew_s`` later (earlier if negative) than each of its samples.

    Lagrange's polynomial through the six nearest samples, as in :func:`~qleap_edge.physics.trajectory.interpolate`; the shift
    is the same everywhere, so it is one short filter. Beyond its ends the signal is continued by point reflection.
    """
    whole = math.floor(skew_s / step_s)
    at = skew_s / step_s - whole + (_TAPS // 2 - 1)
    weights = [math.prod((at - o) / (tap - o) for o in range(_TAPS) if o != tap) for tap in range(_TAPS)]
    margin = _TAPS // 2 + abs(whole)
    before, after = 2.0 * values[:1] - values[margin:0:-1], 2.0 * values[-1:] - values[-2 : -2 - margin : -1]
    padded = np.concatenate([before, values, after])
    shifted = correlate1d(padded, weights, axis=0, origin=-1)
    return np.asarray(shifted[margin + whole : margin + whole + len(values)])


def lost_samples(
    count: int, sensor: SensorParameters, device: Device, rng: np.random.Generator
) -> Bool[np.ndarray, " count"]:
    """Return which samples the device lost: the first ones of a batch, but never the recording's first or last.

    Each batch loses samples with the Poisson probability of its length, so losses have the rate ``hole_rate``.
    """
    batch_s, weights = sensor.batch_length.number, np.array(sensor.hole_length.numbers)
    starts = np.ceil(np.arange(device.batch_phase_s, count * device.step_s, batch_s) * device.rate_hz).astype(np.int64)
    struck = rng.random(len(starts)) < -np.expm1(-sensor.hole_rate.number * batch_s)
    lost = np.zeros(count, dtype=bool)
    for start in starts[struck]:
        lost[start : start + 1 + rng.choice(len(weights), p=weights / weights.sum())] = True
    lost[[0, -1]] = False
    return lost


def to_model_input(
    recording: Recording, device: Device, steps: int
) -> tuple[Float[np.ndarray, " steps"], Float32[np.ndarray, "steps 6"]]:
    """Return stamps and the canonical left-arm signal at 50 Hz, through the same code as a real recording."""
    imu = to_frame_c(recording.specific_force, recording.angular_velocity, device.wear)
    time_s, values = resample_uniform(recording.time_s, imu, MODEL_RATE_HZ)
    return time_s[:steps], values[:steps].astype(np.float32)
