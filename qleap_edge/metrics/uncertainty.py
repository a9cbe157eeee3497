"""Calibration of σ: coverage, the mean squared standardised error, and the likelihood of the truth."""

import numpy as np
from jaxtyping import Bool, Float
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


def gaussian_crps(z: Float[np.ndarray, "*shape"], sigma: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Return the continuous ranked probability score of a normal prediction, in the unit of σ.

    Source:
        Gneiting, Raftery, "Strictly proper scoring rules, prediction, and estimation", J. Am. Stat. Assoc. 102(477), 2007.
    """
    return np.asarray(sigma * (z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - 1.0 / np.sqrt(np.pi)))


def normalised_calibration_error(z: Float[np.ndarray, " n"], sigma: Float[np.ndarray, " n"], bins: int = 10) -> float:
    """Return ENCE: mean over equal-mass bins of σ of |RMSE - RMV| / RMV; 0 is right for infinitely many samples.

    Source:
        Levi et al., "Evaluating and calibrating uncertainty prediction in regression tasks", Sensors 22(15), 2022.
    """
    order = np.argsort(sigma, kind="stable")
    parts = np.array_split(order, bins)
    spread = [np.sqrt(np.mean(sigma[part] ** 2)) for part in parts]
    error = [np.sqrt(np.mean((z[part] * sigma[part]) ** 2)) for part in parts]
    return float(np.mean([abs(e - s) / s for e, s in zip(error, spread, strict=True)]))


def confidence_calibration_error(
    confidence: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"], bins: int = 15
) -> float:
    """Return ECE: mean over equal-mass bins of |share that is right - mean confidence|, weighted by size.

    Source:
        Nixon et al., "Measuring calibration in deep learning", CVPR workshops, 2019 (equal-mass bins).
    """
    parts = np.array_split(np.argsort(confidence, kind="stable"), bins)
    gaps = [len(part) * abs(correct[part].mean() - confidence[part].mean()) for part in parts if len(part)]
    return float(sum(gaps) / len(confidence))
