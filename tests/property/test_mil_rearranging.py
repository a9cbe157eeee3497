"""Blocks, windows, bands and the two norms of neighbours against PyTorch, NumPy and ONNX Runtime."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tests.property.test_mil_kernels import LAW, SEEDS, SHAPES, apply, numbers

SMALL = st.integers(1, 3)


def onnx_result(op_type: str, inputs: dict[str, np.ndarray], **attributes: Any) -> np.ndarray:
    """Run one ONNX operation."""
    kinds = {name: onnx.helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in inputs.items()}
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(op_type, list(inputs), ["y"], **attributes)],
        "one",
        [onnx.helper.make_tensor_value_info(name, kinds[name], array.shape) for name, array in inputs.items()],
        [onnx.helper.make_tensor_value_info("y", kinds[next(iter(inputs))], None)],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result: np.ndarray = session.run(None, inputs)[0]
    return result


@LAW
@given(seed=SEEDS, samples=SMALL, channels=SMALL, height=SMALL, width=SMALL, block=SMALL)
def test_depth_and_space(seed: int, samples: int, channels: int, height: int, width: int, block: int) -> None:
    deep = numbers(seed, (samples, channels * block**2, height, width))
    tensor = torch.from_numpy(deep)
    wanted = onnx_result("DepthToSpace", {"x": deep}, blocksize=block, mode="DCR")
    got = apply("depth_to_space", x=deep, block_size=block)
    np.testing.assert_array_equal(got, wanted)
    np.testing.assert_array_equal(onnx_result("SpaceToDepth", {"x": got}, blocksize=block), deep)
    np.testing.assert_array_equal(apply("space_to_depth", x=got, block_size=block), deep)
    shuffled = functional.pixel_shuffle(tensor, block).numpy()
    np.testing.assert_array_equal(apply("pixel_shuffle", x=deep, upscale_factor=block), shuffled)
    back = functional.pixel_unshuffle(torch.from_numpy(shuffled), block).numpy()
    np.testing.assert_array_equal(apply("pixel_unshuffle", x=shuffled, downscale_factor=block), back)


@LAW
@given(seed=SEEDS, samples=SMALL, rows=SMALL, columns=SMALL, height=SMALL, width=SMALL, data=st.data())
def test_batch_and_space(seed: int, samples: int, rows: int, columns: int, height: int, width: int, data: Any) -> None:
    """Sample (i, j) of a block is every ``rows``-th row from i on and every ``columns``-th column from j on."""
    before, left = data.draw(st.integers(0, height * rows - 1)), data.draw(st.integers(0, width * columns - 1))
    after, right = (
        data.draw(st.integers(0, height * rows - 1 - before)),
        data.draw(st.integers(0, width * columns - 1 - left)),
    )
    x = numbers(seed, (samples, 2, height * rows - before - after, width * columns - left - right))
    padded = np.pad(x, ((0, 0), (0, 0), (before, after), (left, right)))
    wanted = np.concatenate([padded[:, :, i::rows, j::columns] for i in range(rows) for j in range(columns)])
    sides = ((before, after), (left, right))
    np.testing.assert_array_equal(apply("space_to_batch", x=x, block_shape=(rows, columns), paddings=sides), wanted)
    np.testing.assert_array_equal(apply("batch_to_space", x=wanted, block_shape=(rows, columns), crops=sides), x)


@LAW
@given(shape=SHAPES, seed=SEEDS, data=st.data(), kind=st.sampled_from(["float32", "int32", "bool"]))
def test_reversals_windows_and_bands(shape: tuple[int, ...], seed: int, data: Any, kind: str) -> None:
    x = (numbers(seed, shape) * 3).astype(kind)
    axes = tuple(data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True)))
    np.testing.assert_array_equal(apply("reverse", x=x, axes=axes), np.flip(x, axes))
    np.testing.assert_array_equal(apply("reverse", x=x), np.flip(x))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    size, stride = data.draw(st.integers(1, shape[axis])), data.draw(SMALL)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis)
    kept = np.moveaxis(windows, -1, axis % len(shape) + 1).take(
        range(0, windows.shape[axis % len(shape)], stride), axis % len(shape)
    )
    got = apply("sliding_windows", x=x, axis=axis, size=size, stride=stride)
    assert got.shape[axis % len(shape)] == (shape[axis] - size) // stride + 1
    np.testing.assert_array_equal(got, kept)
    count = data.draw(SMALL)
    parts = [np.roll(x, turn) for turn in range(count)]
    joined = np.empty([size * (count if at == axis % len(shape) else 1) for at, size in enumerate(shape)], kind)
    for turn, part in enumerate(parts):
        joined[(slice(None),) * (axis % len(shape)) + (slice(turn, None, count),)] = part
    np.testing.assert_array_equal(apply("concat", values=parts, axis=axis, interleave=True), joined)
    if len(shape) > 1:
        lower, upper = data.draw(st.integers(-2, 5)), data.draw(st.integers(-2, 5))
        wanted = x if lower < 0 else np.triu(x, -lower)
        wanted = wanted if upper < 0 else np.tril(wanted, upper)
        np.testing.assert_array_equal(apply("band_part", x=x, lower=lower, upper=upper), wanted)


@LAW
@given(seed=SEEDS, steps=st.integers(1, 6), count=st.integers(1, 4), swapped=st.booleans())
def test_reversed_sequences(seed: int, steps: int, count: int, swapped: bool) -> None:
    x = numbers(seed, (steps, count, 2))
    lengths = np.random.default_rng(seed).integers(1, steps + 1, count)
    wanted = onnx_result("ReverseSequence", {"x": x, "n": lengths}, time_axis=0, batch_axis=1)
    short = lengths.astype(np.int32)
    if swapped:
        x, wanted = x.transpose(2, 1, 0), wanted.transpose(2, 1, 0)
    got = apply("reverse_sequence", x=x, lengths=short, seq_axis=-1 if swapped else 0, batch_axis=1)
    np.testing.assert_array_equal(got, wanted)
    none = apply("reverse_sequence", x=x, lengths=0 * short, seq_axis=-1 if swapped else 0, batch_axis=1)
    np.testing.assert_array_equal(none, x)


@LAW
@given(seed=SEEDS, first=SMALL, second=SMALL, third=SMALL)
def test_reshaping_like_others(seed: int, first: int, second: int, third: int) -> None:
    x = numbers(seed, (first * second, third))
    references = [np.zeros((7, first, second)), np.zeros((5, third, 1))]
    got = apply("reshape_like", x=x, ref_tensors=references, begins=(1, -2), ends=(0, 2), end_masks=(True, False))
    np.testing.assert_array_equal(got, x.reshape(first, second, third))


@LAW
@given(seed=SEEDS, channels=st.integers(1, 6), size=st.integers(1, 20), rank=st.integers(3, 5))
def test_norms_of_neighbours(seed: int, channels: int, size: int, rank: int) -> None:
    x = numbers(seed, (2, channels, 3, 2, 2)[:rank])
    wanted = functional.local_response_norm(torch.from_numpy(x), size, 0.7, 0.6, 1.3).numpy()
    got = apply("local_response_norm", x=x, size=size, alpha=0.7, beta=0.6, k=1.3)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)
    huge = apply("local_response_norm", x=x, size=2**30, alpha=float(2**30))
    total = (x * x).sum(1, keepdims=True)
    np.testing.assert_allclose(huge, x / (1 + total) ** 0.75, rtol=1e-4, atol=1e-5)
    scale = np.linalg.norm(x.reshape(*x.shape[:-3], -1), axis=-1)[..., None, None, None]
    np.testing.assert_allclose(apply("l2_norm", x=x, epsilon=1e-12), x / scale, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("op_type", "arguments"),
    [
        ("depth_to_space", {"block_size": 0}),
        ("space_to_depth", {"block_size": -2}),
        ("pixel_shuffle", {"upscale_factor": 3}),
        ("pixel_unshuffle", {"downscale_factor": 3}),
        ("space_to_batch", {"block_shape": (2, 0), "paddings": ((0, 0), (0, 0))}),
        ("space_to_batch", {"block_shape": (1, 1), "paddings": ((0, -1), (0, 0))}),
        ("batch_to_space", {"block_shape": (1, 1), "crops": ((9, 0), (0, 0))}),
        ("batch_to_space", {"block_shape": (1, 1, 1), "crops": ((0, 0), (0, 0))}),
        ("reverse", {"axes": (4,)}),
        ("reverse_sequence", {"lengths": np.zeros(1, np.int32)}),
        ("reverse_sequence", {"lengths": np.zeros(5, np.int32), "seq_axis": 3}),
        ("reverse_sequence", {"lengths": np.full(1, 9, np.int32), "seq_axis": 3}),
        ("sliding_windows", {"axis": 1, "size": 9}),
        ("sliding_windows", {"axis": 1, "size": 1, "stride": 0}),
        ("local_response_norm", {"size": 0}),
    ],
)
def test_arguments_that_do_not_fit_are_refused(op_type: str, arguments: dict[str, Any]) -> None:
    with pytest.raises((ValueError, RuntimeError, IndexError)):
        apply(op_type, x=np.zeros((1, 4, 4, 4), np.float32), **arguments)
