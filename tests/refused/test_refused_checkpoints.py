"""Damaged and foreign checkpoints: each refused by its named error, which names the file, with exit code 3."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from qleap_edge.conversion.coreml import convert
from qleap_edge.core.errors import AlteredFile, InputDataError, SchemaMismatch
from qleap_edge.core.manifest import sha256_file
from qleap_edge.core.recipe import ConversionTable
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME, load_checkpoint
from tests.support.micro import Micro


@pytest.fixture
def checkpoint(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.stages["train"], tmp_path / "checkpoint"))


def edit_card(checkpoint: Path, change: Callable[[dict], None]) -> None:
    path = checkpoint / CARD_NAME
    card = json.loads(path.read_text())
    change(card)
    path.write_text(json.dumps(card))


def vouch(checkpoint: Path) -> None:
    """Make the card describe the weights as they are now."""
    edit_card(checkpoint, lambda card: card.update(weights_sha256=sha256_file(checkpoint / WEIGHTS_NAME)))


def refused(checkpoint: Path, error: type[InputDataError], *said: str) -> None:
    with pytest.raises(error) as caught:
        load_checkpoint(checkpoint)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    for part in said:
        assert part in str(caught.value)


@pytest.mark.parametrize("version", [0, 1, 3, "2", None, True])
def test_another_version(checkpoint: Path, version: object) -> None:
    edit_card(checkpoint, lambda card: card.update(schema_version=version))
    refused(checkpoint, SchemaMismatch, CARD_NAME, "schema_version", "expected 2", f"got {version!r}")


def test_another_kind_of_document(checkpoint: Path, micro: Micro) -> None:
    shutil.copyfile(micro.stages["synthesize"] / "dataset.json", checkpoint / CARD_NAME)
    refused(checkpoint, SchemaMismatch, CARD_NAME, "qleap.checkpoint", "qleap.dataset")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00junk", b"{", b"[1]", b'"text"'])
def test_a_card_that_is_no_card(checkpoint: Path, content: bytes) -> None:
    (checkpoint / CARD_NAME).write_bytes(content)
    refused(checkpoint, InputDataError, CARD_NAME)


@pytest.mark.parametrize("key", ["config", "weights_sha256", "trained_exercises"])
def test_a_key_is_missing(checkpoint: Path, key: str) -> None:
    edit_card(checkpoint, lambda card: card.pop(key))
    refused(checkpoint, InputDataError, CARD_NAME, f"key '{key}'")


def test_an_exercise_nobody_knows(checkpoint: Path) -> None:
    edit_card(checkpoint, lambda card: card.update(trained_exercises=["squat", "burpee"]))
    refused(checkpoint, InputDataError, CARD_NAME, "trained_exercises.1", "burpee")


@pytest.mark.parametrize("name", [CARD_NAME, WEIGHTS_NAME])
def test_a_file_is_missing(checkpoint: Path, name: str) -> None:
    (checkpoint / name).unlink()
    refused(checkpoint, InputDataError, name)


def test_no_folder_at_all(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", InputDataError, "nowhere")


@pytest.mark.parametrize("position", [0, 9, 0.5, -1])
def test_one_flipped_byte_in_the_weights(checkpoint: Path, position: float) -> None:
    path = checkpoint / WEIGHTS_NAME
    data = bytearray(path.read_bytes())
    data[int(position * len(data)) if isinstance(position, float) else position] ^= 1
    path.write_bytes(bytes(data))
    refused(checkpoint, AlteredFile, WEIGHTS_NAME, "sha256")


@pytest.mark.parametrize("content", [b"", b"\x08\x00\x00\x00\x00\x00\x00\x00{}", bytes(range(256)) * 9])
def test_vouched_junk(checkpoint: Path, content: bytes) -> None:
    (checkpoint / WEIGHTS_NAME).write_bytes(content)
    vouch(checkpoint)
    refused(checkpoint, InputDataError, WEIGHTS_NAME)


def test_vouched_truncation(checkpoint: Path) -> None:
    path = checkpoint / WEIGHTS_NAME
    path.write_bytes(path.read_bytes()[:-4])
    vouch(checkpoint)
    refused(checkpoint, InputDataError, WEIGHTS_NAME)


@pytest.mark.parametrize("how", ["missing", "extra", "shape"])
def test_weights_that_do_not_fit_the_configuration(checkpoint: Path, how: str) -> None:
    path = checkpoint / WEIGHTS_NAME
    tensors = load_file(path)
    name = "what.layers.0.weight"
    if how == "missing":
        del tensors[name]
    elif how == "extra":
        tensors["stranger"] = torch.zeros(1)
    else:
        tensors[name] = tensors[name][:-1].contiguous()
    save_file(tensors, path)
    vouch(checkpoint)
    refused(checkpoint, InputDataError, WEIGHTS_NAME, "tiny", "stranger" if how == "extra" else name)


def test_a_configuration_that_is_not_that_of_the_weights(checkpoint: Path) -> None:
    edit_card(checkpoint, lambda card: card["config"].update(pose_hidden=64))
    refused(checkpoint, InputDataError, WEIGHTS_NAME, "pose_decoder")


@pytest.mark.parametrize(
    ("key", "value"), [("heads", 0), ("heads", 5), ("d_model", -8), ("layers", 0), ("conv_strides", [1, 3, 2])]
)
def test_a_configuration_no_network_can_have(checkpoint: Path, key: str, value: object) -> None:
    edit_card(checkpoint, lambda card: card["config"].update({key: value}))
    refused(checkpoint, InputDataError, CARD_NAME, "key 'config")


def test_conversion_refuses_it_too_and_leaves_nothing(checkpoint: Path, tmp_path: Path) -> None:
    edit_card(checkpoint, lambda card: card.update(schema_version=3))
    with pytest.raises(SchemaMismatch, match=CARD_NAME):
        convert(checkpoint, tmp_path / "out", ConversionTable(), 1)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
