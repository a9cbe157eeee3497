"""Is this window like the data the profile was fitted on? Mahalanobis gates on the input and on the embedding.

Embeddings are scaled to unit length, and the distance is the one to the nearest exercise's centre, with one covariance within
the exercises. One centre for all says nothing about wrong names (AUROC 0.5 on synthetic persons and on real gym sets); the
nearest of several has 0.8 on both (see ``benchmarks/README.md``).

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


def unit_length(embedding: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """Return the embeddings scaled to length 1, in float64; one of length 0 stays 0."""
    wide = embedding.astype(np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))


@dataclass(frozen=True)
class Mahalanobis:
    """Centres of one or several groups, and the lower-triangular factor L of their common precision matrix (L Lᵀ)."""

    centres: Float[np.ndarray, "groups d"]
    factor: Float[np.ndarray, "d d"]

    @classmethod
    def fit(
        cls,
        features: Float[np.ndarray, "n d"],
        cluster: Int[np.ndarray, " n"],
        group: Int[np.ndarray, " n"] | None = None,
    ) -> "Mahalanobis":
        """Fit the centres and the shrunk covariance within the groups, each person weighted equally.

        Args:
            features: of each window.
            cluster: its person.
            group: its group; None: all windows are one.
        """
        weights = cluster_weights(cluster)
        wide = features.astype(np.float64)
        names, index = (
            (np.zeros(1), np.zeros(len(wide), dtype=np.int64))
            if group is None
            else np.unique(group, return_inverse=True)
        )
        centres = np.array(
            [weights[index == one] @ wide[index == one] / weights[index == one].sum() for one in range(len(names))]
        )
        centred = wide - centres[index]
        covariance = (centred * weights[:, None]).T @ centred
        variance = np.diag(covariance)
        floor = _FLOOR * max(float(variance.mean()), 1e-12)
        shrunk = (1.0 - SHRINKAGE) * covariance + np.diag(SHRINKAGE * variance + floor)
        return cls(centres=centres, factor=np.linalg.cholesky(np.linalg.inv(shrunk)))

    def distance(self, features: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Return the distance of each row from the nearest centre m, sqrt((f - m)ᵀ L Lᵀ (f - m))."""
        wide = features.astype(np.float64)
        return np.min([np.linalg.norm((wide - centre) @ self.factor, axis=1) for centre in self.centres], axis=0)


def weighted_quantile(values: Float[np.ndarray, " n"], cluster: Int[np.ndarray, " n"], share: float) -> float:
    """Return the smallest value with at least ``share`` of the person-weighted mass at or below it."""
    order = np.argsort(values, kind="stable")
    mass = np.cumsum(cluster_weights(cluster)[order])
    return float(values[order[min(int(np.searchsorted(mass, share - 1e-12)), len(values) - 1)]])
