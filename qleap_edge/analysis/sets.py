"""Sets: the spans of a recording in which one movement is repeated, and the repetitions in each.

In windows of 14 s the autocorrelation of each signal shows where something repeats. From the clearest windows on, repetitions
that follow one another are looked for in both directions. The best chains of repetitions that do not overlap are the sets.

Source: autocorrelation as the sign of exercise, Morris et al. 2014, RecoFit, CHI 2014, 3225-3234.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.recording import Recording
from qleap_edge.analysis.chain_repetitions import RepetitionChain, find_chain
from qleap_edge.analysis.cycles import TRAVEL, TURNING, Signal, Steps
from qleap_edge.analysis.single_repetition import single_repetition
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, SlowSignals, slow_signals
from qleap_edge.analysis.vertical_motion import VerticalMotion, vertical_motion
from qleap_edge.analysis.walking import is_walking

WINDOW_S = 14.0
_HOP_S = 1.0
_LEAST_AUTOCORRELATION = 0.45
_PERIODS_S = (1.0, 8.0)
_LEAST_AMPLITUDE: dict[Signal, float] = {"turning": 0.09, "travel": 0.10}  # about 5 degrees; metres
_LEAST_AGREEMENT = 0.8
LEAST_REPETITIONS = 3
"""In a recording whose active parts are not known, fewer repetitions are no set: one lift of the hand looks the same."""
MARGIN_S = 0.5  # a repetition belongs to an active part if its turn lies in it; hand-marked edges are not exact
_REFINEMENTS = 2
_NEAR_BEST = 0.85  # of the highest score
_CHAINS_OF_A_PART = 2  # found in one signal: a seed between them is not followed any more
_PARTIAL = 0.7  # of the set's median range
_OTHER_ARM = (0.6, 1.6)  # the rest between two repetitions, of the duration of one
_TAIL = 7.0  # per cent of the values at either end that the first guess of the amplitude leaves out


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
    """Of the stretch that the set lies in."""

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
        return bool(_OTHER_ARM[0] * moves_s <= rest_s <= _OTHER_ARM[1] * moves_s)

    @property
    def start_s(self) -> float:
        """Return where the first repetition starts."""
        return self.repetitions[0].start_s

    @property
    def end_s(self) -> float:
        """Return where the last repetition ends."""
        return self.repetitions[-1].end_s


@dataclass(frozen=True)
class _Seed:
    autocorrelation: float
    signal: Signal
    window: tuple[int, int]
    axis: Float[np.ndarray, " 3"] | None
    """Direction in which the vertical turns; None for travel."""
    amplitude: float


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
    least = LEAST_REPETITIONS if active is None else 1
    found = []
    for chain in _best(_chains(motion, slow, active, least)):
        kept = tuple(
            one
            for one in _stamped(slow, chain)
            if active is None or active[0] - MARGIN_S <= one.turn_s <= active[1] + MARGIN_S
        )
        if len(kept) >= least:
            found.append(ExerciseSet(chain.signal, kept, chain.agreement, motion))
    whole = [one for one in found if len(one.repetitions) >= LEAST_REPETITIONS]
    found = whole or found  # beside a set, one lift of the hand is no set
    if not found and active is not None and (single := single_repetition(slow, active)) is not None:
        signal, steps = single
        one = CycleRepetition(*_stamps(slow, steps))
        found.append(ExerciseSet(signal, (one,), 1.0, motion))
    return found


def autocorrelation_peak(values: Float[np.ndarray, " t"]) -> tuple[float, float]:
    """Return the highest peak of the autocorrelation at lags of 1 to 8 s and its lag (s); (0, 0) without a peak.

    The sums are divided by the number of their terms, so that a long lag is not at a disadvantage.
    """
    count = len(values)
    spectrum = np.fft.rfft(values - values.mean(), 2 * count)
    sums = np.fft.irfft(np.abs(spectrum) ** 2)[:count]
    if sums[0] <= 0.0:
        return 0.0, 0.0
    correlation = sums / sums[0] * count / (count - np.arange(count))
    first, last = int(_PERIODS_S[0] * SLOW_RATE_HZ), min(int(_PERIODS_S[1] * SLOW_RATE_HZ), int(0.6 * count))
    part = correlation[first:last]
    peaks = np.flatnonzero((part[1:-1] >= part[:-2]) & (part[1:-1] > part[2:])) + 1
    if not len(peaks):
        return 0.0, 0.0
    best = int(peaks[np.argmax(part[peaks])])
    return float(part[best]), (best + first) / SLOW_RATE_HZ


def _stamped(slow: SlowSignals, chain: RepetitionChain) -> list[CycleRepetition]:
    """Return the repetitions of a chain with stamps in place of steps."""
    ranges = [max(one.legs) for one in chain.repetitions]
    least = _PARTIAL * float(np.median(ranges))
    return [
        CycleRepetition(*_stamps(slow, one.steps), partial=size < least)
        for one, size in zip(chain.repetitions, ranges, strict=True)
    ]


def _stamps(slow: SlowSignals, steps: Steps) -> tuple[float, float, float]:
    return float(slow.time_s[steps[0]]), float(slow.time_s[steps[1]]), float(slow.time_s[steps[2]])


def _chains(
    motion: VerticalMotion, slow: SlowSignals, active: tuple[float, float] | None, least: int
) -> list[RepetitionChain]:
    """Return every chain that is regular and large enough to be a set, and that is no walking."""
    found: list[RepetitionChain] = []
    for seed in _seeds(slow, active):
        middle = (seed.window[0] + seed.window[1]) // 2
        known = sum(one.signal == seed.signal and one.span[0] <= middle <= one.span[1] for one in found)
        chain = _grown(slow, seed) if known < _CHAINS_OF_A_PART else None
        if chain is None or len(chain.repetitions) < least or chain.agreement < _LEAST_AGREEMENT:
            continue
        steps = tuple(one.steps for one in chain.repetitions)
        if chain.amplitude >= _LEAST_AMPLITUDE[chain.signal] and not is_walking(motion, float(slow.time_s[0]), steps):
            found.append(chain)
    return found


def _best(chains: list[RepetitionChain]) -> list[RepetitionChain]:
    """Return the best chains that do not overlap: of those whose score is near the highest, the one that counts most.

    The same repetitions often show in both signals, and a signal loses one at the end of a set more easily than it invents one.
    """
    taken: list[RepetitionChain] = []
    left = sorted(chains, key=lambda chain: -chain.score)
    while left:
        rivals = [one for one in left if one.overlaps(left[0]) and one.score >= _NEAR_BEST * left[0].score]
        best = max(rivals, key=lambda one: (one.weight, one.score))
        if any(best.overlaps(other) for other in taken):
            best = left[0]
        taken.append(best)
        left = [one for one in left if not one.overlaps(best) and not one.overlaps(left[0])]
    return taken


def _seeds(slow: SlowSignals, active: tuple[float, float] | None) -> list[_Seed]:
    """Return the windows in which a signal repeats, the clearest first."""
    window, hop = min(int(WINDOW_S * SLOW_RATE_HZ), len(slow)), int(_HOP_S * SLOW_RATE_HZ)
    first, last = 0, len(slow)
    if active is not None:  # windows reach half their length beyond a known part, so that short sets have some
        inner = np.searchsorted(slow.time_s, active)
        first, last = max(0, int(inner[0]) - window // 2), min(len(slow), int(inner[1]) + window // 2)
    found = []
    for start in range(first, last - window + 1, hop):
        part = slice(start, start + window)
        _, _, axes = np.linalg.svd(slow.up[part] - slow.up[part].mean(axis=0), full_matrices=False)
        for signal, axis, values in (
            (TURNING, axes[0], slow.up[part] @ axes[0]),
            (TRAVEL, None, slow.height[part]),
        ):
            low, high = np.percentile(values, (_TAIL, 100.0 - _TAIL))
            if high - low < _LEAST_AMPLITUDE[signal]:
                continue
            peak, _ = autocorrelation_peak(values)
            if peak >= _LEAST_AUTOCORRELATION:
                found.append(_Seed(peak, signal, (start, start + window), axis, float(high - low)))
    return sorted(found, key=lambda seed: -seed.autocorrelation)


def _grown(slow: SlowSignals, seed: _Seed) -> RepetitionChain | None:
    """Return the chain around a seed; for turning, look twice more along the axis between the two sides that were found."""
    values = slow.height if seed.axis is None else slow.up @ seed.axis
    chain = find_chain(slow, seed.signal, values, seed.window, seed.amplitude)
    if chain is None or seed.axis is None:
        return chain
    for _ in range(_REFINEMENTS):
        steps = np.array([one.steps for one in chain.repetitions])
        between = slow.up[steps[:, 1]].mean(axis=0) - slow.up[steps[:, [0, 2]]].mean(axis=(0, 1))
        axis = between / (np.linalg.norm(between) + 1e-12)
        again = find_chain(slow, chain.signal, slow.up @ axis, chain.span, chain.amplitude)
        if again is None or len(again.repetitions) < len(chain.repetitions):
            break
        chain = again
    return chain
