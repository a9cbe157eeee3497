"""The stored outputs of the shipped package: the runtime's, lossless, and refused for anything else."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from qleap_edge.compression.document import chosen_package, package_path
from qleap_edge.compression.stored_outputs import OUTPUTS_NAME, PredictedWindows, read_outputs, write_outputs
from qleap_edge.core.contract import OUTPUT_NAMES
from qleap_edge.core.errors import AlteredFile, InputDataError
from qleap_edge.core.manifest import MANIFEST_NAME, StageManifest
from qleap_edge.core.records import read_document
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.package_outputs import package_outputs
from tests.support.micro import Micro
from tests.support.outputs import random_outputs

WINDOWS = PredictedWindows(package_sha256="a" * 64, dataset_sha256="b" * 64, split="test", hop=100)


def test_the_stage_holds_the_outputs_of_what_ships(micro: Micro) -> None:
    stage, data = micro.stages["compress"], micro.stages["synthesize"]
    package = chosen_package(stage)
    stored = read_outputs(stage / OUTPUTS_NAME, PredictedWindows.of(package, data, 100))
    wanted = package_outputs(package, load_windows(data, "test", 100).imu)
    assert stored is not None
    for name in OUTPUT_NAMES:
        np.testing.assert_array_equal(getattr(stored, name), getattr(wanted, name), err_msg=name)
        assert getattr(stored, name).dtype == np.float32
    manifest = read_document(StageManifest, stage / MANIFEST_NAME)
    assert OUTPUTS_NAME in {record.path for record in manifest.files}, "its hash is in the stage's manifest"
    assert not any(path.name == OUTPUTS_NAME for path in micro.bundle.rglob("*")), "no part of the bundle"


def test_half_precision_where_it_loses_nothing(tmp_path: Path) -> None:
    outputs = random_outputs(2)
    half = outputs.pose.astype(np.float16).astype(np.float32)
    outputs = dataclasses.replace(outputs, pose=half)
    write_outputs(tmp_path / "o.safetensors", outputs, WINDOWS)
    with safe_open(tmp_path / "o.safetensors", framework="numpy") as file:
        assert file.get_tensor("pose").dtype == np.float16 and file.get_tensor("form_logits").dtype == np.float32
    read = read_outputs(tmp_path / "o.safetensors", WINDOWS)
    assert read is not None
    for name in OUTPUT_NAMES:
        np.testing.assert_array_equal(getattr(read, name), getattr(outputs, name), err_msg=name)


def test_too_large_for_half_precision(tmp_path: Path) -> None:
    outputs = random_outputs(1)
    outputs = dataclasses.replace(outputs, pose=np.full_like(outputs.pose, 1e6))
    write_outputs(tmp_path / "o.safetensors", outputs, WINDOWS)
    read = read_outputs(tmp_path / "o.safetensors", WINDOWS)
    assert read is not None and read.pose.max() == 1e6


def test_equal_outputs_give_equal_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.unit.compression.test_stored_outputs import WINDOWS; "
        "from qleap_edge.compression.stored_outputs import write_outputs; from tests.support.outputs import random_outputs; "
        "write_outputs(Path(sys.argv[1]), random_outputs(2), WINDOWS)"
    )
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", program, str(tmp_path / name)], check=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_hop_is_not_refused_but_not_used(tmp_path: Path) -> None:
    write_outputs(tmp_path / "o.safetensors", random_outputs(1), WINDOWS)
    assert read_outputs(tmp_path / "o.safetensors", WINDOWS.model_copy(update={"hop": 10})) is None


@pytest.mark.parametrize("key", ["package_sha256", "dataset_sha256"])
def test_another_package_or_dataset_is_refused(key: str, tmp_path: Path) -> None:
    write_outputs(tmp_path / "o.safetensors", random_outputs(1), WINDOWS)
    other = WINDOWS.model_copy(update={key: "c" * 64, "hop": 10})
    with pytest.raises(AlteredFile, match=rf"key '{key}'.*expected {'c' * 64}; got ") as caught:
        read_outputs(tmp_path / "o.safetensors", other)
    assert "compress again" in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", b"junk" * 10, "torn"])
def test_a_file_that_cannot_be_read(content: bytes | str | None, tmp_path: Path) -> None:
    path = tmp_path / "o.safetensors"
    if content == "torn":
        write_outputs(path, random_outputs(1), WINDOWS)
        path.write_bytes(path.read_bytes()[:-1])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(InputDataError, match=r"o\.safetensors: cannot read the outputs") as caught:
        read_outputs(path, WINDOWS)
    assert caught.value.exit_code == 3


def test_the_windows_name_package_and_dataset(micro: Micro, tmp_path: Path) -> None:
    stage, data = micro.stages["compress"], micro.stages["synthesize"]
    a, b = (PredictedWindows.of(package_path(stage, name), data, 100) for name in ("float16", "int8_per_channel"))
    assert a.package_sha256 != b.package_sha256 and a.dataset_sha256 == b.dataset_sha256
    with pytest.raises(InputDataError, match="nowhere"):
        PredictedWindows.of(tmp_path / "nowhere", data, 100)
