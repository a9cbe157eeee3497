"""Check that a bundle is the one that was packed: every hash, every schema, and that the parts belong together."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from qleap_edge.bundle.analysis_parameters import AnalysisParameters
from qleap_edge.bundle.assemble import checksum_line
from qleap_edge.bundle.layout import (
    ABOUT_MANIFEST,
    ANALYSIS_NAME,
    CHECKSUM_NAME,
    GATE_REPORT_NAME,
    GOLDEN_NAME,
    ONNX_TWIN,
    ONNX_TWIN_REPORT,
    PAYLOAD,
    PAYLOAD_NAME,
    PROFILE_NAME,
    REPORTS,
    SELF_TEST_NAME,
    SIGNATURE_NAME,
    SKELETON_NAME,
    SWIFT_BUILD_FOLDERS,
    SWIFT_GOLDEN,
    SWIFT_PAYLOAD,
)
from qleap_edge.bundle.manifest import BundleManifest, PayloadManifest
from qleap_edge.bundle.signing import SignatureDocument, check_signature, load_public_key
from qleap_edge.core.contract import CONTRACT_NAME, PACKAGE_NAME, ContractDocument
from qleap_edge.core.errors import CheckFailed, InputDataError, SchemaMismatch
from qleap_edge.core.manifest import MANIFEST_NAME, digest_of, list_files, sha256_file
from qleap_edge.core.records import Part, read_document
from qleap_edge.core.skeleton import SkeletonDocument
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.uncertainty.profile import ProfileDocument, check_profile_matches
from qleap_edge.verification.golden import GoldenDocument
from qleap_edge.verification.onnx_twin import open_twin
from qleap_edge.verification.self_test import SelfTestDocument


class Validation(Part):
    """The result of a check that found nothing wrong."""

    bundle: str
    version: str
    grade: str
    files: int
    signed_by: str | None
    """Public key (base64), or null for an unsigned bundle."""
    signer_trusted: bool


def read_manifest(bundle: Path) -> BundleManifest:
    """Read a bundle's manifest after checking it against its checksum file.

    Raises:
        InputDataError: there is no bundle here.
        SchemaMismatch: the bundle is of another version, whose layout is another; the message names the next step.
        CheckFailed: manifest and checksum do not fit.
    """
    path = bundle / MANIFEST_NAME
    for name in ABOUT_MANIFEST:
        if (bundle / name).is_symlink() or ((bundle / name).exists() and not (bundle / name).is_file()):
            raise CheckFailed(f"{name} is no regular file", where=bundle / name, next_step="fetch the bundle again")
    if not path.is_file():
        raise InputDataError(
            "no bundle here", where=bundle, expected=f"a folder with {MANIFEST_NAME}", next_step="check the path"
        )
    checksum = bundle / CHECKSUM_NAME
    got = checksum.read_bytes() if checksum.is_file() else b""
    expected = checksum_line(path.read_bytes())
    if got != expected.encode():
        raise CheckFailed(
            f"{MANIFEST_NAME} and {CHECKSUM_NAME} do not fit: one of the two was altered",
            where=path,
            expected=expected.strip(),
            got=got.decode("ascii", errors="replace").strip() or "no checksum",
            next_step="fetch the bundle again from its source",
        )
    return read_document(BundleManifest, path)


def validate_bundle(bundle: Path, public_key: Path | None = None, *, build_folders: bool = True) -> Validation:
    """Check a whole bundle.

    Args:
        bundle: the bundle's folder.
        public_key: demand a signature by this key.
        build_folders: pass over what SwiftPM left behind when the package was built inside the bundle.

    Raises:
        InputDataError: there is no bundle here, or the key file is unusable.
        SchemaMismatch: the bundle is intact, but a document in it is of another version; the message names the next step.
        CheckFailed: a file is altered, missing or unexpected (all are named), or parts do not belong together.
    """
    trusted = None if public_key is None else load_public_key(public_key)
    manifest = read_manifest(bundle)
    problems = altered_files(bundle, manifest, build_folders=build_folders)
    if problems:
        raise CheckFailed(
            f"{len(problems)} of {len(manifest.files)} files are not as packed: " + "; ".join(problems[:20]),
            where=bundle,
            next_step="fetch the bundle again from its source",
        )
    signature = _check_signature(bundle, trusted)
    try:
        _check_documents(bundle)
    except SchemaMismatch as problem:
        raise SchemaMismatch(
            f"{problem.what}: the bundle was made by another version of qleap-edge",
            where=problem.where,
            expected=problem.expected,
            got=problem.got,
            next_step="rebuild the bundle with `qleap release`, or use the version of qleap-edge that made it",
        ) from problem
    except InputDataError as problem:
        raise CheckFailed(
            f"the parts do not belong together: {problem}", where=bundle, next_step="pack the bundle again"
        ) from problem
    return Validation(
        bundle=str(bundle),
        version=manifest.version,
        grade=manifest.grade,
        files=len(manifest.files),
        signed_by=signature,
        signer_trusted=signature is not None and trusted is not None,
    )


def altered_files(bundle: Path, manifest: BundleManifest, *, build_folders: bool = True) -> list[str]:
    """Return one clause for each altered, missing or unexpected file."""
    recorded = {record.path: record.sha256 for record in manifest.files}
    present = {
        entry.relative_to(bundle).as_posix() for entry in bundle.rglob("*") if entry.is_symlink() or not entry.is_dir()
    }
    passed_over = SWIFT_BUILD_FOLDERS if build_folders else ()
    present = {path for path in present if path not in ABOUT_MANIFEST and not path.startswith(passed_over)}
    problems = [f"{path} is missing" for path in sorted(recorded.keys() - present)]
    problems += [f"{path} is not in the manifest" for path in sorted(present - recorded.keys())]
    for path in sorted(present & recorded.keys()):
        if (bundle / path).is_symlink():
            problems.append(f"{path} is a link")
        elif not (bundle / path).is_file():
            problems.append(f"{path} is no regular file")  # reading a pipe would never end
        elif sha256_file(bundle / path) != recorded[path]:
            problems.append(f"{path} is altered")
    return problems


def _check_signature(bundle: Path, trusted: Ed25519PublicKey | None) -> str | None:
    path = bundle / SIGNATURE_NAME
    if not path.is_file():
        if trusted is not None:
            raise CheckFailed(
                "the bundle is not signed",
                where=bundle,
                expected=SIGNATURE_NAME,
                next_step="get a signed bundle from whoever made it",
            )
        return None
    try:
        document = read_document(SignatureDocument, path)
    except InputDataError as problem:
        raise CheckFailed(f"{SIGNATURE_NAME} was altered: {problem.what}", where=path) from problem
    if path.read_bytes() != document.to_json().encode():  # the manifest does not list this file, so its form is checked
        raise CheckFailed(f"{SIGNATURE_NAME} was altered: not as it is written", where=path)
    check_signature((bundle / MANIFEST_NAME).read_bytes(), document, trusted, path)
    return document.public_key


def _check_documents(bundle: Path) -> None:
    """Parse every document and check that model, profile, golden vectors and payload belong together."""
    package = digest_of(bundle / PACKAGE_NAME)
    contract = read_document(ContractDocument, bundle / CONTRACT_NAME)
    read_document(SkeletonDocument, bundle / SKELETON_NAME)
    read_document(AnalysisParameters, bundle / ANALYSIS_NAME)
    check_profile_matches(read_document(ProfileDocument, bundle / PROFILE_NAME), package)
    golden = read_document(GoldenDocument, bundle / GOLDEN_NAME)
    payload = read_document(PayloadManifest, bundle / SWIFT_PAYLOAD / PAYLOAD_NAME)
    self_test = read_document(SelfTestDocument, bundle / SELF_TEST_NAME)
    owners = {
        GOLDEN_NAME: golden.package_sha256,
        SELF_TEST_NAME: self_test.package_sha256,
        PAYLOAD_NAME: payload.package_sha256,
    }
    for name, digest in owners.items():
        if digest != package:
            raise CheckFailed("belongs to another model", where=bundle / name, expected=package, got=digest)
    _check_swift_payload(bundle, payload)
    if not (bundle / REPORTS / GATE_REPORT_NAME).is_file():
        raise CheckFailed("the gate report is missing", where=bundle / REPORTS / GATE_REPORT_NAME)
    if (bundle / ONNX_TWIN).exists():
        _check_twin(bundle, contract)


def _check_swift_payload(bundle: Path, payload: PayloadManifest) -> None:
    """Check that the app's files are those at the root, and the ones that ``payload.json`` records."""
    folder = bundle / SWIFT_PAYLOAD
    pairs = {name: folder / name for name in PAYLOAD} | {GOLDEN_NAME: bundle / SWIFT_GOLDEN}
    for name, copy in pairs.items():
        expected, got = digest_of(bundle / name), digest_of(copy)
        if expected != got:
            raise CheckFailed(f"the Swift package's copy of {name} is another", where=copy, expected=expected, got=got)
    if payload.files != list_files(folder, exclude=(PAYLOAD_NAME,)):
        raise CheckFailed("does not record the files beside it", where=folder / PAYLOAD_NAME)


def _check_twin(bundle: Path, contract: ContractDocument) -> None:
    """Check that ONNX Runtime loads the twin, that its inputs and outputs are the contract's, and that its report is there."""
    open_twin(bundle / ONNX_TWIN, 1, inputs=contract.inputs, outputs=contract.outputs)
    read_document(MeasurementReport, bundle / REPORTS / ONNX_TWIN_REPORT)
