"""Every operation with numbers instead of tensors (rank 0), as far as its definition allows them.

The expected value is that of coremltools' own value inference, or of NumPy where coremltools infers none. An operation whose
definition asks for more axes must be refused by name. The programs are written as data: no converter chooses what is tried.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import (
    Binding,
    Block,
    Constant,
    Feature,
    Function,
    Operation,
    Reference,
    Value,
    ValueType,
)
from qleap_edge.mil.ops.table import find_kernel, supported_types
from qleap_edge.mil.runtime.evaluator import Model, open_model
from tests.support.programs import TYPES, operation, tensor, value

F, INTEGER, TRUE, FALSE = np.float32, np.int32, np.bool_(True), np.bool_(False)
OPSET: Final = "CoreML8"
NONE: Final = np.zeros(0, np.int32)
HALF, TWO, ONE = F(0.5), F(2.0), INTEGER(1)
PAIR, SQUARE = np.array([1.0, 3.0], F), np.array([[1.0, 2.0], [3.0, 4.0]], F)
Case = tuple[str, dict[str, Any]]

# What the definition allows, and coremltools computes.
UNARY: Final = (
    "abs", "acos", "asin", "atan", "atanh", "ceil", "cos", "cosh", "erf", "exp", "exp2", "floor", "round", "sign",
    "sin", "sinh", "sqrt", "square", "tan", "log", "rsqrt", "inverse", "relu", "relu6", "sigmoid", "tanh",
    "softplus", "softsign", "identity", "shape",
)  # fmt: skip
BINARY: Final = (
    "add", "sub", "mul", "real_div", "floor_div", "mod", "pow", "equal", "not_equal", "less", "less_equal",
    "greater", "greater_equal", "maximum", "minimum",
)  # fmt: skip
LOGICAL: Final = ("logical_and", "logical_or", "logical_xor")
REDUCTIONS: Final = (
    "l1_norm", "l2_norm", "log_sum", "log_sum_exp", "max", "mean", "min", "prod", "sum", "sum_square",
)  # fmt: skip
INFERRED: Final[dict[str, Case]] = {
    **{name: (name, {"x": HALF}) for name in UNARY},
    **{f"{name} below 1": (name, {"x": F(-0.25)}) for name in ("abs", "sign", "erf", "relu", "softplus", "tanh")},
    **{name: (name, {"x": HALF, "y": F(1.5)}) for name in BINARY},
    **{f"{name} of integers": (name, {"x": INTEGER(7), "y": INTEGER(2)}) for name in BINARY},
    **{name: (name, {"x": TRUE, "y": FALSE}) for name in LOGICAL},
    "logical_not": ("logical_not", {"x": TRUE}),
    "gelu": ("gelu", {"x": HALF, "mode": "EXACT"}),
    "clamped_relu": ("clamped_relu", {"x": HALF, "alpha": F(0.1), "beta": F(1.0)}),
    "leaky_relu": ("leaky_relu", {"x": F(-0.5), "alpha": F(0.1)}),
    "elu": ("elu", {"x": HALF, "alpha": F(1.0)}),
    "sigmoid_hard": ("sigmoid_hard", {"x": HALF, "alpha": F(0.2), "beta": F(0.5)}),
    "scaled_tanh": ("scaled_tanh", {"x": HALF, "alpha": F(1.5), "beta": F(2.0)}),
    "linear_activation": ("linear_activation", {"x": HALF, "alpha": F(2.0), "beta": F(1.0)}),
    "clip": ("clip", {"x": HALF, "alpha": F(0.0), "beta": F(0.3)}),
    "threshold": ("threshold", {"x": HALF, "alpha": F(1.0)}),
    "cast": ("cast", {"x": F(-1.7), "dtype": "int32"}),
    "expand_dims": ("expand_dims", {"x": HALF, "axes": np.array([0], np.int32)}),
    "expand_dims twice": ("expand_dims", {"x": HALF, "axes": np.array([0, 1], np.int32)}),
    "reshape from": ("reshape", {"x": HALF, "shape": np.array([1, 1], np.int32)}),
    "reshape to": ("reshape", {"x": np.array([1.5], F), "shape": NONE}),
    "squeeze": ("squeeze", {"x": np.array([1.5], F), "axes": np.array([0], np.int32)}),
    "softmax": ("softmax", {"x": HALF, "axis": INTEGER(-1)}),
    **{
        f"reduce_{name} to": (f"reduce_{name}", {"x": PAIR, "axes": np.array([0], np.int32), "keep_dims": FALSE})
        for name in REDUCTIONS
    },
    **{f"reduce_{name} of all": (f"reduce_{name}", {"x": SQUARE, "keep_dims": FALSE}) for name in REDUCTIONS},
    **{f"reduce_{name} of a number": (f"reduce_{name}", {"x": HALF, "keep_dims": FALSE}) for name in REDUCTIONS},
    "reduce_argmax": ("reduce_argmax", {"x": PAIR, "axis": INTEGER(0), "keep_dims": FALSE}),
    "reduce_argmin": ("reduce_argmin", {"x": PAIR, "axis": INTEGER(0), "keep_dims": FALSE}),
    "concat": ("concat", {"values": (HALF, TWO), "axis": INTEGER(0)}),
    "stack": ("stack", {"values": (HALF, TWO), "axis": INTEGER(0)}),
    "gather from a vector": ("gather", {"x": PAIR, "indices": ONE, "axis": INTEGER(0)}),
    "gather a column": ("gather", {"x": SQUARE, "indices": ONE, "axis": INTEGER(1)}),
    "select": ("select", {"cond": TRUE, "a": HALF, "b": TWO}),
    "fill": ("fill", {"shape": NONE, "value": TWO}),
    "fill_like": ("fill_like", {"ref_tensor": HALF, "value": TWO}),
    "range_1d": ("range_1d", {"start": F(0.0), "end": F(3.0), "step": F(1.0)}),
    "slice_by_index": (
        "slice_by_index",
        {"x": PAIR, "begin": np.array([1], np.int32), "end": np.array([2], np.int32), "squeeze_mask": np.array([True])},
    ),
    "slice_by_size": ("slice_by_size", {"x": HALF, "begin": NONE, "size": NONE}),
    "quantize": (
        "quantize", {"input": HALF, "scale": F(0.1), "zero_point": np.int8(0), "output_dtype": "int8"},
    ),
}  # fmt: skip
# What the definition allows and coremltools does not compute, or computes with an exception of NumPy's: the answer is given.
GIVEN: Final[dict[str, tuple[Case, Any]]] = {
    "silu": (("silu", {"x": HALF}), F(0.5 / (1.0 + np.exp(-0.5)))),
    "neg": (("neg", {"x": HALF}), F(-0.5)),
    "thresholded_relu": (("thresholded_relu", {"x": HALF, "alpha": F(0.6)}), F(0.0)),
    "squeeze all": (("squeeze", {"x": np.array([[1.5]], F)}), F(1.5)),
    "squeeze a number": (("squeeze", {"x": HALF}), HALF),
    "argsort": (("argsort", {"x": HALF, "axis": INTEGER(0)}), INTEGER(0)),
    "one_hot": (("one_hot", {"indices": ONE, "one_hot_vector_size": INTEGER(3)}), np.array([0, 1, 0], np.int32)),
    "gather_nd one element": (("gather_nd", {"x": SQUARE, "indices": np.array([1, 0], np.int32)}), F(3.0)),
    "gather_nd a row": (("gather_nd", {"x": SQUARE, "indices": np.array([1], np.int32)}), SQUARE[1]),
    "gather, batched": (("gather", {"x": SQUARE, "indices": np.array([1, 0], np.int32), "axis": ONE, "batch_dims": ONE}),
                        np.array([2.0, 3.0], F)),
    "gather_nd, batched": (("gather_nd", {"x": SQUARE, "indices": np.array([[1], [0]], np.int32), "batch_dims": ONE}),
                           np.array([2.0, 3.0], F)),
    "scatter": (("scatter", {"data": PAIR, "indices": ONE, "updates": HALF, "axis": INTEGER(0), "mode": "add"}),
                np.array([1.0, 3.5], F)),
    "scatter, replacing": (("scatter", {"data": PAIR, "indices": ONE, "updates": HALF, "axis": INTEGER(0), "mode": "update"}),
                           np.array([1.0, 0.5], F)),
    "scatter_nd": (("scatter_nd", {"data": SQUARE, "indices": np.array([1, 0], np.int32), "updates": HALF, "mode": "add"}),
                   np.array([[1.0, 2.0], [3.5, 4.0]], F)),
    "scatter_nd, replacing": (("scatter_nd", {"data": SQUARE, "indices": np.array([1, 0], np.int32), "updates": HALF,
                                             "mode": "update"}), np.array([[1.0, 2.0], [0.5, 4.0]], F)),
    "pad": (("pad", {"x": HALF, "pad": NONE}), HALF),
    "flatten2d": (("flatten2d", {"x": HALF, "axis": INTEGER(0)}), np.array([[0.5]], F)),
    "dequantize": (("dequantize", {"input": np.int8(5), "scale": HALF, "zero_point": np.int8(1)}), TWO),
    "reshape_like": (("reshape_like", {"x": HALF, "ref_tensors": (np.ones(1, F),), "begins": (INTEGER(0),),
                                       "ends": (ONE,), "end_masks": (FALSE,)}), np.array([0.5], F)),
    "constexpr_cast": (("constexpr_cast", {"source_val": np.float16(3.0), "output_dtype": "fp32"}), F(3.0)),
    "constexpr_blockwise_shift_scale": (("constexpr_blockwise_shift_scale", {"data": np.int8(3), "scale": HALF}), F(1.5)),
    "einsum": (("einsum", {"values": (PAIR, PAIR), "equation": "i,i->"}), F(10.0)),
    "transpose": (("transpose", {"x": HALF, "perm": NONE}), HALF),
    "tile": (("tile", {"x": HALF, "reps": NONE}), HALF),
    "reverse": (("reverse", {"x": HALF, "axes": NONE}), HALF),
}  # fmt: skip
# Drawn at random: the shape is what can be expected.
RANDOM: Final[dict[str, dict[str, Any]]] = {
    "random_uniform": {"shape": NONE, "low": F(0.0), "high": F(1.0), "seed": ONE},
    "random_normal": {"shape": NONE, "mean": F(0.0), "stddev": F(1.0), "seed": ONE},
    "random_bernoulli": {"shape": NONE, "prob": HALF, "seed": ONE},
}
# What needs at least one axis: refused by name, whatever the numbers.
NEEDS_AXES: Final[dict[str, dict[str, Any]]] = {
    "matmul": {"x": HALF, "y": HALF},
    "linear": {"x": HALF, "weight": np.ones((1, 1), F)},
    "cumsum": {"x": HALF, "axis": INTEGER(0)},
    "topk": {"x": HALF, "k": ONE, "axis": INTEGER(0)},
    "layer_norm": {"x": HALF, "axes": np.array([0], np.int32)},
    "split": {"x": HALF, "axis": INTEGER(0), "num_splits": ONE},
    "gather_along_axis": {"x": HALF, "indices": INTEGER(0), "axis": INTEGER(0)},
    "scatter_along_axis": {"data": HALF, "indices": INTEGER(0), "updates": HALF, "axis": INTEGER(0)},
    "slice_update": {"x": HALF, "update": HALF, "begin": NONE, "end": NONE},
    "non_zero": {"x": HALF},
    "band_part": {"x": HALF},
    "prelu": {"x": HALF, "alpha": np.ones(1, F)},
    "softplus_parametric": {"x": HALF, "alpha": np.ones(1, F), "beta": np.ones(1, F)},
    "l2_norm": {"x": HALF, "epsilon": F(1e-5)},
    "instance_norm": {"x": HALF, "epsilon": F(1e-5)},
    "batch_norm": {"x": HALF, "mean": np.ones(1, F), "variance": np.ones(1, F), "epsilon": F(1e-5)},
    "local_response_norm": {"x": HALF, "size": ONE, "alpha": F(1.0), "beta": F(1.0), "k": F(1.0)},
    "random_categorical": {"x": HALF, "seed": ONE},
    "reverse_sequence": {"x": HALF, "lengths": np.array([1], np.int32)},
    "sliding_windows": {"x": HALF, "axis": INTEGER(0), "size": ONE},
    "scaled_dot_product_attention": {"query": HALF, "key": HALF, "value": HALF},
    "constexpr_affine_dequantize": {
        "quantized_data": np.int8(3), "scale": HALF, "zero_point": np.int8(0), "axis": INTEGER(0),
    },
    "constexpr_lut_to_dense": {"indices": np.uint8(1), "lut": PAIR},
    "constexpr_lut_to_sparse": {"indices_mask": np.uint8(1), "indices_nonzero_data": np.uint8(1), "lut": PAIR},
    "constexpr_sparse_to_dense": {"nonzero_data": PAIR, "mask": np.uint8(1)},
    "constexpr_sparse_blockwise_shift_scale": {"data_mask": np.uint8(1), "nonzero_data": np.int8(3), "scale": HALF},
    "conv": {"x": HALF, "weight": HALF},
    "conv_transpose": {"x": HALF, "weight": HALF},
    **{
        name: {"x": HALF, "kernel_sizes": np.array([1], np.int32), "pad_type": "valid"}
        for name in ("avg_pool", "l2_pool", "max_pool")
    },
    "batch_to_space": {"x": HALF, "block_shape": np.array([1, 1], np.int32), "crops": np.zeros((2, 2), np.int32)},
    "space_to_batch": {"x": HALF, "block_shape": np.array([1, 1], np.int32), "paddings": np.zeros((2, 2), np.int32)},
    "depth_to_space": {"x": HALF, "block_size": ONE},
    "space_to_depth": {"x": HALF, "block_size": ONE},
    "pixel_shuffle": {"x": HALF, "upscale_factor": ONE},
    "pixel_unshuffle": {"x": HALF, "downscale_factor": ONE},
    "crop": {"x": HALF, "crop_height": np.zeros(2, np.int32), "crop_width": np.zeros(2, np.int32)},
    "crop_resize": {"x": HALF, "boxes": HALF},
    "affine": {
        "x": HALF, "transform_matrix": HALF, "output_height": ONE, "output_width": ONE, "sampling_mode": "bilinear",
        "padding_mode": "constant", "padding_value": F(0.0), "coordinates_mode": "normalized_minus_one_to_one",
        "align_corners": TRUE,
    },
    "resample": {
        "x": HALF, "coordinates": HALF, "sampling_mode": "bilinear", "padding_mode": "constant", "padding_value": F(0.0),
        "coordinates_mode": "normalized_minus_one_to_one", "align_corners": TRUE,
    },
    "resize": {"x": HALF, "shape": np.array([1, 1], np.int32), "resized_dims": np.uint32(2)},
    "resize_bilinear": {"x": HALF},
    "resize_nearest_neighbor": {"x": HALF, "target_size_height": ONE, "target_size_width": ONE},
    "upsample_bilinear": {"x": HALF},
    "upsample_nearest_neighbor": {"x": HALF},
    "non_maximum_suppression": {
        "boxes": HALF, "scores": HALF, "iou_threshold": HALF, "max_boxes": ONE,
    },
    "rnn": {"x": HALF, "initial_h": HALF, "weight_ih": HALF, "weight_hh": HALF},
    "gru": {"x": HALF, "initial_h": HALF, "weight_ih": HALF, "weight_hh": HALF},
    "lstm": {"x": HALF, "initial_h": HALF, "initial_c": HALF, "weight_ih": HALF, "weight_hh": HALF},
}  # fmt: skip
# Programs of several operations, each with a test of its own below.
CONTROL: Final = {
    "classify", "cond", "while_loop", "make_list", "list_length", "list_read", "list_write", "list_gather", "list_scatter",
    "read_state", "write_state",
}  # fmt: skip
_NAMES: Final = {"float16": "fp16", "float32": "fp32", "object": "string", "int64": "int32"}


def literal(given: Any) -> Constant:
    """Return a number, a tensor or a text as a literal."""
    array = np.asarray(given, object) if isinstance(given, str) else np.asarray(given)
    return Constant(tensor(_NAMES.get(array.dtype.name, array.dtype.name), array.shape), array)


def program(case: Case, results: tuple[np.ndarray, ...], *, as_inputs: bool) -> tuple[Model, dict[str, np.ndarray]]:
    """Return a program of one operation and its inputs: what a kernel takes as a tensor is one if ``as_inputs``."""
    op_type, arguments = case
    kernel = find_kernel(op_type, OPSET)
    assert kernel is not None
    given: dict[str, np.ndarray] = {}
    bindings: dict[str, tuple[Binding, ...]] = {}
    for parameter, several in arguments.items():
        many = several if isinstance(several, tuple) else (several,)
        bindings[parameter] = tuple(map(literal, many))
        if as_inputs and parameter not in kernel.static and not op_type.startswith("constexpr_"):
            names = tuple(f"{parameter}{number}" for number in range(len(many)))
            given |= {name: np.asarray(item) for name, item in zip(names, many, strict=True)}
            bindings[parameter] = tuple(map(Reference, names))
    values = tuple(
        value(name, _NAMES.get(item.dtype.name, item.dtype.name), item.shape) for name, item in given.items()
    )
    outputs = tuple(
        value(f"y{number}", _NAMES.get(item.dtype.name, item.dtype.name), item.shape)
        for number, item in enumerate(results)
    )
    return model(values, (Operation(op_type, "y0", bindings, outputs),), tuple(item.name for item in outputs)), given


def model(inputs: tuple[Value, ...], operations: tuple[Operation, ...], outputs: tuple[str, ...]) -> Model:
    """Return a program ready to run."""
    types = {item.name: item.type for operation in operations for item in operation.outputs}
    types |= {item.name: item.type for item in inputs}

    def described(name: str) -> Feature:
        found = types[name].data_type
        assert found is not None
        return Feature(name, tuple(size or 1 for size in types[name].shape), found.storage, "")

    given = tuple(item.name for item in inputs if item.type.kind == "tensor")
    function = Function(
        "main", OPSET, tuple(map(described, given)), tuple(map(described, outputs)), Block(inputs, operations, outputs)
    )
    return open_model(Package(Path("numbers.mlpackage"), 9, "", {}, {"main": function}, "main"))


def inferred(case: Case) -> tuple[np.ndarray, ...]:
    """Return what coremltools' value inference gives."""
    ct = import_coremltools()
    from coremltools.converters.mil.mil import Builder, types
    from coremltools.converters.mil.mil import Function as Traced

    op_type, arguments = case
    with suppressed_output(), Traced({}, opset_version=ct.target.iOS18):
        found = getattr(Builder, op_type)(
            **{name: bool(item) if isinstance(item, np.bool_) else item for name, item in arguments.items()}
        )
    several = found if isinstance(found, tuple | list) else (found,)
    kinds = [types.nptype_from_builtin(item.dtype) for item in several]
    return tuple(np.asarray(item.val, kind).reshape(item.shape) for item, kind in zip(several, kinds, strict=True))


def check(case: Case, wanted: tuple[np.ndarray, ...]) -> None:
    """Compare a program of inputs, alone, as windows and value by value, and one of literals."""
    literals, _ = program(case, wanted, as_inputs=False)
    running, given = program(case, wanted, as_inputs=True)
    answers = [literals.predict({})]
    if given:
        answers.append(running.predict(given))
        traced = dict(running.trace(given))
        answers.append({name: traced[name] for name in answers[0]})
        windows = running.predict_batch({name: np.stack([item] * 3) for name, item in given.items()})
        answers += [{name: item[number] for name, item in windows.items()} for number in range(3)]
    for answer in answers:
        for number, item in enumerate(wanted):
            got = np.asarray(answer[f"y{number}"])
            assert got.shape == item.shape
            np.testing.assert_allclose(got.astype(np.float64), item.astype(np.float64), rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("name", INFERRED)
def test_computes_what_coremltools_infers(name: str) -> None:
    check(INFERRED[name], inferred(INFERRED[name]))


@pytest.mark.parametrize("name", GIVEN)
def test_computes_what_the_definition_says(name: str) -> None:
    case, wanted = GIVEN[name]
    check(case, (np.asarray(wanted),))


@pytest.mark.parametrize("name", RANDOM)
def test_draws_one_number(name: str) -> None:
    running, _ = program((name, RANDOM[name]), (np.asarray(HALF),), as_inputs=True)
    found = running.predict({})["y0"]
    assert found.shape == () and np.isfinite(found)


@pytest.mark.parametrize("as_inputs", [True, False])
@pytest.mark.parametrize("name", NEEDS_AXES)
def test_refuses_by_name_what_needs_axes(name: str, as_inputs: bool) -> None:
    with pytest.raises(InputDataError, match=f"of type '{name}'") as caught:
        running, given = program((name, NEEDS_AXES[name]), (np.asarray(HALF),), as_inputs=as_inputs)
        running.predict(given)
    assert caught.value.got


def number(name: str, dtype: str = "int32") -> Value:
    return value(name, dtype, ())


def block(*operations: Operation, inputs: tuple[Value, ...] = ()) -> Block:
    """Return a block that gives what its last operation computes."""
    return Block(inputs, operations, (operations[-1].outputs[0].name,))


def test_every_operation_is_tried() -> None:
    tried = {case[0] for case in INFERRED.values()} | {case[0] for case, _ in GIVEN.values()}
    assert tried | set(RANDOM) | set(NEEDS_AXES) | CONTROL | {"const"} == set(supported_types())


def test_a_classifier_of_one_number() -> None:
    """``classify`` has a label and a dictionary as outputs: the vector of one probability and its label."""
    label, scores = value("label", "string", ()), Value("scores", ValueType(None, (), "dictionary"))
    bindings: dict[str, tuple[Binding, ...]] = {
        "probabilities": (Reference("x"),),
        "classes": (literal(np.array(["only"], object)),),
    }
    function = Function(
        "main",
        OPSET,
        (Feature("x", (), "float32", ""),),
        (Feature("label", (), "str", "", "label"), Feature("scores", (), "float32", "", "probabilities")),
        Block(
            (number("x", "fp32"),),
            (Operation("classify", "label", bindings, (label, scores)),),
            ("label", "scores"),
        ),
    )
    classifier = open_model(Package(Path("numbers.mlpackage"), 9, "", {}, {"main": function}, "main"))
    found = classifier.predict({"x": np.asarray(F(1.0))})
    assert (str(found["label"]), found["scores"].tolist()) == ("only", [1.0])


def test_branches_and_loops_of_numbers() -> None:
    """7 doubled as long as it is below 50, then negated if it is even: -56; 3 becomes -96, 51 stays."""
    below = operation("less", "below", "bool", (), x="i", y=np.int32(50))
    doubled = operation("mul", "doubled", "int32", (), x="i", y=np.int32(2))
    loop = Operation(
        "while_loop", "grown", {"loop_vars": (Reference("x"),)}, (number("grown"),),
        (block(below, inputs=(number("i"),)), block(doubled, inputs=(number("i"),))),
    )  # fmt: skip
    rest = operation("mod", "rest", "int32", (), x="grown", y=np.int32(2))
    even = operation("equal", "even", "bool", (), x="rest", y=np.int32(0))
    chosen = Operation(
        "cond", "y", {"pred": (Reference("even"),)}, (number("y"),),
        (block(operation("mul", "negated", "int32", (), x="grown", y=np.int32(-1))),
         block(operation("identity", "same", "int32", (), x="grown"))),
    )  # fmt: skip
    running = model((number("x"),), (loop, rest, even, chosen), ("y",))
    for x, wanted in ((7, -56), (3, -96), (51, 51)):
        assert running.predict({"x": np.asarray(INTEGER(x))})["y"].tolist() == wanted
    assert running.predict_batch({"x": np.array([7, 3, 51], np.int32)})["y"].tolist() == [-56, -96, 51]


def test_lists_of_numbers() -> None:
    numbers = ValueType(TYPES["fp32"], (None,), "list")
    made = Operation(
        "make_list", "made",
        {"elem_shape": (), "init_length": (literal(INTEGER(2)),), "dynamic_length": (literal(TRUE),),
         "dtype": (literal("fp32"),)},
        (Value("made", numbers),),
    )  # fmt: skip

    def listed(op_type: str, name: str, result: ValueType, **inputs: str) -> Operation:
        return Operation(
            op_type, name, {key: (Reference(item),) for key, item in inputs.items()}, (Value(name, result),)
        )

    operations = (
        made,
        listed("list_write", "written", numbers, ls="made", index="i", value="x"),
        listed("list_length", "length", tensor("int32", ()), ls="written"),
        listed("list_read", "read", tensor("fp32", ()), ls="written", index="i"),
        operation("expand_dims", "one", "int32", (1,), x="i", axes=np.array([0])),
        operation("expand_dims", "halves", "fp32", (1,), x="x", axes=np.array([0])),
        listed("list_gather", "some", tensor("fp32", (1,)), ls="written", indices="one"),
        listed("list_scatter", "scattered", numbers, ls="made", indices="one", value="halves"),
        listed("list_read", "again", tensor("fp32", ()), ls="scattered", index="i"),
    )
    running = model((number("i"), number("x", "fp32")), operations, ("length", "read", "some", "again"))
    found = running.predict({"i": np.asarray(INTEGER(3)), "x": np.asarray(HALF)})
    assert {name: item.tolist() for name, item in found.items()} == {
        "length": 4, "read": 0.5, "some": [0.5], "again": 0.5,
    }  # fmt: skip


def test_a_state_of_one_number() -> None:
    kept = Value("kept", ValueType(TYPES["fp32"], (), "state"))
    operations = (
        operation("read_state", "before", "fp32", (), input="kept"),
        operation("add", "y", "fp32", (), x="before", y="x"),
        Operation("write_state", "write", {"input": (Reference("kept"),), "data": (Reference("y"),)}, ()),
    )
    running = model((number("x", "fp32"), kept), operations, ("y",))
    state = running.make_state()
    assert [running.predict({"x": np.asarray(HALF)}, state)["y"].tolist() for _ in range(3)] == [0.5, 1.0, 1.5]
