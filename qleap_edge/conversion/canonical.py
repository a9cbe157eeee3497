"""Write a Core ML package so that equal models give equal bytes, in any process, on any day.

coremltools varies three things from run to run: the order of protobuf maps, two random UUIDs in ``Manifest.json``, and the
conversion date. Here maps are written in the order of their keys, UUIDs are derived from content, the date comes from
``SOURCE_DATE_EPOCH`` (default: 1 January 1980), stray files are left out and file modes are fixed.
"""

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qleap_edge.conversion.map_order import with_ordered_maps
from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import fix_modes, sha256_bytes, sha256_file
from qleap_edge.core.recipe import ConversionTable

SPEC_PATH = "com.apple.CoreML/model.mlmodel"
WEIGHTS_PATH = "com.apple.CoreML/weights"
_DATE_KEY = "com.github.apple.coremltools.conversion_date"
_DEFAULT_EPOCH = 315_532_800  # 1980-01-01: zip archives cannot hold an earlier date
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "mlpackage.quantumleap.edge")


def source_date() -> str:
    """Return the date that goes into the model's metadata, YYYY-MM-DD.

    Raises:
        UsageError: ``SOURCE_DATE_EPOCH`` is set to something that is not a number of seconds.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", str(_DEFAULT_EPOCH))
    try:
        return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError) as problem:
        raise UsageError(
            "SOURCE_DATE_EPOCH is not a number of seconds", where="environment", got=repr(text), next_step="unset it"
        ) from problem


def conversion_config(table: ConversionTable) -> dict[str, object]:
    """Return what, besides the checkpoint, decides the bytes of a conversion: another date is another package."""
    return {**table.model_dump(mode="json"), "source_date": source_date()}


@contextmanager
def copy_to_open(package: Path) -> Iterator[Path]:
    """Yield a copy of a package for coremltools, which rewrites Manifest.json in whatever it opens."""
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(shutil.copytree(package, Path(scratch) / package.name))


def write_canonical(model: Any, out: Path) -> None:
    """Write a coremltools ``MLModel`` as a canonical ``.mlpackage`` folder.

    Args:
        model: an ML Program with its weights on disk (``weights_dir``).
        out: the folder to make; it must not exist.
    """
    spec = model.get_spec()
    if _DATE_KEY in spec.description.metadata.userDefined:
        spec.description.metadata.userDefined[_DATE_KEY] = source_date()
    data = out / "Data"
    spec_bytes = with_ordered_maps(spec.SerializeToString(deterministic=True), spec.DESCRIPTOR)
    (data / WEIGHTS_PATH).mkdir(parents=True)
    (data / SPEC_PATH).write_bytes(spec_bytes)
    weights = data / WEIGHTS_PATH / "weight.bin"
    shutil.copyfile(Path(model.weights_dir) / "weight.bin", weights)
    spec_id = str(uuid.uuid5(_NAMESPACE, "model " + sha256_bytes(spec_bytes)))
    weights_id = str(uuid.uuid5(_NAMESPACE, "weights " + sha256_file(weights)))
    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {
            spec_id: _entry("CoreML Model Specification", "model.mlmodel", SPEC_PATH),
            weights_id: _entry("CoreML Model Weights", "weights", WEIGHTS_PATH),
        },
        "rootModelIdentifier": spec_id,
    }
    # Exactly the layout coremltools itself writes: opening the package with it must not change a byte.
    (out / "Manifest.json").write_text(json.dumps(manifest, indent=4, sort_keys=True) + "\n", encoding="utf-8")
    fix_modes(out)


def _entry(description: str, name: str, path: str) -> dict[str, str]:
    return {"author": "com.apple.CoreML", "description": description, "name": name, "path": path}
