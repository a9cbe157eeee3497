"""A shipped checkpoint in place of a training, and everything that it is refused for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from qleap_edge.core.errors import AlteredFile, InputDataError, SchemaMismatch, UsageError
from qleap_edge.core.manifest import MANIFEST_NAME, StageManifest, sha256_file, verify_files
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.simulate import subject_of
from qleap_edge.pretrained.install import PRETRAINED_NAME, PROVENANCE_NAME, ProvenanceDocument, install_pretrained
from qleap_edge.pretrained.registry import shipped_names
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME, load_checkpoint, load_hdt
from tests.support.command import flip_byte, tree
from tests.support.micro import Micro
from tests.unit.pretrained.conftest import NAME, with_model


@pytest.fixture
def data(micro: Micro, tmp_path: Path) -> Path:
    """Return a dataset whose documents a test may change."""
    return Path(shutil.copytree(micro.stages["synthesize"], tmp_path / "data"))


def edit(path: Path, change: Callable[[dict], None]) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def test_the_folder_is_a_checkpoint(shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path) -> None:
    data = micro.stages["synthesize"]
    provenance = install_pretrained(installing, data, tmp_path / "out")
    assert provenance.same_dataset and provenance.same_training and len(provenance.notes) == 2
    assert "Not trained here" in provenance.notes[0] and "byte for byte" in provenance.notes[1]
    assert read_document(ProvenanceDocument, tmp_path / "out" / PROVENANCE_NAME) == provenance
    assert (tmp_path / "out" / WEIGHTS_NAME).read_bytes() == (shipped / f"{NAME}.safetensors").read_bytes()
    assert (tmp_path / "out" / PRETRAINED_NAME).read_bytes() == (shipped / f"{NAME}.json").read_bytes()
    manifest = read_document(StageManifest, tmp_path / "out" / MANIFEST_NAME)
    verify_files(tmp_path / "out", manifest.files)
    assert manifest.inputs["pretrained"] == sha256_file(shipped / f"{NAME}.safetensors")
    assert set(manifest.inputs) == {"dataset", "pretrained", "pretrained_card"}

    network, card = load_hdt(tmp_path / "out")
    trained, original = load_checkpoint(micro.stages["train"])
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    assert card == original.model_copy(update={"weights_sha256": card.weights_sha256})
    imu = load_windows(data, "test", 100).imu[:4]
    ours, theirs = network_outputs(network, imu), network_outputs(trained, imu)
    np.testing.assert_allclose(ours.pose, theirs.pose, atol=1e-3)
    assert not np.array_equal(ours.pose, theirs.pose)


def test_installing_twice_gives_equal_bytes(shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path) -> None:
    for name in ("one", "two"):
        install_pretrained(installing, micro.stages["synthesize"], tmp_path / name)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_other_bytes_of_the_same_recipe_are_noted(
    shipped: Path, installing: Recipe, data: Path, tmp_path: Path
) -> None:
    """What another kind of processor makes: other shards, so another document, and all else equal."""
    edit(data / "dataset.json", lambda document: document["shards"][0].update(sha256="0" * 64))
    provenance = install_pretrained(installing, data, tmp_path / "out")
    assert not provenance.same_dataset and provenance.same_training
    assert "another processor or version" in provenance.notes[1] and "kept out of training" in provenance.notes[1]


def test_another_synthesis_table_is_noted(shipped: Path, installing: Recipe, data: Path, tmp_path: Path) -> None:
    edit(data / MANIFEST_NAME, lambda manifest: manifest.update(config_digest="0" * 64))
    edit(data / "dataset.json", lambda document: document.update(samples=1))
    provenance = install_pretrained(installing, data, tmp_path / "out")
    assert not provenance.same_dataset and "another [synthesis] table" in provenance.notes[1]


def test_a_training_table_that_was_not_is_noted(
    shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path
) -> None:
    other = Recipe.model_validate(
        installing.model_dump() | {"training": installing.model_dump()["training"] | {"epochs": 3}}
    )
    provenance = install_pretrained(other, micro.stages["synthesize"], tmp_path / "out")
    assert provenance.same_dataset and not provenance.same_training and "[training]" in provenance.notes[2]


def swap_a_person(document: dict) -> None:
    parts = document["splits"]
    parts["train"][0], parts["test"][0] = parts["test"][0], parts["train"][0]


def test_persons_who_may_have_been_trained_on_are_refused(
    shipped: Path, installing: Recipe, data: Path, tmp_path: Path
) -> None:
    edit(data / "dataset.json", swap_a_person)
    with pytest.raises(InputDataError, match=r"another split.*may have been trained on"):
        install_pretrained(installing, data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_dataset_of_another_seed_has_other_persons(
    shipped: Path, installing: Recipe, data: Path, tmp_path: Path
) -> None:
    edit(data / "dataset.json", swap_a_person)
    edit(data / "dataset.json", lambda document: document.update(seed=document["seed"] + 1))
    provenance = install_pretrained(installing, data, tmp_path / "out")
    assert (
        not provenance.same_dataset and "another seed: no person of this dataset is among them" in provenance.notes[1]
    )
    ours, theirs = (subject_of(seed, 0, RELEASE) for seed in (1, 2))
    assert (ours.stature_m, ours.mass_kg) != (theirs.stature_m, theirs.mass_kg), "one id, two persons"


@pytest.mark.parametrize(("key", "value"), [("preset", "base"), ("blind", True)])
def test_another_network_is_refused(
    key: str, value: object, shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=rf"model\.{key}.*leave model\.pretrained out"):
        install_pretrained(with_model(installing, **{key: value}), micro.stages["synthesize"], tmp_path / "out")


def test_sizes_of_another_version_are_refused(shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path) -> None:
    edit(shipped / f"{NAME}.json", lambda card: card["checkpoint"]["config"].update(pose_hidden=64))
    with pytest.raises(InputDataError, match="other sizes than preset 'tiny'"):
        install_pretrained(installing, micro.stages["synthesize"], tmp_path / "out")


@pytest.mark.parametrize("name", ["hdt-nano", "../registry/hdt-micro", ""])
def test_an_unknown_name_lists_what_ships(
    name: str, shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path
) -> None:
    (shipped / "README.md").write_text("no checkpoint")
    assert shipped_names() == (NAME,)
    with pytest.raises(UsageError, match=f"one of: {NAME}; got {name!r}"):
        install_pretrained(with_model(installing, pretrained=name), micro.stages["synthesize"], tmp_path / "out")


def test_an_empty_registry_is_refused(shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path) -> None:
    shutil.rmtree(shipped)
    with pytest.raises(UsageError, match="this version ships none"):
        install_pretrained(installing, micro.stages["synthesize"], tmp_path / "out")


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_a_missing_file_is_named(suffix: str, shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path) -> None:
    (shipped / f"{NAME}.{suffix}").unlink()
    with pytest.raises(InputDataError, match=rf"{NAME}\.{suffix}.*reinstall"):
        install_pretrained(installing, micro.stages["synthesize"], tmp_path / "out")


@pytest.mark.parametrize("position", [0, None, -1])
def test_one_flipped_byte_in_the_weights(
    position: int | None, shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path
) -> None:
    flip_byte(shipped / f"{NAME}.safetensors", position)
    with pytest.raises(AlteredFile, match=rf"{NAME}\.safetensors"):
        install_pretrained(installing, micro.stages["synthesize"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_card_of_another_checkpoint(shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path) -> None:
    edit(shipped / f"{NAME}.json", lambda card: card.update(name="hdt-other"))
    with pytest.raises(AlteredFile, match="another checkpoint"):
        install_pretrained(installing, micro.stages["synthesize"], tmp_path / "out")


def test_a_card_of_another_version(shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path) -> None:
    edit(shipped / f"{NAME}.json", lambda card: card.update(schema_version=1))
    with pytest.raises(SchemaMismatch, match=rf"{NAME}\.json"):
        install_pretrained(installing, micro.stages["synthesize"], tmp_path / "out")


def test_an_installed_folder_that_is_altered_does_not_load(
    shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path
) -> None:
    install_pretrained(installing, micro.stages["synthesize"], tmp_path / "out")
    flip_byte(tmp_path / "out" / WEIGHTS_NAME)
    with pytest.raises(AlteredFile):
        load_checkpoint(tmp_path / "out")
    assert (tmp_path / "out" / CARD_NAME).is_file()
