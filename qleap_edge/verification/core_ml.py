"""The top rung of the parity ladder: Core ML itself, where there is a Mac.

The only call to Apple's runtime is one ``predict`` a window, behind :class:`CoreMLModel`, so that a test can give another
model.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol, get_args, runtime_checkable

import numpy as np
from jaxtyping import Float32

from qleap_edge.conversion.canonical import copy_to_open
from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.core.contract import INPUTS, OUTPUTS
from qleap_edge.core.errors import InputDataError
from qleap_edge.metrics.outputs import ModelOutputs

ComputeUnits = Literal["CPU_ONLY", "CPU_AND_GPU", "CPU_AND_NE", "ALL"]
COMPUTE_UNITS: tuple[ComputeUnits, ...] = get_args(ComputeUnits)
NOT_HERE = "Core ML itself runs on macOS only: not compared"


@runtime_checkable
class CoreMLModel(Protocol):
    """A model that is open in Core ML."""

    def predict(self, inputs: dict[str, np.ndarray], /) -> dict[str, np.ndarray]:
        """Return the outputs for one window, by name."""


OpenModel = Callable[[Path, ComputeUnits], CoreMLModel]


def core_ml_here() -> OpenModel | None:
    """Return how to open a package with Core ML, ``None`` where there is no Core ML."""
    return open_with_core_ml if sys.platform == "darwin" else None


def open_with_core_ml(package: Path, units: ComputeUnits) -> CoreMLModel:
    """Open a package on these compute units; its Manifest.json may be rewritten, so give a copy."""
    ct = import_coremltools()
    with suppressed_output():
        model: CoreMLModel = ct.models.MLModel(str(package), compute_units=getattr(ct.ComputeUnit, units))
    return model


def core_ml_outputs(
    package: Path, units: ComputeUnits, imu: Float32[np.ndarray, "n 200 6"], open_model: OpenModel
) -> ModelOutputs:
    """Run a copy of a package with Core ML, one window at a time.

    Args:
        package: the ``.mlpackage``; it is not changed.
        units: where Core ML may compute; it decides itself where it does.
        imu: specific force (m/s²) then angular velocity (rad/s) at 50 Hz in the forearm frame C.
        open_model: as from ``core_ml_here``.

    Raises:
        InputDataError: Core ML refuses the package or fails in it, or its outputs are not the contract's.
    """
    with copy_to_open(package) as copy:
        try:
            model = open_model(copy, units)
            rows = [model.predict({INPUTS[0].name: window[None]}) for window in imu]
        except Exception as problem:  # coremltools raises bare exceptions; all mean that Core ML could not
            raise InputDataError(
                "Core ML cannot run the package",
                where=f"{package}, compute units {units}",
                got=f"{type(problem).__name__}: {str(problem).partition(chr(10))[0]}",
                next_step="try it on another Mac or another version of macOS",
            ) from problem
    for row in rows:
        _check(row, package, units)
    return ModelOutputs.of({spec.name: np.concatenate([row[spec.name] for row in rows]) for spec in OUTPUTS})


def _check(row: dict[str, np.ndarray], package: Path, units: ComputeUnits) -> None:
    wanted = {spec.name: spec.shape for spec in OUTPUTS}
    got = {name: np.shape(value) for name, value in row.items()}
    if got != wanted:
        raise InputDataError(
            "Core ML's outputs are not the contract's",
            where=f"{package}, compute units {units}",
            expected=", ".join(f"{name} {shape}" for name, shape in sorted(wanted.items())),
            got=", ".join(f"{name} {shape}" for name, shape in sorted(got.items())) or "nothing",
            next_step="convert the checkpoint again",
        )
