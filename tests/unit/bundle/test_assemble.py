"""Assembling a bundle: complete, reproducible, and nothing is left where a part is missing."""

import dataclasses
import hashlib
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from qleap_edge.bundle.assemble import BundleParts, assemble
from qleap_edge.bundle.layout import (
    ABOUT_MANIFEST,
    CHECKSUM_NAME,
    GATE_REPORT_NAME,
    GOLDEN_NAME,
    ONNX_TWIN,
    ONNX_TWIN_REPORT,
    PACKAGE_NAME,
    PAYLOAD,
    PAYLOAD_NAME,
    REPORTS,
    SIGNATURE_NAME,
    SWIFT_GOLDEN,
    SWIFT_PACKAGE,
    SWIFT_PAYLOAD,
)
from qleap_edge.bundle.manifest import BundleManifest, PayloadManifest
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.grades import GRADE_WARNINGS
from qleap_edge.core.manifest import MANIFEST_NAME, digest_of
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource
from tests.support.command import tree
from tests.support.micro import Micro


@pytest.fixture(scope="module")
def manifest(micro: Micro) -> BundleManifest:
    return read_document(BundleManifest, micro.bundle / MANIFEST_NAME)


def test_everything_is_in_the_manifest(micro: Micro, manifest: BundleManifest, micro_recipe: Recipe) -> None:
    present = {p.relative_to(micro.bundle).as_posix() for p in micro.bundle.rglob("*") if p.is_file()}
    assert {record.path for record in manifest.files} == present - set(ABOUT_MANIFEST)
    for record in manifest.files:
        data = (micro.bundle / record.path).read_bytes()
        assert (record.sha256, record.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (manifest.recipe, manifest.seed, manifest.variant) == ("micro", micro_recipe.seed, "int8_per_channel")
    assert manifest.inputs == {stage: digest_of(folder) for stage, folder in micro.stages.items()}
    assert manifest.tools["torch"].startswith("2.") and manifest.tools["coremltools"] == "9.0"


def test_everything_that_must_be_there_is_there(micro: Micro) -> None:
    for name in (*PAYLOAD, MANIFEST_NAME, CHECKSUM_NAME, f"{SWIFT_PACKAGE}/Package.swift"):
        assert (micro.bundle / name).exists(), name
    reports = {path.name for path in (micro.bundle / REPORTS).iterdir()}
    stages = {"parity.json", "placement.json", "accuracy.json", "calibration.json", "compression.json"}
    assert reports == stages | {GATE_REPORT_NAME, ONNX_TWIN_REPORT}
    assert not (micro.bundle / SIGNATURE_NAME).exists()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs coreutils")
def test_sha256sum_reads_the_checksum(micro: Micro) -> None:
    done = subprocess.run(["sha256sum", "--check", "--strict", CHECKSUM_NAME], cwd=micro.bundle, capture_output=True)
    assert done.returncode == 0 and done.stdout.decode().strip() == "manifest.json: OK"


def test_the_swift_package_carries_the_same_bytes(micro: Micro) -> None:
    payload = micro.bundle / SWIFT_PAYLOAD
    assert {path.name for path in payload.iterdir()} == {*PAYLOAD, PAYLOAD_NAME}
    for name in PAYLOAD:
        assert digest_of(payload / name) == digest_of(micro.bundle / name), name
    assert digest_of(micro.bundle / SWIFT_GOLDEN) == digest_of(micro.bundle / GOLDEN_NAME)
    document = read_document(PayloadManifest, payload / PAYLOAD_NAME)
    assert document.grade == "tiny" and document.warning == GRADE_WARNINGS["tiny"]
    assert "exercise.accuracy" in document.unmet
    assert document.package_sha256 == digest_of(micro.bundle / PACKAGE_NAME)
    assert {r.path: r.sha256 for r in document.files} == {k: v for k, v in tree(payload).items() if k != PAYLOAD_NAME}


def test_the_swift_sources_are_those_of_the_checkout(micro: Micro) -> None:
    source = resource(f"ios_sdk_assets/{SWIFT_PACKAGE}")
    copied = tree(micro.bundle / SWIFT_PACKAGE)
    own = {
        path: digest for path, digest in copied.items() if "/Payload/" not in path and not path.endswith(GOLDEN_NAME)
    }
    assert own and own.items() <= tree(source).items()
    assert "Package.swift" in own and not [path for path in own if ".build" in path]
    swift = {path.relative_to(source).as_posix() for path in source.rglob("*.swift")}
    assert {path for path in swift if not path.startswith(".build/")} <= own.keys(), "every target is carried"


def test_modes_are_fixed(micro: Micro) -> None:
    for path in (micro.bundle, *micro.bundle.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def parts_of(micro: Micro) -> BundleParts:
    bundle = micro.bundle
    return BundleParts(
        payload={name: bundle / name for name in PAYLOAD},
        reports={path.name: path for path in (bundle / REPORTS).iterdir()},
        golden=bundle / GOLDEN_NAME, unmet=("pose.mpjpe",),
        stages=micro.stages, recipe="micro", grade="tiny", variant="int8_per_channel", seed=1,
        extras={ONNX_TWIN: bundle / ONNX_TWIN},
    )  # fmt: skip


def test_a_missing_part_is_named_and_nothing_is_left(micro: Micro, tmp_path: Path) -> None:
    parts = parts_of(micro)
    for name in PAYLOAD:
        broken = dataclasses.replace(parts, payload=dict(parts.payload) | {name: tmp_path / "gone" / name})
        with pytest.raises(InputDataError, match=name):
            assemble(broken, tmp_path / "out")
    with pytest.raises(InputDataError, match="gone"):
        assemble(dataclasses.replace(parts, extras={ONNX_TWIN: tmp_path / "gone"}), tmp_path / "out")
    with pytest.raises(InputDataError, match="no-key"):
        assemble(parts, tmp_path / "out", tmp_path / "no-key.pem")
    assert not list(tmp_path.iterdir())
