"""Contenders whose answers are known, for a trial whose truth is known: no network, no training."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from qleap_edge.alignment.stream import windows
from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.model_under_test import ModelUnderTest
from qleap_edge.comparison.motion.ground_truth import EXERCISE_OF_LABEL, ground_truth_of
from qleap_edge.comparison.virtual_watch import ideal_watch
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES
from qleap_edge.core.skeleton import mirror_pose
from qleap_edge.dataset.motion_capture import SIDES, MotionCapture
from qleap_edge.metrics.outputs import ModelOutputs

CMU = Path(__file__).parents[1] / "fixtures" / "cmu" / "13_29.npz"
SIGMA = 0.01  # body heights


def model(run: Callable[..., ModelOutputs], mean_pose: np.ndarray) -> ModelUnderTest:
    return ModelUnderTest(kind="checkpoint", name="known", sha256="0" * 64, grade=None, mean_pose=mean_pose, run=run)


def outputs_of(pose: np.ndarray, exercise: np.ndarray) -> ModelOutputs:
    """Return outputs that say this pose and class, with one sigma everywhere."""
    count = len(pose)
    logits = np.zeros((count, len(EXERCISES)), np.float32)
    logits[np.arange(count), exercise] = 10.0
    spread = np.full(pose.shape, 2.0 * np.log(SIGMA), np.float32)
    empty = np.zeros((count, 64), np.float32)
    return ModelOutputs(pose.astype(np.float32), spread, logits, np.zeros((count, 5), np.float32), empty, empty)


def oracle(capture: MotionCapture, draws: int, squat_share: float = 0.65) -> ModelUnderTest:
    """Return a model that knows the truth: pose of every window as a left-arm model says it, class of its label.

    It is asked wrist by wrist, an ideal watch and ``draws`` others each.

    Args:
        capture: the trial.
        draws: devices a wrist.
        squat_share: part of a window from which on it is called squat; else it is called by its majority or idle.
    """
    answers = []
    for side in map(Side, SIDES):
        aligned = ideal_watch(capture, side).aligned
        truth = ground_truth_of(capture, aligned, windows(aligned))
        pose = truth.windowed(truth.pose)
        names = [EXERCISE_OF_LABEL.get(truth.names[index], "idle") for index in truth.window_labels()]
        squat = truth.action == truth.names.index("Squat")
        share = np.array([squat[first : first + 200].mean() for first in truth.first])
        exercise = np.array([EXERCISE_ID["idle" if name == "squat" else name] for name in names])
        exercise[share >= squat_share] = EXERCISE_ID["squat"]
        said = outputs_of(mirror_pose(pose) if side is Side.RIGHT else pose, exercise)
        answers += [said] * (draws + 1)
    waiting = iter(answers)

    def run(imu: np.ndarray, _: object) -> ModelOutputs:
        found = next(waiting)
        assert abs(len(found) - len(imu)) <= 1
        return found[: len(imu)]

    return model(run, np.zeros((17, 3)))


def stubborn(mean_pose: np.ndarray, exercise: int = EXERCISE_ID["idle"]) -> ModelUnderTest:
    """Return a model that always says the mean training pose and one class."""

    def run(imu: np.ndarray, _: object) -> ModelOutputs:
        return outputs_of(np.broadcast_to(mean_pose, (len(imu), 200, 17, 3)), np.full(len(imu), exercise))

    return model(run, mean_pose)


def cut_trial(capture: MotionCapture, start_s: float, end_s: float) -> MotionCapture:
    """Return a part of a trial."""
    keep = (capture.time_s >= start_s) & (capture.time_s <= end_s)
    return replace(
        capture,
        time_s=capture.time_s[keep],
        joints=capture.joints[keep],
        imu={side: signal[keep] for side, signal in capture.imu.items()},
        action=capture.action[keep],
    )
