"""The bundle: complete, reproducible, of one piece, and the Swift package carries the same bytes."""

import dataclasses
import hashlib
import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from qleap_edge.bundle.assemble import BundleParts, assemble, bundle_name
from qleap_edge.bundle.layout import (
    ABOUT_MANIFEST,
    CHECKSUM_NAME,
    GATE_REPORT_NAME,
    ONNX_TWIN,
    ONNX_TWIN_REPORT,
    PACKAGE_NAME,
    PAYLOAD,
    PAYLOAD_NAME,
    PROFILE_NAME,
    REPORTS,
    SIGNATURE_NAME,
    SKELETON_NAME,
    SWIFT_PACKAGE,
    SWIFT_PAYLOAD,
)
from qleap_edge.bundle.manifest import BundleManifest, PayloadManifest
from qleap_edge.bundle.shipped import open_bundle
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.contract import CONTRACT_NAME, ContractDocument
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import MANIFEST_NAME, digest_of, list_files
from qleap_edge.core.recipe import BundleTable, Recipe
from qleap_edge.core.records import Document, read_document
from qleap_edge.core.resources import resource
from qleap_edge.core.skeleton import SkeletonDocument, skeleton_document
from qleap_edge.release.schemas import SCHEMAS, schema_text, write_schemas
from qleap_edge.release.stages import pack
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.verification.golden import GoldenDocument
from tests.support.command import flip_byte
from tests.support.keys import write_keys
from tests.support.micro import Micro


def tree(folder: Path) -> dict[str, str]:
    return {record.path: record.sha256 for record in list_files(folder)}


@pytest.fixture(scope="module")
def manifest(micro: Micro) -> BundleManifest:
    return read_document(BundleManifest, micro.bundle / MANIFEST_NAME)


def test_a_fresh_bundle_is_intact(micro: Micro, manifest: BundleManifest) -> None:
    result = validate_bundle(micro.bundle)
    assert (result.grade, result.signed_by, result.signer_trusted) == ("tiny", None, False)
    assert result.files == len(manifest.files) > 40
    assert micro.bundle.name == bundle_name() == f"QuantumLeapPose-{result.version}"


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
    stages = {"parity.json", "placement.json", "evaluation.json", "calibration.json", "compression.json"}
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
    document = read_document(PayloadManifest, payload / PAYLOAD_NAME)
    assert document.package_sha256 == digest_of(micro.bundle / PACKAGE_NAME)
    assert {r.path: r.sha256 for r in document.files} == {k: v for k, v in tree(payload).items() if k != PAYLOAD_NAME}


def test_the_swift_sources_are_those_of_the_checkout(micro: Micro) -> None:
    source = resource(f"ios_sdk_assets/{SWIFT_PACKAGE}")
    copied = tree(micro.bundle / SWIFT_PACKAGE)
    own = {path: digest for path, digest in copied.items() if "/Payload/" not in path}
    assert own and own.items() <= tree(source).items()
    assert "Package.swift" in own and not [path for path in own if ".build" in path]


def test_modes_are_fixed(micro: Micro) -> None:
    for path in (micro.bundle, *micro.bundle.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_packing_again_gives_the_same_bytes(micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    pack(dict(micro.stages), tmp_path / "a", micro_recipe)
    assert tree(tmp_path / "a") == tree(micro.bundle)
    flip_byte(tmp_path / "a" / "golden.json")
    pack(dict(micro.stages), tmp_path / "a", micro_recipe)
    assert tree(tmp_path / "a") == tree(micro.bundle), "an old bundle in the way is replaced as a whole"
    (tmp_path / "a" / "thesis.txt").write_text("three years of work")
    with pytest.raises(UsageError, match=r"thesis\.txt, which its manifest\.json does not list"):
        pack(dict(micro.stages), tmp_path / "a", micro_recipe)
    assert (tmp_path / "a" / "thesis.txt").read_text() == "three years of work"


def test_a_signed_bundle_differs_by_the_signature_alone(micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    keys = write_keys(tmp_path)
    for name in ("a", "b"):
        pack(dict(micro.stages), tmp_path / name, micro_recipe, keys.private)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert tree(tmp_path / "a").keys() - tree(micro.bundle).keys() == {SIGNATURE_NAME}
    assert validate_bundle(tmp_path / "a", keys.public).signer_trusted


def test_what_a_swift_build_leaves_behind_is_no_part_of_it(micro: Micro, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(micro.bundle, tmp_path / "bundle"))
    for name in (".build/debug/x.o", ".swiftpm/xcode/y"):
        path = bundle / SWIFT_PACKAGE / name
        path.parent.mkdir(parents=True)
        path.write_text("built")
    (bundle / SWIFT_PACKAGE / ".build" / "release").symlink_to("debug")
    assert validate_bundle(bundle).files == validate_bundle(micro.bundle).files


def test_the_onnx_twin_comes_and_goes_with_its_report(micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    assert digest_of(micro.bundle / ONNX_TWIN) == digest_of(micro.stages["convert"] / Path(ONNX_TWIN).name)
    without = micro_recipe.model_copy(update={"bundle": BundleTable(onnx=False)})
    pack(dict(micro.stages), tmp_path / "a", without)
    assert validate_bundle(tmp_path / "a").files == validate_bundle(micro.bundle).files - 2
    full, bare = tree(micro.bundle), tree(tmp_path / "a")
    assert full.keys() - bare.keys() == {ONNX_TWIN, f"{REPORTS}/{ONNX_TWIN_REPORT}"}
    assert {path for path in bare if bare[path] != full[path]} == {MANIFEST_NAME, CHECKSUM_NAME}


def parts_of(micro: Micro) -> BundleParts:
    bundle = micro.bundle
    return BundleParts(
        payload={name: bundle / name for name in PAYLOAD},
        reports={path.name: path for path in (bundle / REPORTS).iterdir()},
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


def test_opening_gives_model_and_documents(micro: Micro) -> None:
    model = open_bundle(micro.bundle)
    assert model.package == micro.bundle / PACKAGE_NAME and model.grade == "tiny"
    assert model.profile.package_sha256 == digest_of(model.package)
    assert [item.name for item in model.contract.exercises if item.trained] == ["squat", "walk", "idle"]


@pytest.mark.parametrize("relative", sorted(SCHEMAS))
def test_schemas_on_disk_are_those_of_the_models(relative: str) -> None:
    assert resource(relative).read_text(encoding="utf-8") == schema_text(SCHEMAS[relative])
    schema = json.loads(schema_text(SCHEMAS[relative]))
    assert schema["additionalProperties"] is False
    assert schema["properties"]["schema"]["const"].startswith("qleap.")
    assert {"schema", "schema_version"} <= set(schema["required"])


def test_no_schema_is_left_over() -> None:
    folders = {Path(relative).parent.as_posix() for relative in SCHEMAS}
    present = {f"{folder}/{path.name}" for folder in folders for path in resource(folder).glob("*.schema.json")}
    assert present == set(SCHEMAS)


def test_schemas_are_written_below_a_root(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")} == set(SCHEMAS)


def test_every_document_of_the_bundle_has_a_schema_that_knows_its_keys(micro: Micro) -> None:
    known = {kind.model_fields["schema_name"].default: relative for relative, kind in SCHEMAS.items()}
    documents = [path for path in micro.bundle.rglob("*.json") if path.name != "Manifest.json"]
    checked = 0
    for path in documents:
        if "Tests" in path.parts:
            continue
        document = json.loads(path.read_text())
        schema = json.loads(resource(known[document["schema"]]).read_text())
        assert document.keys() <= schema["properties"].keys()
        assert set(schema["required"]) <= document.keys()
        checked += 1
    assert checked >= 14


COMMITTED = f"ios_sdk_assets/{SWIFT_PAYLOAD}"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (CONTRACT_NAME, ContractDocument),
        (PROFILE_NAME, ProfileDocument),
        (SKELETON_NAME, SkeletonDocument),
        ("golden.json", GoldenDocument),
        (PAYLOAD_NAME, PayloadManifest),
    ],
)
def test_the_committed_payload_is_readable_today(name: str, kind: type[Document]) -> None:
    document = read_document(kind, resource(COMMITTED) / name)
    assert document.to_json() == (resource(COMMITTED) / name).read_text(encoding="utf-8")


def test_the_committed_payload_is_of_one_piece() -> None:
    folder = resource(COMMITTED)
    payload = read_document(PayloadManifest, folder / PAYLOAD_NAME)
    assert {r.path: r.sha256 for r in payload.files} == {k: v for k, v in tree(folder).items() if k != PAYLOAD_NAME}
    assert read_document(GoldenDocument, folder / "golden.json").package_sha256 == payload.package_sha256
    assert read_document(ProfileDocument, folder / PROFILE_NAME).package_sha256 == payload.package_sha256
    assert read_document(SkeletonDocument, folder / SKELETON_NAME) == skeleton_document()
