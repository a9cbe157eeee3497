"""The resampler against known signals, the filter's response, and a real recording."""

import numpy as np
import pytest
from scipy.interpolate import make_interp_spline
from scipy.signal import freqz

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.resample import lowpass_for_decimation, lowpass_taps, resample_uniform
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY
from tests.support.watch_recordings import WRIST_MOTION


def test_filter_response() -> None:
    taps = lowpass_taps(99.454, 50.0)
    assert len(taps) == 31
    np.testing.assert_allclose(taps, taps[::-1], atol=1e-16)  # linear phase
    _, response = freqz(taps, worN=[0, 15, 18, 20, 25, 28], fs=99.454)
    np.testing.assert_allclose(np.abs(response), [1.0, 0.999, 0.977, 0.852, 0.147, 0.002], atol=1e-3)


def test_filter_is_a_plain_centred_convolution() -> None:
    values = np.random.default_rng(2).normal(size=(300, 2))
    taps = lowpass_taps(100.0, 50.0)
    half = len(taps) // 2
    out = lowpass_for_decimation(values, 100.0, 50.0)
    for column in range(2):
        slow = [taps @ values[k - half : k + half + 1, column] for k in range(half, 300 - half)]
        np.testing.assert_allclose(out[half:-half, column], slow, atol=1e-12)


@pytest.mark.parametrize("ratio", [0.98, 1.0, 1.01])
def test_no_filter_without_decimation(ratio: float) -> None:
    values = np.random.default_rng(2).normal(size=(50, 1))
    np.testing.assert_array_equal(lowpass_for_decimation(values, 50.0 * ratio, 50.0), values)


@pytest.mark.parametrize("rate_hz", [99.27, 100.81, 200.723, 49.77])
def test_slow_sine_survives_any_clock(rate_hz: float) -> None:
    time_s = np.arange(int(6 * rate_hz)) / rate_hz
    grid, out = resample_uniform(time_s, np.sin(2 * np.pi * 3.0 * time_s)[:, None], 50.0)
    inner = (grid > 0.3) & (grid < grid[-1] - 0.3)
    np.testing.assert_allclose(out[inner, 0], np.sin(2 * np.pi * 3.0 * grid[inner]), atol=5e-3)  # pass-band ripple


def test_what_would_alias_is_gone() -> None:
    time_s = np.arange(1000) / 100.0
    _, out = resample_uniform(time_s, np.sin(2 * np.pi * 40.0 * time_s)[:, None], 50.0)
    assert np.abs(out[20:-20]).max() < 5e-3


@pytest.mark.parametrize("duration_s", [1.0155, 16.0776, 1.0, 0.02, 0.0199])
def test_sample_count(duration_s: float) -> None:
    time_s = np.linspace(0.0, duration_s, 40)
    grid, _ = resample_uniform(time_s, np.zeros((40, 6)), 50.0)
    assert len(grid) == int(np.floor(round(duration_s * 50.0, 9))) + 1
    np.testing.assert_allclose(np.diff(grid), 0.02, atol=1e-12)


def test_ramp_passes_unchanged_to_the_very_edges() -> None:
    time_s = 5.0 + np.arange(200) / 99.45
    grid, out = resample_uniform(time_s, np.stack([3.0 * time_s, np.full(200, 7.0)], axis=1), 50.0)
    np.testing.assert_allclose(out[:, 0], 3.0 * grid, atol=1e-9)
    np.testing.assert_allclose(out[:, 1], 7.0, atol=1e-12)
    assert grid[0] == 5.0


def test_natural_spline_is_scipys() -> None:
    rng = np.random.default_rng(4)
    time_s = np.cumsum(rng.uniform(0.018, 0.022, 60))
    values = rng.normal(size=(60, 2))
    grid, out = resample_uniform(time_s, values, 50.0)
    natural = make_interp_spline(time_s, values, k=3, bc_type="natural")
    np.testing.assert_allclose(out, natural(np.minimum(grid, time_s[-1])), atol=1e-10)


def test_one_and_two_samples() -> None:
    grid, out = resample_uniform(np.array([2.0]), np.ones((1, 6)), 50.0)
    assert grid.tolist() == [2.0] and out.shape == (1, 6)
    grid, out = resample_uniform(np.array([0.0, 0.05]), np.array([[0.0], [5.0]]), 50.0)
    np.testing.assert_allclose(out[:, 0], [0.0, 2.0, 4.0], atol=1e-12)


def test_same_bytes_again_and_by_column() -> None:
    rng = np.random.default_rng(5)
    time_s, values = np.arange(601) / 100.3, rng.normal(size=(601, 6))
    once, again = resample_uniform(time_s, values, 50.0)[1], resample_uniform(time_s, values, 50.0)[1]
    assert once.tobytes() == again.tobytes()
    for column in range(6):
        alone = resample_uniform(time_s, values[:, column : column + 1], 50.0)[1]
        np.testing.assert_allclose(alone[:, 0], once[:, column], atol=1e-13)


def test_naive_linear_interpolation_is_far_off_on_a_real_swim() -> None:
    """51 mg and 0.119 rad/s rms per axis behind the gap: why the filter and the spline are there."""
    part = clean_clock(read_recording(WRIST_MOTION)).stretches[1]
    grid, out = resample_uniform(part.time_s, part.imu, 50.0)
    naive = np.stack([np.interp(grid, part.time_s, column) for column in part.imu.T], axis=1)
    rms = np.sqrt(np.mean((naive - out) ** 2, axis=0))
    assert np.sqrt(np.mean(rms[:3] ** 2)) / STANDARD_GRAVITY == pytest.approx(0.051, abs=0.002)
    assert np.sqrt(np.mean(rms[3:] ** 2)) == pytest.approx(0.119, abs=0.004)


@pytest.mark.parametrize(
    ("time_s", "values", "rate_hz", "match"),
    [
        ([0.0, 0.01, 0.01], [[0.0]] * 3, 50.0, "sample 2: the stamps do not increase"),
        ([0.0, 0.01], [[0.0], [np.nan]], 50.0, "sample 1: a value is not a number"),
        ([0.0, np.inf], [[0.0], [0.0]], 50.0, "sample 1: a stamp is not a number"),
        ([0.0, 0.01], [[0.0], [0.0]], 0.0, "rate is not usable"),
        ([0.0, 0.01], [[0.0], [0.0]], np.nan, "rate is not usable"),
    ],
)
def test_refuses(time_s: list[float], values: list[list[float]], rate_hz: float, match: str) -> None:
    with pytest.raises(InputDataError, match=match):
        resample_uniform(np.array(time_s), np.array(values), rate_hz)


def test_refuses_nothing() -> None:
    with pytest.raises(InputDataError, match="nothing to resample"):
        resample_uniform(np.empty(0), np.empty((0, 6)), 50.0)
