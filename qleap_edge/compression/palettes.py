"""Palettes: the few values that stand for all weights of a tensor, and which of them stands for each.

k-means in one dimension, on sorted values: a cluster is a stretch of them, so that means, costs and borders come from running
sums. That is tens of times faster than clustering weight by weight, and each step is an addition, a product, a quotient or a
square root, which every CPU rounds alike. The k-means of scikit-learn, which coremltools calls, goes through matrix products:
the bytes of a palette then depend on the vector instructions of the machine that made it.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float16, Float64, Int64, Shaped, UInt8

Bits = Literal[4, 6, 8]
_ROUNDS = 1000  # of Lloyd's; on weights of networks it stands still after 10 to 200
_BLOCKS = 16  # a cluster, to guess the density from


def palette_of(
    weights: Float16[np.ndarray, "..."], bits: Bits
) -> tuple[Float16[np.ndarray, " palette"], UInt8[np.ndarray, " n"]]:
    """Return a palette of 2^bits values, and for each weight, row by row, the number of the value that stands for it."""
    values, numbers, counts = np.unique(weights, return_inverse=True, return_counts=True)
    palette = np.zeros(2**bits, np.float16)
    if len(values) <= len(palette):  # every weight has a value of its own
        palette[: len(values)] = values
        return palette, numbers.ravel().astype(np.uint8)
    points = _Points(values.astype(np.float64), counts)
    centres = points.refined(points.settled(points.first_guess(len(palette))))
    palette[:] = centres
    return palette, points.nearest(centres).astype(np.uint8)[numbers.ravel()]


def restored(
    palette: Float16[np.ndarray, " palette"], numbers: UInt8[np.ndarray, " n"], shape: tuple[int, ...]
) -> Float16[np.ndarray, "..."]:
    """Return the weights that a palette stands for."""
    return palette[numbers].reshape(shape)


def palette_bytes(elements: int, bits: int) -> float:
    """Return what a tensor takes in the file, padding aside."""
    return elements * bits / 8 + 2 * 2**bits


class _Points:
    """Sorted values, and how often each occurs."""

    def __init__(self, values: Float64[np.ndarray, " v"], counts: Int64[np.ndarray, " v"]) -> None:
        self.values = values
        self._mass, self._moment, self._square = (
            np.concatenate([[0.0], np.cumsum(counts * powers)]) for powers in (np.ones_like(values), values, values**2)
        )

    def nearest(self, centres: Float64[np.ndarray, " k"]) -> Int64[np.ndarray, " v"]:
        """Return the number of the centre next to each value."""
        return np.searchsorted((centres[1:] + centres[:-1]) / 2, self.values)

    def first_guess(self, count: int) -> Float64[np.ndarray, " k"]:
        """Return centres whose own density goes with a root of the values' density.

        For many centres the best root is the third: a stretch that holds equally many values gets centres in proportion to its
        width to the power of 2/3 (Panter and Dite, "Quantization distortion in pulse-count modulation", 1951). 5/8 is close,
        and made of square roots.
        """
        masses = np.linspace(0.0, self._mass[-1], _BLOCKS * count + 1)[1:-1]
        edges = np.unique(np.concatenate([[0], np.searchsorted(self._mass, masses), [len(self.values) - 1]]))
        borders = self.values[np.minimum(edges, len(self.values) - 1)]
        width = np.diff(borders)
        share = np.concatenate([[0.0], np.cumsum(np.sqrt(width) * np.sqrt(np.sqrt(np.sqrt(width))))])
        return np.interp((np.arange(count) + 0.5) / count * share[-1], share, borders)

    def settled(self, centres: Float64[np.ndarray, " k"]) -> Float64[np.ndarray, " k"]:
        """Return the centres after Lloyd's iterations: each moves to the mean of the values next to it until none moves."""
        for _ in range(_ROUNDS):
            mass, moment, _ = self._sums(centres)
            moved = np.where(mass > 0.0, moment / np.maximum(mass, 1.0), centres)
            if np.array_equal(moved, centres):
                break
            centres = moved
        return centres

    def refined(self, centres: Float64[np.ndarray, " k"]) -> Float64[np.ndarray, " k"]:
        """Return centres that no exchange improves: merging two neighbouring clusters and splitting another one in two."""
        cost = self._cost(centres).sum()
        for _ in range(len(centres)):
            tried = self.settled(self._exchanged(centres))
            found = self._cost(tried).sum()
            if found >= cost:
                break
            centres, cost = tried, found
        return centres

    def _exchanged(self, centres: Float64[np.ndarray, " k"]) -> Float64[np.ndarray, " k"]:
        """Merge the two neighbours whose merging adds least to the cost, and split the costliest cluster in two."""
        mass, _, _ = self._sums(centres)
        together = mass[1:] * mass[:-1] / np.maximum(mass[1:] + mass[:-1], 1.0) * np.diff(centres) ** 2
        cost = self._cost(centres)
        split = int(np.argmax(cost))
        together[max(split - 1, 0) : split + 1] = np.inf  # not the one that is split
        merged = int(np.argmin(together))
        spread = np.sqrt(cost[split] / max(mass[split], 1.0))
        middle = (mass[merged] * centres[merged] + mass[merged + 1] * centres[merged + 1]) / max(
            mass[merged] + mass[merged + 1], 1.0
        )
        kept = np.delete(centres, [merged, merged + 1, split])
        return np.sort(np.concatenate([kept, [middle, centres[split] - spread, centres[split] + spread]]))

    def _cost(self, centres: Float64[np.ndarray, " k"]) -> Float64[np.ndarray, " k"]:
        """Return each cluster's sum of squares about its mean."""
        mass, moment, square = self._sums(centres)
        return np.maximum(square - moment**2 / np.maximum(mass, 1.0), 0.0)

    def _sums(self, centres: Float64[np.ndarray, " k"]) -> Shaped[np.ndarray, "3 k"]:
        """Return the number of values next to each centre, their sum, and the sum of their squares."""
        inner = np.searchsorted(self.values, (centres[1:] + centres[:-1]) / 2, side="right")
        edges = np.concatenate([[0], inner, [len(self.values)]])
        return np.stack([np.diff(sums[edges]) for sums in (self._mass, self._moment, self._square)])
