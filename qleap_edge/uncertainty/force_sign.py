"""Does the accelerometer have Apple's sign? One window tells, because a wrist swings about elbow and shoulder.

A posture cannot tell: with the sign turned, an arm that hangs reads as one that points up. A motion can. Gravity stands still
in an inertial frame, so the derivative of the specific force taken there, J = f' + ω × f, is free of it whichever sign f
has: it is the jerk of the wrist, or its negative. The end of a lever along +x, from a joint towards the hand, has for each
metre of it the acceleration

    a = ω' × x + ω × (ω × x) = (-(ω_y² + ω_z²), ω_x ω_y + ω_z', ω_x ω_z - ω_y')

and the jerk A = a' + ω × a. The figure is the cosine between J and A over a window; to negate the force negates it exactly.
A watch worn the other way round (half a turn about z, so that +x points to the elbow) negates it as well: the gate cannot say
which of the two mistakes it sees, and both together hide each other.

``alignment/lever_arm.py`` asks the same relation about a whole recording, and fits the lever; here one window must do, in the
same few sums in Python and in Swift.

Source: rigid-body kinematics, for example Siciliano et al., "Robotics: Modelling, Planning and Control" (2009), chapter 3.
"""

import numpy as np
from jaxtyping import Float
from scipy.linalg import convolution_matrix

from qleap_edge.core.frames import MODEL_RATE_HZ, WINDOW_STEPS

STILL_JERK = 1e-3
"""m/s³, root mean square, of the wrist and of the end of a metre: far below what the noise of any watch makes of itself."""
_SMOOTHING_STEPS = 2.0  # standard deviation of the Gaussian, 40 ms: arms turn slower, and derivatives multiply noise
_REACH_STEPS = 8  # four standard deviations to each side: what lies beyond weighs less than a ten-thousandth


def smoothing_taps() -> Float[np.ndarray, " taps"]:
    """Return the Gaussian's weights, exp(-k²/2σ²) at whole steps k from -4σ to 4σ; they sum to 1."""
    offsets = np.arange(-_REACH_STEPS, _REACH_STEPS + 1) / _SMOOTHING_STEPS
    raw = np.exp(-0.5 * offsets * offsets)
    return np.asarray(raw / raw.sum())


def sign_agreement(imu: Float[np.ndarray, "n 200 6"]) -> Float[np.ndarray, " n"]:
    """Return the cosine between the wrist's jerk and that of a lever's end: near 1 where an arm swings.

    Frames that are nearer to an edge than smoothing and derivatives reach are left out. The figure is 0, "tells neither",
    where the wrist or the lever's end stands still (:data:`STILL_JERK`): there it would be a quotient of roundings.

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
    """Return v' + ω × v, the derivative as an inertial frame sees it, without the first and the last frame."""
    return _derivative(vector) + np.cross(rate[:, 1:-1], vector[:, 1:-1])


def _derivative(track: Float[np.ndarray, "n time 3"]) -> Float[np.ndarray, "n inner 3"]:
    """Return the central difference, per second, without the first and the last frame."""
    return (track[:, 2:] - track[:, :-2]) * (0.5 * MODEL_RATE_HZ)
