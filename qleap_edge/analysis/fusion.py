"""One set of the wrist and the network's answers for it become one statement, each part with its source.

Physics says how many repetitions, how far and how fast; the network says which exercise, and what the rest of the body may have
done. Where both say something about the same quantity and differ, the difference is reported, and physics stands.
"""

from collections.abc import Sequence
from math import inf

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.alignment.wear import Wear
from qleap_edge.analysis.alerts import alerts_of, velocity_loss
from qleap_edge.analysis.depth import DepthEstimate, depths_of
from qleap_edge.analysis.measures import Estimate, RepetitionMeasures
from qleap_edge.analysis.network import PoseTrack, SetAnswers
from qleap_edge.analysis.pelvis_repetitions import find_repetitions
from qleap_edge.analysis.session_document import (
    DepthMeasure,
    Disagreement,
    ExerciseStatement,
    FormStatement,
    Measure,
    NamedBy,
    RepetitionResult,
    SetResult,
)
from qleap_edge.analysis.sets import ExerciseSet
from qleap_edge.analysis.vote import vote
from qleap_edge.analysis.watch_reference import Known, WatchReference
from qleap_edge.analysis.wrist_patterns import WristMotion, wrist_motion
from qleap_edge.analysis.wrist_travel import WristTravel, shipped_wrist_travel, wrist_travels
from qleap_edge.core.exercises import Exercise, in_words
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.metrics.pose import pelvis_height
from qleap_edge.metrics.uncertainty import Z_90
from qleap_edge.physics.form import shows
from qleap_edge.uncertainty.exercise_sets import ExerciseSets

ONE_ARM_AT_A_TIME = ("unknown", "biceps_curl", "row", "lateral_raise")
"""Exercises in which arms may take turns; in the others a long rest between repetitions is a rest."""


def fuse_set(
    found: ExerciseSet,
    measured: tuple[RepetitionMeasures, ...],
    answers: SetAnswers,
    wear: Wear,
    stature_m: float,
    sets: ExerciseSets,
    declared: Exercise | None = None,
    reference: WatchReference | None = None,
) -> SetResult:
    """Return everything that is said about one set.

    Args:
        found: the repetitions of the wrist.
        measured: their measures.
        answers: of the network.
        wear: how the watch was worn.
        stature_m: the wearer's height.
        sets: which exercises remain possible for a set, of the profile.
        declared: the exercise that the wearer names.
        reference: a set of this wearer with known depths; used where exercise and posture are those of the reference.
    """
    travels = wrist_travels(found, wear, measured)
    motion = wrist_motion(measured, travels)
    exercise = vote(answers.exercise_probability, answers.votes, motion, sets, declared)
    squat = exercise.name == "squat"
    falls = [_network_fall(answers.track, one) if squat else None for one in measured]
    depths = _depths(travels, motion, exercise, reference)
    return SetResult(
        start_s=measured[0].start_s,
        end_s=measured[-1].end_s,
        signal=found.signal,
        tilt=found.motion.tilt,
        watch_arm_only=found.watch_arm_only and exercise.name in ONE_ARM_AT_A_TIME,
        agreement=found.agreement,
        elevation_deg=motion.elevation_deg,
        exercise=exercise,
        form=_form(answers, measured) if squat else None,
        repetitions=tuple(
            _repetition(one, depth, fall, exercise.named_by)
            for one, depth, fall in zip(measured, depths, falls, strict=True)
        ),
        velocity_loss_percent=_velocity_loss(measured),
        alerts=alerts_of(measured, exercise.name),
        disagreements=(*_disagreements(found, answers, exercise, stature_m), *_depths_apart(depths, falls)),
    )


def measure(estimate: Estimate, *, least: float = 0.0, most: float = inf) -> Measure:
    """Return a quantity of the wrist with its 90 % interval, which ends at ``least`` and at ``most``."""
    half = Z_90 * estimate.sd
    return Measure(
        value=estimate.value,
        low=max(least, estimate.value - half),
        high=min(most, estimate.value + half),
        source="physics",
    )


def _depths(
    travels: tuple[WristTravel, ...],
    motion: WristMotion,
    exercise: ExerciseStatement,
    reference: WatchReference | None,
) -> tuple[DepthEstimate | None, ...]:
    """Return the depth of each repetition, or what else the reference knew; ``None`` where neither can be said."""
    fits = (
        reference is not None
        and reference.exercise == exercise.name
        and shipped_wrist_travel().may_be(reference.posture, motion.elevation_deg)
    )
    if exercise.name != "squat" and not fits:
        return (None,) * len(travels)
    return depths_of(travels, reference if fits else None, exercise=exercise.name)


def _depth_measure(depth: DepthEstimate | None, quantity: Known, named_by: NamedBy) -> DepthMeasure | None:
    if depth is None or depth.quantity != quantity:
        return None
    half = Z_90 * depth.sd_m
    return DepthMeasure(
        value=depth.value_m,
        low=max(0.0, depth.value_m - half),
        high=depth.value_m + half,
        source="both" if named_by == "network" else "physics",
        bias_sd=depth.bias_sd_m,
        spread_sd=depth.spread_sd_m,
        by_reference=depth.referenced,
    )


def _depths_apart(depths: tuple[DepthEstimate | None, ...], falls: list[float | None]) -> list[Disagreement]:
    """Return the repetitions whose depth by the network's pose lies outside the 90 % interval of physics."""
    differences = []
    for number, (depth, fall) in enumerate(zip(depths, falls, strict=True), start=1):
        if depth is None or fall is None or depth.quantity != "depth":
            continue
        half = Z_90 * depth.sd_m
        if abs(depth.value_m - fall) > half:
            message = f"the wrist gives a depth of {depth.value_m:.2f} ± {half:.2f} m, the network's pelvis falls {fall:.2f} m"
            differences.append(
                Disagreement(about="depth", repetition=number, physics=depth.value_m, network=fall, message=message)
            )
    return differences


def _repetition(
    one: RepetitionMeasures, depth: DepthEstimate | None, network_fall: float | None, named_by: NamedBy
) -> RepetitionResult:
    return RepetitionResult(
        start_s=one.start_s,
        turn_s=one.turn_s,
        end_s=one.end_s,
        partial=one.partial,
        range_of_motion_m=measure(one.range_m),
        turned_deg=measure(one.turned_deg),
        mean_concentric_velocity_m_s=measure(one.mean_concentric_velocity),
        peak_concentric_velocity_m_s=measure(one.peak_concentric_velocity),
        eccentric_s=measure(one.eccentric_s),
        concentric_s=measure(one.concentric_s),
        pause_turn_s=measure(one.pause_turn_s),
        pause_before_s=None if one.pause_before_s is None else measure(one.pause_before_s),
        depth_m=_depth_measure(depth, "depth", named_by),
        referenced_range_m=_depth_measure(depth, "range of motion", named_by),
        network_depth_m=network_fall,
    )


def _velocity_loss(measured: tuple[RepetitionMeasures, ...]) -> Measure | None:
    """Return by how many per cent the last repetition is slower than the fastest one."""
    lost = velocity_loss(measured)
    return None if lost is None else measure(Estimate(100.0 * lost.value, 100.0 * lost.sd), most=100.0)


def show_a_repetition(
    start_s: Float[np.ndarray, " k"], found: Sequence[RepetitionMeasures] | Sequence[RepetitionResult]
) -> Bool[np.ndarray, " k"]:
    """Return whether each window shows a repetition: the network has not learnt to score the form of others.

    Args:
        start_s: first instants of the windows.
        found: the repetitions of the set.
    """
    times = np.array([(one.start_s, one.turn_s, one.end_s) for one in found]).reshape(-1, 3)
    steps = np.rint((times - start_s[:, None, None]) * MODEL_RATE_HZ).astype(np.int64)
    return np.asarray(shows(steps).any(axis=1))


def _form(answers: SetAnswers, measured: tuple[RepetitionMeasures, ...]) -> FormStatement | None:
    chosen = answers.votes & show_a_repetition(answers.start_s, measured)
    if not chosen.any():
        return None
    mean = answers.form_probability[chosen].mean(axis=0)
    return FormStatement(score=int(mean.argmax()), probability=float(mean.max()))


def _network_fall(track: PoseTrack, one: RepetitionMeasures) -> float | None:
    """Return how far the pelvis of the network's pose falls in a repetition; ``None`` where it has no pose."""
    rows = (track.time_s >= one.start_s) & (track.time_s <= one.end_s)
    if not rows.any():
        return None
    height = pelvis_height(track.pose_m[rows])
    return float(np.ptp(height)) if bool(np.isfinite(height).all()) else None


def _disagreements(
    found: ExerciseSet, answers: SetAnswers, exercise: ExerciseStatement, stature_m: float
) -> list[Disagreement]:
    differences = []
    first = exercise.candidates[0] if exercise.candidates else None
    if first is not None and first.contradiction is not None:
        differences.append(
            Disagreement(
                about="exercise", repetition=None, physics=None, network=first.probability,
                message=f"the network says {in_words(first.exercise)}, but {first.contradiction}",
            )
        )  # fmt: skip
    if exercise.named_by == "wearer" and first is not None and first.exercise != exercise.name:
        differences.append(
            Disagreement(
                about="exercise", repetition=None, physics=None, network=first.probability,
                message=f"the wearer names {in_words(exercise.name)}, the network says {in_words(first.exercise)}",
            )
        )  # fmt: skip
    if exercise.name == "squat" and len(answers.track.time_s):
        track = answers.track
        known = np.isfinite(track.pose_m).all(axis=(1, 2))
        falls = len(find_repetitions(track.time_s, track.pose_m, known, stature_m))
        if falls != len(found.repetitions):
            differences.append(
                Disagreement(
                    about="repetitions", repetition=None, physics=float(len(found.repetitions)), network=float(falls),
                    message=f"the wrist makes {len(found.repetitions)} repetitions, the network's pelvis falls {falls} times",
                )
            )  # fmt: skip
    return differences
