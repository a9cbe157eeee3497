"""Repetitions in streams of known squats."""

import itertools

import numpy as np
import pytest

from qleap_edge.alignment.stream import AlignedRecording, align, windows
from qleap_edge.alignment.wear import ASSUMED_WEAR
from qleap_edge.analysis.pelvis_repetitions import (
    SHORTEST_GAP_S,
    SMALLEST_DEPTH,
    Repetition,
    count_repetitions,
    find_repetitions,
)
from tests.support.squats import STAND_M, squat_stream
from tests.support.watch_recordings import swinging_arm


def bottoms_of(found: list[Repetition]) -> list[float]:
    return [rep.bottom_s for rep in found]


def everything(time_s: np.ndarray) -> np.ndarray:
    return np.ones(len(time_s), dtype=bool)


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize(("depth_m", "tempo_s"), [(0.2, 1.2), (0.35, 2.5), (0.5, 5.0)])
@pytest.mark.parametrize("noise_m", [0.0, 0.004])
def test_count_depth_and_tempo(count: int, depth_m: float, tempo_s: float, noise_m: float) -> None:
    time_s, pose, bottoms = squat_stream(count, depth_m=depth_m, tempo_s=tempo_s, rest_s=0.5, noise_m=noise_m)
    found = find_repetitions(time_s, pose, everything(time_s), 1.75)
    assert len(found) == count
    for rep, bottom in zip(found, bottoms, strict=True):
        assert rep.depth_m == pytest.approx(depth_m, abs=1e-3 + 5 * noise_m)
        assert rep.bottom_s == pytest.approx(bottom, abs=0.02 if noise_m == 0 else 0.1 * tempo_s)
        assert rep.start_s < rep.bottom_s < rep.end_s
        # Start and end lie in the rests, of which nobody can say which frame is the highest.
        assert tempo_s - 0.3 * tempo_s <= rep.tempo_s <= tempo_s + 2 * 0.5 + (0.1 * tempo_s if noise_m else 1e-9)
        assert rep.tempo_s == rep.end_s - rep.start_s


def test_without_a_rest_tempo_is_the_period() -> None:
    time_s = np.arange(1001) / 50.0
    pose = np.zeros((1001, 17, 3))
    pose[:, [3, 6], 2] = -(STAND_M - 0.2 * (1.0 - np.cos(2.0 * np.pi * time_s / 4.0)))[:, None]
    found = find_repetitions(time_s, pose, everything(time_s), 1.75)
    assert [rep.bottom_s for rep in found] == pytest.approx([2.0, 6.0, 10.0, 14.0, 18.0])
    assert [rep.tempo_s for rep in found] == pytest.approx([4.0] * 5)
    assert [rep.depth_m for rep in found] == pytest.approx([0.4] * 5)
    assert all(a.end_s == b.start_s for a, b in itertools.pairwise(found)), "they touch and never overlap"


@pytest.mark.parametrize(("share", "count"), [(0.9, 0), (1.1, 3)])
def test_less_than_the_smallest_depth_is_nothing(share: float, count: int) -> None:
    time_s, pose, _ = squat_stream(3, depth_m=share * SMALLEST_DEPTH * 1.9)
    assert len(find_repetitions(time_s, pose, everything(time_s), 1.9)) == count


def test_a_dip_that_is_too_short_is_merged() -> None:
    time_s, pose, _ = squat_stream(2, tempo_s=0.5 * SHORTEST_GAP_S, rest_s=0.0)
    assert len(find_repetitions(time_s, pose, everything(time_s), 1.75)) <= 1


def test_the_last_frames_of_a_squat_that_never_ends() -> None:
    time_s, pose, bottoms = squat_stream(2)
    end = int(bottoms[1] * 50) - 5  # the stream stops on the way down
    found = find_repetitions(time_s[:end], pose[:end], everything(time_s[:end]), 1.75)
    assert [rep.bottom_s for rep in found] == pytest.approx([bottoms[0]], abs=0.03)


@pytest.mark.parametrize("hidden", [0, 2, 4])
def test_a_repetition_that_touches_an_unknown_frame_is_not_reported(hidden: int) -> None:
    time_s, pose, bottoms = squat_stream(5)
    known = everything(time_s)
    known[round(bottoms[hidden] * 50) - 3] = False
    found = find_repetitions(time_s, pose, known, 1.75)
    assert bottoms_of(found) == pytest.approx(np.delete(bottoms, hidden), abs=0.02)


def test_frames_nobody_knows_are_not_taken_for_squats() -> None:
    """Unknown frames hold zeros: a pelvis at ankle height."""
    time_s, pose, bottoms = squat_stream(6, rest_s=1.5, noise_m=1e-4)
    known = everything(time_s)
    gap = slice(round((bottoms[2] - 2.0) * 50), round((bottoms[2] + 2.0) * 50))
    known[gap], pose[gap] = False, 0.0
    found = find_repetitions(time_s, pose, known, 1.75)
    assert bottoms_of(found) == pytest.approx(np.delete(bottoms, 2), abs=0.1)
    assert [rep.depth_m for rep in found] == pytest.approx([0.35] * 5, abs=1e-3)


def test_a_short_unknown_stretch_beside_a_bottom_does_not_hide_it() -> None:
    time_s, pose, bottoms = squat_stream(3, tempo_s=1.0, rest_s=0.6, noise_m=1e-4)
    known = everything(time_s)
    gap = slice(round((bottoms[1] + 0.6) * 50), round((bottoms[1] + 0.8) * 50))  # within 0.8 s of the bottom
    known[gap], pose[gap] = False, 0.0
    assert bottoms_of(find_repetitions(time_s, pose, known, 1.75)) == pytest.approx(bottoms, abs=0.05)


def test_a_descent_that_begins_in_the_dark_is_not_measured() -> None:
    """Half of the way down is unknown: its depth would be half of the truth."""
    time_s, pose, bottoms = squat_stream(3)
    known = everything(time_s)
    gap = slice(round((bottoms[1] - 1.4) * 50), round((bottoms[1] - 0.6) * 50))
    known[gap], pose[gap] = False, 0.0
    assert bottoms_of(find_repetitions(time_s, pose, known, 1.75)) == pytest.approx(bottoms[[0, 2]], abs=0.05)


def test_standing_still_and_nothing_at_all() -> None:
    time_s, pose, _ = squat_stream(1, depth_m=0.0, noise_m=0.01)
    assert find_repetitions(time_s, pose, everything(time_s), 1.75) == []
    assert find_repetitions(time_s[:1], pose[:1], everything(time_s[:1]), 1.75) == []


def test_a_raised_knee_is_no_squat() -> None:
    """The pelvis stays where it is and one foot comes up by half a metre, twice."""
    time_s, pose, _ = squat_stream(2, depth_m=0.0)
    pose[:, 6, 2] += 0.25 * (1.0 - np.cos(2.0 * np.pi * np.arange(len(pose)) / (len(pose) / 2)))
    assert find_repetitions(time_s, pose, everything(time_s), 1.75) == []


def aligned_arm(segments: int, seconds: float) -> AlignedRecording:
    """Return a recording of this many stretches of equal length, with gaps between them."""
    stretch = np.arange(round(seconds * 100)) / 100.0
    return align(swinging_arm(np.concatenate([1000.34 * number + stretch for number in range(segments)])), ASSUMED_WEAR)


@pytest.mark.parametrize("segments", [1, 2])
def test_windows_of_each_segment_are_counted_as_its_stream(segments: int) -> None:
    _, pose, _ = squat_stream(4)
    aligned = aligned_arm(segments, len(pose) / 50.0)
    cut = windows(aligned)
    parts, expected = [], []
    for segment in aligned.segments:
        assert len(segment.time_s) <= len(pose)
        first = range(0, len(segment.time_s) - 199, 10)
        parts += [pose[begin : begin + 200] for begin in first]
        known = np.arange(len(segment.time_s)) < first[-1] + 200
        expected += find_repetitions(segment.time_s, pose[: len(segment.time_s)], known, 1.75)
    found = count_repetitions(aligned, cut, np.stack(parts), np.ones(len(cut.imu), bool), 1.75)
    assert len(found) == 4 * segments
    assert bottoms_of(found) == pytest.approx(bottoms_of(expected))
    assert [rep.depth_m for rep in found] == pytest.approx([rep.depth_m for rep in expected])


def test_windows_that_do_not_count_leave_their_frames_unknown() -> None:
    _, pose, bottoms = squat_stream(4)
    aligned = aligned_arm(1, len(pose) / 50.0)
    cut = windows(aligned)
    parts = np.stack([pose[begin : begin + 200] for begin in range(0, len(aligned.segments[0].time_s) - 199, 10)])
    early = np.arange(len(parts)) * 10 + 200 < bottoms[2] * 50.0  # none that reaches the third bottom
    parts[~early] = 0.0
    found = count_repetitions(aligned, cut, parts, early, 1.75)
    start = aligned.segments[0].start_s
    assert bottoms_of(found) == pytest.approx(start + bottoms[: len(found)], abs=0.03) and len(found) in (1, 2)
    assert count_repetitions(aligned, cut, parts, np.zeros_like(early), 1.75) == []
