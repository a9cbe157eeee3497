"""The frames of one part of a dataset, sequence after sequence, and where its windows and repetitions lie in them.

Overlapping windows share frames: at a hop of 10 the windows of a thousand sequences take twenty times the memory of the frames
they are cut from. So frames are held once, and windows are cut on demand.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int8, Int64, Shaped

from qleap_edge.core.exercises import EXERCISE_ID, FORM_UNSCORED
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.dataset.layout import FrameName
from qleap_edge.dataset.splits import Split
from qleap_edge.dataset.stored_frames import read_stored_frames
from qleap_edge.dataset.windows import WindowIndex, prevailing_exercise, window_index


@dataclass(frozen=True)
class GroundTruth:
    """The true frames of one part of a dataset, and the windows that a model is given."""

    hop: int
    """Steps between the beginnings of two windows of a sequence."""
    imu: Float32[np.ndarray, "frames 6"]
    pose: Float32[np.ndarray, "frames 17 3"]
    exercise: Int8[np.ndarray, " frames"]
    phase: Float32[np.ndarray, " frames"]
    offsets: Int64[np.ndarray, " sequences_and_one"]
    repetitions: Int64[np.ndarray, "repetitions 3"]
    """Start, turning point and end of every repetition, as frames of this part."""
    index: WindowIndex
    """Person, posture and form score of each sequence."""
    start: Int64[np.ndarray, " windows"]
    """First frame of each window."""
    sequence: Int64[np.ndarray, " windows"]
    window_exercise: Int64[np.ndarray, " windows"]
    """The exercise of most frames of the window."""

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.start)

    @classmethod
    def read(cls, folder: Path, split: Split, hop: int) -> "GroundTruth":
        """Read every sequence of a part that holds at least one window; the windows are those of ``load_windows``.

        Raises:
            InputDataError: no dataset, a damaged shard, ``hop`` below 1, or a part without a single window.
            AlteredFile: a shard is missing or not the one that was recorded.
        """
        index = window_index(folder, split, hop)
        names: tuple[FrameName, ...] = ("imu", "pose", "exercise", "phase")
        shards = list(read_stored_frames(index, names))
        frames = {name: np.concatenate([shard.frames[name] for shard in shards]) for name in names}
        before = np.cumsum([0, *(shard.lengths.sum() for shard in shards)])
        offsets = np.cumsum(np.concatenate([[0], *(shard.lengths for shard in shards)]), dtype=np.int64)
        sequence = np.repeat(np.arange(len(index.first)), np.diff(index.edges))
        start = offsets[sequence] + (np.arange(len(index)) - index.edges[sequence]) * hop
        return cls(
            hop=hop,
            **frames,
            offsets=offsets,
            repetitions=np.concatenate([b + s.repetitions for b, s in zip(before, shards, strict=False)]),
            index=index,
            start=start,
            sequence=sequence,
            window_exercise=prevailing_exercise(frames["exercise"][start[:, None] + np.arange(WINDOW_STEPS)]),
        )

    def cut(self, frames: Shaped[np.ndarray, "frames ..."], rows: slice) -> Shaped[np.ndarray, "windows 200 ..."]:
        """Return the windows of an array that has one row for each frame."""
        return frames[self.start[rows, None] + np.arange(WINDOW_STEPS)]

    @property
    def subject(self) -> Int64[np.ndarray, " windows"]:
        """Person of each window."""
        return self.index.subject_id[self.sequence]

    @property
    def window_form(self) -> Int64[np.ndarray, " windows"]:
        """Form score of the squats that the window shows, or -1 where it is no squat or shows no repetition."""
        squat = self.window_exercise == EXERCISE_ID["squat"]
        return np.where(squat, self.index.window_form(np.arange(len(self.index))), FORM_UNSCORED)

    @property
    def window_posture(self) -> Shaped[np.ndarray, " windows"]:
        """Posture of the arms, as text."""
        return self.index.posture[self.sequence]

    def sequence_of(self, frames: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Return which sequence each frame belongs to."""
        return np.searchsorted(self.offsets, frames, side="right") - 1
