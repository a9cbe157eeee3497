"""The card of a shipped checkpoint: what the weights are, what they were trained on, and how good they are."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from qleap_edge.core.errors import AlteredFile
from qleap_edge.core.manifest import MANIFEST_NAME, StageManifest, config_digest, sha256_file, verify_sha256
from qleap_edge.core.records import Document, Part, read_document
from qleap_edge.dataset.document import DATASET_NAME, read_dataset
from qleap_edge.dataset.splits import Split
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.pretrained.registry import CheckpointFiles
from qleap_edge.training.checkpoint import CheckpointDocument

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
LICENCE = "Apache-2.0. "
_SYNTHETIC = "Trained on synthetic persons."
_CAPTURED = (
    "Trained on synthetic persons, some of whom move as motion-captured people do (the motion that the dataset names)."
)
_RECORDED = (
    " The exercise head was also trained on watch recordings of everyday movement: sp-sw-har, Matey-Sanz, Casteleyn & Granell "
    "2023, doi:10.1016/j.dib.2023.109809, CC BY 4.0."
)


def licence_of(*, captured: bool, recorded: bool) -> str:
    """Return the licence of weights, and whose movement is in them."""
    return LICENCE + (_CAPTURED if captured else _SYNTHETIC) + (_RECORDED if recorded else "")


class DatasetIdentity(Part):
    """Digests that show whether two datasets are equal, or at least keep the same persons out of training."""

    document_sha256: str
    """sha256 of ``dataset.json``, which lists the hash of every shard: equal digests mean equal bytes."""
    synthesis_digest: str
    """Digest of the recipe's ``[synthesis]`` table."""
    sensor_sha256: str
    seed: int
    splits_sha256: str
    """Digest of the subject ids in every part of the split."""
    subjects: dict[Split, int]
    sequences: int
    samples: int

    @classmethod
    def of(cls, folder: Path) -> "DatasetIdentity":
        """Return the identity of the dataset in a folder.

        Raises:
            InputDataError: no dataset, or its document or manifest is damaged.
        """
        document = read_dataset(folder)
        return cls(
            document_sha256=sha256_file(folder / DATASET_NAME),
            synthesis_digest=read_document(StageManifest, folder / MANIFEST_NAME).config_digest,
            sensor_sha256=document.sensor_sha256,
            seed=document.seed,
            splits_sha256=config_digest({name: list(ids) for name, ids in document.splits.items()}),
            subjects={name: len(ids) for name, ids in document.splits.items()},
            sequences=document.sequences,
            samples=document.samples,
        )


class PretrainedDocument(Document):
    """``<name>.json`` beside ``<name>.safetensors``."""

    schema_name: Literal["qleap.pretrained"] = "qleap.pretrained"
    schema_version: Literal[2] = 2
    name: Name
    licence: str
    """Licence of the weights, and whose movement is in them."""
    weights_sha256: str
    weights_bytes: int
    weights_precision: Literal["float16"] = "float16"
    """Precision of the parameters; the buffers (statistics, erasure) are float32."""
    checkpoint: CheckpointDocument
    """The card that the training wrote; its ``weights_sha256`` is that of the float32 weights."""
    dataset: DatasetIdentity
    """The dataset that it was trained on."""
    inputs: dict[str, str]
    """Digests of what the training read: ``dataset``, and if given ``initial``, the first weights, and ``recorded``, the
    windows of real recordings."""
    training_digest: str
    """Digest of the recipe's ``[model]`` and ``[training]`` tables."""
    code_digest: str
    """Digest of the package's sources that trained it."""
    revision: str
    """Git revision of the code that trained it."""
    tools: dict[str, str]
    """Versions of Python and the libraries that trained it."""
    rounding: tuple[Measurement, ...]
    """What the rounding to float16 changed, on test windows."""
    measurement_hop: int
    """Steps between the beginnings of two windows behind ``measurements``."""
    measurements: tuple[Measurement, ...]
    """Figures of these weights on the test persons of ``dataset``, who were kept out of training."""


def read_checkpoint_files(files: CheckpointFiles) -> tuple[PretrainedDocument, bytes]:
    """Return the card and the bytes of the weights.

    Raises:
        InputDataError: the card cannot be read.
        SchemaMismatch: the card has another schema or version.
        AlteredFile: the weights' hash is not the one in the card, or the card is that of another checkpoint.
    """
    card = read_document(PretrainedDocument, files.card)
    if card.name != files.name:
        raise AlteredFile(
            "the card is that of another checkpoint",
            where=files.card,
            expected=files.name,
            got=card.name,
            next_step="reinstall qleap-edge",
        )
    verify_sha256(files.weights, card.weights_sha256, next_step="reinstall qleap-edge")
    return card, files.weights.read_bytes()
