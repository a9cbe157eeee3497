"""Make a motion folder from optical markers: read, fit the body to every person, and write one document a person.

A recording that lacks a marker for long is left out and named in the report, which lists the median distance of the measured
points from the fitted body, by person and movement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.manifest import new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.dataset.bvh import calibrate_bvh, fit_bvh, read_bvh
from qleap_edge.dataset.joint_centres import JointCentres, joint_centres
from qleap_edge.dataset.marker_fit import STRIDE, Calibration, calibrate, fit_recording
from qleap_edge.dataset.motion_folder import MotionDocument, RecordingEntry, encoded, write_person
from qleap_edge.dataset.uiprmd import RATE_HZ, read_uiprmd, recording_names
from qleap_edge.physics.body import HINGES

STAGE = "motion"
SOURCE = (
    "UI-PRMD: Vakanski, Jun, Paul, Baker 2018, A Data Set of Human Body Movements for Physical Rehabilitation Exercises, "
    "Data 3(1), 2; optical markers at 100 Hz, to which the body was fitted"
)
LICENCE = "Open Data Commons Public Domain Dedication and Licence (PDDL) 1.0"
EXERCISE_OF: dict[str, Exercise] = {
    "m01": "squat",
    "m03": "lunge",
    "m04": "side_lunge",
    "m05": "sit_to_stand",
    "m07": "lateral_raise",
    "m10": "lateral_raise",
}
"""Movement of UI-PRMD → exercise; the other movements are none of the exercises."""


@dataclass(frozen=True)
class RecordingFit:
    """How well one recording was fitted."""

    person: str
    name: str
    exercise: Exercise
    seconds: float
    median_mm: float
    """Of the distances of all measured points from the fitted body, over all frames."""
    high_mm: float
    """95 % of the distances are smaller."""


@dataclass(frozen=True)
class FitReport:
    """What :func:`fit_markers` did."""

    fits: tuple[RecordingFit, ...]
    left_out: tuple[str, ...]
    """``person/recording: reason``."""


def fit_markers(
    markers: Path,
    out: Path,
    only: tuple[str, ...] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> FitReport:
    """Fit the body to every recording of a folder of UI-PRMD files and write a motion folder.

    Args:
        markers: folder with ``sNN.npz``.
        out: folder to make; an earlier motion folder in it is replaced.
        only: names of the movements that are wanted, e.g. ``"m01"``; empty: all.
        on_progress: called with the finished and all persons.

    Raises:
        UsageError: ``out`` holds something else.
        InputDataError: there is no such file, one cannot be read, or nothing of a person can be fitted.
    """
    require_replaceable(out, stage_folder(STAGE))
    paths = sorted(markers.glob("s[0-9][0-9].npz"))
    if not paths:
        raise InputDataError("no markers", where=markers, expected="files s01.npz, s02.npz and so on")
    fits: list[RecordingFit] = []
    left_out: list[str] = []
    with new_folder(out, stage_folder(STAGE)) as building:
        for index, path in enumerate(paths):
            if on_progress is not None:
                on_progress(index, len(paths))
            bodies = _bodies(path, left_out)
            _write_person(building, path.stem, bodies, only, fits, left_out)
        inputs = {path.stem: path for path in paths}
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config={"only": list(only)}, seed=0)
    if on_progress is not None:
        on_progress(len(paths), len(paths))
    return FitReport(tuple(fits), tuple(left_out))


def _bodies(path: Path, left_out: list[str]) -> list[JointCentres]:
    """Return the recordings of a person whose joint centres can be computed; the others are named in ``left_out``."""
    found = []
    for name in recording_names(path):
        recording = read_uiprmd(path, name)
        try:
            found.append(joint_centres(recording))
        except InputDataError as problem:
            left_out.append(f"{path.stem}/{name}: {problem.what}")
    if not found:
        raise InputDataError("no recording of this person can be used", where=path, next_step="remove the file")
    return found


def _write_person(
    folder: Path,
    person: str,
    bodies: list[JointCentres],
    only: tuple[str, ...],
    fits: list[RecordingFit],
    left_out: list[str],
) -> None:
    calibration = calibrate(bodies)
    entries, arrays = [], {}
    for body in bodies:
        name = body.markers.name
        movement = name.partition("_")[0]
        if only and movement not in only:
            continue
        qpos, distance = fit_recording(calibration, body)
        try:
            arrays[name] = encoded(qpos)
        except InputDataError as problem:
            left_out.append(f"{person}/{name}: {problem.what}")
            continue
        exercise = EXERCISE_OF.get(movement, "idle")
        last = len(qpos) - 1
        edges = tuple((first // STRIDE, min(end // STRIDE, last)) for first, end in body.markers.repetitions)
        entries.append(RecordingEntry(name=name, exercise=exercise, correct=body.markers.correct, repetitions=edges))
        median, high = 1e3 * np.nanmedian(distance), 1e3 * np.nanpercentile(distance, 95.0)
        fits.append(RecordingFit(person, name, exercise, len(qpos) * STRIDE / RATE_HZ, float(median), float(high)))
    if entries:
        write_person(folder, person_document(person, calibration, tuple(entries), SOURCE, LICENCE), arrays)


def fit_bvh_files(
    files: list[Path],
    out: Path,
    *,
    person: str,
    exercises: list[Exercise],
    stature_m: float,
    source: str,
    licence: str,
    on_progress: Callable[[int, int], None] | None = None,
) -> FitReport:
    """Fit the body to the BVH files of one person and write a motion folder.

    Args:
        files: of one skeleton; lengths and zero angles are those of the first file's rest pose.
        out: folder to make; an earlier motion folder in it is replaced.
        person: name of the person.
        exercises: one for each file, or one for all.
        stature_m: of the person; the skeleton is scaled to it.
        source: where the files are from.
        licence: under which terms they may be used.
        on_progress: called with the finished and all files.

    Raises:
        UsageError: ``out`` holds something else, or the exercises do not fit the files.
        InputDataError: a file cannot be read.
    """
    require_replaceable(out, stage_folder(STAGE))
    if len(exercises) not in {1, len(files)}:
        raise UsageError(
            "the exercises do not fit the files",
            expected=f"one --exercise, or {len(files)} in the order of the files",
            got=f"{len(exercises)}",
        )
    motions = [read_bvh(path, stature_m) for path in files]
    calibration = calibrate_bvh(motions[0], stature_m)
    fits, entries, arrays = [], [], {}
    for index, motion in enumerate(motions):
        if on_progress is not None:
            on_progress(index, len(files))
        name, exercise = f"r{index + 1:03d}", exercises[index if len(exercises) > 1 else 0]
        qpos, distance = fit_bvh(calibration, motion, RATE_HZ / STRIDE)
        arrays[name] = encoded(qpos)
        entries.append(RecordingEntry(name=name, exercise=exercise))
        median, high = 1e3 * np.median(distance), 1e3 * np.percentile(distance, 95.0)
        seconds = len(qpos) * STRIDE / RATE_HZ
        fits.append(RecordingFit(person, motion.path.name, exercise, seconds, float(median), float(high)))
    document = person_document(person, calibration, tuple(entries), source, licence, pronation_known=False)
    with new_folder(out, stage_folder(STAGE)) as building:
        write_person(building, document, arrays)
        inputs = {f"{index:03d}": path for index, path in enumerate(files)}
        config = {"person": person, "exercises": list(exercises), "stature_m": stature_m, "source": source}
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config=config, seed=0)
    if on_progress is not None:
        on_progress(len(files), len(files))
    return FitReport(tuple(fits), ())


def person_document(
    person: str,
    calibration: Calibration,
    recordings: tuple[RecordingEntry, ...],
    source: str,
    licence: str,
    *,
    pronation_known: bool = True,
) -> MotionDocument:
    """Return the document of a fitted person; :func:`write_person` fills in the hash of the arrays."""
    subject = calibration.subject
    return MotionDocument(
        person=person,
        stature_m=round(subject.stature_m, 4),
        lengths_m={name: round(length, 4) for name, length in sorted(subject.lengths.items())},
        rate_hz=RATE_HZ / STRIDE,
        hinges=HINGES,
        source=source,
        licence=licence,
        pronation_known=pronation_known,
        arrays_sha256="0" * 64,
        recordings=recordings,
    )
