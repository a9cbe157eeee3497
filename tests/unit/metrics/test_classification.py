"""Confusion and agreement against scikit-learn."""

import numpy as np
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from qleap_edge.metrics.classification import confusion, quadratic_weighted_kappas

RNG = np.random.default_rng(13)


def test_confusion_agrees_with_scikit_learn():
    label, predicted = RNG.integers(0, 8, 500), RNG.integers(0, 6, 500)
    np.testing.assert_array_equal(confusion(predicted, label, 8), confusion_matrix(label, predicted, labels=range(8)))
    assert confusion(label[:0], label[:0], 5).sum() == 0


def test_many_kappas_at_once():
    pairs = [(RNG.integers(0, 5, 90), RNG.integers(0, 5, 90)) for _ in range(6)]
    pairs.append((np.arange(5), np.arange(5)))
    counts = np.stack([confusion(predicted, label, 5) for label, predicted in pairs])
    expected = [cohen_kappa_score(label, predicted, weights="quadratic", labels=range(5)) for label, predicted in pairs]
    np.testing.assert_allclose(quadratic_weighted_kappas(counts), expected, rtol=1e-9, atol=1e-12)
    assert np.isnan(quadratic_weighted_kappas(np.diag([7, 0, 0, 0, 0])))
