"""The real swim through the whole chain, figure by figure; and every quality check with something wrong to find."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.export import ARRAYS, aligned_arrays, write_aligned, write_figure
from qleap_edge.alignment.findings import Finding
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import AlignedRecording, align, windows
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY
from tests.support.watch_recordings import PENDULUM_LEFT, PENDULUM_RIGHT, WRIST_MOTION, swinging_arm


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


def damaged(change: str, arm: Recording) -> Recording:
    """Return a recording with one thing wrong."""
    force, rate, gravity = arm.specific_force.copy(), arm.angular_velocity.copy(), arm.gravity.copy()
    if change == "degrees":
        rate = np.rad2deg(rate)
    elif change == "swapped axes":
        rate = rate[:, [1, 0, 2]]
    elif change == "milli-g":
        force = force * 1000 / STANDARD_GRAVITY
    elif change == "wrong sign":
        force = -force
    elif change == "not gravity":
        gravity = 1.02 * gravity
    elif change == "stuck":
        rate[500:530] = rate[500]
    elif change == "clipped":
        force = np.clip(force, -9.0, 9.0)
    return replace(arm, specific_force=force, angular_velocity=rate, gravity=gravity)


@pytest.mark.parametrize(
    ("change", "check", "level"),
    [
        ("nothing", "gyro-unit", "pass"),
        ("degrees", "gyro-unit", "fail"),
        ("swapped axes", "axis-order", "fail"),
        ("milli-g", "specific-force-unit", "fail"),
        ("wrong sign", "specific-force-sign", "fail"),
        ("not gravity", "gravity-norm", "fail"),
        ("stuck", "stuck-sensor", "fail"),
        ("clipped", "saturation", "warn"),
    ],
)
def test_each_check_finds_its_damage(change: str, check: str, level: str) -> None:
    aligned = align(damaged(change, swinging_arm(np.arange(1000) / 100.0)))
    assert finding(aligned, check).level == level
    if level == "fail":
        with pytest.raises(InputDataError, match="checks fail"):
            aligned.require_usable()


def test_degrees_are_named() -> None:
    aligned = align(damaged("degrees", swinging_arm(np.arange(1000) / 100.0)))
    assert finding(aligned, "gyro-unit").value == pytest.approx(np.deg2rad(1.0), rel=1e-3)
    assert "degrees per second?" in finding(aligned, "gyro-unit").message


def test_heading_correction_is_seen_and_harmless() -> None:
    """A magnetometer step turns the attitude by 5° about the vertical; gravity and gyroscope do not move."""
    from scipy.spatial.transform import Rotation

    arm = swinging_arm(np.arange(1000) / 100.0)
    turned = arm.quaternion.copy()
    turn = Rotation.from_euler("z", 5.0, degrees=True)
    turned[500:] = (turn * Rotation.from_quat(turned[500:], scalar_first=True)).as_quat(scalar_first=True)
    before, after = align(arm), align(replace(arm, quaternion=turned))
    assert finding(before, "heading-jumps").value == 0 and finding(after, "heading-jumps").value == 1
    np.testing.assert_array_equal(before.segments[0].imu, after.segments[0].imu)


def test_inverse_attitude_is_not_believed() -> None:
    arm = swinging_arm(np.arange(1000) / 100.0)
    conjugate = arm.quaternion * np.array([1.0, -1.0, -1.0, -1.0])
    assert finding(align(replace(arm, quaternion=conjugate)), "attitude-gravity").level == "warn"


def test_wear_contradiction_is_a_warning() -> None:
    aligned = align(read_recording(PENDULUM_RIGHT, 50.0), Wear(Side.LEFT, Side.RIGHT))
    assert finding(aligned, "wear-lever-arm").level == "warn"
    assert "contradicts" in finding(aligned, "wear-lever-arm").message


def test_archive_holds_what_it_says(swim: AlignedRecording, tmp_path) -> None:
    write_aligned(swim, tmp_path / "one.npz")
    write_aligned(swim, tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as archive:
        assert set(archive) == set(ARRAYS)
        cut = windows(swim)
        for start, imu in zip(archive["window_start"], cut.imu, strict=True):
            np.testing.assert_array_equal(archive["imu"][start : start + 200], imu)
        assert archive["source_sha256"] == swim.recording.sha256


def test_empty_archive_keeps_its_shapes() -> None:
    arrays = aligned_arrays(align(swinging_arm(np.arange(5) / 100.0)))
    assert arrays["imu"].shape == (0, 6) and arrays["window_start"].shape == (0,)


def test_figure_is_a_png(swim: AlignedRecording, tmp_path) -> None:
    write_figure(swim, tmp_path / "swim.png")
    assert (tmp_path / "swim.png").read_bytes().startswith(b"\x89PNG")
