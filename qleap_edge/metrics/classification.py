"""Accuracy, and agreement for ordinal scores."""

import numpy as np
from jaxtyping import Bool, Int


def correct(predicted: Int[np.ndarray, " n"], label: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Return where prediction and label agree."""
    return predicted == label


def quadratic_weighted_kappa(
    predicted: Int[np.ndarray, " n"], label: Int[np.ndarray, " n"], classes: int
) -> float | None:
    """Return Cohen's kappa with quadratic weights: 1 perfect, 0 no better than chance given the marginals.

    None when either side holds one class only, where chance agreement is total and kappa says nothing.

    Source: Cohen, "Weighted kappa", Psychological Bulletin, 1968.
    """
    observed = np.zeros((classes, classes))
    np.add.at(observed, (label, predicted), 1.0)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / max(len(label), 1)
    grid = np.arange(classes)
    weight = (grid[:, None] - grid[None, :]) ** 2 / (classes - 1) ** 2
    chance = float((weight * expected).sum())
    return None if chance == 0.0 else 1.0 - float((weight * observed).sum()) / chance
