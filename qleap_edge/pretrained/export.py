"""Export a finished checkpoint folder as the two files that ship. Equal inputs give equal bytes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError

from qleap_edge.core.errors import CheckFailed, InputDataError, UsageError
from qleap_edge.core.manifest import MANIFEST_NAME, StageManifest, digest_of, sha256_bytes, verify_files
from qleap_edge.core.output_paths import FileKind, json_document, require_output_folder, require_replaceable_file
from qleap_edge.core.records import read_document, write_atomically
from qleap_edge.dataset.document import read_dataset
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.evaluate import Source, evaluate
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import BATCH, network_outputs
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.model.networks import network_of
from qleap_edge.pretrained.card import DatasetIdentity, Name, PretrainedDocument, licence_of
from qleap_edge.pretrained.half_precision import half_weights, rounding_measurements, weights_image
from qleap_edge.pretrained.registry import CheckpointFiles
from qleap_edge.training.checkpoint import CheckpointDocument, load_hdt

OnWindow = Callable[[int, int], None]
LARGEST_BYTES = 14_000_000
_THREADS = 2  # fixed, because the order of a float sum depends on it


def export_checkpoint(
    checkpoint: Path, data: Path, name: str, out: Path, *, hop: int, on_window: OnWindow | None = None
) -> PretrainedDocument:
    """Write ``<name>.safetensors`` and ``<name>.json``.

    Args:
        checkpoint: a finished checkpoint folder.
        data: the dataset that it was trained on; it is measured on the test persons of that dataset.
        name: name of the files, and the value of a recipe's ``model.pretrained``.
        out: folder to write to; it may hold other checkpoints.
        hop: steps between the beginnings of two windows that it is measured on.
        on_window: called with the number of measured windows and the number of all windows.

    Raises:
        UsageError: the name is not usable, or something else than an earlier files of files lies there under this name.
        InputDataError: no checkpoint of the product's network, not its dataset, a damaged file, or weights beyond float16.
        CheckFailed: float16 changes the outputs too much, or the file is larger than may ship.
    """
    _require_name(name)
    files = CheckpointFiles.within(out, name)
    require_output_folder(out)
    _require_replaceable(files)
    make_deterministic(_THREADS)
    network, card = load_hdt(checkpoint)
    made_by = _manifest(checkpoint)
    _require_training_dataset(card, checkpoint, data)
    state = half_weights(network)
    image = weights_image(state)
    if len(image) > LARGEST_BYTES:
        raise CheckFailed(
            "the weights are too large to ship",
            where=checkpoint,
            expected=f"at most {LARGEST_BYTES:,} bytes",
            got=f"{len(image):,} bytes",
        )
    rounded = network_of(card.config, blind=card.blind)
    rounded.load_state_dict(state)
    rounded.eval()
    document = PretrainedDocument(
        name=name,
        licence=licence_of(captured=_captured(data), recorded="recorded" in made_by.inputs),
        weights_sha256=sha256_bytes(image),
        weights_bytes=len(image),
        checkpoint=card,
        dataset=DatasetIdentity.of(data),
        inputs=made_by.inputs,
        training_digest=made_by.config_digest,
        code_digest=made_by.code_digest,
        revision=made_by.revision,
        tools=made_by.tools,
        rounding=rounding_measurements(network, rounded, data),
        measurement_hop=hop,
        measurements=_measured(rounded, checkpoint, data, hop, on_window),
    )
    _require_replaceable(files)
    write_atomically(files.weights, image)
    document.write(files.card)
    return document


def _captured(data: Path) -> bool:
    """Return whether a dataset holds motion of captured people."""
    return any("captured" in name for name in read_dataset(data).regimes)


def _require_replaceable(files: CheckpointFiles) -> None:
    """Refuse names that something else has; weights are an earlier output if the card beside them is one."""
    card = json_document(PretrainedDocument, "the card of an earlier export")
    require_replaceable_file(files.card, card)
    weights = FileKind("the weights of an earlier export", lambda _: card.recognises(files.card))
    require_replaceable_file(files.weights, weights)


def _require_name(name: str) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError as problem:
        raise UsageError(
            "not a name for a checkpoint",
            expected="lower-case letters, digits and hyphens, such as hdt-base",
            got=repr(name),
            next_step="check --name",
        ) from problem


def _manifest(checkpoint: Path) -> StageManifest:
    """Return the manifest of the checkpoint's stage, after checking all of its files."""
    manifest = read_document(StageManifest, checkpoint / MANIFEST_NAME)
    verify_files(checkpoint, manifest.files)
    if "pretrained" in manifest.inputs:
        raise InputDataError(
            "the checkpoint was not trained but installed from a shipped one",
            where=checkpoint,
            next_step="export the checkpoint that a training made",
        )
    return manifest


def _require_training_dataset(card: CheckpointDocument, checkpoint: Path, data: Path) -> None:
    """Refuse any other dataset: its test persons may be among those that this network was trained on."""
    got = digest_of(data)
    if got != card.dataset_sha256:
        raise InputDataError(
            "not the dataset that the checkpoint was trained on",
            where=data,
            expected=f"digest {card.dataset_sha256}, as {checkpoint} says",
            got=f"digest {got}",
            next_step="give the dataset's folder as the training read it; a dataset made again has another manifest",
        )


def _measured(
    network: torch.nn.Module, checkpoint: Path, data: Path, hop: int, on_window: OnWindow | None
) -> tuple[Measurement, ...]:
    """Return the figures of a release on the test persons, a batch at a time."""
    truth, priors = GroundTruth.read(data, "test", hop), NoSensorBaselines.fit(data)

    def batches() -> Iterator[ModelOutputs]:
        for first in range(0, len(truth), BATCH):
            imu = truth.cut(truth.imu, slice(first, first + BATCH))
            yield network_outputs(network, imu)
            if on_window is not None:
                on_window(first + len(imu), len(truth))

    source = Source("checkpoint", checkpoint)
    return evaluate(batches(), truth, priors, source=source, data=data).document.measurements
