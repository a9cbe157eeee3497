"""The windows a model reads: 200 steps (4 s) cut out of the sequences of one part of the split.

:class:`WindowIndex` holds where windows lie, and :func:`read_windows` reads them. :func:`load_windows` reads all of them into
memory; :class:`qleap_edge.dataset.reader.WindowReader` reads chosen ones when they are needed.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int8, Int32, Int64, Shaped

from qleap_edge.core.errors import InputDataError, QleapError
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES, FORM_UNSCORED
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.core.manifest import verify_file
from qleap_edge.dataset.document import DATASET_NAME, ShardRecord, read_dataset
from qleap_edge.dataset.layout import LAYOUT, check_values
from qleap_edge.dataset.shard_repetitions import join_padded
from qleap_edge.dataset.splits import Split
from qleap_edge.dataset.store import open_shard, read_columns, reading
from qleap_edge.physics.form import window_scores

WINDOWED = ("imu", "pose", "exercise")
"""The datasets of a shard that windows are cut from."""
_SCORED_AT_ONCE = 4096  # windows; keeps the arrays small
_GAP_STEPS = WINDOW_STEPS  # reading over a gap up to this long is cheaper than a second call


@dataclass(frozen=True)
class WindowSet:
    """Some or all windows of one part; row i of every array belongs to window i."""

    imu: Float32[np.ndarray, "windows 200 6"]
    """Specific force (m/s²) and angular velocity (rad/s), left forearm frame C."""
    pose: Float32[np.ndarray, "windows 200 17 3"]
    """Body frame, body heights."""
    exercise: Int64[np.ndarray, " windows"]
    """The exercise of most of the window's frames; of equally many, the later one."""
    form: Int64[np.ndarray, " windows"]
    """0-4 of the squats that the window shows, or -1 where it is no squat or shows no repetition."""
    sequence_id: Int64[np.ndarray, " windows"]
    subject_id: Int64[np.ndarray, " windows"]
    posture: Shaped[np.ndarray, " windows"]
    """Posture of the arms in the sequence; text."""
    regime: Shaped[np.ndarray, " windows"]
    """``prescribed`` or ``forward``; text."""

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.exercise)


@dataclass(frozen=True)
class WindowIndex:
    """Where the windows of one part lie: every ``hop`` steps from a sequence's first step, its end dropped.

    Row i of the arrays belongs to the part's i-th sequence that is long enough for a window; windows count through the
    sequences in the order of the shards.
    """

    paths: tuple[Path, ...]
    records: tuple[ShardRecord, ...]
    hop: int
    edges: Int64[np.ndarray, " sequences_and_one"]
    """Windows before each sequence, and of all."""
    shard: Int64[np.ndarray, " sequences"]
    first: Int64[np.ndarray, " sequences"]
    """Row of the shard's flat datasets where the sequence begins."""
    form: Int64[np.ndarray, " sequences"]
    """Score of all of a sequence's squats."""
    sequence_id: Int64[np.ndarray, " sequences"]
    subject_id: Int64[np.ndarray, " sequences"]
    posture: Shaped[np.ndarray, " sequences"]
    regime: Shaped[np.ndarray, " sequences"]
    repetitions: Int32[np.ndarray, "sequences most 3"]
    """Start, turning point and end of each repetition, in frames of its sequence; -1 where there are fewer."""
    repetition_form: Float32[np.ndarray, "sequences most measures"]
    """What the rubric measured of each squat; NaN elsewhere."""

    def __len__(self) -> int:
        """Return the number of windows."""
        return int(self.edges[-1])

    def locate(
        self, rows: Int64[np.ndarray, " windows"]
    ) -> tuple[Int64[np.ndarray, " windows"], Int64[np.ndarray, " windows"]]:
        """Return each window's sequence in this index and the row of the flat datasets where it begins."""
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(self):
            raise QleapError("no such window", expected=f"0 to {len(self) - 1}", got=f"{rows.min()} to {rows.max()}")
        sequence = np.searchsorted(self.edges, rows, side="right") - 1
        return sequence, self.first[sequence] + (rows - self.edges[sequence]) * self.hop

    def window_form(self, rows: Int64[np.ndarray, " windows"]) -> Int64[np.ndarray, " windows"]:
        """Return the score of the squats that each window shows, -1 where it shows none.

        The score of a window is that of its own repetitions, because nothing else can be read from it: see
        :func:`qleap_edge.physics.form.window_scores`.
        """
        sequence, first = self.locate(rows)
        scores = np.full(len(rows), FORM_UNSCORED, dtype=np.int64)
        squats = np.flatnonzero(self.form[sequence] != FORM_UNSCORED)
        for some in np.array_split(squats, len(squats) // _SCORED_AT_ONCE + 1):
            begins = first[some] - self.first[sequence[some]]
            moved = self.repetitions[sequence[some]] - begins[:, None, None]
            scores[some] = window_scores(moved, self.repetition_form[sequence[some]])
        return scores


def window_index(
    folder: Path, split: Split, hop: int, verify: Callable[[Path, ShardRecord], Path] = verify_file
) -> WindowIndex:
    """Build the index from the shards' columns; no frame is read, but every shard's bytes are checked.

    Args:
        folder: a dataset's folder.
        split: the part of the split.
        hop: steps between the beginnings of two windows of a sequence.
        verify: checks a shard's bytes and returns its path.

    Raises:
        InputDataError: no dataset, a damaged shard, ``hop`` below 1, or a part without a single window.
        AlteredFile: a shard is missing or not the one that was recorded.
    """
    if hop < 1:
        raise InputDataError("the hop must be at least one step", got=str(hop))
    document = read_dataset(folder)
    if not document.shards:
        raise InputDataError("the dataset has no shards", where=folder / DATASET_NAME)
    subjects = np.array(document.splits.get(split, ()), dtype=np.int64)
    paths, counts, parts, repetitions = [], [], [], []
    for number, record in enumerate(document.shards):
        paths.append(verify(folder, record))
        offsets, columns, found = read_columns(paths[-1])
        count = np.maximum(0, (np.diff(offsets) - WINDOW_STEPS) // hop + 1)
        keep = np.flatnonzero(np.isin(columns["subject_id"], subjects) & (count > 0))
        counts.append(count[keep])
        repetitions.append(found.padded(keep))
        labels = [columns[name][keep] for name in ("form", "sequence_id", "subject_id")]
        with reading(paths[-1]):
            names = [columns[name][keep].astype("U32") for name in ("posture", "regime")]
        parts.append((np.full(len(keep), number), offsets[:-1][keep], *labels, *names))
    edges = np.cumsum(np.concatenate([[0], *counts]), dtype=np.int64)
    if edges[-1] == 0:
        raise InputDataError(
            f"the {split} part holds no window", where=folder / DATASET_NAME, next_step="synthesise more subjects"
        )
    shard, first, form, sequence_id, subject_id, posture, regime = map(np.concatenate, zip(*parts, strict=True))
    return WindowIndex(
        tuple(paths), document.shards, hop, edges, shard, first, form, sequence_id, subject_id, posture, regime,
        repetitions=join_padded([frames for frames, _ in repetitions], -1),
        repetition_form=join_padded([measures for _, measures in repetitions], np.nan),
    )  # fmt: skip


def spread_rows(count: int, wanted: int) -> Int64[np.ndarray, " rows"]:
    """Return up to ``wanted`` row numbers spread evenly over ``count`` rows: every exercise and person is represented."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))


def load_windows(folder: Path, split: Split, hop: int) -> WindowSet:
    """Return the windows of one part, every shard's bytes checked first.

    Windows begin every ``hop`` steps from a sequence's first step; an incomplete one at its end is dropped.

    Raises:
        InputDataError: no dataset, a damaged shard, ``hop`` below 1, or a part without a single window.
        AlteredFile: a shard is missing or not the one that was recorded.
    """
    index = window_index(folder, split, hop)
    return read_windows(index, np.arange(len(index)), lambda number: open_shard(index.paths[number]))


def read_windows(
    index: WindowIndex,
    rows: Int64[np.ndarray, " windows"],
    opened: Callable[[int], AbstractContextManager[Mapping[str, Any]]],
) -> WindowSet:
    """Read windows in any order, each shard opened once and each stretch of it read once.

    Args:
        index: where the windows lie.
        rows: numbers of the windows in the index.
        opened: opens a shard by its number and gives its datasets of :data:`WINDOWED`.

    Raises:
        InputDataError: a shard is damaged, or holds values outside the limits of its layout.
    """
    sequence, start = index.locate(rows)
    shard = index.shard[sequence]
    arrays = {name: np.empty((len(rows), WINDOW_STEPS, *LAYOUT[name].shape), LAYOUT[name].dtype) for name in WINDOWED}
    order = np.lexsort((start, shard))
    for group in np.split(order, np.flatnonzero(np.diff(shard[order])) + 1):
        if len(group) == 0:
            continue  # no rows at all
        number = int(shard[group[0]])
        with reading(index.paths[number]), opened(number) as datasets:
            for stretch in np.split(group, np.flatnonzero(np.diff(start[group]) > WINDOW_STEPS + _GAP_STEPS) + 1):
                low, high = int(start[stretch[0]]), int(start[stretch[-1]]) + WINDOW_STEPS
                for name, out in arrays.items():
                    values = datasets[name][low:high]
                    check_values(name, values, index.paths[number])
                    for row in stretch:  # plain copies: faster than one gather over strided windows
                        out[row] = values[start[row] - low : start[row] - low + WINDOW_STEPS]
    exercise = prevailing_exercise(arrays["exercise"])
    return WindowSet(
        imu=arrays["imu"],
        pose=arrays["pose"],
        exercise=exercise,
        form=np.where(exercise == EXERCISE_ID["squat"], index.window_form(rows), FORM_UNSCORED),
        sequence_id=index.sequence_id[sequence],
        subject_id=index.subject_id[sequence],
        posture=index.posture[sequence],
        regime=index.regime[sequence],
    )


def prevailing_exercise(frames: Int8[np.ndarray, "windows steps"]) -> Int64[np.ndarray, " windows"]:
    """Return the exercise of most frames of each window; of equally many, the one that comes last."""
    steps = frames.shape[1]
    ranks = np.zeros((len(EXERCISES), len(frames)), dtype=np.int64)
    for exercise, rank in enumerate(ranks):
        here = frames == exercise
        last = np.where(here.any(axis=1), steps - np.argmax(here[:, ::-1], axis=1), 0)  # counted from 1
        rank[:] = here.sum(axis=1) * (steps + 1) + last
    return ranks.argmax(axis=0)
