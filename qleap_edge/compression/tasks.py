"""The pieces of a sweep, each a whole task for another process: make a variant, judge one, measure a layer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float

from qleap_edge.compression.activations import activation_ranges
from qleap_edge.compression.document import package_path
from qleap_edge.compression.evaluator import Evaluator, Scores, spread_windows
from qleap_edge.compression.palettes import Bits
from qleap_edge.compression.schemes import SCHEMES, Int8Activations
from qleap_edge.compression.sensitivity import LayerSensitivity, measure_layer, root_mean_square_mm
from qleap_edge.compression.variants import make_variant
from qleap_edge.conversion.coreml import NEWER_FOLDER
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import QleapError, VariantFailed
from qleap_edge.core.recipe import REFERENCE, CompressionTable, Variant
from qleap_edge.dataset.windows import WindowSet
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.mil.format.package import Package

_TRAINING_HOP: Final = 100  # steps between windows that are spread over the training persons


@dataclass(frozen=True)
class RunContext:
    """Where things lie, and how much is measured."""

    conversion: Path
    data: Path | None
    folder: Path
    table: CompressionTable

    def source(self, variant: Variant) -> Path:
        """Return the half-precision package that a variant is made from."""
        return self.conversion / (NEWER_FOLDER if SCHEMES[variant].newer else "") / PACKAGE_NAME

    @property
    def dataset(self) -> Path:
        """The dataset, of a task that cannot be set without one."""
        if self.data is None:
            raise QleapError("this task needs a dataset")
        return self.data

    @property
    def evaluator(self) -> Evaluator | None:
        """The questions, read once a process; None without data."""
        return None if self.data is None else _exam(self.data, self.table)


@dataclass(frozen=True)
class MakeTask:
    """Make a variant."""

    bench: RunContext
    variant: Variant
    bits: Mapping[str, Bits] | None = None

    def run(self) -> str | None:
        """Return why it could not be made, or None."""
        ranges = None
        if any(isinstance(step, Int8Activations) for step in SCHEMES[self.variant].steps):
            windows = _training_windows(self.bench.dataset, self.bench.table.activation_windows)
            ranges = activation_ranges(Package.load(self.bench.source(self.variant)), windows.imu)
        out = package_path(self.bench.folder, self.variant)
        out.parent.mkdir()
        try:
            make_variant(self.bench.source(self.variant), self.variant, out, ranges=ranges, bits=self.bits)
        except VariantFailed as problem:  # one scheme that fails must not take the others with it
            return str(problem)
        return None


@dataclass(frozen=True)
class EvaluateTask:
    """Run a variant on the task."""

    bench: RunContext
    variant: Variant
    reference_scale: Float[np.ndarray, "17 3"] | None = field(default=None, repr=False)

    def run(self) -> Scores:
        """Return what it did."""
        return _exam(self.bench.dataset, self.bench.table).evaluate(
            package_path(self.bench.folder, self.variant), self.reference_scale
        )


@dataclass(frozen=True)
class LayerTask:
    """Measure what one layer bears."""

    bench: RunContext
    weight: str

    def run(self) -> LayerSensitivity:
        """Return how far the poses drift."""
        package, windows, pose = _layer_bench(self.bench)
        return measure_layer(package, self.weight, windows.imu, pose)


Task = MakeTask | EvaluateTask | LayerTask
Found = str | Scores | LayerSensitivity | None


def run_task(task: Task) -> tuple[Task, Found]:
    """Run a task, in this process or another."""
    with _one_thread():
        return task, task.run()


def training_error_mm(bench: RunContext) -> float:
    """Return the half-precision package's root mean square error on the windows that sensitivity is measured on."""
    with _one_thread():
        _, windows, pose = _layer_bench(bench)
    return root_mean_square_mm(pose, windows.pose)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute with one thread: the order of a float sum, and so the last digit, depends on their number."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@cache
def _exam(data: Path, table: CompressionTable) -> Evaluator:
    return Evaluator(data, table)


@cache
def _training_windows(data: Path, wanted: int) -> WindowSet:
    return spread_windows(data, "train", _TRAINING_HOP, wanted)


@cache
def _layer_bench(bench: RunContext) -> tuple[Package, WindowSet, Float[np.ndarray, "n 200 17 3"]]:
    """Return the half-precision package, training windows, and the poses it finds there."""
    windows = _training_windows(bench.dataset, bench.table.sensitivity_windows)
    package = bench.source(REFERENCE)
    return Package.load(package), windows, PosePredictor(package).predict(windows.imu)["pose"]
