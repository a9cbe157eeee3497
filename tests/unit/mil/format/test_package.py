"""A package in memory: read without heavy libraries; other numbers in a constant, the file and the original untouched."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Constant
from qleap_edge.mil.runtime.evaluator import open_model
from tests.support.mil_packages import linear_model, write_package

WEIGHT = np.arange(12, dtype=np.float32).reshape(3, 4) / 10
BIAS = np.array([-1.0, 0.0, 1.0], dtype=np.float32)
X = {"x": np.array([[1.0, -2.0, 3.0, 0.5]], dtype=np.float32)}


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package.load(write_package(tmp_path / "linear.mlpackage", *linear_model(WEIGHT, BIAS)))


def constant_like(package: Package, array: np.ndarray) -> str:
    """Return the name of the ``const`` that holds numbers of this shape."""
    for operation in package.function().block.operations:
        held = operation.inputs["val"][0] if operation.type == "const" else None
        if isinstance(held, Constant) and held.value.shape == array.shape:
            return operation.name
    raise AssertionError("no such constant")


def test_other_numbers_in_a_constant(package: Package) -> None:
    (before,) = open_model(package).predict(X).values()
    name = constant_like(package, WEIGHT)
    (after,) = open_model(package.with_constant(name, 2 * WEIGHT)).predict(X).values()
    np.testing.assert_allclose(before, np.maximum(X["x"] @ WEIGHT.T + BIAS, 0.0), rtol=1e-5)
    np.testing.assert_allclose(after, np.maximum(X["x"] @ (2 * WEIGHT).T + BIAS, 0.0), rtol=1e-5)
    np.testing.assert_array_equal(next(iter(open_model(package).predict(X).values())), before)


@pytest.mark.parametrize(
    ("value", "got"), [(np.zeros((3, 5), np.float32), "(3, 5)"), (WEIGHT.astype(np.float64), "float64")]
)
def test_numbers_that_do_not_fit(package: Package, value: np.ndarray, got: str) -> None:
    with pytest.raises(UsageError, match="do not fit the constant") as caught:
        package.with_constant(constant_like(package, WEIGHT), value)
    assert got in str(caught.value) and "float32 of shape (3, 4)" in str(caught.value)


def test_no_such_constant(package: Package) -> None:
    with pytest.raises(UsageError, match=r"no such constant.*'weights'"):
        package.with_constant("weights", WEIGHT)


def test_reading_a_package_imports_neither_torch_nor_coremltools(tmp_path: Path) -> None:
    package = write_package(tmp_path / "p.mlpackage", *linear_model(WEIGHT, BIAS))
    program = (
        "import sys; from qleap_edge.mil.format.package import Package; "
        f"Package.load({str(package)!r}); print([name for name in ('torch', 'coremltools') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
