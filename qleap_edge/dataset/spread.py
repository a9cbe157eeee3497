"""A few windows spread evenly over one part of a dataset, read without the rest."""

from pathlib import Path

from qleap_edge.dataset.reader import WindowReader
from qleap_edge.dataset.splits import Split
from qleap_edge.dataset.windows import WindowSet, spread_rows


def spread_windows(data: Path, split: Split, hop: int, wanted: int) -> WindowSet:
    """Return up to ``wanted`` windows of a part: the rows :func:`~qleap_edge.dataset.windows.spread_rows` of all its windows.

    Args:
        data: the dataset's folder.
        split: the part.
        hop: steps between the beginnings of two windows of a sequence.
        wanted: how many.

    Raises:
        InputDataError: no dataset, a damaged shard, or a part without a single window.
        AlteredFile: a shard is missing or not the one that was recorded.
    """
    reader = WindowReader(data, split, hop)
    try:
        return reader.read(spread_rows(len(reader), wanted))
    finally:
        reader.close()
