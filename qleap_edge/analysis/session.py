"""The way of a recording: aligned, searched for sets, measured, put before the network, fused into a report."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from qleap_edge.alignment.report import inspection_report
from qleap_edge.alignment.stream import AlignedRecording
from qleap_edge.analysis.active_part import require_active_part
from qleap_edge.analysis.fusion import fuse_set, show_a_repetition
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.network import PoseTrack, SetAnswers, answer_set, window_starts
from qleap_edge.analysis.session_document import (
    ReferenceRecord,
    SessionReport,
    SetResult,
    WindowReason,
    WindowResult,
)
from qleap_edge.analysis.sets import find_sets
from qleap_edge.analysis.watch_reference import WatchReference, read_reference
from qleap_edge.bundle.shipped import ShippedModel
from qleap_edge.core.exercises import EXERCISES, Exercise
from qleap_edge.core.frames import MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.grades import GRADE_WARNINGS
from qleap_edge.core.manifest import digest_of, sha256_file
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.uncertainty.profile import check_profile_matches


@dataclass(frozen=True)
class GivenReference:
    """A reference set and the file that it was read from."""

    contents: WatchReference
    sha256: str

    @property
    def record(self) -> ReferenceRecord:
        """Return how the report names it."""
        known = self.contents
        return ReferenceRecord(
            sha256=self.sha256, wearer=known.wearer, exercise=known.exercise, posture=known.posture, known=known.known
        )


def read_given_reference(path: Path) -> GivenReference:
    """Read a reference set.

    Raises:
        InputDataError: the file cannot be read, or is no reference set.
        SchemaMismatch: another schema or version.
    """
    return GivenReference(read_reference(path), sha256_file(path))


@dataclass(frozen=True)
class Wearer:
    """What is known about the person before the recording is read."""

    stature_m: float
    stature_source: Literal["given", "assumed"]
    exercise: Exercise | None = None
    """The exercise that the wearer names."""
    reference: GivenReference | None = None
    """A set of this wearer with known depths."""


@dataclass(frozen=True)
class Session:
    """The report, and what a page draws beside it."""

    report: SessionReport
    aligned: AlignedRecording
    tracks: tuple[PoseTrack, ...]
    """The network's pose in each set of the report."""


def analyze(
    aligned: AlignedRecording,
    model: ShippedModel,
    wearer: Wearer,
    *,
    active: tuple[float, float] | None = None,
    on_window: Callable[[int, int], None] | None = None,
) -> Session:
    """Find the sets of a recording and say what can be said about them.

    Args:
        aligned: the recording.
        model: of a bundle.
        wearer: what is known about the person.
        active: start and end (s since the first row) of the part in which exercise is known to have taken place; a single
            repetition is then a set.
        on_window: called with (windows done, all windows).

    Raises:
        UsageError: the active part is none, or lies outside of the recording.
        InputDataError: the recording fails a check, or the profile belongs to another package.
    """
    aligned.require_usable()
    require_active_part(aligned.recording, active)
    package_sha256 = digest_of(model.package)
    check_profile_matches(model.profile, package_sha256)
    found = [(one, measure_set(one)) for one in find_sets(aligned.recording, active)]
    spans = [(measured[0].start_s, measured[-1].end_s) for _, measured in found]
    predictor = PosePredictor(model.package)
    total, done = sum(len(window_starts(aligned, span)[1]) for span in spans), 0

    def progress(windows: int) -> None:
        nonlocal done
        done += windows
        if on_window is not None:
            on_window(done, total)

    sets: list[SetResult] = []
    windows: list[WindowResult] = []
    tracks: list[PoseTrack] = []
    reference = None if wearer.reference is None else wearer.reference.contents
    for number, ((one, measured), span) in enumerate(zip(found, spans, strict=True), start=1):
        answers = answer_set(aligned, span, model, predictor, wearer.stature_m, progress)
        remaining = model.profile.exercise_sets
        sets.append(
            fuse_set(one, measured, answers, aligned.wear, wearer.stature_m, remaining, wearer.exercise, reference)
        )
        windows += [_window(row, number, answers, sets[-1]) for row in range(len(answers.start_s))]
        tracks.append(answers.track)
    inspection = inspection_report(aligned)
    report = SessionReport(
        recording=str(aligned.recording.path),
        recording_sha256=aligned.recording.sha256,
        started_at=aligned.recording.started_at,
        duration_s=inspection.source.duration_s,
        package_sha256=package_sha256,
        grade=model.grade,
        stature_m=wearer.stature_m,
        stature_source=wearer.stature_source,
        wear=inspection.wear,
        active_s=active,
        declared_exercise=wearer.exercise,
        reference=None if wearer.reference is None else wearer.reference.record,
        warnings=(
            *(f"{item.check}: {item.message}" for item in inspection.findings if item.level == "warn"),
            *((GRADE_WARNINGS[model.grade],) if model.grade in GRADE_WARNINGS else ()),
            *filter(None, (model.profile.validity.stature_doubt(wearer.stature_m),)),
        ),
        sets=tuple(sets),
        windows=tuple(windows),
        abstained_share=float(np.mean([one.abstain for one in windows])) if windows else None,
    )
    return Session(report, aligned, tuple(tracks))


def _window(row: int, number: int, answers: SetAnswers, result: SetResult) -> WindowResult:
    exercise = int(answers.exercise_probability[row].argmax())
    shows = show_a_repetition(answers.start_s[row : row + 1], result.repetitions)[0]
    scored = EXERCISES[exercise] == "squat" and bool(shows)
    reasons: tuple[WindowReason, ...] = answers.reasons[row]
    if result.exercise.name == "unknown":
        reasons = (*reasons, "set_unknown")
    elif result.exercise.name != EXERCISES[exercise]:
        reasons = (*reasons, "outvoted")
    return WindowResult(
        start_s=float(answers.start_s[row]),
        end_s=float(answers.start_s[row]) + (WINDOW_STEPS - 1) / MODEL_RATE_HZ,
        set_number=number,
        abstain=bool(reasons),
        reasons=reasons,
        exercise=EXERCISES[exercise],
        exercise_probability=float(answers.exercise_probability[row, exercise]),
        form=int(answers.form_probability[row].argmax()) if scored else None,
        form_probability=float(answers.form_probability[row].max()) if scored else None,
        sigma_mm=1000.0 * float(answers.sigma_m[row]),
        embedding_distance=float(answers.embedding_distance[row]),
        masked_share=float(answers.masked_share[row]),
    )
