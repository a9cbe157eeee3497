"""The strap: relative motion of a watch against the forearm that wears it.

The watch is a rigid body on isotropic springs and dampers. In the linear equations of small relative motion the forearm's
specific force f and angular velocity ω drive a relative position x (m) and a relative rotation vector θ (rad):

    x'' + 2ζω₀ x' + ω₀² x = -f          ω₀² = stiffness / mass
    θ'' + 2ζω₀ θ' + ω₀² θ = -ω'         ω₀² = rotational stiffness / moment of inertia

Gravity only sets the constant sag, so a watch at rest reads what the forearm reads; in free fall both read zero. In
addition the strap creeps: the watch turns slowly by a few degrees over the recording, which its gyroscope measures. Impacts of
the watch on the forearm are not modelled.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.sensor_file import SensorParameters

MAX_FREQUENCY_SHARE = 0.35
"""Highest natural frequency over the sample rate; stiffer straps are limited to it. The bilinear transform maps 35 Hz at a
clock of 100 Hz to 26.5 Hz, above the model's 25 Hz."""


@dataclass(frozen=True)
class Spring:
    """A damped spring with its load."""

    natural_frequency_rad_s: float
    damping_ratio: float

    @classmethod
    def of(cls, stiffness: float, inertia: float, damping_ratio: float, rate_hz: float) -> "Spring":
        """Return the spring, with its natural frequency limited to :data:`MAX_FREQUENCY_SHARE` of ``rate_hz``.

        Args:
            stiffness: N/m or N m/rad.
            inertia: kg or kg m².
            damping_ratio: share of critical damping.
            rate_hz: of the device's clock.
        """
        highest = 2.0 * np.pi * MAX_FREQUENCY_SHARE * rate_hz
        return cls(min(float(np.sqrt(stiffness / inertia)), highest), damping_ratio)

    def relative_motion(
        self, drive: Float[np.ndarray, "axes time"], step_s: float, *, order: Literal[1, 2]
    ) -> Float[np.ndarray, "axes time"]:
        """Return -sⁿ / (s² + 2ζω₀ s + ω₀²) applied to the drive, n = ``order``, started in the steady state.

        With n = 2 it turns specific force into relative acceleration and angular velocity into relative angular velocity
        (same unit as the drive); with n = 1 it turns angular velocity into relative rotation. A constant drive gives
        exactly zero. The filter is stable for every positive frequency and damping.

        Source: bilinear transform s = 2/T · (1 - z⁻¹)/(1 + z⁻¹), Oppenheim & Schafer, Discrete-Time Signal Processing,
        "Design of discrete-time IIR filters from continuous-time filters".
        """
        c, w = 2.0 / step_s, self.natural_frequency_rad_s
        damping = 2.0 * self.damping_ratio * w * c
        denominator = np.array([c * c + damping + w * w, 2.0 * (w * w - c * c), c * c - damping + w * w])
        numerator = c * c * np.array([-1.0, 2.0, -1.0]) if order == 2 else c * np.array([-1.0, 0.0, 1.0])
        return np.asarray(lfilter(numerator, denominator, drive - drive[:, :1]))


@dataclass(frozen=True)
class Strap:
    """Orientation, creep and springs of one watch on one forearm; constant over a recording."""

    tilt: Float[np.ndarray, "3 3"]
    """Frame C to the axes the watch is strapped on in."""
    creep: Float[np.ndarray, "3"]
    """Rotation vector (rad, frame C) by which the watch has turned at the end of the recording."""
    translation: Spring
    rotation: Spring

    @classmethod
    def draw(cls, sensor: SensorParameters, rate_hz: float, rng: np.random.Generator) -> "Strap":
        """Draw one strap for a device with this clock."""
        tilt, creep = sensor.strap_rotation.draw(rng, 3), sensor.strap_creep.draw(rng, 3)
        stiffness = sensor.strap_stiffness.draw(rng, 1)[0], sensor.strap_rotational_stiffness.draw(rng, 1)[0]
        inertia = sensor.watch_mass.number, sensor.watch_moment_of_inertia.number
        damping = sensor.strap_damping_ratio.draw(rng, 2)
        translation, rotation = (
            Spring.of(float(k), m, float(ratio), rate_hz)
            for k, m, ratio in zip(stiffness, inertia, damping, strict=True)
        )
        return cls(Rotation.from_rotvec(tilt).as_matrix(), creep, translation, rotation)

    def apply(self, ideal: Float[np.ndarray, "time 6"], step_s: float) -> Float[np.ndarray, "time 6"]:
        """Return the specific force (m/s²) and angular velocity (rad/s) of the watch, in the axes it is strapped on in.

        Identity: while nothing turns or accelerates, the specific force keeps its norm of 9.80665 m/s².

        Args:
            ideal: the same of the forearm, frame C, uniformly sampled; at least two samples.
            step_s: sample interval.
        """
        count = len(ideal)
        force, rate = np.ascontiguousarray(ideal.T).reshape(2, 3, count)
        phase_step = np.pi / (count - 1)  # half a turn over the recording: the creep starts and ends gently
        phase = np.arange(count) * phase_step
        slip = self.creep[:, None] * (0.5 - 0.5 * np.cos(phase))
        slip_rate = self.creep[:, None] * (0.5 * phase_step / step_s * np.sin(phase))
        turn = slip + self.rotation.relative_motion(rate, step_s, order=1)
        sensed = np.stack([force, rate], axis=1)
        sensed[:, 0] += self.translation.relative_motion(force, step_s, order=2)
        sensed[:, 1] += self.rotation.relative_motion(rate, step_s, order=2) + slip_rate
        tilted = self.tilt @ in_turned_axes(sensed, turn).reshape(3, 2 * count)
        return np.ascontiguousarray(tilted.reshape(3, 2, count).transpose(2, 1, 0)).reshape(count, 6)


def in_turned_axes(
    vectors: Float[np.ndarray, "3 vectors time"], turn: Float[np.ndarray, "3 time"]
) -> Float[np.ndarray, "3 vectors time"]:
    """Return the vectors' components in axes turned by the rotation vector ``turn`` (rad); their lengths stay.

    Source: Euler-Rodrigues formula with the unit quaternion of -turn, Diebel 2006, Representing Attitude.
    """
    angle = np.sqrt(rot.dot(turn, turn))
    real, axis = np.cos(0.5 * angle), turn * (0.5 * np.sinc(angle / (2.0 * np.pi)))
    along = np.broadcast_to(axis[:, None], vectors.shape)
    across, inward = rot.cross(vectors, along), rot.dot(vectors, along)
    return np.asarray((2.0 * real * real - 1.0) * vectors + 2.0 * real * across + 2.0 * inward * along)
