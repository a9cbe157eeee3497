"""Change a bundle as somebody without the signing key can: every hash fits afterwards."""

import json
from collections.abc import Callable
from pathlib import Path

from qleap_edge.bundle.assemble import checksum_line
from qleap_edge.bundle.layout import CHECKSUM_NAME, SIGNATURE_NAME
from qleap_edge.core.manifest import MANIFEST_NAME, list_files


def repack(bundle: Path, change: Callable[[dict], None] = lambda manifest: None) -> None:
    """Vouch for whatever lies in the folder now: what somebody without the signing key can do."""
    manifest = json.loads((bundle / MANIFEST_NAME).read_text())
    files = list_files(bundle, exclude=(MANIFEST_NAME, CHECKSUM_NAME, SIGNATURE_NAME))
    manifest["files"] = [record.model_dump() for record in files]
    change(manifest)
    (bundle / MANIFEST_NAME).write_text(json.dumps(manifest))
    (bundle / CHECKSUM_NAME).write_text(checksum_line((bundle / MANIFEST_NAME).read_bytes()))


def edit(path: Path, change: Callable[[dict], None]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
