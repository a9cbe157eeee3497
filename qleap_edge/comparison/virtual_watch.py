"""Virtual watches on a motion capture trial: the ideal wrist signal of a real person through the project's sensor model.

The device is drawn and simulated by the code that makes training data (``physics.imu``), and its recording is aligned by the
code that reads real recordings (``alignment.stream``): clock, strap, bias, scale, noise, quantisation, skew and holes first,
then clean clock, low-pass, 50 Hz and frame C. Nothing is simulated or resampled in a second way.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import make_interp_spline

from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import AlignedRecording, align
from qleap_edge.alignment.wear import Side, Wear, from_frame_c
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import WINDOW_SECONDS, mirror_imu
from qleap_edge.dataset.motion_capture import SIDES, MotionCapture
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.sensor_errors import draw_device, record
from qleap_edge.physics.sensor_file import SensorParameters

IDEAL_DRAW = 0
"""Number of the watch without sensor errors; drawn devices are numbered from 1."""

_ORDER = 5  # of the spline through the ideal signal: motion ends at 12 Hz, the trial's rate is 100 Hz


@dataclass(frozen=True)
class WornWatch:
    """One virtual watch on one wrist of a trial."""

    side: Side
    draw: int
    """Number of the device."""
    rate_hz: float
    """Of the device's own clock."""
    crown: Side
    recording: Recording
    """As the device writes it: its own axes and stamps."""
    aligned: AlignedRecording
    """Its recording as the input of a model is cut from it; stamps count from the trial's first sample."""


def ideal_watch(capture: MotionCapture, side: Side) -> WornWatch:
    """Return the trial's own ideal sensor, aligned: every difference from it is an error of a device.

    Identity: its 50 Hz signal is the trial's signal, low-passed and resampled.

    Raises:
        InputDataError: the trial is shorter than one window.
    """
    _require_window(capture)
    time_s = capture.time_s - capture.time_s[0]
    wear = Wear(side, Side.RIGHT)
    left_arm = mirror_imu(capture.imu[side.value]) if side is Side.RIGHT else capture.imu[side.value]
    recording = _recording(capture, time_s, *from_frame_c(left_arm, wear))
    rate_hz = (len(time_s) - 1) / float(time_s[-1])
    return WornWatch(side, IDEAL_DRAW, rate_hz, wear.crown, recording, align(recording, wear))


def noisy_watch(capture: MotionCapture, side: Side, sensor: SensorParameters, draw: int, seed: int) -> WornWatch:
    """Draw one device, simulate its recording of the trial and align the recording.

    The device depends on seed, wrist and number alone, not on how many are drawn.

    Args:
        capture: the trial.
        side: wrist that wears the watch.
        sensor: what a device adds.
        draw: number of the device, from 1.
        seed: of the benchmark.

    Raises:
        InputDataError: the trial is shorter than one window.
    """
    _require_window(capture)
    rng = np.random.default_rng(np.random.SeedSequence([seed, SIDES.index(side.value), draw]))
    wear = Wear(side, Side(RELEASE.crown.draw(rng)))
    device = draw_device(sensor, wear, rng)
    written = record(ideal_at(capture, side, device.rate_hz), sensor, device, rng)
    recording = _recording(capture, written.time_s, written.specific_force, written.angular_velocity)
    return WornWatch(side, draw, device.rate_hz, wear.crown, recording, align(recording, wear))


def ideal_at(capture: MotionCapture, side: Side, rate_hz: float) -> Float[np.ndarray, "samples 6"]:
    """Return the wrist's exact signal at the samples of a device that starts with the trial.

    Source: quintic spline, de Boor, A Practical Guide to Splines; the trials themselves are quintic splines at 100 Hz.
    """
    time_s = capture.time_s - capture.time_s[0]
    at = np.arange(int(np.floor(time_s[-1] * rate_hz)) + 1) / rate_hz
    return np.asarray(make_interp_spline(time_s, capture.imu[side.value], k=_ORDER)(at))


def _recording(
    capture: MotionCapture,
    time_s: Float[np.ndarray, " samples"],
    specific_force: Float[np.ndarray, "samples 3"],
    angular_velocity: Float[np.ndarray, "samples 3"],
) -> Recording:
    return Recording(
        format="virtual-watch",
        path=str(capture.path),
        sha256=capture.sha256,
        time_s=time_s,
        specific_force=specific_force,
        angular_velocity=angular_velocity,
    )


def _require_window(capture: MotionCapture) -> None:
    seconds = float(capture.time_s[-1] - capture.time_s[0])
    if seconds < WINDOW_SECONDS or len(capture.time_s) <= _ORDER:
        raise InputDataError(
            "the trial is shorter than one window",
            where=capture.path,
            expected=f"at least {WINDOW_SECONDS:g} s",
            got=f"{seconds:.2f} s in {len(capture.time_s)} samples",
            next_step="choose a longer trial",
        )
