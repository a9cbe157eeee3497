"""Stage A of calibration: one σ factor for each joint and axis.

Source: the maximum-likelihood scale of a Gaussian with known mean, k² = mean z²; clusters are weighted equally because
frames of one sequence are not independent samples.
"""

import numpy as np
from jaxtyping import Float, Int

SCALE_LIMITS = (0.5, 3.0)  # outside, the network's σ is wrong in kind, not in size: report it instead of following it


def standardised_errors(
    truth: Float[np.ndarray, "n t j 3"],
    pose: Float[np.ndarray, "n t j 3"],
    log_variance: Float[np.ndarray, "n t j 3"],
) -> Float[np.ndarray, "n t j 3"]:
    """Return z = (truth - pose) / σ in float64; a perfectly calibrated Gaussian has mean z² = 1."""
    return (truth.astype(np.float64) - pose) * np.exp(-0.5 * log_variance.astype(np.float64))


def cluster_weights(cluster: Int[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return window weights that give each cluster (subject) the same total; they sum to 1."""
    _, index, counts = np.unique(cluster, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / (counts[index] * len(counts)))


def fit_sigma_scale(
    z: Float[np.ndarray, "n t j 3"], cluster: Int[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, "j 3"], int]:
    """Fit k = sqrt(weighted mean z²) per joint and axis.

    Returns:
        The factors, clipped to :data:`SCALE_LIMITS`, and how many had to be clipped.
    """
    weights = cluster_weights(cluster)
    scale = np.sqrt(np.einsum("n,njc->jc", weights, np.mean(z**2, axis=1)))
    clipped = np.clip(scale, *SCALE_LIMITS)
    return clipped, int(np.sum(clipped != scale))
