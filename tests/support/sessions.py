"""Sessions of known content without a trained network: squats of a simulated wrist, and answers that are written down here."""

import numpy as np

from qleap_edge.alignment.report import inspection_report
from qleap_edge.alignment.stream import AlignedRecording, align
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.analysis.fusion import fuse_set
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.network import PoseTrack, SetAnswers, Span, window_starts
from qleap_edge.analysis.session import Session
from qleap_edge.analysis.session_document import SessionReport, SetResult, WindowResult
from qleap_edge.analysis.sets import find_sets
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES, Exercise
from qleap_edge.core.frames import MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.skeleton import JOINT_NAMES
from tests.support.calibration_windows import EXERCISE_SETS
from tests.support.exercise_sets import Rep, path, recorded

HEIGHTS_M = (0.95, 0.95, 0.5, 0.08, 0.95, 0.5, 0.08, 1.15, 1.4, 1.5, 1.72, 1.4, 1.1, 0.9, 1.4, 1.1, 0.9)
"""Of the joints of a standing person."""


def squats(repetitions: int = 6, wrist: Side = Side.LEFT) -> AlignedRecording:
    """Return a simulated wrist that goes down and up by 0.6 m, each repetition slower than the one before."""
    height, pitch, _ = path([Rep(up_s=1.0 + 0.15 * k) for k in range(repetitions)])
    return align(recorded(height, pitch, core_motion=True), Wear(wrist, Side.RIGHT))


def rest(seconds: float = 12.0) -> AlignedRecording:
    """Return a wrist that does nothing."""
    still = np.zeros(round(100 * seconds))
    return align(recorded(still, still, core_motion=True))


def answers(aligned: AlignedRecording, span: Span, exercise: Exercise = "squat", silent: float = 0.25) -> SetAnswers:
    """Return what a network might say: one exercise with probability 0.9, abstaining from the first share of the windows."""
    segment, firsts = window_starts(aligned, span)
    probability = np.full((len(firsts), len(EXERCISES)), 0.1 / (len(EXERCISES) - 1))
    probability[:, EXERCISE_ID[exercise]] = 0.9
    rows = np.arange(int(firsts[0]), int(firsts[-1]) + WINDOW_STEPS)
    pose = np.zeros((len(rows), len(JOINT_NAMES), 3), dtype=np.float32)
    pose[:, :, 2] = np.array(HEIGHTS_M) - HEIGHTS_M[0]
    pose[:, :, 1] = [
        0.2 if name.startswith("left") else -0.2 if name.startswith("right") else 0.0 for name in JOINT_NAMES
    ]
    pose[:3] = np.nan
    sigma = np.full_like(pose, 0.05)
    sigma[:, JOINT_NAMES.index("left_ankle")] = 0.1
    form = np.tile([0.0, 0.1, 0.1, 0.6, 0.2], (len(firsts), 1))
    count = int(silent * len(firsts))
    return SetAnswers(
        start_s=segment.time_s[firsts],
        exercise_probability=probability,
        form_probability=form,
        sigma_m=np.full(len(firsts), 0.05),
        embedding_distance=np.full(len(firsts), 8.0),
        masked_share=np.zeros(len(firsts)),
        reasons=tuple(("sigma", "embedding") if k < count else () for k in range(len(firsts))),
        track=PoseTrack(segment.time_s[rows], pose, sigma),
    )


def session(
    aligned: AlignedRecording, exercise: Exercise = "squat", silent: float = 0.25, **changed: object
) -> Session:
    """Return the session of a recording for these answers; keywords change the report."""
    sets: list[SetResult] = []
    windows: list[WindowResult] = []
    tracks: list[PoseTrack] = []
    for number, found in enumerate(find_sets(aligned.recording), start=1):
        measured = measure_set(found)
        said = answers(aligned, (measured[0].start_s, measured[-1].end_s), exercise, silent)
        sets.append(fuse_set(found, measured, said, aligned.wear, 1.75, EXERCISE_SETS))
        tracks.append(said.track)
        windows += [
            WindowResult(
                start_s=float(start), end_s=float(start) + (WINDOW_STEPS - 1) / MODEL_RATE_HZ, set_number=number,
                abstain=bool(reasons), reasons=reasons, exercise=exercise, exercise_probability=0.9,
                form=3 if exercise == "squat" else None, form_probability=0.6 if exercise == "squat" else None,
                sigma_mm=50.0, embedding_distance=8.0, masked_share=0.0,
            )
            for start, reasons in zip(said.start_s, said.reasons, strict=True)
        ]  # fmt: skip
    inspection = inspection_report(aligned)
    fields = {
        "recording": "somewhere/rec.csv", "recording_sha256": "a" * 64, "started_at": None,
        "duration_s": inspection.source.duration_s, "package_sha256": "b" * 64, "grade": "preview", "stature_m": 1.75,
        "stature_source": "assumed", "wear": inspection.wear, "active_s": None, "declared_exercise": None,
        "reference": None, "warnings": (), "sets": tuple(sets), "windows": tuple(windows),
        "abstained_share": float(np.mean([one.abstain for one in windows])) if windows else None,
    }  # fmt: skip
    return Session(SessionReport(**(fields | changed)), aligned, tuple(tracks))
