"""Calibration of σ: coverage, the mean squared standardised error, and the likelihood of the truth."""

import numpy as np
from jaxtyping import Float
from scipy.stats import norm

Z_90 = float(norm.ppf(0.95))
"""Half width of the central 90 % interval of a normal distribution, in standard deviations."""


def interval_hits(z: Float[np.ndarray, "n t j 3"], level: float) -> Float[np.ndarray, " n"]:
    """Return the share of coordinates of each window inside the central Gaussian interval at ``level``."""
    return (np.abs(z) <= norm.ppf(0.5 + 0.5 * level)).mean(axis=(1, 2, 3))


def radius_hits(scores: Float[np.ndarray, "n t j"], radius: Float[np.ndarray, " j"]) -> Float[np.ndarray, " n"]:
    """Return the share of joints and frames of each window whose score is within the joint's conformal radius."""
    return (scores <= radius).mean(axis=(1, 2))


def mean_squared_z(z: Float[np.ndarray, "n t j 3"]) -> Float[np.ndarray, " n"]:
    """Return mean z² of each window; 1 for a perfectly scaled σ (Pernot's ZMS)."""
    return (z**2).mean(axis=(1, 2, 3))


def gaussian_nll(
    z: Float[np.ndarray, "*shape"], log_variance: Float[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """Return -ln of the normal density, nats a coordinate.

    A density, so it depends on the unit of length and may be negative: log variances in m² give nats for metres.

    Args:
        z: (truth - mean) / σ.
        log_variance: ln σ².
    """
    return np.asarray(0.5 * (np.log(2.0 * np.pi) + log_variance + z * z))
