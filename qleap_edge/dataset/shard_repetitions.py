"""The repetitions of a shard: where they lie in their sequences, and what the form rubric measured of each squat."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int32, Int64

from qleap_edge.core.errors import QleapError
from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.physics.form_measures import REPETITION_MEASURES
from qleap_edge.physics.sequence import Sequence


class ShardRepetitions(NamedTuple):
    """The repetitions of a shard, sequence after sequence."""

    offsets: Int64[np.ndarray, " sequences_and_one"]
    frames: Int32[np.ndarray, "repetitions 3"]
    """Start, turning point and end, in frames of their sequence."""
    form: Float32[np.ndarray, "repetitions measures"]
    """:data:`qleap_edge.physics.form_measures.REPETITION_MEASURES` of the squats; NaN for other exercises."""

    def padded(
        self, sequences: Int64[np.ndarray, " wanted"]
    ) -> tuple[Int32[np.ndarray, "wanted most 3"], Float32[np.ndarray, "wanted most measures"]]:
        """Return the repetitions of some sequences, -1 and NaN where a sequence has fewer than the one with the most."""
        counts = np.diff(self.offsets)[sequences]
        frames = np.full((len(sequences), counts.max(initial=0), 3), -1, dtype=np.int32)
        form = np.full((*frames.shape[:2], self.form.shape[1]), np.nan, dtype=np.float32)
        there = np.arange(frames.shape[1]) < counts[:, None]
        place = (self.offsets[sequences, None] + np.arange(frames.shape[1]))[there]
        frames[there], form[there] = self.frames[place], self.form[place]
        return frames, form


def repetition_form(sequence: Sequence) -> Float32[np.ndarray, "repetitions measures"]:
    """Return what the rubric measured of each repetition of a sequence, NaN for those of other exercises.

    Raises:
        QleapError: the rubric has not measured every squat.
    """
    out = np.full((len(sequence.repetitions), len(REPETITION_MEASURES)), np.nan, dtype=np.float32)
    squats = sequence.exercise[sequence.repetitions[:, 1]] == EXERCISE_ID["squat"]
    rows = out[:0] if sequence.rubric is None else sequence.rubric.rows
    if len(rows) != squats.sum():
        raise QleapError(
            "the rubric has measured another number of repetitions than there are squats",
            where=f"sequence {sequence.request.sequence_id}",
            expected=str(squats.sum()),
            got=str(len(rows)),
        )
    out[squats] = rows
    return out


def join_padded(parts: list[np.ndarray], fill: int | float) -> np.ndarray:
    """Return arrays of shape (sequences, most, ...) with unequal ``most`` end to end, filled up to the largest."""
    most = max((part.shape[1] for part in parts), default=0)
    filled = [
        np.pad(part, ((0, 0), (0, most - part.shape[1]), (0, 0)), constant_values=fill).astype(part.dtype)
        for part in parts
    ]
    return np.concatenate(filled)
