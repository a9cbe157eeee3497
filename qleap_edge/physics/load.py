"""External loads: a bar on the shoulders and weights in the hands, rigidly attached to thorax and forearms."""

from dataclasses import dataclass

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
        """Mass of the whole load."""
        return self.bar_kg + 2.0 * self.hand_kg


NO_LOAD = Load()


@dataclass(frozen=True)
class MassProperties:
    """Mass properties of a rigid body: mass (kg), centre (m) and inertia about the centre (kg m², axes of its frame)."""

    mass: float
    centre: Vector
    inertia: tuple[tuple[float, float, float], ...]

    @classmethod
    def of(cls, mass: float, centre: Vector, gyration: Vector) -> "MassProperties":
        """Return the properties of a body whose principal axes are those of its frame, from its radii of gyration (m)."""
        x, y, z = (mass * radius * radius for radius in gyration)
        return cls(mass, centre, ((x, 0.0, 0.0), (0.0, y, 0.0), (0.0, 0.0, z)))

    def combined(self, other: "MassProperties") -> "MassProperties":
        """Return the properties of both bodies joined rigidly.

        Source:
            Steiner's parallel-axis theorem about the common centre.
        """
        if other.mass == 0.0:
            return self
        mass = self.mass + other.mass
        shares = (self.mass / mass, other.mass / mass)
        x, y, z = (shares[0] * a + shares[1] * b for a, b in zip(self.centre, other.centre, strict=True))
        rows = [[a + b for a, b in zip(*pair, strict=True)] for pair in zip(self.inertia, other.inertia, strict=True)]
        for part in (self, other):
            offset = [at - middle for at, middle in zip(part.centre, (x, y, z), strict=True)]
            square = sum(one * one for one in offset)
            for i in range(3):
                rows[i][i] += part.mass * square
                for j in range(3):
                    rows[i][j] -= part.mass * offset[i] * offset[j]
        inertia = tuple((row[0], row[1], row[2]) for row in rows)
        return MassProperties(mass, (x, y, z), inertia)

    def shifted(self, along_z: float) -> "MassProperties":
        """Return the properties of the body shifted along z by so many m."""
        x, y, z = self.centre
        return MassProperties(self.mass, (x, y, z + along_z), self.inertia)
