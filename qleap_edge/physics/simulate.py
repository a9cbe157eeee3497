"""Simulation of sequences from seed to model input: draw, kinematics, dynamics, feasibility, recording, labels.

A sequence is a pure function of (seed, sequence id, content, regime, subject), in the regime ``captured`` also of the library
of captured motion. Its random stream is keyed by seed, sequence id and attempt; an infeasible draw is discarded and drawn
again. Neither the worker nor the other sequences of the batch matter.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.errors import QleapError
from qleap_edge.core.exercises import EXERCISE_ID, Content, Regime
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.physics.anthropometry import Subject, draw_subject
from qleap_edge.physics.arms import refused_grips
from qleap_edge.physics.captured.library import NO_MOTION, MotionLibrary
from qleap_edge.physics.captured.regime import CapturedMotion
from qleap_edge.physics.dynamics import (
    PAD,
    InverseDynamics,
    SimulatedMotion,
    StateTrajectory,
    configurations,
    differentiate,
    prescribed_dynamics,
)
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.exercises.protocol import ExerciseModel, limits_of
from qleap_edge.physics.feasibility import (
    FootContact,
    floor_infeasibility,
    foot_contact,
    posture_infeasibility,
    wrist_infeasible,
)
from qleap_edge.physics.form import score_form
from qleap_edge.physics.forward import WARM_UP, forward_dynamics, forward_infeasibility
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.labels import labels_at
from qleap_edge.physics.mjcf import BodyModel
from qleap_edge.physics.motion_targets import Motion, MotionTargets, solve_leg_ik
from qleap_edge.physics.randomize import Distributions, for_regime
from qleap_edge.physics.repetitions import label_repetitions
from qleap_edge.physics.sensor_errors import Device, draw_device, record, to_model_input
from qleap_edge.physics.sensor_file import SensorParameters
from qleap_edge.physics.sequence import Request, Sequence

MAX_ATTEMPTS = 60
_BATCH = 32  # large enough to amortise NumPy's cost a call, small enough for the cache
_SUBJECT_STREAM, _SEQUENCE_STREAM = 0, 1  # two independent kinds of random streams
_SQUAT = EXERCISE_ID["squat"]


@dataclass
class Rejections:
    """How many draws were infeasible, by ``content/regime/reason``.

    The reason ``grip`` counts draws of what the hands hold that need more than the arm's anatomical limits. They alone are
    drawn again, not the whole sequence.
    """

    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Draft:
    request: Request
    subject: Subject
    device: Device
    steps: int
    plan: Any
    friction: float
    rng: np.random.Generator

    @property
    def samples(self) -> int:
        """Device samples that cover the sequence, one to spare for the filter's edge."""
        return int(np.ceil((self.steps - 1) / MODEL_RATE_HZ * self.device.rate_hz)) + 2

    @property
    def early(self) -> int:
        """Samples before time 0: for the derivatives, and for contacts to settle."""
        return PAD + (WARM_UP if self.request.regime == "forward" else 0)

    @property
    def padded(self) -> int:
        """All samples whose kinematics are needed."""
        return self.early + self.samples + PAD


@cache
def body_model(regime: Regime) -> BodyModel:
    """Return this process's compiled body model of a regime; it is shared and its subject changes."""
    return BodyModel(regime)


def subject_of(seed: int, subject_id: int, distributions: Distributions) -> Subject:
    """Return a subject of a dataset; the same in every sequence, shard and process."""
    stream = np.random.SeedSequence([seed, _SUBJECT_STREAM, subject_id])
    return draw_subject(subject_id, distributions, np.random.default_rng(stream))


def simulate(
    requests: list[Request],
    *,
    seed: int,
    duration_s: tuple[float, float],
    sensor: SensorParameters,
    distributions: Distributions,
    rejections: Rejections,
    motion: MotionLibrary = NO_MOTION,
) -> list[Sequence]:
    """Make the requested sequences, in the order of the requests.

    Args:
        requests: any mixture of contents, regimes and subjects.
        seed: of the dataset.
        duration_s: shortest and longest sequence.
        sensor: the watch.
        distributions: of bodies and motions.
        rejections: receives the counts of infeasible draws.
        motion: what the sequences of the regime ``captured`` are made of.

    Raises:
        QleapError: a sequence stayed infeasible for :data:`MAX_ATTEMPTS` draws.
    """
    subjects = {request.subject_id: subject_of(seed, request.subject_id, distributions) for request in requests}
    done: dict[int, Sequence] = {}

    for (content, captured), group in groupby(sorted(requests, key=_model_key), key=_model_key):
        waiting = list(group)
        model: ExerciseModel = CapturedMotion(content, motion) if captured else exercise_model(content)
        for attempt in range(MAX_ATTEMPTS):
            drafts = [
                _draft(request, subjects[request.subject_id], model, attempt, seed, duration_s, sensor, distributions)
                for request in waiting
            ]
            for draft in drafts:
                if refused := refused_grips(draft.plan):
                    rejections.counts[f"{content}/{draft.request.regime}/grip"] += refused
            for draft, outcome in _outcomes(model, drafts, sensor):
                if isinstance(outcome, Sequence):
                    done[draft.request.sequence_id] = outcome
                else:
                    rejections.counts[f"{content}/{draft.request.regime}/{outcome}"] += 1
            waiting = [request for request in waiting if request.sequence_id not in done]
            if not waiting:
                break
        else:
            raise QleapError(
                f"no feasible {content} ({waiting[0].regime}) in {MAX_ATTEMPTS} draws",
                where=f"sequence {waiting[0].sequence_id}",
                got=str(dict(rejections.counts)),
                next_step="narrow the distributions that the recipe's synthesis.randomization overrides",
            )
    return [done[request.sequence_id] for request in requests]


def _model_key(request: Request) -> tuple[Content, bool]:
    """Return what decides the model of a request: its content, and whether the motion is captured."""
    return request.content, request.regime == "captured"


def _draft(
    request: Request,
    subject: Subject,
    model: ExerciseModel,
    attempt: int,
    seed: int,
    duration_s: tuple[float, float],
    sensor: SensorParameters,
    distributions: Distributions,
) -> _Draft:
    rng = np.random.default_rng(np.random.SeedSequence([seed, _SEQUENCE_STREAM, request.sequence_id, attempt]))
    duration = float(rng.uniform(*duration_s))
    wear = Wear(Side(distributions.wrist.draw(rng)), Side(distributions.crown.draw(rng)))
    device = draw_device(sensor, wear, rng)
    plan = model.draw(subject, duration, for_regime(distributions, request.regime), rng)
    steps = int(np.floor(duration * MODEL_RATE_HZ)) + 1
    return _Draft(request, subject, device, steps, plan, distributions.floor_friction.draw(rng), rng)


def _outcomes(
    model: ExerciseModel, drafts: list[_Draft], sensor: SensorParameters
) -> Iterator[tuple[_Draft, Sequence | str]]:
    """Yield every draft with its sequence, or with the reason why it is infeasible."""
    drafts = sorted(drafts, key=lambda draft: draft.padded)  # sequences of similar length together need less padding
    for first in range(0, len(drafts), _BATCH):
        batch = drafts[first : first + _BATCH]
        early = np.array([[draft.early] for draft in batch])
        step = np.array([[draft.device.step_s] for draft in batch])
        time = (np.arange(batch[-1].padded) - early) * step
        body = BodyBatch.stack([draft.subject for draft in batch], [draft.plan.load for draft in batch])
        motion = solve_leg_ik(body, _targets(model, batch, body, time))
        feasible: list[tuple[_Draft, SimulatedMotion, FootContact]] = []
        for draft, outcome in zip(batch, _simulate_motions(model, batch, motion), strict=True):
            if isinstance(outcome, str):
                yield draft, outcome
            else:
                feasible.append((draft, *outcome))
        yield from zip((draft for draft, _, _ in feasible), _record_and_label(model, feasible, sensor), strict=True)


def _targets(
    model: ExerciseModel, batch: list[_Draft], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
) -> MotionTargets:
    return model.targets([draft.plan for draft in batch], body, time_s)


def _simulate_motions(
    model: ExerciseModel, batch: list[_Draft], motion: Motion
) -> Iterator[tuple[SimulatedMotion, FootContact] | str]:
    """Yield the movement of each draft in the regime that was asked for, or why it is infeasible."""
    qpos = configurations(motion.pelvis, motion.angles)
    slack = np.radians(model.feasibility_limits.joint_slack_deg)
    limits = body_model("prescribed").joint_limits + slack * np.array([-1.0, 1.0])
    for row, draft in enumerate(batch):
        inner = slice(PAD, draft.padded - PAD)
        reason = posture_infeasibility(qpos[7:, row, inner], limits, motion.reachable[row, inner])
        if reason is None:
            reference = differentiate(qpos[:, row, : draft.padded], draft.device.step_s)
            yield _simulate_motion(draft, model, reference, motion.contact_mask[row, inner])
        else:
            yield reason


def _simulate_motion(
    draft: _Draft, model: ExerciseModel, reference: StateTrajectory, contact_mask: Bool[np.ndarray, "time 4"]
) -> tuple[SimulatedMotion, FootContact] | str:
    """Return one movement in the regime that was asked for, or why it is infeasible."""
    body = body_model("prescribed")
    body.set_subject(draft.subject, draft.plan.load)
    forward, limits = draft.request.regime == "forward", limits_of(model, draft.plan)
    inverse = InverseDynamics.allocate(body, len(reference[0])) if forward else None
    simulated = prescribed_dynamics(body, *reference, inverse)
    if wrist_infeasible(simulated, limits):
        return "wrist"
    contact = foot_contact(simulated, contact_mask)
    reason = floor_infeasibility(simulated, contact, limits)
    if reason is None and inverse is not None:
        free = body_model("forward")
        free.set_subject(draft.subject, draft.plan.load)
        step_s = draft.device.step_s
        outcome = forward_dynamics(body, free, reference, simulated, inverse, contact_mask, step_s, draft.friction)
        if outcome is None:
            return "fell"
        reason = forward_infeasibility(outcome, free, limits)
        simulated, contact = outcome.simulated, outcome.contact
    return reason if reason is not None else (simulated, contact)


def _record_and_label(
    model: ExerciseModel, feasible: list[tuple[_Draft, SimulatedMotion, FootContact]], sensor: SensorParameters
) -> Iterator[Sequence]:
    """Record feasible movements with their watches and label them from their simulated states.

    Each step runs for the whole batch before the next one begins, which keeps its code in the processor's caches.
    """
    recordings = [
        record(simulated.watch(draft.device.wear.wrist.value), sensor, draft.device, draft.rng)
        for draft, simulated, _ in feasible
    ]
    inputs = [
        to_model_input(recording, draft.device, draft.steps)
        for recording, (draft, _, _) in zip(recordings, feasible, strict=True)
    ]
    truths = [
        labels_at(
            simulated,
            draft.subject,
            contact,
            draft.device.step_s,
            time,
            mirrored=draft.device.wear.wrist is Side.RIGHT,
        )
        for (draft, simulated, contact), (time, _) in zip(feasible, inputs, strict=True)
    ]
    for (draft, _, _), (time, imu), (pose, kinematics) in zip(feasible, inputs, truths, strict=True):
        yield _labelled_sequence(draft, model, time, imu, pose, kinematics)


def _labelled_sequence(
    draft: _Draft,
    model: ExerciseModel,
    time: Float[np.ndarray, " steps"],
    imu: Float32[np.ndarray, "steps 6"],
    pose: Float32[np.ndarray, "steps 17 3"],
    kinematics: Float32[np.ndarray, "steps 8"],
) -> Sequence:
    exercise = model.exercises(draft.plan, time)
    found, phase = label_repetitions(pose, exercise)
    squats = found[exercise[found[:, 1]] == _SQUAT]
    rubric = score_form(pose, kinematics, squats, draft.subject.lumbar_baseline)
    height = -pose[:, (3, 6), 2].min(axis=1)  # of the pelvis over the lower ankle
    return Sequence(
        request=draft.request,
        subject=draft.subject,
        wear=draft.device.wear,
        posture=draft.plan.posture,
        load_kg=draft.plan.load.total_kg,
        rubric=rubric,
        imu=imu,
        pose=pose,
        kinematics=kinematics,
        exercise=exercise,
        phase=phase,
        repetitions=found,
        depth=_median(height[found[:, 0]] - height[found[:, 1]]),
        descent_s=_median((found[:, 1] - found[:, 0]) / MODEL_RATE_HZ),
        ascent_s=_median((found[:, 2] - found[:, 1]) / MODEL_RATE_HZ),
    )


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")
