"""Stage C of calibration: conformal radii that hold for a random frame of a new person.

Frames of a person are dependent, persons are exchangeable, so the quantile treats the *person* as the sample:
    q(α) = smallest r with  Σ_k F_k(r) / (K + 1) ≥ α,   F_k = share of person k's frames with score ≤ r.
The missing 1/(K+1) of the mass lies at infinity; this makes coverage ≥ α hold for finite K.

Source: Lee, Barber, Willett, "Distribution-free inference with hierarchical data", 2023 (hierarchical conformal prediction).
"""

import math

import numpy as np
from jaxtyping import Float, Int

from qleap_edge.uncertainty.scaling import cluster_weights


def joint_scores(z: Float[np.ndarray, "n t j 3"]) -> Float[np.ndarray, "n t j"]:
    """Return the ellipsoidal score ‖(y - μ) / σ'‖₂ of each joint: the radius that would just cover the truth."""
    return np.linalg.norm(z, axis=-1)


def hierarchical_quantile(scores: Float[np.ndarray, "n t"], cluster: Int[np.ndarray, " n"], level: float) -> float:
    """Return the conformal radius at ``level``; ``inf`` when there are too few persons to promise that level.

    With one frame per person this is the classical split-conformal order statistic ⌈(K+1)·level⌉.
    """
    persons = len(np.unique(cluster))
    needed = level * (persons + 1) / persons  # share of the weighted empirical mass that must lie inside
    if needed > 1.0 + 1e-12:
        return math.inf
    weights = np.repeat(cluster_weights(cluster) / scores.shape[1], scores.shape[1])
    flat = scores.ravel()
    order = np.argsort(flat, kind="stable")
    mass = np.cumsum(weights[order])
    position = int(np.searchsorted(mass, needed - 1e-12))
    return float(flat[order[min(position, len(flat) - 1)]])


def fit_radii(
    scores: Float[np.ndarray, "n t j"], cluster: Int[np.ndarray, " n"], levels: tuple[float, ...]
) -> Float[np.ndarray, "j levels"]:
    """Return one radius per joint and level (``inf`` where there are too few persons for the level)."""
    return np.array(
        [[hierarchical_quantile(scores[:, :, j], cluster, level) for level in levels] for j in range(scores.shape[2])]
    )
