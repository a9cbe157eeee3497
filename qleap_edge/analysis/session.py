"""A real recording through the shipped model: windows, outputs, profile, abstention, repetitions."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from jaxtyping import Bool

from qleap_edge.alignment.report import WearRecord, inspection_report
from qleap_edge.alignment.stream import AlignedRecording, Windows, windows
from qleap_edge.analysis.repetitions import count_repetitions
from qleap_edge.bundle.shipped import ShippedModel
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISE_ID, Exercise
from qleap_edge.core.frames import MODEL_RATE_HZ, WINDOW_SECONDS, WINDOW_STEPS
from qleap_edge.core.grades import GRADE_WARNINGS, Grade
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.records import Document, Part
from qleap_edge.core.skeleton import PELVIS
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.abstention import Reason, abstained, abstention_reasons
from qleap_edge.uncertainty.decode import DecodedWindows, decode
from qleap_edge.uncertainty.profile import check_profile_matches


class WindowResult(Part):
    """The answer of the model for one window of four seconds."""

    start_s: float
    """Stamp of the first step, since the first row of the recording."""
    end_s: float
    """Stamp of the last step."""
    abstain: bool
    """True: show "not sure". The other fields are then diagnostics, not results."""
    reasons: tuple[Reason, ...]
    """Why it abstains; empty if it does not."""
    exercise: Exercise
    """The most probable exercise."""
    exercise_probability: float
    """Its calibrated probability."""
    form: int | None
    """Most probable score 0 to 4; null unless the exercise is a squat."""
    form_probability: float | None
    """Calibrated probability of that score."""
    sigma_mm: float
    """Mean calibrated standard deviation of a coordinate over joints and frames, at the wearer's stature."""
    masked_share: float
    """Share of the steps that are bridged holes of the recording."""


class RepetitionResult(Part):
    """One squat; it is counted only in windows whose class is the squat and that are not abstained from."""

    start_s: float
    """Stamp of the highest point before the descent."""
    bottom_s: float
    """Stamp of the lowest point."""
    end_s: float
    """Stamp of the highest point after the ascent."""
    tempo_s: float
    """Duration from start to end."""
    depth_mm: float
    """Fall of the pelvis towards the lower ankle, at the wearer's stature."""


class SessionReport(Document):
    """The result of ``qleap watch analyze``."""

    schema_name: Literal["qleap.session"] = "qleap.session"
    schema_version: Literal[2] = 2
    recording: str
    """Path of the file."""
    recording_sha256: str
    """SHA-256 of the file."""
    package_sha256: str
    """Digest of the package that ran."""
    grade: Grade
    """Of the bundle; every grade but ``release`` comes with a warning."""
    stature_m: float
    """The wearer's height."""
    stature_source: Literal["given", "assumed"]
    """``assumed``: the wearer's height was not given."""
    wear: WearRecord
    """Wrist and crown side."""
    warnings: tuple[str, ...]
    """Of the checks of the recording and of the grade."""
    windows: tuple[WindowResult, ...]
    """One for every 0.2 s from the first whole window on."""
    abstained_share: float | None
    """Share of windows that are abstained from; null without any window."""
    repetitions: tuple[RepetitionResult, ...]
    """The squats of the recording."""


def analyze(
    aligned: AlignedRecording,
    model: ShippedModel,
    *,
    stature_m: float,
    stature_source: Literal["given", "assumed"],
    on_window: Callable[[int, int], None] | None = None,
) -> SessionReport:
    """Run the saved package over every window of a recording and apply the profile.

    Raises:
        InputDataError: the recording fails a check, has no complete window, or the profile belongs to another package.
    """
    aligned.require_usable()
    package_sha256 = digest_of(model.package)
    check_profile_matches(model.profile, package_sha256)
    cut = windows(aligned)
    if len(cut.imu) == 0:
        raise InputDataError(
            "no complete window",
            where=aligned.recording.path,
            expected=f"a gap-free stretch of at least {WINDOW_SECONDS:g} s",
            got=f"longest stretch {max((s.time_s[-1] - s.time_s[0] for s in aligned.segments), default=0.0):.2f} s",
            next_step="record longer, or look for gaps with `qleap watch inspect`",
        )
    raw = ModelOutputs.of(PosePredictor(model.package).predict(cut.imu, on_window))
    wrist: Literal["left", "right"] = "right" if aligned.wear.wrist.value == "right" else "left"
    decoded = decode(raw, cut.imu, model.profile, stature_m=stature_m, wrist=wrist)
    trained = np.array([spec.trained for spec in model.contract.exercises])
    reasons = abstention_reasons(decoded, cut.rejected, trained)
    abstain = abstained(reasons)
    inspection = inspection_report(aligned)
    return SessionReport(
        recording=str(aligned.recording.path),
        recording_sha256=aligned.recording.sha256,
        package_sha256=package_sha256,
        grade=model.grade,
        stature_m=stature_m,
        stature_source=stature_source,
        wear=inspection.wear,
        warnings=(
            *(f"{item.check}: {item.message}" for item in inspection.findings if item.level == "warn"),
            *((GRADE_WARNINGS[model.grade],) if model.grade in GRADE_WARNINGS else ()),
        ),
        windows=tuple(
            _window(row, float(cut.start_s[row]), float(cut.masked_share[row]), decoded, reasons[row])
            for row in range(len(cut.imu))
        ),
        abstained_share=float(abstain.mean()),
        repetitions=_repetitions(aligned, cut, decoded, abstain, stature_m),
    )


def _window(
    row: int, start_s: float, masked_share: float, decoded: DecodedWindows, reasons: tuple[Reason, ...]
) -> WindowResult:
    exercise = int(decoded.exercise[row])
    is_squat = exercise == EXERCISE_ID["squat"]
    sigma = np.delete(decoded.sigma_m[row], PELVIS, axis=1)
    return WindowResult(
        start_s=start_s,
        end_s=start_s + (WINDOW_STEPS - 1) / MODEL_RATE_HZ,
        abstain=bool(reasons),
        reasons=reasons,
        exercise=list(EXERCISE_ID)[exercise],
        exercise_probability=float(decoded.exercise_probability[row, exercise]),
        form=int(decoded.form[row]) if is_squat else None,
        form_probability=float(decoded.form_probability[row].max()) if is_squat else None,
        sigma_mm=float(sigma.mean()) * 1000.0,
        masked_share=masked_share,
    )


def _repetitions(
    aligned: AlignedRecording,
    cut: Windows,
    decoded: DecodedWindows,
    abstain: Bool[np.ndarray, " k"],
    stature_m: float,
) -> tuple[RepetitionResult, ...]:
    squat = ~abstain & (decoded.exercise == EXERCISE_ID["squat"])
    return tuple(
        RepetitionResult(
            start_s=rep.start_s, bottom_s=rep.bottom_s, end_s=rep.end_s, tempo_s=rep.tempo_s,
            depth_mm=1000.0 * rep.depth_m,
        )
        for rep in count_repetitions(aligned, cut, decoded.pose_m, squat, stature_m)
    )  # fmt: skip
