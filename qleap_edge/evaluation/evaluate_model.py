"""Evaluate a checkpoint or a saved package on the test persons of a dataset: what ``qleap evaluate`` does."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from qleap_edge.core.errors import UsageError
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.evaluate import Evaluation, Source, evaluate
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.package_outputs import HALF_OVERLAP_HOP, OnWindow
from qleap_edge.evaluation.predictions import BATCH, PosePredictor, network_outputs
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.training.checkpoint import load_checkpoint

_Run = Callable[[Float32[np.ndarray, "n 200 6"]], ModelOutputs]


def evaluate_model(
    data: Path,
    *,
    checkpoint: Path | None,
    package: Path | None,
    hop: int = HALF_OVERLAP_HOP,
    on_window: OnWindow | None = None,
) -> tuple[Evaluation, Source]:
    """Measure a checkpoint (eager fp32) or a saved package on test persons; exactly one of the two is given.

    Args:
        data: the dataset's folder.
        checkpoint: the checkpoint's folder.
        package: the ``.mlpackage``.
        hop: steps between the beginnings of two windows of a sequence.
        on_window: called with (windows done, all windows).

    Raises:
        UsageError: neither is given.
        InputDataError: the dataset, or the model, is missing or damaged.
    """
    run: _Run
    if package is not None:
        run, source = _package_runner(package), Source("package", package)
    elif checkpoint is not None:
        run, source = partial(network_outputs, load_checkpoint(checkpoint)[0]), Source("checkpoint", checkpoint)
    else:
        raise UsageError("nothing to evaluate", expected="a checkpoint or a package")
    truth, priors = GroundTruth.read(data, "test", hop), NoSensorBaselines.fit(data)

    def batches() -> Iterator[ModelOutputs]:
        for first in range(0, len(truth), BATCH):
            imu = truth.cut(truth.imu, slice(first, first + BATCH))
            yield run(imu)
            if on_window is not None:
                on_window(first + len(imu), len(truth))

    return evaluate(batches(), truth, priors, source=source, data=data), source


def _package_runner(package: Path) -> _Run:
    predictor = PosePredictor(package)
    return lambda imu: ModelOutputs.of(predictor.predict(imu))
