"""Repetitions of squats in a series of poses: the pelvis' height above the lower ankle falls and rises again."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float
from scipy.signal import find_peaks

from qleap_edge.alignment.stream import AlignedRecording, Windows
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.metrics.pose import pelvis_height

SMALLEST_DEPTH = 0.06  # of stature: about 10 cm for a person of 1.75 m; a smaller fall is no repetition
SHORTEST_GAP_S = 0.8  # between two bottoms


@dataclass(frozen=True)
class Repetition:
    """One descent and return."""

    start_s: float
    bottom_s: float
    end_s: float
    depth_m: float
    """How far the pelvis came down towards the lower ankle."""

    @property
    def tempo_s(self) -> float:
        """Duration from start to end."""
        return self.end_s - self.start_s


def count_repetitions(
    aligned: AlignedRecording,
    windows: Windows,
    pose_m: Float[np.ndarray, "k 200 17 3"],
    squat: Bool[np.ndarray, " k"],
    stature_m: float,
) -> list[Repetition]:
    """Return the repetitions of a whole recording, segment by segment.

    Args:
        aligned: the recording.
        windows: cut from it.
        pose_m: the windows' poses, metres.
        squat: True for windows that count: the model is sure, and their class is the squat.
        stature_m: the wearer's height.
    """
    found: list[Repetition] = []
    for index, segment in enumerate(aligned.segments):
        rows = np.flatnonzero(squat & (windows.segment == index))
        first = np.rint((windows.start_s[rows] - segment.start_s) * MODEL_RATE_HZ).astype(np.int64)
        average = OverlapAverage(len(segment.time_s))
        average.add(first, pose_m[rows])
        found += find_repetitions(segment.time_s, average.pose(), average.known, stature_m)
    return found


def find_repetitions(
    time_s: Float[np.ndarray, " t"],
    pose_m: Float[np.ndarray, "t 17 3"],
    known: Bool[np.ndarray, " t"],
    stature_m: float,
) -> list[Repetition]:
    """Find repetitions in one stretch without gaps.

    Args:
        time_s: stamps, 50 Hz.
        pose_m: body-frame pose in metres.
        known: True where the model is sure of a squat: a repetition that touches another frame is not reported.
        stature_m: the wearer's height.
    """
    height = pelvis_height(pose_m)
    repetitions = []
    # Each known stretch is searched alone: unknown frames must neither hide a bottom nor look like one.
    for first, last in _stretches(known):
        part = height[first : last + 1]
        bottoms, _ = find_peaks(
            -part, prominence=SMALLEST_DEPTH * stature_m, distance=max(1, int(SHORTEST_GAP_S * MODEL_RATE_HZ))
        )
        # Neighbouring repetitions share the highest point between their bottoms, so they never overlap.
        edges = [0, *bottoms, len(part) - 1]
        tops = [first + int(low + np.argmax(part[low : high + 1])) for low, high in pairwise(edges)]
        for bottom, start, end in zip(first + bottoms, tops, tops[1:], strict=False):
            cut = (start == first and first > 0) or (end == last and last < len(known) - 1)
            if not cut:
                depth = float(min(height[start], height[end]) - height[bottom])
                repetitions.append(Repetition(float(time_s[start]), float(time_s[bottom]), float(time_s[end]), depth))
    return repetitions


def _stretches(known: Bool[np.ndarray, " t"]) -> list[tuple[int, int]]:
    """Return first and last index of each run of True."""
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=0, append=0))
    return [(int(first), int(stop) - 1) for first, stop in zip(edges[::2], edges[1::2], strict=True)]
