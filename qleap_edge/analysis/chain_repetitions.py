"""From a chain of turning points to repetitions: which side is home, and which repetitions at the ends are real.

A repetition leaves home, turns, and comes back. Home is the side that gives more repetitions; if both give as many, it is where
the wrist stays longer. A chain may begin or end with half a repetition whose way home leads elsewhere, e.g. to the rack: it
counts if the wrist came part of the way back. Repetitions at the ends are compared with the others and dropped if they differ.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.analysis.cycles import TRAVEL, Chain, Signal
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, SlowSignals

_LEAVES = 0.25  # of the leg: so far from home the repetition has begun
_HEIGHT_SCALE_M = 0.5  # brings metres to the size of the vertical's components
_LEG_STEPS = 12
_SAMPLES_TO_COMPARE = 3
_SHORTEST = 0.3  # of the median duration, for a repetition at an end
_LEAST_AGREEMENT = 0.2  # correlation with the median repetition, for a repetition at an end
# How far the vertical may be from its usual path through a repetition, root mean square: of the median over the set, of the
# size of that path, and at least (radians, roughly).
_PATH_OFF, _PATH_OFF_OF_SIZE = 3.0, 0.65
_PATH_OFF_LEAST: dict[Signal, float] = {"turning": 0.15, "travel": 0.35}
_LOWEST = 0.6  # of the median rise, for travel
_LARGEST = 1.6  # of the usual path's size
_HIGHEST, _TELLING_RISE_M = 2.0, 0.10  # of the median rise, where that is no noise: racking lifts the hand higher

Steps = tuple[int, int, int]
"""Start, turn and end of a repetition, steps of the slow signals."""


@dataclass(frozen=True)
class CountedChain:
    """A chain with its repetitions."""

    chain: Chain
    repetitions: tuple[Steps, ...]
    agreement: float
    """Mean correlation of the repetitions with their median, both signals together; 1: all alike."""
    score: float
    """Seconds covered, weighted with agreement and with regularity of the durations."""

    def overlaps(self, other: "CountedChain") -> bool:
        """Tell whether both chains claim some of the same time."""
        mine, theirs = self.chain.points, other.chain.points
        return mine[-1] > theirs[0] and mine[0] < theirs[-1]


def count_chain(slow: SlowSignals, chain: Chain) -> CountedChain:
    """Return the repetitions of a chain."""
    sides = [_checked(slow, chain, found) for found in (_of_side(chain, 0), _of_side(chain, 1))]
    stays = [_stay_at_home(chain, found) for found, _ in sides]
    found, agreement = sides[0] if (len(sides[0][0]), stays[0]) >= (len(sides[1][0]), stays[1]) else sides[1]
    if not found:
        return CountedChain(chain, (), 0.0, 0.0)
    seconds = np.array([end - start for start, _, end in found])
    regular = 1.0 - min(float(np.std(seconds) / np.mean(seconds)), 0.9)
    mean = float(np.mean(agreement))
    covered_s = (chain.points[-1] - chain.points[0]) / SLOW_RATE_HZ
    return CountedChain(chain, tuple(found), mean, mean * regular * covered_s)


def _of_side(chain: Chain, side: int) -> list[Steps]:
    """Return the repetitions whose home is the side of the chain's first point (0) or of its second (1)."""
    points = chain.points
    triples = [(points[k], points[k + 1], points[k + 2]) for k in range(side, len(points) - 2, 2)]
    if len(points) % 2 == 0:  # one leg is left over
        if side == 0 and chain.after is not None:
            triples.append((points[-2], points[-1], chain.after))
        elif side == 1 and chain.before is not None:
            triples.insert(0, (chain.before, points[0], points[1]))
    return [_leaves_home(chain.values, triple) for triple in triples]


def _checked(slow: SlowSignals, chain: Chain, found: list[Steps]) -> tuple[list[Steps], list[float]]:
    """Drop repetitions at the ends until they are like the others; return the rest, and how well each agrees."""
    agreement = _agreement(slow, found)
    while len(found) >= _SAMPLES_TO_COMPARE:
        end = next((k for k in (0, len(found) - 1) if _differs(slow, chain.signal, found, agreement, k)), None)
        if end is None:
            break
        found = found[:end] + found[end + 1 :]
        agreement = agreement[:end] + agreement[end + 1 :]
    return found, agreement


def _leaves_home(values: Float[np.ndarray, " t"], steps: Steps) -> Steps:
    """Cut the rest at home off both ends of a repetition."""
    start, turn, end = steps
    there = np.abs(values[start : turn + 1] - values[start]) <= _LEAVES * abs(values[turn] - values[start])
    back = np.abs(values[turn : end + 1] - values[end]) <= _LEAVES * abs(values[turn] - values[end])
    return start + int(np.flatnonzero(there)[-1]), turn, turn + int(np.flatnonzero(back)[0])


def _stay_at_home(chain: Chain, found: list[Steps]) -> float:
    """Return by how much the share of time near home exceeds the share near the turn."""
    if not found:
        return 0.0
    home, turn = (float(np.median(chain.values[[steps[k] for steps in found]])) for k in (0, 1))
    way = (chain.values[chain.points[0] : chain.points[-1] + 1] - home) / (turn - home)
    return float((way < _LEAVES).mean() - (way > 1.0 - _LEAVES).mean())


def _agreement(slow: SlowSignals, found: list[Steps]) -> list[float]:
    """Return the correlation of each repetition, stretched to the same duration, with the median of all."""
    if not found:
        return []
    both = np.column_stack([slow.up, slow.height / _HEIGHT_SCALE_M])
    shapes = _stretched(both, found)
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    usual = np.mean(shapes, axis=0) if len(found) < _SAMPLES_TO_COMPARE else np.median(shapes, axis=0)
    norm = np.sqrt((shapes**2).sum(axis=(1, 2)) * float((usual**2).sum())) + 1e-12
    return [float(value) for value in (shapes * usual).sum(axis=(1, 2)) / norm]


def _differs(slow: SlowSignals, signal: Signal, found: list[Steps], agreement: list[float], k: int) -> bool:
    """Tell whether the repetition at an end is something else: too short, on another path, of another shape or height."""
    seconds = [end - start for start, _, end in found]
    if seconds[k] < _SHORTEST * np.median(seconds) or agreement[k] < _LEAST_AGREEMENT:
        return True
    paths = _stretched(slow.up, found)
    usual = np.median(paths, axis=0)
    off = np.sqrt(((paths - usual) ** 2).sum(axis=2).mean(axis=1))
    size = _size(usual)
    if signal != TRAVEL and _size(paths[k]) > _LARGEST * size:
        return True
    if off[k] > max(_PATH_OFF * float(np.median(off)), _PATH_OFF_OF_SIZE * size, _PATH_OFF_LEAST[signal]):
        return True
    rises = np.ptp(_stretched(slow.height[:, None], found)[:, :, 0], axis=1)
    usual_rise = float(np.median(rises))
    if signal == TRAVEL and rises[k] < _LOWEST * usual_rise:
        return True
    return usual_rise >= _TELLING_RISE_M and float(rises[k]) > _HIGHEST * usual_rise


def _size(path: Float[np.ndarray, "24 3"]) -> float:
    """Return the root mean square distance of a path from its middle."""
    return float(np.sqrt(((path - path.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _stretched(values: Float[np.ndarray, "t c"], found: list[Steps]) -> Float[np.ndarray, "n 24 c"]:
    """Return each repetition's values at 12 evenly spaced steps a leg, so that a slow leg looks like a fast one."""
    steps = np.array([[*np.linspace(a, m, _LEG_STEPS), *np.linspace(m, b, _LEG_STEPS)] for a, m, b in found])
    return np.asarray(values[steps.round().astype(np.int64)])
