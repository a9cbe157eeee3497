"""Reads the file in which Weights & Biases keeps a run that is not uploaded (yet).

W&B writes it in a process of its own, which reports a full disk to its debug log and to nobody else. Counting what arrived is
the only way to know.

Source: LevelDB's log format (https://github.com/google/leveldb/blob/main/doc/log_format.md) with W&B's own 7-byte header and
a plain CRC-32 over type and data; the records are ``wandb_internal_pb2.Record``.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qleap_edge.core.errors import InputDataError
from qleap_edge.training.tracking.extras import import_extra

_MAGIC = struct.pack("<4sHB", b":W&B", 0xBEE1, 0)
_BLOCK_BYTES = 32768
_HEADER = struct.Struct("<IHB")  # checksum, length, type
_FULL, _FIRST, _LAST = 1, 2, 4  # 3 is the middle of a long one


def read_history(path: Path) -> list[dict[str, Any]]:
    """Return the logged rows, W&B's own ``_step``, ``_timestamp`` and ``_runtime`` among their values.

    Raises:
        InputDataError: the file cannot be read, is of another kind, or a record fails its checksum.
        UsageError: wandb is not installed.
    """
    messages = import_extra("wandb.proto.wandb_internal_pb2", "wandb")
    rows = []
    for data in _records(path):
        record = messages.Record.FromString(data)
        if record.WhichOneof("record_type") == "history":
            items = record.history.item
            rows.append({item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items})
    return rows


def _records(path: Path) -> Iterator[bytes]:
    """Yield the records up to the end of the file, or to where it is torn off."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise InputDataError(f"cannot read the file ({problem.strerror})", where=path) from problem
    if not data.startswith(_MAGIC):
        raise InputDataError("not a file of Weights & Biases", where=path, expected=repr(_MAGIC), got=repr(data[:7]))
    position, parts = len(_MAGIC), b""
    while position + _HEADER.size <= len(data):
        left = _BLOCK_BYTES - position % _BLOCK_BYTES
        if left < _HEADER.size:  # the rest of a block that no header fits into is padding
            position += left
            continue
        checksum, length, kind = _HEADER.unpack_from(data, position)
        start = position + _HEADER.size
        if start + length > len(data):
            return
        if zlib.crc32(data[start - 1 : start + length]) != checksum:
            raise InputDataError("a record fails its checksum", where=f"{path}, byte {position}")
        parts = data[start : start + length] if kind in (_FULL, _FIRST) else parts + data[start : start + length]
        if kind in (_FULL, _LAST):
            yield parts
        position = start + length
