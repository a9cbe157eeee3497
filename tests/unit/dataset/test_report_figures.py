"""Each figure of the dataset report against a motion whose figure is known, and against other libraries."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import percentileofscore

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, mirror_pose
from qleap_edge.dataset.motion_capture import read_motion_capture
from qleap_edge.dataset.report.document import Spread
from qleap_edge.dataset.report.figures import (
    ANGLES,
    BANDS_HZ,
    FIGURE_INDEX,
    FREQUENCIES_HZ,
    band_rms,
    energy_frequencies,
    joint_angles,
    repetition_curves,
    repetition_figures,
    spectrum,
    squat_repetitions,
)
from qleap_edge.dataset.report.literature import ENERGY_SHARES
from qleap_edge.dataset.report.measures import rest_norm, runs
from qleap_edge.dataset.report.real import LEG_SHARE, percentile_of, real_squats
from qleap_edge.physics.anthropometry import mean_subject
from qleap_edge.reporting.tables import percent
from tests.support.stick_figures import (
    ASCENT,
    BOTTOM,
    DESCENT,
    SHANK,
    THIGH,
    one_squat,
    stick_figure,
    still_watch,
)

CMU = Path(__file__).parents[2] / "fixtures" / "cmu" / "13_29.npz"


def test_a_body_that_stands_straight_has_no_angles():
    np.testing.assert_allclose(joint_angles(stick_figure(np.zeros(3))), 0.0, atol=1e-5)


def test_angles_are_those_the_figure_was_drawn_with():
    angles = dict(zip(ANGLES, joint_angles(stick_figure(np.full(2, BOTTOM), elbow=np.radians(70.0)))[0], strict=True))
    assert angles["knee_flexion"] == pytest.approx(120.0)
    assert angles["trunk_pitch"] == pytest.approx(30.0)
    assert angles["hip_flexion"] == pytest.approx(30.0 + 60.0)
    assert angles["shank_pitch"] == pytest.approx(60.0)
    assert angles["elbow_flexion"] == pytest.approx(70.0)
    assert angles["shoulder_elevation"] == pytest.approx(30.0), "the arm hangs while the trunk leans"


def test_the_larger_side_counts_whichever_it_is():
    pose = stick_figure(np.full(2, BOTTOM))
    pose[:, JOINT_INDEX["left_wrist"]] += [0.1, 0.0, 0.05]
    np.testing.assert_allclose(joint_angles(pose), joint_angles(mirror_pose(pose)))
    assert joint_angles(pose)[0, ANGLES.index("elbow_flexion")] > 10.0


def test_a_repetition_has_the_depth_and_tempo_it_was_drawn_with():
    pose, imu = stick_figure(one_squat()), still_watch().astype(np.float64)
    imu[:, 3] = 0.5
    (found,) = squat_repetitions(pose)
    figures = repetition_figures(pose, imu, found)

    def figure(name: str) -> float:
        return float(figures[FIGURE_INDEX[name]])

    # Of a cosine's half period, 5 % of the way takes this share of the time.
    missing = np.arccos(1.0 - 2.0 * 0.05) / np.pi
    assert figure("descent") == pytest.approx((1.0 - missing) * DESCENT / 50.0, abs=0.03)
    assert figure("ascent") == pytest.approx((1.0 - missing) * ASCENT / 50.0, abs=0.03)
    assert figure("duration") == pytest.approx(figure("descent") + figure("ascent"))
    assert figure("knee_bottom") == pytest.approx(120.0)
    assert figure("knee_range") == pytest.approx(120.0 * 0.97, abs=3.0)
    assert figure("pelvis_drop") == pytest.approx((THIGH + SHANK) * (1.0 - np.cos(0.5 * BOTTOM)), abs=0.002)
    assert figure("angular_velocity_rms") == pytest.approx(0.5)
    assert figure("specific_force_rms") == pytest.approx(0.0, abs=1e-9)
    knee, force = repetition_curves(pose, imu, found)
    assert knee.max() == pytest.approx(120.0, abs=0.1) and knee[0] < 6.0 > knee[-1]
    np.testing.assert_allclose(force, np.float32(STANDARD_GRAVITY))


def test_a_repetition_cut_by_the_edge_is_left_out():
    pose = stick_figure(one_squat(start=30))
    assert len(squat_repetitions(pose)) == 1
    assert squat_repetitions(pose[60:]) == [], "it begins on the way down"
    assert squat_repetitions(pose[:120]) == [], "it ends on the way up"


@pytest.mark.parametrize(("frequency_hz", "band"), [(0.5, 0), (1.5, 1), (3.0, 2), (6.0, 3), (12.0, 4)])
def test_a_sine_lies_in_its_band_with_its_rms(frequency_hz, band):
    time_s = np.arange(200) / 50.0
    signal = np.outer(np.cos(2.0 * np.pi * frequency_hz * time_s), [2.0, 0.0, 1.0]) + np.array([0.0, 9.81, 0.0])
    rms = band_rms(signal)
    assert rms[band] == pytest.approx(np.sqrt(0.5 * (4.0 + 1.0)), rel=0.03)
    assert np.delete(rms, band).max() < 0.05 * rms[band]
    density = spectrum(signal)
    assert density.sum() * FREQUENCIES_HZ[1] == pytest.approx(0.5 * (4.0 + 1.0), rel=0.02)
    assert energy_frequencies(density)[0] == pytest.approx(frequency_hz, abs=0.25)


def test_white_noise_has_half_its_energy_below_half_the_band():
    noise = np.random.default_rng(0).normal(size=(50_000, 3))
    below = dict(zip(ENERGY_SHARES, energy_frequencies(spectrum(noise)), strict=True))
    assert below[50] == pytest.approx(12.5, abs=0.3)
    assert below[90] == pytest.approx(22.5, abs=0.3)
    assert spectrum(noise).sum() * FREQUENCIES_HZ[1] == pytest.approx(3.0, rel=0.03)
    bands = band_rms(noise)
    for (low, high), rms in zip(BANDS_HZ, bands, strict=True):
        assert rms == pytest.approx(np.sqrt(3.0 * (high - low) / 25.0), rel=0.1)


def test_a_stretch_too_short_for_a_band_has_no_rms_there():
    assert np.isnan(band_rms(np.random.default_rng(0).normal(size=(40, 3)))[0])


def test_nothing_has_no_bandwidth():
    assert np.isnan(energy_frequencies(np.zeros(len(FREQUENCIES_HZ)))).all()


def test_rest_is_found_between_movements():
    rng = np.random.default_rng(1)
    imu = np.zeros((300, 6), np.float32)
    imu[:, :3] = rng.normal(0.0, 3.0, (300, 3))
    imu[120:190, :3] = np.array([0.0, 6.0, 8.0]) + rng.normal(0.0, 1e-3, (70, 3))
    assert rest_norm(imu, np.ones(300, bool)) == pytest.approx(10.0, abs=1e-3)
    assert np.isnan(rest_norm(imu, np.arange(300) % 40 < 39)), "nobody stands for a second"
    imu[:, 2] += np.sin(np.arange(300))
    assert np.isnan(rest_norm(imu, np.ones(300, bool))), "not a quiet second"


def test_runs_are_the_stretches_of_true():
    wanted = np.array([1, 1, 0, 1, 0, 0, 1, 1, 1], bool)
    assert runs(wanted) == [slice(0, 2), slice(3, 4), slice(6, 9)]
    assert runs(wanted, least=2) == [slice(0, 2), slice(6, 9)]
    assert runs(np.zeros(4, bool)) == []


def test_percentiles_are_scipys():
    values = np.random.default_rng(2).normal(size=500).round(1)
    for value in (-9.0, -0.3, 0.0, 0.1, 9.0):
        assert percentile_of(value, values) == pytest.approx(percentileofscore(values, value, kind="mean"))
    spread = Spread.of(np.append(values, [np.nan, np.inf]))
    assert (spread.low, spread.median, spread.high) == tuple(np.percentile(values, (1, 50, 99)))
    assert spread.count == 500
    assert Spread.of(np.array([np.nan])) == Spread(low=None, median=None, high=None, count=0)


def test_a_share_that_is_not_whole_never_reads_as_whole():
    assert percent(1.0) == "100.00 %"
    assert percent(0.99999) == "> 99.99 %"
    assert percent(None) == "–"


def test_the_real_squats():
    """Two deep squats of about 2.7 s; the notice beside the file says knee flexion up to 147 degrees."""
    real = real_squats(read_motion_capture(CMU))
    assert len(real.spans_s) == 2
    assert [start for start, _, _ in real.spans_s] == pytest.approx([31.7, 34.7], abs=0.05)
    bottom = real.figures["left"][:, FIGURE_INDEX["knee_bottom"]]
    assert bottom.max() == pytest.approx(147.0, abs=2.0)
    np.testing.assert_array_equal(bottom, real.figures["right"][:, FIGURE_INDEX["knee_bottom"]])
    assert real.figures["left"][:, FIGURE_INDEX["duration"]] == pytest.approx([2.68, 2.70], abs=0.05)
    assert real.stature_m == pytest.approx(1.65, abs=0.01)
    assert (real.figures["left"] != real.figures["right"])[:, FIGURE_INDEX["specific_force_rms"] :].all()


def test_the_legs_share_of_stature_is_the_simulated_bodys():
    lengths = mean_subject("female", 1.0, 60.0).lengths
    assert lengths["thigh"] + lengths["shank"] == pytest.approx(LEG_SHARE)


def test_joint_names_have_not_moved():
    """The stick figure sets every joint but the pelvis, which is the origin."""
    pose = stick_figure(np.zeros(1))[0]
    assert [name for name, point in zip(JOINT_NAMES, pose, strict=True) if not point.any()] == ["pelvis"]
