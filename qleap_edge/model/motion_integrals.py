"""Integrals of a window's signal: how fast and how far the wrist rose, and how far it turned.

The norm of the specific force less gravity is, to first order, the wrist's vertical acceleration in any orientation of the
watch. Integrated twice over four seconds it drifts like a parabola, so the best parabola is subtracted: the rest follows the
fall of the pelvis in a squat closely (median correlation 0.995 within a window, for any posture of the arms). Attention learns
such sums slowly and coarsely; here they are constant matrices.

The acceleration is given without its mean over the window. The mean of a person who moves and stays in place is next to zero;
what is measured there is the bias and the scale error of the accelerometer, up to 5 mg and 0.2 %. A network that was given the
mean moved joints by up to 30 mm for a change of 1 mg, and by up to 5 mm where half precision rounded the constant 1/g.
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.frames import MODEL_RATE_HZ, STANDARD_GRAVITY, WINDOW_STEPS

INTEGRAL_CHANNELS = 6
_VELOCITY, _POSITION, _ANGLE = 0.5, 0.1, 0.3
"""Typical sizes for a movement of the body, in m/s, m and rad, so that the channels are of size 1."""
_PER_GRAVITY = 1.0 / STANDARD_GRAVITY
_SMALLEST_NORM = 1e-3  # of gravity: a dead accelerometer gives zeros, and no NaN


class MotionIntegrals(nn.Module):
    """Six channels of about size one: vertical acceleration, velocity and height, and three angles."""

    velocity: Tensor
    height: Tensor
    angle: Tensor

    def __init__(self) -> None:
        super().__init__()
        once = integration_matrix()
        for name, matrix in (
            ("velocity", _product(detrending_matrix(1), once) * (STANDARD_GRAVITY / _VELOCITY)),
            ("height", _product(detrending_matrix(2), _product(once, once)) * (STANDARD_GRAVITY / _POSITION)),
            ("angle", _product(detrending_matrix(1), once) / _ANGLE),
        ):
            self.register_buffer(name, torch.from_numpy(matrix).float(), persistent=False)

    def forward(self, imu: Float[Tensor, "b 200 6"]) -> Float[Tensor, "b 200 6"]:
        """Return the integrals of windows in m/s² and rad/s."""
        # |f| - |m| is (|f|² - |m|²) / (|f| + |m|), with the mean force m for example. Half precision has only 0.5 to 1 mg left
        # near 1 g; this form needs no number near it. Squares are taken in units of gravity, so that they stay small enough.
        force = imu[:, :, :3]
        mean = force.mean(dim=1, keepdim=True)
        change = force - mean
        squares = (change * _PER_GRAVITY) * ((change + 2.0 * mean) * _PER_GRAVITY)
        size = _norm(force * _PER_GRAVITY) + _norm(mean * _PER_GRAVITY)
        rise = squares.sum(dim=-1, keepdim=True) / size.clamp_min(_SMALLEST_NORM)
        return torch.cat(
            [
                rise - rise.mean(dim=1, keepdim=True),
                torch.matmul(self.velocity, rise),
                torch.matmul(self.height, rise),
                torch.matmul(self.angle, imu[:, :, 3:]),
            ],
            dim=-1,
        )


def _norm(vector: Float[Tensor, "b t 3"]) -> Float[Tensor, "b t 1"]:
    return (vector * vector).sum(dim=-1, keepdim=True).sqrt()


def integration_matrix(steps: int = WINDOW_STEPS, rate_hz: float = MODEL_RATE_HZ) -> Float[np.ndarray, "time time"]:
    """Return the matrix of the integral from the first sample on, by trapezoids, in seconds."""
    matrix = np.tril(np.ones((steps, steps))) - 0.5 * np.eye(steps)
    matrix[:, 0] -= 0.5
    return np.asarray(matrix / rate_hz)


def detrending_matrix(degree: int, steps: int = WINDOW_STEPS) -> Float[np.ndarray, "time time"]:
    """Return the matrix that subtracts the best polynomial of this degree from a window.

    The basis are the Gram polynomials, which are orthogonal on equally spaced samples, from their three-term recurrence.

    Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 22.17, with the samples centred on zero.
    """
    time = np.arange(steps) - 0.5 * (steps - 1)
    matrix = np.eye(steps)
    before, polynomial, square_before = np.zeros(steps), np.ones(steps), 1.0
    for _ in range(degree + 1):
        square = math.fsum(polynomial * polynomial)
        matrix -= np.outer(polynomial, polynomial) / square
        before, polynomial = polynomial, time * polynomial - before * (square / square_before)
        square_before = square
    return matrix


def _product(
    left: Float[np.ndarray, "rows inner"], right: Float[np.ndarray, "inner columns"]
) -> Float[np.ndarray, "rows columns"]:
    """Return the matrix product, summed in order.

    A BLAS library rounds differently on each kind of CPU, and a converted network's bytes must not depend on the machine.
    """
    total = np.zeros((len(left), right.shape[1]))
    for column, row in zip(left.T, right, strict=True):
        total += np.outer(column, row)
    return total
