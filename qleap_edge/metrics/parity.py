"""Differences between two runs of the same network."""

import math

import numpy as np
from jaxtyping import Float

from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.metrics.pose import joint_errors

PSNR_CAP_DB = 200.0  # two equal tensors: a finite number that a JSON file can hold


def max_abs_error(a: np.ndarray, b: np.ndarray) -> float:
    """Return the largest absolute difference."""
    return float(np.max(np.abs(a.astype(np.float64) - b)))


def psnr_db(a: np.ndarray, reference: np.ndarray) -> float:
    """Return 20·log10(peak of the reference / rms difference), capped at 200 dB for equal tensors."""
    rms = float(np.sqrt(np.mean((a.astype(np.float64) - reference) ** 2)))
    peak = float(np.max(np.abs(reference)))
    if rms == 0.0 or peak == 0.0:
        return PSNR_CAP_DB if rms == 0.0 else 0.0
    return min(20.0 * math.log10(peak / rms), PSNR_CAP_DB)


def pose_drift_mm(
    pose: Float[np.ndarray, "n t 17 3"], reference: Float[np.ndarray, "n t 17 3"]
) -> Float[np.ndarray, "n t 16"]:
    """Return how far each joint moved between two runs, in millimetres for a person of 1.75 m."""
    return joint_errors(pose, reference) * MM_PER_BODY_HEIGHT


def class_flips(logits: Float[np.ndarray, "n k"], reference: Float[np.ndarray, "n k"], margin: float) -> int:
    """Count the windows whose most probable class differs although the reference is sure.

    Args:
        logits: of the run.
        reference: logits of the reference.
        margin: least difference between the two largest probabilities of a sure reference.
    """
    wide = reference.astype(np.float64)
    probability = np.exp(wide - wide.max(axis=1, keepdims=True))
    probability /= probability.sum(axis=1, keepdims=True)
    top = np.sort(probability, axis=1)
    sure = top[:, -1] - top[:, -2] >= margin
    return int(np.sum(sure & (logits.argmax(axis=1) != reference.argmax(axis=1))))
