"""One order for the entries of protobuf maps, whatever the library that wrote them.

``SerializeToString(deterministic=True)`` promises equal bytes only within one build of protobuf: where a key begins with
another key, the C library writes the longer one first, the Python library the shorter one.

Source: protobuf.dev, "Encoding" (wire types, map entries) and "Serialization is not canonical".
"""

from typing import Any

_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5
_END = b"\xff"  # in no UTF-8 text: a key comes after the longer ones that begin with it, as the C library has it


def with_ordered_maps(data: bytes, descriptor: Any) -> bytes:
    """Return a serialised message with the entries of every map, at any depth, in the order of their keys.

    Entries only change places, so every length in the message stays true.

    Args:
        data: the message, its fields in the order of their numbers.
        descriptor: of its kind.

    Raises:
        ValueError: it holds a group, which protobuf wrote long ago.
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
