"""Programs that a loader refuses, or whose form has not been tried on a watch."""

from collections.abc import Iterator

from qleap_edge.mil.ops.table import find_kernel
from qleap_edge.mil.tools.run_summary import repeated_outputs
from qleap_edge.verification.device_placement.rule import Hit, ProgramView, hit, rule

# Op type → parameters that coremltools may leave out but watchOS 11 requires.
# Source: rustnn pull request 102 ("Required param 'mode' is missing" from MLModel(contentsOf:) on an Apple Watch SE 2).
EXPLICIT_ON_WATCH = {"gelu": ("mode",)}
MAX_RANK = 5


@rule(
    "watch.explicit_input",
    "error",
    source="github.com/rustnn/rustnn/pull/102, on an Apple Watch SE 2 with watchOS 11",
    advice="write the input out, with its default value",
)
def _explicit_on_watch(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        for parameter in EXPLICIT_ON_WATCH.get(operation.type, ()):
            if parameter not in operation.inputs:
                yield hit(operation, f"no {parameter!r}: other loaders use the default, watchOS 11 refuses the model")


@rule(
    "loader.required_input",
    "error",
    source="coremltools.converters.mil.mil.ops.defs: inputs that are not optional",
    advice="convert again; a program like this is damaged",
)
def _required(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        kernel = find_kernel(operation.type, program.function.opset)
        for parameter in sorted(kernel.required - set(operation.inputs)) if kernel else ():
            yield hit(operation, f"no {parameter!r}, which has no default")


@rule(
    "output.repeated",
    "warning",
    source="github.com/apple/coremltools/issues/1887: a tensor that is returned twice becomes two outputs of one name",
    advice="return it once, or a copy that computes something, such as x * 1.0 + 0.0",
)
def _repeated(program: ProgramView) -> Iterator[Hit]:
    for name in repeated_outputs(program.function):
        yield Hit(name, "output", "is listed several times: the names that were asked for before the last one are lost")


@rule(
    "shape.rank",
    "error",
    source="coremltools, frontend/torch/ops.py: 'Core ML only supports tensor rank <= 5'",
    advice="merge axes before this operation",
)
def _rank(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        for output in operation.outputs:
            if len(output.type.shape) > MAX_RANK:
                yield hit(operation, f"rank {len(output.type.shape)} of {output.type}, above {MAX_RANK}")


@rule(
    "watch.default_input",
    "note",
    source="the same report: one such default is refused on a watch; about the others nothing is published",
    advice='if a watch says "Required param is missing", write these inputs out first',
)
def _defaults(program: ProgramView) -> Iterator[Hit]:
    for operation in program.running:
        kernel = find_kernel(operation.type, program.function.opset)
        if kernel is None:
            continue
        left_out = (kernel.static & kernel.parameters) - kernel.required - set(operation.inputs)
        left_out -= set(EXPLICIT_ON_WATCH.get(operation.type, ()))
        if left_out:
            yield hit(operation, f"leaves {', '.join(sorted(left_out))} to the default")
