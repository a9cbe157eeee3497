"""The parity ladder: eager PyTorch → exported program → ONNX Runtime → the saved package, rung by rung, output by output.

Eager fp32 is the reference of every rung. Each rung gives, per output, the largest absolute difference and the PSNR, and for
the pose how far joints move in millimetres for a person of 1.75 m; plus how much σ changes and how many classes flip.

:func:`climb` is the one loop over the rungs, for a release and for ``qleap verify`` alike.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from torch import nn

from qleap_edge.conversion.coreml import exported_program
from qleap_edge.core.contract import OUTPUT_NAMES
from qleap_edge.core.units import Unit
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.parity import class_flips, max_abs_error, pose_drift_mm, psnr_db
from qleap_edge.verification.onnx_twin import onnx_outputs

EXPORTED, ONNX = "exported", "onnx"  # rungs below the packages
FLIP_MARGIN = 0.02  # probability; below it two classes are a tie, and a flip between them is no error
_UNITS: dict[str, Unit] = {"pose": "body_height", "pose_log_variance": "nat"}


RungOutputs = Callable[[Float32[np.ndarray, "n 200 6"]], ModelOutputs]
"""Returns the outputs of one rung for windows."""


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder, compared with eager fp32."""

    name: str
    outputs: ModelOutputs
    measurements: tuple[Measurement, ...]


def climb(
    model: nn.Module,
    eager: ModelOutputs,
    imu: Float32[np.ndarray, "n 200 6"],
    above: Mapping[str, RungOutputs],
    *,
    onnx: Path,
    onnx_threads: int,
) -> Iterator[Rung]:
    """Yield the rungs from the bottom to the top: the exported program, ONNX Runtime, then those given.

    Args:
        model: the network.
        eager: its outputs, run eagerly in fp32.
        imu: the windows, specific force (m/s²) then angular velocity (rad/s) at 50 Hz in the forearm frame C.
        above: name of each further rung → how to get its outputs, in the order in which they are compared.
        onnx: the exported ONNX file.
        onnx_threads: of the CPU; 0 leaves the number to ONNX Runtime.

    Raises:
        InputDataError: the ONNX file or a package cannot be used.
    """

    def onnx_rung(windows: Float32[np.ndarray, "n 200 6"]) -> ModelOutputs:
        return onnx_outputs(onnx, windows, onnx_threads)

    rungs: dict[str, RungOutputs] = {EXPORTED: partial(exported_outputs, model), ONNX: onnx_rung, **above}
    for name, rung_outputs in rungs.items():
        outputs = rung_outputs(imu)
        yield Rung(name, outputs, rung_measurements(name, outputs, eager))


def ladder_title(windows: int) -> str:
    """Return the title of a comparison on so many windows."""
    return f"Parity with eager PyTorch on {windows} test windows"


def exported_outputs(model: nn.Module, imu: Float32[np.ndarray, "n 200 6"]) -> ModelOutputs:
    """Run the graph that the converter gets with torch, one window at a time as it was exported."""
    return network_outputs(exported_program(model).module(), imu, batch_size=1)


def rung_prefix(rung: str) -> str:
    """Return what the names of all measurements of a rung begin with."""
    return f"parity.{rung}"


def rung_measurements(rung: str, outputs: ModelOutputs, reference: ModelOutputs) -> tuple[Measurement, ...]:
    """Compare one rung with eager fp32; names are ``parity.<rung>.<output>.<figure>``."""
    rows = []
    for name in OUTPUT_NAMES:
        got, wanted = getattr(outputs, name), getattr(reference, name)
        label = f"{rung_prefix(rung)}.{name}"
        rows.append(Measurement(name=f"{label}.max_abs", value=max_abs_error(got, wanted), unit=_UNITS.get(name, "1")))
        rows.append(Measurement(name=f"{label}.psnr", value=psnr_db(got, wanted), unit="dB"))
    drift = pose_drift_mm(outputs.pose, reference.pose)
    half_log_ratio = 0.5 * np.abs(outputs.pose_log_variance.astype(np.float64) - reference.pose_log_variance)
    flips = class_flips(outputs.exercise_logits, reference.exercise_logits, FLIP_MARGIN)
    label = rung_prefix(rung)
    return (
        *rows,
        Measurement(name=f"{label}.pose_drift_p99", value=float(np.percentile(drift, 99)), unit="mm"),
        Measurement(name=f"{label}.pose_drift_max", value=float(drift.max()), unit="mm"),
        Measurement(
            name=f"{label}.sigma_ratio_p99", value=float(np.exp(np.percentile(half_log_ratio, 99))), unit="1",
            note="larger over smaller sigma",
        ),
        Measurement(
            name=f"{label}.exercise_flips", value=float(flips), unit="count",
            note=f"of {len(outputs)} windows, where eager is sure by {FLIP_MARGIN:g}",
        ),
    )  # fmt: skip
