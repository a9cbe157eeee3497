"""The frames of whole sequences of one part, read shard by shard, each frame once.

:mod:`qleap_edge.dataset.windows` cuts windows; this is for readers that need the sequences themselves, with their repetitions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from qleap_edge.dataset.layout import FrameName, check_values
from qleap_edge.dataset.store import open_shard, reading
from qleap_edge.dataset.windows import WindowIndex


@dataclass(frozen=True)
class StoredFrames:
    """The frames of the wanted sequences of one shard, end to end."""

    sequence: Int64[np.ndarray, " sequences"]
    """Their numbers in the index."""
    lengths: Int64[np.ndarray, " sequences"]
    """Frames of each sequence."""
    frames: dict[FrameName, np.ndarray]
    """Dataset → one row a frame."""
    repetitions: Int64[np.ndarray, "repetitions 3"]
    """Start, turning point and end, as rows of ``frames``."""


def read_stored_frames(index: WindowIndex, names: tuple[FrameName, ...]) -> Iterator[StoredFrames]:
    """Read the sequences of an index shard by shard, the named datasets only.

    Args:
        index: of the part; its shards' bytes are checked already.
        names: datasets with one row a frame.

    Raises:
        InputDataError: a shard is damaged.
    """
    for number, path in enumerate(index.paths):
        wanted = np.flatnonzero(index.shard == number)
        if len(wanted) == 0:
            continue
        with reading(path), open_shard(path) as file:
            offsets, edges = file["offsets"][()], file["repetitions/offsets"][()]
            rows = np.searchsorted(offsets, index.first[wanted])
            lengths = np.diff(offsets)[rows]
            # The sequences of a person lie side by side: one read for each person, not one for each sequence.
            spans = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
            frames = {
                name: np.concatenate([file[name][offsets[span[0]] : offsets[span[-1] + 1]] for span in spans])
                for name in names
            }
            stored = file["repetitions/frames"][()].astype(np.int64)
            begins = np.cumsum(lengths) - lengths
            found = [begin + stored[edges[row] : edges[row + 1]] for row, begin in zip(rows, begins, strict=True)]
        for name, values in frames.items():
            check_values(name, values, path)
        yield StoredFrames(wanted, lengths, frames, np.concatenate(found))
