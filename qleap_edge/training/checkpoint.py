"""A checkpoint on disk: weights as safetensors, everything else as JSON; the state for resuming lies elsewhere."""

import io
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from qleap_edge.core.errors import AlteredFile, InputDataError
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.manifest import sha256_file
from qleap_edge.core.records import Document, read_document, write_atomically
from qleap_edge.model.config import HDTConfig
from qleap_edge.model.hdt import HybridDisentanglingTransformer

WEIGHTS_NAME = "hdt.safetensors"
CARD_NAME = "checkpoint.json"


class CheckpointDocument(Document):
    """``checkpoint.json``: what the weights are and where they come from."""

    schema_name: Literal["qleap.checkpoint"] = "qleap.checkpoint"
    schema_version: Literal[1] = 1
    preset: str
    config: HDTConfig
    parameters: int
    trained_exercises: tuple[Exercise, ...]
    epochs: int
    best_epoch: int
    """The epoch whose weights these are: the one with the least validation loss."""
    seed: int
    dataset_sha256: str
    weights_sha256: str
    validation_loss: float


def save_weights(model: HybridDisentanglingTransformer, folder: Path) -> str:
    """Write the weights and return their sha256; equal weights give equal bytes."""
    path = folder / WEIGHTS_NAME
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path)
    path.chmod(0o644)
    return sha256_file(path)


def load_checkpoint(folder: Path) -> tuple[HybridDisentanglingTransformer, CheckpointDocument]:
    """Load a checkpoint in evaluation mode.

    Raises:
        InputDataError: a file is missing, or the weights do not fit the declared configuration.
        SchemaMismatch: another schema version.
        AlteredFile: the weights are not the ones the card describes.
    """
    card = read_document(CheckpointDocument, folder / CARD_NAME)
    weights = folder / WEIGHTS_NAME
    digest = sha256_file(weights)
    if digest != card.weights_sha256:
        raise AlteredFile(
            "the weights are not the ones the checkpoint describes",
            where=weights,
            expected=f"sha256 {card.weights_sha256}",
            got=digest,
            next_step="restore the file or train again",
        )
    model = HybridDisentanglingTransformer(card.config)
    try:
        model.load_state_dict(load_file(weights))
    except (RuntimeError, SafetensorError) as problem:
        raise InputDataError(
            "the weights do not fit the configuration in the card",
            where=weights,
            expected=f"tensors of preset {card.preset!r}",
            got=str(problem).splitlines()[-1].strip(),
            next_step="train again with this version",
        ) from problem
    return model.eval(), card


def save_resume_state(path: Path, state: dict[str, object]) -> None:
    """Write the training state atomically (tensors and primitives only)."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomically(path, buffer.getvalue())


def load_resume_state(path: Path, key: str) -> dict[str, object] | None:
    """Return the saved state if it belongs to the run identified by ``key``, else None.

    Raises:
        InputDataError: the file cannot be read.
    """
    if not path.is_file():
        return None
    try:
        state: dict[str, object] = torch.load(path, weights_only=True)
        found = state["key"]
    except Exception as problem:  # torch raises many kinds for a torn file; all mean the same here
        raise InputDataError(
            "the training state cannot be read",
            where=path,
            got=(str(problem).splitlines() or [type(problem).__name__])[0],
            next_step="delete it to start from the beginning",
        ) from problem
    return state if found == key else None
