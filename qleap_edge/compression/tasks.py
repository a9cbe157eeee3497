"""The tasks of a sweep: make a variant, run one over a part of the windows, measure the sensitivity of a layer.

Each is a whole task for another process. It is computed with one thread, so that its result does not depend on how many
processes there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

from qleap_edge.compression.activations import activation_ranges
from qleap_edge.compression.document import package_path
from qleap_edge.compression.evaluator import ScoredPart
from qleap_edge.compression.palettes import Bits
from qleap_edge.compression.schemes import SCHEMES, Int8Activations
from qleap_edge.compression.sensitivity import LayerSensitivity, measure_layer, root_mean_square_mm
from qleap_edge.compression.variants import make_variant
from qleap_edge.conversion.coreml import NEWER_FOLDER
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import QleapError, VariantFailed
from qleap_edge.core.recipe import REFERENCE, CompressionTable, Variant
from qleap_edge.dataset.reader import spread_windows
from qleap_edge.dataset.windows import WindowSet
from qleap_edge.evaluation.package_outputs import PredictTask
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.mil.format.package import Package
from qleap_edge.model.determinism import one_thread

_TRAINING_HOP: Final = 100  # steps between windows that are spread over the training persons


@dataclass(frozen=True)
class RunContext:
    """The folders of a sweep, and its table."""

    conversion: Path
    data: Path | None
    folder: Path
    table: CompressionTable

    def source(self, variant: Variant) -> Path:
        """Return the half-precision package that a variant is made from."""
        return self.conversion / (NEWER_FOLDER if SCHEMES[variant].newer else "") / PACKAGE_NAME

    def training_windows(self, wanted: int) -> WindowSet:
        """Return windows that are spread over the training persons.

        Raises:
            QleapError: the sweep has no dataset.
        """
        if self.data is None:
            raise QleapError("this task needs a dataset")
        return _training_windows(self.data, wanted)


@dataclass(frozen=True)
class MakeTask:
    """Make a variant."""

    context: RunContext
    variant: Variant
    bits: Mapping[str, Bits] | None = None

    def run(self) -> str | None:
        """Return why it could not be made, or None."""
        ranges = None
        if any(isinstance(step, Int8Activations) for step in SCHEMES[self.variant].steps):
            windows = self.context.training_windows(self.context.table.activation_windows)
            ranges = activation_ranges(Package.load(self.context.source(self.variant)), windows.imu)
        out = package_path(self.context.folder, self.variant)
        out.parent.mkdir()
        try:
            make_variant(self.context.source(self.variant), self.variant, out, ranges=ranges, bits=self.bits)
        except VariantFailed as problem:  # one scheme that fails must not end the sweep
            return str(problem)
        return None


@dataclass(frozen=True)
class EvaluateTask:
    """Run a variant over some of the windows that it is scored on."""

    variant: Variant
    part: ScoredPart
    prediction: PredictTask

    def run(self) -> ModelOutputs:
        """Return the outputs."""
        return self.prediction.run()


@dataclass(frozen=True)
class LayerTask:
    """Measure the sensitivity of one layer."""

    context: RunContext
    weight: str

    def run(self) -> LayerSensitivity:
        """Return how far the poses drift."""
        package, windows, pose = _sensitivity_reference(self.context)
        return measure_layer(package, self.weight, windows.imu, pose)


@dataclass(frozen=True)
class TrainingErrorTask:
    """Measure the error of the half-precision package on the windows that sensitivity is measured on."""

    context: RunContext

    def run(self) -> float:
        """Return the root mean square error of a joint, mm."""
        _, windows, pose = _sensitivity_reference(self.context)
        return root_mean_square_mm(pose, windows.pose)


Task = MakeTask | EvaluateTask | LayerTask | TrainingErrorTask
Found = str | ModelOutputs | LayerSensitivity | float | None


def run_task(task: Task) -> tuple[Task, Found]:
    """Run a task, in this process or another."""
    with one_thread():
        return task, task.run()


@cache
def _training_windows(data: Path, wanted: int) -> WindowSet:
    return spread_windows(data, "train", _TRAINING_HOP, wanted)


@cache
def _sensitivity_reference(context: RunContext) -> tuple[Package, WindowSet, Float[np.ndarray, "n 200 17 3"]]:
    """Return the half-precision package, training windows, and the poses that it computes there."""
    windows = context.training_windows(context.table.sensitivity_windows)
    package = context.source(REFERENCE)
    return Package.load(package), windows, PosePredictor(package).predict(windows.imu)["pose"]
