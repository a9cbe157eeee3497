"""Faults of coremltools 9.0 that a comparison with the source network catches: ``docs/converter-faults.md`` in code.

If one of these tests fails after an upgrade, the converter has been mended: take the fault off the page.
"""

import importlib.metadata
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from qleap_edge.conversion.libraries import import_coremltools
from qleap_edge.metrics.parity import max_abs_error
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.tools.drift import measure_drift
from qleap_edge.verification.device_placement.lint import lint_package
from qleap_edge.verification.device_placement.rule import ProgramView
from tests.support.mil_built import Module
from tests.support.mil_packages import built, exported

PAGE = Path("docs/converter-faults.md")
LINE = torch.linspace(-6.0, 6.0, 24).reshape(2, 12)


def half_gelu(x: torch.Tensor) -> torch.Tensor:
    """GELU's tanh approximation, written out."""
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


@dataclass(frozen=True)
class Fault:
    """A network that is converted wrongly, one that means the same and is converted well, and how large the difference is."""

    wrong: nn.Module
    right: nn.Module
    traced: bool
    error: float


FAULTS = {
    "sqrt(x**2), exported": Fault(
        Module(lambda x: torch.sqrt(x**2)), Module(lambda x: torch.sqrt(x * x)), traced=False, error=12.0
    ),
    "sqrt(x**2), traced": Fault(
        Module(lambda x: torch.sqrt(x**2)), Module(lambda x: torch.sqrt(x * x)), traced=True, error=12.0
    ),
    "GELU(approximate='tanh'), exported": Fault(
        nn.GELU(approximate="tanh"), Module(half_gelu), traced=False, error=4.5e-4
    ),
}


def converted(module: nn.Module, folder: Path, *, traced: bool, half: bool = False) -> Package:
    ct = import_coremltools()
    source = torch.jit.trace(module.eval(), LINE) if traced else exported(module, LINE)
    return built(
        folder,
        source,
        inputs=[ct.TensorType("x", shape=tuple(LINE.shape), dtype=np.float32)],
        outputs=[ct.TensorType("y", dtype=np.float32)],
        compute_precision=ct.precision.FLOAT16 if half else ct.precision.FLOAT32,
    )


def difference(package: Package, module: nn.Module, x: torch.Tensor = LINE) -> float:
    """Return the largest absolute difference between a saved package and the network it was made from."""
    with torch.no_grad():
        return max_abs_error(open_model(package).predict({"x": x.numpy()})["y"], module(x).numpy())


@pytest.mark.parametrize("name", FAULTS)
def test_comparing_with_the_source_network_finds_it(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    package = converted(fault.wrong, tmp_path / "wrong", traced=fault.traced)
    assert difference(package, fault.wrong) == pytest.approx(fault.error, rel=0.02)
    assert measure_drift(package, {"x": LINE.numpy()}).first is None, (
        "the program computes well what it says; it says too little"
    )
    assert difference(converted(fault.right, tmp_path / "right", traced=fault.traced), fault.right) < 1e-5


def test_the_traced_gelu_is_converted_well(tmp_path: Path) -> None:
    network = nn.GELU(approximate="tanh")
    package = converted(network, tmp_path, traced=True)
    assert difference(package, network) < 1e-5
    (gelu,) = [item for item in package.function().block.operations if item.type == "gelu"]
    mode = ProgramView(package.function()).literal(gelu, "mode")
    assert mode is not None and mode.as_python() == "TANH_APPROXIMATION"


def test_a_logarithm_of_softmax_in_half_precision(tmp_path: Path) -> None:
    """One class ahead by 50: the others have a logarithm of -50, which half precision holds, but a probability of 0.

    Here the logarithm of 0 is that of the operation's epsilon, 1e-45; the Neural Engine gives -inf.
    """
    network, x = nn.LogSoftmax(-1), torch.zeros(LINE.shape)
    x[:, 3] = 50.0
    package = converted(network, tmp_path, traced=False, half=True)
    found = open_model(package).predict({"x": x.numpy()})["y"]
    np.testing.assert_array_equal(np.delete(found, 3, axis=1), -103.25)
    assert difference(package, network, x) == pytest.approx(53.25)
    assert "half.log_softmax" in {item.rule for item in lint_package(package).findings}
    assert difference(converted(network, tmp_path / "float32", traced=False), network, x) < 1e-4


def test_the_page_names_every_fault_and_the_versions() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in FAULTS:
        assert name.split(",")[0] in page
    assert f"coremltools {importlib.metadata.version('coremltools')}" in page
