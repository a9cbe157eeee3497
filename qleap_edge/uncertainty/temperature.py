"""One temperature per classifier head: logits divided by it give calibrated probabilities.

Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

_LIMITS = (-3.0, 3.0)  # of ln T


def negative_log_likelihood(
    logits: Float[np.ndarray, "n k"], label: Int[np.ndarray, " n"], temperature: float
) -> float:
    """Return the mean negative log likelihood in nats."""
    return float(-np.mean(log_softmax(logits.astype(np.float64) / temperature, axis=1)[np.arange(len(label)), label]))


def fit_temperature(logits: Float[np.ndarray, "n k"], label: Int[np.ndarray, " n"]) -> float:
    """Return the temperature of least negative log likelihood; labels below 0 (unscored) are skipped; 1.0 without any."""
    scored = label >= 0
    if not scored.any():
        return 1.0
    found = minimize_scalar(
        lambda log_t: negative_log_likelihood(logits[scored], label[scored], float(np.exp(log_t))),
        bounds=_LIMITS,
        method="bounded",
    )
    return float(np.exp(found.x))
