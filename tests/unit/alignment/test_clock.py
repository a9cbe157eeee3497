"""Clock defects that real captures show, rebuilt on a motion that is known exactly."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import align, windows
from tests.support.watch_recordings import WRIST_MOTION, swinging_arm

PERIOD = 1 / 99.454


def arm(samples: int = 2000, period: float = PERIOD) -> Recording:
    return swinging_arm(np.arange(samples) * period)


def wall_clock(samples: int = 1000, rate_hz: float = 49.768, spread_s: float = 1.3e-3) -> Recording:
    """Whole milliseconds, taken in a callback that wanders."""
    true = np.arange(samples) / rate_hz
    wander = np.random.default_rng(3).normal(scale=spread_s, size=samples)
    stamps = np.round((true + np.abs(wander)) * 1e3) / 1e3
    return replace(swinging_arm(true), time_s=stamps - stamps[0])


def test_clean_recording_is_left_alone() -> None:
    recording = arm()
    report = clean_clock(recording)
    (stretch,) = report.stretches
    assert (report.repeats, report.back_steps, report.equal_stamps, report.gaps_s, report.rejected) == (0, 0, 0, (), ())
    assert stretch.kind == "sensor"
    assert stretch.rate_hz == pytest.approx(99.454, abs=1e-6)
    np.testing.assert_array_equal(stretch.time_s, recording.time_s)
    np.testing.assert_array_equal(stretch.imu, recording.imu)


def test_replayed_block_is_dropped() -> None:
    """The last 90 rows once more, as two real gym files end."""
    recording = arm()
    replayed = recording.take(np.concatenate([np.arange(2000), np.arange(1910, 2000)]))
    report = clean_clock(replayed)
    assert report.repeats == 90 and report.back_steps == 0
    np.testing.assert_array_equal(report.stretches[0].imu, recording.imu)


def test_packets_out_of_order_are_sorted() -> None:
    recording = arm()
    order = np.concatenate([np.arange(10), np.arange(50, 60), np.arange(10, 50), np.arange(60, 2000)])
    report = clean_clock(recording.take(order))
    assert report.back_steps == 1 and report.repeats == 0
    np.testing.assert_array_equal(report.stretches[0].imu, recording.imu)


def test_equal_stamps_with_other_values_are_kept_and_straightened() -> None:
    recording = wall_clock()
    stamps = recording.time_s.copy()
    stamps[501] = stamps[500]
    report = clean_clock(replace(recording, time_s=stamps))
    assert report.repeats == 0 and report.equal_stamps == 1
    assert len(report.stretches[0].time_s) == 1000


def test_wall_clock_is_replaced_by_a_line() -> None:
    (stretch,) = clean_clock(wall_clock()).stretches
    assert stretch.kind == "wall" and stretch.lost == 0
    assert stretch.rate_hz == pytest.approx(49.768, rel=1e-4)
    np.testing.assert_allclose(np.diff(stretch.time_s), 1 / stretch.rate_hz, atol=1e-12)


def test_late_callbacks_are_not_losses() -> None:
    """Stamps 31 to 98 ms apart without a lost sample: whoever fills there gets a wrong rate."""
    recording = wall_clock(spread_s=0.3e-3)
    stamps = recording.time_s.copy()
    for row in range(60, 960, 60):
        stamps[row : row + 3] = stamps[row + 2] + np.array([0.0, 2e-3, 4e-3])  # three arrive together, late
    (stretch,) = clean_clock(replace(recording, time_s=stamps)).stretches
    assert stretch.lost == 0
    assert stretch.rate_hz == pytest.approx(49.768, rel=2e-4)


def test_wall_clock_losses_are_counted() -> None:
    kept = np.delete(np.arange(1000), [300, 301, 302, 700])
    (stretch,) = clean_clock(wall_clock(spread_s=0.3e-3).take(kept)).stretches
    assert stretch.lost == 4
    assert stretch.rate_hz == pytest.approx(49.768, rel=2e-4)


@pytest.mark.parametrize(("missing", "masked"), [(1, 0), (3, 0), (4, 1), (8, 1)])
def test_holes_of_a_sensor_clock(missing: int, masked: int) -> None:
    recording = arm()
    (stretch,) = clean_clock(recording.take(np.delete(np.arange(2000), np.arange(900, 900 + missing)))).stretches
    assert stretch.lost == missing and len(stretch.masked) == masked
    np.testing.assert_allclose(stretch.time_s, recording.time_s, atol=1e-9)
    if not masked:  # a cubic restores what a band-limited motion did there
        np.testing.assert_allclose(stretch.imu, recording.imu, atol=2e-3)
    else:
        straight = np.linspace(recording.imu[899], recording.imu[900 + missing], missing + 2)
        np.testing.assert_allclose(stretch.imu[899 : 901 + missing], straight, atol=1e-12)


def test_masked_steps_reach_the_windows() -> None:
    recording = arm(3000)
    lost = [*range(1500, 1508), *range(1550, 1558)]
    aligned = align(recording.take(np.delete(np.arange(3000), lost)))
    segment = aligned.segments[0]
    inside = [(segment.time_s > a * PERIOD) & (segment.time_s < b * PERIOD) for a, b in ((1499, 1508), (1549, 1558))]
    np.testing.assert_array_equal(segment.filled, inside[0] | inside[1])
    assert segment.filled.sum() in (8, 9, 10)  # twice 90.5 ms at 50 Hz
    cut = windows(aligned)
    assert cut.rejected.any() and not cut.rejected.all()
    np.testing.assert_array_equal(cut.rejected, cut.masked_share > 0.02)
    assert cut.masked_share.max() == segment.filled.sum() / 200


def test_long_gap_splits() -> None:
    recording = arm(3000)
    report = clean_clock(recording.take(np.delete(np.arange(3000), np.arange(1000, 1010))))
    assert len(report.stretches) == 2
    assert report.gaps_s == pytest.approx([11 * PERIOD])


def test_collapsed_clock_is_rejected() -> None:
    """Queued samples stamped 0 to 17 ms apart at delivery look like 250 Hz."""
    recording = wall_clock(2600)
    stamps = recording.time_s.copy()
    steps = np.random.default_rng(8).choice([1e-3, 2e-3, 4e-3, 4e-3, 4e-3, 5e-3, 17e-3], size=1000)
    stamps[1600:] = stamps[1599] + 27.4 + np.cumsum(steps)
    report = clean_clock(replace(recording, time_s=stamps))
    assert [len(part.recording) for part in report.stretches] == [1600]
    assert [part.rows for part in report.rejected] == [1000]
    reason = report.rejected[0].reason
    assert "jitter" in reason or "collapsed" in reason


def test_evenly_collapsed_clock_contradicts_the_gyroscope() -> None:
    """A 50 Hz recording whose stamps lie five times too close: gravity turns five times as fast as the gyroscope says."""
    slow = arm(2000, period=1 / 49.77)
    aligned = align(replace(slow, time_s=slow.time_s / 5.0))
    assert {found.check for found in aligned.failures} >= {"gyro-unit", "mean-force"}


def test_part_on_a_faster_wall_clock_is_rejected() -> None:
    """The queue behind the gap was stamped evenly, at twice the rate of the device."""
    recording = wall_clock(2600, spread_s=0.3e-3)
    stamps = recording.time_s.copy()
    stamps[1600:] = np.round((stamps[1599] + 27.4 + (stamps[1600:] - stamps[1600]) / 2) * 1e3) / 1e3
    report = clean_clock(replace(recording, time_s=stamps))
    assert [len(part.recording) for part in report.stretches] == [1600]
    assert "collapsed clock: 99.5" in report.rejected[0].reason


def test_short_tail_is_rejected() -> None:
    recording = arm(1009)
    stamps = recording.time_s.copy()
    stamps[1000:] += 172.0
    report = clean_clock(replace(recording, time_s=stamps))
    assert len(report.stretches) == 1 and "too short" in report.rejected[0].reason


def test_stale_first_row_costs_half_a_second() -> None:
    recording = arm()
    quaternion = recording.quaternion.copy()
    quaternion[0] = [1.0, 0.0, 0.0, 0.0]
    report = clean_clock(replace(recording, quaternion=quaternion))
    assert report.dropped_at_start == 50
    assert report.stretches[0].time_s[0] == pytest.approx(50 * PERIOD)


def test_sound_first_row_costs_nothing() -> None:
    assert clean_clock(read_recording(WRIST_MOTION)).dropped_at_start == 0


@pytest.mark.parametrize("rate_hz", [49.77, 57.7, 60.0, 62.5, 99.27, 104.28, 200.723, 249.7, 799.0])
def test_every_rate_from_50_hz_is_resampled(rate_hz: float) -> None:
    """The motion comes out the same whatever the rate of the watch was; what cannot be above 50 Hz is gone."""
    aligned = align(arm(int(6 * rate_hz), period=1 / rate_hz))
    (segment,) = aligned.segments
    assert segment.source_rate_hz == pytest.approx(rate_hz, rel=1e-6)
    truth = swinging_arm(segment.time_s).imu
    np.testing.assert_allclose(segment.imu[20:-20], truth[20:-20], atol=0.02)


@pytest.mark.parametrize("rate_hz", [1.0, 8.0, 16.7, 28.5, 33.19, 48.9])
def test_below_50_hz_the_reason_is_the_rate_and_nothing_else(rate_hz: float) -> None:
    (rejected,) = clean_clock(arm(300, period=1 / rate_hz)).rejected
    assert f"{rate_hz:.2f} Hz is below the 50 Hz that the model needs" in rejected.reason
    assert "collapsed" not in rejected.reason


def test_clock_faster_than_any_watch() -> None:
    (rejected,) = clean_clock(arm(2000, period=1 / 2500.0)).rejected
    assert "2500 Hz is faster than any watch" in rejected.reason


def test_many_late_callbacks_take_no_time_that_grows_with_their_square() -> None:
    """Half an hour at 100 Hz with 1,800 losses: one trial costs the same wherever it is."""
    samples = 180_000
    true = np.arange(samples) / 99.6
    stamps = np.round((true + np.random.default_rng(5).uniform(0, 2e-3, samples)) * 1e3) / 1e3
    kept = np.delete(np.arange(samples), np.arange(50, samples, 100))
    still = np.zeros((samples, 3))
    recording = Recording("synthetic", "synthetic", "0" * 64, stamps, still + 1.0, still).take(kept)
    (stretch,) = clean_clock(recording).stretches
    assert stretch.lost == samples - len(kept)
    assert stretch.rate_hz == pytest.approx(99.6, rel=1e-5)


def test_thousands_of_short_runs_are_one_rejection() -> None:
    """Five rows, a gap, five rows, and so on: nothing can be used, and it is said once."""
    recording = arm(20_000)
    stamps = recording.time_s + 0.3 * (np.arange(20_000) // 5)
    report = clean_clock(replace(recording, time_s=stamps))
    (rejected,) = report.rejected
    assert rejected.rows == 20_000 and "4000 runs of at most 5 samples" in rejected.reason
