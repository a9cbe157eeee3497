"""Placement rules: for each one program that breaks it and one that does not; reasons; the shipped shapes."""

import dataclasses
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from qleap_edge.bundle.layout import PLACEMENT_REPORT
from qleap_edge.conversion.libraries import import_coremltools
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
from tests.support.mil_built import Module
from tests.support.mil_packages import built, converted, exported, tiny_transformer
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


def masked(number: float) -> Function:
    mask = constant("mask", np.array([[0.0, number]], np.float16))
    return of(mask, operation("add", "y", "fp16", (1, 2), x="x", y="mask"), shape=(1, 2))


def chain(*types: str) -> Function:
    """Return operations of one argument, one after the other."""
    names = ["x", *(f"v{number}" for number in range(len(types)))]
    return of(*(operation(item, names[at + 1], "fp16", (1, 8, 64), x=names[at]) for at, item in enumerate(types)))


def returned(*outputs: str) -> Function:
    block = of(operation("relu", "y", "fp16", (1, 8, 64), x="x"), operation("relu", "z", "fp16", (1, 8, 64), x="y"))
    return dataclasses.replace(block, block=dataclasses.replace(block.block, outputs=outputs))


def narrowed(rows: int) -> Function:
    """Look rows up in a table by indices of 16 bits."""
    return function(
        [value("i", "int32", (1, 8)), value("table", "fp16", (rows, 4))],
        [
            operation("cast", "small", "int16", (1, 8), x="i", dtype="t"),
            operation("gather", "y", "fp16", (1, 8, 4), x="table", indices="small", axis=np.int32(0)),
        ],
    )


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
    "output.repeated": (returned("y", "y"), returned("y", "z")),
    "half.infinite": (masked(-math.inf), masked(-1e4)),
    "half.mask": (masked(-65504.0), masked(-1e4)),
    "half.softplus": (simple("softplus"), simple("sigmoid")),
    "half.exp": (chain("exp"), chain("sigmoid", "exp")),
    "half.log_softmax": (chain("softmax", "log"), chain("sigmoid", "log")),
    "half.log_sum_exp": (simple("reduce_log_sum_exp", axes=[2], keep_dims=True), simple("reduce_sum", axes=[2])),
    "cast.wraps": (narrowed(40000), narrowed(100)),
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
def test_a_rule_finds_what_breaks_it_and_nothing_else(rule: str) -> None:
    bad, good = CASES[rule]
    assert found(bad, rule), "must be found"
    assert not found(good, rule), "must not be found"


def test_findings_name_the_operation_and_the_most_severe_comes_first() -> None:
    first, *_, last = lint(of(operation("gelu", "g", "fp16", (1, 512, 8), x="x")))
    assert (first.rule, first.severity, first.operation, first.type) == ("watch.explicit_input", "error", "g", "gelu")
    assert first.shape == (1, 512, 8) and last.severity == "note"


def test_padding_is_given_in_numbers() -> None:
    """512 rows of 3 halves, 6 bytes each, padded to 64: 32768 bytes."""
    (item,) = [item for item in lint(rows(3, 2048)) if item.rule == "last_axis.narrow"]
    assert item.what == "rows of 6 bytes in fp16[1,2048,3]: padded 10.7 times, to 131 kB"
    assert not found(rows(3, 1365), "last_axis.narrow"), "4095 elements are too few to report"


def test_border_casts_and_comparisons_are_no_islands() -> None:
    assert found(island("fp32"), "dtype.island") == ["b"]
    assert found(island("int32"), "dtype.island") == ["b"]
    assert found(island("bool"), "dtype.island") == []


def test_a_slice_whose_offset_is_masked_does_not_saturate() -> None:
    assert not found(cut([0, 0, 32], begin_mask=[False, False, True]), "slice.saturates")


def test_only_unbounded_sums_of_exponentials_are_named() -> None:
    """log(sum(exp(x))) overflows, log(sum(exp(x - max(x)))) does not; the bound depends on how many are summed."""

    def written(with_maximum: bool) -> Function:
        first = [
            operation("reduce_max", "most", "fp16", (1, 8, 1), x="x", axes=np.array([2]), keep_dims=True),
            operation("sub", "moved", "fp16", (1, 8, 64), x="x", y="most"),
        ]
        return of(
            *(first if with_maximum else []),
            operation("exp", "e", "fp16", (1, 8, 64), x="moved" if with_maximum else "x"),
            operation("reduce_sum", "s", "fp16", (1, 8, 1), x="e", axes=np.array([2]), keep_dims=True),
            operation("log", "y", "fp16", (1, 8, 1), x="s"),
        )

    assert found(written(True), "half.log_sum_exp") == found(written(True), "half.exp") == []
    (item,) = [item for item in lint(written(False)) if item.rule == "half.log_sum_exp"]
    assert item.what.endswith("from 6.9 on if all 64 are equal")
    (item,) = [
        item
        for item in lint(
            of(operation("reduce_log_sum_exp", "y", "fp16", (1, 1), x="x", axes=np.array([1])), shape=(1, 32))
        )
        if item.rule == "half.log_sum_exp"
    ]
    assert item.what.endswith("from 7.6 on if all 32 are equal")


def test_integers_that_may_wrap() -> None:
    """A value that is narrowed and looked up in wraps; what counts elements, or is a constant that fits, does not."""

    def cast(source: Operation | None) -> Function:
        given = [value("i", "int32", (1, 8))]
        steps = [] if source is None else [source]
        return function(
            given, [*steps, operation("cast", "y", "int16", (1, 8), x="i" if source is None else "n", dtype="t")]
        )

    assert found(cast(None), "cast.wraps")
    assert not found(cast(operation("argsort", "n", "int32", (1, 8), x="i")), "cast.wraps")
    assert not found(cast(constant("n", np.array([[32767]], np.int32))), "cast.wraps")
    assert found(cast(constant("n", np.array([[32768]], np.int32))), "cast.wraps")


def test_a_float32_mask_that_is_rounded_to_infinity() -> None:
    """torch.finfo(float32).min is finite, and infinite once it is cast to half precision."""
    lowest = constant("lowest", np.array([np.finfo(np.float32).min], np.float32))
    cast = operation("cast", "mask", "fp16", (1,), x="lowest", dtype="t")
    assert found(of(lowest, cast, operation("add", "y", "fp16", (1, 8, 64), x="x", y="mask")), "half.infinite")
    assert not found(of(lowest, operation("add", "y", "fp32", (1, 8, 64), x="x", y="lowest")), "half.infinite")


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


def test_what_the_converter_writes_is_found(tmp_path: Path) -> None:
    """The patterns as coremltools 9 writes them in half precision, from torch."""
    rows = np.zeros((40000, 2), np.float32)
    cases: dict[str, tuple[nn.Module, tuple[torch.Tensor, ...]]] = {
        "half.log_softmax": (nn.LogSoftmax(-1), (torch.zeros(1, 8),)),
        "half.softplus": (nn.Softplus(), (torch.zeros(1, 8),)),
        "half.log_sum_exp": (Module(lambda x: torch.logsumexp(x, -1)), (torch.zeros(1, 8),)),
        "half.infinite": (
            Module(lambda x: torch.softmax(x + torch.tensor([0.0, -math.inf]), -1)),
            (torch.zeros(1, 2),),
        ),
        "cast.wraps": (Module(lambda i, at: i[at]), (torch.arange(5, dtype=torch.int32), torch.tensor([1, 2]).int())),
        "output.repeated": (Module(lambda x: (torch.relu(x),) * 2), (torch.zeros(1, 8),)),
    }
    silent = (nn.Embedding.from_pretrained(torch.from_numpy(rows[:100])), (torch.tensor([[1, 2]], dtype=torch.int32),))
    for rule, (module, examples) in {**cases, "": silent}.items():
        kinds = {torch.float32: np.float32, torch.int32: np.int32}
        package = built(
            tmp_path,
            exported(module, *examples),
            inputs=[
                import_coremltools().TensorType(f"x{at}", shape=tuple(item.shape), dtype=kinds[item.dtype])
                for at, item in enumerate(examples)
            ],
            compute_precision=import_coremltools().precision.FLOAT16,
        )
        named = {item.rule for item in lint_package(package).findings}
        assert (named & {*cases, "half.mask", "half.exp"}) == ({rule} if rule else set())
