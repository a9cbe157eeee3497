"""The one interface behind which every exercise lives."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.kinematics import Angles, BodyBatch, Pelvis

Regime = Literal["prescribed", "forward"]
"""``prescribed``: kinematics checked by inverse dynamics. ``forward``: simulated under its own forces."""
REGIMES: tuple[Regime, ...] = ("prescribed", "forward")


@dataclass(frozen=True)
class Gate:
    """Bounds a motion must keep to be called feasible; a bound that is None does not apply."""

    support: bool
    """Centre of pressure inside the hull of the planted feet, with ``support_margin_m`` to spare (negative: beyond)."""
    support_margin_m: float = 0.0
    friction: float = 0.6
    """Largest ratio of horizontal to vertical ground force; rubber on a gym floor holds more than 0.8."""
    peak_force: float = 2.8
    """Largest vertical ground force, body weights."""


@dataclass(frozen=True)
class Motion:
    """Kinematics of a batch of sequences of one exercise."""

    pelvis: Pelvis
    angles: Angles
    reachable: Bool[np.ndarray, "batch time"]
    pinned: Bool[np.ndarray, "batch time 4"]
    """Whether the left heel, left ball, right heel, right ball must not move at this sample."""


@runtime_checkable
class ExerciseModel(Protocol):
    """An exercise: how it is drawn, and how it moves."""

    name: Exercise
    scored: bool
    """Whether the squat rubric applies."""
    gate: Gate

    def draw(self, subject: Subject, duration_s: float, rng: np.random.Generator) -> Any:
        """Return one sequence's parameters, a frozen dataclass with a ``posture`` name."""

    def motion(self, plans: list[Any], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> Motion:
        """Return the kinematics of many sequences; each row of ``time_s`` has its own clock."""
