"""What half precision cannot hold: infinite masks, exponentials that overflow, logarithms of 0, integers that wrap.

The largest half-precision number is 65504, so exp(x) overflows above 11.09 and a sum of n exponentials above 11.09 - ln n.
The rules look at the program only; whether a value gets that far, ``mil drift`` and ``mil run`` say on given inputs.
"""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from qleap_edge.mil.format.program import Constant, Operation, Reference
from qleap_edge.verification.device_placement.rule import Hit, ProgramView, hit, rule

LARGEST: Final = 65504.0
EXP_LIMIT: Final = math.log(LARGEST)
_NEAR_LARGEST: Final = 0.99
_ADDS: Final = frozenset({"add", "sub", "select", "scaled_dot_product_attention"})
_PASSES_ON: Final = frozenset({"cast", "identity", "reshape", "squeeze", "expand_dims", "transpose"})
_INDEXES: Final = frozenset({"gather", "gather_along_axis"})
_ADJUSTS_INDEX: Final = frozenset({"cast", "add", "select", "greater_equal", "less"})
_COUNTS: Final = frozenset({"reduce_argmax", "reduce_argmin", "argsort", "topk", "shape", "non_zero"})

_ISSUE = "github.com/apple/coremltools/issues"
_PULL = "github.com/apple/coremltools/pull"


@rule(
    "half.infinite",
    "warning",
    source=f"{_PULL}/2669: a row of a mask that is infinite throughout gives NaN after softmax",
    advice="mask with -1e4, or with torch.where after the softmax",
)
def _infinite(program: ProgramView) -> Iterator[Hit]:
    for operation, constant in _real_constants(program):
        kinds = np.isfinite(constant.value)
        if not kinds.all():
            count, first = int((~kinds).sum()), constant.value[~kinds].ravel()[0]
            yield _constant_hit(operation, constant, f"holds {count} elements that are not finite, such as {first}")
            continue
        beyond = np.abs(constant.value.astype(np.float64)) > LARGEST
        if beyond.any() and _becomes_half(program, operation):
            first = constant.value[beyond].ravel()[0]
            yield _constant_hit(operation, constant, f"{first:g} becomes infinite in half precision")


@rule(
    "half.mask",
    "warning",
    source="github.com/huggingface/transformers/pull/17306: finfo(float16).min + (-16) is -inf",
    advice="mask with -1e4: it leaves room for the score beside it",
)
def _mask(program: ProgramView) -> Iterator[Hit]:
    readers = _readers(program)
    for operation, constant in _real_constants(program):
        value = constant.value.astype(np.float64)
        most = float(np.abs(value[np.isfinite(value)]).max(initial=0.0))
        uses = [operation] if operation.type != "const" else readers.get(operation.name, [])
        if _NEAR_LARGEST * LARGEST <= most <= LARGEST and any(item.type in _ADDS for item in uses):
            left = LARGEST - most
            yield _constant_hit(operation, constant, f"holds {most:g} in magnitude: {left:g} more, and a sum overflows")


@rule(
    "half.softplus",
    "warning",
    source=f"{_ISSUE}/2687: above 10.4 the Neural Engine gives 0; confirmed on M4 with coremltools 9.0",
    advice="write max(x, 0) + log(1 + exp(-|x|)); the same for mish",
)
def _softplus(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type in {"softplus", "softplus_parametric"} and _is_half(operation):
            yield hit(operation, "log(1 + exp(x)) in half precision: from 10.4 on the Neural Engine gives 0")


@rule(
    "half.exp",
    "note",
    source=f"{_ISSUE}/2729: exp overflows above 11.09",
    advice="take the maximum away first, or clip the argument",
)
def _exp(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type == "exp" and _is_half(operation) and not _is_bounded(program, operation):
            yield hit(operation, f"infinite in half precision where its argument exceeds {EXP_LIMIT:.2f}")


@rule(
    "half.log_softmax",
    "warning",
    source=f"{_ISSUE}/2728: probabilities below 6e-8 are 0 in half precision, and their logarithm is -inf",
    advice="write x - max(x) - log(sum(exp(x - max(x)))), or return the logits",
)
def _log_softmax(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type != "log":
            continue
        source = _source(program, operation, "x")
        if source is not None and source.type == "softmax" and _is_half(source):
            yield hit(operation, f"the logarithm of {source.name}, whose small probabilities are 0 in half precision")


@rule(
    "half.log_sum_exp",
    "warning",
    source=f"{_ISSUE}/2690: 32 equal values drop to 0 above 7.63 on the Neural Engine, for it takes no maximum away first",
    advice="write max(x) + log(sum(exp(x - max(x))))",
)
def _log_sum_exp(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        summed = operation if operation.type == "reduce_log_sum_exp" else None
        if operation.type == "log":
            source = _source(program, operation, "x")
            inner = None if source is None or source.type != "reduce_sum" else _source(program, source, "x")
            if inner is not None and inner.type == "exp" and not _is_bounded(program, inner):
                summed = source
        if summed is None or not _is_half(summed):
            continue
        count = _reduced(program, summed)
        limit = "" if count is None else f", from {EXP_LIMIT - math.log(count):.1f} on if all {count} are equal"
        yield hit(operation, f"a sum of exponentials overflows half precision{limit}")


@rule(
    "cast.wraps",
    "warning",
    source=f"{_ISSUE}/2222 and {_PULL}/2626: the pass add_int16_cast narrows integers that need 32 bits",
    advice="convert without common::add_int16_cast, or with smaller numbers",
)
def _wraps(program: ProgramView) -> Iterator[Hit]:
    readers = _readers(program)
    for operation in program.running:
        if operation.type != "cast" or not operation.outputs[0].type.data_type:
            continue
        given = next((item.data_type for name, item in program.operand_types(operation) if name == "x"), None)
        target = np.dtype(operation.outputs[0].type.data_type.storage)
        if given is None or given.name not in {"int32", "uint32", "int64"} or target.kind not in "iu":
            continue
        limits = np.iinfo(target)
        if target.itemsize >= np.dtype(given.storage).itemsize or _fits(program, operation, limits.max):
            continue
        if _only_indexes(program, readers, operation.outputs[0].name, limits.max):
            continue
        yield hit(operation, f"integers outside {limits.min} to {limits.max} wrap around: {given.name} to {target}")


def _real_constants(program: ProgramView) -> Iterator[tuple[Operation, Constant]]:
    """Yield every literal of real numbers, with the ``const`` or the operation that holds it."""
    for operation in program.function.block.walk():
        for _, constant in operation.constants():
            if constant.type.data_type is not None and constant.type.data_type.is_float and not operation.is_expansion:
                yield operation, constant


def _constant_hit(operation: Operation, constant: Constant, what: str) -> Hit:
    return Hit(operation.name, operation.type, what, constant.type.shape)


def _readers(program: ProgramView) -> dict[str, list[Operation]]:
    """Return value → operations that read it."""
    found: dict[str, list[Operation]] = {}
    for operation in program.function.block.walk():
        for name in operation.references():
            found.setdefault(name, []).append(operation)
    return found


def _is_half(operation: Operation) -> bool:
    return bool(operation.outputs) and operation.outputs[0].type.element == "fp16"


def _becomes_half(program: ProgramView, operation: Operation) -> bool:
    """Tell whether a constant of float32 is rounded to half precision by a cast."""
    casts = [item for item in _readers(program).get(operation.name, []) if item.type == "cast"]
    return any(map(_is_half, casts))


def _source(program: ProgramView, operation: Operation, parameter: str) -> Operation | None:
    """Return the operation that computes an argument, looking through casts and changes of shape."""
    makers = {output.name: item for item in program.function.block.walk() for output in item.outputs}
    while True:
        bindings = operation.inputs.get(parameter, ())
        name = bindings[0].name if len(bindings) == 1 and isinstance(bindings[0], Reference) else None
        maker = None if name is None else makers.get(name)
        if maker is None or maker.type not in _PASSES_ON:
            return maker
        operation, parameter = maker, "x"


def _is_bounded(program: ProgramView, operation: Operation) -> bool:
    """Tell whether the argument of an exponential is known to stay below the limit."""
    source = _source(program, operation, "x")
    if source is None:
        return False
    if source.type == "sub":
        taken = _source(program, source, "y")
        return taken is not None and taken.type == "reduce_max"
    if source.type == "clip":
        beta = program.literal(source, "beta")
        return beta is not None and float(beta.value.item()) <= EXP_LIMIT
    return source.type in {"sigmoid", "tanh", "softmax", "erf", "sin", "cos", "softsign", "relu6"}


def _reduced(program: ProgramView, operation: Operation) -> int | None:
    """Return how many elements are summed to one, ``None`` if a size is not known."""
    shape = next((item.shape for name, item in program.operand_types(operation) if name == "x"), ())
    axes = program.literal(operation, "axes")
    chosen = range(len(shape)) if axes is None else [int(axis) for axis in axes.value.ravel()]
    sizes = [shape[axis] for axis in chosen if -len(shape) <= axis < len(shape)]
    return None if not sizes or None in sizes else math.prod(size or 0 for size in sizes) or None


def _fits(program: ProgramView, operation: Operation, largest: int) -> bool:
    """Tell whether what is cast is a constant that fits, or counts elements of axes that are short enough."""
    literal = program.literal(operation, "x")
    if literal is not None:
        return bool(abs(literal.value.astype(np.int64)).max(initial=0) <= largest)
    source = _source(program, operation, "x")
    if source is None or source.type not in _COUNTS:
        return False
    sizes = [size for name, item in program.operand_types(source) if name == "x" for size in item.shape]
    return all(size is not None and size <= largest for size in sizes)


def _only_indexes(program: ProgramView, readers: dict[str, list[Operation]], name: str, largest: int) -> bool:
    """Tell whether a value is only used to index axes that are short enough: whatever does not fit is out of range.

    coremltools first adds the length of the axis to negative indices; these steps are looked through.
    """
    uses = readers.get(name, [])
    if not uses or name in program.function.block.outputs:
        return False
    for use in uses:
        if use.type in _INDEXES:
            if not _indexes_within(program, use, name, largest):
                return False
        elif use.type not in _ADJUSTS_INDEX or not _only_indexes(program, readers, use.outputs[0].name, largest):
            return False
    return True


def _indexes_within(program: ProgramView, use: Operation, name: str, largest: int) -> bool:
    """Tell whether a gather reads a value as its indices, and not as its data, along an axis that is short enough."""
    if Reference(name) in use.inputs.get("x", ()):
        return False
    shape = next((item.shape for parameter, item in program.operand_types(use) if parameter == "x"), ())
    axis = program.literal(use, "axis")
    position = 0 if axis is None else int(axis.value.item())
    size = shape[position] if -len(shape) <= position < len(shape) else None
    return size is not None and size <= largest + 1
