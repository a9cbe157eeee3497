"""A checkpoint on disk: weights as safetensors, everything else as JSON."""

from pathlib import Path
from typing import Literal

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.manifest import sha256_file, verify_sha256
from qleap_edge.core.records import Document, read_document, write_atomically
from qleap_edge.model.config import PRESETS
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.model.networks import NetworkConfig, PoseNetwork, network_of

WEIGHTS_NAME = "hdt.safetensors"
CARD_NAME = "checkpoint.json"


class CheckpointDocument(Document):
    """``checkpoint.json``: the network of the weights, and the training that made them."""

    schema_name: Literal["qleap.checkpoint"] = "qleap.checkpoint"
    schema_version: Literal[2] = 2
    preset: str
    """Name of the network's sizes."""
    blind: bool
    """The network was trained with the mean input instead of the real one."""
    config: NetworkConfig
    """The network's sizes."""
    parameters: int
    """Number of trained parameters."""
    trained_exercises: tuple[Exercise, ...]
    """Exercises in the training windows."""
    epochs: int
    """Number of epochs that were trained."""
    best_epoch: int
    """The epoch whose weights these are: the one with the least validation loss."""
    seed: int
    """The recipe's."""
    precision: str
    """Precision of the products in training; the weights are float32, or float16 in a shipped checkpoint."""
    dataset_sha256: str
    """Digest of the dataset's folder."""
    weights_sha256: str
    """sha256 of the weights file."""
    validation_loss: float
    """Validation loss of the best epoch."""


def save_weights(network: nn.Module, path: Path) -> str:
    """Write the weights atomically and return their sha256; equal weights give equal bytes."""
    write_atomically(path, save({name: tensor.contiguous() for name, tensor in network.state_dict().items()}))
    return sha256_file(path)


def load_checkpoint(folder: Path) -> tuple[PoseNetwork, CheckpointDocument]:
    """Load a checkpoint in evaluation mode.

    Raises:
        InputDataError: the card is missing, or the weights do not fit the declared configuration.
        SchemaMismatch: another schema version.
        AlteredFile: the weights are missing or their hash is not the one in the card.
    """
    card = read_document(CheckpointDocument, folder / CARD_NAME)
    weights = folder / WEIGHTS_NAME
    verify_sha256(weights, card.weights_sha256, next_step="restore the file or train again")
    model = network_of(card.config, blind=card.blind)
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


def load_hdt(folder: Path) -> tuple[HybridDisentanglingTransformer, CheckpointDocument]:
    """Load a checkpoint that can be converted: of the product's network, not of one it is compared with.

    Raises:
        InputDataError: it holds another network; or as :func:`load_checkpoint`.
    """
    network, card = load_checkpoint(folder)
    if not isinstance(network, HybridDisentanglingTransformer):
        raise InputDataError(
            "the checkpoint holds a baseline", where=folder, expected=f"one of {', '.join(PRESETS)}", got=card.preset
        )
    return network, card
