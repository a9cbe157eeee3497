"""The network's answers for the windows of a set: exercise, form, gates, and the pose averaged over the windows of each frame.

Only windows whose middle lies in the set are computed, in batches, so that memory does not grow with the recording.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.alignment.stream import AlignedRecording, AlignedSegment, cut_windows, is_masked
from qleap_edge.alignment.wear import Side
from qleap_edge.bundle.shipped import ShippedModel
from qleap_edge.core.frames import HOP_STEPS, MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.skeleton import PELVIS
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.abstention import Reason, abstained, abstention_reasons
from qleap_edge.uncertainty.decode import decode

_BATCH = 256


@dataclass(frozen=True)
class PoseTrack:
    """The network's pose in a set, frame by frame: a guess from one wrist, not a measurement."""

    time_s: Float[np.ndarray, " t"]
    """50 Hz; since the first row of the recording."""
    pose_m: Float[np.ndarray, "t 17 3"]
    """Body frame, at the wearer's stature; NaN where no window holds the frame."""
    sigma_m: Float[np.ndarray, "t 17 3"]
    """Calibrated standard deviation of one window."""


@dataclass(frozen=True)
class SetAnswers:
    """What the network says about the k windows of one set."""

    start_s: Float[np.ndarray, " k"]
    exercise_probability: Float[np.ndarray, "k exercises"]
    form_probability: Float[np.ndarray, "k 5"]
    sigma_m: Float[np.ndarray, " k"]
    """Mean over joints and frames."""
    embedding_distance: Float[np.ndarray, " k"]
    """From the nearest exercise of the calibration."""
    masked_share: Float[np.ndarray, " k"]
    reasons: tuple[tuple[Reason, ...], ...]
    """Why it abstains from each window."""
    track: PoseTrack

    @property
    def votes(self) -> Bool[np.ndarray, " k"]:
        """True for the windows from which it does not abstain."""
        return ~abstained(list(self.reasons))


Span = tuple[float, float]
"""Start and end (s) of a set, since the first row of the recording."""


def window_starts(aligned: AlignedRecording, span: Span) -> tuple[AlignedSegment, Int[np.ndarray, " k"]]:
    """Return the segment that a set lies in and the first steps of the windows whose middle lies in the set.

    Windows start at every tenth step of the segment. A set near the end of a short segment may have none.
    """
    segment = next(one for one in reversed(aligned.segments) if one.start_s <= span[1])
    firsts = np.arange(0, len(segment.time_s) - WINDOW_STEPS + 1, HOP_STEPS, dtype=np.int64)
    middle = segment.start_s + (firsts + WINDOW_STEPS / 2) / MODEL_RATE_HZ
    return segment, firsts[(middle >= span[0]) & (middle <= span[1])]


def answer_set(
    aligned: AlignedRecording,
    span: Span,
    model: ShippedModel,
    predictor: PosePredictor,
    stature_m: float,
    on_windows: Callable[[int], None],
) -> SetAnswers:
    """Run the package over the windows of a set and apply the profile.

    Args:
        aligned: the recording.
        span: of the set.
        model: profile and contract of the package.
        predictor: the package, opened.
        stature_m: the wearer's height.
        on_windows: called with the number of windows done since the call before.
    """
    segment, firsts = window_starts(aligned, span)
    trained = np.array([spec.trained for spec in model.contract.exercises])
    exercises, begin = len(trained), int(firsts[0]) if len(firsts) else 0
    frames = int(firsts[-1]) + WINDOW_STEPS - begin if len(firsts) else 0
    average = OverlapAverage(frames)
    parts: list[tuple[np.ndarray, ...]] = []
    reasons: list[tuple[Reason, ...]] = []
    for batch in np.split(firsts, range(_BATCH, len(firsts), _BATCH)) if len(firsts) else []:
        imu, masked_share = cut_windows(segment, batch)
        outputs = ModelOutputs.of(predictor.predict(imu))
        side: Side = aligned.wear.wrist
        decoded = decode(outputs, imu, model.profile, stature_m=stature_m, wrist=side.value)
        average.add(batch - begin, decoded.pose_m, decoded.sigma_m)
        sigma = np.delete(decoded.sigma_m, PELVIS, axis=2).mean(axis=(1, 2, 3))
        parts.append(
            (
                decoded.exercise_probability, decoded.form_probability, sigma, decoded.embedding_distance, masked_share,
            )
        )  # fmt: skip
        reasons += abstention_reasons(decoded, is_masked(masked_share), trained)
        on_windows(len(batch))
    empty = (np.empty((0, exercises)), np.empty((0, 5)), np.empty(0), np.empty(0), np.empty(0))
    exercise, form, sigma, far, share = (np.concatenate(column) for column in zip(*(parts or [empty]), strict=True))
    track = PoseTrack(segment.time_s[begin : begin + frames], average.pose(), average.sigma())
    return SetAnswers(segment.time_s[firsts], exercise, form, sigma, far, share, tuple(reasons), track)
