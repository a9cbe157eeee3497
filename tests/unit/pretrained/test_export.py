"""The exported checkpoint: half of the bytes, the same poses, and a card with its training and figures."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from qleap_edge.core.errors import AlteredFile, CheckFailed, InputDataError, UsageError
from qleap_edge.core.manifest import MANIFEST_NAME, digest_of, sha256_file
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.pretrained import export, half_precision
from qleap_edge.pretrained.card import PretrainedDocument
from qleap_edge.pretrained.export import export_checkpoint
from qleap_edge.pretrained.half_precision import half_weights, rounding_measurements
from qleap_edge.pretrained.install import install_pretrained, unpack_pretrained
from qleap_edge.training.checkpoint import WEIGHTS_NAME, load_checkpoint
from tests.support.micro import Micro
from tests.unit.pretrained.conftest import HOP, NAME


@pytest.fixture(scope="module")
def card(exported: Path) -> PretrainedDocument:
    return read_document(PretrainedDocument, exported / f"{NAME}.json")


def test_parameters_are_rounded_to_half_and_buffers_stay(exported: Path, micro: Micro) -> None:
    ours, theirs = load_file(exported / f"{NAME}.safetensors"), load_file(micro.stages["train"] / WEIGHTS_NAME)
    network, _ = load_checkpoint(micro.stages["train"])
    parameters = {name for name, _ in network.named_parameters()}
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        expected = tensor.astype(np.float16) if name in parameters else tensor
        assert ours[name].dtype == expected.dtype
        np.testing.assert_array_equal(ours[name], expected)


def test_the_card_names_weights_dataset_and_training(card: PretrainedDocument, exported: Path, micro: Micro) -> None:
    weights, data = exported / f"{NAME}.safetensors", micro.stages["synthesize"]
    assert (card.weights_sha256, card.weights_bytes) == (sha256_file(weights), weights.stat().st_size)
    assert card.checkpoint == load_checkpoint(micro.stages["train"])[1]
    assert card.checkpoint.dataset_sha256 == digest_of(data)
    assert card.dataset.document_sha256 == sha256_file(data / "dataset.json")
    made_by = json.loads((micro.stages["train"] / MANIFEST_NAME).read_text())
    assert (card.revision, card.training_digest) == (made_by["revision"], made_by["config_digest"])
    assert card.inputs == made_by["inputs"] == {"dataset": digest_of(data)}
    assert card.dataset.synthesis_digest == json.loads((data / MANIFEST_NAME).read_text())["config_digest"]
    assert card.dataset.subjects == {"train": 14, "validation": 2, "calibration": 20, "test": 4}
    assert card.licence == "Apache-2.0. Trained on synthetic persons."
    assert str(micro.root) not in (exported / f"{NAME}.json").read_text()


def test_the_figures_are_those_of_the_shipped_weights(
    card: PretrainedDocument, shipped: Path, micro: Micro, tmp_path: Path
) -> None:
    unpack_pretrained(NAME, tmp_path / "placed")
    test = load_windows(micro.stages["synthesize"], "test", HOP)

    def error_mm(checkpoint: Path) -> float:
        pose = network_outputs(load_checkpoint(checkpoint)[0], test.imu).pose
        return float(np.linalg.norm(pose - test.pose, axis=-1)[:, :, 1:].mean() * 1750.0)

    said = {row.name: row for row in (*card.measurements, *card.rounding)}
    ours, full = error_mm(tmp_path / "placed"), error_mm(micro.stages["train"])
    assert said["pose.mpjpe"].value == pytest.approx(ours, rel=1e-5)
    assert said["pose.mpjpe"].interval is not None and said["pose.mpjpe"].baseline is not None
    assert said["pose.mpjpe"].subjects == 4
    change = said["float16.mpjpe_change"].value
    assert change == pytest.approx(ours - full, abs=1e-3) and change != 0.0
    assert 0.0 < said["float16.pose_drift_mean"].value < said["float16.pose_drift_p99"].value < 1.0
    assert 0.0 < said["float16.log_variance_change_mean"].value < 0.01


def test_equal_inputs_give_equal_bytes(exported: Path, micro: Micro, tmp_path: Path) -> None:
    """From copies elsewhere, beside another checkpoint, which stays."""
    checkpoint = Path(shutil.copytree(micro.stages["train"], tmp_path / "elsewhere" / "other"))
    data = Path(shutil.copytree(micro.stages["synthesize"], tmp_path / "data"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "other.json").write_text("{}")
    calls: list[tuple[int, int]] = []
    export_checkpoint(checkpoint, data, NAME, tmp_path / "out", hop=HOP, on_window=lambda *done: calls.append(done))
    assert calls[-1][0] == calls[-1][1] > 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"{NAME}.json", f"{NAME}.safetensors", "other.json",
    }  # fmt: skip
    for path in exported.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("value", [1e5, -7e4, float("nan")])
def test_a_weight_beyond_half_is_named(micro: Micro, value: float) -> None:
    network, _ = load_checkpoint(micro.stages["train"])
    with torch.no_grad():
        network.exercise.weight[0, 0] = value
    with pytest.raises(InputDataError, match=r"'exercise\.weight'.*float16.*65504"):
        half_weights(network)


@pytest.mark.parametrize(
    ("name", "bound", "words"),
    [("_MPJPE_BOUND_MM", 1e-9, "position error"), ("_LOG_VARIANCE_BOUND", 1e-9, "log variance")],
)
def test_too_large_a_change_is_refused(
    name: str, bound: float, words: str, micro: Micro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(half_precision, name, bound)
    with pytest.raises(CheckFailed, match=words):
        export_checkpoint(micro.stages["train"], micro.stages["synthesize"], NAME, tmp_path / "out", hop=HOP)
    assert not (tmp_path / "out").exists()


def test_another_network_is_no_rounding(micro: Micro) -> None:
    """The real bounds, against a network with other outputs."""
    full, other = (load_checkpoint(micro.stages["train"])[0] for _ in range(2))
    with torch.no_grad():
        other.gaussian.mean += 0.002
    with pytest.raises(CheckFailed, match="position error"):
        rounding_measurements(full, other, micro.stages["synthesize"])
    with torch.no_grad():
        other.gaussian.mean.fill_(float("nan"))
    with pytest.raises(CheckFailed, match="got nan"):
        rounding_measurements(full, other, micro.stages["synthesize"])


def test_too_large_a_file_is_refused(micro: Micro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "LARGEST_BYTES", 1000)
    with pytest.raises(CheckFailed, match="1,000 bytes"):
        export_checkpoint(micro.stages["train"], micro.stages["synthesize"], NAME, tmp_path / "out", hop=HOP)


@pytest.mark.parametrize("name", ["", "../up", "Base", "a/b", "a.b", "-a"])
def test_a_name_that_is_no_file_name(name: str, micro: Micro, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--name"):
        export_checkpoint(micro.stages["train"], micro.stages["synthesize"], name, tmp_path, hop=HOP)


def test_any_other_dataset_is_refused(micro: Micro, tmp_path: Path) -> None:
    """Also the same shards under another manifest: the checkpoint names the digest of one folder."""
    data = Path(shutil.copytree(micro.stages["synthesize"], tmp_path / "data"))
    manifest = json.loads((data / MANIFEST_NAME).read_text())
    (data / MANIFEST_NAME).write_text(json.dumps(manifest | {"revision": "other"}))
    with pytest.raises(InputDataError, match="not the dataset that the checkpoint was trained on"):
        export_checkpoint(micro.stages["train"], data, NAME, tmp_path / "out", hop=HOP)


def test_an_altered_checkpoint_is_refused(micro: Micro, tmp_path: Path) -> None:
    checkpoint = Path(shutil.copytree(micro.stages["train"], tmp_path / "checkpoint"))
    (checkpoint / "history.jsonl").write_text("{}")
    with pytest.raises(AlteredFile, match=r"history\.jsonl"):
        export_checkpoint(checkpoint, micro.stages["synthesize"], NAME, tmp_path / "out", hop=HOP)


def test_an_installed_checkpoint_is_not_exported_again(
    micro: Micro, installing: Recipe, shipped: Path, tmp_path: Path
) -> None:
    install_pretrained(installing, micro.stages["synthesize"], tmp_path / "installed")
    with pytest.raises(InputDataError, match="not trained but installed"):
        export_checkpoint(tmp_path / "installed", micro.stages["synthesize"], "again", tmp_path / "out", hop=HOP)
