"""Calibration figures against uncertainty-toolbox and scoringrules, and on predictions that are right by construction."""

import numpy as np
import pytest
import scoringrules
import uncertainty_toolbox as uct

from qleap_edge.metrics.uncertainty import confidence_calibration_error, gaussian_crps, normalised_calibration_error

COUNT = 20_000


@pytest.fixture(scope="module")
def predictions() -> tuple[np.ndarray, np.ndarray]:
    """Return z and σ of a perfectly calibrated predictor with different σ."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(COUNT), np.exp(0.3 * rng.normal(size=COUNT))


def test_crps_is_that_of_scoringrules_and_of_uncertainty_toolbox(predictions: tuple[np.ndarray, np.ndarray]) -> None:
    z, sigma = predictions
    ours = gaussian_crps(z, sigma)
    np.testing.assert_allclose(ours, scoringrules.crps_normal(z * sigma, np.zeros(COUNT), sigma), rtol=1e-9, atol=1e-12)
    assert ours.mean() == pytest.approx(uct.crps_gaussian(np.zeros(COUNT), sigma, z * sigma), rel=1e-9)


def test_ence_of_a_perfect_predictor_is_its_floor(predictions: tuple[np.ndarray, np.ndarray]) -> None:
    """E[ENCE] of n independent samples in B bins is about 1 / sqrt(π n / B); Pernot, arXiv 2305.11905."""
    assert normalised_calibration_error(*predictions) == pytest.approx(1.0 / np.sqrt(np.pi * COUNT / 10), abs=0.008)


@pytest.mark.parametrize(("times", "error"), [(0.5, 0.5), (1.5, 0.5), (2.0, 1.0)])
def test_ence_of_a_sigma_of_the_wrong_size(
    predictions: tuple[np.ndarray, np.ndarray], times: float, error: float
) -> None:
    z, sigma = predictions
    assert normalised_calibration_error(times * z, sigma) == pytest.approx(error, abs=0.03)


def test_the_calibration_error_of_confidences_that_are_right_and_that_are_too_high() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.3, 1.0, COUNT)
    assert confidence_calibration_error(confidence, rng.random(COUNT) < confidence) < 0.015
    over = confidence_calibration_error(confidence, rng.random(COUNT) < confidence - 0.2)
    assert over == pytest.approx(0.2, abs=0.01)
