"""Repetitions: swings that follow one another and are alike.

The median of the swings in a window is the template. Every swing is compared with it, leg by leg, in all that the wrist shows:
the direction of the vertical in the watch, and the height. A leg may be smaller or larger than the template's, because a
repetition may be partial; its size is fitted first. Swings whose legs are both alike are repetitions. Between two of
them a swing counts as well that differs more, since nobody racks a weight in between. At the ends the leg next to the set must
be alike; the other may lead past home. Both are compared with what is usual in the set. Taking a weight up, walking and racking
fail all this.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.analysis.cycles import HYSTERESIS, LARGEST_LEG, Signal, Steps, Swing, swings, turning_points
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, SlowSignals

HEIGHT_SCALE_M = 0.5
"""Brings metres to the size of the vertical's components."""
SMALLEST = 0.36
"""Of the median leg: a smaller swing is no repetition."""
ALIKE = 0.75  # of the template's size: root mean square difference of a leg
BETWEEN = 2.5  # of the template's size, for a swing between two repetitions
MOST_BETWEEN = 2  # such swings in a row
SHARE_BETWEEN = 0.34  # of a set; more, and the swings between are another part of each repetition
END_OFF, END_OFF_LEAST = 4.0, 0.5  # of the set's median difference, and of the template's size
END_SIZE = 0.6  # fitted size of the first and of the last repetition
AT_EDGE_S = 1.0  # a swing so near to the end of the recording may be cut off by it
LONGEST_S = 10.0
"""Of one leg, and of the rest between two repetitions."""
AROUND_S = 2.0  # before and after a set, where the wrist rests at home
LEG_STEPS = 12
REACH_STEPS = int(30.0 * SLOW_RATE_HZ)  # around the window, at first; further if the chain comes near its end
NEAR_EDGE_STEPS = int(25.0 * SLOW_RATE_HZ)
CYCLES = 2  # template and likeness, in turn
LARGER = 6  # times that a guess of the amplitude may be too small by a factor of 1.7
# The least size of a template, so that tremor is not measured by a small swing. Of the vertical, radians roughly: a hand that
# travels keeps about its direction, and which exactly does not matter. Of the height, in units of 0.5 m.
LEAST_TURNING: dict[Signal, float] = {"turning": 0.12, "travel": 0.75}
LEAST_HEIGHT: dict[Signal, float] = {"turning": 0.2, "travel": 0.1}

Legs = Float[np.ndarray, "n 2 12 4"]


@dataclass(frozen=True)
class RepetitionChain:
    """Repetitions that follow one another."""

    signal: Signal
    repetitions: tuple[Swing, ...]
    amplitude: float
    """Median leg, in the signal's unit."""
    agreement: float
    """Mean correlation of the repetitions with their median, both signals together; 1: all alike."""
    passes: int
    """How many of both ends pass home without a stop: 0, 1 or 2."""
    stay_at_home: float
    """By how much the share of time near home exceeds the share near the turn."""

    @property
    def span(self) -> tuple[int, int]:
        """Return the first and the last step."""
        return self.repetitions[0].steps[0], self.repetitions[-1].steps[2]

    @property
    def score(self) -> float:
        """Return the seconds covered, weighted with agreement and with regularity of the durations."""
        seconds = np.array([one.steps[2] - one.steps[0] for one in self.repetitions])
        regular = 1.0 - min(float(np.std(seconds) / np.mean(seconds)), 0.9)
        return self.agreement * regular * (self.span[1] - self.span[0]) / SLOW_RATE_HZ

    @property
    def weight(self) -> float:
        """Return the number of repetitions; an end that passes home counts half."""
        return len(self.repetitions) - 0.5 * self.passes

    def overlaps(self, other: "RepetitionChain") -> bool:
        """Tell whether both claim some of the same time."""
        return self.span[1] > other.span[0] and self.span[0] < other.span[1]


def find_chain(
    slow: SlowSignals, signal: Signal, values: Float[np.ndarray, " t"], window: tuple[int, int], amplitude: float
) -> RepetitionChain | None:
    """Return the repetitions around a window, ``None`` if there are none.

    Home is the side that gives more repetitions; if both give as many, it is where the wrist stays longer.

    Args:
        slow: both signals of the stretch.
        signal: which of the two ``values`` is.
        values: the signal in one dimension.
        window: first and last step of the window.
        amplitude: of the swings in the window, in the signal's unit.
    """
    reach = REACH_STEPS
    while True:
        first, stop = max(0, window[0] - reach), min(len(slow), window[1] + reach)
        inner = (window[0] - first, window[1] - first)
        chain = _chain_near(slow.between(first, stop), signal, values[first:stop], inner, amplitude)
        if chain is None:
            return None
        early = first > 0 and chain.span[0] < NEAR_EDGE_STEPS
        late = stop < len(slow) and chain.span[1] > stop - first - NEAR_EDGE_STEPS
        if not early and not late:
            moved = tuple(replace(one, steps=_moved(one.steps, first)) for one in chain.repetitions)
            return replace(chain, repetitions=moved)
        reach *= 2


def _moved(steps: Steps, by: int) -> Steps:
    return steps[0] + by, steps[1] + by, steps[2] + by


def _chain_near(
    slow: SlowSignals, signal: Signal, values: Float[np.ndarray, " t"], window: tuple[int, int], amplitude: float
) -> RepetitionChain | None:
    """Return the chain around a window in a part of the signals."""
    chain = None
    for _ in range(LARGER):
        points = turning_points(values, HYSTERESIS * amplitude)
        sides = [
            _chain(slow, signal, values, swings(values, points, side, amplitude), window, amplitude) for side in (0, 1)
        ]
        found = [one for one in sides if one is not None]
        chain = max(found, key=lambda one: (one.weight, one.stay_at_home)) if found else None
        if chain is None or np.mean([one.passes for one in chain.repetitions]) <= 0.5:
            break
        amplitude *= LARGEST_LEG  # most legs lead past what was taken for home
    return chain


def _chain(
    slow: SlowSignals,
    signal: Signal,
    values: Float[np.ndarray, " t"],
    found: list[Swing],
    window: tuple[int, int],
    amplitude: float,
) -> RepetitionChain | None:
    """Return the chain of swings of one side."""
    likeness = _Likeness(slow, signal, found)
    inside = np.array([window[0] <= one.steps[1] <= window[1] for one in found], dtype=bool)
    chosen = inside & (likeness.size >= SMALLEST * amplitude).all(axis=1)
    chosen &= (likeness.size <= LARGEST_LEG * amplitude).all(axis=1)
    run: list[int] = []
    for _ in range(CYCLES):
        if not chosen.any():
            return None
        likeness.compare(chosen)
        run = likeness.run(inside)
        if not run:
            return None
        chosen = np.zeros(len(found), dtype=bool)
        chosen[[place for place in run if likeness.alike[place].all()]] = True
    run, passes = likeness.with_ends(run)
    run = likeness.trimmed(run)
    if not run:
        return None
    repetitions = tuple(found[place] for place in run)
    stay = _stay_at_home(values, repetitions)
    return RepetitionChain(signal, repetitions, likeness.usual, likeness.agreement(run), passes, stay)


def _stay_at_home(values: Float[np.ndarray, " t"], repetitions: tuple[Swing, ...]) -> float:
    """Return by how much the share of time near home exceeds the share near the turn.

    The two seconds before the first and after the last repetition together weigh as much as the time between them: a set begins
    and ends with a rest at home, whatever pauses are held at the turn.
    """
    first, last = repetitions[0].steps[0], repetitions[-1].steps[2]
    around = int(AROUND_S * SLOW_RATE_HZ)
    home = float(np.median([values[one.steps[0]] for one in repetitions]))
    turn = float(np.median([values[one.steps[1]] for one in repetitions]))
    way = (values - home) / (turn - home + 1e-12)
    outside = np.concatenate([way[max(0, first - around) : first], way[last : last + around]])
    return sum(float((part < 0.25).mean() - (part > 0.75).mean()) for part in (way[first:last], outside) if len(part))


class _Likeness:
    """The swings of one side, and how each compares with a template."""

    def __init__(self, slow: SlowSignals, signal: Signal, found: list[Swing]) -> None:
        self.found, self.signal, self.steps = found, signal, len(slow)
        self.size = np.array([one.legs for one in found], dtype=np.float64).reshape(-1, 2)
        self.legs = _legs(slow, [one.steps for one in found])
        seconds = np.array([[one.steps[1] - one.steps[0], one.steps[2] - one.steps[1]] for one in found]) / SLOW_RATE_HZ
        self.in_time = seconds.reshape(-1, 2) <= LONGEST_S
        self.alike: Bool[np.ndarray, "n 2"] = np.zeros((len(found), 2), dtype=bool)
        self.off: Float[np.ndarray, "n 2"] = np.zeros((len(found), 2))
        self.fitted: Float[np.ndarray, "n 2"] = np.zeros((len(found), 2))
        self.usual = 0.0

    def compare(self, chosen: Bool[np.ndarray, " n"]) -> None:
        """Take the median of the chosen swings as the template and compare every swing with it."""
        template = np.median(self.legs[chosen], axis=0)
        self.usual = float(np.median(self.size[chosen]))
        self.off, self.fitted = _compared(self.legs, template, self.signal)
        self.alike = (self.off <= ALIKE) & (self.fitted >= SMALLEST) & self.in_time
        self.alike &= (self.size >= SMALLEST * self.usual) & (self.size <= LARGEST_LEG * self.usual)

    def run(self, inside: Bool[np.ndarray, " n"]) -> list[int]:
        """Return the places of the repetitions that follow one another and most of which lie in the window."""
        whole = np.asarray(self.alike.all(axis=1))
        alike = np.flatnonzero(whole).tolist()
        if not alike:
            return []
        large = np.asarray(((self.size >= SMALLEST * self.usual) & self.in_time & (self.off <= BETWEEN)).all(axis=1))
        runs = [alike[:1]]
        for before, after in pairwise(alike):
            between = range(before + 1, after)
            more = [*(place for place in between if large[place]), after]
            follow = all(self._follow(one, other) for one, other in pairwise((before, *more)))
            if follow and len(between) <= MOST_BETWEEN:
                runs[-1] += more
            else:
                runs.append([after])
        run = max(runs, key=lambda places: int(inside[places].sum()))
        exact = [place for place in run if whole[place]]
        return exact if len(run) - len(exact) > SHARE_BETWEEN * len(run) else run

    def with_ends(self, run: list[int]) -> tuple[list[int], int]:
        """Add a swing at either end of which one leg is alike; return the places and how many ends pass home."""
        passes = 0
        for way, near, far in ((-1, 1, 0), (1, 0, 1)):
            last = run[0] if way < 0 else run[-1]
            place = last + way
            while (
                0 <= place < len(self.found)
                and self._fits_at_end(place, near, far)
                and self._follow(*sorted((last, place)))
            ):
                run = [place, *run] if way < 0 else [*run, place]
                if not self.alike[place, far]:
                    passes += self.found[place].passes[far]
                    break
                last, place = place, place + way
        return run, passes

    def trimmed(self, run: list[int]) -> list[int]:
        """Leave swings at both ends out that are much smaller or less alike than the set is, unless the recording cuts them."""
        off = self.off.mean(axis=1)
        largest = max(END_OFF_LEAST, END_OFF * float(np.median(off[run]))) if run else 0.0
        outliers = {place for place in run if not self._cut_off(place) and (off[place] > largest or self._small(place))}
        while run and run[0] in outliers:
            run = run[1:]
        while run and run[-1] in outliers:
            run = run[:-1]
        return run

    def agreement(self, run: list[int]) -> float:
        """Return the mean correlation of the repetitions, stretched to the same duration, with the median of all."""
        shapes = self.legs[run].reshape(len(run), -1, 4)
        shapes = shapes - shapes.mean(axis=1, keepdims=True)
        usual = np.median(shapes, axis=0)
        norm = np.sqrt((shapes**2).sum(axis=(1, 2)) * float((usual**2).sum())) + 1e-12
        return float(((shapes * usual).sum(axis=(1, 2)) / norm).mean())

    def _follow(self, one: int, other: int) -> bool:
        """Tell whether the rest between two swings is short enough."""
        return (self.found[other].steps[0] - self.found[one].steps[2]) / SLOW_RATE_HZ <= LONGEST_S

    def _fits_at_end(self, place: int, near: int, far: int) -> bool:
        large = min(self.size[place, far] / self.usual, self.fitted[place, far]) >= SMALLEST
        far_leg = large and self.off[place, far] <= ALIKE
        return bool(self.alike[place, near] and far_leg and self.in_time[place, far])

    def _cut_off(self, place: int) -> bool:
        """Tell whether the recording begins or ends within a swing."""
        start, _, end = self.found[place].steps
        edge = AT_EDGE_S * SLOW_RATE_HZ
        return bool(start <= edge or end >= self.steps - 1 - edge)

    def _small(self, place: int) -> bool:
        return bool(self.fitted[place].max() < END_SIZE)


def _legs(slow: SlowSignals, found: list[Steps]) -> Legs:
    """Return both legs of each swing from home to the turn at 12 evenly spaced steps, so that a slow one looks like a fast one.

    The four columns are the vertical in the watch and the height above the turn.
    """
    both = np.column_stack([slow.up, slow.height / HEIGHT_SCALE_M])
    steps = np.array(found, dtype=np.float64).reshape(-1, 3)
    home, turn = steps[:, [0, 2], None], steps[:, [1, 1], None]
    ways = home + (turn - home) * np.linspace(0.0, 1.0, LEG_STEPS)
    legs = both[ways.round().astype(np.int64)]
    legs[..., 3] -= legs[..., -1:, 3]
    return np.asarray(legs)


def _compared(
    legs: Legs, template: Float[np.ndarray, "2 12 4"], signal: Signal
) -> tuple[Float[np.ndarray, "n 2"], Float[np.ndarray, "n 2"]]:
    """Return how far each leg is from the template of the best size, in units of the template's size, and that size."""
    home = 0.5 * (template[0, 0] + template[1, 0])
    home[3] = 0.0
    way = template - home
    fitted = ((legs - home) * way).sum(axis=(2, 3)) / ((way**2).sum(axis=(1, 2)) + 1e-12)
    rest = legs - home - np.clip(fitted, SMALLEST, LARGEST_LEG)[:, :, None, None] * way
    spread = ((template - template.mean(axis=1, keepdims=True)) ** 2).mean(axis=(0, 1))
    turning = np.sqrt((rest[..., :3] ** 2).sum(axis=3).mean(axis=2))
    turning /= max(float(np.sqrt(spread[:3].sum())), LEAST_TURNING[signal])
    height = np.sqrt((rest[..., 3] ** 2).mean(axis=2)) / max(float(np.sqrt(spread[3])), LEAST_HEIGHT[signal])
    return np.maximum(turning, height), fitted
