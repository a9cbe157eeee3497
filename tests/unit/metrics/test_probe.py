"""The probe against scikit-learn, and against vectors whose labels are known."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from qleap_edge.metrics import probe as module
from qleap_edge.metrics.probe import (
    Standardisation,
    balancing_weights,
    first_half,
    fit_linear_probe,
    predict_across_persons,
    probe,
)


def windows_of_persons(seed: int = 0, signal: float = 1.5, persons: int = 30, each: int = 20):
    """Return vectors in which a label of four unequal classes shows up to noise and to a habit of each person."""
    rng = np.random.default_rng(seed)
    person = np.repeat(rng.permutation(persons) + 100, each)
    label = rng.choice([0, 2, 3, 7], p=[0.6, 0.2, 0.15, 0.05], size=len(person))
    centres = rng.normal(size=(8, 6))
    vectors = signal * centres[label] + rng.normal(size=(200, 6))[person] + rng.normal(size=(len(person), 6))
    return (vectors * [1.0, 10.0, 0.1, 1.0, 1.0, 1.0] + 3.0).astype(np.float32), label, person


@pytest.mark.parametrize("balanced", [False, True])
def test_the_linear_probe_agrees_with_scikit_learn(balanced: bool):
    vectors, label, person = windows_of_persons()
    learnt = first_half(person)
    weight = balancing_weights(label[learnt]) if balanced else np.ones(learnt.sum())
    said = fit_linear_probe(vectors[learnt], label[learnt], weight)(vectors[~learnt])
    oracle = make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced" if balanced else None, tol=1e-8, max_iter=5000)
    ).fit(vectors[learnt].astype(np.float64), label[learnt])
    expected = oracle.predict(vectors[~learnt].astype(np.float64))
    assert (said == expected).mean() > 0.995  # the two optimisers stop at slightly different places
    assert 0.5 < (said == label[~learnt]).mean() < 1.0


def test_scores_are_those_of_scikit_learn():
    vectors, label, person = windows_of_persons(1)
    found = probe(vectors, label, person)
    plain = predict_across_persons(vectors, label, person, np.ones(len(label)), fit_linear_probe)
    balanced = predict_across_persons(vectors, label, person, balancing_weights(label), fit_linear_probe)
    assert found.accuracy.value == pytest.approx((plain == label).mean())
    assert found.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(label, balanced))
    assert found.majority == pytest.approx((label == 0).mean())
    assert found.chance == 0.25
    assert (found.windows, found.persons) == (600, 30)
    for score in (found.accuracy, found.balanced_accuracy):
        assert score.interval[0] < score.value < score.interval[1]
    assert found.balanced_accuracy.interval[0] > found.chance


def test_nothing_is_read_out_of_noise():
    _, label, person = windows_of_persons(2, persons=100)
    noise = np.random.default_rng(3).normal(size=(len(label), 6)).astype(np.float32)
    found = probe(noise, label, person)
    assert found.accuracy.value == pytest.approx(found.majority, abs=0.02)
    assert found.balanced_accuracy.interval[0] < found.chance < found.balanced_accuracy.interval[1]


def test_no_person_is_on_both_sides():
    """A label that is a person's own can only be read by who has seen the person."""
    rng = np.random.default_rng(4)
    person = np.repeat(np.arange(40), 25)
    own = rng.normal(size=(40, 30))
    vectors = own[person] + 0.01 * rng.normal(size=(len(person), 30))
    label = rng.integers(0, 2, 40)[person]
    assert probe(vectors, label, person).accuracy.value < 0.75
    first = first_half(person)
    assert len(np.unique(person[first])) == 20
    assert not set(person[first].tolist()) & set(person[~first].tolist())


def test_the_interval_is_over_persons():
    vectors, label, person = windows_of_persons(5)
    found = probe(vectors, label, person)
    doubled = probe(np.repeat(vectors, 2, axis=0), np.repeat(label, 2), np.repeat(person, 2))
    width, twice = (np.diff(p.balanced_accuracy.interval)[0] for p in (found, doubled))
    assert twice == pytest.approx(width, rel=0.1)  # were windows drawn, it would shrink by a third


def test_where_nothing_can_be_said():
    vectors, label, person = windows_of_persons(6)
    assert probe(vectors, label, np.zeros_like(person)) is None
    assert probe(vectors, np.zeros_like(label), person) is None
    assert probe(vectors[:0], label[:0], person[:0]) is None


def test_a_label_that_one_half_lacks_is_missed_not_an_error():
    vectors, label, person = windows_of_persons(7)
    label = np.where(first_half(person), label % 2, 5)
    found = probe(vectors, label, person)
    assert found.accuracy.value == 0.0 and found.chance == pytest.approx(1 / 3)


def test_rounding_is_no_signal():
    constant = np.full((50, 3), 7.0) + 1e-9 * np.random.default_rng(8).normal(size=(50, 3))
    np.testing.assert_array_equal(Standardisation.of(constant)(constant), 0.0)
    vectors, _, _ = windows_of_persons()
    standard = Standardisation.of(vectors)(vectors)
    np.testing.assert_allclose(standard, StandardScaler().fit_transform(vectors.astype(np.float64)), atol=1e-9)


def test_another_reader_may_read():
    """A product of two signs is invisible to every linear probe."""
    rng = np.random.default_rng(9)
    vectors = rng.normal(size=(2000, 2))
    label = (vectors[:, 0] * vectors[:, 1] > 0).astype(np.int64)
    person = np.repeat(np.arange(50), 40)

    def fit(_vectors, _label, _weight):
        return lambda others: (others[:, 0] * others[:, 1] > 0).astype(np.int64)

    assert probe(vectors, label, person).balanced_accuracy.value < 0.6
    assert probe(vectors, label, person, fit).balanced_accuracy.value == 1.0


def test_the_penalty_is_on_weights_not_on_offsets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PENALTY", 1e9)
    vectors, label, _ = windows_of_persons(10)
    said = fit_linear_probe(vectors, label, np.ones(len(label)))(vectors)
    assert (said == 0).all()  # all that is left is the most frequent label
