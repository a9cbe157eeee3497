"""``qleap verify``: saved packages on the parity ladder, and for each the operation at which it begins to drift.

The rungs: the exported program run by torch, ONNX Runtime, each package run by our own runtime, and on a Mac each package
run by Core ML. Where a package's pose drifts most, its values are compared with an exact run, one operation after another.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32
from torch import nn

from qleap_edge.conversion.onnx import write_onnx
from qleap_edge.core.contract import INPUT_NAME, ONNX_NAME, PACKAGE_NAME
from qleap_edge.core.errors import UsageError
from qleap_edge.core.records import Document, Part
from qleap_edge.evaluation.predictions import PosePredictor, network_outputs
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.parity import pose_drift_mm
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.tools.drift import DRIFT_BOUND, ValueDrift, measure_drift
from qleap_edge.verification.core_ml import COMPUTE_UNITS, NOT_HERE, OpenModel, core_ml_outputs
from qleap_edge.verification.ladder import (
    EXPORTED,
    ONNX,
    exported_outputs,
    ladder_title,
    rung_measurements,
    rung_prefix,
)
from qleap_edge.verification.onnx_twin import onnx_outputs

OnRung = Callable[[int, int], None]
CORE_ML = "core_ml"


class FirstDrift(Part):
    """Where one package begins to drift, on the window on which its pose drifts most."""

    rung: str
    against: str | None
    """The rung of the package that it was compared with, null: with itself without rounding."""
    window: int
    """Which of the windows compared, from 0."""
    first: ValueDrift | None
    """The first value beyond the bound, in the order of execution; null: none is."""
    compared: int
    """Values that both programs have."""


class LadderDocument(Document):
    """What ``qleap verify`` found."""

    schema_name: Literal["qleap.parity_ladder"] = "qleap.parity_ladder"
    schema_version: Literal[1] = 1
    title: str
    windows: int
    rungs: tuple[str, ...]
    """From the bottom to the top."""
    measurements: tuple[Measurement, ...]
    """``parity.<rung>.<figure>``, each against eager fp32."""
    bound: float
    """Relative difference of a value that counts as drift."""
    first_drifts: tuple[FirstDrift, ...]
    notes: tuple[str, ...]
    """What was not compared, and why."""

    def figure(self, rung: str, name: str) -> float | None:
        """Return one figure of one rung, ``None`` if it was not measured."""
        wanted = f"{rung_prefix(rung)}.{name}"
        return next((row.value for row in self.measurements if row.name == wanted), None)


@dataclass(frozen=True)
class _SavedRung:
    """A package on the ladder."""

    name: str
    package: Package
    outputs: ModelOutputs


def rung_names(packages: Sequence[Path]) -> tuple[str, ...]:
    """Return a rung's name for each package: its variant's folder, or its own name where it is named otherwise.

    Raises:
        UsageError: there is no package, or two rungs would have one name.
    """
    if not packages:
        raise UsageError("nothing to verify", expected="at least one --package")
    names = [path.resolve().parent.name if path.name == PACKAGE_NAME else path.stem for path in packages]
    for index, name in enumerate(names):
        if name in (EXPORTED, ONNX, *names[:index]):
            raise UsageError(
                "two rungs of the ladder would have one name",
                where=packages[index],
                expected="packages in folders of different names, none of them "
                f"{EXPORTED!r} or {ONNX!r}, or .mlpackage folders of different names",
                got=f"{name!r} again",
                next_step="rename or copy one of the folders",
            )
    return tuple(names)


def climb(
    model: nn.Module,
    imu: Float32[np.ndarray, "n 200 6"],
    packages: Sequence[Path],
    *,
    bound: float = DRIFT_BOUND,
    open_model: OpenModel | None = None,
    on_rung: OnRung | None = None,
) -> LadderDocument:
    """Compare a network's exports and saved packages with the network itself, run eagerly in fp32.

    Args:
        model: the network that the packages were made from.
        imu: windows, specific force (m/s²) then angular velocity (rad/s) at 50 Hz in the forearm frame C.
        packages: one ``.mlpackage`` a rung.
        bound: relative difference of a value that counts as drift.
        open_model: how to open a package with Core ML; ``None``: Core ML is left out, and a note says so.
        on_rung: called with (rungs done, all rungs).

    Raises:
        UsageError: no package, or two of one name.
        InputDataError: a package cannot be used.
    """
    names = rung_names(packages)
    eager = network_outputs(model, imu)
    saved: list[_SavedRung] = []
    total = 2 + len(packages) * (1 + (0 if open_model is None else len(COMPUTE_UNITS)))

    def rungs() -> Iterator[tuple[str, ModelOutputs]]:
        yield EXPORTED, exported_outputs(model, imu)
        yield ONNX, _fresh_onnx_outputs(model, imu)
        for name, path in zip(names, packages, strict=True):
            predictor = PosePredictor(path)
            saved.append(_SavedRung(name, predictor.package, ModelOutputs.of(predictor.predict(imu))))
            yield name, saved[-1].outputs
        if open_model is not None:
            for name, path in zip(names, packages, strict=True):
                for units in COMPUTE_UNITS:
                    yield f"{CORE_ML}_{units.lower()}.{name}", core_ml_outputs(path, units, imu, open_model)

    found: dict[str, tuple[Measurement, ...]] = {}
    for name, outputs in rungs():
        found[name] = rung_measurements(name, outputs, eager)
        if on_rung is not None:
            on_rung(len(found), total)
    return LadderDocument(
        title=ladder_title(len(imu)),
        windows=len(imu),
        rungs=tuple(found),
        measurements=tuple(row for rows in found.values() for row in rows),
        bound=bound,
        first_drifts=tuple(_first_drift(rung, saved, imu, eager, bound) for rung in saved),
        notes=() if open_model is not None else (NOT_HERE,),
    )


def _fresh_onnx_outputs(model: nn.Module, imu: np.ndarray) -> ModelOutputs:
    with tempfile.TemporaryDirectory() as scratch:
        write_onnx(model, Path(scratch) / ONNX_NAME)
        return onnx_outputs(Path(scratch) / ONNX_NAME, imu, 0)


def _first_drift(
    rung: _SavedRung, saved: Sequence[_SavedRung], imu: np.ndarray, eager: ModelOutputs, bound: float
) -> FirstDrift:
    """Trace a package on its worst window: a compressed one against the first that is not, any other against itself."""
    drift = pose_drift_mm(rung.outputs.pose, eager.pose).reshape(len(imu), -1).max(axis=1)
    window = int(np.nan_to_num(drift, nan=np.inf).argmax())
    exact = None
    if rung.package.is_compressed:
        exact = next((other for other in saved if not other.package.is_compressed), None)
    traced = measure_drift(
        rung.package,
        {INPUT_NAME: imu[window : window + 1]},
        None if exact is None else exact.package,
        bound,
    )
    return FirstDrift(
        rung=rung.name,
        against=None if exact is None else exact.name,
        window=window,
        first=traced.first,
        compared=len(traced.values),
    )
