"""Has a wearer's motion, watch or strap changed, so that the calibration may no longer hold? A test without labels.

What one session says of one exercise is one observation: the mean distance of its windows' embeddings from the nearest exercise
of the calibration. Its p-value is its rank among the earlier observations of the same exercise, ties broken at random: uniform
and independent as long as they are exchangeable. The Simple Jumper martingale bets that it is not; the alarm is a CUSUM of its
capital, which also finds a change after a long time without one. Sessions, not repetitions, are ranked, because repetitions of
one day resemble each other, and a martingale that is fed with them alarms almost surely.

Source: Vovk, Petej, Nouretdinov, Ahlberg, Carlsson, Gammerman, "Retrain or not retrain: conformal test martingales for
change-point detection", COPA 2021 (arXiv 2102.10439), algorithms 1 and 3.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

ALARM_AT = 100.0
"""Of the CUSUM. docs/recordings.md says how often it is reached without a change and how soon with one."""
LEAST_EARLIER = 4
"""Earlier sessions with an exercise without which another has no p-value that says anything."""
_BETS = np.array([-1.0, 0.0, 1.0])
_JUMP_RATE = 0.01
_SEED = 20261130


@dataclass(frozen=True)
class Drift:
    """What the observations so far say; arrays have one row each, in the order of time."""

    p_value: Float64[np.ndarray, " n"]
    """NaN where too few of the exercise came before."""
    cusum: Float64[np.ndarray, " n"]
    """Largest growth of the capital since any earlier row; a row without a p-value changes nothing."""

    @property
    def alarm(self) -> int | None:
        """Return the first row at which the alarm rings; None: it does not."""
        rows = np.flatnonzero(self.cusum >= ALARM_AT)
        return int(rows[0]) if len(rows) else None


def find_drift(score: Float[np.ndarray, " n"], exercise: Sequence[str]) -> Drift:
    """Test whether each exercise still looks as it did.

    Args:
        score: of each observation in the order of time; larger is farther from the calibration.
        exercise: name of each.
    """
    p_value = earlier_ranks(score, exercise)
    return Drift(p_value, cusum(p_value))


def earlier_ranks(score: Float[np.ndarray, " n"], exercise: Sequence[str]) -> Float64[np.ndarray, " n"]:
    """Return the conformal p-value of every row among those of its exercise before it; small: farther than most."""
    rng = np.random.default_rng(_SEED)
    seen: defaultdict[str, list[float]] = defaultdict(list)
    found = np.full(len(score), np.nan)
    for row, (value, name) in enumerate(zip(score, exercise, strict=True)):
        earlier = np.array(seen[name])
        seen[name].append(float(value))
        tie = rng.random()
        if len(earlier) >= LEAST_EARLIER:
            above, equal = (earlier > value).sum(), (earlier == value).sum() + 1
            found[row] = (above + tie * equal) / (len(earlier) + 1)
    return found


def cusum(p_value: Float[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Return the largest growth of the Simple Jumper's capital since any earlier row."""
    accounts, largest, found = np.full(3, 1.0 / 3.0), 1.0, np.zeros(len(p_value))
    for row, p in enumerate(p_value):
        if np.isfinite(p):
            capital = accounts.sum()
            accounts = (1.0 - _JUMP_RATE) * accounts + _JUMP_RATE * capital / 3.0
            accounts = accounts * (1.0 + _BETS * (p - 0.5))
            growth = accounts.sum() / capital
            largest = max(1.0, largest) * growth
        found[row] = largest
    return found
