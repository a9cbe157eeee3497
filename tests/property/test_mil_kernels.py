"""Single operations against NumPy and SciPy, on random shapes, axes and values."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.signal
import scipy.special
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from qleap_edge.mil.format.blob import unpack_bits
from qleap_edge.mil.format.program import DATA_TYPES, Value, ValueType
from qleap_edge.mil.ops.registry import OPSETS, kernels
from qleap_edge.mil.ops.table import find_kernel, supported_types
from qleap_edge.mil.runtime.plan import Output, round_to_half, settle

SHAPES = array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5)
SEEDS = st.integers(0, 2**32 - 1)
LAW = settings(max_examples=25, deadline=None)


def apply(op_type: str, opset: str = OPSETS[-1], **arguments: Any) -> Any:
    """Run one kernel; arrays become tensors, everything else is a static value."""

    def tensor(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return torch.from_numpy(np.array(value))
        return tuple(tensor(item) for item in value) if isinstance(value, list) else value

    found = find_kernel(op_type, opset)
    assert found is not None
    assert set(arguments) <= found.parameters
    result = found.function(**{name: tensor(value) for name, value in arguments.items()})
    return tuple(item.numpy() for item in result) if isinstance(result, tuple) else result.numpy()


def numbers(seed: int, shape: tuple[int, ...], low: float = -3.0, high: float = 3.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


UNARY = {
    "abs": (np.abs, -3, 3), "acos": (np.arccos, -1, 1), "asin": (np.arcsin, -1, 1), "atan": (np.arctan, -3, 3),
    "atanh": (np.arctanh, -0.9, 0.9), "ceil": (np.ceil, -3, 3), "cos": (np.cos, -9, 9), "cosh": (np.cosh, -3, 3),
    "erf": (scipy.special.erf, -3, 3), "exp": (np.exp, -3, 3), "exp2": (np.exp2, -3, 3), "floor": (np.floor, -3, 3),
    "inverse": (lambda x: 1 / (x + 1e-4), 1, 3), "log": (np.log, 0.1, 9), "neg": (np.negative, -3, 3),
    "round": (np.round, -3, 3), "rsqrt": (lambda x: 1 / np.sqrt(x), 0.1, 9), "sign": (np.sign, -3, 3),
    "sin": (np.sin, -9, 9), "sinh": (np.sinh, -3, 3), "sqrt": (np.sqrt, 0, 9), "square": (np.square, -3, 3),
    "tan": (np.tan, -1, 1), "tanh": (np.tanh, -3, 3), "sigmoid": (scipy.special.expit, -9, 9),
    "silu": (lambda x: x * scipy.special.expit(x), -9, 9), "relu": (lambda x: np.maximum(x, 0), -3, 3),
    "relu6": (lambda x: np.clip(x, 0, 6), -3, 9), "softplus": (lambda x: np.logaddexp(x, 0), -90, 90),
    "softsign": (lambda x: x / (1 + np.abs(x)), -3, 3), "identity": (lambda x: x, -3, 3),
    "gelu": (lambda x: x * scipy.special.ndtr(x), -5, 5),
}  # fmt: skip
BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "real_div": np.true_divide, "floor_div": np.floor_divide,
    "mod": np.mod, "maximum": np.maximum, "minimum": np.minimum, "pow": np.power, "equal": np.equal,
    "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal, "greater": np.greater,
    "greater_equal": np.greater_equal,
}  # fmt: skip
REDUCTIONS = {
    "reduce_sum": np.sum, "reduce_mean": np.mean, "reduce_max": np.max, "reduce_min": np.min, "reduce_prod": np.prod,
    "reduce_l1_norm": lambda x, **k: np.abs(x).sum(**k), "reduce_l2_norm": lambda x, **k: np.sqrt((x**2).sum(**k)),
    "reduce_sum_square": lambda x, **k: (x**2).sum(**k), "reduce_log_sum": lambda x, **k: np.log(x.sum(**k)),
    "reduce_log_sum_exp": lambda x, **k: scipy.special.logsumexp(x, **k),
}  # fmt: skip


@pytest.mark.parametrize("op_type", sorted(UNARY))
@given(shape=SHAPES, seed=SEEDS)
@settings(max_examples=5, deadline=None)
def test_unary(op_type: str, shape: tuple[int, ...], seed: int) -> None:
    function, low, high = UNARY[op_type]
    x = numbers(seed, shape, low, high)
    np.testing.assert_allclose(apply(op_type, x=x), function(x.astype(np.float64)), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("op_type", sorted(BINARY))
@given(shape=SHAPES, seed=SEEDS)
@settings(max_examples=8, deadline=None)
def test_binary_broadcasts(op_type: str, shape: tuple[int, ...], seed: int) -> None:
    low = 0.2 if op_type == "pow" else -3.0
    x, y = numbers(seed, shape, low), numbers(seed + 1, (*(1 if size % 2 else size for size in shape),))
    wanted = BINARY[op_type](x, y)
    got = apply(op_type, x=x, y=y)
    assert got.dtype == wanted.dtype
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
    if op_type != "pow":  # integers stay integers
        a, b = (4 * x).astype(np.int32), (4 * y).astype(np.int32) * 2 + 1
        whole = np.trunc(a / b).astype(np.int32) if op_type == "real_div" else BINARY[op_type](a, b)
        got = apply(op_type, x=a, y=b)
        assert got.dtype == whole.dtype
        np.testing.assert_array_equal(got, whole)


def test_logic() -> None:
    x, y = np.array([True, True, False, False]), np.array([True, False, True, False])
    for op_type, function in (("and", np.logical_and), ("or", np.logical_or), ("xor", np.logical_xor)):
        np.testing.assert_array_equal(apply(f"logical_{op_type}", x=x, y=y), function(x, y))
    np.testing.assert_array_equal(apply("logical_not", x=x), ~x)
    a, b = np.arange(4.0, dtype=np.float32), -np.arange(4.0, dtype=np.float32)
    np.testing.assert_array_equal(apply("select", cond=y, a=a, b=b), np.where(y, a, b))


@LAW
@given(seed=SEEDS, alpha=st.floats(0.1, 2), beta=st.floats(0.1, 2))
def test_parametric_activations(seed: int, alpha: float, beta: float) -> None:
    x = numbers(seed, (2, 3, 4))
    tanh = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    for got, wanted in (
        (apply("gelu", x=x, mode="TANH_APPROXIMATION"), tanh),
        (apply("gelu", x=x, mode="SIGMOID_APPROXIMATION"), x * scipy.special.expit(1.702 * x)),
        (apply("leaky_relu", x=x, alpha=alpha), np.where(x >= 0, x, alpha * x)),
        (apply("elu", x=x, alpha=alpha), np.where(x >= 0, x, alpha * np.expm1(x))),
        (apply("clamped_relu", x=x, alpha=alpha, beta=beta), np.minimum(beta, np.where(x >= 0, x, alpha * x))),
        (apply("thresholded_relu", x=x, alpha=alpha), np.where(x >= alpha, x, 0)),
        (apply("sigmoid_hard", x=x, alpha=alpha, beta=beta), np.clip(alpha * x + beta, 0, 1)),
        (apply("scaled_tanh", x=x, alpha=alpha, beta=beta), alpha * np.tanh(beta * x)),
        (apply("linear_activation", x=x, alpha=alpha, beta=beta), alpha * x + beta),
        (apply("threshold", x=x, alpha=alpha), np.maximum(x, alpha)),
        (apply("clip", x=x, alpha=-alpha, beta=beta), np.clip(x, -alpha, beta)),
        (apply("prelu", x=x, alpha=np.full(3, alpha, np.float32)), np.where(x >= 0, x, alpha * x)),
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("op_type", sorted(REDUCTIONS))
@given(shape=SHAPES, seed=SEEDS, data=st.data(), keep=st.booleans())
@settings(max_examples=8, deadline=None)
def test_reductions(op_type: str, shape: tuple[int, ...], seed: int, data: Any, keep: bool) -> None:
    axes = data.draw(st.none() | st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True))
    x = numbers(seed, shape, 0.1, 2.0)
    chosen = None if axes is None else tuple(axis - len(shape) for axis in axes)
    wanted = REDUCTIONS[op_type](x.astype(np.float64), axis=chosen, keepdims=keep)
    # A product may fall below float32's normal numbers, where it has fewer digits.
    np.testing.assert_allclose(apply(op_type, x=x, axes=chosen, keep_dims=keep), wanted, rtol=2e-5, atol=1e-37)


@LAW
@given(shape=SHAPES, seed=SEEDS, data=st.data())
def test_along_one_axis(shape: tuple[int, ...], seed: int, data: Any) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = numbers(seed, shape)
    np.testing.assert_allclose(apply("softmax", x=x, axis=axis), scipy.special.softmax(x, axis), rtol=1e-5)
    np.testing.assert_array_equal(apply("reduce_argmax", x=x, axis=axis), x.argmax(axis))
    np.testing.assert_array_equal(apply("reduce_argmin", x=x, axis=axis, keep_dims=True), x.argmin(axis, keepdims=True))
    np.testing.assert_allclose(apply("cumsum", x=x, axis=axis), x.cumsum(axis), rtol=1e-4, atol=1e-5)
    backwards = np.flip(np.flip(x, axis).cumsum(axis), axis)
    np.testing.assert_allclose(apply("cumsum", x=x, axis=axis, reverse=True), backwards, rtol=1e-4, atol=1e-5)
    exclusive = apply("cumsum", x=x, axis=axis, exclusive=True)
    np.testing.assert_allclose(exclusive + x, x.cumsum(axis), rtol=1e-4, atol=1e-5)
    values, indices = apply("topk", x=x, k=1, axis=axis)
    np.testing.assert_array_equal(values, x.max(axis, keepdims=True))
    np.testing.assert_array_equal(np.take_along_axis(x, indices, axis), values)
    np.testing.assert_array_equal(apply("gather_along_axis", x=x, indices=indices.astype(np.int32), axis=axis), values)
    picks = np.random.default_rng(seed).integers(-shape[axis], shape[axis], (2, 3)).astype(np.int32)
    np.testing.assert_array_equal(apply("gather", x=x, indices=picks, axis=axis), np.take(x, picks, axis))
    np.testing.assert_array_equal(apply("concat", values=[x, 2 * x], axis=axis), np.concatenate([x, 2 * x], axis))
    np.testing.assert_array_equal(apply("stack", values=[x, 2 * x], axis=axis), np.stack([x, 2 * x], axis))
    parts = apply("split", x=x, axis=axis, num_splits=shape[axis])
    np.testing.assert_array_equal(np.concatenate(parts, axis), x)


@LAW
@given(seed=SEEDS)
def test_gathers_with_batches(seed: int) -> None:
    x = numbers(seed, (2, 4, 5))
    picks = np.random.default_rng(seed).integers(0, 5, (2, 3)).astype(np.int32)
    wanted = np.stack([x[row][:, picks[row]] for row in range(2)])
    np.testing.assert_array_equal(apply("gather", x=x, indices=picks, axis=2, batch_dims=1), wanted)
    pairs = np.stack([picks % 2, picks % 4], -1).astype(np.int32)
    np.testing.assert_array_equal(apply("gather_nd", x=x, indices=pairs), x[pairs[..., 0], pairs[..., 1]])
    hot = apply("one_hot", indices=picks, one_hot_vector_size=5, on_value=2.0, off_value=-1.0)
    np.testing.assert_array_equal(hot, np.where(np.eye(5)[picks] == 1, 2.0, -1.0))


@LAW
@given(shape=SHAPES, seed=SEEDS, data=st.data())
def test_slices(shape: tuple[int, ...], seed: int, data: Any) -> None:
    x = numbers(seed, shape)
    whole = st.integers(-7, 7)
    axes = range(len(shape))
    begin, end = tuple(data.draw(whole) for _ in axes), tuple(data.draw(whole) for _ in axes)
    stride = tuple(data.draw(st.sampled_from([1, 2, 3, -1, -2])) for _ in axes)
    begin_mask, end_mask = tuple(data.draw(st.booleans()) for _ in axes), tuple(data.draw(st.booleans()) for _ in axes)
    drop = tuple(
        data.draw(st.booleans()) and -n <= (0 if m else b) < n for n, b, m in zip(shape, begin, begin_mask, strict=True)
    )
    index: list[Any] = []
    for axis in axes:
        first, last = None if begin_mask[axis] else begin[axis], None if end_mask[axis] else end[axis]
        index.append((0 if begin_mask[axis] else begin[axis]) if drop[axis] else slice(first, last, stride[axis]))
    got = apply(
        "slice_by_index",
        x=x,
        begin=begin,
        end=end,
        stride=stride,
        begin_mask=begin_mask,
        end_mask=end_mask,
        squeeze_mask=drop,
    )
    np.testing.assert_array_equal(got, x[tuple(index)])
    start = tuple(size // 2 for size in shape)
    sized = apply("slice_by_size", x=x, begin=start, size=(-1,) * len(shape))
    np.testing.assert_array_equal(sized, x[tuple(slice(first, None) for first in start)])


@LAW
@given(shape=SHAPES, seed=SEEDS, data=st.data())
def test_moves(shape: tuple[int, ...], seed: int, data: Any) -> None:
    x = numbers(seed, shape)
    perm = tuple(data.draw(st.permutations(range(len(shape)))))
    np.testing.assert_array_equal(apply("transpose", x=x, perm=perm), x.transpose(perm))
    np.testing.assert_array_equal(apply("reshape", x=x, shape=(-1,)), x.ravel())
    np.testing.assert_array_equal(apply("reshape", x=x, shape=(*(0 for _ in shape[1:]), -1), opset="CoreML5"), x)
    assert apply("reshape", x=np.zeros((2, 50)), shape=(1, 0, -1, 0)).shape == (1, 1, 2, 50)
    axes = (0, len(shape) + 1)
    spread = apply("expand_dims", x=x, axes=axes)
    np.testing.assert_array_equal(spread, np.expand_dims(x, axes))
    np.testing.assert_array_equal(apply("squeeze", x=spread, axes=axes), x)
    reps = tuple(data.draw(st.integers(1, 3)) for _ in shape)
    np.testing.assert_array_equal(apply("tile", x=x, reps=reps), np.tile(x, reps))
    pairs = [(data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))) for size in shape]
    flat = tuple(size for pair in pairs for size in pair)
    for mode, name in (("constant", "constant"), ("reflect", "reflect"), ("replicate", "edge")):
        np.testing.assert_array_equal(apply("pad", x=x, pad=flat, mode=mode), np.pad(x, pairs, name))
    last = np.pad(x, [(0, 0)] * (len(shape) - 1) + pairs[-1:], constant_values=2.0)
    np.testing.assert_array_equal(apply("pad", x=x, pad=flat[-2:], constant_val=2.0), last)
    np.testing.assert_array_equal(apply("shape", x=x), shape)
    np.testing.assert_array_equal(apply("fill", shape=shape, value=1.5), np.full(shape, 1.5))
    np.testing.assert_array_equal(apply("cast", x=x, dtype="int32"), x.astype(np.int32))


@LAW
@given(
    seed=SEEDS, size=st.integers(7, 12), width=st.integers(1, 4), stride=st.integers(1, 3), dilation=st.integers(1, 2),
    before=st.integers(0, 2), after=st.integers(0, 2), groups=st.sampled_from([1, 2]),
)  # fmt: skip
def test_conv_is_a_sum_of_correlations(
    seed: int, size: int, width: int, stride: int, dilation: int, before: int, after: int, groups: int
) -> None:
    x, weight, bias = numbers(seed, (2, 4, size)), numbers(seed + 1, (6, 4 // groups, width)), numbers(seed + 2, (6,))
    got = apply(
        "conv", x=x, weight=weight, bias=bias, strides=(stride,), pad_type="custom", pad=(before, after),
        dilations=(dilation,), groups=groups,
    )  # fmt: skip
    padded = np.pad(x, ((0, 0), (0, 0), (before, after)))
    spread = np.zeros((*weight.shape[:2], (width - 1) * dilation + 1))
    spread[..., ::dilation] = weight
    for sample in range(2):
        for channel in range(6):
            first = channel // (6 // groups) * (4 // groups)
            total = sum(
                scipy.signal.correlate(padded[sample, first + k], spread[channel, k], "valid")
                for k in range(4 // groups)
            )
            np.testing.assert_allclose(got[sample, channel], total[::stride] + bias[channel], rtol=1e-4, atol=1e-4)


@LAW
@given(seed=SEEDS, size=st.integers(5, 12), width=st.integers(1, 4), stride=st.integers(1, 3))
def test_same_padding_and_pools(seed: int, size: int, width: int, stride: int) -> None:
    x = numbers(seed, (1, 2, size))
    weight = numbers(seed + 1, (2, 2, width))
    for kind in ("same", "same_lower"):
        got = apply("conv", x=x, weight=weight, pad_type=kind, strides=(stride,))
        assert got.shape[-1] == -(-size // stride)
    total = max(0, (-(-size // stride) - 1) * stride + width - size)
    pairs = ((0, 0), (0, 0), (total // 2, total - total // 2))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, pairs, constant_values=-np.inf), width, -1)[
        :, :, ::stride
    ]
    pool = {"x": x, "kernel_sizes": (width,), "strides": (stride,), "pad_type": "same"}
    np.testing.assert_array_equal(apply("max_pool", **pool), windows.max(-1))
    known = np.isfinite(windows)
    sums = np.where(known, windows, 0).sum(-1)
    np.testing.assert_allclose(apply("avg_pool", **pool), sums / width, rtol=1e-5, atol=1e-6)
    mean = apply("avg_pool", **pool, exclude_padding_from_average=True)
    np.testing.assert_allclose(mean, sums / known.sum(-1), rtol=1e-5, atol=1e-6)


@LAW
@given(seed=SEEDS, flip_x=st.booleans(), flip_y=st.booleans())
def test_products(seed: int, flip_x: bool, flip_y: bool) -> None:
    x, y = numbers(seed, (2, 1, 3, 4)), numbers(seed + 1, (5, 4, 6))
    got = apply(
        "matmul", x=x.swapaxes(-1, -2) if flip_x else x, y=y.swapaxes(-1, -2) if flip_y else y,
        transpose_x=flip_x, transpose_y=flip_y,
    )  # fmt: skip
    np.testing.assert_allclose(got, x @ y, rtol=1e-4, atol=1e-5)
    weight, bias = numbers(seed + 2, (7, 4)), numbers(seed + 3, (7,))
    np.testing.assert_allclose(
        apply("linear", x=x, weight=weight, bias=bias), x @ weight.T + bias, rtol=1e-4, atol=1e-5
    )
    got = apply("einsum", values=[x[0], y[:1]], equation="bij,bjk->bik")
    np.testing.assert_allclose(got, x[0] @ y[:1], rtol=1e-4, atol=1e-5)
    query, key, value = numbers(seed, (1, 2, 3, 4)), numbers(seed + 4, (1, 2, 5, 4)), numbers(seed + 5, (1, 2, 5, 6))
    scores = query @ key.swapaxes(-1, -2) / 2.0
    mask = numbers(seed + 6, (3, 5))
    for arguments, extra in (
        ({}, 0.0),
        ({"attn_mask": mask}, mask),
        ({"attn_mask": mask > -2}, np.where(mask > -2, 0, -np.inf)),
    ):
        if np.isneginf(extra).all(-1).any():
            continue
        wanted = scipy.special.softmax(scores + extra, -1) @ value
        got = apply("scaled_dot_product_attention", query=query, key=key, value=value, **arguments)
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@LAW
@given(seed=SEEDS, axes=st.sampled_from([(-1,), (1, 2), (0,), (0, 2), None]))
def test_norms(seed: int, axes: tuple[int, ...] | None) -> None:
    x = numbers(seed, (2, 3, 4))
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    shape = x.shape if axes is None else tuple(x.shape[axis] for axis in axes)
    gamma, beta = numbers(seed + 1, shape), numbers(seed + 2, shape)
    full = [
        1 if axes is not None and axis not in axes and axis - 3 not in axes else size
        for axis, size in enumerate(x.shape)
    ]
    wanted = (x - mean) / np.sqrt(variance + 1e-3) * gamma.reshape(full) + beta.reshape(full)
    got = apply("layer_norm", x=x, axes=axes, gamma=gamma, beta=beta, epsilon=1e-3)
    np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4)
    scale, shift = numbers(seed + 3, (3,)), numbers(seed + 4, (3,))
    centre, spread = numbers(seed + 5, (3,)), numbers(seed + 6, (3,), 0.5, 2.0)
    column = (1, 3, 1)
    batch = (x - centre.reshape(column)) / np.sqrt(spread.reshape(column) + 1e-5) * scale.reshape(
        column
    ) + shift.reshape(column)
    got = apply("batch_norm", x=x, mean=centre, variance=spread, gamma=scale, beta=shift)
    np.testing.assert_allclose(got, batch, rtol=1e-4, atol=1e-4)
    instance = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
    got = apply("instance_norm", x=x, gamma=scale, beta=shift, epsilon=1e-3)
    np.testing.assert_allclose(got, instance * scale.reshape(column) + shift.reshape(column), rtol=1e-3, atol=1e-4)


@LAW
@given(seed=SEEDS, axis=st.sampled_from([None, 0, 1]), kind=st.sampled_from(["int8", "uint8"]))
def test_quantise_and_back_is_within_half_a_step(seed: int, axis: int | None, kind: str) -> None:
    x = numbers(seed, (3, 5))
    zero = 0 if kind == "int8" else 128
    scale = np.asarray(numbers(seed, () if axis is None else (x.shape[axis],), 0.03, 0.05))
    points = np.full(scale.shape, zero, dtype=kind)
    steps = apply("quantize", input=x, scale=scale, zero_point=points, axis=axis, output_dtype=kind)
    assert steps.dtype == np.dtype(kind)
    back = apply("dequantize", input=steps, scale=scale, zero_point=points, axis=axis)
    wide = scale if axis is None else np.expand_dims(scale, 1 - axis)
    assert (np.abs(back - np.clip(x, wide * -128, wide * 127)) <= 0.501 * wide).all()


@LAW
@given(seed=SEEDS, bits=st.sampled_from([1, 2, 3, 4, 6]), count=st.integers(0, 40))
def test_packed_bits(seed: int, bits: int, count: int) -> None:
    values = np.random.default_rng(seed).integers(0, 2**bits, count)
    stream = "".join(format(value, f"0{bits}b")[::-1] for value in values)
    stream += "0" * (-len(stream) % 8)
    packed = np.array([int(stream[at : at + 8][::-1], 2) for at in range(0, len(stream), 8)], dtype=np.uint8)
    kind = next(item for item in DATA_TYPES.values() if item.name == f"uint{bits}")
    np.testing.assert_array_equal(unpack_bits(packed, kind, count), values)
    if bits == 4:
        signed = np.where(values >= 8, values - 16, values)
        np.testing.assert_array_equal(unpack_bits(packed, DATA_TYPES[25], count), signed)


@LAW
@given(seed=SEEDS, bits=st.sampled_from([1, 2, 4, 6, 8]))
def test_palettes_and_masks_of_the_older_opset(seed: int, bits: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2**bits, 21)
    stream = np.unpackbits(values.astype(np.uint8)[:, None], axis=1, bitorder="little")[:, :bits].ravel()
    table = numbers(seed, (2**bits,))
    got = apply(
        "constexpr_lut_to_dense", "CoreML7", indices=np.packbits(stream, bitorder="little"), lut=table, shape=(3, 7)
    )
    np.testing.assert_array_equal(got, table[values].reshape(3, 7))
    mask = rng.random(21) < 0.4
    dense = np.where(mask, numbers(seed, (21,)), 0)
    packed = np.packbits(mask, bitorder="little")
    got = apply("constexpr_sparse_to_dense", "CoreML7", nonzero_data=dense[mask], mask=packed, shape=(3, 7))
    np.testing.assert_array_equal(got, dense.reshape(3, 7))


@LAW
@given(seed=SEEDS)
def test_blocks_groups_and_vectors_of_the_newer_opset(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data, scale, offset = (
        rng.integers(-8, 8, (4, 6)).astype(np.int8),
        numbers(seed, (2, 3)),
        rng.integers(-8, 8, (2, 3)).astype(np.int8),
    )
    blocks = np.ones((2, 2))
    wanted = np.kron(scale, blocks) * (data - np.kron(offset, blocks))
    got = apply("constexpr_blockwise_shift_scale", data=data, scale=scale, offset=offset)
    np.testing.assert_allclose(got, wanted, rtol=1e-6)
    indices, tables = rng.integers(0, 4, (6, 2)).astype(np.uint8), numbers(seed, (2, 1, 4, 1))
    wanted = np.array([[tables[row // 3, 0, indices[row, column], 0] for column in range(2)] for row in range(6)])
    np.testing.assert_array_equal(apply("constexpr_lut_to_dense", indices=indices, lut=tables), wanted)
    vectors = numbers(seed, (1, 1, 4, 3))
    got = apply("constexpr_lut_to_dense", indices=indices, lut=vectors, vector_axis=0)
    assert got.shape == (18, 2)
    for row in range(6):
        np.testing.assert_array_equal(got[3 * row : 3 * row + 3, 1], vectors[0, 0, indices[row, 1]])
    mask = (rng.random((4, 6)) < 0.5).astype(np.uint8)
    kept, values = apply(
        "constexpr_sparse_blockwise_shift_scale", data_mask=mask, nonzero_data=data[mask > 0], scale=scale
    )
    dense = apply("constexpr_sparse_to_dense", nonzero_data=values, mask=kept)
    np.testing.assert_allclose(dense, np.kron(scale, blocks) * data * mask, rtol=1e-6)
    sparse = (rng.random((6, 2)) < 0.5).astype(np.uint8)
    kept, values = apply(
        "constexpr_lut_to_sparse", indices_mask=sparse, indices_nonzero_data=indices[sparse > 0], lut=tables
    )
    dense = apply("constexpr_sparse_to_dense", nonzero_data=values, mask=kept)
    np.testing.assert_array_equal(dense, apply("constexpr_lut_to_dense", indices=indices, lut=tables) * sparse)
    zero, unit = np.zeros((), np.int8), np.asarray(numbers(seed, (6,)))
    got = apply("constexpr_affine_dequantize", quantized_data=data, zero_point=zero, scale=unit, axis=1)
    np.testing.assert_allclose(got, data * unit, rtol=1e-6)


@LAW
@given(seed=SEEDS)
def test_rounding_to_half_is_numpys_and_idempotent(seed: int) -> None:
    x = numbers(seed, (50,), -7e4, 7e4)
    once = round_to_half(torch.from_numpy(x))
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(once.numpy(), x.astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(round_to_half(once).numpy(), once.numpy())
    output = Output(Value("y", ValueType(DATA_TYPES[10], (50,))), 0, torch.float32, rounds=True, in_place=True)
    result = torch.from_numpy(x.copy())
    assert settle(result, output) is result
    np.testing.assert_array_equal(result.numpy(), once.numpy())


ONE, EYE = np.ones((3, 3), np.float32), np.eye(3, dtype=np.float32)
NEW_MEMORY: dict[str, dict[str, np.ndarray]] = {
    "linear": {"x": ONE, "weight": EYE}, "matmul": {"x": ONE, "y": EYE}, "gelu": {"x": ONE}, "silu": {"x": ONE},
    "softmax": {"x": ONE}, "layer_norm": {"x": ONE},
}  # fmt: skip


def test_results_that_are_rounded_in_place_share_no_memory_with_the_arguments() -> None:
    """Otherwise rounding would change another value, a constant, or the caller's array; ones and zeros tempt to a short cut."""
    flagged = [item for versions in kernels().values() for item in versions if item.new_memory]
    assert {*NEW_MEMORY, "add", "mul"} <= {item.op_type for item in flagged}
    for item in flagged:
        arrays = NEW_MEMORY.get(item.op_type, {"x": ONE, "y": 0 * ONE if item.op_type in {"add", "sub"} else ONE})
        arguments = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
        result = item.function(**arguments)
        assert isinstance(result, torch.Tensor)
        memory = {tensor.untyped_storage().data_ptr() for tensor in arguments.values()}
        assert result.untyped_storage().data_ptr() not in memory, item.op_type


def test_every_kernel_names_the_parameters_of_its_operation() -> None:
    """The table against coremltools' own operation classes: same types, same parameter names, same required ones."""
    import logging

    logging.getLogger("coremltools").setLevel(logging.ERROR)
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

    for op_type in sorted(set(supported_types()) - {"const", "neg", "write_state"}):
        versions = {key.name: value for key, value in SSAOpRegistry.core_ops[op_type].items()}
        for target, opset in (("iOS15", 0), ("iOS16", 1), ("iOS17", 2), ("iOS18", 3)):
            known = [
                value for key, value in versions.items() if key in ("iOS15", "iOS16", "iOS17", "iOS18")[: opset + 1]
            ]
            found = find_kernel(op_type, OPSETS[opset])
            if not known:
                assert found is None, f"{op_type} did not exist for {target}"
                continue
            assert found is not None
            inputs = {name: item for name, item in known[-1].input_spec.input_types.items() if name[0] != "_"}
            assert set(inputs) <= found.parameters, op_type
            assert found.required <= {name for name, kind in inputs.items() if not kind.optional}, op_type
