"""``manifest.json`` of a bundle: every file's sha256 and where it came from."""

from typing import Literal

from qleap_edge.core.grades import Grade
from qleap_edge.core.manifest import FileRecord
from qleap_edge.core.records import Document


class BundleManifest(Document):
    """``manifest.json`` at the root of a bundle."""

    schema_name: Literal["qleap.bundle"] = "qleap.bundle"
    schema_version: Literal[3] = 3
    """Also of the layout. 2: ``reports/accuracy.json``, before ``evaluation.json``; 3: ``analysis.json`` came."""
    name: str
    version: str
    recipe: str
    grade: Grade
    """Which set of bounds the gates applied; a tiny bundle proves that the stages work, not the accuracy."""
    variant: str
    """Which compressed form of the model ships."""
    seed: int
    revision: str
    inputs: dict[str, str]
    """Stage → digest of the stage folder the bundle was made from."""
    tools: dict[str, str]
    files: tuple[FileRecord, ...]


class PayloadManifest(Document):
    """``payload.json`` inside the Swift package's resources: what the app verifies when it loads."""

    schema_name: Literal["qleap.payload"] = "qleap.payload"
    schema_version: Literal[3] = 3
    model_name: str
    model_version: str
    package_sha256: str
    grade: Grade
    warning: str
    """What an app must tell whoever it shows figures to; empty for grade ``release``."""
    unmet: tuple[str, ...]
    """Measurements that miss their bound of grade ``release``."""
    files: tuple[FileRecord, ...]
