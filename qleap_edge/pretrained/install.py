"""Install a shipped checkpoint in place of a training: the folder that a training makes, and a document of its provenance."""

from pathlib import Path
from typing import Literal

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import config_digest, new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import Document, write_atomically
from qleap_edge.model.networks import network_config
from qleap_edge.pretrained.card import DatasetIdentity, PretrainedDocument, read_checkpoint_files
from qleap_edge.pretrained.registry import CheckpointFiles, shipped_checkpoint
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME

PRETRAINED_NAME, PROVENANCE_NAME = "pretrained.json", "provenance.json"
_STAGE = "train"  # what it takes the place of


class ProvenanceDocument(Document):
    """``provenance.json`` of a checkpoint folder whose weights were installed and not trained there."""

    schema_name: Literal["qleap.checkpoint_provenance"] = "qleap.checkpoint_provenance"
    schema_version: Literal[1] = 1
    name: str
    """Name of the shipped checkpoint."""
    same_dataset: bool
    """The dataset of this run is byte for byte the one that the checkpoint was trained on."""
    same_training: bool
    """The recipe's ``[model]`` and ``[training]`` are equal to those that the checkpoint was trained with."""
    notes: tuple[str, ...]
    """The same in sentences, for the report."""


def install_pretrained(recipe: Recipe, data: Path, out: Path) -> ProvenanceDocument:
    """Make the checkpoint folder of a recipe from the shipped checkpoint that it names, without training.

    Args:
        recipe: its ``model.pretrained`` names the checkpoint.
        data: the dataset that the release calibrates and measures it on.
        out: the checkpoint folder to make.

    Raises:
        UsageError: none has this name, it is of another preset than the recipe wants, or ``out`` holds something else than an
            earlier checkpoint.
        InputDataError: a shipped file is missing or altered; or the dataset may test with persons it was trained on.
    """
    require_replaceable(out, stage_folder(_STAGE))
    files = shipped_checkpoint(str(recipe.model.pretrained))
    card, image = read_checkpoint_files(files)
    _require_network_of(card, recipe)
    provenance = _compare(card, recipe, data)
    with new_folder(out, stage_folder(_STAGE)) as folder:
        _fill(folder, card, image, files)
        provenance.write(folder / PROVENANCE_NAME)
        write_stage_manifest(
            folder,
            stage=_STAGE,
            inputs={"dataset": data, **files.inputs()},
            config=recipe.training_config(),
            seed=recipe.seed,
        )
    return provenance


def unpack_pretrained(name: str, out: Path) -> None:
    """Make a checkpoint folder from a shipped checkpoint, for commands that need only the network.

    Raises:
        UsageError: no shipped checkpoint has this name.
        InputDataError: a shipped file is missing or altered.
    """
    files = shipped_checkpoint(name)
    card, image = read_checkpoint_files(files)
    with new_folder(out, stage_folder(_STAGE)) as folder:
        _fill(folder, card, image, files)


def _fill(folder: Path, card: PretrainedDocument, image: bytes, files: CheckpointFiles) -> None:
    """Write the weights and both cards; the weights stay float16 and become float32 when they are loaded."""
    write_atomically(folder / WEIGHTS_NAME, image)
    card.checkpoint.model_copy(update={"weights_sha256": card.weights_sha256}).write(folder / CARD_NAME)
    write_atomically(folder / PRETRAINED_NAME, files.card.read_bytes())


def _require_network_of(card: PretrainedDocument, recipe: Recipe) -> None:
    checkpoint, wanted = card.checkpoint, recipe.model
    for key, ours, theirs in (
        ("preset", wanted.preset, checkpoint.preset),
        ("blind", wanted.blind, checkpoint.blind),
    ):
        if ours != theirs:
            raise UsageError(
                f"the shipped checkpoint {card.name!r} is another network than the recipe's",
                where=f"recipe {recipe.name!r}, key 'model.{key}'",
                expected=repr(theirs),
                got=repr(ours),
                next_step=f"set model.{key} = {theirs!r}, or leave model.pretrained out to train",
            )
    if network_config(wanted.preset) != checkpoint.config:
        raise InputDataError(
            f"the shipped checkpoint has other sizes than preset {wanted.preset!r} of this version",
            where=f"shipped checkpoint {card.name!r}",
            expected=str(network_config(wanted.preset)),
            got=str(checkpoint.config),
            next_step="reinstall qleap-edge, or leave model.pretrained out to train",
        )


def _compare(card: PretrainedDocument, recipe: Recipe, data: Path) -> ProvenanceDocument:
    """Compare dataset and recipe with those of the training; refuse a dataset whose test persons may have been trained on."""
    here, there = DatasetIdentity.of(data), card.dataset
    if here.seed == there.seed and here.splits_sha256 != there.splits_sha256:
        raise InputDataError(
            "the dataset has the seed of the training, but another split: its test persons may have been trained on",
            where=data,
            expected=f"another seed than {there.seed}, or split {there.splits_sha256[:16]}",
            got=f"split {here.splits_sha256[:16]}",
            next_step="use another seed, or the subjects and split of the training, or leave model.pretrained out to train",
        )
    same_dataset = here.document_sha256 == there.document_sha256
    same_training = config_digest(recipe.from_scratch().training_config()) == card.training_digest
    notes = [f"Not trained here: the shipped checkpoint {card.name!r}, of revision {card.revision}."]
    notes.append(_dataset_note(here, there))
    if not same_training:
        notes.append(
            "The recipe's [model] and [training] differ from those that it was trained with, in a value or in a key. They "
            "have no effect here; pretrained.json says what it was trained with."
        )
    return ProvenanceDocument(
        name=card.name, same_dataset=same_dataset, same_training=same_training, notes=tuple(notes)
    )


def _dataset_note(here: DatasetIdentity, there: DatasetIdentity) -> str:
    if here.seed != there.seed:
        persons = there.subjects["train"]
        return f"It was trained on {persons} persons of a dataset with another seed: no person of this dataset is among them."
    unseen = "Seed and split are the same, so the persons who calibrate and test were kept out of training."
    if here.document_sha256 == there.document_sha256:
        return "The dataset is byte for byte the one it was trained on."
    if (here.synthesis_digest, here.sensor_sha256) == (there.synthesis_digest, there.sensor_sha256):
        return f"The dataset is of the same recipe, but another processor or version made it with other bytes. {unseen}"
    return f"The dataset is of another [synthesis] table or sensor than the one it was trained on. {unseen}"
