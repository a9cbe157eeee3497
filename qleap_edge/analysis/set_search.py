"""The sets in slow signals that come piece by piece, in bounded memory.

Windows in which a signal repeats gather in a span. A span is over when no such window begins for half a minute, or after eight
minutes; the sets in it are then looked for in the span and 20 s around it. Every decision depends on the place of a window
since the start of the stretch and on nothing else, so that it makes no difference in which pieces the signals come.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qleap_edge.analysis.chain_repetitions import RepetitionChain, find_chain
from qleap_edge.analysis.cycles import TURNING, Signal, Steps
from qleap_edge.analysis.exercise_set import LEAST_REPETITIONS, CycleRepetition, ExerciseSet
from qleap_edge.analysis.seeds import HOP_STEPS, LEAST_AMPLITUDE, WINDOW_STEPS, Seed, seeds_of_window
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, SlowSignals
from qleap_edge.analysis.vertical_motion import VerticalMotion
from qleap_edge.analysis.walking import is_walking

AROUND_STEPS = int(20.0 * SLOW_RATE_HZ)
"""Before and after a span, in which its sets may begin and end."""
QUIET_STEPS = int(30.0 * SLOW_RATE_HZ)
"""So long no window repeats before a span is over."""
LONGEST_STEPS = int(480.0 * SLOW_RATE_HZ)
"""Of a span with what is around it: a set of up to six minutes is found in one piece."""
UNSETTLED_STEPS = int(30.0 * SLOW_RATE_HZ)  # before the end of a span that is cut: a set there may go on
LEAST_AGREEMENT = 0.8
REFINEMENTS = 2
LEAST_TO_REFINE, LEAST_AGREEMENT_TO_REFINE = 2, 0.6
NEAR_BEST = 0.85  # of the highest score
CHAINS_OF_A_PART = 2  # tried in one signal: a seed between them is not followed any more
PARTIAL = 0.7  # of the set's median range

MotionBetween = Callable[[float, float], VerticalMotion]
"""The motion from one stamp to another."""


class SetSearch:
    """Sets of one stretch without gaps. Nothing before ``needed_from`` is kept."""

    def __init__(self, motion_between: MotionBetween) -> None:
        self._motion_between = motion_between
        self._slow = SlowSignals(np.empty(0), np.empty((0, 3)), np.empty(0))
        self._offset = 0  # step of the stretch at which the kept signals begin
        self._next = 0  # start of the next window
        self._begin = 0  # sets before it are returned already
        self._seeds: list[Seed] = []

    @property
    def kept_steps(self) -> int:
        """Return the number of steps in memory."""
        return len(self._slow)

    @property
    def needed_from(self) -> int:
        """Return the first step of the stretch that may still be needed."""
        return min(self._next, self._first)

    @property
    def _first(self) -> int:
        """Return the first step at which a set of the present span may begin."""
        first = self._seeds[0].window[0] if self._seeds else self._next
        return max(0, self._begin, first - AROUND_STEPS)

    def push(self, slow: SlowSignals) -> list[ExerciseSet]:
        """Take the next steps of the signals; return the sets that are over."""
        self._slow = self._slow.followed_by(slow)
        found: list[ExerciseSet] = []
        while self._next + WINDOW_STEPS <= self._offset + len(self._slow):
            found += self._examine(self._next, self._next + WINDOW_STEPS)
            self._next += HOP_STEPS
        surplus = self.needed_from - self._offset
        if surplus > 0:
            self._slow = self._slow.between(surplus, len(self._slow))
            self._offset += surplus
        return found

    def close(self) -> list[ExerciseSet]:
        """Return the sets that the end of the stretch ends."""
        end = self._offset + len(self._slow)
        if 0 < end < WINDOW_STEPS:
            self._seeds += seeds_of_window(self._slow, 0, end)
        return self._search(end)[0] if self._seeds else []

    def _examine(self, start: int, stop: int) -> list[ExerciseSet]:
        """Take one more window."""
        found: list[ExerciseSet] = []
        if self._seeds and start > self._seeds[-1].window[1] + QUIET_STEPS - WINDOW_STEPS:
            found, _ = self._search(stop)
            self._seeds = []
        inner = seeds_of_window(self._slow, start - self._offset, stop - self._offset)
        self._seeds += [replace(seed, window=(start, stop)) for seed in inner]
        if self._seeds and stop - self._first >= LONGEST_STEPS:
            found += self._cut(stop)
        return found

    def _search(self, end: int) -> tuple[list[ExerciseSet], list[tuple[int, int]]]:
        """Return the sets around the seeds, and the steps of the stretch between which each lies."""
        first, last = self._first, min(end, self._seeds[-1].window[1] + AROUND_STEPS)
        if last - first < HOP_STEPS:  # all of it belongs to sets that are returned already
            return [], []
        slow = self._slow.between(first - self._offset, last - self._offset)
        motion = self._motion_between(float(slow.time_s[0]), float(slow.time_s[-1]))
        seeds = [replace(seed, window=(seed.window[0] - first, seed.window[1] - first)) for seed in self._seeds]
        chains = sorted(sets_of_seeds(motion, slow, seeds, LEAST_REPETITIONS), key=lambda chain: chain.span)
        sets = [ExerciseSet(one.signal, stamped(slow, one), one.agreement, motion) for one in chains]
        spans = [(first + one.span[0], first + one.span[1]) for one in chains]
        if spans:
            self._begin = max(self._begin, spans[-1][1])
        return sets, spans

    def _cut(self, stop: int) -> list[ExerciseSet]:
        """Return the sets of a span that has become too long, but for one at its end that is still going on."""
        first, begin = self._first, self._begin
        sets, spans = self._search(stop)
        self._begin = max(begin, stop - UNSETTLED_STEPS)
        if spans and spans[-1][1] > stop - UNSETTLED_STEPS:
            going_on = spans[-1][0] - first > 2 * AROUND_STEPS
            self._begin = spans[-1][0] - AROUND_STEPS if going_on else spans[-1][1]
            if going_on:
                sets, spans = sets[:-1], spans[:-1]
        self._begin = max(self._begin, *(span[1] for span in spans), begin)
        self._seeds = [seed for seed in self._seeds if seed.window[0] >= self._begin]
        return sets


def sets_of_seeds(motion: VerticalMotion, slow: SlowSignals, seeds: list[Seed], least: int) -> list[RepetitionChain]:
    """Return the best chains of repetitions around seeds: regular, large enough, no walking; they do not overlap."""
    found: list[RepetitionChain] = []
    tried: list[RepetitionChain] = []
    followed: list[tuple[Signal, int]] = []  # of two neighbouring windows the clearer one is followed
    for seed in sorted(seeds, key=lambda one: -one.autocorrelation):
        middle = (seed.window[0] + seed.window[1]) // 2
        known = sum(one.signal == seed.signal and one.span[0] <= middle <= one.span[1] for one in tried)
        beside = any(signal == seed.signal and abs(other - middle) <= HOP_STEPS for signal, other in followed)
        if known >= CHAINS_OF_A_PART or beside:
            continue
        followed.append((seed.signal, middle))
        chain = _first_chain(slow, seed)
        if chain is None:
            continue
        promises = len(chain.repetitions) >= LEAST_TO_REFINE and chain.agreement >= LEAST_AGREEMENT_TO_REFINE
        if promises and not _walks(motion, slow, chain):
            chain = _refined(slow, chain)
        tried.append(chain)
        large = len(chain.repetitions) >= least and chain.amplitude >= LEAST_AMPLITUDE[chain.signal]
        if large and chain.agreement >= LEAST_AGREEMENT and not _walks(motion, slow, chain):
            found.append(chain)
    return _best(found)


def stamped(slow: SlowSignals, chain: RepetitionChain) -> tuple[CycleRepetition, ...]:
    """Return the repetitions of a chain with stamps in place of steps."""
    ranges = [max(one.legs) for one in chain.repetitions]
    least = PARTIAL * float(np.median(ranges))
    return tuple(
        CycleRepetition(*stamps(slow, one.steps), partial=size < least)
        for one, size in zip(chain.repetitions, ranges, strict=True)
    )


def stamps(slow: SlowSignals, steps: Steps) -> tuple[float, float, float]:
    """Return the stamps of start, turn and end."""
    return float(slow.time_s[steps[0]]), float(slow.time_s[steps[1]]), float(slow.time_s[steps[2]])


def _best(chains: list[RepetitionChain]) -> list[RepetitionChain]:
    """Return the best chains that do not overlap: of those whose score is near the highest, the one that counts most.

    The same repetitions often show in both signals, and a signal loses one at the end of a set more easily than it invents one.
    """
    taken: list[RepetitionChain] = []
    left = sorted(chains, key=lambda chain: -chain.score)
    while left:
        rivals = [one for one in left if one.overlaps(left[0]) and one.score >= NEAR_BEST * left[0].score]
        best = max(rivals, key=lambda one: (one.weight, one.score))
        if any(best.overlaps(other) for other in taken):
            best = left[0]
        taken.append(best)
        left = [one for one in left if not one.overlaps(best) and not one.overlaps(left[0])]
    return taken


def _walks(motion: VerticalMotion, slow: SlowSignals, chain: RepetitionChain) -> bool:
    return is_walking(motion, float(slow.time_s[0]), tuple(one.steps for one in chain.repetitions))


def _first_chain(slow: SlowSignals, seed: Seed) -> RepetitionChain | None:
    """Return the chain around a seed."""
    values = slow.height if seed.axis is None else slow.up @ seed.axis
    return find_chain(slow, seed.signal, values, seed.window, seed.amplitude)


def _refined(slow: SlowSignals, chain: RepetitionChain) -> RepetitionChain:
    """Look for a chain of turning twice more, along the axis between the two sides that were found."""
    if chain.signal != TURNING:
        return chain
    for _ in range(REFINEMENTS):
        steps = np.array([one.steps for one in chain.repetitions])
        between = slow.up[steps[:, 1]].mean(axis=0) - slow.up[steps[:, [0, 2]]].mean(axis=(0, 1))
        axis = between / (np.linalg.norm(between) + 1e-12)
        again = find_chain(slow, chain.signal, slow.up @ axis, chain.span, chain.amplitude)
        if again is None or len(again.repetitions) < len(chain.repetitions):
            break
        chain = again
    return chain
