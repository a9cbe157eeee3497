"""Is this window like the data the profile was fitted on? Mahalanobis gates on the input and on the embedding.

Source: Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples", NeurIPS 2018; covariance shrunk
towards its diagonal so that few windows still give an invertible matrix.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from qleap_edge.uncertainty.scaling import cluster_weights

SHRINKAGE = 0.1
STILL = 1e-3  # m/s² and rad/s: below the noise of any watch, so that a dead channel has a finite logarithm
_FLOOR = 1e-6  # relative to the mean variance: a constant feature must not get an infinite weight


def input_features(imu: Float[np.ndarray, "n 200 6"]) -> Float[np.ndarray, "n 13"]:
    """Return 13 features that change with a wrong unit, a dead channel or an unusual movement.

    The mean of each channel (posture); the logarithm of each channel's standard deviation, which a wrong unit shifts and a dead
    channel makes very low; and the logarithm of the specific force's mean norm, which is near ln 9.81 in all human movement. A
    logarithm, because jumps double the norm and a wrong unit divides it by ten: without it, the spread of the jumps would be
    too wide to detect the unit.
    """
    wide = imu.astype(np.float64)
    log_deviation = np.log(wide.std(axis=1) + STILL)
    norm = np.log(np.linalg.norm(wide[:, :, :3], axis=2).mean(axis=1, keepdims=True) + STILL)
    return np.concatenate([wide.mean(axis=1), log_deviation, norm], axis=1)


@dataclass(frozen=True)
class Mahalanobis:
    """Centre and lower-triangular factor L of the precision matrix (precision = L Lᵀ)."""

    mean: Float[np.ndarray, " d"]
    factor: Float[np.ndarray, "d d"]

    @classmethod
    def fit(cls, features: Float[np.ndarray, "n d"], cluster: Int[np.ndarray, " n"]) -> "Mahalanobis":
        """Fit centre and shrunk covariance, each person weighted equally."""
        weights = cluster_weights(cluster)
        wide = features.astype(np.float64)
        mean = weights @ wide
        centred = wide - mean
        covariance = (centred * weights[:, None]).T @ centred
        variance = np.diag(covariance)
        floor = _FLOOR * max(float(variance.mean()), 1e-12)
        shrunk = (1.0 - SHRINKAGE) * covariance + np.diag(SHRINKAGE * variance + floor)
        return cls(mean=mean, factor=np.linalg.cholesky(np.linalg.inv(shrunk)))

    def distance(self, features: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Return the distance of each row, sqrt((f - m)ᵀ L Lᵀ (f - m)); the centre has distance 0."""
        return np.linalg.norm((features.astype(np.float64) - self.mean) @ self.factor, axis=1)


def weighted_quantile(values: Float[np.ndarray, " n"], cluster: Int[np.ndarray, " n"], share: float) -> float:
    """Return the smallest value with at least ``share`` of the person-weighted mass at or below it."""
    order = np.argsort(values, kind="stable")
    mass = np.cumsum(cluster_weights(cluster)[order])
    return float(values[order[min(int(np.searchsorted(mass, share - 1e-12)), len(values) - 1)]])
