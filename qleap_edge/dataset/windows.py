"""The windows a model reads: 200 steps (4 s) cut out of the sequences of one part of the split."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64
from numpy.lib.stride_tricks import sliding_window_view

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.dataset.splits import Split
from qleap_edge.dataset.store import DATASET_NAME, Shard, read_dataset, verified_shard


@dataclass(frozen=True)
class WindowSet:
    """All windows of one part; row i of every array belongs to window i."""

    imu: Float32[np.ndarray, "windows 200 6"]
    """Specific force (m/s²) and angular velocity (rad/s), left forearm frame C."""
    pose: Float32[np.ndarray, "windows 200 17 3"]
    """Body frame, body heights."""
    exercise: Int64[np.ndarray, " windows"]
    form: Int64[np.ndarray, " windows"]
    """0-4, or -1 where the rubric does not apply."""
    sequence_id: Int64[np.ndarray, " windows"]
    subject_id: Int64[np.ndarray, " windows"]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.exercise)


def load_windows(folder: Path, split: Split, hop: int) -> WindowSet:
    """Return the windows of one part, every shard's bytes checked first.

    Windows begin every ``hop`` steps from a sequence's first step; what is left at its end is dropped.

    Raises:
        InputDataError: no dataset, a damaged shard, ``hop`` below 1, or a part without a single window.
        AlteredFile: a shard is missing or not the one that was recorded.
    """
    if hop < 1:
        raise InputDataError("the hop must be at least one step", got=str(hop))
    document = read_dataset(folder)
    subjects = np.array(document.splits.get(split, ()), dtype=np.int64)
    shards = [verified_shard(folder, record) for record in document.shards]
    if not shards:
        raise InputDataError("the dataset has no shards", where=folder / DATASET_NAME)
    parts = [_cut(shard, subjects, hop) for shard in shards]
    windows = WindowSet(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    if len(windows) == 0:
        raise InputDataError(
            f"the {split} part holds no window", where=folder / DATASET_NAME, next_step="synthesise more subjects"
        )
    return windows


def _cut(shard: Shard, subjects: Int64[np.ndarray, " subjects"], hop: int) -> tuple[np.ndarray, ...]:
    chosen = np.flatnonzero(np.isin(shard.columns["subject_id"], subjects))
    starts, owners = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for index in chosen:
        first, last = int(shard.offsets[index]), int(shard.offsets[index + 1])
        begin = np.arange(first, last - WINDOW_STEPS + 1, hop, dtype=np.int64)
        starts.append(begin)
        owners.append(np.full(len(begin), index, dtype=np.int64))
    start, owner = np.concatenate(starts), np.concatenate(owners)
    if len(shard.imu) < WINDOW_STEPS:
        start, owner = start[:0], owner[:0]
    labels = tuple(shard.columns[name][owner] for name in ("exercise", "form", "sequence_id", "subject_id"))
    return _windows(shard.imu, start), _windows(shard.pose, start), *labels


def _windows(flat: np.ndarray, start: Int64[np.ndarray, " windows"]) -> np.ndarray:
    if len(start) == 0:
        return np.empty((0, WINDOW_STEPS, *flat.shape[1:]), flat.dtype)
    return np.ascontiguousarray(np.moveaxis(sliding_window_view(flat, WINDOW_STEPS, axis=0)[start], -1, 1))
