"""What a person carries: a bar on the shoulders, weights in the hands; rigidly attached, so part of thorax and hands."""

from dataclasses import dataclass

import numpy as np

Vector = tuple[float, float, float]
BAR_GYRATION_M: Vector = (0.60, 0.06, 0.60)
"""A bar with its plates about its own x (ahead), y (along the bar) and z: 2.2 m long, most of its mass near the ends."""
DUMBBELL_GYRATION_M: Vector = (0.06, 0.06, 0.06)


@dataclass(frozen=True)
class Load:
    """Masses in kg; where the bar lies in m ahead of the shoulders' line (negative: on the back)."""

    bar_kg: float = 0.0
    bar_ahead_m: float = 0.0
    hand_kg: float = 0.0
    """In each hand."""

    @property
    def total_kg(self) -> float:
        """Everything carried."""
        return self.bar_kg + 2.0 * self.hand_kg


NO_LOAD = Load()


@dataclass(frozen=True)
class Lump:
    """A rigid body: mass (kg), centre (m) and inertia about the centre (kg m², axes of its frame)."""

    mass: float
    centre: Vector
    inertia: tuple[tuple[float, float, float], ...]

    @classmethod
    def of(cls, mass: float, centre: Vector, gyration: Vector) -> "Lump":
        """Make a body whose principal axes are those of its frame, from its radii of gyration (m)."""
        x, y, z = (mass * radius * radius for radius in gyration)
        return cls(mass, centre, ((x, 0.0, 0.0), (0.0, y, 0.0), (0.0, 0.0, z)))

    def joined(self, other: "Lump") -> "Lump":
        """Return both as one body.

        Source:
            Steiner's parallel-axis theorem about the common centre.
        """
        if other.mass == 0.0:
            return self
        mass = self.mass + other.mass
        a, b = np.array(self.centre), np.array(other.centre)
        centre = (self.mass * a + other.mass * b) / mass
        inertia = np.array(self.inertia) + np.array(other.inertia)
        for part_mass, offset in ((self.mass, a - centre), (other.mass, b - centre)):
            inertia = inertia + part_mass * (offset @ offset * np.eye(3) - np.outer(offset, offset))
        x, y, z = centre
        return Lump(mass, (float(x), float(y), float(z)), _rows(inertia))


def _rows(matrix: np.ndarray) -> tuple[tuple[float, float, float], ...]:
    return tuple((float(a), float(b), float(c)) for a, b, c in matrix)
