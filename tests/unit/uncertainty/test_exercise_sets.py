"""Conformal sets of exercises: against MAPIE, what they promise for new persons, and which windows count."""

import numpy as np
from mapie.classification import SplitConformalClassifier
from sklearn.base import BaseEstimator, ClassifierMixin

from qleap_edge.uncertainty.exercise_sets import (
    SET_LEVEL,
    fit_exercise_sets,
    mean_probability,
    remaining,
    set_probabilities,
)

KINDS = 6


class Known(ClassifierMixin, BaseEstimator):
    """A classifier whose probabilities are its input."""

    def fit(self, x, y):
        self.classes_ = np.arange(KINDS)
        self.fitted_ = True
        return self

    def predict(self, x):
        return x.argmax(axis=1)

    def predict_proba(self, x):
        return x


def drawn(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of sequences, and the true exercises."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, KINDS, count)
    logits = rng.normal(size=(count, KINDS)) + 2.0 * np.eye(KINDS)[truth]
    exponential = np.exp(logits)
    return exponential / exponential.sum(axis=1, keepdims=True), truth


def test_one_sequence_a_person_is_the_split_conformal_set_of_mapie():
    probability, truth = drawn(400, seed=1)
    every = np.arange(400)
    ours = fit_exercise_sets(probability, np.ones(400, dtype=bool), truth, every, every)
    assert (ours.subjects, ours.sequences, ours.level) == (400, 400, SET_LEVEL)
    oracle = SplitConformalClassifier(Known().fit(probability, truth), SET_LEVEL, prefit=True, conformity_score="lac")
    fresh, _ = drawn(200, seed=2)
    one_vote = np.ones(1, dtype=bool)
    _, sets = oracle.conformalize(probability, truth).predict_set(fresh)
    for row, wanted in zip(fresh, sets[:, :, 0], strict=True):
        left = remaining(row, one_vote, ours)
        assert sorted(left) == np.flatnonzero(wanted).tolist()
        assert left == sorted(left, key=lambda one: -row[one])


def test_the_true_exercise_remains_for_new_persons():
    """Ten sequences a person, and persons of whom the network knows less than of others."""
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(200):
        persons = 61
        truth = rng.integers(0, KINDS, (persons, 10))
        help_of = rng.uniform(0.5, 4.0, persons)[:, None, None]
        logits = rng.normal(size=(persons, 10, KINDS)) + help_of * np.eye(KINDS)[truth]
        probability = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        flat, every = probability[:60].reshape(-1, KINDS), np.arange(600)
        sets = fit_exercise_sets(flat, np.ones(600, dtype=bool), truth[:60].ravel(), every, every // 10)
        own = probability[60][np.arange(10), truth[60]]
        covered.append(np.mean(own >= sets.threshold))
    noise = 3 * np.std(covered) / np.sqrt(len(covered))
    assert SET_LEVEL - noise <= np.mean(covered) <= SET_LEVEL + 1 / 61 + noise


def test_only_windows_that_vote_count_and_only_sequences_of_one_exercise():
    probability = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3], [0.1, 0.9], [1.0, 0.0]])
    sequence = np.array([3, 3, 5, 5, 5, 8, 9])
    exercise = np.array([0, 0, 1, 1, 0, 1, 0])
    votes = np.array([True, False, True, True, True, False, True])
    mean, first = set_probabilities(probability, votes, exercise, sequence)
    np.testing.assert_array_equal(first, [0, 6])  # 5 has two exercises, in 8 nothing votes
    np.testing.assert_allclose(mean, [[0.9, 0.1], [1.0, 0.0]])


def test_too_few_persons_promise_nothing():
    probability, truth = drawn(18, seed=3)
    every = np.arange(18)
    sets = fit_exercise_sets(probability, np.ones(18, dtype=bool), truth, every, every)
    assert sets.threshold == 0.0 and remaining(probability[0], np.ones(4, dtype=bool), sets) == []
    nobody = fit_exercise_sets(probability, np.zeros(18, dtype=bool), truth, every, every)
    assert (nobody.threshold, nobody.sequences) == (0.0, 0)


def test_a_set_in_which_few_windows_vote_leaves_nothing():
    probability, truth = drawn(400, seed=1)
    every = np.arange(400)
    sets = fit_exercise_sets(probability, np.ones(400, dtype=bool), truth, every, every)
    votes = np.arange(10) < 4
    mean = mean_probability(np.tile([0.9, 0.1, 0.0, 0.0, 0.0, 0.0], (10, 1)), votes)
    np.testing.assert_allclose(mean, [0.9, 0.1, 0.0, 0.0, 0.0, 0.0])
    assert remaining(mean, votes, sets) == [] and remaining(mean, np.arange(10) < 5, sets)[0] == 0
    assert not mean_probability(probability[:3], np.zeros(3, dtype=bool)).any()
