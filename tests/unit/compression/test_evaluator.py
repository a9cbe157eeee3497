"""Scores of a package: whose windows they are, and whose scales of sigma."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.compression.document import package_path
from qleap_edge.compression.evaluator import Evaluator, Scores
from qleap_edge.core.recipe import Recipe
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.package_outputs import package_outputs
from tests.support.micro import Micro


@pytest.fixture(scope="module")
def evaluator(micro: Micro, micro_recipe: Recipe) -> Evaluator:
    return Evaluator(micro.stages["synthesize"], micro_recipe.compression)


@pytest.fixture(scope="module")
def scores(micro: Micro, evaluator: Evaluator) -> Scores:
    return score(evaluator, package_path(micro.stages["compress"], "float16"))


def score(evaluator: Evaluator, package: Path, reference_scale: np.ndarray | None = None) -> Scores:
    test, calibration = (package_outputs(package, evaluator.windows(part)) for part in ("test", "calibration"))
    return evaluator.score(test, calibration, reference_scale)


def test_the_scales_are_fitted_on_the_calibration_persons(evaluator: Evaluator, scores: Scores) -> None:
    assert scores.scale.shape == (17, 3)
    assert 0.75 < scores.inside.mean() < 0.99
    np.testing.assert_array_equal(scores.inside, scores.inside_reference_scale)


def test_a_borrowed_scale_is_used(micro: Micro, evaluator: Evaluator, scores: Scores) -> None:
    wide = score(evaluator, package_path(micro.stages["compress"], "float16"), np.full((17, 3), 1e9))
    assert wide.inside_reference_scale.min() == 1.0
    np.testing.assert_array_equal(wide.inside, scores.inside)


def test_the_windows_are_those_of_the_dataset(micro: Micro, micro_recipe: Recipe, evaluator: Evaluator) -> None:
    """The stored outputs of the test windows stand for ``load_windows``, row by row."""
    test = load_windows(micro.stages["synthesize"], "test", micro_recipe.compression.test_hop)
    np.testing.assert_array_equal(evaluator.windows("test"), test.imu)
    np.testing.assert_array_equal(evaluator.windows("calibration"), evaluator.calibration.imu)
    persons = set(load_windows(micro.stages["synthesize"], "calibration", 100).subject_id.tolist())
    assert set(evaluator.calibration.subject_id.tolist()) <= persons
