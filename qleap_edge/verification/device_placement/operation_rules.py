"""Operations that the Neural Engine cannot run, runs on newer chips only, or runs better in another form."""

from collections.abc import Iterator
from typing import Final

from qleap_edge.mil.format.program import Operation
from qleap_edge.mil.tools.inspect import weight_bytes
from qleap_edge.verification.device_placement.rule import Hit, ProgramView, hit, rule

# ane-guide, chapter 4, "Hard limits": no path on any family from M1 to M5.
NO_PATH: Final = frozenset(
    {
        "reduce_prod", "scatter", "scatter_along_axis", "scatter_nd", "mod", "one_hot", "non_zero", "band_part",
        "reverse_sequence", "shape", "sliding_windows", "logical_and", "logical_or", "logical_xor", "gru", "lstm", "rnn",
        "acos", "asin", "atan", "tan", "atanh", "cosh", "sinh", "random_bernoulli", "random_categorical",
        "random_normal",
    }
)  # fmt: skip
# aneforge, capabilities: no feed-forward form.
CONTROL_FLOW: Final = frozenset(
    {"cond", "while_loop", "make_list", "list_gather", "list_length", "list_read", "list_scatter", "list_write"}
)
# ane-guide, chapter 4, "Hard limits" → first A-series chip that has it.
NEWER: Final = {
    "sin": "A15", "cos": "A15", "resize": "A14", "resize_bilinear": "A14", "resize_nearest_neighbor": "A14",
    "upsample_bilinear": "A14", "upsample_nearest_neighbor": "A14", "crop_resize": "A14", "resample": "A14", "affine": "A14",
}  # fmt: skip
GATHERS: Final = frozenset({"gather", "gather_along_axis", "gather_nd"})
MAX_KERNEL_WIDTH = 13  # fp16 weights on A13 and M1
SATURATES_AT = 4094
SMALL_MEGABYTES = 50.0

_GUIDE = "ane-guide (arXiv 2606.22283), chapter 4"


@rule("op.no_path", "warning", source=f"{_GUIDE}, hard limits", advice="rewrite it, or move it out of the model")
def _no_path(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type in NO_PATH:
            yield hit(operation, f"{operation.type} runs on no Neural Engine from M1 to M5")


@rule("op.control_flow", "warning", source="aneforge, capabilities", advice="unroll it")
def _control_flow(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type in CONTROL_FLOW:
            yield hit(operation, f"{operation.type} has no feed-forward form")


@rule("op.newer_chips", "warning", source=f"{_GUIDE}, hard limits", advice="avoid it for watches and older phones")
def _newer(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type in NEWER:
            yield hit(operation, f"{operation.type} is native from {NEWER[operation.type]} on")


@rule(
    "op.gather",
    "warning",
    source="Core ML compute plans of WhisperKit decoders list it for the CPU only; hollance/neural-engine, unsupported layers",
    advice="look the rows up outside the model, or use slices",
)
def _gather(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type in GATHERS:
            table = next((item for name, item in program.operand_types(operation) if name == "x"), None)
            yield hit(operation, f"gathers from {table}" if table else "gathers")


@rule("linear.rank", "warning", source=f"{_GUIDE}, shape limits", advice="merge leading axes before it")
def _linear_rank(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type == "linear" and _rank(program, operation) >= 5:
            yield hit(operation, "a fully connected layer refuses inputs of rank 5")


@rule(
    "conv.volume", "warning", source=f"{_GUIDE}, attested is not reachable", advice="use two-dimensional convolutions"
)
def _volume(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type in {"conv", "conv_transpose"} and _rank(program, operation) >= 5:
            yield hit(operation, "a three-dimensional convolution fails on every device")


@rule("conv.kernel", "warning", source=f"{_GUIDE}, shape limits (13 on A13 and M1, 15 or 16 later)", advice="split it")
def _kernel(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type in {"conv", "conv_transpose"}:
            weight = next((item for name, item in program.operand_types(operation) if name == "weight"), None)
            width = max((size or 0 for size in weight.shape[2:]), default=0) if weight else 0
            if width > MAX_KERNEL_WIDTH:
                yield hit(operation, f"a kernel of {width}, above {MAX_KERNEL_WIDTH} in fp16")


@rule(
    "slice.saturates",
    "note",
    source="ane-guide, chapter 12: measured on M1 and M2, gone on M5",
    advice=f"keep values below {SATURATES_AT} where the last axis is cut, or cut another axis",
)
def _saturates(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        begin = program.literal(operation, "begin") if operation.type == "slice_by_index" else None
        mask = program.literal(operation, "begin_mask")
        ignored = mask is not None and bool(mask.value.ravel()[-1])
        if begin is not None and begin.value.size and begin.value.ravel()[-1] != 0 and not ignored:
            yield hit(operation, f"cuts the last axis at an offset: there values above {SATURATES_AT} become infinite")


@rule(
    "op.linear",
    "note",
    source="machinelearning.apple.com/research/neural-engine-transformers, principle 1",
    advice="a 1 x 1 convolution over (batch, channels, 1, time) is the engine's own form of it",
)
def _linear(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type == "linear":
            yield hit(operation, "linear, where a 1 x 1 convolution is preferred")


@rule(
    "op.copies",
    "note",
    source="machinelearning.apple.com/research/neural-engine-transformers, principle 3",
    advice="fewer reshapes and transposes mean fewer copies of memory",
)
def _copies(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        if operation.type in {"reshape", "transpose"}:
            yield hit(operation, f"{operation.type} is likely to copy its tensor")


@rule(
    "program.small",
    "note",
    source="FluidAudio, ANE_Profiler: models under about 50 MB often gain little from the Neural Engine",
    advice="leave the compute units to the app, and measure",
)
def _small(program: ProgramView) -> Iterator[Hit]:
    megabytes = weight_bytes(program.function) / 1e6
    if megabytes < SMALL_MEGABYTES:
        yield Hit(program.function.name, "program", f"{megabytes:.1f} MB of weights: the CPU may be as fast")


def _rank(program: ProgramView, operation: Operation) -> int:
    """Return the rank of an operation's ``x``."""
    return next((len(item.shape) for name, item in program.operand_types(operation) if name == "x"), 0)
