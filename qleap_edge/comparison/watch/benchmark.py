"""Count the repetitions of labelled recordings with the analysis and with the baseline."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qleap_edge.alignment.clock import Stretch, clean_clock
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import align
from qleap_edge.alignment.wear import ASSUMED_WEAR, Wear
from qleap_edge.analysis.active_part import lies_outside
from qleap_edge.analysis.measures import RepetitionMeasures, measure_set
from qleap_edge.analysis.session import Wearer, analyze
from qleap_edge.analysis.sets import MARGIN_S, ExerciseSet, sets_of_stretch
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, SlowSignals, slow_signals
from qleap_edge.analysis.vertical_motion import VerticalMotion, vertical_motion
from qleap_edge.bundle.shipped import ShippedModel
from qleap_edge.comparison.watch.baseline import baseline_turns
from qleap_edge.comparison.watch.document import CountPart, SetRow, WatchBenchmark
from qleap_edge.comparison.watch.exercises import exercise_of_label, network_part
from qleap_edge.comparison.watch.figures import figures
from qleap_edge.comparison.watch.labelled_sets import TABLE_NAME, LabelledSet, read_sets
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import sha256_file
from qleap_edge.core.units import REFERENCE_STATURE_M
from qleap_edge.metrics.uncertainty import Z_90

NOTES = (
    "The logged number is what a person wrote down while training: it may be wrong by one, or count both arms. "
    "The analysis counts the arm that wears the watch.",
    "Baseline: autocorrelation gives the period, peaks give the repetitions; nothing in it is tuned.",
    "All intervals are 95 %, recordings drawn whole. From fewer than about ten recordings they are too narrow.",
)


@dataclass(frozen=True)
class SetTrace:
    """What is drawn of one recording; stamps by the file's own clock."""

    row: SetRow
    slow: tuple[SlowSignals, ...]
    turns_s: tuple[float, ...]
    origin_s: float


@dataclass(frozen=True)
class WatchResult:
    """The document, and what its pictures show."""

    document: WatchBenchmark
    traces: tuple[SetTrace, ...]


def benchmark_watch(
    folder: Path,
    doubts: Path | None = None,
    model: ShippedModel | None = None,
    wear: Wear = ASSUMED_WEAR,
    on_set: Callable[[int, int], None] | None = None,
) -> WatchResult:
    """Run the benchmark on a folder of recordings with a ``sets.csv``.

    Args:
        folder: recordings and table.
        doubts: a table of sets whose logged number is doubted.
        model: of a bundle; without it nothing is said about exercises and gates.
        wear: how the watch was worn in all recordings.
        on_set: called with (sets done, all sets).

    Raises:
        InputDataError: the table or a recording cannot be read, or a recording fails a check.
    """
    labelled = read_sets(folder, doubts)
    traces = []
    for done, one in enumerate(labelled, start=1):
        others = tuple(other.active_s for other in labelled if other is not one and other.path == one.path)
        traces.append(evaluate_set(one, read_recording(one.path), model, wear, others))
        if on_set is not None:
            on_set(done, len(labelled))
    rows = tuple(trace.row for trace in traces)
    document = WatchBenchmark(
        package_sha256=None if model is None else model.profile.package_sha256,
        table_sha256=sha256_file(folder / TABLE_NAME),
        figures=figures(rows),
        sets=rows,
        notes=NOTES,
    )
    return WatchResult(document, tuple(traces))


def evaluate_set(
    labelled: LabelledSet,
    recording: Recording,
    model: ShippedModel | None = None,
    wear: Wear = ASSUMED_WEAR,
    others: tuple[tuple[float, float], ...] = (),
) -> SetTrace:
    """Count one recording in every way; the labels' clock is the file's own.

    Args:
        labelled: the row of the table.
        recording: that it names.
        model: of a bundle; without it nothing is said about exercises and gates.
        wear: how the watch was worn.
        others: active parts of the other rows of this recording; repetitions in them are not false ones.

    Raises:
        InputDataError: the active part lies outside of the recording, or the recording fails a check.
    """
    active, *elsewhere = (
        (start - recording.origin_s, end - recording.origin_s) for start, end in (labelled.active_s, *others)
    )
    if lies_outside(recording, active):
        first, last = (recording.origin_s + float(recording.time_s[row]) for row in (0, -1))
        raise InputDataError(
            "the active part lies outside of the recording",
            where=f"{TABLE_NAME}, {labelled.path.name}",
            expected=f"seconds of the file's own clock, between {first:.1f} and {last:.1f}",
            got=f"{labelled.active_s[0]:g} to {labelled.active_s[1]:g}",
            next_step="correct the row",
        )
    stretches = clean_clock(recording).stretches
    prepared: list[tuple[Stretch, VerticalMotion, SlowSignals]] = []
    for stretch in stretches:
        motion = vertical_motion(stretch)
        slow = slow_signals(motion)
        if slow is not None:
            prepared.append((stretch, motion, slow))
    known = [found for _, motion, slow in prepared for found in sets_of_stretch(motion, slow, active)]
    unknown = _turns(found for _, motion, slow in prepared for found in sets_of_stretch(motion, slow, None))
    errors = _against_references(labelled, known, [slow for _, _, slow in prepared])
    network = None
    if model is not None:
        session = analyze(align(recording, wear), model, Wearer(REFERENCE_STATURE_M, "assumed"))
        network = network_part(session.report, active)
    recorded_s = sum(float(stretch.time_s[-1] - stretch.time_s[0]) for stretch in stretches)
    row = SetRow(
        file=labelled.path.name,
        exercise=labelled.exercise,
        logged=labelled.logged,
        doubt=labelled.doubt,
        active_start_s=labelled.active_s[0],
        active_end_s=labelled.active_s[1],
        outside_s=max(0.0, recorded_s - sum(end - start for start, end in (active, *elsewhere))),
        signals=tuple(found.signal for found in known),
        analysis=_counts(len(_turns(known)), unknown, active, elsewhere),
        baseline=_counts(
            sum(len(baseline_turns(stretch, active)) for stretch, _, _ in prepared),
            [turn for stretch, _, _ in prepared for turn in baseline_turns(stretch, None)],
            active,
            elsewhere,
        ),
        range_errors_m=errors.range_m,
        range_covered=errors.covered,
        baseline_range_errors_m=errors.baseline_range_m,
        velocity_errors_m_s=errors.velocity_m_s,
        baseline_velocity_errors_m_s=errors.baseline_velocity_m_s,
        exercise_id=exercise_of_label(labelled.exercise),
        network=network,
    )
    turns = tuple(turn + recording.origin_s for turn in unknown)
    return SetTrace(row, tuple(slow for _, _, slow in prepared), turns, recording.origin_s)


def _turns(found: Iterable[ExerciseSet]) -> list[float]:
    return [one.turn_s for each in found for one in each.repetitions]


def _counts(
    known: int, turns: list[float], active: tuple[float, float], elsewhere: list[tuple[float, float]]
) -> CountPart:
    """Count the turns in the active part, and those outside of it and of the active parts of other rows."""

    def in_any(turn: float, parts: list[tuple[float, float]]) -> bool:
        return any(start - MARGIN_S <= turn <= end + MARGIN_S for start, end in parts)

    inside = sum(in_any(turn, [active]) for turn in turns)
    outside = sum(not in_any(turn, [active, *elsewhere]) for turn in turns)
    return CountPart(known=known, unknown=inside, outside=outside)


@dataclass(frozen=True)
class _Errors:
    """Of each repetition; all empty unless the table has one reference for each counted repetition."""

    range_m: tuple[float, ...] = ()
    covered: tuple[bool, ...] = ()
    baseline_range_m: tuple[float, ...] = ()
    velocity_m_s: tuple[float, ...] = ()
    baseline_velocity_m_s: tuple[float, ...] = ()


def _against_references(labelled: LabelledSet, known: list[ExerciseSet], slow: list[SlowSignals]) -> _Errors:
    """Return how measures of physics and of the baseline differ from the references of a set."""
    measured = [one for found in known for one in measure_set(found)]
    simple = [_high_passed(one, slow) for one in measured]
    found = _Errors()
    if len(labelled.range_m) == len(measured):
        errors = tuple(one.range_m.value - truth for one, truth in zip(measured, labelled.range_m, strict=True))
        found = replace(
            found,
            range_m=errors,
            covered=tuple(abs(e) <= Z_90 * one.range_m.sd for e, one in zip(errors, measured, strict=True)),
            baseline_range_m=tuple(a - truth for (a, _), truth in zip(simple, labelled.range_m, strict=True)),
        )
    if len(labelled.mean_velocity_m_s) == len(measured):
        truths = labelled.mean_velocity_m_s
        found = replace(
            found,
            velocity_m_s=tuple(
                one.mean_concentric_velocity.value - truth for one, truth in zip(measured, truths, strict=True)
            ),
            baseline_velocity_m_s=tuple(v - truth for (_, v), truth in zip(simple, truths, strict=True)),
        )
    return found


def _high_passed(one: RepetitionMeasures, slow: list[SlowSignals]) -> tuple[float, float]:
    """Return range and mean upward velocity of the high-passed height within a repetition: the baseline for both."""
    for each in slow:
        rows = np.flatnonzero((each.time_s >= one.start_s) & (each.time_s <= one.end_s))
        if len(rows) > 1:
            part = each.height[rows]
            lowest, highest = int(part.argmin()), int(part.argmax())
            falls_first = part[0] - part[lowest] > part[highest] - part[0]
            rises_s = (len(part) - 1 - lowest if falls_first else highest) / SLOW_RATE_HZ
            return float(np.ptp(part)), float(np.ptp(part)) / max(rises_s, 1.0 / SLOW_RATE_HZ)
    return 0.0, 0.0
