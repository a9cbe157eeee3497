"""Laws of the alignment: what must not matter does not matter."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.lever_arm import fit_lever_arm
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.resample import resample_uniform
from qleap_edge.alignment.stream import align, windows
from qleap_edge.alignment.wear import Side, Wear, from_frame_c, to_frame_c
from qleap_edge.core.frames import mirror_imu
from tests.support.watch_recordings import (
    WRIST_MOTION,
    sensor_logger_rows,
    swinging_arm,
    write_csv,
)

seeds = st.integers(0, 2**32 - 1)
wears = st.builds(Wear, st.sampled_from(Side), st.sampled_from(Side))


@given(seeds, st.integers(1, 400), st.floats(20.0, 800.0))
def test_equal_rate_is_the_identity(seed: int, samples: int, rate_hz: float) -> None:
    values = np.random.default_rng(seed).normal(scale=20.0, size=(samples, 6))
    time_s = np.arange(samples) / rate_hz
    grid, out = resample_uniform(time_s, values, rate_hz)
    assert len(grid) == samples
    np.testing.assert_allclose(grid, time_s, atol=1e-9)
    np.testing.assert_allclose(out, values, atol=1e-6)


@given(seeds, st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.sampled_from([49.8, 99.3, 100.8, 200.7]))
def test_resampling_is_linear(seed: int, a: float, b: float, rate_hz: float) -> None:
    one, two = np.random.default_rng(seed).normal(size=(2, 150, 3))
    time_s = np.arange(150) / rate_hz
    both = resample_uniform(time_s, a * one + b * two, 50.0)[1]
    apart = a * resample_uniform(time_s, one, 50.0)[1] + b * resample_uniform(time_s, two, 50.0)[1]
    np.testing.assert_allclose(both, apart, atol=1e-11)


@given(seeds, st.floats(99.0, 101.0))
@settings(max_examples=50)
def test_resampling_turns_with_the_sensor(seed: int, rate_hz: float) -> None:
    """Rotating before or after is the same: no channel is treated differently."""
    rng = np.random.default_rng(seed)
    turn = Rotation.random(rng=rng).as_matrix()
    time_s, values = np.arange(200) / rate_hz, rng.normal(size=(200, 3))
    first = resample_uniform(time_s, values @ turn.T, 50.0)[1]
    last = resample_uniform(time_s, values, 50.0)[1] @ turn.T
    np.testing.assert_allclose(first, last, atol=1e-12)


@given(seeds, wears)
def test_wear_keeps_lengths_and_inverts(seed: int, wear: Wear) -> None:
    imu = np.random.default_rng(seed).normal(size=(5, 6))
    force, rate = from_frame_c(imu, wear)
    np.testing.assert_allclose(np.linalg.norm(force, axis=1), np.linalg.norm(imu[:, :3], axis=1))
    np.testing.assert_allclose(to_frame_c(force, rate, wear), imu, atol=1e-14)
    np.testing.assert_array_equal(mirror_imu(mirror_imu(imu)), imu)


@given(seeds)
def test_mirrored_motion_obeys_the_same_physics(seed: int) -> None:
    """Reflected in y, a = α × r + ω × (ω × r) still holds: the force is polar, the rate axial."""
    rate, alpha, lever = np.random.default_rng(seed).normal(size=(3, 3))
    force = np.cross(alpha, lever) + np.cross(rate, np.cross(rate, lever))
    mirrored = mirror_imu(np.concatenate([force, rate])[None])[0]
    mirrored_alpha = mirror_imu(np.concatenate([force, alpha])[None])[0, 3:]
    mirrored_lever = lever * np.array([1.0, -1.0, 1.0])
    spin = mirrored[3:]
    expected = np.cross(mirrored_alpha, mirrored_lever) + np.cross(spin, np.cross(spin, mirrored_lever))
    np.testing.assert_allclose(mirrored[:3], expected, atol=1e-12)


@given(st.integers(30, 1970), st.floats(0.11, 400.0))
@settings(max_examples=25, deadline=None)
def test_splitting_at_a_gap_changes_nothing(cut: int, gap_s: float) -> None:
    arm = swinging_arm(np.arange(2000) / 99.454)
    stamps = arm.time_s.copy()
    stamps[cut:] += gap_s
    whole = align(replace(arm, time_s=stamps))
    halves = [align(arm.take(slice(0, cut))), align(arm.take(slice(cut, None)))]
    assert len(whole.segments) == 2
    for segment, half in zip(whole.segments, halves, strict=True):
        np.testing.assert_allclose(segment.imu, half.segments[0].imu, atol=2e-5)
        np.testing.assert_array_equal(segment.filled, half.segments[0].filled)
    lengths = [len(windows(half).imu) for half in halves]
    assert np.bincount(windows(whole).segment, minlength=2).tolist() == lengths


@pytest.fixture(scope="module")
def swim() -> Recording:
    return read_recording(WRIST_MOTION)


@given(seeds, st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_feeding_in_pieces_changes_nothing(swim: Recording, seed: int, packet: int) -> None:
    """Packets in any order, some of them twice: sorting and dropping exact repeats gives the very same windows."""
    rng = np.random.default_rng(seed)
    pieces = [np.arange(first, min(first + packet, len(swim))) for first in range(0, len(swim), packet)]
    order = rng.permutation(len(pieces)).tolist()
    again = rng.choice(order, size=min(3, len(order)), replace=False).tolist()
    rows = np.concatenate([pieces[index] for index in order + again])
    fed, straight = align(swim.take(rows)), align(swim)
    assert fed.clock.repeats == len(rows) - len(swim)
    assert windows(fed).imu.tobytes() == windows(straight).imu.tobytes()
    np.testing.assert_array_equal(windows(fed).start_s, windows(straight).start_s)


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_lever_arm_turns_with_the_case(seed: int) -> None:
    """Worn 180° turned about z, the same motion gives the opposite lever and the opposite verdict."""
    rng = np.random.default_rng(seed)
    arm = swinging_arm(np.arange(600) / 100.0, (float(rng.uniform(0.2, 0.6)), 0.0, 0.02))
    half_turn = np.array([-1.0, -1.0, 1.0])
    turned = replace(
        arm,
        angular_velocity=arm.angular_velocity * half_turn,
        user_acceleration=arm.user_acceleration * half_turn,
        specific_force=arm.specific_force * half_turn,
    )
    one, other = fit_lever_arm([arm]), fit_lever_arm([turned])
    np.testing.assert_allclose(np.array(one.lever_m) * half_turn, other.lever_m, atol=1e-9)
    assert (one.verdict, other.verdict) == ("distal", "proximal")


@given(seeds, st.booleans(), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_way_a_table_is_written_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, seed: int, semicolon: bool, quoted: bool, extra: bool, marks: bool
) -> None:
    """Column order, BOM, quotes, semicolons with decimal commas, CRLF, blank lines, three columns more."""
    rng = np.random.default_rng(seed)
    arm = swinging_arm(np.arange(12) / 100.0)
    rows = sensor_logger_rows(arm)
    folder = tmp_path_factory.mktemp("table")
    plain = read_recording(write_csv(folder / "plain.csv", rows))
    if extra:
        rows = [[*row, *tail] for row, tail in zip(rows, [["pitch", "roll", "yaw"]] + [["0.5"] * 3] * 12, strict=True)]
    order = rng.permutation(len(rows[0]))
    rows = [[row[index] for index in order] for row in rows]
    if semicolon:
        rows = [rows[0], *([cell.replace(".", ",") for cell in row] for row in rows[1:])]
    if quoted:
        rows = [[f'"{cell}"' for cell in row] for row in rows]
    text = "\n".join((";" if semicolon else ",").join(row) for row in rows) + "\n"
    if marks:
        text = "\ufeff" + text.replace("\n", "\r\n") + "\r\n  \r\n"
    (folder / "other.csv").write_bytes(text.encode())
    other = read_recording(folder / "other.csv")
    for name in ("time_s", "specific_force", "angular_velocity", "gravity", "user_acceleration", "quaternion"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(other, name))
