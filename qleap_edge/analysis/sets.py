"""Sets: the spans of a recording in which one movement is repeated, and the repetitions in each.

In windows of 14 s the autocorrelation of each signal shows where something repeats (``seeds``). From the clearest windows on,
repetitions that follow one another are looked for in both directions (``chain_repetitions``). The best chains of repetitions
that do not overlap are the sets (``set_search``).
"""

import numpy as np

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.recording import Recording
from qleap_edge.analysis.exercise_set import LEAST_REPETITIONS, CycleRepetition, ExerciseSet
from qleap_edge.analysis.seeds import HOP_STEPS, WINDOW_STEPS, seeds_of_window
from qleap_edge.analysis.set_search import AROUND_STEPS, SetSearch, sets_of_seeds, stamped, stamps
from qleap_edge.analysis.single_repetition import single_repetition
from qleap_edge.analysis.slow_signals import SlowSignals, slow_signals
from qleap_edge.analysis.vertical_motion import VerticalMotion, vertical_motion

__all__ = ["LEAST_REPETITIONS", "MARGIN_S", "CycleRepetition", "ExerciseSet", "find_sets", "sets_of_stretch"]

MARGIN_S = 0.5
"""A repetition belongs to an active part if its turn lies in it; hand-marked edges are not exact."""


def find_sets(recording: Recording, active: tuple[float, float] | None = None) -> tuple[ExerciseSet, ...]:
    """Return the sets of a recording in the order of time.

    Args:
        recording: as a reader returns it.
        active: start and end (s) of the part in which exercise is known to happen: repetitions that turn outside are left
            out, and a single repetition may be a set. ``None``: the whole recording, sets of three repetitions and more.
    """
    found: list[ExerciseSet] = []
    for stretch in clean_clock(recording).stretches:
        motion = vertical_motion(stretch)
        slow = slow_signals(motion)
        if slow is not None:
            found += sets_of_stretch(motion, slow, active)
    return tuple(sorted(found, key=lambda one: one.start_s))


def sets_of_stretch(motion: VerticalMotion, slow: SlowSignals, active: tuple[float, float] | None) -> list[ExerciseSet]:
    """Return the sets of one stretch without gaps."""
    if active is not None:
        return _sets_of_part(motion, slow, active)
    search = SetSearch(motion.between)
    return [*search.push(slow), *search.close()]


def _sets_of_part(motion: VerticalMotion, slow: SlowSignals, active: tuple[float, float]) -> list[ExerciseSet]:
    """Return the sets of a part that is known to be active."""
    window = min(WINDOW_STEPS, len(slow))
    inner = np.searchsorted(slow.time_s, active)
    # Windows reach half their length beyond a known part, so that short sets have some.
    first, last = max(0, int(inner[0]) - window // 2), min(len(slow), int(inner[1]) + window // 2)
    around = max(0, first - AROUND_STEPS), min(len(slow), last + AROUND_STEPS)
    near = slow.between(*around)
    starts = range(first - around[0], last - around[0] - window + 1, HOP_STEPS)
    seeds = [seed for start in starts for seed in seeds_of_window(near, start, start + window)]
    if not len(near):
        return []
    part = motion.between(float(near.time_s[0]), float(near.time_s[-1]))
    found = []
    for chain in sets_of_seeds(part, near, seeds, 1):
        kept = tuple(one for one in stamped(near, chain) if active[0] - MARGIN_S <= one.turn_s <= active[1] + MARGIN_S)
        if kept:
            found.append(ExerciseSet(chain.signal, kept, chain.agreement, part))
    whole = [one for one in found if len(one.repetitions) >= LEAST_REPETITIONS]
    found = whole or found  # beside a set, one lift of the hand is no set
    if not found and (single := single_repetition(near, active)) is not None:
        signal, steps = single
        found.append(ExerciseSet(signal, (CycleRepetition(*stamps(near, steps)),), 1.0, part))
    return found
