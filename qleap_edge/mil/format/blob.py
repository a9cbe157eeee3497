"""The weight file: 64-byte records in front of aligned data, read as views of one memory map.

File header: count and version (two uint32), padded to 64 bytes. A record, where a constant's offset points: sentinel
0xDEADBEEF and type code (uint32), size in bytes, data offset, padding in bits (uint64), reserved bytes up to 64.

Source: coremltools mlmodel/src/MILBlob/Blob/StorageFormat.hpp.
"""

import struct
from pathlib import Path

import numpy as np
from jaxtyping import Shaped, UInt8

from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.format.package_kind import FETCH, POINTER
from qleap_edge.mil.format.program import DataType

_HEADER_BYTES = 64
_RECORD = struct.Struct("<IIQQQ")
_RECORD_BYTES = 64
_SENTINEL = 0xDEADBEEF
_VERSION = 2


class BlobFile:
    """One weight file, opened read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._bytes: UInt8[np.ndarray, " bytes"] = np.memmap(path, dtype=np.uint8, mode="r")
        except (OSError, ValueError) as problem:
            raise InputDataError(
                "cannot read the weight file",
                where=path,
                expected="a Core ML weight file",
                got=str(problem),
                next_step="copy the whole package again",
            ) from problem
        if bytes(self._bytes[: len(POINTER)]) == POINTER:
            raise InputDataError(
                "cannot read the weight file",
                where=path,
                expected="a Core ML weight file",
                got="a pointer of Git LFS to a file that was not fetched",
                next_step=FETCH,
            )
        version = struct.unpack_from("<I", self._bytes.data, 4)[0] if self._bytes.size >= _HEADER_BYTES else None
        if version != _VERSION:
            raise self._refuse(0, f"a header of {_HEADER_BYTES} bytes with version {_VERSION}", f"version {version}")

    def read(self, offset: int, data_type: DataType, count: int) -> tuple[Shaped[np.ndarray, " count"], int]:
        """Return ``count`` elements whose record lies at ``offset``, and their size in the file.

        Whole-byte types come as a view of the file, packed ones unpacked to one byte each.

        Raises:
            InputDataError: the offset lies outside the file, or the record disagrees with what the program declares.
        """
        if offset < _HEADER_BYTES or offset + _RECORD_BYTES > self._bytes.size:
            raise self._refuse(offset, "a record inside the file", f"a file of {self._bytes.size} bytes")
        sentinel, code, size, start, padding_bits = _RECORD.unpack_from(self._bytes.data, offset)
        if sentinel != _SENTINEL:
            raise self._refuse(offset, f"sentinel {_SENTINEL:#x}", f"{sentinel:#x}")
        if data_type.blob_code is None or code != data_type.blob_code:
            raise self._refuse(offset, f"type code {data_type.blob_code} ({data_type.name})", f"code {code}")
        if start < offset + _RECORD_BYTES or start + size > self._bytes.size:
            raise self._refuse(
                offset, f"data inside the file of {self._bytes.size} bytes", f"bytes {start} to {start + size}"
            )
        wanted = -(-count * data_type.bits // 8)
        if size != wanted:
            raise self._refuse(offset, f"{wanted} bytes for {count} elements of {data_type.name}", f"{size} bytes")
        if data_type.bits < 8:
            if padding_bits != 8 * size - count * data_type.bits:
                raise self._refuse(offset, f"{8 * size - count * data_type.bits} padding bits", str(padding_bits))
            return unpack_bits(self._bytes[start : start + size], data_type, count), size
        return np.frombuffer(self._bytes, dtype=data_type.storage, count=count, offset=start), size

    def _refuse(self, offset: int, expected: str, got: str) -> InputDataError:
        return InputDataError(
            "the weight file is damaged or belongs to another package",
            where=f"{self.path}, offset {offset}",
            expected=expected,
            got=got,
            next_step="copy the whole package again",
        )


def unpack_bits(packed: UInt8[np.ndarray, " bytes"], data_type: DataType, count: int) -> Shaped[np.ndarray, " count"]:
    """Return ``count`` elements of 1 to 7 bits each, packed least significant bit first and across byte borders.

    Signed types are two's complement. ``unpack_bits`` of eight 1-bit elements is ``numpy.unpackbits(bitorder="little")``.
    """
    bits = np.unpackbits(packed, count=count * data_type.bits, bitorder="little").reshape(count, data_type.bits)
    values = np.packbits(bits, axis=1, bitorder="little").reshape(count)
    if data_type.name.startswith("uint"):
        return values
    shift = 8 - data_type.bits
    return (values << shift).view(np.int8) >> shift
