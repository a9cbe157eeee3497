"""The interface of every exercise, and the limits that make its motion feasible."""

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Content
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions


@dataclass(frozen=True)
class FeasibilityLimits:
    """Limits that a feasible motion must keep."""

    support_margin_m: float | None
    """Least distance of the centre of pressure inside the hull of the standing feet; None where it is not solved for."""
    friction: float = 0.6
    """Largest ratio of horizontal to vertical ground force; rubber on a gym floor holds more than 0.8."""
    peak_force: float = 2.8
    """Largest vertical ground force, weights of body and load."""
    flight: bool = False
    """Whether both feet may leave the floor."""
    supported: bool = False
    """Whether a seat, a bench, a bar or the hands on the floor carry part of the weight.

    The ground reaction is then that of all supports together. Its direction and its centre of pressure say nothing about the
    feet and are not checked."""
    exceeding_share: float = 0.0
    """Largest share of the samples at which friction and support margin may be exceeded: captured markers have errors."""
    strongest_m_s2: float = math.inf
    """Largest specific force of a wrist; no impact is among the captured movements."""
    fastest_rad_s: float = math.inf
    """Largest angular velocity of a wrist: captured markers can jump."""
    joint_slack_deg: float = 0.0
    """How far a hinge may lie outside the body's limits: three hinges in turn reach less than a captured person's joint."""


SUPPORTED = FeasibilityLimits(support_margin_m=None, supported=True)
"""Limits of who sits or lies."""


@runtime_checkable
class ExerciseModel(Protocol):
    """An exercise: draws the parameters of sequences and computes their motion targets."""

    @property
    def name(self) -> Content:
        """Content of the sequences."""

    @property
    def forward(self) -> bool:
        """Whether it can be simulated forward; the others are prescribed only."""

    @property
    def feasibility_limits(self) -> FeasibilityLimits:
        """Limits of a feasible motion."""

    def draw(self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator) -> Any:
        """Return one sequence's parameters, a frozen dataclass with a ``posture`` name and a ``load``."""

    def targets(self, plans: list[Any], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return the motion targets of many sequences; each row of ``time_s`` has its own clock."""

    def exercises(self, plan: Any, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample of one sequence."""


def limits_of(model: ExerciseModel, plan: Any) -> FeasibilityLimits:
    """Return the limits of one sequence: :data:`SUPPORTED` where its plan says that it is ``seated``, else its model's."""
    return SUPPORTED if getattr(plan, "seated", False) else model.feasibility_limits
