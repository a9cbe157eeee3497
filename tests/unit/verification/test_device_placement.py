"""Placement rules: for each one program that breaks it and one that does not; reasons; the shipped shapes."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from qleap_edge.bundle.layout import PLACEMENT_REPORT
from qleap_edge.core.errors import UsageError
from qleap_edge.core.recipe import PlacementReason, load_recipe
from qleap_edge.core.records import read_document
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Function, Operation
from qleap_edge.mil.ops.table import find_kernel, supported_types
from qleap_edge.release.stages.verify import PLACEMENT_FINDINGS
from qleap_edge.verification.device_placement.lint import UNUSED, PlacementDocument, lint, lint_package
from qleap_edge.verification.device_placement.loader_rules import EXPLICIT_ON_WATCH
from qleap_edge.verification.device_placement.operation_rules import CONTROL_FLOW, GATHERS, NEWER, NO_PATH
from qleap_edge.verification.device_placement.table import RULES
from tests.support.micro import Micro
from tests.support.mil_packages import converted, tiny_transformer
from tests.support.programs import Shape, constant, function, operation, value

REASON = "a sentence that is long enough"


def of(*operations: Operation, dtype: str = "fp16", shape: Shape = (1, 8, 64)) -> Function:
    return function([value("x", dtype, shape)], operations)


def simple(op_type: str, **inputs: object) -> Function:
    return of(operation(op_type, "y", "fp16", (1, 8, 64), x="x", **inputs))


def convolution(kernel: Sequence[int], shape: Shape) -> Function:
    weight = constant("w", np.zeros((4, 4, *kernel), np.float16))
    return of(weight, operation("conv", "y", "fp16", shape, x="x", weight="w"), shape=shape)


def linear(shape: Shape) -> Function:
    weight = constant("w", np.zeros((64, 64), np.float16))
    return of(weight, operation("linear", "y", "fp16", shape, x="x", weight="w"), shape=shape)


def cut(begin: Sequence[int], **inputs: object) -> Function:
    return of(operation("slice_by_index", "y", "fp16", (1, 8, 32), x="x", begin=begin, end=[1, 8, 64], **inputs))


def island(dtype: str) -> Function:
    return of(
        operation("cast", "x16", "fp16", (1, 8, 64), x="x", dtype="t"),
        operation("relu", "a", "fp16", (1, 8, 64), x="x16"),
        operation("exp", "b", dtype, (1, 8, 64), x="a"),
        operation("relu", "c", "fp16", (1, 8, 64), x="b"),
        operation("cast", "y", "fp32", (1, 8, 64), x="c", dtype="u"),
        dtype="fp32",
    )


def weights(megabytes: int) -> Function:
    weight = constant("w", np.zeros(megabytes * 10**6 // 2, np.float16), stored_at=64)
    return of(weight, operation("relu", "y", "fp16", (1, 8, 64), x="x"))


def rows(width: int, count: int = 512) -> Function:
    return of(operation("relu", "y", "fp16", (1, count, width), x="x"))


CASES: dict[str, tuple[Function, Function]] = {
    "watch.explicit_input": (simple("gelu"), simple("gelu", mode="EXACT")),
    "loader.required_input": (of(operation("relu", "y", "fp16", (1, 8, 64))), simple("relu")),
    "shape.rank": (
        of(operation("reshape", "y", "fp16", (1, 2, 2, 2, 2, 32), x="x", shape=[1, 2, 2, 2, 2, 32])),
        of(operation("reshape", "y", "fp16", (1, 2, 2, 4, 32), x="x", shape=[1, 2, 2, 4, 32])),
    ),
    "watch.default_input": (simple("softmax"), simple("softmax", axis=-1)),
    "shape.dynamic": (of(operation("relu", "y", "fp16", (1, None, 64), x="x"), shape=(1, None, 64)), simple("relu")),
    "shape.size": (rows(16385, 1), rows(16384, 1)),
    "last_axis.narrow": (rows(31), rows(32)),
    "last_axis.unaligned": (rows(33), rows(64)),
    "dtype.program": (of(operation("relu", "y", "fp32", (1, 8, 64), x="x"), dtype="fp32"), simple("relu")),
    "dtype.island": (island("fp32"), island("fp16")),
    "op.no_path": (simple("reduce_prod", axes=[1], keep_dims=True), simple("reduce_sum", axes=[1], keep_dims=True)),
    "op.control_flow": (simple("while_loop"), simple("relu")),
    "op.newer_chips": (simple("sin"), simple("tanh")),
    "op.gather": (simple("gather", indices="i"), simple("slice_by_size", begin=[0], size=[1])),
    "linear.rank": (linear((1, 1, 2, 4, 64)), linear((1, 2, 4, 64))),
    "conv.volume": (convolution((3, 3, 3), (1, 4, 8, 8, 64)), convolution((3, 3), (1, 4, 8, 64))),
    "conv.kernel": (convolution((15,), (1, 4, 64)), convolution((13,), (1, 4, 64))),
    "slice.saturates": (cut([0, 0, 32]), cut([0, 4, 0])),
    "op.linear": (linear((1, 8, 64)), convolution((1,), (1, 4, 64))),
    "op.copies": (simple("transpose", perm=[0, 2, 1]), simple("relu")),
    "program.small": (weights(49), weights(51)),
}


@pytest.fixture(scope="module")
def operations_of_coremltools() -> dict[str, Any]:
    """Return op type → its class for iOS 17, as coremltools defines it."""
    logging.getLogger("coremltools").setLevel(logging.ERROR)
    import coremltools as ct
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

    newest = {}
    for name, versions in SSAOpRegistry.core_ops.items():
        fitting = [target for target in versions if target.value <= ct.target.iOS17.value]
        newest[name] = versions[max(fitting or versions, key=lambda target: target.value)]
    return newest


def test_rules_name_operations_that_exist(operations_of_coremltools: dict[str, Any]) -> None:
    """A misspelt type would never be found."""
    named = NO_PATH | CONTROL_FLOW | set(NEWER) | GATHERS | set(EXPLICIT_ON_WATCH)
    assert named <= set(operations_of_coremltools)
    for op_type, parameters in EXPLICIT_ON_WATCH.items():
        inputs = operations_of_coremltools[op_type].input_spec.input_types
        assert all(inputs[name].optional for name in parameters), "coremltools would write it out anyway"


def test_required_inputs_are_those_of_coremltools(operations_of_coremltools: dict[str, Any]) -> None:
    wrong = {}
    for op_type in set(supported_types()) & set(operations_of_coremltools):
        kernel, inputs = find_kernel(op_type, "CoreML7"), operations_of_coremltools[op_type].input_spec.input_types
        saved = {name for name, item in inputs.items() if not item.optional and name[0] != "_"}  # others stay in memory
        if kernel is not None and kernel.required != saved:
            wrong[op_type] = kernel.required
    assert not wrong


def found(program: Function, rule: str) -> list[str]:
    return [item.operation for item in lint(program) if item.rule == rule]


def test_every_rule_has_a_case_a_source_and_advice() -> None:
    assert set(CASES) == set(RULES)
    assert all(rule.source and rule.advice for rule in RULES.values())


@pytest.mark.parametrize("rule", sorted(CASES))
def test_a_rule_speaks_where_it_applies_and_is_silent_where_not(rule: str) -> None:
    bad, good = CASES[rule]
    assert found(bad, rule), "must be found"
    assert not found(good, rule), "must not be found"


def test_findings_name_the_operation_and_the_gravest_comes_first() -> None:
    first, *_, last = lint(of(operation("gelu", "g", "fp16", (1, 512, 8), x="x")))
    assert (first.rule, first.severity, first.operation, first.type) == ("watch.explicit_input", "error", "g", "gelu")
    assert first.shape == (1, 512, 8) and last.severity == "note"


def test_padding_is_said_in_numbers() -> None:
    """512 rows of 3 halves, 6 bytes each, padded to 64: 32768 bytes."""
    (item,) = [item for item in lint(rows(3, 2048)) if item.rule == "last_axis.narrow"]
    assert item.what == "rows of 6 bytes in fp16[1,2048,3]: padded 10.7 times, to 131 kB"
    assert not found(rows(3, 1365), "last_axis.narrow"), "4095 elements are not worth a word"


def test_border_casts_and_comparisons_are_no_islands() -> None:
    assert found(island("fp32"), "dtype.island") == ["b"]
    assert found(island("int32"), "dtype.island") == ["b"]
    assert found(island("bool"), "dtype.island") == []


def test_a_slice_whose_offset_is_masked_does_not_saturate() -> None:
    assert not found(cut([0, 0, 32], begin_mask=[False, False, True]), "slice.saturates")


def reason(rule: str = "last_axis.narrow", **keys: object) -> PlacementReason:
    return PlacementReason(rule=rule, reason=REASON, **keys)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keys", "matches"),
    [
        ({}, True),
        ({"operation": "y*"}, True),
        ({"operation": "z"}, False),
        ({"shape": (1, 512, 8)}, True),
        ({"shape": (1, 512, 9)}, False),
        ({"operation": "y", "shape": (1, 512, 8)}, True),
    ],
)
def test_a_reason_justifies_what_it_matches_and_is_reported_otherwise(keys: dict[str, object], matches: bool) -> None:
    findings = lint(rows(8), [reason(**keys)])
    (narrow,) = [item for item in findings if item.rule == "last_axis.narrow"]
    assert narrow.justification == (REASON if matches else None) and narrow.open is not matches
    assert [item.severity for item in findings if item.rule == UNUSED] == ([] if matches else ["note"])


def test_a_reason_for_no_rule_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'last_axis\.narow': no such rule; expected one of .*last_axis\.narrow"):
        lint(rows(8), [reason("last_axis.narow")])


def test_a_converted_program_breaks_no_loader_rule(tmp_path_factory: pytest.TempPathFactory) -> None:
    """coremltools writes ``mode`` and every required input."""
    path = tmp_path_factory.mktemp("converted") / "t.mlpackage"
    converted(tiny_transformer(fused_attention=False), "iOS17", "FLOAT16").save(str(path))
    document = lint_package(Package.load(path))
    assert document.unjustified_errors == 0
    assert not [item for item in document.findings if item.rule.startswith("dtype.")]


def test_the_release_holds_findings_and_numbers(micro: Micro) -> None:
    document = read_document(PlacementDocument, micro.stages["verify"] / PLACEMENT_FINDINGS)
    assert (document.unjustified_errors, document.unjustified_warnings) == (0, 0)
    assert {item.rule for item in document.findings if item.justification} == {"last_axis.narrow"}
    report = read_document(MeasurementReport, micro.stages["verify"] / PLACEMENT_REPORT)
    assert {m.name: m.value for m in report.measurements} == {
        "placement.unjustified_errors": 0.0,
        "placement.unjustified_warnings": 0.0,
    }


def test_recipes_give_reasons_for_rules_that_exist() -> None:
    for name in ("tiny", "release"):
        assert {item.rule for item in load_recipe(name).verification.placement} <= set(RULES)
