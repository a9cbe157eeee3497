"""Python 2 pickles of NumPy arrays, read without running anything that the file names.

A pickle is a program. Two things keep it from doing harm. Its operations are read first, without being executed: only those
that build dictionaries, lists, texts, numbers and arrays are admitted, and no more of them than such a file needs. Then every
name in the file is answered by a class of this module, and never by the function that has the name: the arrays are made here,
from bytes whose number is checked. Any other name is refused before it is looked up.

Source: Python's library reference, "pickle: restricting globals" and "pickletools"; the stored form of an array is
``numpy.ndarray.__reduce__``.
"""

import io
import pickle
import pickletools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from qleap_edge.core.errors import InputDataError

MAX_OPERATIONS = 2_000_000
MAX_TUPLES = 10_000  # nested tuples, which Python hashes by recursion, must not exhaust the stack
_TUPLES = {"TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"}
_ADMITTED = _TUPLES | {
    "PROTO", "FRAME", "STOP", "MARK", "EMPTY_DICT", "DICT", "SETITEM", "SETITEMS", "EMPTY_LIST", "LIST", "APPEND", "APPENDS",
    "EMPTY_TUPLE", "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4",
    "FLOAT", "BINFLOAT", "NONE", "NEWTRUE", "NEWFALSE", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "GET", "BINGET",
    "LONG_BINGET", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD",
}  # fmt: skip
_PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
_NUMBER_KIND = re.compile(r"[fiub][1248]")
_BROKEN = (
    pickle.UnpicklingError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, UnicodeError,
    OverflowError, MemoryError, RecursionError,
)  # fmt: skip


class _Refused(pickle.UnpicklingError):
    """The pickle holds something that is not admitted."""


class _Kind:
    """A stored ``numpy.dtype``."""

    __slots__ = ("code", "order")

    def __init__(self, code: object, *_: object) -> None:
        text = code.decode("ascii") if isinstance(code, bytes) else code
        if not isinstance(text, str) or not _NUMBER_KIND.fullmatch(text):
            raise _Refused(f"an array of {text!r}, not of plain numbers")
        self.code, self.order = text, "<"

    def __setstate__(self, state: object) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else None
        order = order.decode("latin1") if isinstance(order, bytes) else order
        if not isinstance(order, str) or order not in ("<", ">", "|", "="):
            raise _Refused(f"an unknown byte order {order!r}")
        self.order = order

    def numpy(self) -> "np.dtype[Any]":
        return np.dtype(f"{self.order}{self.code}")


class _Array:
    """A stored ``numpy.ndarray``; its numbers come with the state."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: np.ndarray | None = None

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) not in (4, 5):
            raise _Refused("an array without its state")
        shape, kind, by_column, data = state[-4:]
        self.values = _numbers(data, kind, shape, "F" if by_column else "C")


class _Name:
    """What a name of the pickle stands for: a function of this module whose state cannot be changed by the pickle."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, *arguments: object) -> object:
        return self._function(*arguments)

    def __setstate__(self, state: object) -> None:
        raise _Refused("a state for a function")


def _numbers(data: object, kind: object, shape: object, order: object) -> np.ndarray:
    """Return the array that these bytes are; the number of bytes must fit the shape."""
    raw = data.encode("latin1") if isinstance(data, str) else data
    if not isinstance(raw, bytes | bytearray) or not isinstance(kind, _Kind) or not isinstance(shape, tuple):
        raise _Refused("an array whose parts are not bytes, a kind of number and a shape")
    sizes = [size for size in shape if type(size) is int and size >= 0]
    if len(sizes) != len(shape) or len(sizes) > 8:
        raise _Refused(f"an impossible shape {shape!r}"[:80])
    stored = kind.numpy()
    count = 1
    for size in sizes:
        count *= size
    if count * stored.itemsize != len(raw):
        raise _Refused(f"an array of {count * stored.itemsize} bytes, of which {len(raw)} are stored")
    values = np.frombuffer(bytes(raw), dtype=stored).reshape(tuple(sizes), order="F" if order == "F" else "C")
    return np.ascontiguousarray(values.astype(stored.newbyteorder("=")))


def _array(kind: object, *_: object) -> _Array:
    if kind is not _NDARRAY:
        raise _Refused("an array of an unknown class")
    return _Array()


def _scalar(kind: object, data: object) -> object:
    return _numbers(data, kind, (), "C")[()]


def _encode(text: object, encoding: object = "latin1") -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise _Refused(f"a text in the encoding {encoding!r}")
    return text.encode("latin1")


def _never(*_: object) -> object:
    raise _Refused("an array that is made without its numbers")


_NDARRAY = _Name(_never)
_NAMES: Mapping[tuple[str, str], object] = {
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _Name(_Kind),
    ("_codecs", "encode"): _Name(_encode),
} | {
    (f"numpy.{core}.{module}", name): _Name(function)
    for core in ("core", "_core")
    for module, name, function in (
        ("multiarray", "_reconstruct", _array),
        ("multiarray", "scalar", _scalar),
        ("numeric", "_frombuffer", _numbers),
    )
}


class _Reader(pickle.Unpickler):
    """Answers the names of :data:`_NAMES` and refuses all others."""

    def find_class(self, module: str, name: str) -> Any:
        """Return this module's own answer to a name; nothing is imported."""
        if (module, name) not in _NAMES:
            raise _Refused(f"the name {module}.{name}")
        return _NAMES[module, name]


def read_plain_pickle(data: bytes, path: Path) -> object:
    """Return the dictionaries, lists, texts, numbers and arrays of a pickle; nothing in it is executed.

    Args:
        data: the bytes of the file.
        path: named in messages.

    Raises:
        InputDataError: the pickle is damaged, or holds anything but plain data and NumPy arrays of numbers.
    """
    try:
        _check_operations(data)
        found = _Reader(io.BytesIO(data), encoding="latin1").load()
    except _Refused as problem:
        raise InputDataError(
            "the pickle holds more than plain data and is not read",
            where=path,
            expected="dictionaries, lists, texts, numbers and NumPy arrays of numbers",
            got=str(problem),
            next_step="do not open this file with pickle; download it again from its publisher",
        ) from None
    except _BROKEN as problem:
        raise InputDataError(
            "the pickle is damaged",
            where=path,
            expected="a complete pickle",
            got=str(problem)[:120] or type(problem).__name__,
            next_step="download the file again",
        ) from None
    return _plain(found)


def _check_operations(data: bytes) -> None:
    """Read every operation without executing it."""
    tuples = 0
    for number, (operation, argument, _) in enumerate(pickletools.genops(data)):
        if operation.name not in _ADMITTED:
            raise _Refused(f"the operation {operation.name}")
        if operation.name == "GLOBAL" and tuple(str(argument).split(" ", 1)) not in _NAMES:
            raise _Refused(f"the name {str(argument).replace(' ', '.')}")
        if operation.name in _PUTS and int(argument or 0) > number:
            raise _Refused("a memory cell beyond all others")  # the reader would make room for all that lie before
        tuples += operation.name in _TUPLES
        if tuples > MAX_TUPLES or number >= MAX_OPERATIONS:
            raise _Refused(f"more than {MAX_OPERATIONS:,} operations or {MAX_TUPLES:,} tuples")


def _plain(value: object) -> object:
    """Return the value with stored arrays replaced by their numbers, inside a dictionary too."""
    if isinstance(value, _Array):
        return value.values
    if isinstance(value, dict):
        return {key: item.values if isinstance(item, _Array) else item for key, item in value.items()}
    return value
