"""The ONNX twin: the same network as an ONNX file, for platforms without Core ML.

Its inputs and outputs are compared with the contract's, ONNX Runtime executes it, and its uncertainty is measured under the
profile of the saved package.
"""

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float32

from qleap_edge.core.contract import INPUTS, OUTPUTS, TensorSpec
from qleap_edge.core.errors import InputDataError
from qleap_edge.metrics.measurement import Measurement, MeasurementReport
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument
from qleap_edge.uncertainty.report import calibration_measurements

TWIN_WINDOWS = 500
_DTYPES = {"tensor(float)": "float32"}
_PROFILE_ROWS, _TWIN_ROWS = "calibration.", "onnx_twin."

Signature = tuple[tuple[str, tuple[int | str, ...], str], ...]
"""Name, shape and type of each input or output, in the file's order; a shape may hold the name of a size."""


@cache
def onnx_runtime() -> ModuleType:
    """Import ONNX Runtime and return it; nothing else imports the library.

    From 1.29 on its Linux builds report their use to Microsoft (microsoft/onnxruntime#27379), unless the environment forbids it
    when they are imported. Here it is forbidden unless the user has set the variable.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def open_twin(
    path: Path, threads: int, *, inputs: tuple[TensorSpec, ...] = INPUTS, outputs: tuple[TensorSpec, ...] = OUTPUTS
) -> Any:
    """Load an ONNX file with ONNX Runtime on the CPU and compare its inputs and outputs with a contract's; return the session.

    Args:
        path: the file.
        threads: of the CPU; 0 leaves the number to ONNX Runtime.
        inputs: of the contract.
        outputs: of the contract.

    Raises:
        InputDataError: the file is missing, ONNX Runtime refuses it, or its inputs and outputs are not the contract's.
    """
    library = onnx_runtime()
    options = library.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        session = library.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # the native library raises kinds of its own; all mean an unusable file
        raise InputDataError(
            "ONNX Runtime cannot load the file", where=path, got=str(problem).splitlines()[0], next_step="convert again"
        ) from problem
    for what, got, wanted in (
        ("inputs", session.get_inputs(), inputs),
        ("outputs", session.get_outputs(), outputs),
    ):
        found: Signature = tuple((item.name, tuple(item.shape), _DTYPES.get(item.type, item.type)) for item in got)
        promised: Signature = tuple((spec.name, spec.shape, spec.dtype) for spec in wanted)
        if found != promised:
            raise InputDataError(
                f"not the ONNX twin of this model: other {what}",
                where=path,
                expected=_words(promised),
                got=_words(found),
                next_step="convert again",
            )
    return session


def _words(signature: Signature) -> str:
    return ", ".join(f"{name} {dtype} {list(shape)}" for name, shape, dtype in signature)


def onnx_outputs(path: Path, imu: Float32[np.ndarray, "n 200 6"], threads: int) -> ModelOutputs:
    """Run the exported ONNX file with ONNX Runtime on the CPU, one window at a time.

    Raises:
        InputDataError: see :func:`open_twin`.
    """
    session = open_twin(path, threads)
    names = [spec.name for spec in OUTPUTS]
    rows = [session.run(names, {INPUTS[0].name: window[None]}) for window in imu]
    return ModelOutputs.of({name: np.concatenate([row[i] for row in rows]) for i, name in enumerate(names)})


def twin_report(
    path: Path, shipped: CalibrationWindows, profile: ProfileDocument, dataset_sha256: str, threads: int
) -> MeasurementReport:
    """Measure the twin's uncertainty under a profile that was fitted on the outputs of the saved package, not on its own.

    Args:
        path: the ONNX file.
        shipped: windows of persons that nothing was fitted on, with the outputs of the saved package.
        profile: of the saved package.
        dataset_sha256: of the document of the windows' dataset.
        threads: of the CPU.

    Raises:
        InputDataError: see :func:`open_twin`.
    """
    twin = replace(shipped, outputs=onnx_outputs(path, shipped.imu, threads))
    pairs = zip(calibration_measurements(twin, profile), calibration_measurements(shipped, profile), strict=True)
    return MeasurementReport(
        title=f"Uncertainty of the ONNX twin under the profile of the saved package, on {len(shipped.imu)} test windows",
        package_sha256=profile.package_sha256,
        dataset_sha256=dataset_sha256,
        measurements=tuple(_beside(row, package) for row, package in pairs),
    )


def _beside(row: Measurement, package: Measurement) -> Measurement:
    """Return the twin's row under its own name, with what the package scores on the same windows in the note."""
    figure = "" if package.value is None else f"; {package.value:.4f} for the saved package"
    name = _TWIN_ROWS + row.name.removeprefix(_PROFILE_ROWS)
    return row.model_copy(update={"name": name, "note": f"{row.note}{figure}"})
