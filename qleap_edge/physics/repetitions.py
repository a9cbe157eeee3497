"""Repetitions of any exercise from the pose alone: each exercise's signal, and where its repetitions start, turn and end."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float32, Int8, Int64

from qleap_edge.core.exercises import EXERCISE_ID, Exercise
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.metrics.angles import joint_flexion_rad, knee_flexion_rad

_REST_SHARE = 0.05  # of the range: below it the body is at rest
_TURN_SHARE = 0.5  # of the range: smaller movements are not repetitions


@dataclass(frozen=True)
class Cycle:
    """The signal that an exercise's repetitions are found in; it rises to the turning point."""

    signal: Callable[[Float[np.ndarray, "time 17 3"]], Float[np.ndarray, " time"]]
    least: float
    """Smallest range that counts, in the signal's unit."""


def knee_flexion(pose: Float[np.ndarray, "time 17 3"], side: str) -> Float[np.ndarray, " time"]:
    """Return the knee's flexion in rad, 0 when straight."""
    return joint_flexion_rad(pose, f"{side}_hip", f"{side}_knee", f"{side}_ankle")


def both_knees(pose: Float[np.ndarray, "time 17 3"]) -> Float[np.ndarray, " time"]:
    """Return the mean flexion of both knees, rad."""
    left, right = knee_flexion_rad(pose).T
    return np.asarray(0.5 * (left + right))


def more_bent_knee(pose: Float[np.ndarray, "time 17 3"]) -> Float[np.ndarray, " time"]:
    """Return the flexion of the knee that is bent more, rad: in a side lunge the other leg stays straight."""
    return np.asarray(knee_flexion_rad(pose).max(axis=1))


def trunk_lean(pose: Float[np.ndarray, "time 17 3"]) -> Float[np.ndarray, " time"]:
    """Return the angle of the line pelvis-shoulders to the vertical, rad."""
    trunk = pose[:, JOINT_INDEX["thorax"]] - pose[:, JOINT_INDEX["pelvis"]]
    return np.asarray(np.arctan2(np.hypot(trunk[:, 0], trunk[:, 1]), trunk[:, 2]))


def _left_elbow(pose: Float[np.ndarray, "time 17 3"]) -> Float[np.ndarray, " time"]:
    return joint_flexion_rad(pose, "left_shoulder", "left_elbow", "left_wrist")


def _left_elbow_extension(pose: Float[np.ndarray, "time 17 3"]) -> Float[np.ndarray, " time"]:
    return np.asarray(-_left_elbow(pose))


def _left_wrist_height(pose: Float[np.ndarray, "time 17 3"]) -> Float[np.ndarray, " time"]:
    return np.asarray(pose[:, JOINT_INDEX["left_wrist"], 2] - pose[:, JOINT_INDEX["left_shoulder"], 2])


CYCLES: dict[Exercise, Cycle] = {
    "squat": Cycle(both_knees, np.radians(20.0)),
    "lunge": Cycle(both_knees, np.radians(20.0)),
    "deadlift": Cycle(trunk_lean, np.radians(20.0)),
    "overhead_press": Cycle(_left_wrist_height, 0.1),  # body heights
    "biceps_curl": Cycle(_left_elbow, np.radians(30.0)),
    "jumping_jack": Cycle(_left_wrist_height, 0.1),
    "row": Cycle(_left_elbow, np.radians(30.0)),
    "bench_press": Cycle(_left_elbow, np.radians(30.0)),
    "lateral_raise": Cycle(_left_wrist_height, 0.1),
    "pull_up": Cycle(_left_elbow, np.radians(30.0)),
    "triceps_extension": Cycle(_left_elbow_extension, np.radians(30.0)),
    "push_up": Cycle(_left_elbow, np.radians(30.0)),
    "side_lunge": Cycle(more_bent_knee, np.radians(20.0)),
    "sit_to_stand": Cycle(both_knees, np.radians(30.0)),
}
"""The left arm wears the watch in every stored sequence: those of a right wrist are mirrored."""


def repetitions(signal: Float[np.ndarray, " time"], least: float = np.radians(20.0)) -> list[tuple[int, int, int]]:
    """Return (start, turning point, end) of every repetition, as samples.

    Start and end are the nearest samples at rest, below 5 % of the range; between two repetitions without a rest they meet
    at the lowest sample.

    Args:
        signal: rises to the turning point, e.g. :func:`both_knees`.
        least: a smaller range is no repetition, in the signal's unit.
    """
    low, high = float(signal.min()), float(signal.max())
    if high - low < least:
        return []
    share = (signal - low) / (high - low)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (share > _TURN_SHARE).astype(np.int8), [0]]))).tolist()
    found: list[tuple[int, int, int]] = []
    for number, (first, last) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
        turn = int(first + np.argmax(share[first:last]))
        since = edges[2 * number - 1] if number else 0
        until = edges[2 * number + 2] if 2 * number + 2 < len(edges) else len(share)
        before, after = share[since : first + 1], share[last - 1 : until]
        at_rest, again = np.flatnonzero(before < _REST_SHARE), np.flatnonzero(after < _REST_SHARE)
        start = since + int(at_rest[-1] if at_rest.size else np.argmin(before))
        end = last - 1 + int(again[0] if again.size else np.argmin(after))
        if start < turn < end:  # otherwise the repetition is incomplete
            found.append((start, turn, end))
    return found


def label_repetitions(
    pose: Float32[np.ndarray, "time 17 3"], exercise: Int8[np.ndarray, " time"]
) -> tuple[Int64[np.ndarray, "repetitions 3"], Float32[np.ndarray, " time"]]:
    """Return every repetition of a sequence, and each frame's phase: 0 at a start, 0.5 at a turn, 1 at an end, else NaN."""
    found: list[tuple[int, int, int]] = []
    edges = [0, *(np.flatnonzero(np.diff(exercise)) + 1).tolist(), len(exercise)]
    names = {number: name for name, number in EXERCISE_ID.items()}
    for first, last in pairwise(edges):
        cycle = CYCLES.get(names[int(exercise[first])])
        if cycle is not None:
            signal = cycle.signal(pose[first:last].astype(np.float64))
            found += [(first + a, first + b, first + c) for a, b, c in repetitions(signal, cycle.least)]
    phase = np.full(len(pose), np.nan, dtype=np.float32)
    for start, turn, end in found:
        phase[start : turn + 1] = np.linspace(0.0, 0.5, turn - start + 1)
        phase[turn : end + 1] = np.linspace(0.5, 1.0, end - turn + 1)
    return np.array(found, dtype=np.int64).reshape(-1, 3), phase
