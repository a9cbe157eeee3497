"""Does a vector contain a label? A probe is trained on half of the persons and scored on the other half, both ways.

The linear probe is multinomial logistic regression, not least squares on indicators: with three or more ordered classes, as
form scores are, least squares never predicts the middle ones (Hastie et al., "The Elements of Statistical Learning", §4.2), so
that it would miss a label that is there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Int64
from scipy.optimize import minimize
from scipy.special import log_softmax

from qleap_edge.metrics.bootstrap import person_draws, person_sums

PENALTY = 1.0  # of ½‖weights‖² on standardised inputs, added to the sum of losses; offsets are not penalised
_SEED = 0  # of the halves: a probe is part of a reproducible report
_ITERATIONS, _GRADIENT, _FALL = (
    1000,
    1e-8,
    1e-13,
)  # to convergence: where a label is absent, the predictions are near ties
_CONSTANT = 1e-6  # a spread below this share of the mean is rounding error; standardising must not amplify it

Classifier = Callable[[Float[np.ndarray, "n d"]], Int64[np.ndarray, " n"]]
"""Vectors → the predicted label of each."""
Fit = Callable[[Float[np.ndarray, "n d"], Int[np.ndarray, " n"], Float[np.ndarray, " n"]], Classifier]
"""Vectors, labels and weights of the examples → a trained classifier."""


@dataclass(frozen=True)
class Score:
    """A share and its 95 % interval, bootstrap over the persons that are scored, not over those the probe is trained on."""

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Probe:
    """Scores of two classifiers on one label: one trained on all windows alike, one with balanced labels."""

    accuracy: Score
    """Of the classifier whose training gives every window the same weight."""
    majority: float
    """Accuracy of always answering the most frequent label."""
    balanced_accuracy: Score
    """Mean recall over the labels, of the classifier whose training gives every label the same weight."""
    chance: float
    """Balanced accuracy without any input: one over the number of labels."""
    windows: int
    persons: int


@dataclass(frozen=True)
class Standardisation:
    """(x - mean) / spread, fitted once; a coordinate that never changes stays zero."""

    mean: Float64[np.ndarray, " d"]
    spread: Float64[np.ndarray, " d"]

    @classmethod
    def of(cls, vectors: Float[np.ndarray, "n d"]) -> "Standardisation":
        """Return the transformation that gives these vectors mean 0 and standard deviation 1 in each coordinate."""
        wide = vectors.astype(np.float64)
        mean, spread = wide.mean(axis=0), wide.std(axis=0)
        return cls(mean, np.where(spread > _CONSTANT * np.abs(mean), spread, np.inf))

    def __call__(self, vectors: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
        """Return standardised vectors."""
        return np.asarray((vectors.astype(np.float64) - self.mean) / self.spread)


def fit_linear_probe(
    vectors: Float[np.ndarray, "n d"], label: Int[np.ndarray, " n"], weight: Float[np.ndarray, " n"]
) -> Classifier:
    """Train a penalised multinomial logistic regression on standardised vectors.

    Args:
        vectors: examples.
        label: what to predict from them.
        weight: of each example; mean 1 keeps the penalty comparable.
    """
    standardise = Standardisation.of(vectors)
    known, index = np.unique(label, return_inverse=True)
    inputs = np.column_stack([standardise(vectors), np.ones(len(vectors))])
    wanted = np.eye(len(known))[index]
    shape = (inputs.shape[1], len(known))

    def objective(flat: Float64[np.ndarray, " parameters"]) -> tuple[float, Float64[np.ndarray, " parameters"]]:
        parameters = flat.reshape(shape)
        logs = log_softmax(inputs @ parameters, axis=1)
        penalised = parameters.copy()
        penalised[-1] = 0.0
        value = 0.5 * PENALTY * (penalised**2).sum() - weight @ (logs * wanted).sum(axis=1)
        gradient = inputs.T @ (weight[:, None] * (np.exp(logs) - wanted)) + PENALTY * penalised
        return float(value) / len(inputs), gradient.ravel() / len(inputs)

    found = minimize(
        objective,
        np.zeros(shape).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ITERATIONS, "gtol": _GRADIENT, "ftol": _FALL},
    )
    parameters = found.x.reshape(shape)

    def predict(others: Float[np.ndarray, "m d"]) -> Int64[np.ndarray, " m"]:
        scores = np.column_stack([standardise(others), np.ones(len(others))]) @ parameters
        return known[scores.argmax(axis=1)].astype(np.int64)

    return predict


def probe(
    vectors: Float[np.ndarray, "n d"],
    label: Int[np.ndarray, " n"],
    person: Int[np.ndarray, " n"],
    fit: Fit = fit_linear_probe,
) -> Probe | None:
    """Return how well a classifier predicts the label from vectors of persons that it was not trained on.

    Args:
        vectors: one for each window.
        label: what to predict.
        person: of each window; all windows of a person are in the same half.
        fit: trains a classifier.

    Returns:
        None with fewer than two persons or with one label only.
    """
    persons, labels = np.unique(person), np.unique(label)
    if len(persons) < 2 or len(labels) < 2:
        return None
    even = np.ones(len(label))
    hits = predict_across_persons(vectors, label, person, even, fit) == label
    balanced = predict_across_persons(vectors, label, person, balancing_weights(label), fit) == label
    return Probe(
        accuracy=_mean_recall(hits, np.zeros_like(label), person),
        majority=float(np.bincount(np.searchsorted(labels, label)).max() / len(label)),
        balanced_accuracy=_mean_recall(balanced, label, person),
        chance=1.0 / len(labels),
        windows=len(label),
        persons=len(persons),
    )


def predict_across_persons(
    vectors: Float[np.ndarray, "n d"],
    label: Int[np.ndarray, " n"],
    person: Int[np.ndarray, " n"],
    weight: Float[np.ndarray, " n"],
    fit: Fit,
) -> Int64[np.ndarray, " n"]:
    """Return the label that a classifier trained on the other half of the persons predicts from each vector."""
    predicted = np.zeros(len(label), np.int64)
    first = first_half(person)
    for trained, scored in ((first, ~first), (~first, first)):
        predicted[scored] = fit(vectors[trained], label[trained], weight[trained])(vectors[scored])
    return predicted


def first_half(person: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Return True for the windows of one half of the persons, drawn with a fixed seed; of an odd number the smaller half."""
    persons = np.random.default_rng(_SEED).permutation(np.unique(person))
    return np.isin(person, persons[: len(persons) // 2])


def balancing_weights(label: Int[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Return weights that sum to the same for each label, and to the number of windows in all."""
    _, index, count = np.unique(label, return_inverse=True, return_counts=True)
    return np.asarray(len(label) / (len(count) * count[index]))


def _mean_recall(hit: Bool[np.ndarray, " n"], label: Int[np.ndarray, " n"], person: Int[np.ndarray, " n"]) -> Score:
    """Return the mean recall over the labels; a resample without a label takes the mean over the others."""
    labels, index = np.unique(label, return_inverse=True)
    member = np.eye(len(labels))[index]
    found, total = person_sums(member * hit[:, None], person), person_sums(member, person)
    draws = person_draws(len(total))
    there = draws @ total
    drawn = np.nanmean(np.divide(draws @ found, there, out=np.full(there.shape, np.nan), where=there > 0.0), axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5]).tolist()
    return Score(float((found.sum(axis=0) / total.sum(axis=0)).mean()), (low, high))
