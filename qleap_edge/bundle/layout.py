"""Names inside a bundle. Another layout is another version of the bundle's manifest."""

from qleap_edge.core.contract import CONTRACT_NAME, ONNX_NAME, PACKAGE_NAME
from qleap_edge.core.manifest import MANIFEST_NAME
from qleap_edge.core.output_paths import FolderKind

CHECKSUM_NAME = "manifest.json.sha256"
SIGNATURE_NAME = "manifest.sig.json"
PROFILE_NAME = "profile.json"
SKELETON_NAME = "skeleton.json"
GOLDEN_NAME = "golden.json"
SELF_TEST_NAME = "self_test.json"
ANALYSIS_NAME = "analysis.json"
"""Numbers that the analysis of a recording decides by, for the Swift package."""
PAYLOAD_NAME = "payload.json"

REPORTS = "reports"
GATE_REPORT_NAME = "gate_report.json"
# Reports of measurements, by which the gates decide.
PARITY_REPORT = "parity.json"
PLACEMENT_REPORT = "placement.json"
ACCURACY_REPORT = "accuracy.json"
CALIBRATION_REPORT = "calibration.json"

SWIFT_PACKAGE = "QLeapEdge"
SWIFT_PAYLOAD = f"{SWIFT_PACKAGE}/Sources/QLeapEdge/Payload"
SWIFT_GOLDEN = f"{SWIFT_PACKAGE}/Tests/QLeapEdgeTests/Fixtures/{GOLDEN_NAME}"
"""For the tests of the package; an app carries only the self-test."""

PROVENANCE = "Provenance"
"""Folder of an exported Swift package with what says which bundle it comes from: manifest, checksum and signature."""

# Optional: for platforms without Core ML, so it is no part of the Swift payload. Its report comes and goes with it.
ONNX_TWIN = f"onnx/{ONNX_NAME}"
ONNX_TWIN_REPORT = "onnx_twin.json"

# What the Swift package carries as resources; the same bytes lie at the root for tools that are not written in Swift.
PAYLOAD = (PACKAGE_NAME, CONTRACT_NAME, PROFILE_NAME, SKELETON_NAME, SELF_TEST_NAME, ANALYSIS_NAME)
# Not listed in the manifest, because they are about it.
ABOUT_MANIFEST = (MANIFEST_NAME, CHECKSUM_NAME, SIGNATURE_NAME)
# What SwiftPM leaves behind when the package is built inside the bundle: no part of it.
SWIFT_BUILD_FOLDERS = (f"{SWIFT_PACKAGE}/.build/", f"{SWIFT_PACKAGE}/.swiftpm/")
BUNDLE_FOLDER = FolderKind(
    "an earlier bundle",
    MANIFEST_NAME,
    "qleap.bundle",
    unlisted=(CHECKSUM_NAME, SIGNATURE_NAME),
    build_folders=SWIFT_BUILD_FOLDERS,
)
EXPORTED_PACKAGE = FolderKind(
    "an earlier export of a Swift package",
    f"{PROVENANCE}/{MANIFEST_NAME}",
    "qleap.bundle",
    unlisted=(f"{PROVENANCE}/{CHECKSUM_NAME}", f"{PROVENANCE}/{SIGNATURE_NAME}"),
    build_folders=tuple(folder.removeprefix(f"{SWIFT_PACKAGE}/") for folder in SWIFT_BUILD_FOLDERS),
    below=f"{SWIFT_PACKAGE}/",
)
