"""The real swim through the whole chain, figure by figure."""

import numpy as np
import pytest

from qleap_edge.alignment.findings import Finding
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import AlignedRecording, align, windows
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.frames import STANDARD_GRAVITY
from tests.support.watch_recordings import PENDULUM_LEFT, PENDULUM_RIGHT, WRIST_MOTION


@pytest.fixture(scope="module")
def swim() -> AlignedRecording:
    return align(read_recording(WRIST_MOTION))


def finding(aligned: AlignedRecording, check: str) -> Finding:
    (found,) = [finding for finding in aligned.findings if finding.check == check]
    return found


def test_swim_source(swim: AlignedRecording) -> None:
    source = swim.recording
    assert source.sha256.startswith("deb0f1b88eec")
    assert len(source) == 1702 and source.format == "sensor-logger"
    assert source.time_s[-1] == pytest.approx(29.4603228, abs=1e-9)
    assert np.abs(source.user_acceleration).max(axis=0) == pytest.approx([3.53, 3.57, 3.11], abs=0.005)
    assert np.abs(source.angular_velocity).max(axis=0) == pytest.approx([14.63, 10.61, 12.85], abs=0.005)
    total = np.linalg.norm(source.specific_force, axis=1) / STANDARD_GRAVITY
    assert (np.median(total), total.max()) == pytest.approx((1.089, 4.42), abs=0.005)
    assert np.median(np.linalg.norm(source.user_acceleration, axis=1)) == pytest.approx(0.575, abs=5e-4)


def test_swim_segments(swim: AlignedRecording) -> None:
    assert [len(part.recording) for part in swim.clock.stretches] == [102, 1600]
    durations = [part.time_s[-1] - part.time_s[0] for part in swim.clock.stretches]
    assert durations == pytest.approx([1.0155, 16.0776], abs=5e-5)
    assert swim.clock.gaps_s == pytest.approx([12.3672572], abs=1e-9)
    assert swim.clock.stretches[1].rate_hz == pytest.approx(99.4555, abs=1e-4)
    assert swim.clock.stretches[1].jitter_s == pytest.approx(0.47e-6, abs=2e-8)
    assert [len(segment.time_s) for segment in swim.segments] == [51, 804]
    assert not swim.rejected and not swim.failures


def test_swim_windows(swim: AlignedRecording) -> None:
    apart = windows(swim, hop=200)
    assert apart.imu.shape == (4, 200, 6) and set(apart.segment) == {1}
    cut = windows(swim)
    assert cut.imu.shape == (61, 200, 6) and cut.imu.dtype == np.float32
    assert not cut.rejected.any()
    assert cut.start_s[0] == pytest.approx(13.3827726, abs=1e-7)
    np.testing.assert_array_equal(cut.imu[1, :190], cut.imu[0, 10:])


def test_short_recording_has_no_window(swim: AlignedRecording) -> None:
    short = align(swim.recording.take(slice(0, 100)))
    assert windows(short).imu.shape == (0, 200, 6)
    assert finding(short, "length").level == "fail"


@pytest.mark.parametrize(("path", "rows", "full"), [(PENDULUM_LEFT, 1142, 5), (PENDULUM_RIGHT, 1333, 6)])
def test_pendulums(path, rows: int, full: int) -> None:
    """50 Hz in, 50 Hz out: only the frame changes."""
    aligned = align(read_recording(path, 50.0), Wear(Side.LEFT, Side.RIGHT))
    assert len(aligned.segments[0].time_s) == rows and len(windows(aligned, hop=200).imu) == full
    np.testing.assert_allclose(aligned.segments[0].imu, aligned.recording.imu, atol=1e-5)
    assert finding(aligned, "stuck-sensor").level == "pass"


def test_swim_passes_every_check_but_gap_and_wear(swim: AlignedRecording) -> None:
    assert {found.check for found in swim.findings if found.level == "warn"} == {"gaps", "wear-source"}
