"""Palettes: every weight gets the value next to it, and no clustering that was not written here does better by much."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from qleap_edge.compression.palettes import palette_bytes, palette_of, restored


def some_weights(count: int, seed: int = 0) -> np.ndarray:
    return (0.05 * np.random.default_rng(seed).standard_t(5, count)).astype(np.float16)


@settings(max_examples=25)
@given(count=st.integers(1, 3000), bits=st.sampled_from([4, 6, 8]), seed=st.integers(0, 1000))
def test_every_weight_gets_the_nearest_value(count: int, bits: int, seed: int) -> None:
    weights = some_weights(count, seed)
    palette, numbers = palette_of(weights, bits)  # type: ignore[arg-type]
    assert palette.shape == (2**bits,) and palette.dtype == np.float16
    assert numbers.shape == (count,) and numbers.dtype == np.uint8 and int(numbers.max()) < 2**bits
    wide, values = weights.astype(np.float64), palette.astype(np.float64)
    distance = np.abs(wide - values[numbers])
    best = np.abs(wide[:, None] - values).min(axis=1)
    # The means are rounded to half precision once all weights have been dealt out: a tie may tip by a step of theirs.
    assert (distance <= best + np.spacing(palette).max()).all()


@pytest.mark.parametrize("bits", [4, 6, 8])
@pytest.mark.parametrize("count", [700, 4000, 20_000])
def test_as_good_as_scikit_learn(bits: int, count: int) -> None:
    """Which clusters any points, weighted by how often they occur; the best of three tries, let run to the end."""
    values, counts = np.unique(some_weights(count), return_counts=True)
    assert len(values) > 2**bits, "else every weight has a value of its own"
    palette, numbers = palette_of(some_weights(count), bits)  # type: ignore[arg-type]
    ours = ((some_weights(count).astype(np.float64) - palette[numbers].astype(np.float64)) ** 2).sum()
    means = KMeans(2**bits, n_init=3, tol=1e-6, random_state=1)
    means.fit(values.astype(np.float64)[:, None], sample_weight=counts)
    assert 0.7 * means.inertia_ < ours < 1.06 * means.inertia_, "not much worse, and not too good to be true"


def test_weights_of_few_values_are_kept_exactly() -> None:
    weights = np.random.default_rng(0).choice(np.array([-0.5, 0.0, 0.25, 2.0], np.float16), size=(7, 5))
    palette, numbers = palette_of(weights, 4)
    np.testing.assert_array_equal(restored(palette, numbers, weights.shape), weights)


def test_more_bits_are_closer() -> None:
    weights = some_weights(5000).reshape(50, 100)
    errors = []
    for bits in (4, 6, 8):
        palette, numbers = palette_of(weights, bits)  # type: ignore[arg-type]
        errors.append(float(np.abs(weights - restored(palette, numbers, weights.shape)).max()))
    assert errors[0] > errors[1] > errors[2]


def test_the_same_weights_give_the_same_palette() -> None:
    first, second = (palette_of(some_weights(4000), 6) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_bytes() -> None:
    assert palette_bytes(1000, 4) == 500 + 32
    assert palette_bytes(1000, 8) == 1000 + 512
