"""Count the repetitions of labelled recordings with the analysis and with the baseline."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qleap_edge.alignment.clock import Stretch, clean_clock
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.analysis.measures import RepetitionMeasures, measure_set
from qleap_edge.analysis.sets import MARGIN_S, ExerciseSet, sets_of_stretch
from qleap_edge.analysis.slow_signals import SlowSignals, slow_signals
from qleap_edge.analysis.vertical_motion import VerticalMotion, vertical_motion
from qleap_edge.comparison.watch.baseline import baseline_turns
from qleap_edge.comparison.watch.document import CountPart, SetRow, WatchBenchmark
from qleap_edge.comparison.watch.figures import figures
from qleap_edge.comparison.watch.labelled_sets import TABLE_NAME, LabelledSet, read_sets
from qleap_edge.core.manifest import sha256_file

Z_90 = 1.645

NOTES = (
    "The logged number is what a person wrote down while training: it may be wrong by one, or count both arms. "
    "The analysis counts the arm that wears the watch.",
    "Baseline: autocorrelation gives the period, peaks give the repetitions; nothing in it is tuned.",
    "All intervals are 95 %, recordings drawn whole.",
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
    folder: Path, doubts: Path | None = None, on_set: Callable[[int, int], None] | None = None
) -> WatchResult:
    """Run the benchmark on a folder of recordings with a ``sets.csv``.

    Raises:
        InputDataError: the table or a recording cannot be read.
    """
    labelled = read_sets(folder, doubts)
    traces = []
    for done, one in enumerate(labelled, start=1):
        traces.append(evaluate_set(one, read_recording(one.path)))
        if on_set is not None:
            on_set(done, len(labelled))
    rows = tuple(trace.row for trace in traces)
    document = WatchBenchmark(
        table_sha256=sha256_file(folder / TABLE_NAME), figures=figures(rows), sets=rows, notes=NOTES
    )
    return WatchResult(document, tuple(traces))


def evaluate_set(labelled: LabelledSet, recording: Recording) -> SetTrace:
    """Count one recording in every way; the labels' clock is the file's own."""
    active = (labelled.active_s[0] - recording.origin_s, labelled.active_s[1] - recording.origin_s)
    stretches = clean_clock(recording).stretches
    prepared: list[tuple[Stretch, VerticalMotion, SlowSignals]] = []
    for stretch in stretches:
        motion = vertical_motion(stretch)
        slow = slow_signals(motion)
        if slow is not None:
            prepared.append((stretch, motion, slow))
    known = [found for _, motion, slow in prepared for found in sets_of_stretch(motion, slow, active)]
    unknown = _turns(found for _, motion, slow in prepared for found in sets_of_stretch(motion, slow, None))
    ranges, covered, velocities, baseline_ranges = _against_references(labelled, known, prepared)
    recorded_s = sum(float(stretch.time_s[-1] - stretch.time_s[0]) for stretch in stretches)
    row = SetRow(
        file=labelled.path.name,
        exercise=labelled.exercise,
        logged=labelled.logged,
        doubt=labelled.doubt,
        active_start_s=labelled.active_s[0],
        active_end_s=labelled.active_s[1],
        outside_s=max(0.0, recorded_s - (active[1] - active[0])),
        signals=tuple(found.signal for found in known),
        analysis=_counts(len(_turns(known)), unknown, active),
        baseline=_counts(
            sum(len(baseline_turns(stretch, active)) for stretch, _, _ in prepared),
            [turn for stretch, _, _ in prepared for turn in baseline_turns(stretch, None)],
            active,
        ),
        range_errors_m=ranges,
        range_covered=covered,
        baseline_range_errors_m=baseline_ranges,
        velocity_errors_m_s=velocities,
    )
    turns = tuple(turn + recording.origin_s for turn in unknown)
    return SetTrace(row, tuple(slow for _, _, slow in prepared), turns, recording.origin_s)


def _turns(found: Iterable[ExerciseSet]) -> list[float]:
    return [one.turn_s for each in found for one in each.repetitions]


def _counts(known: int, turns: list[float], active: tuple[float, float]) -> CountPart:
    inside = sum(active[0] - MARGIN_S <= turn <= active[1] + MARGIN_S for turn in turns)
    return CountPart(known=known, unknown=inside, outside=len(turns) - inside)


def _against_references(
    labelled: LabelledSet, known: list[ExerciseSet], prepared: list[tuple[Stretch, VerticalMotion, SlowSignals]]
) -> tuple[tuple[float, ...], tuple[bool, ...], tuple[float, ...], tuple[float, ...]]:
    """Return errors of range, whether intervals cover, errors of velocity, and the baseline's errors of range.

    All are empty unless the table has one reference for each counted repetition.
    """
    measured = [one for found in known for one in measure_set(found)]
    ranges, covered, simple = [], [], []
    if len(labelled.range_m) == len(measured):
        for one, reference in zip(measured, labelled.range_m, strict=True):
            ranges.append(one.range_m.value - reference)
            covered.append(abs(ranges[-1]) <= Z_90 * one.range_m.sd)
            simple.append(_high_passed_range(one, [slow for _, _, slow in prepared]) - reference)
    velocities = []
    if len(labelled.mean_velocity_m_s) == len(measured):
        pairs = zip(measured, labelled.mean_velocity_m_s, strict=True)
        velocities = [one.mean_concentric_velocity.value - reference for one, reference in pairs]
    return tuple(ranges), tuple(covered), tuple(velocities), tuple(simple)


def _high_passed_range(one: RepetitionMeasures, slow: list[SlowSignals]) -> float:
    """Return the range of the high-passed height within a repetition: the baseline for the range of motion."""
    parts = [each.height[(each.time_s >= one.start_s) & (each.time_s <= one.end_s)] for each in slow]
    return max((float(np.ptp(part)) for part in parts if len(part)), default=0.0)
