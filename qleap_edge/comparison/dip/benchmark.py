"""``qleap benchmark dip``: a model with one wrist of the test subjects of DIP-IMU, beside controls without a sensor."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.dip.aggregate import figure_rows, gain_rows
from qleap_edge.comparison.dip.document import (
    VIEWS,
    Control,
    DipBenchmark,
    ModelPart,
    ProtocolPart,
    RecordingRow,
    ValueRow,
    View,
    Wrist,
    WristRow,
)
from qleap_edge.comparison.dip.gaps import GapRule
from qleap_edge.comparison.dip.layout import ADDRESS, TEST_FRAMES, WRIST_SENSOR, Recordings
from qleap_edge.comparison.dip.open_skeleton import standing_pose
from qleap_edge.comparison.dip.prepared import LEAST_LEFT, Discarded, PreparedRecording, prepare
from qleap_edge.comparison.dip.recording import read_recording
from qleap_edge.comparison.dip.scores import Sums, position_figures, sigma_figures
from qleap_edge.comparison.model_under_test import ModelUnderTest, OnWindow
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import HOP_STEPS, MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.units import REFERENCE_STATURE_M
from qleap_edge.evaluation.overlap import OverlapAverage

NOT_COMPUTED = {
    "angular error (MPJRE), SIP error": "They are geodesic angles of joint rotations. Joint positions do not show how a bone "
    "turns about itself, so 17 positions do not determine them. The direction of each bone is compared instead "
    "(bone_direction; bone_direction_sip for thighs and upper arms), which says less than a rotation.",
    "mesh error (MPJVE)": "It needs the vertices of the SMPL model, which may not be shipped.",
    "joint position error over 24 joints of SMPL": "The product predicts 17 joints of an open skeleton.",
    "translation": "DIP-IMU has no translation.",
    "repetitions, squat depth, form": "DIP-IMU has no such labels.",
    "blind network, ridge regression": "Controls that need training data are not run by this command.",
}
NOTES = (
    "One wrist IMU, 6-DOF derived from DIP-IMU, open skeleton. The literature's models take a world-frame acceleration and a "
    "calibrated orientation with heading from 2 to 6 sensors: none of these figures may stand in one column with theirs.",
    "We know of no published figure of the whole body from one wrist on DIP-IMU. Published figures of position are errors of "
    "24 joints or of the mesh of SMPL, in the frame of the pelvis; mpjpe_16_pelvis_frame is the nearest of ours, not the same.",
    "The signal is fused by the sensors' maker, calibrated to the bone and free of gyroscope bias: cleaner than a watch's.",
    "Most movements of DIP-IMU are none of the model's exercises, and its sensors are no watches.",
    "Two test subjects only. Intervals draw whole recordings, so they do not say how other persons would differ.",
    "The control other_recordings is the mean of true poses of these persons, which no product can know: a strong opponent.",
    "The model is not better than its prior where the interval of its gain over the strongest control without a sensor "
    "holds 0.",
    "Jitter depends on the rate: 50 Hz here; published values are at 60 or 30 Hz. Read it beside that of the true joints.",
)
LICENCE = (
    f"DIP-IMU is given to registered users ({ADDRESS}), and its terms decide. As far as we know: research only. Do not pass on "
    "its files or anything derived from them, and do not train a product on them. This result holds summary figures only."
)


@dataclass(frozen=True)
class _Predicted:
    """What the model says about one wrist of one recording."""

    pose: dict[View, Float64[np.ndarray, "steps 17 3"]]
    known: dict[View, Bool[np.ndarray, " steps"]]
    sigma: dict[View, dict[str, Sums]]
    abstained: float | None


def benchmark_dip(
    folder: Recordings, model: ModelUnderTest, *, gaps: GapRule = "standard", on_window: OnWindow | None = None
) -> DipBenchmark:
    """Run a model over all recordings of the test subjects, one wrist at a time, and score it beside the controls.

    Args:
        folder: the recordings.
        model: the model.
        gaps: how gaps are filled.
        on_window: called with the numbers of finished and of all wrists of recordings.

    Raises:
        InputDataError: a recording cannot be used as it is, all of them are discarded, or an output is not finite.
    """
    prepared = [prepare(read_recording(file), gaps) for file in folder.files]
    kept = [item for item in prepared if isinstance(item, PreparedRecording)]
    if not kept:
        first = next(item for item in prepared if isinstance(item, Discarded))
        raise InputDataError(
            f"all {len(prepared)} recordings are discarded",
            where=first.recording.file.path,
            expected="at least one recording without open gaps",
            got=first.reason,
            next_step="try --gaps interpolate, or restore the recordings",
        )
    said: dict[Side, list[_Predicted]] = {side: [] for side in WRIST_SENSOR}
    for index, item in enumerate(kept):
        for number, side in enumerate(said):
            said[side].append(_predict(item, model, side))
            if on_window is not None:
                on_window(len(said) * index + number + 1, len(said) * len(kept))
    rows = iter(
        [
            _recording_row(item, tuple(_wrist_row(kept, index, model, side, said[side]) for side in said))
            for index, item in enumerate(kept)
        ]
    )
    recordings = tuple(_discarded_row(item) if isinstance(item, Discarded) else next(rows) for item in prepared)
    return DipBenchmark(
        model=_model(model),
        protocol=_protocol(gaps),
        complete=not folder.missing and len(kept) == len(prepared),
        missing=folder.missing,
        figures=figure_rows(recordings),
        gains=gain_rows(recordings),
        recordings=recordings,
        not_computed=NOT_COMPUTED,
        notes=NOTES,
        licence=LICENCE,
    )


def _predict(item: PreparedRecording, model: ModelUnderTest, side: Side) -> _Predicted:
    wrist = item.wrists[side]
    predictions = model.predict(wrist.windows, side)
    steps = len(item.pose)
    averages: dict[View, OverlapAverage] = {
        "overlap_mean": OverlapAverage(steps),
        "newest": OverlapAverage(steps, newest_steps=HOP_STEPS),
    }
    pose, known, sigma = {}, {}, {}
    for view, average in averages.items():
        average.add(wrist.first, predictions.pose, predictions.sigma)
        pose[view], known[view] = average.pose(), average.known
        sigma[view] = sigma_figures(pose[view], average.sigma(), item.pose, known[view])
    abstained = None if predictions.abstain is None else float(predictions.abstain.mean())
    return _Predicted(pose, known, sigma, abstained)


def _wrist_row(
    kept: list[PreparedRecording], index: int, model: ModelUnderTest, side: Side, said: list[_Predicted]
) -> WristRow:
    item, mine = kept[index], said[index]
    wrist = item.wrists[side]
    values: list[ValueRow] = []
    for view in VIEWS:
        known = mine.known[view]
        truth = position_figures(item.pose, item.pose, known, side)["jitter"]
        controls = {
            control: position_figures(pose, item.pose, known, side)
            for control, pose in _controls(kept, index, model, side, said, view).items()
        }
        for name, found in position_figures(mine.pose[view], item.pose, known, side).items():
            jitter = name == "jitter"
            others = {} if jitter else {control: figures[name].mean for control, figures in controls.items()}
            values.append(_value(view, name, found, truth.mean if jitter else None, others))
        values += [_value(view, name, found, None, {}) for name, found in mine.sigma[view].items()]
    return WristRow(
        wrist=_wrist(side),
        windows=len(wrist.first),
        filled_share=wrist.filled_share,
        forearm_angle_deg=wrist.checks.forearm_angle_deg,
        mean_acceleration=wrist.checks.mean_acceleration,
        median_force=wrist.checks.median_force,
        abstained=mine.abstained,
        values=tuple(values),
    )


def _controls(
    kept: list[PreparedRecording], index: int, model: ModelUnderTest, side: Side, said: list[_Predicted], view: View
) -> dict[Control, Float[np.ndarray, "steps 17 3"]]:
    """Return the pose of each control at every step of one recording."""
    shape = kept[index].pose.shape
    found: dict[Control, Float[np.ndarray, "steps 17 3"]] = {
        "standing": np.broadcast_to(standing_pose(), shape),
        "training_mean": np.broadcast_to(model.baseline(side), shape),
    }
    others = [item.pose for number, item in enumerate(kept) if number != index]
    if others:
        total = sum(pose.sum(axis=0) for pose in others) / sum(len(pose) for pose in others)
        found["other_recordings"] = np.broadcast_to(total, shape)
        following = said[(index + 1) % len(said)]
        poses = following.pose[view][following.known[view]]
        found["shuffled"] = poses[np.arange(shape[0]) % len(poses)]
    return found


def _value(view: View, name: str, found: Sums, truth: float | None, controls: dict[Control, float]) -> ValueRow:
    defined = bool(np.isfinite(found.mean))
    return ValueRow(
        view=view,
        name=name,
        frames=found.frames,
        model=found.mean if defined else None,
        truth=truth if defined else None,
        controls=controls,
    )


def _wrist(side: Side) -> Wrist:
    return "left" if side is Side.LEFT else "right"


def _recording_row(item: PreparedRecording, wrists: tuple[WristRow, ...]) -> RecordingRow:
    file = item.recording.file
    return RecordingRow(
        name=file.key,
        sha256=item.recording.sha256,
        frames=len(item.recording),
        published_frames=file.expected_frames,
        steps=len(item.pose),
        side_lying_steps=int(item.side_lying.sum()),
        discarded=None,
        wrists=wrists,
    )


def _discarded_row(item: Discarded) -> RecordingRow:
    file = item.recording.file
    return RecordingRow(
        name=file.key,
        sha256=item.recording.sha256,
        frames=len(item.recording),
        published_frames=file.expected_frames,
        steps=0,
        side_lying_steps=0,
        discarded=item.reason,
        wrists=(),
    )


def _model(model: ModelUnderTest) -> ModelPart:
    return ModelPart(
        kind=model.kind,
        name=model.name,
        sha256=model.sha256,
        grade=model.grade,
        sigma="raw" if model.profile is None else "calibrated",
    )


def _protocol(gaps: GapRule) -> ProtocolPart:
    return ProtocolPart(
        subjects=tuple(TEST_FRAMES),
        sensors={_wrist(side): sensor for side, sensor in WRIST_SENSOR.items()},
        gaps=gaps,
        rate_hz=MODEL_RATE_HZ,
        window_steps=WINDOW_STEPS,
        hop_steps=HOP_STEPS,
        stature_m=REFERENCE_STATURE_M,
        skeleton="open: lengths of the project's mean person, rotations of the data set",
        heading=f"left axis of the pelvis; its forward axis where the left axis has less than {LEAST_LEFT:g} in the horizontal",
        aggregate="mean over recordings with equal weight, as papers do; frame-weighted beside it",
    )
