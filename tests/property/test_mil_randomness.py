"""Random kernels: the distributions against SciPy's, the same numbers in every run, window and batch."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.property.test_mil_kernels import LAW, apply, numbers
from tests.support.mil_programs import assert_batch_is_a_loop, built, from_torch, outputs

SEED = st.integers(-1, 2**31 - 1)
MANY = (40, 500)
UNLIKELY = 1e-6  # of a right sampler to fail, for each of some hundred draws


@LAW
@given(seed=SEED, low=st.floats(-5, 5, width=32), width=st.floats(0.125, 9, width=32), share=st.floats(0.05, 0.95))
def test_distributions(seed: int, low: float, width: float, share: float) -> None:
    flat = apply("random_uniform", shape=MANY, low=low, high=low + width, seed=seed)
    assert flat.dtype == np.float32
    assert flat.shape == MANY
    assert low <= flat.min()
    assert flat.max() < low + width
    assert scipy.stats.kstest(flat.ravel(), "uniform", (low, width)).pvalue > UNLIKELY
    bell = apply("random_normal", shape=MANY, mean=low, stddev=width, seed=seed)
    assert scipy.stats.kstest(bell.ravel(), "norm", (low, width)).pvalue > UNLIKELY
    assert abs(scipy.stats.pearsonr(bell[:, ::2].ravel(), bell[:, 1::2].ravel()).statistic) < 0.06
    coin = apply("random_bernoulli", shape=MANY, prob=share, seed=seed)
    assert set(np.unique(coin)) <= {0, 1}
    assert scipy.stats.binomtest(int(coin.sum()), coin.size, share).pvalue > UNLIKELY


@LAW
@given(seed=SEED, data=st.data())
def test_categories(seed: int, data: Any) -> None:
    weights = np.array(data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any)), dtype=np.float32)
    share = weights.astype(np.float64) / weights.sum(dtype=np.float64)
    by_share = apply("random_categorical", x=np.stack([weights, weights]), mode="probs", size=4000, seed=seed)
    with np.errstate(divide="ignore"):
        logits = np.maximum(np.log(weights), -500) + 3
    by_logit = apply("random_categorical", x=logits, size=4000, seed=seed)
    assert by_share.shape == (2, 4000)
    for drawn in (*by_share, by_logit):
        seen = np.bincount(drawn.astype(int), minlength=len(weights))
        assert (seen[weights == 0] == 0).all()
        if (weights > 0).sum() > 1:
            found = scipy.stats.chisquare(seen[weights > 0], share[weights > 0] * seen.sum())
            assert found.pvalue > UNLIKELY
    assert len(weights[weights > 0]) == 1 or not np.array_equal(by_share[0], by_share[1])


@LAW
@given(seed=SEED)
def test_a_seed_is_a_stream(seed: int) -> None:
    kinds = ("random_uniform", "random_normal", "random_bernoulli")
    for op_type in kinds:
        np.testing.assert_array_equal(apply(op_type, shape=(20,), seed=seed), apply(op_type, shape=(20,), seed=seed))
        assert not np.array_equal(apply(op_type, shape=(80,), seed=seed), apply(op_type, shape=(80,), seed=seed + 1))
    np.testing.assert_array_equal(apply("random_normal", shape=(9,)), apply("random_normal", shape=(9,), seed=-1))


def test_what_cannot_be_drawn() -> None:
    for shape in ((0, 2), (-1,), (2**20, 2**20)):
        for op_type in ("random_uniform", "random_normal", "random_bernoulli"):
            with pytest.raises(ValueError, match=r"sizes|elements"):
                apply(op_type, shape=shape)
    with pytest.raises(ValueError, match="up to"):
        apply("random_uniform", shape=(2,), low=1.0, high=0.5)
    np.testing.assert_array_equal(apply("random_uniform", shape=(3,), low=2.0, high=2.0), np.full(3, 2.0))
    with pytest.raises(ValueError, match="sizes"):
        apply("random_categorical", x=np.ones((2, 3), np.float32), size=0)
    with pytest.raises(ValueError, match="classes"):
        apply("random_categorical", x=np.ones((2, 0), np.float32))


class Noise(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return x + torch.rand(2, 300), x * torch.randn(2, 300)


def test_a_converted_torch_module(tmp_path: Path) -> None:
    runtime = from_torch(Noise(), {"x": np.zeros((2, 300), np.float32)}, "iOS16", tmp_path)
    ones = np.ones((3, 2, 300), np.float32)
    flat, bell = outputs(runtime, {"x": ones[0]})
    assert scipy.stats.kstest(flat.ravel() - 1, "uniform").pvalue > UNLIKELY
    assert scipy.stats.kstest(bell.ravel(), "norm").pvalue > UNLIKELY
    np.testing.assert_array_equal(outputs(runtime, {"x": ones[0]})[0], flat)
    assert_batch_is_a_loop(runtime, {"x": ones}, exact=True)


def test_a_program_of_the_builder(tmp_path: Path) -> None:
    from coremltools.converters.mil.mil import Builder

    def build(x: Any) -> Any:
        large = Builder.random_normal(shape=[300, 300], seed=7)  # too large to be a constant of the plan
        return (
            Builder.random_categorical(x=x, size=50, seed=3),
            Builder.add(x=Builder.random_bernoulli(shape=[5], prob=0.25), y=Builder.reduce_sum(x=x)),
            Builder.mul(x=Builder.slice_by_index(x=large, begin=[0, 0], end=[2, 3]), y=x),
        )

    runtime = built(build, {"x": ((2, 3), np.float32)}, "iOS17", tmp_path)
    windows = numbers(1, (4, 2, 3))
    drawn, coin, scaled = outputs(runtime, {"x": windows[0]})
    np.testing.assert_array_equal(drawn, apply("random_categorical", x=windows[0], size=50, seed=3))
    assert set(np.round(coin - windows[0].sum(), 3)) <= {0.0, 1.0}
    np.testing.assert_allclose(scaled, apply("random_normal", shape=(300, 300), seed=7)[:2, :3] * windows[0], rtol=1e-6)
    assert math.isclose(float(drawn.max()), int(drawn.max()))
    assert_batch_is_a_loop(runtime, {"x": windows})
