"""``qleap calibrate --report``: curves of errors whose distribution is known, and the page in a browser."""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
import uncertainty_toolbox as uct
from scipy.stats import norm

from qleap_edge.uncertainty.calibration_curves import (
    NOMINAL_LEVELS,
    coverage_by_exercise,
    coverage_by_joint,
    coverage_by_part,
    exercise_reliability,
    probability_integral_transform,
    reliability,
    scale_bins,
    sparsification,
)
from qleap_edge.uncertainty.calibration_page import CALIBRATION_PAGE_FILE, calibration_page, write_calibration_page
from qleap_edge.uncertainty.calibration_plots import joint_plot, reliability_plot, scale_plot
from qleap_edge.uncertainty.measured_errors import MeasuredErrors
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument
from qleap_edge.uncertainty.report import calibration_measurements
from tests.support.browser import assert_whole, visit
from tests.support.calibration_windows import TRUE_SCALE, profile_of, windows_of

LEVELS = (0.5, 0.9)
MOST_BYTES = 15_000_000
LEAST = {"calibration.region_coverage_90.sequences_5th_percentile": 0.8}


@pytest.fixture(scope="module")
def windows() -> CalibrationWindows:
    return windows_of(20, 4, seed=2)


@pytest.fixture(scope="module")
def profile() -> ProfileDocument:
    return profile_of(40, 3, 1, LEVELS)


@pytest.fixture(scope="module")
def errors(windows: CalibrationWindows, profile: ProfileDocument) -> MeasuredErrors:
    return MeasuredErrors(windows, profile)


def test_reliability_is_that_of_uncertainty_toolbox(errors: MeasuredErrors) -> None:
    z = errors.raw[:, ::10].ravel()
    promised, observed = uct.get_proportion_lists_vectorized(np.zeros(len(z)), np.ones(len(z)), z, num_bins=101)
    ours = reliability(errors.raw, errors.test.subject)
    theirs = np.interp(NOMINAL_LEVELS, promised, observed)
    np.testing.assert_allclose(ours.value, theirs, atol=1e-3)


def test_reliability_and_pit_of_errors_of_a_known_size(errors: MeasuredErrors) -> None:
    raw, scaled = (reliability(z, errors.test.subject) for z in (errors.raw, errors.scaled))
    expected = 1.0 - 2.0 * norm.sf(norm.ppf(0.5 + 0.5 * NOMINAL_LEVELS) / TRUE_SCALE)
    np.testing.assert_allclose(raw.value, expected, atol=0.01)
    np.testing.assert_allclose(scaled.value, NOMINAL_LEVELS, atol=0.01)
    flat = probability_integral_transform(errors.scaled, errors.test.subject)
    np.testing.assert_allclose(flat.value, 1.0, atol=0.05)
    assert flat.value.mean() == pytest.approx(1.0, abs=1e-9)
    steep = probability_integral_transform(errors.raw, errors.test.subject)
    assert steep.value[0] > 1.5 < steep.value[-1], "a sigma too small puts the truth into the tails"


def test_coverage_by_part_follows_the_order() -> None:
    hits = np.repeat([1.0, 0.5], 50)
    curve = coverage_by_part(hits, np.arange(100.0), np.arange(100) % 10)
    np.testing.assert_allclose(curve.value, [1.0] * 5 + [0.5] * 5)
    reverse = coverage_by_part(hits, -np.arange(100.0), np.arange(100) % 10)
    np.testing.assert_allclose(reverse.value, curve.value[::-1])


def test_bins_of_sigma_say_what_the_errors_are(errors: MeasuredErrors) -> None:
    bins = scale_bins(errors)
    np.testing.assert_allclose(bins.measured, bins.predicted, rtol=0.03)
    assert (np.diff(bins.predicted) > 0.0).all()
    assert ((bins.interval[:, 0] <= bins.measured) & (bins.measured <= bins.interval[:, 1])).all()


def test_the_best_order_is_never_worse_than_that_of_sigma(errors: MeasuredErrors) -> None:
    curve = sparsification(errors)
    assert (curve.by_error <= curve.by_sigma + 1e-12).all()
    assert curve.by_sigma[-1] == pytest.approx(1.0) == curve.by_error[-1]


def test_groups_count_every_window(errors: MeasuredErrors) -> None:
    hits = np.ones(len(errors.test.subject))
    assert sum(one.windows for one in coverage_by_exercise(errors, hits)) == len(hits)
    assert all(one.value == 1.0 for one in coverage_by_exercise(errors, hits))
    np.testing.assert_allclose(coverage_by_joint(errors)[:, 1], 0.92, atol=0.03)


def test_probabilities_of_a_network_that_guesses(errors: MeasuredErrors) -> None:
    curve = exercise_reliability(errors)
    assert (np.diff(curve.x) >= 0.0).all() and curve.value.mean() < 0.3


def test_plotly_accepts_the_plots(errors: MeasuredErrors) -> None:
    curve = reliability(errors.raw, errors.test.subject)
    for plot in (
        reliability_plot(curve, curve),
        joint_plot(coverage_by_joint(errors), LEVELS),
        scale_plot(scale_bins(errors)),
    ):
        go.Figure(data=list(plot.traces), layout=plot.layout)


def test_the_page_is_whole_in_a_browser(windows: CalibrationWindows, profile: ProfileDocument, tmp_path: Path) -> None:
    rows = calibration_measurements(windows, profile)
    page = tmp_path / "calibration.html"
    write_calibration_page(calibration_page(windows, profile, rows, LEAST), page)
    assert CALIBRATION_PAGE_FILE.recognises(page) and page.stat().st_size < MOST_BYTES
    text = page.read_text()
    assert "The 90 % regions hold" in text and "hardest by predicted error" in text and "synthetic persons" in text
    (seen,) = visit(page, tmp_path)
    assert_whole(seen, plots=8)


def test_a_missed_coverage_stands_at_the_top(windows: CalibrationWindows, profile: ProfileDocument) -> None:
    rows = calibration_measurements(windows, profile)
    low = [
        row.model_copy(update={"value": 0.5, "interval": (0.4, 0.6)}) if row.name.endswith("5th_percentile") else row
        for row in rows
    ]
    assert "wanted at least 0.8 - missed" in calibration_page(windows, profile, low, LEAST)
    assert "missed" not in calibration_page(windows, profile, rows, LEAST)


def test_too_few_persons_for_the_level(windows: CalibrationWindows) -> None:
    few = profile_of(6, 3, 1, LEVELS)
    page = calibration_page(windows, few, calibration_measurements(windows, few), LEAST)
    assert "Too few calibration persons" in page
