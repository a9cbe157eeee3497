"""Outputs of the model for watch windows: of the PyTorch network in float32, or of a saved package run by ``mil``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import nn

from qleap_edge.core.contract import INPUT_NAME, INPUT_SHAPE, OUTPUT_NAMES
from qleap_edge.core.errors import InputDataError
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.runtime.plan import Precision

BATCH = 64


def network_outputs(model: nn.Module, imu: Float[np.ndarray, "n 200 6"], batch_size: int = BATCH) -> ModelOutputs:
    """Run the network over windows, ``batch_size`` of them at once."""
    with torch.no_grad():
        parts = [model(batch) for batch in torch.split(torch.from_numpy(imu), batch_size)]
    stacked = [torch.cat(column).numpy() for column in zip(*parts, strict=True)]
    return ModelOutputs.of(dict(zip(OUTPUT_NAMES, stacked, strict=True)))


def in_batches(outputs: ModelOutputs) -> Iterator[ModelOutputs]:
    """Yield the outputs of all windows in batches."""
    for first in range(0, len(outputs), BATCH):
        yield outputs[first : first + BATCH]


class PosePredictor:
    """A pose model run from its saved package.

    Args:
        path: the ``.mlpackage``.
        precision: see ``open_model``.

    Raises:
        InputDataError: the package is damaged, or is no pose model (one input ``imu`` of shape (1, 200, 6), float32).
        UnsupportedOperation: the program needs an operation that the runtime lacks.
    """

    def __init__(self, path: Path | str, precision: Precision = "declared") -> None:
        self.package = Package.load(path)
        got = {feature.name: (feature.shape, feature.dtype) for feature in self.package.inputs}
        if got != {INPUT_NAME: (INPUT_SHAPE, "float32")}:
            raise InputDataError(
                "not a pose model",
                where=self.package.path,
                expected=f"one input {INPUT_NAME!r} of shape {INPUT_SHAPE}, float32",
                got=str(got),
                next_step="convert a checkpoint of this project",
            )
        for feature in self.package.outputs:
            if feature.shape[:1] != (1,):
                raise InputDataError(
                    "not a pose model",
                    where=f"{self.package.path}, output {feature.name!r}",
                    expected="a first axis of one window",
                    got=str(feature.shape),
                )
        self.model = open_model(self.package, precision=precision)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the program's outputs."""
        return tuple(feature.name for feature in self.package.outputs)

    def predict(
        self, imu: Float32[np.ndarray, "n 200 6"], progress: Callable[[int, int], None] | None = None
    ) -> dict[str, np.ndarray]:
        """Return every output with one row a window, e.g. ``pose`` (n, 200, 17, 3) in body heights.

        Args:
            imu: specific force (m/s²) then angular velocity (rad/s) at 50 Hz in the forearm frame C.
            progress: called with (windows done, all windows).

        Raises:
            InputDataError: a sample is not finite.
        """
        outputs = self.model.predict_batch({INPUT_NAME: imu[:, None]}, progress)
        return {name: value[:, 0] for name, value in outputs.items()}
