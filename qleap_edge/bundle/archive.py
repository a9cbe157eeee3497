"""A bundle as one zip file whose bytes depend on the bundle's files alone, not on the day, the machine or the file system."""

import io
import json
import zipfile
from pathlib import Path

from qleap_edge.bundle.layout import ABOUT_MANIFEST
from qleap_edge.bundle.manifest import BundleManifest
from qleap_edge.bundle.validate import read_manifest, validate_bundle
from qleap_edge.core.manifest import MANIFEST_NAME
from qleap_edge.core.output_paths import FileKind

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the format holds
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3
_LEVEL = 6
_EVERY_ARCHIVE = b"PK\x03\x04"
_SCHEMA = BundleManifest.model_fields["schema_name"].default
_MOST_BYTES = 10_000_000  # of a manifest


def archive_bytes(bundle: Path) -> bytes:
    """Return the zip file of an intact bundle; its one folder has the bundle's name and version, whatever folder it lies in.

    Files are sorted, all have the same time and rights, and what SwiftPM built inside the bundle is left out.

    Raises:
        InputDataError: there is no bundle.
        CheckFailed: it is not intact.
    """
    validate_bundle(bundle)
    manifest = read_manifest(bundle)
    folder = f"{manifest.name}-{manifest.version}"
    about = [name for name in ABOUT_MANIFEST if (bundle / name).is_file()]
    listed = [record.path for record in manifest.files]
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in sorted([*about, *listed]):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _REGULAR_FILE
            archive.writestr(entry, (bundle / name).read_bytes())
    return whole.getvalue()


def _is_archive(path: Path) -> bool:
    """Tell whether a file is a zip whose only folder holds the manifest of a bundle."""
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        if handle.read(4) != _EVERY_ARCHIVE:
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            folders = {name.partition("/")[0] for name in archive.namelist()}
            with archive.open(f"{folders.pop()}/{MANIFEST_NAME}") as manifest:
                raw = json.loads(manifest.read(_MOST_BYTES))
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, RecursionError, RuntimeError):
        return False
    return not folders and isinstance(raw, dict) and raw.get("schema") == _SCHEMA


ARCHIVE_FILE = FileKind("an earlier archive of a bundle", _is_archive)
