"""The Swift package of a bundle as SwiftPM takes it: a folder to commit and tag, or one zip file with its checksum."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from qleap_edge.bundle.archive import archive_kind, zip_bytes
from qleap_edge.bundle.layout import (
    ABOUT_MANIFEST,
    EXPORTED_PACKAGE,
    PAYLOAD_NAME,
    PROVENANCE,
    SWIFT_PACKAGE,
    SWIFT_PAYLOAD,
)
from qleap_edge.bundle.manifest import PayloadManifest
from qleap_edge.bundle.validate import read_manifest, validate_bundle
from qleap_edge.core.errors import CheckFailed
from qleap_edge.core.grades import Grade
from qleap_edge.core.manifest import new_folder, sha256_bytes
from qleap_edge.core.output_paths import require_outside, require_replaceable, require_replaceable_file, write_output
from qleap_edge.core.records import Part, read_document

PACKAGE_ARCHIVE = archive_kind("an earlier archive of a Swift package", EXPORTED_PACKAGE.manifest)
NEEDED = ("Package.swift", "README.md", "LICENSE", "CHANGELOG.md", ".gitattributes", ".gitignore")
"""At the root of a package: without the last two git would change line endings, or leave out files that a user ignores."""
_ZIP = ".zip"
_RELEASE = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
"""Source: Semantic Versioning 2.0.0, without the suffixes: ``from:`` never chooses a version that has one."""


class PackageExport(Part):
    """What was written."""

    path: str
    version: str
    """Of the bundle and of its payload; the tag under which SwiftPM finds the package."""
    grade: Grade
    warning: str
    """What whoever publishes the package must pass on; empty for grade ``release``."""
    files: int
    bytes: int
    checksum: str | None
    """Of a zip file: its SHA-256, which ``swift package compute-checksum`` prints too; None for a folder."""
    signed_by: str | None
    """Public key (base64) whose signature of the bundle was found to fit; None for an unsigned bundle."""


@dataclass(frozen=True)
class _Source:
    """A checked bundle's package."""

    files: dict[str, Path]
    payload: PayloadManifest
    signed_by: str | None


def is_archive(out: Path) -> bool:
    """Tell whether an output is written as a zip file: its name ends like one."""
    return out.suffix.lower() == _ZIP


def require_exportable(bundle: Path, out: Path) -> None:
    """Refuse an output that would replace something else than an earlier export, or lie inside the bundle.

    Raises:
        UsageError: it would.
    """
    if is_archive(out):
        require_replaceable_file(out, PACKAGE_ARCHIVE)
    else:
        require_replaceable(out, EXPORTED_PACKAGE)
    require_outside(bundle, out)


def export_package(bundle: Path, out: Path, public_key: Path | None = None) -> PackageExport:
    """Write the Swift package of an intact bundle; equal bundles give equal bytes.

    Args:
        bundle: the bundle's folder.
        out: a file that ends in ``.zip``, or a folder.
        public_key: demand a signature of the bundle by this key.

    Raises:
        UsageError: ``out`` would replace something else than an earlier export, or lie inside the bundle.
        InputDataError: there is no bundle, the key file is unusable, or the output cannot be written.
        CheckFailed: the bundle is not intact or not signed by the key, or cannot be tagged with its version.
    """
    require_exportable(bundle, out)
    source = _checked(bundle, public_key)
    checksum = None
    if is_archive(out):
        data = zip_bytes(SWIFT_PACKAGE, source.files)
        write_output(out, data, PACKAGE_ARCHIVE)
        checksum, size = sha256_bytes(data), len(data)
    else:
        with new_folder(out, EXPORTED_PACKAGE) as folder:
            for name, path in source.files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / name)
        size = sum(path.stat().st_size for path in source.files.values())
    return PackageExport(
        path=str(out),
        version=source.payload.model_version,
        grade=source.payload.grade,
        warning=source.payload.warning,
        files=len(source.files),
        bytes=size,
        checksum=checksum,
        signed_by=source.signed_by,
    )


def _checked(bundle: Path, public_key: Path | None) -> _Source:
    """Return what the package consists of, path in the package → file, after all checks."""
    found = validate_bundle(bundle, public_key)
    manifest = read_manifest(bundle)
    payload = read_document(PayloadManifest, bundle / SWIFT_PAYLOAD / PAYLOAD_NAME)
    if payload.model_version != manifest.version:
        raise CheckFailed(
            "the payload has another version than the bundle", where=bundle / SWIFT_PAYLOAD / PAYLOAD_NAME,
            expected=manifest.version, got=payload.model_version, next_step="pack the bundle again",
        )  # fmt: skip
    if _RELEASE.fullmatch(manifest.version) is None:
        raise CheckFailed(
            "SwiftPM does not find a package by this version", where=bundle, expected="three numbers, like 1.2.3",
            got=manifest.version, next_step="release it under a version without a suffix",
        )  # fmt: skip
    prefix = f"{SWIFT_PACKAGE}/"
    listed = [record.path for record in manifest.files if record.path.startswith(prefix)]
    files = {path.removeprefix(prefix): bundle / path for path in listed}
    missing = [name for name in NEEDED if name not in files]
    if missing:
        raise CheckFailed(
            "the bundle's Swift package is not complete", where=bundle / SWIFT_PACKAGE, expected=", ".join(NEEDED),
            got=f"no {', '.join(missing)}", next_step="rebuild the bundle with this version of qleap-edge",
        )  # fmt: skip
    files |= {f"{PROVENANCE}/{name}": bundle / name for name in ABOUT_MANIFEST if (bundle / name).is_file()}
    return _Source(files, payload, found.signed_by)
