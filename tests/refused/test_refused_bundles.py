"""One byte changed in any file of a bundle: exit 1, and the message names the file."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from qleap_edge.bundle.layout import (
    CHECKSUM_NAME,
    GATE_REPORT_NAME,
    ONNX_TWIN,
    ONNX_TWIN_REPORT,
    REPORTS,
    SIGNATURE_NAME,
    SWIFT_PACKAGE,
)
from qleap_edge.bundle.manifest import BundleManifest
from qleap_edge.bundle.shipped import open_bundle
from qleap_edge.bundle.signing import load_private_key, sign
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.errors import CheckFailed, InputDataError, SchemaMismatch
from qleap_edge.core.manifest import MANIFEST_NAME
from qleap_edge.core.records import read_document
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.verification.golden import GoldenDocument
from tests.support.command import assert_refused, call
from tests.support.keys import write_keys
from tests.support.micro import Micro
from tests.support.repacked import edit, repack
from tests.support.watch_recordings import WRIST_MOTION


@pytest.fixture
def bundle(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.bundle, tmp_path / "bundle"))


def refused(bundle: Path, *said: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        validate_bundle(bundle)
    assert caught.value.exit_code == 1
    for part in said:
        assert part in str(caught.value)


def test_one_byte_changed_in_any_file(bundle: Path, tmp_path: Path) -> None:
    keys = write_keys(tmp_path)
    sign((bundle / MANIFEST_NAME).read_bytes(), load_private_key(keys.private)).write(bundle / SIGNATURE_NAME)
    validate_bundle(bundle, keys.public)
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    assert len(files) > 40
    for path in files:
        original = path.read_bytes()
        for position in {0, len(original) // 2, len(original) - 1}:
            path.write_bytes(original[:position] + bytes([original[position] ^ 1]) + original[position + 1 :])
            refused(bundle, path.relative_to(bundle).as_posix())
        path.write_bytes(original)
    validate_bundle(bundle, keys.public)


@pytest.mark.parametrize("change", ["append", "truncate", "empty"])
def test_other_lengths(change: str, bundle: Path) -> None:
    for name in ("profile.json", "QuantumLeapPose.mlpackage/Data/com.apple.CoreML/weights/weight.bin", MANIFEST_NAME):
        path = bundle / name
        original = path.read_bytes()
        path.write_bytes({"append": original + b"\n", "truncate": original[:-1], "empty": b""}[change])
        refused(bundle, name)
        path.write_bytes(original)


def test_a_missing_file_is_named(bundle: Path) -> None:
    for path in sorted(path for path in bundle.rglob("*") if path.is_file() and path.name != MANIFEST_NAME):
        original = path.read_bytes()
        path.unlink()
        refused(bundle, path.relative_to(bundle).as_posix())
        path.write_bytes(original)
    validate_bundle(bundle)


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "reports/extra.json", ".hidden", f"{SWIFT_PACKAGE}/Sources/QLeapEdge/Evil.swift", ".build/x",
     f"{SWIFT_PACKAGE}/.buildx/y", "QuantumLeapPose.mlpackage/Data/more.bin", f"reports/{MANIFEST_NAME}"],
)  # fmt: skip
def test_a_file_too_many_is_named(name: str, bundle: Path) -> None:
    (bundle / name).parent.mkdir(parents=True, exist_ok=True)
    (bundle / name).write_text("more")
    refused(bundle, f"{name} is not in the manifest")


def test_a_link_is_not_a_file(bundle: Path, tmp_path: Path) -> None:
    path = bundle / "profile.json"
    (tmp_path / "elsewhere.json").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere.json")
    refused(bundle, "profile.json is a link")
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    refused(bundle, "profile.json is a link")


def test_a_linked_folder_is_seen(bundle: Path, tmp_path: Path) -> None:
    shutil.move(bundle / REPORTS, tmp_path / REPORTS)
    (bundle / REPORTS).symlink_to(tmp_path / REPORTS)
    refused(bundle, f"{REPORTS}/parity.json")


def test_several_at_once_are_all_named(bundle: Path) -> None:
    (bundle / "golden.json").unlink()
    (bundle / "skeleton.json").write_text("{}")
    (bundle / "more.txt").write_text("more")
    refused(bundle, "3 of", "golden.json is missing", "skeleton.json is altered", "more.txt is not in the manifest")


def test_there_is_no_bundle(tmp_path: Path, micro: Micro) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(InputDataError, match="no bundle here") as caught:
            validate_bundle(folder)
        assert caught.value.exit_code == 3
    with pytest.raises(CheckFailed, match=CHECKSUM_NAME):
        validate_bundle(micro.stages["convert"])


def test_vouching_for_a_changed_bundle_needs_the_key(bundle: Path, tmp_path: Path) -> None:
    keys = write_keys(tmp_path)
    sign((bundle / MANIFEST_NAME).read_bytes(), load_private_key(keys.private)).write(bundle / SIGNATURE_NAME)
    (bundle / "more.txt").write_text("more")
    repack(bundle)
    with pytest.raises(CheckFailed, match="does not fit"):
        validate_bundle(bundle)
    (bundle / SIGNATURE_NAME).unlink()
    assert validate_bundle(bundle).signed_by is None
    with pytest.raises(CheckFailed, match="not signed"):
        validate_bundle(bundle, keys.public)


OTHER = "0" * 64


@pytest.mark.parametrize(
    "name", ["profile.json", "golden.json", f"{SWIFT_PACKAGE}/Sources/QLeapEdge/Payload/payload.json"]
)
def test_parts_of_another_model(name: str, bundle: Path) -> None:
    edit(bundle / name, lambda document: document.update(package_sha256=OTHER))
    repack(bundle)
    refused(bundle, Path(name).name, OTHER)


DOCUMENTS = ["contract.json", "skeleton.json", "profile.json", "golden.json", "self_test.json"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_with_an_unknown_key(name: str, bundle: Path) -> None:
    edit(bundle / name, lambda document: document.update(unknown_key=1))
    repack(bundle)
    refused(bundle, name, "unknown_key")


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("version", [0, 99])
def test_documents_of_another_version(name: str, version: int, bundle: Path) -> None:
    edit(bundle / name, lambda document: document.update(schema_version=version))
    repack(bundle)
    with pytest.raises(
        SchemaMismatch, match=rf"{name}.*schema_version.*expected \d; got {version}.*rebuild the bundle"
    ):
        validate_bundle(bundle)


def add_gate(document: dict[str, Any]) -> None:
    """Turn a profile into one of version 2, whose fourth gate judged the sign in every window."""
    document["abstain"]["force_sign"] = {"least": 0.1}
    document["schema_version"] = 2


def take_case(document: dict[str, Any]) -> None:
    """Turn golden vectors into those of version 2."""
    del document["sign"]
    document["schema_version"] = 2


NOW = {"profile.json": 6, "golden.json": 5}
"""Versions of the documents that are accepted."""


@pytest.mark.parametrize(
    ("older", "first"),
    [
        ({"profile.json": add_gate, "golden.json": take_case}, "profile.json"),
        ({"profile.json": add_gate}, "profile.json"),
        ({"golden.json": take_case}, "golden.json"),
    ],
)
def test_a_bundle_with_the_gate_force_sign_is_refused_by_version(
    older: dict[str, Callable[[dict[str, Any]], None]], first: str, bundle: Path
) -> None:
    """The bundle is intact, so it is not altered (exit 1): another version made it (exit 3), and both commands say so."""
    for name, change in older.items():
        edit(bundle / name, change)
    repack(bundle)
    for arguments in (("validate", bundle), ("watch", "analyze", WRIST_MOTION, "--bundle", bundle)):
        assert_refused(
            call(*arguments), 3, first, f"expected {NOW[first]}; got 2", "rebuild the bundle with `qleap release`"
        )


@pytest.mark.parametrize("name", ["profile.json", "golden.json"])
def test_a_single_document_of_version_2_is_refused(name: str, bundle: Path) -> None:
    change, kind = {"profile.json": (add_gate, ProfileDocument), "golden.json": (take_case, GoldenDocument)}[name]
    edit(bundle / name, change)
    with pytest.raises(SchemaMismatch, match=rf"{name}.*expected {NOW[name]}; got 2.*rebuild the file"):
        read_document(kind, bundle / name)


def test_without_a_gate_report(bundle: Path) -> None:
    (bundle / REPORTS / GATE_REPORT_NAME).unlink()
    repack(bundle)
    refused(bundle, GATE_REPORT_NAME)


@pytest.mark.parametrize("content", [b"", b"junk" * 40, None])
def test_a_twin_that_is_none(content: bytes | None, bundle: Path) -> None:
    """Vouched for, but ONNX Runtime cannot load it, or it is cut off."""
    path = bundle / ONNX_TWIN
    path.write_bytes(path.read_bytes()[:20_000] if content is None else content)
    repack(bundle)
    refused(bundle, ONNX_TWIN, "ONNX Runtime cannot load")


def test_a_twin_of_another_model(bundle: Path) -> None:
    model = onnx.load(bundle / ONNX_TWIN)
    del model.graph.output[-1]
    onnx.save(model, bundle / ONNX_TWIN)
    repack(bundle)
    refused(bundle, ONNX_TWIN, "not the ONNX twin of this model", "how_embedding")


def test_a_twin_whose_uncertainty_nobody_measured(bundle: Path) -> None:
    (bundle / REPORTS / ONNX_TWIN_REPORT).unlink()
    repack(bundle)
    refused(bundle, ONNX_TWIN_REPORT)


def test_without_a_model(bundle: Path) -> None:
    shutil.rmtree(bundle / "QuantumLeapPose.mlpackage")
    repack(bundle)
    refused(bundle, "QuantumLeapPose.mlpackage")


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_manifest_of_another_version(version: int, bundle: Path) -> None:
    """Version 1 is that of 0.1.0, whose reports have other names: it is refused, not read as if it were of today."""
    repack(bundle, lambda manifest: manifest.update(schema_version=version))
    with pytest.raises(SchemaMismatch, match=rf"manifest\.json.*schema_version.*expected 3; got {version}") as caught:
        validate_bundle(bundle)
    assert "use the version that wrote it" in str(caught.value)


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/hostname", "reports/../../outside.txt"])
def test_a_manifest_cannot_point_outside(path: str, bundle: Path) -> None:
    (bundle.parent / "outside.txt").write_text("outside")
    repack(bundle, lambda manifest: manifest["files"].append({"path": path, "sha256": OTHER, "bytes": 7}))
    refused(bundle, f"{path} is missing")


def test_an_altered_bundle_gives_no_model(bundle: Path) -> None:
    weights = bundle / "QuantumLeapPose.mlpackage/Data/com.apple.CoreML/weights/weight.bin"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(CheckFailed, match=re.escape("weight.bin is altered")):
        open_bundle(bundle)


def test_the_manifest_can_still_be_read_by_its_model(micro: Micro) -> None:
    assert read_document(BundleManifest, micro.bundle / MANIFEST_NAME).schema_name == "qleap.bundle"
