"""Captured motion in memory: recordings of persons as joint angles of the body, with what was done in each of them.

The files that it is read from are described in ``dataset.motion_folder``.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int16

from qleap_edge.core.exercises import Content, label_of
from qleap_edge.physics.anthropometry import Sex, Subject, mean_subject

UNIT = 1e-4
"""Of the stored first differences: m for the root's position, 1 for its quaternion, rad for the hinges."""
TYPICAL_MASS_INDEX = 23.0
"""kg/m², where the mass is not known."""


@dataclass(frozen=True)
class CapturedPerson:
    """One captured person; ``lengths`` as in :class:`~qleap_edge.physics.anthropometry.Subject`."""

    name: str
    sex: Sex | None
    stature_m: float
    mass_kg: float | None
    lengths: tuple[tuple[str, float], ...]
    pronation_known: bool = True

    def subject(self) -> Subject:
        """Return the person as a body; unknown sex and mass are those of a man of 23 kg/m²."""
        mass = self.mass_kg or TYPICAL_MASS_INDEX * self.stature_m**2
        table = mean_subject(self.sex or "male", self.stature_m, mass)
        return replace(table, lengths=table.lengths | dict(self.lengths))


@dataclass(frozen=True)
class CapturedRecording:
    """One recording of a person."""

    person: CapturedPerson
    name: str
    content: Content
    correct: bool
    rate_hz: float
    steps: Int16[np.ndarray, "time nq"]
    """First differences of the configuration along time, in units of :data:`UNIT`."""
    repetitions: tuple[tuple[int, int], ...]
    """First and last row of every repetition."""
    digest: str
    """sha256 over the files of its person and its name: equal digests are equal recordings."""

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CapturedRecording) and self.digest == other.digest

    @property
    def qpos(self) -> Float[np.ndarray, "time nq"]:
        """Return the configurations, in the order of ``physics.body``."""
        return np.cumsum(self.steps, axis=0, dtype=np.int32) * UNIT

    @property
    def duration_s(self) -> float:
        """From the first to the last sample."""
        return (len(self.steps) - 1) / self.rate_hz


@dataclass(frozen=True)
class MotionLibrary:
    """All captured motion of a dataset; two libraries with the same digest are the same."""

    digest: str
    """sha256 over the files it was read from."""
    recordings: tuple[CapturedRecording, ...]

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MotionLibrary) and self.digest == other.digest

    def of(self, content: Content) -> tuple[CapturedRecording, ...]:
        """Return the recordings of one content."""
        return tuple(one for one in self.recordings if one.content == content)

    def contents(self) -> tuple[Content, ...]:
        """Return every content that has a recording, in the order of the exercise ids."""
        found: set[Content] = {one.content for one in self.recordings}
        return tuple(sorted(found, key=label_of))


NO_MOTION = MotionLibrary("", ())
