"""Clock defects that real captures show, rebuilt on a motion that is known exactly."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.clock import clean_clock, nearest_rate
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


def test_evenly_collapsed_clock_is_no_250_hz_watch() -> None:
    report = clean_clock(arm(2000, period=1 / 249.65))
    assert not report.stretches
    assert "249.65 Hz is no rate a watch has" in report.rejected[0].reason


def test_slow_recording_is_rejected_by_name() -> None:
    report = clean_clock(arm(300, period=1 / 20.0))
    assert "below the model's 50 Hz" in report.rejected[0].reason


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


@pytest.mark.parametrize(
    ("rate_hz", "known"), [(99.27, 100), (100.81, 100), (200.723, 200), (49.77, 50), (57.7, None), (249.7, None)]
)
def test_known_rates(rate_hz: float, known: float | None) -> None:
    assert nearest_rate(rate_hz) == known
