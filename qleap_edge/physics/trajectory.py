"""Smooth functions of time, and their derivatives and interpolation.

Every motion is a sum of these functions, so every motion is twice continuously differentiable.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


def quintic(s: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """Return the minimum-jerk step from 0 to 1, with zero velocity and acceleration at both ends.

    Source:
        Flash and Hogan 1985, the coordination of arm movements, J. Neurosci. 5(7).
    """
    s = np.clip(s, 0.0, 1.0)
    return np.asarray(s * s * s * (10.0 + s * (6.0 * s - 15.0)))


def bump(s: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """Return a pulse over [0, 1] of height 1 at s = 0.5, with zero velocity and acceleration at both ends."""
    s = np.clip(s, 0.0, 1.0)
    return 64.0 * (s * (1.0 - s)) ** 3


_BLOCK = 32


@dataclass(frozen=True)
class SmoothNoise:
    """Smooth random motion of several channels: sums of sines whose amplitude falls with frequency."""

    amplitude: Float[np.ndarray, "channels sines"]
    """Already divided by frequency; in the unit of the channel."""
    frequency_hz: Float[np.ndarray, "channels sines"]
    phase: Float[np.ndarray, "channels sines"]

    @classmethod
    def draw(
        cls,
        rng: np.random.Generator,
        rms: Float[np.ndarray, " channels"],
        *,
        low_hz: float = 0.15,
        high_hz: float = 3.0,
        sines: int = 5,
        fall: float = 1.0,
    ) -> "SmoothNoise":
        """Draw frequencies log-uniformly and phases uniformly; amplitudes ∝ 1/f^``fall`` scale to each channel's ``rms``."""
        shape = (rms.shape[0], sines)
        frequency = np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), shape))
        weight = frequency**-fall
        weight /= np.sqrt((weight**2).sum(axis=1, keepdims=True) / 2.0)
        return cls(weight * rms[:, None], frequency, rng.uniform(0.0, 2.0 * np.pi, shape))


def smooth_noise(
    plans: list[SmoothNoise], time: Float[np.ndarray, "batch time"]
) -> Float[np.ndarray, "channels batch time"]:
    """Evaluate one :class:`SmoothNoise` a sequence.

    Args:
        plans: one a row of ``time``.
        time: uniform in every row, s. Sines are evaluated at every 32nd sample and between by the addition theorem, which
            costs a third of a sine a sample and is as exact.
    """
    amplitude, frequency, phase = (
        np.stack([getattr(plan, name) for plan in plans], axis=1) for name in ("amplitude", "frequency_hz", "phase")
    )
    amplitude = np.concatenate([amplitude, amplitude], axis=2)
    count = time.shape[1]
    blocks = -(-count // _BLOCK)
    step = (time[:, 1] - time[:, 0])[:, None]
    speed = 2.0 * np.pi * frequency[..., None]
    coarse = speed * (time[:, :1] + step * (_BLOCK * np.arange(blocks)))[:, None] + phase[..., None]
    fine = speed * (step * np.arange(_BLOCK))[:, None]
    at_block = amplitude[..., None] * np.concatenate([np.sin(coarse), np.cos(coarse)], axis=2)
    within = np.concatenate([np.cos(fine), np.sin(fine)], axis=2)
    out = np.matmul(at_block.swapaxes(2, 3), within)
    return out.reshape(*out.shape[:2], -1)[:, :, :count]


def derivative(values: Float[np.ndarray, "time channels"], step_s: float) -> Float[np.ndarray, "inner channels"]:
    """Return the time derivative by the five-point rule; two samples are lost at each end.

    Its gain at frequency f is 1 - (2πf·step)^4 / 30: 0.5 % low at 10 Hz and 100 Hz sampling, where the three-point
    rule is 6 % low. A simulation at the device's own 100 Hz is therefore accurate enough.
    """
    out = values[3:-1] - values[1:-3]
    out *= 8.0
    out -= values[4:] - values[:-4]
    out /= 12.0 * step_s
    return np.asarray(out)


_TAPS = 6
_TAP_NUMBERS = np.arange(_TAPS)
_OTHER_TAPS = [[other for other in range(_TAPS) if other != tap] for tap in range(_TAPS)]
_TAP_SCALES = [float(np.prod([float(tap - other) for other in others])) for tap, others in enumerate(_OTHER_TAPS)]


def interpolate(
    values: Float[np.ndarray, "time channels"], step_s: float, at_s: Float[np.ndarray, " points"]
) -> Float[np.ndarray, "points channels"]:
    """Return the values at any times between the first and the last of uniform samples that begin at time 0.

    Lagrange's polynomial through the six nearest samples: exact for a quintic, 1e-4 off at 10 Hz and 100 Hz sampling.
    """
    position = at_s / step_s
    first = np.clip(np.floor(position).astype(np.int64) - (_TAPS // 2 - 1), 0, len(values) - _TAPS)
    offset = (position - first) - _TAP_NUMBERS[:, None]
    weight = np.empty((len(at_s), 1, _TAPS))
    for tap, (others, scale) in enumerate(zip(_OTHER_TAPS, _TAP_SCALES, strict=True)):
        product = offset[others[0]] * offset[others[1]]
        for other in others[2:]:
            product *= offset[other]
        np.divide(product, scale, out=weight[:, 0, tap])
    return np.asarray(np.matmul(weight, values[first[:, None] + _TAP_NUMBERS])[:, 0])
