"""From a recording of one set with known values to the reference of its wearer."""

import math

from qleap_edge.alignment.stream import AlignedRecording
from qleap_edge.analysis.active_part import require_active_part
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.sets import ExerciseSet, find_sets
from qleap_edge.analysis.watch_reference import Known, WatchReference, make_reference
from qleap_edge.analysis.wrist_patterns import contradiction, wrist_motion
from qleap_edge.analysis.wrist_travel import wrist_travels
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.exercises import Exercise, in_words
from qleap_edge.core.output_paths import json_document

REFERENCE_FILE = json_document(WatchReference, "a reference set")


def reference_set(
    aligned: AlignedRecording,
    values: str,
    *,
    wearer: str,
    exercise: Exercise,
    known: Known,
    active: tuple[float, float] | None = None,
) -> WatchReference:
    """Return the reference that a recording of one set gives.

    Args:
        aligned: holds exactly one set, at least in its active part.
        values: known value of each repetition, metres, separated by blanks; a single one holds for all.
        wearer: label of the person.
        exercise: of the set.
        known: what the values are of.
        active: start and end (s since the first row) of the set, if the recording holds more.

    Raises:
        UsageError: a value is no number, the label is empty, or the active part is none of this recording.
        InputDataError: the recording fails a check, holds no set or several, its motion is not that of the exercise, or the
            values do not fit the repetitions.
    """
    if not wearer.strip():
        raise UsageError("the wearer needs a label", where="--wearer", expected="any text", got="an empty one")
    if known == "depth" and exercise != "squat":
        raise UsageError(
            f"the pelvis has no depth in a {in_words(exercise)}", where="--exercise", expected="squat",
            got=exercise, next_step="say what is known: --quantity range-of-motion",
        )  # fmt: skip
    given = _numbers(values)
    aligned.require_usable()
    require_active_part(aligned.recording, active)
    found = _only_set(aligned, active)
    measured = measure_set(found)
    travels = wrist_travels(found, aligned.wear, measured)
    why = contradiction(exercise, wrist_motion(measured, travels))
    if why is not None:
        raise InputDataError(
            f"the set is no {in_words(exercise)}: {why}",
            where=aligned.recording.path,
            next_step="record the reference set again, or name the exercise that it is",
        )
    return make_reference(
        travels,
        given * len(travels) if len(given) == 1 else given,
        wearer=wearer,
        exercise=exercise,
        recording_sha256=aligned.recording.sha256,
        known=known,
        span_s=(measured[0].start_s, measured[-1].end_s),
    )


def _numbers(values: str) -> list[float]:
    try:
        found = [float(word) for word in values.split()]
    except ValueError:
        found = []
    if not found or not all(map(math.isfinite, found)):
        raise UsageError(
            "not a list of numbers", where="--known", expected='metres separated by blanks, e.g. "0.52 0.55"',
            got=values or "nothing",
        )  # fmt: skip
    return found


def _only_set(aligned: AlignedRecording, active: tuple[float, float] | None) -> ExerciseSet:
    found = find_sets(aligned.recording, active)
    if len(found) != 1:
        spans = ", ".join(f"{one.start_s:.0f} to {one.end_s:.0f} s" for one in found)
        raise InputDataError(
            "a reference is one set",
            where=aligned.recording.path,
            expected="one set in the recording, or in the part that --active names",
            got=f"{len(found)} sets ({spans})" if found else "no set",
            next_step="name the part with --active START END, or record the set alone",
        )
    return found[0]
