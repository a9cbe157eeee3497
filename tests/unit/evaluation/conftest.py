"""One small dataset, its truth and its baselines, shared by all tests of the evaluation."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.metrics.outputs import ModelOutputs
from tests.support.outputs import random_outputs
from tests.support.sequences import make_dataset


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "data"
    make_dataset(folder)
    return folder


@pytest.fixture(scope="session")
def truth(data: Path) -> GroundTruth:
    return GroundTruth.read(data, "test", 10)


@pytest.fixture(scope="session")
def baselines(data: Path) -> NoSensorBaselines:
    return NoSensorBaselines.fit(data)


@pytest.fixture(scope="session")
def outputs(truth: GroundTruth) -> ModelOutputs:
    return random_outputs(len(truth), seed=5)


def perfect(truth: GroundTruth) -> ModelOutputs:
    """Return the outputs of a network that knows the pose, and says that it errs by 1 % of a body height."""
    guess = random_outputs(len(truth))
    pose = truth.cut(truth.pose, slice(None))
    return ModelOutputs(
        pose,
        np.full_like(pose, 2.0 * np.log(0.01)),
        8.0 * np.eye(len(EXERCISES), dtype=np.float32)[truth.window_exercise],
        8.0 * np.eye(5, dtype=np.float32)[np.maximum(truth.window_form, 0)],
        guess.what_embedding,
        guess.how_embedding,
    )
