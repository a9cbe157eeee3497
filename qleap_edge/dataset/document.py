"""The document of a dataset, ``dataset.json``, and the summary of a shard that it is made from."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from qleap_edge.core.manifest import FileRecord
from qleap_edge.core.recipe_synthesis import RandomizationTable
from qleap_edge.core.records import Document, Part, read_document
from qleap_edge.dataset.splits import Split
from qleap_edge.physics.sequence import Sequence

DATASET_NAME = "dataset.json"


class ShardRecord(FileRecord):
    """One shard in the dataset's document; ``path`` is relative to the dataset's folder."""

    sequences: int
    """Number of sequences in the shard."""
    samples: int
    """Number of frames in the shard."""


class SequenceCounts(Part):
    """Counts over the sequences of a shard or of a dataset."""

    exercises: dict[str, int]
    """Content (an exercise, or ``transition``) → sequences."""
    form_scores: dict[str, int]
    """Score → sequences with squats in them."""
    postures: dict[str, int]
    """Posture of the arms → sequences."""
    loads: dict[str, int]
    """``unloaded`` and ``loaded`` → sequences."""
    regimes: dict[str, int]
    """``prescribed``, ``forward`` and ``captured`` → sequences."""
    rejected: dict[str, int]
    """``content/regime/reason`` → infeasible draws that were drawn again."""


COUNTS = tuple(SequenceCounts.model_fields)
"""Names of the counts, which are summed over the shards."""


class DatasetDocument(SequenceCounts, Document):
    """``dataset.json``: what the shards hold, how they were made, and which persons are in which part of the split."""

    schema_name: Literal["qleap.dataset"] = "qleap.dataset"
    schema_version: Literal[3] = 3
    seed: int
    """The recipe's."""
    rate_hz: float
    """Sample rate of the sequences."""
    sensor: str
    """Name of the sensor file."""
    sensor_sha256: str
    """sha256 of the sensor file."""
    motion: dict[str, str]
    """Captured person → sha256 of the document that the motion was read from; empty without captured motion."""
    randomization: RandomizationTable
    """The recipe's table: the distributions of bodies, motions and devices."""
    shards: tuple[ShardRecord, ...]
    """Every shard with its hash."""
    splits: dict[Split, tuple[int, ...]]
    """Part → subject ids."""
    sequences: int
    """Number of all sequences."""
    samples: int
    """Number of all frames."""


class ShardSummary(SequenceCounts):
    """What one finished shard adds to the document."""

    record: ShardRecord

    @classmethod
    def of(cls, record: ShardRecord, sequences: list[Sequence], rejected: Mapping[str, int]) -> "ShardSummary":
        """Return the counts over the sequences of a shard."""
        return cls(
            record=record,
            exercises=dict(Counter(s.request.content for s in sequences)),
            form_scores=dict(Counter(str(s.rubric.score) for s in sequences if s.rubric is not None)),
            postures=dict(Counter(s.posture for s in sequences)),
            loads=dict(Counter("loaded" if s.load_kg > 0.0 else "unloaded" for s in sequences)),
            regimes=dict(Counter(s.request.regime for s in sequences)),
            rejected=dict(rejected),
        )


def read_dataset(folder: Path) -> DatasetDocument:
    """Read ``dataset.json`` of a dataset folder.

    Raises:
        InputDataError: there is none, or it is damaged.
        SchemaMismatch: another schema or version.
    """
    return read_document(DatasetDocument, folder / DATASET_NAME)
