"""A batch of sequences from seed to model input: draw, move, check, record, label.

A sequence is a pure function of (seed, sequence id, exercise, subject): its random stream is keyed by them and by the
attempt, and an infeasible draw is thrown away and drawn again, so neither the worker nor the neighbours in the batch matter.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float32

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.errors import QleapError
from qleap_edge.core.exercises import FORM_UNSCORED, Exercise
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.physics import randomize
from qleap_edge.physics.anthropometry import Subject, draw_subject
from qleap_edge.physics.body import compile_body
from qleap_edge.physics.dynamics import Simulated, inverse_dynamics, refusal
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.exercises.protocol import Regime
from qleap_edge.physics.form import Form, score_form
from qleap_edge.physics.imu import Device, SensorModel, draw_device, record, to_model_input
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.labels import labels_at
from qleap_edge.physics.states import PAD, States, differentiate

MAX_ATTEMPTS = 40
_BATCH = 32
_SUBJECT_STREAM, _SEQUENCE_STREAM = 0, 1  # keep the two kinds of random streams apart


@dataclass(frozen=True)
class Request:
    """One sequence to make."""

    sequence_id: int
    subject_id: int
    exercise: Exercise


@dataclass(frozen=True)
class Sequence:
    """One finished sequence, as it is stored: always the left arm in frame C."""

    request: Request
    subject: Subject
    wear: Wear
    posture: str
    regime: Regime
    form: int
    rubric: Form | None
    imu: Float32[np.ndarray, "steps 6"]
    pose: Float32[np.ndarray, "steps 17 3"]
    kinematics: Float32[np.ndarray, "steps 6"]


@dataclass
class Rejections:
    """How many draws were infeasible, by ``exercise/reason``."""

    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Draft:
    request: Request
    subject: Subject
    device: Device
    steps: int
    plan: Any
    rng: np.random.Generator

    @property
    def samples(self) -> int:
        """Device samples that cover the sequence, one to spare for the filter's edge."""
        return int(np.ceil((self.steps - 1) / MODEL_RATE_HZ * self.device.rate_hz)) + 2


def subject_of(seed: int, subject_id: int) -> Subject:
    """Return a subject of a dataset; the same in every sequence, shard and process."""
    return draw_subject(subject_id, np.random.default_rng(np.random.SeedSequence([seed, _SUBJECT_STREAM, subject_id])))


def simulate(
    requests: list[Request], *, seed: int, duration_s: tuple[float, float], sensor: SensorModel, rejections: Rejections
) -> list[Sequence]:
    """Make the requested sequences, in the order of the requests.

    Args:
        requests: any mixture of exercises and subjects.
        seed: of the dataset.
        duration_s: shortest and longest sequence.
        sensor: the watch.
        rejections: receives the counts of infeasible draws.

    Raises:
        QleapError: a sequence stayed infeasible for :data:`MAX_ATTEMPTS` draws.
    """
    subjects = {request.subject_id: subject_of(seed, request.subject_id) for request in requests}
    models = {subject_id: compile_body(subject) for subject_id, subject in subjects.items()}
    done: dict[int, Sequence] = {}
    for exercise in sorted({request.exercise for request in requests}):
        waiting = [request for request in requests if request.exercise == exercise]
        for attempt in range(MAX_ATTEMPTS):
            drafts = [
                _draft(request, subjects[request.subject_id], attempt, seed, duration_s, sensor) for request in waiting
            ]
            for draft, outcome in _outcomes(exercise, drafts, models, sensor):
                if isinstance(outcome, Sequence):
                    done[draft.request.sequence_id] = outcome
                else:
                    rejections.counts[f"{exercise}/{outcome}"] += 1
            waiting = [request for request in waiting if request.sequence_id not in done]
            if not waiting:
                break
        else:
            raise QleapError(
                f"no feasible {exercise} in {MAX_ATTEMPTS} draws",
                where=f"sequence {waiting[0].sequence_id}",
                got=str(rejections.counts),
            )
    return [done[request.sequence_id] for request in requests]


def _draft(
    request: Request, subject: Subject, attempt: int, seed: int, duration_s: tuple[float, float], sensor: SensorModel
) -> _Draft:
    rng = np.random.default_rng(np.random.SeedSequence([seed, _SEQUENCE_STREAM, request.sequence_id, attempt]))
    duration = float(rng.uniform(*duration_s))
    wear = Wear(Side(randomize.choose(rng, randomize.WRIST)), Side(randomize.choose(rng, randomize.CROWN)))
    device = draw_device(sensor, wear, rng)
    plan = exercise_model(request.exercise).draw(subject, duration, rng)
    return _Draft(request, subject, device, int(np.floor(duration * MODEL_RATE_HZ)) + 1, plan, rng)


def _outcomes(
    exercise: Exercise, drafts: list[_Draft], models: dict[int, mujoco.MjModel], sensor: SensorModel
) -> Iterator[tuple[_Draft, Sequence | str]]:
    """Yield every draft with its sequence, or with the reason why it is infeasible."""
    kind = exercise_model(exercise)
    drafts = sorted(drafts, key=lambda draft: draft.samples)  # like lengths together: less padding
    for first in range(0, len(drafts), _BATCH):
        batch = drafts[first : first + _BATCH]
        step = np.array([draft.device.step_s for draft in batch])
        time = (np.arange(batch[-1].samples + 2 * PAD) - PAD) * step[:, None]
        motion = kind.motion([draft.plan for draft in batch], BodyBatch.stack([draft.subject for draft in batch]), time)
        states = differentiate(motion.pelvis, motion.angles, step)
        for row, draft in enumerate(batch):
            model = models[draft.subject.subject_id]
            simulated = _inverse(model, states, row, draft.samples)
            inside = slice(PAD, PAD + draft.samples)
            reason = refusal(model, simulated, motion.reachable[row, inside], motion.pinned[row, inside], kind.gate)
            yield draft, reason if reason is not None else _finish(draft, simulated, kind.scored, sensor)


def _inverse(model: mujoco.MjModel, states: States, row: int, samples: int) -> Simulated:
    return inverse_dynamics(model, states.qpos[row, :samples], states.qvel[row, :samples], states.qacc[row, :samples])


def _finish(draft: _Draft, simulated: Simulated, scored: bool, sensor: SensorModel) -> Sequence:
    wrist = draft.device.wear.wrist
    recording = record(simulated.watch(wrist.value), sensor, draft.device, draft.rng)
    label_time, imu = to_model_input(recording, draft.device, draft.steps)
    mirrored = wrist is Side.RIGHT
    pose, kinematics = labels_at(simulated, draft.subject, draft.device.step_s, label_time, mirrored=mirrored)
    rubric = score_form(pose, kinematics, MODEL_RATE_HZ, draft.subject.lumbar_baseline) if scored else None
    return Sequence(
        request=draft.request,
        subject=draft.subject,
        wear=draft.device.wear,
        posture=draft.plan.posture,
        regime="prescribed",
        form=FORM_UNSCORED if rubric is None else rubric.score,
        rubric=rubric,
        imu=imu,
        pose=pose,
        kinematics=kinematics,
    )
