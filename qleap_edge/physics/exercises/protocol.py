"""The one interface behind which every exercise lives."""

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
    """Bounds a motion must keep to be called feasible."""

    support_margin_m: float | None
    """Least distance of the centre of pressure inside the hull of the standing feet; None where it is not solved for."""
    friction: float = 0.6
    """Largest ratio of horizontal to vertical ground force; rubber on a gym floor holds more than 0.8."""
    peak_force: float = 2.8
    """Largest vertical ground force, weights of body and load."""
    flight: bool = False
    """Whether both feet may leave the floor."""


@runtime_checkable
class ExerciseModel(Protocol):
    """An exercise: how it is drawn, and how it moves."""

    @property
    def name(self) -> Content:
        """What the sequences hold."""

    @property
    def forward(self) -> bool:
        """Whether it can be simulated under its own forces; the others are prescribed only, and marked so."""

    @property
    def feasibility_limits(self) -> FeasibilityLimits:
        """Bounds of a feasible motion."""

    def draw(self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator) -> Any:
        """Return one sequence's parameters, a frozen dataclass with a ``posture`` name and a ``load``."""

    def targets(self, plans: list[Any], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return how the bodies of many sequences are carried; each row of ``time_s`` has its own clock."""

    def exercises(self, plan: Any, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample of one sequence."""
