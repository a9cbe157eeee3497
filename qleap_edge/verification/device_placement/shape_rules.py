"""Sizes, alignment and element types: the requirements of the Neural Engine's memory and datapath."""

import math
from collections.abc import Iterator

from qleap_edge.mil.format.program import Operation
from qleap_edge.verification.device_placement.rule import Hit, ProgramView, hit, rule

ROW_BYTES = 64
LARGE_ELEMENTS = 4096  # of the smallest tensor whose padding is reported: 8 kB in fp16
MAX_SIZE = 16384
ENGINE_TYPES = frozenset({"fp16", "bool", "int8", "uint8"})  # what it computes, compares and quantises in

_APPLE_LAYOUT = "machinelearning.apple.com/research/neural-engine-transformers, principles 1 and 3"
_TYPES = "ane-guide, chapter 4 (fp32 and int32 are accepted by the front end and never run on the engine)"


@rule(
    "shape.dynamic",
    "warning",
    source="coremltools issues 1764 and 2370: flexible shapes lose the Neural Engine",
    advice="convert with fixed shapes, one package a size",
)
def _dynamic(program: ProgramView) -> Iterator[Hit]:
    for value in program.function.block.inputs:
        if not value.type.is_static:
            yield Hit(value.name, "input", f"flexible input {value.type}", value.type.shape)
    for operation in program.running:
        if any(not output.type.is_static for output in operation.outputs):
            yield hit(operation, f"size known only at run time: {operation.outputs[0].type}")


@rule(
    "shape.size",
    "warning",
    source="ane-guide, chapter 4: 16384 up to A15, 65536 from A16 on",
    advice="split the axis",
)
def _size(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        shapes = [output.type.shape for output in operation.outputs]
        shapes += [item.shape for _, item in program.operand_types(operation)]
        largest = max((size or 0 for shape in shapes for size in shape), default=0)
        if largest > MAX_SIZE:
            yield hit(operation, f"an axis of {largest}, above {MAX_SIZE}")


@rule(
    "last_axis.narrow",
    "warning",
    source=f"{_APPLE_LAYOUT}: the last axis is padded to 64 bytes, up to 32 times the memory",
    advice="keep a long axis last until the end of the program; reshape once, there",
)
def _narrow(program: ProgramView) -> Iterator[Hit]:
    for operation, row, elements in _large_rows(program):
        if row < ROW_BYTES:
            padded = elements * ROW_BYTES / 1e3
            yield hit(
                operation,
                f"rows of {row} bytes in {operation.outputs[0].type}: padded {ROW_BYTES / row:.1f} times, to {padded:.0f} kB",
            )


@rule(
    "last_axis.unaligned",
    "note",
    source=f"{_APPLE_LAYOUT}: contiguous and aligned to 64 bytes",
    advice="a multiple of 32 fp16 elements wastes nothing",
)
def _unaligned(program: ProgramView) -> Iterator[Hit]:
    for operation, row, _ in _large_rows(program):
        if row > ROW_BYTES and row % ROW_BYTES:
            waste = math.ceil(row / ROW_BYTES) * ROW_BYTES / row - 1.0
            yield hit(operation, f"rows of {row} bytes in {operation.outputs[0].type}: {waste:.0%} padding")


@rule("dtype.program", "warning", source=_TYPES, advice="convert with compute_precision FLOAT16")
def _wide_program(program: ProgramView) -> Iterator[Hit]:
    if not _computes_in_half(program):
        yield Hit(program.function.name, "program", "most operations declare another type than fp16")


@rule("dtype.island", "warning", source=_TYPES, advice="compute in fp16; cast at the inputs and outputs only")
def _island(program: ProgramView) -> Iterator[Hit]:
    if not _computes_in_half(program):
        return  # dtype.program has reported it once
    for operation in program.running:
        names = {output.type.element for output in operation.outputs}
        if not names <= ENGINE_TYPES and not program.is_border_cast(operation):
            yield hit(operation, f"computes in {', '.join(sorted(names - ENGINE_TYPES))} inside an fp16 program")


def _computes_in_half(program: ProgramView) -> bool:
    declared = [item.outputs[0].type.element for item in program.running if item.outputs and item.type != "cast"]
    return not declared or 2 * sum(name in ENGINE_TYPES for name in declared) >= len(declared)


def _large_rows(program: ProgramView) -> Iterator[tuple[Operation, int, int]]:
    """Yield (operation, bytes in a row, rows) of every large first output that the engine may hold."""
    for operation in program.running:
        if not operation.outputs:
            continue
        value_type = operation.outputs[0].type
        if value_type.data_type is None or value_type.data_type.name not in ENGINE_TYPES or not value_type.shape:
            continue
        sizes = [size for size in value_type.shape if size is not None]
        if len(sizes) == len(value_type.shape) and math.prod(sizes) >= LARGE_ELEMENTS:
            yield operation, sizes[-1] * value_type.data_type.bits // 8, math.prod(sizes[:-1])
