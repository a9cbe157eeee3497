"""A bundle as one zip file whose bytes depend on the bundle's files alone, not on the day, the machine or the file system."""

import io
import zipfile
from pathlib import Path

from qleap_edge.bundle.layout import ABOUT_MANIFEST
from qleap_edge.bundle.validate import read_manifest, validate_bundle
from qleap_edge.core.output_paths import FileKind

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the format holds
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3
_LEVEL = 6
_EVERY_ARCHIVE = b"PK\x03\x04"


def archive_bytes(bundle: Path) -> bytes:
    """Return the zip file of an intact bundle; its one folder has the bundle's name.

    Files are sorted, all have the same time and rights, and what SwiftPM built inside the bundle is left out.

    Raises:
        InputDataError: there is no bundle.
        CheckFailed: it is not intact.
    """
    validate_bundle(bundle)
    folder = bundle.resolve().name
    about = [name for name in ABOUT_MANIFEST if (bundle / name).is_file()]
    listed = [record.path for record in read_manifest(bundle).files]
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in sorted([*about, *listed]):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _REGULAR_FILE
            archive.writestr(entry, (bundle / name).read_bytes())
    return whole.getvalue()


def _is_archive(path: Path) -> bool:
    """Tell whether a file is a zip that holds the manifest of a bundle."""
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        if handle.read(4) != _EVERY_ARCHIVE:
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.count("/") == 1 and name.endswith("/manifest.json") for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


ARCHIVE_FILE = FileKind("an earlier archive of a bundle", _is_archive)
