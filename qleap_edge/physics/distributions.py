"""Probability distributions of one number, one word or one event, from which :mod:`qleap_edge.physics.randomize` is composed.

Every draw takes exactly one random number from the generator, so that an override changes no other draw.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from scipy.special import ndtr, ndtri


@runtime_checkable
class Distribution(Protocol):
    """A distribution of one number."""

    def draw(self, rng: np.random.Generator) -> float:
        """Return one sample."""


@dataclass(frozen=True)
class Uniform:
    """Uniform on [low, high]."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Return one sample."""
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class LogUniform:
    """Uniform in the logarithm on [low, high], both positive: as often between 1 and 2 as between 2 and 4."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Return one sample."""
        return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))


@dataclass(frozen=True)
class TruncatedNormal:
    """Normal distribution with mean and standard deviation ``sd``, truncated to [low, high]."""

    mean: float
    sd: float
    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Return one sample by the inverse of the truncated distribution function."""
        return float(self.mean + self.sd * ndtri(rng.uniform(*self._tails)))

    @cached_property
    def _tails(self) -> tuple[float, float]:
        """Values of the distribution function at both ends."""
        return float(ndtr((self.low - self.mean) / self.sd)), float(ndtr((self.high - self.mean) / self.sd))


@dataclass(frozen=True)
class Bernoulli:
    """An event of probability ``share``."""

    share: float

    def draw(self, rng: np.random.Generator) -> bool:
        """Return whether it happens."""
        return bool(rng.uniform() < self.share)


@dataclass(frozen=True, init=False)
class Categorical:
    """One of several words, with probability proportional to its weight: ``Categorical(left=1.0, right=2.0)``."""

    weights: tuple[tuple[str, float], ...]
    total: float = field(repr=False, compare=False)
    """Of the weights."""

    def __init__(self, **weights: float) -> None:
        object.__setattr__(self, "weights", tuple(weights.items()))
        object.__setattr__(self, "total", sum(weights.values()))

    def draw(self, rng: np.random.Generator) -> str:
        """Return one word: the first whose cumulated weight exceeds one random number."""
        left = rng.uniform() * self.total
        for word, weight in self.weights:
            left -= weight
            if left < 0.0:
                return word
        return self.weights[-1][0]  # only if the random number was rounded up to the sum


class BySeverity(NamedTuple):
    """One distribution for each severity of a fault: index 0 is no fault, 1 a mild one, 2 a severe one."""

    none: Uniform
    mild: Uniform
    severe: Uniform


class BySex(NamedTuple):
    """One distribution for each sex."""

    female: TruncatedNormal
    male: TruncatedNormal
