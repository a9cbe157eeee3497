"""The saved package: it holds everything that an app developer reads, and no trace of the machine that made it."""

import getpass
import shutil
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest

from qleap_edge.bundle.assemble import bundle_name
from qleap_edge.conversion.canonical import SPEC_PATH
from qleap_edge.conversion.libraries import import_coremltools
from qleap_edge.core.contract import CONTRACT_NAME, ONNX_NAME, OUTPUT_NAMES, OUTPUTS, PACKAGE_NAME, ContractDocument
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.manifest import sha256_file
from qleap_edge.core.records import read_document
from tests.support.micro import Micro

REPOSITORY = Path(__file__).parents[3]
FLOAT32 = 65568  # ArrayFeatureType.FLOAT32 of Core ML's FeatureTypes.proto


@pytest.fixture(scope="module")
def conversion(micro: Micro) -> Path:
    return micro.stages["convert"]


@pytest.fixture(scope="module")
def spec(conversion: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the protobuf as coremltools reads it."""
    copy = shutil.copytree(conversion / PACKAGE_NAME, tmp_path_factory.mktemp("spec") / PACKAGE_NAME)
    return import_coremltools().utils.load_spec(str(copy))


def test_target_is_ios17_and_watchos10(spec: Any) -> None:
    assert spec.specificationVersion == 8
    assert list(spec.mlProgram.functions["main"].block_specializations) == ["CoreML7"]


def test_names_shapes_and_types_are_the_contract(spec: Any, conversion: Path) -> None:
    contract = read_document(ContractDocument, conversion / CONTRACT_NAME)
    for features, said in ((spec.description.input, contract.inputs), (spec.description.output, contract.outputs)):
        assert [feature.name for feature in features] == [item.name for item in said]
        for feature, item in zip(features, said, strict=True):
            assert tuple(feature.type.multiArrayType.shape) == item.shape
            assert feature.type.multiArrayType.dataType == FLOAT32
            assert feature.shortDescription == f"{item.description} Unit: {item.unit}."
    assert tuple(item.name for item in contract.outputs) == OUTPUT_NAMES == tuple(item.name for item in OUTPUTS)
    assert (contract.rate_hz, contract.window_steps, contract.hop_steps) == (50.0, 200, 10)
    assert (contract.input_frame, contract.input_arm, contract.padding) == ("C", "left", "none")


def test_units_are_in_the_model_itself(spec: Any) -> None:
    said = {item.name: item.shortDescription for item in [*spec.description.input, *spec.description.output]}
    assert "m/s^2" in said["imu"] and "rad/s" in said["imu"] and "50 Hz" in said["imu"]
    assert "body heights" in said["pose"] and "ln(body heights^2)" in said["pose_log_variance"]


def test_metadata_says_what_the_model_is(spec: Any, conversion: Path) -> None:
    metadata = spec.description.metadata
    assert (metadata.author, metadata.license) == ("QuantumLeap", "Apache-2.0")
    assert bundle_name().endswith(metadata.versionString)
    user = metadata.userDefined
    assert user["contract_sha256"] == sha256_file(conversion / CONTRACT_NAME)
    assert user["rate_hz"] == "50"
    assert user["exercises"].split(",") == list(EXERCISES)
    assert user["exercises_trained"] == "squat,walk,idle"


def test_only_trained_exercises_are_marked(conversion: Path) -> None:
    contract = read_document(ContractDocument, conversion / CONTRACT_NAME)
    assert [(item.id, item.name) for item in contract.exercises] == list(enumerate(EXERCISES))
    assert [item.name for item in contract.exercises if item.trained] == ["squat", "walk", "idle"]


@pytest.mark.parametrize("stage", ["convert", "compress", "bundle"])
def test_no_trace_of_the_machine(micro: Micro, stage: str) -> None:
    folder = micro.bundle if stage == "bundle" else micro.stages[stage]
    user = getpass.getuser()
    places = {Path.cwd(), Path.home(), REPOSITORY, micro.root, Path(sys.prefix), Path(onnx.__file__).parent}
    traces = {str(place) for place in places if len(str(place)) > 4}
    traces |= {"/root/", "/home/", "/Users/", "/tmp/", "site-packages", f"/{user}/"}
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".swift" and path.suffix != ".md":
            data = path.read_bytes()
            assert not [trace for trace in sorted(traces) if trace.encode() in data], path


def test_no_stack_traces_in_the_graphs(conversion: Path) -> None:
    for path in (conversion / ONNX_NAME, conversion / PACKAGE_NAME / "Data" / SPEC_PATH):
        data = path.read_bytes()
        assert b".py" not in data and b"forward(" not in data
