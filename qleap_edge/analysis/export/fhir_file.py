"""Which file is an earlier FHIR export, so that it may be replaced."""

import json
from pathlib import Path

from qleap_edge.analysis.export.fhir_elements import EXPORT_IDENTIFIER
from qleap_edge.core.output_paths import FileKind


def _recognises(path: Path) -> bool:
    with path.open("rb") as handle:
        if handle.read(1) != b"{":  # as canonical JSON begins; a large file of another kind is not read any further
            return False
    try:
        raw = json.loads(path.read_bytes())
    except (ValueError, RecursionError):  # neither UTF-8 nor JSON, or nested too deeply
        return False
    if not isinstance(raw, dict) or raw.get("resourceType") != "Bundle":
        return False
    identifier = raw.get("identifier")
    return isinstance(identifier, dict) and identifier.get("system") == EXPORT_IDENTIFIER


FHIR_FILE = FileKind("an earlier FHIR export", _recognises)
"""A Bundle with the identifier that :func:`~qleap_edge.analysis.export.fhir.fhir_text` writes."""
