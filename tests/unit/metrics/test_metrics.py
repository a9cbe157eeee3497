"""Metrics against SciPy and hand-made answers."""

import math

import numpy as np
import pytest
from scipy.stats import bootstrap

from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.metrics.bootstrap import mean_interval
from qleap_edge.metrics.parity import class_flips, max_abs_error, pose_drift_mm, psnr_db
from qleap_edge.metrics.pose import mpjpe_per_window
from qleap_edge.metrics.uncertainty import interval_hits, mean_squared_z

RNG = np.random.default_rng(3)


def test_person_bootstrap_agrees_with_scipy_when_each_person_has_one_value():
    values = RNG.normal(size=80)
    ours = mean_interval(values, np.arange(80))
    theirs = bootstrap((values,), np.mean, method="percentile", n_resamples=9999, rng=1).confidence_interval
    np.testing.assert_allclose(ours, theirs, atol=0.02)


def test_person_bootstrap_sees_dependence():
    person = np.repeat(np.arange(20), 50)
    values = RNG.normal(size=20)[person]
    low, high = mean_interval(values, person)
    naive = 2 * 1.96 * values.std() / math.sqrt(len(values))
    assert high - low > 4 * naive  # 50 copies of one number are one number


def test_mpjpe_skips_the_pelvis():
    truth = RNG.normal(size=(3, 200, 17, 3)).astype(np.float32)
    pose = truth.copy()
    pose[:, :, 0] += 99.0
    assert mpjpe_per_window(pose, truth).max() == 0.0
    pose = truth + np.float32([0.003, 0.004, 0.0])
    np.testing.assert_allclose(mpjpe_per_window(pose, truth), 0.005, rtol=1e-4)
    np.testing.assert_allclose(pose_drift_mm(pose, truth), 0.005 * MM_PER_BODY_HEIGHT, rtol=1e-3)


def test_coverage_of_true_gaussians():
    z = RNG.normal(size=(400, 20, 16, 3))
    for level in (0.5, 0.9, 0.95):
        assert interval_hits(z, level).mean() == pytest.approx(level, abs=2e-3)
    assert mean_squared_z(z).mean() == pytest.approx(1.0, abs=5e-3)
    assert interval_hits(1.5 * z, 0.9).mean() < 0.75  # an overconfident σ is caught


def test_parity_figures():
    a = np.array([1.0, -2.0, 4.0])
    assert max_abs_error(a, a + 0.25) == 0.25
    assert psnr_db(a + 0.4, a) == pytest.approx(20.0, abs=1e-9)  # peak 4, rms 0.4
    assert psnr_db(a, a) == 200.0


def test_flips_count_only_where_the_reference_is_sure():
    reference = np.log(np.array([[0.6, 0.4], [0.505, 0.495], [0.1, 0.9]]))
    assert class_flips(reference[:, ::-1], reference, margin=0.02) == 2
    assert class_flips(reference, reference, margin=0.02) == 0
