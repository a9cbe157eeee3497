"""What a program moves: every record once, compressed constants in both sizes, counted by hand."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Constant, Operation, Value
from qleap_edge.mil.tools.cost_model import CompressedConstant, program_cost
from qleap_edge.mil.tools.inspect import summarize
from tests.support.micro import Micro
from tests.support.mil_packages import linear_model, write_package
from tests.support.programs import constant, function, operation, tensor, value


def test_a_linear_layer_by_hand(tmp_path: Path) -> None:
    """y = relu(W x + b), W 3 × 4, single precision: 24 FLOP, 60 bytes of weights, 16 in, 12 out, two activations of 12."""
    model = linear_model(np.zeros((3, 4), np.float32), np.zeros(3, np.float32))
    cost = program_cost(Package.load(write_package(tmp_path / "p.mlpackage", *model)).function())
    assert (cost.flops, cost.plain_bytes, cost.compressed) == (24, 60, {})
    assert (cost.border_bytes, cost.activation_bytes) == (28, (12, 12))
    assert cost.bytes_moved(frozenset(), on_chip_bytes=12) == 88
    assert cost.bytes_moved(frozenset(), on_chip_bytes=11) == 88 + 2 * 24


def quantised(name: str, at: int) -> Operation:
    """Return an int8 weight (8 × 8) with one fp16 scale a row, as opsets up to iOS 17 store it: 64 + 16 bytes."""
    data = Constant(tensor("int8", (8, 8)), np.zeros((8, 8), np.int8), 64, ("weight.bin", at))
    scale = Constant(tensor("fp16", (8,)), np.ones(8, np.float16), 16, ("weight.bin", at + 128))
    inputs = {"quantized_data": (data,), "scale": (scale,)}
    return Operation("constexpr_affine_dequantize", name, inputs, (Value(name, tensor("fp16", (8, 8))),))


def test_a_compressed_constant_counts_as_stored_or_as_unfolded() -> None:
    program = function(
        [value("x", "fp16", (1, 8))],
        [
            quantised("w", 64),
            constant("b", np.zeros(8, np.float16), stored_at=512),
            operation("linear", "y", "fp16", (1, 8), x="x", weight="w", bias="b"),
            operation("linear", "z", "fp16", (1, 8), x="y", weight="w", bias="b"),
        ],
    )
    cost = program_cost(program)
    assert cost.compressed == {"affine": CompressedConstant(stored=80, dense=128)}
    assert cost.plain_bytes == 16 and cost.flops == 2 * 2 * 64
    assert cost.bytes_moved(frozenset({"affine"}), 10**6) == 80 + 16 + 32
    assert cost.bytes_moved(frozenset({"palette"}), 10**6) == 128 + 16 + 32


@pytest.mark.parametrize("variant", ["float16", "int8_per_channel"])
def test_it_agrees_with_the_summary(micro: Micro, variant: str) -> None:
    package = Package.load(micro.stages["compress"] / variant / PACKAGE_NAME)
    cost, summary = program_cost(package.function()), summarize(package)
    assert cost.flops == summary.flops
    assert cost.plain_bytes + sum(item.stored for item in cost.compressed.values()) == summary.weight_bytes
    assert set(cost.compressed) == (set() if variant == "float16" else {"affine"})
