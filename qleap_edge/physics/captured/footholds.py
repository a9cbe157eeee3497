"""Where the feet of a recording stand: intervals of contact, and a path that stays exactly in place within them.

A captured foot that stands moves by millimetres, because markers move over skin. In an interval of contact the path is replaced
by its median, and over a short time after and before it the path returns to what was captured. Both are functions of time in
closed form, so that a planted point does not move by more than rounding at any sample rate.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics.trajectory import quintic

RETURN_S = 0.18
"""Time in which a foot returns from its foothold to the captured path, at most half of the time between two footholds."""
_SHORTEST_S = 0.15  # of a contact, and of a gap between two
_NEVER_S = 1e9


@dataclass(frozen=True)
class Footholds:
    """Intervals of contact of one point of a foot; s in the recording's own time."""

    start_s: Float[np.ndarray, " holds"]
    end_s: Float[np.ndarray, " holds"]

    @classmethod
    def where(
        cls, contact: Bool[np.ndarray, " time"], rate_hz: float, within: "Footholds | None" = None
    ) -> "Footholds":
        """Return the intervals of a contact signal; gaps and contacts of less than 0.15 s are dropped.

        A contact at either end of the recording goes on before and after it.
        """
        shortest = round(_SHORTEST_S * rate_hz)
        filled = _without_short(_without_short(contact, shortest, value=False), shortest, value=True)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], filled.astype(np.int8), [0]])))
        start, end = edges[::2] / rate_hz, (edges[1::2] - 1) / rate_hz
        if len(start):
            start = np.where(edges[::2] == 0, -_NEVER_S, start)
            end = np.where(edges[1::2] == len(contact), _NEVER_S, end)
        return cls(start.astype(np.float64), end.astype(np.float64))

    def rows(self, index: int, count: int, rate_hz: float) -> slice:
        """Return the samples of one interval of a recording of ``count`` samples."""
        first = max(0, round(self.start_s[index] * rate_hz))
        return slice(first, min(count, round(min(self.end_s[index], count) * rate_hz) + 1))

    def released(self, at_s: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
        """Return 0 in contact, exactly, and 1 away from it; twice differentiable."""
        if not len(self.start_s):
            return np.ones_like(at_s)
        last, following = self._neighbours(at_s)
        left = np.where(last >= 0, self.end_s[np.maximum(last, 0)], -_NEVER_S)
        landing = np.where(
            following < len(self.start_s), self.start_s[np.minimum(following, len(self.start_s) - 1)], _NEVER_S
        )
        room = np.minimum(RETURN_S, 0.5 * np.maximum(landing - left, 1e-6))
        return np.asarray(quintic((at_s - left) / room) * quintic((landing - at_s) / room))

    def place(
        self, held: Float[np.ndarray, "holds axes"], at_s: Float[np.ndarray, " time"]
    ) -> Float[np.ndarray, "axes time"]:
        """Return the place of the foothold at each time; between two of them it passes smoothly from one to the next."""
        if not len(self.start_s):
            return np.zeros((held.shape[1], len(at_s)))
        last, following = self._neighbours(at_s)
        before, after = np.maximum(last, 0), np.minimum(following, len(self.start_s) - 1)
        inside = (last >= 0) & (following < len(self.start_s))
        left, landing = self.end_s[before], self.start_s[after]
        share = np.where(inside, quintic((at_s - left) / np.where(inside, np.maximum(landing - left, 1e-6), 1.0)), 0.0)
        origin = np.where(last >= 0, before, after)
        return np.asarray((held[origin] + (held[after] - held[origin]) * share[:, None]).T)

    def _neighbours(self, at_s: Float[np.ndarray, " time"]) -> tuple[np.ndarray, np.ndarray]:
        """Return the index of the last foothold that has begun (-1: none), and of the one that the time lies in or before."""
        last = np.searchsorted(self.start_s, at_s, side="right") - 1
        following = np.searchsorted(self.end_s, at_s, side="left")
        return last, following


def _without_short(flags: Bool[np.ndarray, " time"], shortest: int, *, value: bool) -> Bool[np.ndarray, " time"]:
    """Return the flags with runs of ``value`` shorter than ``shortest`` inverted, but for those at either end."""
    found = flags.copy()
    edges = np.flatnonzero(np.diff(found.astype(np.int8))) + 1
    for first, last in itertools.pairwise(edges):
        if found[first] == value and last - first < shortest:
            found[first:last] = not value
    return found
