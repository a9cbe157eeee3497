"""Conformal sets of form scores: neighbours only, as small as can be, and the coverage that they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qleap_edge.uncertainty.form_sets import FORM_SET_LEVEL, fit_form_sets, form_ranges, mass_needed

SCORES = 5


def grown(row: np.ndarray, mass: float) -> tuple[int, int]:
    """Return the set of one window, written out step by step."""
    low = high = int(row.argmax())
    while low > 0 or high < SCORES - 1:
        left = row[low - 1] if low > 0 else -1.0
        right = row[high + 1] if high < SCORES - 1 else -1.0
        if row[low : high + 1].sum() + max(left, right) > mass + 1e-12:
            break
        low, high = (low, high + 1) if right > left else (low - 1, high)
    return low, high


@given(st.integers(0, 10_000), st.floats(0.05, 0.99))
def test_the_set_grows_from_the_mode_to_its_neighbours(seed, mass):
    probability = np.random.default_rng(seed).dirichlet(np.full(SCORES, 0.5), 20)
    low, high = form_ranges(probability, mass)
    assert [(int(a), int(b)) for a, b in zip(low, high, strict=True)] == [grown(row, mass) for row in probability]


@given(st.integers(0, 10_000))
def test_the_mass_that_is_needed_is_where_the_true_score_comes_in(seed):
    rng = np.random.default_rng(seed)
    probability, score = rng.dirichlet(np.full(SCORES, 0.7), 20), rng.integers(0, SCORES, 20)
    for row, true, mass in zip(probability, score, mass_needed(probability, score), strict=True):
        low, high = grown(row, float(mass) + 1e-9)
        assert low <= true <= high
        if mass > row.max() + 1e-9:
            low, high = grown(row, float(mass) - 1e-9)
            assert not low <= true <= high


def test_the_true_score_remains_for_new_persons():
    rng = np.random.default_rng(3)
    covered, sizes = [], []
    for _ in range(200):
        true = rng.integers(0, SCORES, (41, 6))
        centre = true + rng.normal(size=(41, 6)) * rng.uniform(
            0.3, 1.5, (41, 1)
        )  # a wrist knows more about some persons
        logits = -0.5 * (np.arange(SCORES) - centre[..., None]) ** 2
        probability = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        sets = fit_form_sets(probability[:40].reshape(-1, SCORES), true[:40].ravel(), np.repeat(np.arange(40), 6))
        low, high = form_ranges(probability[40], sets.mass)
        covered.append(np.mean((true[40] >= low) & (true[40] <= high)))
        sizes.append(np.mean(high - low + 1))
    noise = 3 * np.std(covered) / np.sqrt(len(covered))
    assert FORM_SET_LEVEL - noise <= np.mean(covered) <= FORM_SET_LEVEL + 1 / 41 + noise
    assert np.mean(sizes) < 4.0


def test_without_enough_persons_all_scores_remain():
    probability = np.random.default_rng(1).dirichlet(np.ones(SCORES), 8)
    few = fit_form_sets(probability, np.arange(8) % SCORES, np.arange(8))
    assert few.mass == 1.0 and few.subjects == 8
    low, high = form_ranges(probability, few.mass)
    assert (low == 0).all() and (high == SCORES - 1).all()
    unscored = fit_form_sets(probability, np.full(8, -1), np.arange(8))
    assert (unscored.mass, unscored.windows) == (1.0, 0)


def test_of_equal_neighbours_the_lower_score_comes_first():
    low, high = form_ranges(np.array([[0.1, 0.2, 0.4, 0.2, 0.1]]), 0.65)
    assert (int(low[0]), int(high[0])) == (1, 2)
    assert mass_needed(np.array([[0.1, 0.2, 0.4, 0.2, 0.1]]), np.array([3]))[0] == pytest.approx(0.8)
