"""Pools and transposed convolutions against PyTorch, and results that coremltools' tests expect of Core ML."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from tests.property.test_mil_kernels import LAW, SEEDS, apply, numbers

POOLS: tuple[Any, ...] = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)
MEANS: tuple[Any, ...] = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)
ROOTS: tuple[Any, ...] = (functional.lp_pool1d, functional.lp_pool2d)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, rank=st.integers(1, 3), data=st.data(), ceil=st.booleans())
def test_pools(seed: int, rank: int, data: Any, ceil: bool) -> None:
    """PyTorch's windows, and its divisors: what lies beyond the padding never counts."""
    draw = [
        (data.draw(st.integers(3, 9)), data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))) for _ in range(rank)
    ]
    shape, widths, strides = zip(*draw, strict=True)
    borders = tuple(data.draw(st.integers(0, min(width // 2, size - 1))) for size, width, _ in draw)
    if any(size + 2 * border < width for (size, width, _), border in zip(draw, borders, strict=True)):
        return
    if rank == 3 and any(size < width for size, width, _ in draw):
        return  # PyTorch refuses such a volume, padded or not
    x = numbers(seed, (2, 3, *shape))
    tensor = torch.from_numpy(x)
    common: dict[str, Any] = {
        "x": x, "kernel_sizes": widths, "strides": strides, "pad_type": "custom",
        "pad": tuple(np.repeat(borders, 2).tolist()), "ceil_mode": ceil,
    }  # fmt: skip
    wanted = POOLS[rank - 1](tensor, widths, strides, borders, ceil_mode=ceil).numpy()
    try:
        got = apply("max_pool", **common)
    except ValueError as problem:
        assert ceil
        if rank < 3:  # coremltools counts a window that PyTorch leaves out
            assert "begins after its end" in str(problem)
            counts = [
                -(-(size + 2 * border - width) // step) + 1
                for (size, width, step), border in zip(draw, borders, strict=True)
            ]
            assert tuple(counts) > wanted.shape[2:]
        return
    np.testing.assert_array_equal(got, wanted)
    for include in (True, False):
        mean = MEANS[rank - 1](tensor, widths, strides, borders, ceil_mode=ceil, count_include_pad=include).numpy()
        got = apply("avg_pool", exclude_padding_from_average=not include, **common)
        np.testing.assert_allclose(got, mean, rtol=1e-4, atol=1e-5)
    if rank < 3 and not any(borders):
        root = ROOTS[rank - 1](
            tensor, 2.0, widths if rank == 2 else widths[0], strides if rank == 2 else strides[0], ceil
        )
        if not ceil:  # PyTorch scales its incomplete last windows up
            np.testing.assert_allclose(apply("l2_pool", **common), root.numpy(), rtol=1e-4, atol=1e-5)
        squares = apply("avg_pool", **(common | {"x": x * x, "exclude_padding_from_average": True}))
        known = apply("avg_pool", **(common | {"x": np.ones_like(x)}))
        assert (known <= 1).all()
        assert (apply("l2_pool", **common) ** 2 <= squares * np.prod(widths) * 1.0001 + 1e-5).all()


def test_root_of_squares_that_coremltools_expects_of_core_ml() -> None:
    x = np.arange(1, 8, dtype=np.float32).reshape(1, 1, 7)
    got = apply("l2_pool", x=x, kernel_sizes=(3,), strides=(3,), pad_type="same")
    np.testing.assert_allclose(got.ravel(), [2.236068, 7.071068, 9.219544], rtol=1e-6)
    square = np.array([[[[-10, -6], [-7, 9]], [[-3, 0], [11, 7]]]], np.float32)
    got = apply("l2_pool", x=square, kernel_sizes=(2, 3), strides=(1, 3), pad_type="same")
    np.testing.assert_allclose(got.ravel(), [16.309507, 11.401754, 13.379088, 13.038404], rtol=1e-6)
    pair = np.array([1, 2, 3, 4], np.float32).reshape(1, 1, 2, 2)
    got = apply("l2_pool", x=pair, kernel_sizes=(2, 2), pad_type="same_lower")
    np.testing.assert_allclose(got.ravel(), [1, 2.236068, 3.162278, 5.477226], rtol=1e-6)


TRANSPOSED: tuple[Any, ...] = (
    functional.conv_transpose1d,
    functional.conv_transpose2d,
    functional.conv_transpose3d,
)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, rank=st.integers(1, 3), groups=st.sampled_from([1, 2]), data=st.data())
def test_transposed_convolutions(seed: int, rank: int, groups: int, data: Any) -> None:
    def sizes(low: int, high: int) -> tuple[int, ...]:
        return tuple(data.draw(st.integers(low, high)) for _ in range(rank))

    shape, widths, strides, gaps = sizes(2, 5), sizes(1, 3), sizes(1, 3), sizes(1, 2)
    x, weight = numbers(seed, (2, 4, *shape)), numbers(seed + 1, (4, 6 // groups, *widths))
    bias = numbers(seed + 2, (6,))
    tensors = [torch.from_numpy(item) for item in (x, weight, bias)]
    whole = TRANSPOSED[rank - 1](*tensors, strides, 0, 0, groups, gaps).numpy()
    common: dict[str, Any] = {
        "x": x, "weight": weight, "bias": bias, "strides": strides, "dilations": gaps, "groups": groups,
    }  # fmt: skip
    close = {"rtol": 1e-4, "atol": 1e-4}
    np.testing.assert_allclose(apply("conv_transpose", **common), whole, **close)
    cuts = [(data.draw(st.integers(0, (n - 1) // 2)), data.draw(st.integers(0, (n - 1) // 2))) for n in whole.shape[2:]]
    inner = whole[(slice(None),) * 2 + tuple(slice(a, n - b) for (a, b), n in zip(cuts, whole.shape[2:], strict=True))]
    common["pad"] = tuple(size for pair in cuts for size in pair)
    np.testing.assert_allclose(apply("conv_transpose", pad_type="custom", **common), inner, **close)
    even = tuple(before for before, _ in cuts)
    more = tuple(data.draw(st.integers(0, step - 1)) for step in strides)
    if all(2 * a < n for a, n in zip(even, whole.shape[2:], strict=True)):
        wanted = TRANSPOSED[rank - 1](*tensors, strides, even, more, groups, gaps).numpy()
        common["pad"] = tuple(np.repeat(even, 2).tolist())
        got = apply("conv_transpose", pad_type="custom", output_shape=wanted.shape, **common)
        np.testing.assert_allclose(got, wanted, **close)
    with pytest.raises(ValueError, match="an output of"):
        apply("conv_transpose", output_shape=(2, 6, *(n + 9 for n in whole.shape[2:])), **common)


@LAW
@given(seed=SEEDS, size=st.integers(2, 6), width=st.integers(1, 4), stride=st.integers(1, 3), data=st.data())
def test_the_same_padding_of_a_transposed_convolution(seed: int, size: int, width: int, stride: int, data: Any) -> None:
    """It is the adjoint of ``conv`` with the same padding: ``<conv(y), x> = <y, conv_transpose(x)>``."""
    output = data.draw(st.integers((size - 1) * stride + 1, size * stride))
    x, y, weight = numbers(seed, (1, 2, size)), numbers(seed + 1, (1, 3, output)), numbers(seed + 2, (2, 3, width))
    common: dict[str, Any] = {"weight": weight, "pad_type": "same", "strides": (stride,)}
    forward = apply("conv", x=y, **common)
    assert forward.shape == x.shape
    shape = {} if output == size * stride else {"output_shape": y.shape}
    back = apply("conv_transpose", x=x, **common, **shape)
    assert back.shape == y.shape
    np.testing.assert_allclose((forward * x).sum(), (y * back).sum(), rtol=1e-3, atol=1e-3)


def test_no_huge_intermediate_is_made() -> None:
    x, weight = np.ones((1, 1, 2), np.float32), np.ones((1, 1, 1), np.float32)
    with pytest.raises(ValueError, match="elements are possible"):
        apply("conv_transpose", x=x, weight=weight, strides=(2**30,), pad_type="custom", pad=(0, 2**30 - 4))
    with pytest.raises(ValueError, match="elements are possible"):
        apply("conv", x=x, weight=weight, strides=(2**30,), pad_type="custom", pad=(0, 2**30))
    with pytest.raises(ValueError, match="elements are possible"):
        apply("max_pool", x=x, kernel_sizes=(1,), strides=(2**30,), pad_type="custom", pad=(0, 2**30))
