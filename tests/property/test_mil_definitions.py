"""Where the definition of an operation is easily read in another way: one test a rule, by coremltools, NumPy or PyTorch."""

import inspect
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qleap_edge.mil.ops.registry import OPSETS
from qleap_edge.mil.ops.table import find_kernel, supported_types
from tests.property.test_mil_kernels import LAW, REDUCTIONS, SEEDS, SHAPES, apply, numbers
from tests.support.mil_programs import assert_batch_is_a_loop, built, outputs

REFUSED = (ValueError, IndexError, RuntimeError)


def whole(seed: int, shape: tuple[int, ...], low: int = -9, high: int = 9) -> np.ndarray:
    return np.random.default_rng(seed).integers(low, high, shape, endpoint=True).astype(np.int32)


def plain_defaults(definition: Any) -> dict[str, Any]:
    """Return the defaults of a definition that do not depend on the input's rank, for a float32 input."""
    from coremltools.converters.mil.mil import types

    operation = object.__new__(definition)
    for name in definition.input_spec.input_types:
        known = (
            SimpleNamespace(rank=3, dtype=types.fp32, shape=(2, 3, 4), val=None)
            if name in ("x", "weight", "boxes", "ref_tensor")
            else None
        )
        setattr(operation, name, known)
    found = dict(operation.default_inputs().items())
    return {name: value for name, value in found.items() if name != "name" and np.ndim(value) == 0}


def test_every_operation_that_coremltools_defines_is_executed_but_one() -> None:
    import logging

    logging.getLogger("coremltools").setLevel(logging.ERROR)
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

    internal = {"_const_symbolic"}
    unclear = {
        "conv_quantized"
    }  # marked experimental; the layout of its packed weights is nowhere defined, nothing emits it
    assert set(SSAOpRegistry.core_ops) - set(supported_types()) == internal | unclear


def test_each_opset_has_its_own_parameters_and_defaults() -> None:
    """The kernels against coremltools' classes: no parameter more or less in any opset, and the same default values."""
    import logging

    logging.getLogger("coremltools").setLevel(logging.ERROR)
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

    order = ("iOS15", "iOS16", "iOS17", "iOS18")
    for op_type in sorted(set(supported_types()) - {"const", "neg", "write_state"}):
        versions = {key.name: value for key, value in SSAOpRegistry.core_ops[op_type].items()}
        for level, name in enumerate(order):
            found = find_kernel(op_type, OPSETS[level])
            if not set(versions) & set(order[: level + 1]):
                continue
            assert found is not None
            if name in versions:
                saved = {item for item in versions[name].input_spec.input_types if item[0] != "_"}
                assert found.parameters == saved, f"{op_type} of {name}"
                own = inspect.signature(found.function).parameters
                for parameter, default in plain_defaults(versions[name]).items():
                    mine = own[parameter].default
                    equal = mine == default or math.isclose(mine, default, rel_tol=1e-6, abs_tol=1e-44)
                    assert equal, f"{op_type} of {name}: {parameter} is {mine}, not {default}"


@LAW
@given(seed=SEEDS, shape=SHAPES, keep=st.booleans(), data=st.data())
def test_reductions_of_integers_are_cut_and_those_over_no_axis_are_elementwise(
    seed: int, shape: tuple[int, ...], keep: bool, data: Any
) -> None:
    axes = tuple(data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True)))
    x = whole(seed, shape, 1, 4)
    for op_type, reference in REDUCTIONS.items():
        got = apply(op_type, x=x, axes=axes, keep_dims=keep)
        assert got.dtype == np.int32 or op_type in {"reduce_sum", "reduce_prod", "reduce_l1_norm", "reduce_sum_square"}
        exact = reference(x.astype(np.float64), axis=axes, keepdims=keep)
        near = np.abs(exact - np.round(exact)) < 1e-9  # 2.9999999999 and 3 are cut to different integers
        np.testing.assert_array_equal(
            np.where(near, np.round(exact), np.trunc(exact)), np.where(near, np.round(exact), got)
        )
        real = numbers(seed, shape, 0.1, 2.0)
        wanted = reference(real.astype(np.float64), axis=axes, keepdims=keep)
        np.testing.assert_allclose(apply(op_type, x=real, axes=axes, keep_dims=keep), wanted, rtol=2e-5, atol=1e-6)


def test_the_sum_before_an_element_does_not_contain_it() -> None:
    x = np.array([1, 1e8, 1, -1e8], np.float32)
    np.testing.assert_array_equal(apply("cumsum", x=x, exclusive=True), [0, 1, 1e8, 1e8])
    np.testing.assert_array_equal(apply("cumsum", x=x[::-1].copy(), exclusive=True, reverse=True), [1e8, 1e8, 1, 0])
    np.testing.assert_array_equal(apply("cumsum", x=whole(1, (0, 2)), exclusive=True), np.zeros((0, 2)))


def test_integer_division_by_minus_one_leaves_the_process_alive() -> None:
    least = np.array([-(2**31), -7, 7], np.int32)
    code = (
        "import numpy as np; from tests.property.test_mil_kernels import apply\n"
        "x, y = np.array([-(2**31)], np.int32), np.array([-1], np.int32)\n"
        "print([int(apply(name, x=x, y=y)[0]) for name in ('real_div', 'floor_div', 'mod')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == f"[{-(2**31)}, {-(2**31)}, 0]"
    for divisor in (-1, 2, -2):
        y = np.full(3, divisor, np.int32)
        np.testing.assert_array_equal(apply("mod", x=least, y=y), least.astype(np.int64) % divisor)
        quotient = np.trunc(least / divisor).astype(np.int64).astype(np.int32)
        np.testing.assert_array_equal(apply("real_div", x=least, y=y), quotient)
        floored = (least.astype(np.int64) // divisor).astype(np.int32)
        np.testing.assert_array_equal(apply("floor_div", x=least, y=y), floored)


def test_powers_of_two_of_integers() -> None:
    np.testing.assert_array_equal(apply("exp2", x=np.array([0, 5, 30, -1], np.int32)), [1, 32, 2**30, 0])


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32"])
def test_casts_to_integers(kind: str) -> None:
    limits = np.iinfo(kind)
    x = np.array([-3e9, -70000.5, -200.7, -0.9, 0.5, 1.99, 200.7, 70000.5, 3e9], np.float32)
    wanted = np.clip(np.trunc(x.astype(np.float64)), limits.min, limits.max)
    np.testing.assert_array_equal(apply("cast", x=x, dtype=kind), wanted)
    if kind != "int32":
        assert find_kernel("cast", "CoreML6").choices["dtype"] == ("int32", "fp16", "fp32", "bool")  # type: ignore[union-attr]
    integers = np.array([-70000, -129, -1, 0, 128, 255, 256, 65535, 70000], np.int32)
    np.testing.assert_array_equal(apply("cast", x=integers, dtype=kind), integers.astype(kind))
    np.testing.assert_array_equal(apply("cast", x=x, dtype="bool"), x != 0)


def test_squeeze_leaves_longer_axes() -> None:
    x = numbers(1, (2, 1, 3))
    for axes in ((0, 1), (-1, -2), (0,), ()):
        np.testing.assert_array_equal(apply("squeeze", x=x, axes=axes), torch.from_numpy(x).squeeze(axes))
    with pytest.raises(REFUSED):
        apply("squeeze", x=x, axes=(3,))


def test_indices_of_small_types_reach_long_axes() -> None:
    x = numbers(1, (300, 2))
    picks = np.array([-1, -128, 127], np.int8)
    np.testing.assert_array_equal(apply("gather", "CoreML6", x=x, indices=picks), x[picks])
    wide = np.stack([picks, picks], 1)
    np.testing.assert_array_equal(
        apply("gather_along_axis", "CoreML6", x=x, indices=wide), np.take_along_axis(x, wide.astype(int), 0)
    )
    np.testing.assert_array_equal(apply("gather_nd", "CoreML6", x=x, indices=picks[:, None]), x[picks])
    hot = apply("one_hot", indices=np.array([0, 44], np.uint8), one_hot_vector_size=300)
    np.testing.assert_array_equal(hot, np.eye(300)[[0, 44]])


def test_one_hot_of_what_is_out_of_range_is_off() -> None:
    hot = apply("one_hot", indices=np.array([-1, 0, 3], np.int32), one_hot_vector_size=3, axis=0)
    np.testing.assert_array_equal(hot, [[0, 1, 0], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("op_type", ["gather", "gather_along_axis", "gather_nd"])
def test_indices_outside(op_type: str) -> None:
    x = numbers(1, (3, 3))

    def index(first: int) -> np.ndarray:
        flat = np.array([first, 0, 1], np.int32)
        return {"gather": flat, "gather_along_axis": np.tile(flat, (1, 1)), "gather_nd": flat[:2]}[op_type]

    for opset in OPSETS:
        assert apply(op_type, opset, x=x, indices=index(-1)).size
        for far in (3, -4, 100, -100):
            with pytest.raises(REFUSED):
                apply(op_type, opset, x=x, indices=index(far))
    assert apply(op_type, x=x, indices=index(2), validate_indices=True).size
    for far in (3, -1):
        with pytest.raises(REFUSED):
            apply(op_type, x=x, indices=index(far), validate_indices=True)


def test_gathers_with_batches_along_every_axis() -> None:
    from coremltools.converters.mil.mil.ops.defs._utils import compute_gather

    x = numbers(1, (2, 3, 4, 5))
    for batch in range(3):
        for axis in range(-4, 4):
            picks = np.random.default_rng(axis + 9).integers(0, x.shape[axis], (*x.shape[:batch], 2)).astype(np.int32)
            arguments = {"x": x, "indices": picks, "axis": axis, "batch_dims": batch}
            if axis % 4 < batch:
                with pytest.raises(ValueError, match="batch axes"):
                    apply("gather", **arguments)
            else:
                np.testing.assert_array_equal(apply("gather", **arguments), compute_gather(x, picks, axis % 4, batch))


def test_concat_interleaves_and_joins_scalars() -> None:
    parts = [numbers(seed, (2, 3)) for seed in range(3)]
    for axis in (0, 1, -1, -2):
        got = apply("concat", values=parts, axis=axis, interleave=True)
        wanted = np.concatenate(parts, axis)
        for at, part in enumerate(parts):
            index: list[Any] = [slice(None)] * 2
            index[axis] = slice(at, None, 3)
            wanted[tuple(index)] = part
        np.testing.assert_array_equal(got, wanted)
    with pytest.raises(ValueError, match="interleave"):
        apply("concat", values=[parts[0], parts[1][:1]], axis=0, interleave=True)
    scalars = [np.array(3, np.int32), np.array(5, np.int32)]
    np.testing.assert_array_equal(apply("concat", values=scalars, axis=0), [3, 5])


@given(start=st.integers(-9, 9), end=st.integers(-9, 9), step=st.sampled_from([1, 2, -1, -3, 0.5, -0.25]))
@LAW
def test_ranges(start: int, end: int, step: float) -> None:
    if (end - start) * step < 0:
        with pytest.raises(ValueError, match="in steps of"):
            apply("range_1d", start=start, end=end, step=step)
    else:
        np.testing.assert_array_equal(apply("range_1d", start=start, end=end, step=step), np.arange(start, end, step))


def test_a_constant_clip_of_the_newer_opset_is_an_interval() -> None:
    x = numbers(1, (9,))
    np.testing.assert_array_equal(apply("clip", "CoreML6", x=x, alpha=1.0, beta=-1.0), np.minimum(np.maximum(x, 1), -1))
    with pytest.raises(ValueError, match="clip"):
        apply("clip", "CoreML7", x=x, alpha=1.0, beta=1.0)


def test_products_of_integers_and_of_mixed_types() -> None:
    x, y = whole(1, (2, 3, 4)), whole(2, (4, 5))
    np.testing.assert_array_equal(apply("matmul", x=x, y=y), x @ y)
    np.testing.assert_array_equal(apply("matmul", x=x[0, 0], y=y), x[0, 0] @ y)
    np.testing.assert_array_equal(apply("matmul", x=x, y=y[:, 0]), x @ y[:, 0])
    np.testing.assert_array_equal(apply("matmul", x=x[0, 0], y=y[:, 0]), x[0, 0] @ y[:, 0])
    real = numbers(3, (4, 5))
    np.testing.assert_allclose(apply("matmul", x=x, y=real), x @ real, rtol=1e-4, atol=1e-5)
    got = apply("linear", x=real, weight=whole(4, (2, 5)), bias=whole(5, (2,)))
    np.testing.assert_allclose(got, real @ whole(4, (2, 5)).T + whole(5, (2,)), rtol=1e-4, atol=1e-4)
    four, more = numbers(6, (2, 3, 1, 5)), numbers(7, (1, 5, 4, 6))
    got = apply("einsum", values=[four, more], equation="nchw,nwhu->nchu")
    wanted = np.einsum("nchw,nwhu->nchu", np.broadcast_to(four, (2, 3, 4, 5)), np.broadcast_to(more, (2, 5, 4, 6)))
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


X = np.zeros((2, 3), np.float32)
WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("tile", "CoreML8", {"x": X, "reps": (1, 0)}),
    ("tile", "CoreML8", {"x": X, "reps": (2,)}),
    ("tile", "CoreML8", {"x": X, "reps": (2**20, 2**20)}),
    ("fill", "CoreML8", {"shape": (2**20, 2**20)}),
    ("fill", "CoreML8", {"shape": (-1,)}),
    ("range_1d", "CoreML8", {"start": 0, "end": 2**40, "step": 1}),
    ("range_1d", "CoreML8", {"start": 0, "end": 1, "step": 0}),
    ("one_hot", "CoreML8", {"indices": np.zeros(2, np.int32), "one_hot_vector_size": 2**40}),
    ("one_hot", "CoreML8", {"indices": np.zeros(2, np.int32), "one_hot_vector_size": 2, "axis": 2}),
    ("pad", "CoreML8", {"x": X, "pad": (0, -1)}),
    ("pad", "CoreML8", {"x": X, "pad": (0, 0, 0, 0, 1, 1)}),
    ("pad", "CoreML8", {"x": X, "pad": (0, 2**40)}),
    ("pad", "CoreML8", {"x": X, "pad": (3, 0), "mode": "reflect"}),
    ("pad", "CoreML8", {"x": X, "pad": (4, 0), "mode": "replicate"}),
    ("reshape", "CoreML6", {"x": X, "shape": (0, 3, 1)}),
    ("expand_dims", "CoreML8", {"x": X, "axes": (5,)}),
    ("reduce_prod", "CoreML8", {"x": X, "axes": (2,)}),
    ("reduce_sum", "CoreML8", {"x": X, "axes": (-3,)}),
    ("layer_norm", "CoreML8", {"x": X, "axes": (2,)}),
    ("instance_norm", "CoreML8", {"x": X}),
    ("gather", "CoreML5", {"x": X, "indices": np.zeros(1, np.int32), "axis": 2}),
    ("gather_along_axis", "CoreML5", {"x": X, "indices": np.zeros((2, 2), np.int32), "axis": 0}),
    ("slice_by_size", "CoreML8", {"x": X, "begin": (-5, 0), "size": (1, 1)}),
    ("slice_by_size", "CoreML8", {"x": X, "begin": (1, 0), "size": (2, 1)}),
    ("slice_by_size", "CoreML8", {"x": X, "begin": (0,), "size": (1,)}),
    (
        "slice_by_index",
        "CoreML8",
        {"x": X, "stride": (1,), "begin_mask": (True,), "end_mask": (True,), "squeeze_mask": (False,)}
        | {"begin": (0,), "end": (1,)},
    ),
]


@pytest.mark.parametrize(("op_type", "opset", "arguments"), WRONG)
def test_what_no_definition_allows(op_type: str, opset: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\d|argument"):
        apply(op_type, opset, **arguments)


def test_a_program_with_these_rules(tmp_path: Path) -> None:
    from coremltools.converters.mil.mil import Builder

    def build(x: Any, n: Any) -> Any:
        return (
            Builder.reduce_mean(x=n, axes=[1]),
            Builder.reduce_l2_norm(x=n, axes=[0], keep_dims=True),
            Builder.squeeze(x=Builder.expand_dims(x=x, axes=[1]), axes=[0, 1]),
            Builder.concat(values=[x, Builder.square(x=x)], axis=1, interleave=True),
            Builder.cumsum(x=x, axis=1, exclusive=True, reverse=True),
            Builder.slice_by_index(x=x, begin=[-1, 3], end=[-3, 0], stride=[-1, -2]),
            Builder.cast(x=Builder.cast(x=x, dtype="int32"), dtype="fp32"),
            Builder.floor_div(x=n, y=np.int32(-1)),
        )

    runtime = built(build, {"x": ((3, 4), np.float32), "n": ((3, 4), np.int32)}, "iOS17", tmp_path)
    x, n = numbers(1, (4, 3, 4)), whole(2, (4, 3, 4))
    got = outputs(runtime, {"x": x[0], "n": n[0]})
    both = np.stack([x[0], x[0] ** 2], -1).reshape(3, 8)
    later = np.flip(np.flip(x[0], 1).cumsum(1), 1) - x[0]
    for one, wanted in zip(
        got,
        (
            np.trunc(n[0].mean(1)), np.trunc(np.sqrt((n[0] ** 2).sum(0, keepdims=True))), x[0], both, later,
            x[0][-1:-3:-1, 3:0:-2], np.trunc(x[0]), -n[0],
        ),
        strict=True,
    ):  # fmt: skip
        np.testing.assert_allclose(one, wanted, rtol=1e-5, atol=1e-5)
    assert_batch_is_a_loop(runtime, {"x": x, "n": n})
