"""Hidden folders beside an output, for work that is not finished: made, recognised and deleted here, and nowhere else.

Each holds a file that marks it as made by this tool. A folder without that file belongs to the user, whatever its name: it is
never deleted and never written to. A process locks the folder that it works in, so that no other one takes it for left over;
the lock is the kernel's and ends with the process.
"""

import errno
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.output_paths import FolderKind, first_foreign_entry, require_replaceable

SCRATCH_MARK = "qleap-scratch.txt"
_MARK_TEXT = "Unfinished work of qleap-edge. The whole folder is deleted without asking when the work is done.\n"
_BUILDING, _NEW = "qleap-", "new"
OLD = "old"
"""Name beside a folder of :func:`building_folder`, for the output that it replaces."""


def require_claimable(folder: Path) -> None:
    """Refuse a scratch folder's path if a folder without the mark, or a file, lies there.

    Raises:
        UsageError: it does.
    """
    if not os.path.lexists(folder) or is_scratch(folder):
        return
    if folder.is_symlink() or not folder.is_dir() or any(folder.iterdir()):
        raise UsageError(
            "unfinished work is kept here, but something else lies here already",
            where=folder,
            expected=f"nothing, or a folder with {SCRATCH_MARK}",
            next_step="move it away, or choose another name for the output",
        )


def is_scratch(folder: Path) -> bool:
    """Return whether a folder carries the mark of this tool."""
    return not folder.is_symlink() and (folder / SCRATCH_MARK).is_file()


def claim(folder: Path) -> None:
    """Make a scratch folder, or take one that is there already.

    Raises:
        UsageError: a folder without the mark, or a file, lies there.
        InputDataError: it cannot be made.
    """
    require_claimable(folder)
    mark = folder / SCRATCH_MARK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not mark.exists():
            mark.write_text(_MARK_TEXT, encoding="utf-8")
    except OSError as problem:
        raise InputDataError(
            f"cannot write the folder ({problem.strerror})",
            where=folder,
            next_step="free some disk space or choose another folder",
        ) from problem


def discard(folder: Path) -> None:
    """Delete a scratch folder that belongs to the caller; a folder without the mark is left as it is."""
    if is_scratch(folder):
        shutil.rmtree(folder, ignore_errors=True)


def discard_abandoned(folder: Path) -> None:
    """Delete a scratch folder unless a running process has locked it; a folder without the mark is left as it is."""
    if is_scratch(folder):
        with _locked(folder) as free:
            if free:
                discard(folder)


def remove_leftovers(out: Path) -> None:
    """Delete all hidden siblings of a finished output that killed processes left behind."""
    _remove_abandoned_builds(out)
    for folder in siblings(out, ""):
        discard_abandoned(folder)


def siblings(out: Path, suffix: str) -> list[Path]:
    """Return the folders beside ``out`` whose names are ``.<name>.`` and then ``suffix`` and anything."""
    begin = f".{out.name}.{suffix}"
    if not out.parent.is_dir():
        return []
    return [path for path in sorted(out.parent.iterdir()) if path.name.startswith(begin) and path.is_dir()]


@contextmanager
def building_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder to fill, in a scratch folder beside ``out`` which is deleted at the end.

    Beside it, :data:`OLD` is free for what is replaced.

    Raises:
        OSError: it cannot be made.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned_builds(out)
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.{_BUILDING}", dir=out.parent))
    descriptor = os.open(scratch, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        claim(scratch)
        (scratch / _NEW).mkdir()
        yield scratch / _NEW
    finally:
        _give_back(scratch, out)
        discard(scratch)
        os.close(descriptor)


def replace_folder(finished: Path, out: Path, kind: FolderKind, old: Path) -> None:
    """Move a finished folder to its place; what lay there is first moved to ``old``, where it can be deleted.

    The rules are checked once more, on the folder that lies there now and again after it has been moved away, so that a file
    that is put there during the work is never lost.

    Args:
        finished: the folder to move, on the same file system.
        out: its place.
        kind: what may be replaced.
        old: path that is free, on the same file system.

    Raises:
        UsageError: the folder may not be replaced any more. The finished one is kept beside it; the message says where.
    """
    try:
        require_replaceable(out, kind)
        if out.exists():
            out.rename(old)
            foreign = first_foreign_entry(old, kind)
            if foreign is not None:
                old.rename(out)
                raise UsageError("a file was put into the folder during the work", where=out, got=foreign)
        _rename_to_free(finished, out)
    except UsageError as problem:
        kept = Path(tempfile.mkdtemp(prefix=f"{out.name}.finished-", dir=out.parent))
        finished.rename(kept)
        raise UsageError(
            problem.what,
            where=problem.where,
            expected=problem.expected,
            got=problem.got,
            next_step=f"nothing was replaced, and the finished output lies in {kept}: move it where you want it",
        ) from problem


def _rename_to_free(finished: Path, out: Path) -> None:
    try:
        finished.rename(out)
    except OSError as problem:
        if problem.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            raise
        raise UsageError("something else was made here during the work", where=out) from problem


def _remove_abandoned_builds(out: Path) -> None:
    """Delete what :func:`building_folder` could not because its process was killed."""
    own = re.compile(re.escape(f".{out.name}.{_BUILDING}") + r"[a-z0-9_]{8}")  # as tempfile.mkdtemp names it
    for folder in siblings(out, _BUILDING):
        if own.fullmatch(folder.name):
            with _locked(folder) as free:
                if free:
                    _give_back(folder, out)
                    discard(folder)
                    with suppress(OSError):  # of a folder that is gone, or not empty
                        folder.rmdir()  # its process was killed before it could say whose folder this is


def _give_back(scratch: Path, out: Path) -> None:
    """Put the replaced folder back if the process stopped between moving it away and moving the new one in."""
    if is_scratch(scratch) and (scratch / OLD).is_dir() and not os.path.lexists(out):
        (scratch / OLD).rename(out)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Lock a folder; yield whether that was possible: no running process works in it."""
    descriptor = None
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    except OSError:  # BlockingIOError: locked; another one: it cannot be opened, or is gone
        free = False
    try:
        yield free
    finally:
        if descriptor is not None:
            os.close(descriptor)
