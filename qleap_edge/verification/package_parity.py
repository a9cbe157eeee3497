"""``qleap verify``: saved packages on the parity ladder, and for each the operation at which it begins to drift.

The rungs: the exported program run by torch, ONNX Runtime, each package run by our own runtime, and on a Mac each package
run by Core ML. On the window on which a package's pose drifts most, its values are compared with an exact run, one operation
after another.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32
from torch import nn

from qleap_edge.conversion.onnx import write_onnx
from qleap_edge.core.contract import INPUT_NAME, ONNX_NAME, PACKAGE_NAME
from qleap_edge.core.errors import UsageError
from qleap_edge.core.records import Document, Part
from qleap_edge.dataset.reader import spread_windows
from qleap_edge.evaluation.package_outputs import HALF_OVERLAP_HOP, package_outputs
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.parity import pose_drift_mm
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.tools.drift import DRIFT_BOUND, ValueDrift, measure_drift
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.verification.core_ml import (
    COMPUTE_UNITS,
    NOT_HERE,
    ComputeUnits,
    OpenModel,
    core_ml_here,
    core_ml_outputs,
)
from qleap_edge.verification.ladder import (
    EXPORTED,
    ONNX,
    Rung,
    RungOutputs,
    climb,
    ladder_title,
    rung_prefix,
)

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


def compare_with_checkpoint(
    packages: Sequence[Path],
    checkpoint: Path,
    data: Path,
    windows: int,
    bound: float = DRIFT_BOUND,
    on_rung: OnRung | None = None,
) -> LadderDocument:
    """Compare saved packages with their checkpoint on test windows of a dataset; on a Mac Core ML itself takes part.

    Args:
        packages: one ``.mlpackage`` a rung.
        checkpoint: folder of the network that they were made from.
        data: the dataset's folder.
        windows: how many, spread over the test persons.
        bound: relative difference of a value that counts as drift.
        on_rung: called with (rungs done, all rungs).

    Raises:
        UsageError: no package, or two of one name.
        InputDataError: the dataset, the checkpoint or a package cannot be used.
    """
    model, _ = load_checkpoint(checkpoint)
    imu = spread_windows(data, "test", HALF_OVERLAP_HOP, windows).imu
    return compare_packages(model, imu, packages, bound=bound, open_model=core_ml_here(), on_rung=on_rung)


def compare_packages(
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
    paths = dict(zip(rung_names(packages), packages, strict=True))
    above: dict[str, RungOutputs] = {name: partial(package_outputs, path) for name, path in paths.items()}
    if open_model is not None:
        for name, path in paths.items():
            for units in COMPUTE_UNITS:
                above[f"{CORE_ML}_{units.lower()}.{name}"] = partial(_core_ml_rung, path, units, open_model)
    eager = network_outputs(model, imu)
    rungs: dict[str, Rung] = {}
    with tempfile.TemporaryDirectory() as scratch:
        onnx = Path(scratch) / ONNX_NAME
        write_onnx(model, onnx)
        for rung in climb(model, eager, imu, above, onnx=onnx, onnx_threads=0):
            rungs[rung.name] = rung
            if on_rung is not None:
                on_rung(len(rungs), 2 + len(above))
    loaded = {name: Package.load(path) for name, path in paths.items()}
    return LadderDocument(
        title=ladder_title(len(imu)),
        windows=len(imu),
        rungs=tuple(rungs),
        measurements=tuple(row for rung in rungs.values() for row in rung.measurements),
        bound=bound,
        first_drifts=tuple(_first_drift(rungs[name], loaded, imu, eager, bound) for name in loaded),
        notes=() if open_model is not None else (NOT_HERE,),
    )


def _core_ml_rung(
    package: Path, units: ComputeUnits, open_model: OpenModel, imu: Float32[np.ndarray, "n 200 6"]
) -> ModelOutputs:
    return core_ml_outputs(package, units, imu, open_model)


def _first_drift(
    rung: Rung,
    packages: Mapping[str, Package],
    imu: Float32[np.ndarray, "n 200 6"],
    eager: ModelOutputs,
    bound: float,
) -> FirstDrift:
    """Trace a package on its worst window: a compressed one against the first that is not, any other against itself."""
    drift = pose_drift_mm(rung.outputs.pose, eager.pose).reshape(len(imu), -1).max(axis=1)
    window = int(np.nan_to_num(drift, nan=np.inf).argmax())
    against = None
    if packages[rung.name].is_compressed:
        against = next((name for name, package in packages.items() if not package.is_compressed), None)
    traced = measure_drift(
        packages[rung.name],
        {INPUT_NAME: imu[window : window + 1]},
        None if against is None else packages[against],
        bound,
    )
    return FirstDrift(rung=rung.name, against=against, window=window, first=traced.first, compared=len(traced.values))
