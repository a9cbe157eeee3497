"""An exercise that is done in several ways, such as sitting or standing: each sequence is one of them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import one_exercise
from qleap_edge.physics.kinematics import BodyBatch, Foot, Pelvis
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

Draw = Callable[[Subject, float, Distributions, np.random.Generator], Any]
Targets = Callable[[list[Any], BodyBatch, Float[np.ndarray, "batch time"]], MotionTargets]


class Variants:
    """An exercise whose plans name their variant in ``posture``, each with its own way to draw and to move.

    Args:
        name: of the exercise.
        limits: of a feasible motion, of all variants.
        choice: returns the distribution of the variants' names.
        ways: name → how it is drawn, and its motion targets.
    """

    forward = False

    def __init__(
        self,
        name: Exercise,
        limits: FeasibilityLimits,
        choice: Callable[[Distributions], Categorical],
        ways: dict[str, tuple[Draw, Targets]],
    ) -> None:
        self.name: Exercise = name
        self.feasibility_limits = limits
        self._choice, self._ways = choice, ways

    def draw(self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator) -> Any:
        """Draw one sequence of one of the variants."""
        way = self._choice(distributions).draw(rng)
        return replace(self._ways[way][0](subject, duration_s, distributions, rng), posture=way)

    def targets(self, plans: list[Any], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return the targets of each sequence's own variant."""
        rows = {way: [row for row, plan in enumerate(plans) if plan.posture == way] for way in self._ways}
        pieces = [
            (chosen, self._ways[way][1]([plans[row] for row in chosen], body.rows(chosen), time_s[chosen]))
            for way, chosen in rows.items()
            if chosen
        ]
        return pieces[0][1] if len(pieces) == 1 else in_order(pieces)

    def exercises(self, plan: Any, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def in_order(pieces: list[tuple[list[int], MotionTargets]]) -> MotionTargets:
    """Return the targets of all variants in the order of their sequences."""
    order = np.argsort([row for rows, _ in pieces for row in rows])
    parts = [part for _, part in pieces]

    def joined(arrays: Iterable[np.ndarray], axis: int) -> np.ndarray:
        return np.concatenate(list(arrays), axis=axis).take(order, axis=axis)

    pelvis = Pelvis(
        joined((part.pelvis.position for part in parts), 1),
        *(joined((getattr(part.pelvis, angle) for part in parts), 0) for angle in ("yaw", "pitch", "roll")),
    )
    return MotionTargets(
        pelvis=pelvis,
        upper={name: joined((part.upper[name] for part in parts), 0) for name in parts[0].upper},
        feet={
            side: Foot(
                joined((part.feet[side].ankle for part in parts), 1),
                joined((part.feet[side].rotation for part in parts), 2),
            )
            for side, _ in SIDES
        },
        knee_shift=None,
        contact_mask=joined((part.contact_mask for part in parts), 0),
    )
