"""The files of a recording: one file, or the files in a folder or a zip; gzip is unpacked as it is read.

Nothing is parsed here. A damaged archive, a path that does not exist and a file that is no text are refused here, with what
was found instead.
"""

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Literal, cast

from qleap_edge.core.errors import InputDataError

MAX_FILE_BYTES = 1 << 30  # a day at 200 Hz; no more is unpacked, so that a small archive cannot fill the memory
MAX_FILES = 2000  # in a folder or zip; a recording has a few dozen
MAX_RATIO = (
    200  # unpacked bytes of a packed one: recordings reach 20, and what packs better holds nothing but repetition
)
HEAD_BYTES = 1 << 16  # enough for a header of 59 columns
SHOWN_FILES = 6
_BLOCK_BYTES = 1 << 24

_TEXT_SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".json", ".gz", ""})
_GZIP = b"\x1f\x8b"
_KINDS = (
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"SQLite format 3", "an SQLite database"),
    (0, b"bplist00", "a binary property list"),
    (0, b"\x89HDF", "an HDF5 file"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (4, b"ftyp", "a video or audio file"),
    (0, b"<?xml", "an XML file (Apple Health's export.xml holds no motion samples)"),
    (0, b"<!DOCTYPE html", "a web page"),
    (0, b"<html", "a web page"),
)


@dataclass(frozen=True)
class SourceFile:
    """One file, read when asked for."""

    name: PurePosixPath
    """Inside the folder or zip; the file's own name when it was given directly."""
    where: str
    _load: Callable[[int], bytes]
    _sibling: Callable[[str], "SourceFile | None"]

    def head(self) -> bytes:
        """Return at most the first 64 KiB, unpacked.

        Raises:
            InputDataError: the file cannot be read or unpacked.
        """
        return self._load(HEAD_BYTES)

    def data(self) -> bytes:
        """Return all bytes, unpacked.

        Raises:
            InputDataError: the file cannot be read or unpacked, or holds more than 1 GiB.
        """
        data = self._load(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise InputDataError(
                "the file is too large",
                where=self.where,
                expected=f"at most {MAX_FILE_BYTES} bytes, unpacked",
                got="more",
                next_step="split the recording",
            )
        return data

    def sibling(self, name: str) -> "SourceFile | None":
        """Return the file of this name in the same folder, or ``None``; ``../name`` is the folder above."""
        return self._sibling(name)


@dataclass(frozen=True)
class Source:
    """What the user gave."""

    where: str
    kind: Literal["file", "folder", "zip"]
    files: tuple[SourceFile, ...]

    def listing(self) -> str:
        """Return what a folder or zip holds, in words."""
        return listed([str(file.name) for file in self.files]) or "no file that could be a recording"


def listed(names: Sequence[str]) -> str:
    """Return the first names and how many more there are."""
    more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
    return ", ".join(names[:SHOWN_FILES]) + more


def digest(*contents: bytes) -> str:
    """Return the SHA-256 of one file, or of the digests of several."""
    hashes = [hashlib.sha256(content) for content in contents]
    if len(hashes) == 1:
        return hashes[0].hexdigest()
    return hashlib.sha256(b"".join(part.digest() for part in hashes)).hexdigest()


def open_source(path: Path) -> Source:
    """Return the files that a path stands for.

    Raises:
        InputDataError: nothing is there, it cannot be read, it is a damaged archive, or a kind of file that is no recording.
    """
    try:
        if not path.exists():
            raise InputDataError("there is no such file or folder (No such file)", where=path, next_step=_nearest(path))
        if path.is_dir():
            return Source(str(path), "folder", _folder_files(path))
        if not path.is_file():
            raise InputDataError(
                "this is neither a file nor a folder", where=path, next_step="give the exported recording"
            )
        if zipfile.is_zipfile(path):
            return Source(str(path), "zip", _zip_files(path))
    except (OSError, ValueError) as problem:  # ValueError: a zero byte in the path
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise InputDataError(
            f"cannot read the recording ({reason})", where=path, next_step="check the path and its access rights"
        ) from problem
    file = _disk_file(path, PurePosixPath(path.name))
    _require_text(file)
    return Source(str(path), "file", (file,))


def _nearest(path: Path) -> str:
    """Say which part of a path exists and what lies there."""
    parent = path.parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if parent != path.parent:
        return f"check the path: {parent} exists, {path.parent} does not"
    try:
        names = sorted(found.name for found in parent.iterdir() if not found.name.startswith("."))
    except OSError:
        return f"check the path: {parent} cannot be listed"
    return f"check the path: {parent} holds {listed(names) or 'nothing'}"


def _require_text(file: SourceFile) -> None:
    """Refuse a picture, a video, a database and the like by the first bytes."""
    head = file.head()
    for offset, magic, kind in _KINDS:
        if head[offset : offset + len(magic)].lower() == magic.lower():
            raise InputDataError(
                f"this is {kind}, not a recording",
                where=file.where,
                expected="a CSV or JSON export of a logger app, or the folder or zip that it wrote",
                next_step="give the motion file that the logger app exported",
            )


def _disk_file(path: Path, name: PurePosixPath) -> SourceFile:
    def sibling(other: str) -> SourceFile | None:
        beside = path.parent / other
        try:
            return _disk_file(beside, name.parent / other) if beside.is_file() else None
        except (OSError, ValueError):  # a name that no file can have
            return None

    return SourceFile(name, str(path), partial(_read_file, path), sibling)


def _folder_files(folder: Path) -> tuple[SourceFile, ...]:
    names = []
    for found in sorted(folder.rglob("*")):
        inside = found.relative_to(folder)
        if _may_be_recording(PurePosixPath(inside.as_posix())) and found.is_file():
            names.append(inside)
        if len(names) > MAX_FILES:
            raise _too_many(folder)
    return tuple(_disk_file(folder / name, PurePosixPath(name.as_posix())) for name in names)


def _zip_files(path: Path) -> tuple[SourceFile, ...]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(info.filename) for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise _damaged(path, problem) from problem
    if PurePosixPath("[Content_Types].xml") in names:
        raise InputDataError(
            "this is an Office document, not a recording", where=path, next_step="save the table as CSV and give that"
        )
    if names and all(name.suffix == ".npy" for name in names):
        raise InputDataError(
            "this is a NumPy archive (`qleap watch align` writes such a file), not a recording",
            where=path,
            next_step="give the recording that it was made from",
        )
    members = {name: name for name in names if _may_be_recording(name)}
    if len(members) > MAX_FILES:
        raise _too_many(path)

    def member(name: PurePosixPath) -> SourceFile:
        def sibling(other: str) -> SourceFile | None:
            folder = name.parent.parent if other.startswith("../") else name.parent
            beside = folder / other.removeprefix("../")
            return member(beside) if beside in members else None

        return SourceFile(name, f"{path}/{name}", partial(_read_member, path, str(name)), sibling)

    return tuple(member(name) for name in sorted(members))


def _may_be_recording(name: PurePosixPath) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.parts)
    return not hidden and name.suffix.lower() in _TEXT_SUFFIXES


def _read_file(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as stream:
            return _unpacked(stream, limit, str(path), path.stat().st_size)
    except (OSError, EOFError, zlib.error) as problem:
        raise _unreadable(str(path), problem) from problem


def _read_member(path: Path, name: str, limit: int) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            if archive.getinfo(name).file_size > MAX_FILE_BYTES:
                limit = min(limit, HEAD_BYTES) if limit <= HEAD_BYTES else MAX_FILE_BYTES + 1
            packed = min(archive.getinfo(name).compress_size, path.stat().st_size)
            return _unpacked(cast(io.BufferedIOBase, stream), limit, f"{path}/{name}", packed)
    except (
        zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError, ValueError, KeyError,
    ) as problem:  # fmt: skip
        raise _damaged(path, problem) from problem


def _unpacked(stream: io.BufferedIOBase, limit: int, where: str, packed: int) -> bytes:
    """Read at most ``limit`` bytes; a gzip stream is recognised by its first two bytes and unpacked.

    Args:
        stream: the file, or the member of a zip.
        limit: bytes to read at most.
        where: the file, for messages.
        packed: bytes that it takes on the disk.

    Raises:
        InputDataError: it unpacks to absurdly more than it takes on the disk.
    """
    start = stream.read(2)
    stream.seek(0)
    if start == _GZIP:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            return _blocks(unpacked, limit, where, packed)
    return _blocks(stream, limit, where, packed)


def _blocks(stream: io.BufferedIOBase, limit: int, where: str, packed: int) -> bytes:
    """Read block by block, so that a small archive is refused long before it fills the memory."""
    parts, read = [], 0
    while read < limit and (block := stream.read(min(_BLOCK_BYTES, limit - read))):
        parts.append(block)
        read += len(block)
        if read > max(_BLOCK_BYTES, MAX_RATIO * packed):
            raise InputDataError(
                "the archive unpacks to far more than a recording does",
                where=where,
                expected=f"at most {MAX_RATIO} times its {packed} bytes",
                got="more",
                next_step="if it is your recording, unpack it and give the file that is in it",
            )
    return b"".join(parts)


def _unreadable(where: str, problem: Exception) -> InputDataError:
    reason = getattr(problem, "strerror", None) or str(problem)
    return InputDataError(
        f"cannot read the recording ({reason})",
        where=where,
        next_step="check its access rights; if it is a .gz, it may be cut: copy or export it again",
    )


def _damaged(path: Path, problem: Exception) -> InputDataError:
    return InputDataError(
        "the zip cannot be unpacked", where=path, got=str(problem), next_step="export the recording again"
    )


def _too_many(where: Path) -> InputDataError:
    return InputDataError(
        "too many files for one recording",
        where=where,
        expected=f"at most {MAX_FILES}",
        got="more",
        next_step="give the folder or the file of one recording",
    )
