"""Scatters and slice updates against NumPy's assignments and PyTorch, on random shapes, axes, modes and repeated indices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.property.test_mil_kernels import LAW, SEEDS, SHAPES, apply, numbers
from tests.support.mil_programs import assert_batch_is_a_loop, built, from_torch, outputs

OPSETS = st.sampled_from(["CoreML5", "CoreML6", "CoreML7", "CoreML8"])
KINDS = st.sampled_from([np.float32, np.int32])


def cut(x: Any, y: Any) -> Any:
    return np.trunc(x / y).astype(x.dtype) if x.dtype.kind == "i" else x / y


MODES: dict[str, Callable[[Any, Any], Any]] = {
    "update": lambda x, y: y, "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": cut, "max": np.maximum,
    "min": np.minimum,
}  # fmt: skip


def draw(seed: int, shape: tuple[int, ...], kind: type) -> np.ndarray:
    """Return numbers that are not zero, so that they can divide."""
    whole = numbers(seed, shape, 1, 6) * np.sign(numbers(seed + 1, shape))
    return np.where(whole == 0, 1, whole).astype(kind)


@LAW
@given(shape=SHAPES, seed=SEEDS, mode=st.sampled_from(sorted(MODES)), opset=OPSETS, kind=KINDS, data=st.data())
def test_scatters_apply_updates_one_by_one(
    shape: tuple[int, ...], seed: int, mode: str, opset: str, kind: type, data: Any
) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    count = data.draw(st.integers(0, 4))
    x, rng, combine = draw(seed, shape, kind), np.random.default_rng(seed), MODES[mode]
    size = shape[axis]
    picks = rng.integers(-size, size, count).astype(np.int32)
    lines = np.moveaxis(x.copy(), axis, 0)
    updates = draw(seed + 2, (count, *lines.shape[1:]), kind)
    for pick, update in zip(picks, updates, strict=True):
        lines[pick] = combine(lines[pick], update)
    got = apply("scatter", opset, data=x, indices=picks, updates=np.moveaxis(updates, 0, axis), axis=axis, mode=mode)
    assert got.dtype == kind
    np.testing.assert_allclose(got, np.moveaxis(lines, 0, axis), rtol=1e-5)
    own = rng.integers(-size, size, (count, *lines.shape[1:])).astype(np.int32)
    lines = np.moveaxis(x.copy(), axis, 0)
    for place in np.ndindex(own.shape):
        target = (own[place], *place[1:])
        lines[target] = combine(lines[target], updates[place])
    got = apply(
        "scatter_along_axis", opset, data=x, indices=np.moveaxis(own, 0, axis), updates=np.moveaxis(updates, 0, axis),
        axis=axis, mode=mode,
    )  # fmt: skip
    np.testing.assert_allclose(got, np.moveaxis(lines, 0, axis), rtol=1e-5)


@LAW
@given(shape=SHAPES, seed=SEEDS, mode=st.sampled_from(sorted(MODES)), opset=OPSETS, kind=KINDS, data=st.data())
def test_scatter_nd_applies_updates_one_by_one(
    shape: tuple[int, ...], seed: int, mode: str, opset: str, kind: type, data: Any
) -> None:
    depth = data.draw(st.integers(1, len(shape)))
    outer = data.draw(st.sampled_from([(), (3,), (2, 2), (0,)]))
    x, rng = draw(seed, shape, kind), np.random.default_rng(seed)
    picks = np.stack([rng.integers(-size, size, outer) for size in shape[:depth]], -1).astype(np.int32)
    updates = draw(seed + 2, (*outer, *shape[depth:]), kind)
    wanted = x.copy()
    for place in np.ndindex(outer):
        target = tuple(picks[place])
        wanted[target] = MODES[mode](wanted[target], updates[place])
    got = apply("scatter_nd", opset, data=x, indices=picks, updates=updates, mode=mode)
    assert got.dtype == kind
    np.testing.assert_allclose(got, wanted, rtol=1e-5)


def test_indices_outside() -> None:
    x, one = np.zeros((3, 2), np.float32), np.ones((1, 2), np.float32)

    def index(*values: int) -> np.ndarray:
        return np.array(values, dtype=np.int32)

    for opset in ("CoreML5", "CoreML7"):
        for pick in (3, -4):
            with pytest.raises((RuntimeError, IndexError), match="out of"):
                apply("scatter", opset, data=x, indices=index(pick), updates=one)
            with pytest.raises((RuntimeError, IndexError), match="out of"):
                apply("scatter_along_axis", opset, data=x, indices=index(pick, 0)[None], updates=one)
            with pytest.raises((RuntimeError, IndexError), match="out of"):
                apply("scatter_nd", opset, data=x, indices=index(0, pick)[None], updates=one[0, :1])
    for options in ({}, {"validate_indices": False}):
        assert apply("scatter", data=x, indices=index(-1), updates=one, **options)[2, 0] == 1
    for op_type, indices, updates in (
        ("scatter", index(-1), one), ("scatter_along_axis", index(-1, 0)[None], one),
        ("scatter_nd", index(0, -1)[None], one[0, :1]),
    ):  # fmt: skip
        with pytest.raises((RuntimeError, IndexError), match="out of"):
            apply(op_type, data=x, indices=indices, updates=updates, validate_indices=True)
    for arguments in (
        {"indices": index(0, 1), "updates": one}, {"indices": index(0), "updates": one, "axis": 2},
        {"indices": index(0), "updates": one.astype(np.int32)},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"updates|axis"):
            apply("scatter", data=x, **arguments)


@LAW
@given(shape=SHAPES, seed=SEEDS, data=st.data(), kind=KINDS)
def test_slice_update_is_numpys_assignment(shape: tuple[int, ...], seed: int, data: Any, kind: type) -> None:
    x, axes, whole = draw(seed, shape, kind), range(len(shape)), st.integers(-7, 7)
    begin, end = tuple(data.draw(whole) for _ in axes), tuple(data.draw(whole) for _ in axes)
    stride = tuple(data.draw(st.sampled_from([1, 2, 3, -1, -2])) for _ in axes)
    masks = [tuple(data.draw(st.booleans()) for _ in axes) for _ in range(2)]
    squeeze = tuple(
        data.draw(st.booleans()) and -n <= (0 if m else b) < n for n, b, m in zip(shape, begin, masks[0], strict=True)
    )
    index: list[Any] = []
    for axis in axes:
        first, last = None if masks[0][axis] else begin[axis], None if masks[1][axis] else end[axis]
        index.append(first or 0 if squeeze[axis] else slice(first, last, stride[axis]))
    arguments = {
        "begin": begin, "end": end, "stride": stride, "begin_mask": masks[0], "end_mask": masks[1], "squeeze_mask": squeeze
    }  # fmt: skip
    update = draw(seed + 2, x[tuple(index)].shape, kind)
    if all(squeeze):
        with pytest.raises(ValueError, match="an update of shape"):
            apply("slice_update", x=x, update=update, **arguments)
        return
    wanted = x.copy()
    wanted[tuple(index)] = update
    np.testing.assert_array_equal(apply("slice_update", x=x, update=update, **arguments), wanted)
    with pytest.raises(ValueError, match="an update of shape"):
        apply("slice_update", x=x, update=update[None], **arguments)


class Marks(nn.Module):
    """Every way in which coremltools' torch frontend writes a scatter."""

    def forward(self, x: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        index = torch.tensor([[2, 0, 0, 1]])
        along = torch.scatter(x, 0, index, values[:1])
        added = torch.scatter_add(x, 1, index.expand(3, 4), values)
        rows = torch.index_put(x, (torch.tensor([1, -1]),), values[:2])
        summed = torch.index_put(x, (torch.tensor([1, 1, 0]), torch.tensor([3, 3, -2])), values[0, :3], accumulate=True)
        part = x.clone()
        part[1:, ::2] = values[:2, :2]
        return along, added, rows, summed, part


@pytest.mark.parametrize("target", ["iOS16", "iOS17", "iOS18"])
def test_a_converted_torch_module(target: str, tmp_path: Path) -> None:
    class Some(Marks):
        def forward(self, x: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, ...]:
            found = super().forward(x, values)
            return found if target == "iOS18" else found[:4]  # before, a part is assigned by an op of its own

    windows = {"x": numbers(1, (3, 3, 4)), "values": numbers(2, (3, 3, 4))}
    first = {name: array[0] for name, array in windows.items()}
    runtime = from_torch(Some(), first, target, tmp_path)
    used = {operation.type for operation in runtime.function.block.walk()}
    assert {"scatter_along_axis", "scatter_nd"} | ({"slice_update"} if target == "iOS18" else set()) <= used
    wanted = Some()(*(torch.from_numpy(array) for array in first.values()))
    for one, other in zip(outputs(runtime, first), wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert_batch_is_a_loop(runtime, windows)


def test_scatter_with_indices_of_each_window(tmp_path: Path) -> None:
    from coremltools.converters.mil.mil import Builder

    def build(x: Any, indices: Any, updates: Any) -> Any:
        found = [Builder.scatter(data=x, indices=indices, updates=updates, mode=mode) for mode in sorted(MODES)]
        return tuple(found)

    inputs = {"x": ((4, 2), np.float32), "indices": ((3,), np.int32), "updates": ((3, 2), np.float32)}
    runtime = built(build, inputs, "iOS17", tmp_path)
    picks = np.random.default_rng(1).integers(0, 4, (5, 3)).astype(np.int32)
    windows = {"x": draw(1, (5, 4, 2), np.float32), "indices": picks, "updates": draw(3, (5, 3, 2), np.float32)}
    first = {name: array[0] for name, array in windows.items()}
    for mode, got in zip(sorted(MODES), outputs(runtime, first), strict=True):
        wanted = first["x"].copy()
        for pick, update in zip(first["indices"], first["updates"], strict=True):
            wanted[pick] = MODES[mode](wanted[pick], update)
        np.testing.assert_allclose(got, wanted, rtol=1e-5)
    assert_batch_is_a_loop(runtime, windows)
