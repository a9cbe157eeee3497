"""Does the accelerometer have Apple's sign? One window shows it, because a wrist swings about elbow and shoulder.

A posture does not show the sign: with the sign negated, an arm that hangs looks like one that points up. A motion does.
Gravity is constant in an inertial frame, so the derivative of the specific force taken there, J = f' + ω × f, does not contain
gravity, whichever sign f has: it is the jerk of the wrist, or its negative. The end of a lever along +x, from a joint towards
the hand, has for each metre of it the acceleration

    a = ω' × x + ω × (ω × x) = (-(ω_y² + ω_z²), ω_x ω_y + ω_z', ω_x ω_z - ω_y')

and the jerk A = a' + ω × a. The figure is the cosine between J and A over a window; negating the force negates it exactly.
A watch worn the other way round (half a turn about z, so that +x points to the elbow) negates it as well: the gate cannot
distinguish the two mistakes, and does not fire if both are made.

``alignment/lever_arm.py`` uses the same relation for a whole recording, and fits the lever; here a single window must do, with
the same few sums in Python and in Swift.

Source: rigid-body kinematics, for example Siciliano et al., "Robotics: Modelling, Planning and Control" (2009), chapter 3.
"""

import numpy as np
from jaxtyping import Float
from scipy.linalg import convolution_matrix

from qleap_edge.core.frames import MODEL_RATE_HZ, WINDOW_STEPS

STILL_JERK = 1e-3
"""m/s³, root mean square, of the wrist and of the end of a lever of one metre: far below the noise of any watch."""
_SMOOTHING_STEPS = (
    2.0  # standard deviation of the Gaussian, 40 ms: arms turn more slowly, and derivatives amplify noise
)
_REACH_STEPS = 8  # four standard deviations to each side: what lies beyond weighs less than a ten-thousandth


def smoothing_taps() -> Float[np.ndarray, " taps"]:
    """Return the Gaussian's weights, exp(-k²/2σ²) at whole steps k from -4σ to 4σ; they sum to 1."""
    offsets = np.arange(-_REACH_STEPS, _REACH_STEPS + 1) / _SMOOTHING_STEPS
    raw = np.exp(-0.5 * offsets * offsets)
    return np.asarray(raw / raw.sum())


def sign_agreement(imu: Float[np.ndarray, "n 200 6"]) -> Float[np.ndarray, " n"]:
    """Return the cosine between the wrist's jerk and that of a lever's end: near 1 where an arm swings.

    Frames that are nearer to an edge than smoothing and derivatives reach are left out. The figure is 0,
    for neither sign, where the wrist or the lever's end does not move (:data:`STILL_JERK`): there it would be a quotient of
    rounding errors.

    Args:
        imu: specific force (m/s²) and angular velocity (rad/s) at 50 Hz, left-arm frame C.
    """
    smooth = convolution_matrix(smoothing_taps(), WINDOW_STEPS, mode="valid") @ imu.astype(np.float64)
    force, rate = smooth[..., :3], smooth[..., 3:]
    jerk = _inertial_derivative(force, rate)[:, 1:-1]
    lever_jerk = _inertial_derivative(_lever_acceleration(rate), rate[:, 1:-1])
    power, lever_power = ((vectors * vectors).sum(axis=(1, 2)) for vectors in (jerk, lever_jerk))
    moves = np.minimum(power, lever_power) > STILL_JERK**2 * jerk.shape[1]
    product = (jerk * lever_jerk).sum(axis=(1, 2))
    return np.divide(product, np.sqrt(power * lever_power), out=np.zeros(len(imu)), where=moves)


def _lever_acceleration(rate: Float[np.ndarray, "n time 3"]) -> Float[np.ndarray, "n inner 3"]:
    """Return the acceleration of the end of a lever of one metre along +x, m/s², without the first and the last frame."""
    turn = _derivative(rate)
    x, y, z = np.moveaxis(rate[:, 1:-1], -1, 0)
    return np.stack([-(y * y + z * z), x * y + turn[..., 2], x * z - turn[..., 1]], axis=-1)


def _inertial_derivative(
    vector: Float[np.ndarray, "n time 3"], rate: Float[np.ndarray, "n time 3"]
) -> Float[np.ndarray, "n inner 3"]:
    """Return v' + ω × v, the derivative in an inertial frame, without the first and the last frame."""
    return _derivative(vector) + np.cross(rate[:, 1:-1], vector[:, 1:-1])


def _derivative(values: Float[np.ndarray, "n time 3"]) -> Float[np.ndarray, "n inner 3"]:
    """Return the central difference, per second, without the first and the last frame."""
    return (values[:, 2:] - values[:, :-2]) * (0.5 * MODEL_RATE_HZ)
