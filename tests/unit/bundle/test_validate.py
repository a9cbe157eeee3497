"""Validation of a bundle that is intact; ``tests/refused`` holds those that are not."""

import shutil
from pathlib import Path

from qleap_edge.bundle.assemble import bundle_name
from qleap_edge.bundle.layout import (
    SWIFT_PACKAGE,
)
from qleap_edge.bundle.manifest import BundleManifest
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.manifest import MANIFEST_NAME
from qleap_edge.core.records import read_document
from tests.support.micro import Micro


def test_a_fresh_bundle_is_intact(micro: Micro) -> None:
    manifest = read_document(BundleManifest, micro.bundle / MANIFEST_NAME)
    result = validate_bundle(micro.bundle)
    assert (result.grade, result.signed_by, result.signer_trusted) == ("tiny", None, False)
    assert result.files == len(manifest.files) > 40
    assert micro.bundle.name == bundle_name() == f"QuantumLeapPose-{result.version}"


def test_what_a_swift_build_leaves_behind_is_no_part_of_it(micro: Micro, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(micro.bundle, tmp_path / "bundle"))
    for name in (".build/debug/x.o", ".swiftpm/xcode/y"):
        path = bundle / SWIFT_PACKAGE / name
        path.parent.mkdir(parents=True)
        path.write_text("built")
    (bundle / SWIFT_PACKAGE / ".build" / "release").symlink_to("debug")
    assert validate_bundle(bundle).files == validate_bundle(micro.bundle).files
