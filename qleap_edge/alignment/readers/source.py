"""Find and read a recording's bytes in a file, a folder, or a zip that holds the folder."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeVar

from qleap_edge.core.errors import InputDataError

MOTION_FILE = "WristMotion.csv"
METADATA_FILE = "Metadata.csv"
MAX_MEMBER_BYTES = 1 << 30  # a day at 200 Hz; a larger file is not read, so that a small zip cannot fill the memory

_Name = TypeVar("_Name", Path, PurePosixPath)


@dataclass(frozen=True)
class Source:
    """The motion table's bytes and those of its companion files."""

    where: str
    data: bytes
    companions: Mapping[str, bytes] = field(default_factory=dict)
    """File name → bytes, of the companion files that readers use."""


def open_source(path: Path) -> Source:
    """Read a motion CSV, or find it in a folder or zip.

    Raises:
        InputDataError: nothing there, not readable, no or several motion files inside, or a damaged zip.
    """
    if path.is_dir():
        return _from_folder(path)
    try:
        if zipfile.is_zipfile(path):
            return _from_zip(path)
        data = path.read_bytes()
        beside = path.with_name(METADATA_FILE)
        companions = {METADATA_FILE: beside.read_bytes()} if path.name == MOTION_FILE and beside.is_file() else {}
    except OSError as problem:
        raise InputDataError(
            f"cannot read the recording ({problem.strerror})", where=path, next_step="check the path"
        ) from problem
    return Source(str(path), data, companions)


def _from_folder(folder: Path) -> Source:
    motion = _only_one(sorted(found for found in folder.rglob(MOTION_FILE) if found.is_file()), folder)
    return open_source(motion)


def _from_zip(path: Path) -> Source:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir() and "__MACOSX" not in info.filename]
            named = [PurePosixPath(info.filename) for info in members]
            motion = _only_one([name for name in named if name.name == MOTION_FILE], path)
            beside = motion.with_name(METADATA_FILE)
            companions = {METADATA_FILE: _member(archive, beside, path)} if beside in named else {}
            return Source(f"{path}/{motion}", _member(archive, motion, path), companions)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError) as problem:
        raise InputDataError(
            "the zip cannot be unpacked", where=path, got=str(problem), next_step="export the recording again"
        ) from problem


def _member(archive: zipfile.ZipFile, name: PurePosixPath, path: Path) -> bytes:
    size = archive.getinfo(str(name)).file_size
    if size > MAX_MEMBER_BYTES:
        raise InputDataError(
            "the file inside the zip is too large",
            where=f"{path}/{name}",
            expected=f"at most {MAX_MEMBER_BYTES} bytes",
            got=f"{size}",
            next_step="unpack it and split the recording",
        )
    return archive.read(str(name))


def _only_one(found: list[_Name], where: Path) -> _Name:
    if len(found) != 1:
        raise InputDataError(
            "no watch motion file inside" if not found else "several watch motion files inside",
            where=where,
            expected=f"one {MOTION_FILE}",
            got=", ".join(str(name) for name in found[:5]) or "none",
            next_step="switch the wrist motion sensor on and record again" if not found else "give one of them",
        )
    return found[0]
