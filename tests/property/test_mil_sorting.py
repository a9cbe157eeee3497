"""Orders and non-zero elements against NumPy and PyTorch, ties and integers included."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from qleap_edge.mil.ops.table import find_kernel
from tests.property.test_mil_kernels import LAW, SEEDS, SHAPES, apply
from tests.support.mil_programs import assert_batch_is_a_loop, built, from_torch, outputs


@LAW
@given(shape=SHAPES, seed=SEEDS, kind=st.sampled_from([np.float32, np.int32]), up=st.booleans(), data=st.data())
def test_orders_keep_equal_elements_in_place(
    shape: tuple[int, ...], seed: int, kind: type, up: bool, data: Any
) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.random.default_rng(seed).integers(-2, 3, shape).astype(kind)
    wanted = np.argsort(x if up else -x, axis, kind="stable")
    np.testing.assert_array_equal(apply("argsort", x=x, axis=axis, ascending=up), wanted)
    count = data.draw(st.integers(0, shape[axis]))
    for opset in ("CoreML5", "CoreML6", "CoreML8"):
        values, indices = apply("topk", opset, x=x, k=count, axis=axis, ascending=up)
        first = np.take(wanted, range(count), axis)
        np.testing.assert_array_equal(indices, first)
        np.testing.assert_array_equal(values, np.take_along_axis(x, first, axis))
        assert values.dtype == kind
    (values,) = apply("topk", x=x, k=-1, axis=axis, ascending=up, return_indices=False, sort=False)
    np.testing.assert_array_equal(values, np.take_along_axis(x, wanted, axis))
    for opset, wrong in (("CoreML8", shape[axis] + 1), ("CoreML6", -1), ("CoreML8", -2)):
        with pytest.raises(ValueError, match="the first"):
            apply("topk", opset, x=x, k=wrong, axis=axis)


@LAW
@given(shape=SHAPES, seed=SEEDS, kind=st.sampled_from([np.float32, np.int32, np.bool_]))
def test_non_zero_is_argwhere(shape: tuple[int, ...], seed: int, kind: type) -> None:
    x = np.random.default_rng(seed).integers(-1, 2, shape).astype(kind)
    np.testing.assert_array_equal(apply("non_zero", x=x), np.argwhere(x))
    found = find_kernel("non_zero", "CoreML5")
    assert found is not None
    assert not found.vectorises


class Orders(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        values, _ = torch.sort(x, dim=0, descending=True)
        return values, torch.argsort(x, dim=1).int(), torch.topk(x, 2, dim=-1, largest=False)[0]


@pytest.mark.parametrize("target", ["iOS15", "iOS18"])
def test_a_converted_torch_module(target: str, tmp_path: Path) -> None:
    x = np.random.default_rng(4).permutation(60).reshape(3, 4, 5).astype(np.float32)
    runtime = from_torch(Orders(), {"x": x[0]}, target, tmp_path)
    for one, other in zip(outputs(runtime, {"x": x[0]}), Orders()(torch.from_numpy(x[0])), strict=True):
        np.testing.assert_array_equal(one, other)
    assert_batch_is_a_loop(runtime, {"x": x}, exact=True)


def test_non_zero_in_a_program_of_flexible_size(tmp_path: Path) -> None:
    import coremltools as ct
    from coremltools.converters.mil.mil import Builder, get_new_symbol

    def build(x: Any) -> Any:
        return Builder.non_zero(x=x)

    sizes = [ct.TensorType("x", shape=(ct.RangeDim(1, 9, 4), 3), dtype=np.float32)]
    runtime = built(build, {"x": ((get_new_symbol(), 3), np.float32)}, "iOS16", tmp_path, inputs=sizes)
    x = np.random.default_rng(2).integers(-1, 2, (6, 3)).astype(np.float32)
    np.testing.assert_array_equal(outputs(runtime, {"x": x})[0], torch.nonzero(torch.from_numpy(x)))
