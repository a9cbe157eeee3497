"""Movements of every exercise, simulated as prescribed, for the tests of the physics."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.anthropometry import Subject, draw_subject, mean_subject
from qleap_edge.physics.body import DOF_COUNT, QPOS
from qleap_edge.physics.dynamics import (
    PAD,
    SimulatedMotion,
    StateTrajectory,
    configurations,
    differentiate,
    prescribed_dynamics,
)
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.exercises.protocol import limits_of
from qleap_edge.physics.feasibility import floor_infeasibility, foot_contact, posture_infeasibility
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.load import Load
from qleap_edge.physics.mjcf import BodyModel
from qleap_edge.physics.motion_targets import Motion, solve_leg_ik
from qleap_edge.physics.randomize import RELEASE, Distributions

STEP = 0.01
COUNT = 12
DURATION_S = 6.0
BODY = BodyModel("prescribed")
MAN = mean_subject("male", 1.75, 75.0)


@dataclass
class Run:
    """One simulated sequence with what it was made from."""

    exercise: str
    simulated: SimulatedMotion
    states: StateTrajectory
    row: int
    plan: Any
    subject: Subject
    motion: Motion
    weight: float

    @property
    def contact_mask(self) -> np.ndarray:
        """Heels and balls that must not move."""
        return self.motion.contact_mask[self.row, PAD:-PAD]

    def infeasibility(self) -> str | None:
        """Return why the sequence would be drawn again, or None."""
        reachable = self.motion.reachable[self.row, PAD:-PAD]
        posture = posture_infeasibility(self.simulated.qpos[:, 7:].T, BODY.joint_limits, reachable)
        limits = limits_of(exercise_model(self.exercise), self.plan)
        return posture or floor_infeasibility(self.simulated, foot_contact(self.simulated, self.contact_mask), limits)


def make_runs(name: str, distributions: Distributions = RELEASE) -> list[Run]:
    """Simulate twelve sequences of six seconds of an exercise."""
    kind = exercise_model(name)
    subjects = [draw_subject(index, distributions, np.random.default_rng(index)) for index in range(COUNT)]
    plans = [
        kind.draw(subject, DURATION_S, distributions, np.random.default_rng([7, index]))
        for index, subject in enumerate(subjects)
    ]
    time = np.tile((np.arange(round(DURATION_S / STEP) + 1 + 2 * PAD) - PAD) * STEP, (COUNT, 1))
    body = BodyBatch.stack(subjects, [plan.load for plan in plans])
    motion = solve_leg_ik(body, kind.targets(plans, body, time))
    qpos = configurations(motion.pelvis, motion.angles)
    runs = []
    for row, subject in enumerate(subjects):
        BODY.set_subject(subject, plans[row].load)
        states = differentiate(qpos[:, row], STEP)
        simulated = prescribed_dynamics(BODY, *states)
        weight = (subject.mass_kg + plans[row].load.total_kg) * STANDARD_GRAVITY
        runs.append(Run(name, simulated, states, row, plans[row], subject, motion, weight))
    return runs


def feasible_runs(name: str, distributions: Distributions = RELEASE) -> list[Run]:
    """Return those of :func:`make_runs` that a dataset would keep."""
    return [run for run in make_runs(name, distributions) if run.infeasibility() is None]


def bone(run: Run, start: str, end: str) -> np.ndarray:
    """Return the vectors from one joint to another, world, m."""
    joints = run.simulated.joints
    return joints[:, JOINT_INDEX[end]] - joints[:, JOINT_INDEX[start]]


def standing_pose(**degrees: float) -> np.ndarray:
    """Return one configuration of a body that stands upright, with the given hinges turned."""
    qpos = np.zeros((1, 1 + DOF_COUNT))
    qpos[0, 2], qpos[0, 3] = 0.928, 1.0
    for name, angle in degrees.items():
        qpos[0, QPOS[name.replace("__", ".")]] = np.radians(angle)
    return qpos


def simulate_pose(qpos: np.ndarray, qacc: np.ndarray | None = None) -> SimulatedMotion:
    """Simulate configurations of the mean man, without velocity."""
    zero = np.zeros((len(qpos), DOF_COUNT))
    body_model = BodyModel("prescribed")
    body_model.set_subject(MAN, Load())
    return prescribed_dynamics(body_model, qpos, zero, zero if qacc is None else qacc)
