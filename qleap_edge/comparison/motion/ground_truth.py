"""The true joints of a trial at the steps of a model's windows: 50 Hz, body frame, body heights, a label for each step."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.interpolate import make_interp_spline

from qleap_edge.alignment.stream import AlignedRecording, Windows
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.frames import MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.skeleton import JOINT_COUNT, JOINT_INDEX, PELVIS, remove_heading
from qleap_edge.dataset.motion_capture import MotionCapture
from qleap_edge.dataset.report.figures import squat_repetitions
from qleap_edge.dataset.report.real import SQUAT_LABEL, stature_from_legs

EXERCISE_OF_LABEL: dict[str, Exercise] = {SQUAT_LABEL: "squat", "JumpJack": "jumping_jack"}
"""Human label → exercise of the same meaning. A jog is not a walk, and there is no exercise for a knee raise."""

_ORDER = 5
_HIPS = [JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"]]


@dataclass(frozen=True)
class GroundTruth:
    """The ground truth at every step of an aligned recording, its segments one after another."""

    time_s: Float[np.ndarray, " steps"]
    """Since the trial's first sample."""
    pose: Float[np.ndarray, "steps 17 3"]
    """The person's own body frame (not mirrored), body heights by leg length; the pelvis is the point between the hips."""
    file_root: Float[np.ndarray, "steps 3"]
    """The file's own pelvis point in the same frame: another point of the body, about 11 cm away."""
    action: Int[np.ndarray, " steps"]
    """Index into ``names``: the label of the nearest sample."""
    names: tuple[str, ...]
    first: Int[np.ndarray, " windows"]
    """Step at which each window begins."""
    repetitions: tuple[tuple[int, int, int], ...]
    """Start, bottom and end step of every true squat."""

    @property
    def pose_from_file_root(self) -> Float[np.ndarray, "steps 17 3"]:
        """The same pose with the file's own pelvis as origin."""
        return np.asarray(self.pose - self.file_root[:, None])

    def windowed(self, values: Float[np.ndarray, "steps 17 3"]) -> Float[np.ndarray, "windows 200 17 3"]:
        """Return the steps of every window."""
        return values[self.first[:, None] + np.arange(WINDOW_STEPS)]

    def window_labels(self) -> Int[np.ndarray, " windows"]:
        """Return the label that holds in most of a window's steps; of equals, the later one."""
        inside = self.action[self.first[:, None] + np.arange(WINDOW_STEPS)]
        counts = np.stack([(inside == index).sum(axis=1) for index in range(len(self.names))], axis=1)
        ties = counts == counts.max(axis=1, keepdims=True)
        latest = np.stack(
            [np.where(inside == index, np.arange(WINDOW_STEPS), -1).max(axis=1) for index in range(len(self.names))],
            axis=1,
        )
        return np.asarray(np.where(ties, latest, -2).argmax(axis=1))


def ground_truth_of(capture: MotionCapture, aligned: AlignedRecording, windows: Windows) -> GroundTruth:
    """Return the truth at the steps of a recording that began with the trial's first sample.

    The pelvis of our skeleton, as the root of Vision's, is the midpoint of the hips; the root of a generic skeleton lies
    elsewhere in the pelvis (dm_control's: 9 cm above and 5 cm behind), so the truth is centred on ours before it is compared.

    Args:
        capture: the trial.
        aligned: a virtual watch's recording of it.
        windows: cut from that recording.
    """
    time_s = np.concatenate([segment.time_s for segment in aligned.segments])
    trial_s = capture.time_s - capture.time_s[0]
    inside = np.clip(time_s, 0.0, trial_s[-1])  # stamps jitter by microseconds, and the spline must not extrapolate
    flat = make_interp_spline(trial_s, capture.joints.reshape(len(trial_s), -1), k=_ORDER)(inside)
    body = remove_heading(flat.reshape(-1, JOINT_COUNT, 3)) / stature_from_legs(capture.joints)
    between_hips = body[:, _HIPS].mean(axis=1)
    pose = body - between_hips[:, None]
    pose[:, PELVIS] = 0.0
    action = capture.action[_nearest(trial_s, inside)]
    return GroundTruth(
        time_s=time_s,
        pose=pose,
        file_root=-between_hips,
        action=action,
        names=capture.action_names,
        first=_first_steps(aligned, windows),
        repetitions=tuple(_squats(pose, action, capture.action_names)),
    )


def _nearest(stamps_s: Float[np.ndarray, " samples"], at_s: Float[np.ndarray, " steps"]) -> Int[np.ndarray, " steps"]:
    after = np.clip(np.searchsorted(stamps_s, at_s), 1, len(stamps_s) - 1)
    earlier = at_s - stamps_s[after - 1] < stamps_s[after] - at_s
    return np.asarray(np.where(earlier, after - 1, after))


def _first_steps(aligned: AlignedRecording, windows: Windows) -> Int[np.ndarray, " windows"]:
    offsets = np.cumsum([0, *(len(segment.time_s) for segment in aligned.segments[:-1])])
    starts = np.array([segment.start_s for segment in aligned.segments])
    inside = np.rint((windows.start_s - starts[windows.segment]) * MODEL_RATE_HZ).astype(np.int64)
    return np.asarray(offsets[windows.segment] + inside)


def _squats(
    pose: Float[np.ndarray, "steps 17 3"], action: Int[np.ndarray, " steps"], names: tuple[str, ...]
) -> list[tuple[int, int, int]]:
    """Return the whole squats of each labelled stretch."""
    if SQUAT_LABEL not in names:
        return []
    labelled = action == names.index(SQUAT_LABEL)
    edges = np.flatnonzero(np.diff(labelled.astype(np.int8), prepend=0, append=0))
    return [
        (first + start, first + bottom, first + end)
        for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        for start, bottom, end in squat_repetitions(pose[first:stop])
    ]
