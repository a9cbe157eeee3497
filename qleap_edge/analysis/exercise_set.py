"""What a set is: one movement that is repeated, and its repetitions."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qleap_edge.analysis.cycles import Signal
from qleap_edge.analysis.vertical_motion import VerticalMotion

LEAST_REPETITIONS = 3
"""In a recording whose active parts are not known, fewer repetitions are no set: one lift of the hand looks the same."""
# From the end of a repetition to the start of the next, of its duration. Stamps leave out the slow beginning and end of a
# repetition, about a third of it, so that turns of equal length give 2.2.
OTHER_ARM = (1.75, 4.5)


@dataclass(frozen=True)
class CycleRepetition:
    """One repetition; stamps count from the recording's first row."""

    start_s: float
    turn_s: float
    end_s: float
    partial: bool = False
    """Whether its range is below 0.7 of the set's median range."""


@dataclass(frozen=True)
class ExerciseSet:
    """A span in which one movement is repeated by the arm that wears the watch. Of the other arm nothing is said."""

    signal: Signal
    """The signal in which the repetitions were found."""
    repetitions: tuple[CycleRepetition, ...]
    agreement: float
    """Mean correlation of the repetitions with their median; 1: all alike."""
    motion: VerticalMotion
    """Of the set, with up to 20 s before and after it."""

    @property
    def watch_arm_only(self) -> bool:
        """Tell whether the rests between the repetitions are about as long as a repetition.

        The other arm may then take its turn in them: a log that counts both arms has about twice as many repetitions. A person
        who rests so long between the repetitions of both arms together looks the same.
        """
        if len(self.repetitions) < LEAST_REPETITIONS:
            return False
        rest_s = np.median([after.start_s - before.end_s for before, after in pairwise(self.repetitions)])
        moves_s = np.median([one.end_s - one.start_s for one in self.repetitions])
        return bool(OTHER_ARM[0] * moves_s <= rest_s <= OTHER_ARM[1] * moves_s)

    @property
    def start_s(self) -> float:
        """Return where the first repetition starts."""
        return self.repetitions[0].start_s

    @property
    def end_s(self) -> float:
        """Return where the last repetition ends."""
        return self.repetitions[-1].end_s
