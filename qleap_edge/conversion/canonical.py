"""Write a Core ML package so that equal models give equal bytes, in any process, on any day.

coremltools varies three things from run to run: the order of protobuf maps, two random UUIDs in ``Manifest.json``, and the
conversion date. Here maps are written in the order of their keys, UUIDs are derived from content, the date comes from
``SOURCE_DATE_EPOCH`` (default: 1 January 1980), stray files are left out and file modes are fixed.

``SerializeToString(deterministic=True)`` gives equal bytes only within one build of protobuf: where a key begins with another
key, the C library writes the longer one first and the Python library the shorter one. So the entries of maps are sorted here.

Source: protobuf.dev, "Encoding" (wire types, map entries) and "Serialization is not canonical".
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

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import fix_modes, sha256_bytes, sha256_file
from qleap_edge.core.recipe import ConversionTable

SPEC_PATH = "com.apple.CoreML/model.mlmodel"
WEIGHTS_PATH = "com.apple.CoreML/weights"
_DATE_KEY = "com.github.apple.coremltools.conversion_date"
_DEFAULT_EPOCH = 315_532_800  # 1980-01-01: zip archives cannot hold an earlier date
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "mlpackage.quantumleap.edge")
_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5
_END = b"\xff"  # occurs in no UTF-8 text: a key sorts after the longer ones that begin with it, as in the C library


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


def with_ordered_maps(data: bytes, descriptor: Any) -> bytes:
    """Return a serialised message with the entries of every map, at any depth, in the order of their keys.

    Entries only change places, so every length in the message stays true.

    Args:
        data: the serialised message, its fields in the order of their numbers.
        descriptor: descriptor of the message's type.

    Raises:
        ValueError: the message holds a group, a wire type that protobuf no longer writes.
    """
    pieces: list[tuple[int, bytes, bytes]] = []  # field number, key of a map's entry, the field's bytes
    position = 0
    while position < len(data):
        start = position
        tag, position = _varint(data, position)
        number, wire_type = tag >> 3, tag & 7
        field = descriptor.fields_by_number.get(number)
        key = b""
        if wire_type == _LENGTH_DELIMITED:
            size, body = _varint(data, position)
            position = body + size
            piece = data[start:position]
            if field is not None and field.message_type is not None:
                piece = data[start:body] + with_ordered_maps(data[body:position], field.message_type)
                if field.message_type.GetOptions().map_entry:
                    key = _key(data[body:position])
        else:
            position = _end_of_number(data, position, wire_type)
            piece = data[start:position]
        pieces.append((number, key, piece))
    return b"".join(piece for _, _, piece in sorted(pieces, key=lambda item: item[:2]))


def _key(entry: bytes) -> bytes:
    """Return the key of a map's entry, whose first field it is, ready to be compared."""
    tag, position = _varint(entry, 0)
    if tag & 7 != _LENGTH_DELIMITED:
        return entry[position : _end_of_number(entry, position, tag & 7)]
    size, position = _varint(entry, position)
    return entry[position : position + size] + _END


def _end_of_number(data: bytes, position: int, wire_type: int) -> int:
    if wire_type == _VARINT:
        return _varint(data, position)[1]
    if wire_type in (_FIXED64, _FIXED32):
        return position + (8 if wire_type == _FIXED64 else 4)
    raise ValueError(f"wire type {wire_type} at byte {position}: a group")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Return the number at ``position``, seven bits a byte, least first, and the position behind it."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
