"""The profile: fitted, stored, read back, applied; gates against scikit-learn's Mahalanobis distance."""

import json

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import chi2
from sklearn.covariance import EmpiricalCovariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.records import read_document
from qleap_edge.core.skeleton import MIRRORED
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode, gate_distance, input_gate
from qleap_edge.uncertainty.out_of_distribution import SHRINKAGE, STILL, Mahalanobis, input_features, unit_length
from qleap_edge.uncertainty.profile import (
    ABSTAIN_REASONS,
    GATE_SHARES,
    Abstention,
    CalibrationWindows,
    ProfileDocument,
    check_profile_matches,
    fit_profile,
    split_persons,
)
from qleap_edge.uncertainty.temperature import fit_temperature, negative_log_likelihood
from tests.support.calibration_windows import CAPTURED, VALIDITY

RNG = np.random.default_rng(11)
N = 160


def random_outputs(n):
    def normal(*shape):
        return RNG.normal(size=(n, *shape)).astype(np.float32)

    pose = 0.2 * normal(200, 17, 3)
    pose[:, :, 0] = 0.0
    return ModelOutputs(pose, 0.3 * normal(200, 17, 3) - 6.0, normal(8), normal(5), normal(64), normal(64))


@pytest.fixture(scope="module")
def windows():
    outputs = random_outputs(N)
    sigma = np.exp(0.5 * outputs.pose_log_variance)
    truth = outputs.pose + 1.4 * sigma * RNG.normal(size=sigma.shape).astype(np.float32)  # σ is 1.4 times too small
    return CalibrationWindows(
        imu=RNG.normal(size=(N, 200, 6)).astype(np.float32),
        outputs=outputs,
        pose=truth,
        exercise=RNG.integers(0, 8, N),
        form=RNG.integers(-1, 5, N),
        subject=np.arange(N) // 4,
        sequence=np.arange(N) // 2,
    )


@pytest.fixture(scope="module")
def profile(windows):
    return fit_profile(
        windows,
        package_sha256="f" * 64,
        variant="float16",
        levels=(0.5, 0.9, 0.99),
        abstain_share=0.05,
        captured=CAPTURED,
        validity=VALIDITY,
    )


def test_scale_and_radius_are_right(profile):
    np.testing.assert_allclose(np.array(profile.sigma_scale)[1:], 1.4, rtol=0.05)
    assert profile.sigma_scale[0] == (1.0, 1.0, 1.0)
    radius = np.array(profile.radius, dtype=object)
    # With 20 persons the promise of 90 % needs 0.9 · 21/20 of the mass: the price of a finite sample.
    np.testing.assert_allclose(radius[1:, 1].astype(float), np.sqrt(chi2.ppf(0.9 * 21 / 20, 3)), rtol=0.03)
    assert all(row[2] is None for row in profile.radius)  # 20 persons cannot promise 99 %


def test_round_trip(profile, tmp_path):
    profile.write(tmp_path / "profile.json")
    assert read_document(ProfileDocument, tmp_path / "profile.json") == profile


def test_a_profile_with_the_window_gate_of_the_sign_is_refused(profile, tmp_path):
    """Version 2 had a gate for the sign; a file that says it has version 6 must not have it."""
    path = tmp_path / "profile.json"
    document = profile.model_dump(mode="json", by_alias=True)
    document["abstain"]["force_sign"] = {"least": 0.1}
    for version, problem, words in (
        (2, SchemaMismatch, "expected 6; got 2.*rebuild"),
        (6, InputDataError, "abstain.force_sign"),
    ):
        path.write_text(json.dumps(document | {"schema_version": version}))
        with pytest.raises(problem, match=words):
            read_document(ProfileDocument, path)


def test_mahalanobis_agrees_with_scikit_learn():
    features = RNG.normal(size=(500, 6)) @ RNG.normal(size=(6, 6))
    ours = Mahalanobis.fit(features, np.arange(500))
    reference = EmpiricalCovariance().fit(features)
    shrunk = (1 - SHRINKAGE) * reference.covariance_ + SHRINKAGE * np.diag(np.diag(reference.covariance_))
    centred = features - features.mean(0)
    expected = np.sqrt(np.einsum("nd,de,ne->n", centred, np.linalg.inv(shrunk), centred))
    np.testing.assert_allclose(ours.distance(features), expected, rtol=1e-4)


def test_the_nearest_of_several_centres_agrees_with_scikit_learn():
    group = RNG.integers(0, 4, 600)
    features = RNG.normal(size=(600, 6)) @ RNG.normal(size=(6, 6)) + 3.0 * RNG.normal(size=(4, 6))[group]
    ours = Mahalanobis.fit(features, np.arange(600), group)
    reference = LinearDiscriminantAnalysis(solver="lsqr", store_covariance=True).fit(features, group)
    within = reference.covariance_
    precision = np.linalg.inv((1 - SHRINKAGE) * within + SHRINKAGE * np.diag(np.diag(within)))
    np.testing.assert_allclose(ours.centres, reference.means_, rtol=1e-9)
    apart = features[:, None] - reference.means_
    expected = np.sqrt(np.einsum("ngd,de,nge->ng", apart, precision, apart)).min(axis=1)
    np.testing.assert_allclose(ours.distance(features), expected, rtol=1e-4)


def test_unit_length_keeps_the_direction_and_survives_a_dead_embedding():
    raw = RNG.normal(size=(5, 64)).astype(np.float32)
    raw[3] = 0.0
    scaled = unit_length(raw)
    assert scaled.dtype == np.float64 and not scaled[3].any()
    np.testing.assert_allclose(np.linalg.norm(np.delete(scaled, 3, axis=0), axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(scaled[0] * np.linalg.norm(raw[0]), raw[0], rtol=1e-5)


def test_the_gates_share_the_budget(windows, profile):
    assert sum(GATE_SHARES.values()) == pytest.approx(1.0) and set(GATE_SHARES) == set(ABSTAIN_REASONS)
    assert len(profile.abstain.embedding.centres) == 8 and len(profile.abstain.input.centres) == 1


def test_input_features_of_a_known_signal():
    """The signal, and the numbers, of the Swift package's test."""
    pair = np.array([[3, 1, 2, 3, 4, 5], [-1, 1, 2, 3, 4, 5]], dtype=np.float32)
    norm = (np.sqrt(14) + np.sqrt(6)) / 2
    expected = [1, 1, 2, 3, 4, 5, np.log(2 + STILL), *5 * [np.log(STILL)], np.log(norm + STILL)]
    np.testing.assert_allclose(input_features(np.tile(pair, (100, 1))[None])[0], expected, rtol=1e-12)


def test_jumps_do_not_hide_a_force_in_g():
    """Half of the windows jump by up to three times their weight; with the plain norm a force in g would pass for known."""
    rng = np.random.default_rng(6)
    up = rng.normal(size=(400, 1, 3))
    up *= 9.8 / np.linalg.norm(up, axis=2, keepdims=True)
    jump = np.where(np.arange(400) < 200, 0.1, rng.uniform(0.5, 3.0, 400))[:, None, None]
    force = up * (1 + jump * np.sin(12 * np.arange(200) / 50)[:, None]) + rng.normal(size=(400, 200, 3))
    imu = np.concatenate([force, rng.normal(size=(400, 200, 3))], axis=2)
    gate = Mahalanobis.fit(input_features(imu), np.arange(400))
    in_g = gate.distance(input_features(imu / [9.8, 9.8, 9.8, 1, 1, 1]))
    assert in_g.min() > 1.5 * np.quantile(gate.distance(input_features(imu)), 0.9875)


def test_decoding_matches_plain_arithmetic(windows, profile):
    decoded = decode(windows.outputs, windows.imu, profile, stature_m=1.8, wrist="left")
    np.testing.assert_allclose(decoded.pose_m, 1.8 * windows.outputs.pose, rtol=1e-6)
    expected = 1.8 * np.exp(0.5 * windows.outputs.pose_log_variance[3, 9, 4, 1]) * profile.sigma_scale[4][1]
    assert decoded.sigma_m[3, 9, 4, 1] == pytest.approx(CAPTURED.widening[4] * expected, rel=1e-6)
    np.testing.assert_allclose(
        decoded.exercise_probability,
        softmax(windows.outputs.exercise_logits / profile.temperature.exercise, axis=1),
        rtol=1e-5,
    )
    distance = gate_distance(profile.abstain.input, input_features(windows.imu))
    np.testing.assert_allclose(decoded.input_distance, distance)
    assert (decoded.fired[:, 2] == (distance > profile.abstain.input.threshold)).all()
    assert decoded.fired.shape == (N, 3)
    np.testing.assert_array_equal(decoded.fired[:, 2], input_gate(windows.imu, profile))


def test_every_gate_gets_its_part_of_the_budget(windows):
    """The persons weigh equally, each with four windows: of the 80 held windows the gates may turn away 1.8, 8.4 and 1.8."""
    assert len(ABSTAIN_REASONS) == len(Abstention.model_fields) - 1  # all but the budget itself
    profile = fit_profile(
        windows, package_sha256="", variant="", levels=(0.5,), abstain_share=0.15, captured=CAPTURED, validity=VALIDITY
    )
    held = windows.where(~split_persons(windows.subject))
    fired = decode(held.outputs, held.imu, profile, stature_m=1.0, wrist="left").fired
    assert fired.sum(axis=0).tolist() == [1, 8, 1]  # above a quantile: the rest, exactly


def test_right_wrist_mirrors_pose_and_sigma(windows, profile):
    left = decode(windows.outputs, windows.imu, profile, stature_m=1.0, wrist="left")
    right = decode(windows.outputs, windows.imu, profile, stature_m=1.0, wrist="right")
    np.testing.assert_allclose(right.pose_m[..., 1], -left.pose_m[..., MIRRORED, 1])
    np.testing.assert_allclose(right.sigma_m, left.sigma_m[..., MIRRORED, :])
    assert (right.sigma_m > 0).all() and (right.fired == left.fired).all()


def test_real_people_get_wider_intervals_and_the_same_gates(windows, profile):
    real = decode(windows.outputs, windows.imu, profile, stature_m=1.0, wrist="right")
    synthetic = decode(windows.outputs, windows.imu, profile, stature_m=1.0, wrist="right", population="synthetic")
    widening = np.array(CAPTURED.widening)[list(MIRRORED)]
    np.testing.assert_allclose(real.sigma_m, synthetic.sigma_m * widening[:, None], rtol=1e-12)
    np.testing.assert_array_equal(real.pose_m, synthetic.pose_m)
    np.testing.assert_array_equal(real.log_sigma, synthetic.log_sigma)
    np.testing.assert_array_equal(real.fired, synthetic.fired)


def test_the_gates_turn_away_strangers_and_few_others(windows, profile):
    good = decode(windows.outputs, windows.imu, profile, stature_m=1.0, wrist="left")
    assert good.abstain.mean() < 0.15
    strange = decode(windows.outputs, 5 * windows.imu, profile, stature_m=1.0, wrist="left")
    assert strange.abstain.all() and "input" in strange.reasons(0)


def test_a_profile_of_another_package_is_refused(profile):
    check_profile_matches(profile, "f" * 64)
    with pytest.raises(InputDataError, match="another package"):
        check_profile_matches(profile, "0" * 64)


def test_three_persons_are_too_few(windows):
    with pytest.raises(InputDataError, match="too few calibration persons"):
        fit_profile(
            windows.where(windows.subject < 3),
            package_sha256="",
            variant="",
            levels=(0.5,),
            abstain_share=0.05,
            captured=CAPTURED,
            validity=VALIDITY,
        )


def test_temperature_recovers_a_known_one():
    logits = RNG.normal(size=(20000, 5)) * 2
    label = np.array([RNG.choice(5, p=row) for row in softmax(logits, axis=1)])
    assert fit_temperature(3.0 * logits, label) == pytest.approx(3.0, rel=0.05)
    label[:10000] = -1  # unscored windows do not count
    assert fit_temperature(3.0 * logits, label) == pytest.approx(3.0, rel=0.08)
    assert negative_log_likelihood(logits, np.maximum(label, 0), 1.0) > 0
    assert fit_temperature(logits, np.full(20000, -1)) == 1.0
