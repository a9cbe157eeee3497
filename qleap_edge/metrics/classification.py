"""Confusion, and agreement for ordinal scores."""

import numpy as np
from jaxtyping import Float, Int, Int64, Shaped


def confusion(predicted: Int[np.ndarray, " n"], label: Int[np.ndarray, " n"], classes: int) -> Int64[np.ndarray, "k k"]:
    """Return how often each class (row) was taken for each class (column)."""
    return np.bincount(label * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def quadratic_weighted_kappas(counts: Shaped[np.ndarray, "*batch k k"]) -> Float[np.ndarray, " *batch"]:
    """Return Cohen's kappa with quadratic weights of confusion matrices; NaN where chance agreement is total.

    1 is perfect, 0 no better than chance given the marginals. Where either side holds one class only, kappa is undefined.

    Source: Cohen, "Weighted kappa", Psychological Bulletin, 1968.
    """
    observed = counts.astype(np.float64)
    total = observed.sum(axis=(-2, -1), keepdims=True)
    expected = observed.sum(axis=-1, keepdims=True) * observed.sum(axis=-2, keepdims=True) / np.maximum(total, 1.0)
    grid = np.arange(counts.shape[-1])
    weight = (grid[:, None] - grid[None, :]) ** 2 / (len(grid) - 1) ** 2
    chance, found = ((weight * matrix).sum(axis=(-2, -1)) for matrix in (expected, observed))
    return np.asarray(1.0 - found / np.where(chance == 0.0, np.nan, chance))
