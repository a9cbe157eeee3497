"""Zip files whose bytes depend on what is in them alone, not on the day, the machine or the file system."""

import io
import json
import zipfile
from collections.abc import Mapping
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

    What SwiftPM built inside the bundle is left out.

    Raises:
        InputDataError: there is no bundle.
        CheckFailed: it is not intact.
    """
    validate_bundle(bundle)
    manifest = read_manifest(bundle)
    about = [name for name in ABOUT_MANIFEST if (bundle / name).is_file()]
    names = (*about, *(record.path for record in manifest.files))
    return zip_bytes(f"{manifest.name}-{manifest.version}", {name: bundle / name for name in names})


def zip_bytes(folder: str, files: Mapping[str, Path]) -> bytes:
    """Return a zip file with one folder; files are sorted, and all have the same time and rights.

    Args:
        folder: its name.
        files: path in the folder → file.
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _REGULAR_FILE
            archive.writestr(entry, path.read_bytes())
    return whole.getvalue()


def archive_kind(what: str, manifest: str) -> FileKind:
    """Return the kind of a zip file whose one folder holds the manifest of a bundle at the path ``manifest``."""

    def recognises(path: Path) -> bool:
        if not path.is_file():
            return False
        with path.open("rb") as handle:
            if handle.read(4) != _EVERY_ARCHIVE:
                return False
        try:
            with zipfile.ZipFile(path) as archive:
                folders = {name.partition("/")[0] for name in archive.namelist()}
                with archive.open(f"{folders.pop()}/{manifest}") as handle:
                    raw = json.loads(handle.read(_MOST_BYTES))
        except (zipfile.BadZipFile, OSError, KeyError, ValueError, RecursionError, RuntimeError):
            return False
        return not folders and isinstance(raw, dict) and raw.get("schema") == _SCHEMA

    return FileKind(what, recognises)


ARCHIVE_FILE = archive_kind("an earlier archive of a bundle", MANIFEST_NAME)
