"""The rules about output paths: what a command may replace, and what it must refuse because it belongs to the user.

A folder is replaced only if it is an earlier output of the same command: its manifest says so, and it holds no file that the
manifest does not list. An absent or empty folder is always fine. A file is replaced only if it is recognisably an earlier
output of the same kind. No option widens these rules. A command checks them before its work and once more before it writes.
"""

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qleap_edge.core.errors import UsageError
from qleap_edge.core.records import Document, write_atomically

_ANOTHER_FOLDER = "choose another folder for the output"
_ANOTHER_FILE = "choose another name, or remove the file"
_EDGE_BYTES = 4096
"""A file's mark is looked for in so many bytes at its beginning and at its end."""


@dataclass(frozen=True)
class FolderKind:
    """What an earlier output of one command looks like."""

    what: str
    """What it is called in a message, with its article."""
    manifest: str
    """Path of the manifest; it lists the folder's files under ``files``, each with its ``path``."""
    schema: str
    """``schema`` in the manifest."""
    stage: str | None = None
    """``stage`` in the manifest; None: the manifest has no such key."""
    unlisted: tuple[str, ...] = ()
    """Files that belong to the output although the manifest does not list them, the manifest itself aside."""
    build_folders: tuple[str, ...] = ()
    """Paths with a final slash, below which a compiler leaves what it can make again."""
    below: str = ""
    """What the listed paths of the folder's files begin with, a final slash included; other listed paths are of no concern."""


@dataclass(frozen=True)
class FileKind:
    """What an earlier output file of one kind looks like."""

    what: str
    """What it is called in a message, with its article."""
    recognises: Callable[[Path], bool]
    """Tells whether a regular file is one."""


def json_document(kind: type[Document], what: str) -> FileKind:
    """Return the kind of a JSON document: a file is one if its ``schema`` is that of ``kind``, in any version."""

    def recognises(path: Path) -> bool:
        if not path.is_file():
            return False
        with path.open("rb") as handle:
            if handle.read(1) != b"{":  # as canonical JSON begins; a large file of another kind is not read any further
                return False
        try:
            raw = json.loads(path.read_bytes())
        except (ValueError, RecursionError):  # neither UTF-8 nor JSON, or nested too deeply
            return False
        return isinstance(raw, dict) and raw.get("schema") == kind.model_fields["schema_name"].default

    return FileKind(what, recognises)


def marked_file(what: str, magic: bytes, mark: bytes) -> FileKind:
    """Return the kind of a file that begins with ``magic`` and carries our ``mark`` near its beginning or its end."""

    def recognises(path: Path) -> bool:
        with path.open("rb") as handle:
            first = handle.read(_EDGE_BYTES)
            handle.seek(max(0, path.stat().st_size - _EDGE_BYTES))
            return first.startswith(magic) and (mark in first or mark in handle.read(_EDGE_BYTES))

    return FileKind(what, recognises)


def require_outside(folder: Path, out: Path) -> None:
    """Refuse an output below a folder whose files are listed by its manifest: one more would break it.

    Raises:
        UsageError: it lies there.
    """
    whole = folder.resolve()
    if whole in out.resolve().parents:
        raise UsageError(
            "the output would lie inside the bundle", where=out, expected=f"a path outside of {whole}", got="one below it",
            next_step="choose another folder: a file that the manifest does not list breaks the bundle",
        )  # fmt: skip


def require_output_folder(out: Path) -> None:
    """Refuse a path at which no command may make a folder, or put files of its own beside the user's.

    These are the current folder, the home folder and every folder around them; the root of a git work tree; a link; and a
    path where, or on the way to which, something else than a folder lies.

    Raises:
        UsageError: it is such a path.
    """
    _require_folders_above(out)
    mode = _mode_of(out)
    if mode is not None and not stat.S_ISDIR(mode):
        raise UsageError(
            "something else than a folder lies here",
            where=out,
            expected="a new folder, or an earlier output",
            got=_name_of(mode),
            next_step=_ANOTHER_FOLDER,
        )
    whole = out.resolve()
    got = next((name for name, place in _kept_places().items() if place == whole or whole in place.parents), None)
    if got is None and os.path.lexists(whole / ".git"):
        got = "the root of a git work tree"
    if got is not None:
        raise UsageError(
            "an output must have a folder of its own",
            where=whole,
            expected="a folder below it, with a name of its own",
            got=got,
            next_step=_ANOTHER_FOLDER,
        )


def require_replaceable(out: Path, kind: FolderKind) -> None:
    """Refuse a folder whose replacement would destroy something else than an earlier output of the same kind.

    A listed file whose bytes have changed is no reason to refuse: it is in the place of one that the command made.

    Raises:
        UsageError: :func:`require_output_folder` refuses the path, or the folder holds something else.
    """
    require_output_folder(out)
    found = first_foreign_entry(out, kind)
    if found is not None:
        raise UsageError(
            f"the folder holds something else than {kind.what}",
            where=out,
            expected=f"a new or empty folder, or {kind.what} and nothing else",
            got=found,
            next_step="choose another folder, or move away what is yours in this one",
        )


def first_foreign_entry(folder: Path, kind: FolderKind) -> str | None:
    """Say in a phrase what makes a folder something else than an earlier output of ``kind``; None: nothing does.

    Raises:
        UsageError: the folder cannot be read.
    """
    try:
        files = _files_below(folder) if folder.exists() else iter(())
        first = next(files, None)
        if first is None:
            return None
        listed = _listed(folder / kind.manifest, kind)
        if isinstance(listed, str):
            return listed if first == kind.manifest else f"{first}, and {listed}"
        own = {*listed, kind.manifest, *kind.unlisted}
        unlisted = (path for path in (first, *files) if path not in own and not path.startswith(kind.build_folders))
        first_unlisted = next(unlisted, None)
    except OSError as problem:
        raise UsageError(
            f"the folder cannot be read ({problem.strerror})", where=folder, next_step=_ANOTHER_FOLDER
        ) from problem
    return None if first_unlisted is None else f"{first_unlisted}, which its {kind.manifest} does not list"


def require_replaceable_file(path: Path, kind: FileKind) -> None:
    """Refuse a file whose replacement would destroy something else than an earlier output of the same kind.

    Raises:
        UsageError: a folder, a link, a device or another file lies there, or something else than a folder lies above it.
    """
    _require_folders_above(path)
    mode = _mode_of(path)
    if mode is None:
        return
    if not stat.S_ISREG(mode):  # asked before it is opened: a named pipe would wait for a writer
        raise UsageError(
            "the output cannot be written here",
            where=path,
            expected=f"a new file, or {kind.what}",
            got=_name_of(mode),
            next_step="choose another name for the output file",
        )
    try:
        known = kind.recognises(path)
    except OSError as problem:
        raise UsageError(
            f"the file that lies here cannot be read ({problem.strerror})", where=path, next_step=_ANOTHER_FILE
        ) from problem
    if not known:
        raise UsageError(
            f"the file that lies here is not {kind.what}",
            where=path,
            expected=f"a new file, or {kind.what} of this tool",
            got=f"{path.lstat().st_size:,} bytes of something else",
            next_step=_ANOTHER_FILE,
        )


def require_different_files(*outputs: tuple[str, Path | None]) -> None:
    """Refuse two output options that name one file: the second would find the first in its place.

    Args:
        outputs: options with their paths; ``None`` is an option that was not given.

    Raises:
        UsageError: two of them are one file.
    """
    seen: dict[Path, str] = {}
    for option, path in outputs:
        if path is None:
            continue
        other = seen.setdefault(path.resolve(), option)
        if other != option:
            raise UsageError(
                "two outputs cannot be one file",
                where=path,
                expected="two names",
                got=f"{other} and {option}",
                next_step=f"choose another name for {option}",
            )


def write_output(path: Path, data: bytes, kind: FileKind) -> None:
    """Write an output file atomically, after :func:`require_replaceable_file` has agreed.

    Raises:
        UsageError: something else lies there.
        InputDataError: the file cannot be written.
    """
    require_replaceable_file(path, kind)
    write_atomically(path, data)


def _require_folders_above(path: Path) -> None:
    """Refuse a path below something that is no folder; folders that do not exist yet are made later."""
    for folder in path.absolute().parents:
        mode = _mode_of(folder)
        if mode is not None and not folder.is_dir():
            raise UsageError(
                "a folder is needed here",
                where=folder,
                expected="a folder, or nothing yet",
                got=_name_of(mode),
                next_step=_ANOTHER_FOLDER,
            )
        if mode is not None:
            return


def _kept_places() -> dict[str, Path]:
    """Return the folders that are never replaced, nor any folder around them, by what a message calls them."""
    places = {"the current folder, or one around it": Path.cwd()}
    with suppress(RuntimeError):  # an account without a home folder
        places["the home folder, or one around it"] = Path.home()
    return {name: place.resolve() for name, place in places.items()}


def _listed(manifest: Path, kind: FolderKind) -> set[str] | str:
    """Return the paths that a manifest lists, or a phrase that says why it is no manifest of ``kind``."""
    if manifest.is_symlink() or not manifest.is_file():
        return f"no {kind.manifest}"
    try:
        raw = json.loads(manifest.read_bytes())
        schema, stage = raw["schema"], raw.get("stage")
        paths = {str(record["path"]) for record in raw["files"]}
        paths = {path.removeprefix(kind.below) for path in paths if path.startswith(kind.below)}
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return f"a {kind.manifest} of another kind"
    if (schema, stage) != (kind.schema, kind.stage):
        return f"a {kind.manifest} of {schema!r}" + (f", stage {stage!r}" if stage else "")
    return paths


def _files_below(folder: Path) -> Iterator[str]:
    """Yield the relative path of everything below a folder that is no folder, links included.

    Raises:
        OSError: a folder cannot be read.
    """

    def fail(problem: OSError) -> None:
        raise problem

    for here, folders, files in os.walk(folder, onerror=fail):
        folders.sort()
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        for name in sorted(files + links):
            yield (Path(here) / name).relative_to(folder).as_posix()


def _mode_of(path: Path) -> int | None:
    """Return the mode of what lies at a path, a link itself and not its target; None: nothing that can be reached."""
    try:
        return path.lstat().st_mode
    except OSError:
        return None


def _name_of(mode: int) -> str:
    names = {stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a folder", stat.S_IFREG: "a file"}
    return names.get(stat.S_IFMT(mode), "a device, pipe or socket")
