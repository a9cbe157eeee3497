"""Core ML's rung with our own runtime in the place of Apple's: what is asked of it, what is refused, what stays as it was."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.compression.document import package_path
from qleap_edge.core.contract import OUTPUT_NAMES
from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.verification.core_ml import (
    COMPUTE_UNITS,
    ComputeUnits,
    CoreMLModel,
    core_ml_here,
    core_ml_outputs,
    open_with_core_ml,
)
from tests.support.command import tree
from tests.support.micro import Micro

Answer = dict[str, np.ndarray]


class Answering:
    """A model that answers as it is told."""

    def __init__(self, answer: Callable[[Answer], Answer]) -> None:
        self.answer = answer

    def predict(self, inputs: Answer, /) -> Answer:
        return self.answer(inputs)


@pytest.fixture(scope="module")
def package(micro: Micro) -> Path:
    return package_path(micro.stages["compress"], "float16")


@pytest.fixture(scope="module")
def imu() -> np.ndarray:
    return np.random.default_rng(0).normal(0.0, 3.0, (2, 200, 6)).astype(np.float32)


def test_a_copy_is_run_window_by_window(package: Path, imu: np.ndarray) -> None:
    opened: list[tuple[Path, ComputeUnits]] = []
    before = tree(package)

    def open_copy(copy: Path, units: ComputeUnits) -> CoreMLModel:
        assert tree(copy) == before
        opened.append((copy, units))
        model = open_model(copy)
        (copy / "Manifest.json").write_text("{}")  # as coremltools does, only worse
        return model

    outputs = core_ml_outputs(package, "CPU_AND_NE", imu, open_copy)
    ((copy, units),) = opened
    assert units == "CPU_AND_NE" and copy.name == package.name and copy != package and not copy.exists()
    assert tree(package) == before
    for row, window in enumerate(imu):
        expected = open_model(package).predict({"imu": window[None]})
        for name in OUTPUT_NAMES:
            np.testing.assert_array_equal(getattr(outputs, name)[row], expected[name][0])


def test_an_error_of_core_ml_names_package_and_units(package: Path, imu: np.ndarray) -> None:
    def fail(inputs: Answer) -> Answer:
        raise RuntimeError("Error computing NN outputs.\nsecond line")

    with pytest.raises(InputDataError) as caught:
        core_ml_outputs(package, "ALL", imu, lambda copy, units: Answering(fail))
    said = str(caught.value)
    assert str(package) in said and "compute units ALL" in said
    assert "RuntimeError: Error computing NN outputs." in said and "second line" not in said


def test_a_package_that_does_not_open(package: Path, imu: np.ndarray) -> None:
    def refuse(copy: Path, units: ComputeUnits) -> CoreMLModel:
        raise ValueError

    with pytest.raises(InputDataError, match=r"Core ML cannot run the package.*ValueError"):
        core_ml_outputs(package, "CPU_ONLY", imu, refuse)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda got: {name: value for name, value in got.items() if name != "pose"}, "expected.*pose .*got"),
        (lambda got: got | {"more": np.zeros(1)}, r"got.*more \(1,\)"),
        (lambda got: got | {"form_logits": got["form_logits"][0]}, r"got.*form_logits \(5,\)"),
    ],
)
def test_outputs_that_are_not_the_contracts(
    change: Callable[[Answer], Answer], words: str, package: Path, imu: np.ndarray
) -> None:
    model = open_model(package)
    with pytest.raises(InputDataError, match=words) as caught:
        core_ml_outputs(
            package, "CPU_ONLY", imu, lambda copy, units: Answering(lambda given: change(model.predict(given)))
        )
    assert str(package) in str(caught.value)


def test_core_ml_is_on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert core_ml_here() is open_with_core_ml
    monkeypatch.setattr(sys, "platform", "linux")
    assert core_ml_here() is None


@pytest.mark.skipif(sys.platform == "darwin", reason="there it works")
@pytest.mark.parametrize("units", COMPUTE_UNITS)
def test_coremltools_itself_says_no_off_a_mac(units: ComputeUnits, package: Path, imu: np.ndarray) -> None:
    """The library knows each of the units, opens the copy, and refuses to predict."""
    before = tree(package)
    with pytest.raises(InputDataError, match=r"Core ML cannot run the package.*macOS"):
        core_ml_outputs(package, units, imu, open_with_core_ml)
    assert tree(package) == before
