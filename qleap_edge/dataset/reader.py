"""Windows of a dataset too large for memory, read when they are needed, by any number of processes."""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from jaxtyping import Int

from qleap_edge.core.manifest import verify_file
from qleap_edge.dataset.document import ShardRecord
from qleap_edge.dataset.splits import Split
from qleap_edge.dataset.store import open_shard
from qleap_edge.dataset.windows import WINDOWED, WindowSet, read_windows, spread_rows, window_index

_OPEN_SHARDS = 32
_CACHE_BYTES = 1 << 17  # of a dataset: a few of the largest chunks, since sorted reads come back to the last one only
_verified: set[tuple[str, str, int, int, int]] = set()
"""Path, hash, inode, size and time of the last change of the shards whose bytes this process has checked."""


class WindowReader:
    """Reads windows of one part by number, lazily.

    It may be pickled and forked: each process opens its own files when it first reads, and checks a shard's bytes when it
    first opens it (a forked process does not repeat its parent's checks). At most 32 shards are open at a time. One thread
    of a process may use it at a time.

    Args:
        folder: a dataset's folder.
        split: the part of the split.
        hop: steps between the beginnings of two windows of a sequence.

    Raises:
        InputDataError: no dataset, a damaged shard, ``hop`` below 1, or a part without a single window.
        AlteredFile: a shard is missing or not the one that was recorded.
    """

    def __init__(self, folder: Path, split: Split, hop: int) -> None:
        self.folder = folder
        self.index = window_index(folder, split, hop, _verify_once)
        self._begin()

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.index)

    def read(self, rows: Int[np.ndarray, " windows"]) -> WindowSet:
        """Return the windows of these numbers, in their order: the same rows of ``load_windows``, bit for bit.

        Raises:
            InputDataError: a shard is damaged.
            AlteredFile: a shard is missing or not the one that was recorded.
        """
        return read_windows(self.index, np.asarray(rows, dtype=np.int64), self._shard)

    def read_spread(self, wanted: int) -> WindowSet:
        """Return up to ``wanted`` windows, spread evenly over the sequences and so over the persons of the part.

        Raises:
            InputDataError: a shard is damaged.
            AlteredFile: a shard is missing or not the one that was recorded.
        """
        return self.read(spread_rows(len(self), wanted))

    def close(self) -> None:
        """Close the files of this process; a later read opens them again."""
        while self._shards:
            self._shards.popitem()[1][0].close()

    def __enter__(self) -> "WindowReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, object]:
        """Leave the open files out, because a handle is invalid in another process."""
        return {"folder": self.folder, "index": self.index}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.folder, self.index = state["folder"], state["index"]
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._shards: OrderedDict[int, tuple[h5py.File, dict[str, h5py.Dataset]]] = OrderedDict()

    @contextmanager
    def _shard(self, number: int) -> Iterator[dict[str, h5py.Dataset]]:
        """Yield the datasets of a shard; its file stays open until the limit of open files closes it."""
        if self._process != os.getpid():
            self.close()  # closes this process's copies; otherwise HDF5 would find them open and use the parent's handle
            self._begin()
        if number not in self._shards:
            while len(self._shards) >= _OPEN_SHARDS:
                self._shards.popitem(last=False)[1][0].close()
            path = _verify_once(self.folder, self.index.records[number])
            file = open_shard(path, _CACHE_BYTES)
            self._shards[number] = file, {name: file[name] for name in WINDOWED}
        self._shards.move_to_end(number)
        yield self._shards[number][1]


def _verify_once(folder: Path, record: ShardRecord) -> Path:
    """Check a shard's bytes unless this process has checked them and the file has not changed since."""
    path = folder / record.path
    if path.is_file():
        status = path.stat()
        key = (str(path.resolve()), record.sha256, status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in _verified:
            verify_file(folder, record)
            _verified.add(key)
        return path
    return verify_file(folder, record)


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
    with WindowReader(data, split, hop) as reader:
        return reader.read_spread(wanted)
