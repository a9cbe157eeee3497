"""Measure every sequence of a dataset, one shard in memory at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import verify_file
from qleap_edge.dataset.document import DATASET_NAME, DatasetDocument, read_dataset
from qleap_edge.dataset.report.measures import StoredSequence, repetition_rows, sequence_row
from qleap_edge.dataset.store import read_shard


@dataclass(frozen=True)
class Gathered:
    """All that was measured; row i of every array of ``sequences`` is sequence i, of ``repetitions`` repetition i."""

    document: DatasetDocument
    sequences: dict[str, np.ndarray]
    """Columns of :func:`qleap_edge.dataset.report.measures.sequence_row`."""
    repetitions: dict[str, np.ndarray]
    """Columns of :func:`qleap_edge.dataset.report.measures.repetition_rows`; empty when there is no squat."""

    def where(self, content: str | None = None, regime: str | None = None) -> Bool[np.ndarray, " sequences"]:
        """Tell which sequences have this content and this regime; None takes all."""
        chosen = np.ones(len(self.sequences["content"]), dtype=bool)
        for name, wanted in (("content", content), ("regime", regime)):
            if wanted is not None:
                chosen &= self.sequences[name] == wanted
        return chosen


def gather(folder: Path, on_progress: Callable[[int, int], None] | None = None) -> Gathered:
    """Measure a dataset, every shard's bytes checked first.

    Args:
        folder: of the dataset.
        on_progress: told (finished, all) sequences after every shard.

    Raises:
        InputDataError: no dataset, or a damaged shard.
        AlteredFile: a shard is missing or not the one that was recorded.
    """
    document = read_dataset(folder)
    sequences: list[dict[str, object]] = []
    repetitions: list[dict[str, object]] = []
    for record in document.shards:
        shard = read_shard(verify_file(folder, record))
        for index in range(len(shard.offsets) - 1):
            stored = StoredSequence.of(shard, index)
            sequences.append(sequence_row(stored))
            repetitions += repetition_rows(stored)
        if on_progress is not None:
            on_progress(len(sequences), document.sequences)
    if not sequences:
        raise InputDataError("the dataset holds no sequence", where=folder / DATASET_NAME)
    return Gathered(document, _stack(sequences), _stack(repetitions))


def _stack(rows: list[dict[str, object]]) -> dict[str, np.ndarray]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}
