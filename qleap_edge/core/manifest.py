"""Stage folders: hashes, provenance, and manifests; a folder with a manifest is complete.

A stage writes into a hidden folder beside its output; the manifest goes in last, everything is fsynced, then one rename makes
the folder appear. A killed stage therefore leaves nothing that can be taken for finished.
"""

import fcntl
import hashlib
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from qleap_edge.core.errors import AlteredFile, InputDataError, UsageError
from qleap_edge.core.output_paths import FolderKind, require_replaceable
from qleap_edge.core.records import Document, Part, canonical_json, read_document
from qleap_edge.core.resources import package_sources
from qleap_edge.core.scratch import OLD, building_folder, replace_folder

MANIFEST_NAME = "manifest.json"
_TOOLS = ("numpy", "scipy", "torch", "coremltools", "onnxruntime", "mujoco-core", "h5py", "protobuf")


class FileRecord(Part):
    """One file of an artefact, with its hash."""

    path: str
    """Relative to the manifest's folder, with forward slashes."""
    sha256: str
    bytes: int
    """Size of the file."""


class StageManifest(Document):
    """``manifest.json`` of a stage folder: its inputs, what made it, and its files."""

    schema_name: Literal["qleap.stage"] = "qleap.stage"
    schema_version: Literal[1] = 1
    stage: str
    """Name of the stage."""
    inputs: dict[str, str]
    """Input name → sha256 of the file or of the folder's manifest."""
    config_digest: str
    """sha256 of the configuration's canonical JSON."""
    code_digest: str
    """sha256 over the package's sources, because other code may give another result."""
    seed: int
    revision: str
    """Git commit of the code, ``+dirty`` when it has changes, or ``unknown``."""
    tools: dict[str, str]
    """Library → version."""
    files: tuple[FileRecord, ...]
    """Every file of the folder but the manifest."""


def sha256_bytes(data: bytes) -> str:
    """Return the hex digest of ``data``."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the hex digest of a file's bytes.

    Raises:
        InputDataError: the file cannot be read.
    """
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as problem:
        raise InputDataError(f"cannot read the file ({problem.strerror})", where=path) from problem


def list_files(folder: Path, exclude: tuple[str, ...] = ()) -> tuple[FileRecord, ...]:
    """Return a record of every regular file below ``folder``, sorted by path; ``exclude`` names top-level files."""
    records = []
    for path in sorted(folder.rglob("*"), key=lambda item: item.relative_to(folder).as_posix()):
        relative = path.relative_to(folder).as_posix()
        if path.is_file() and relative not in exclude:
            records.append(FileRecord(path=relative, sha256=sha256_file(path), bytes=path.stat().st_size))
    return tuple(records)


def digest_of(path: Path) -> str:
    """Return one digest for an input: a file's own hash, or for a folder the hash of its sorted file list."""
    if path.is_file():
        return sha256_file(path)
    if not path.is_dir():
        raise InputDataError("no such file or folder", where=path, next_step="check the path")
    return sha256_bytes(canonical_json([record.model_dump() for record in list_files(path)]).encode())


def config_digest(config: BaseModel | Mapping[str, object]) -> str:
    """Return the digest of a configuration's canonical JSON."""
    value = config.model_dump(mode="json") if isinstance(config, BaseModel) else dict(config)
    return sha256_bytes(canonical_json(value).encode())


@cache
def code_digest() -> str:
    """Return one digest over the package's sources."""
    lines = [f"{sha256_file(path)}  {path.name}" for path in package_sources()]
    return sha256_bytes("\n".join(lines).encode())


@cache
def revision() -> str:
    """Return the git commit of the checkout (``+dirty`` when it has changes), or ``"unknown"`` outside one."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", *arguments], cwd=here, capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    if commit is None or git("ls-files", "--error-unmatch", str(Path(__file__))) is None:
        return "unknown"  # a wheel inside another project's repository must not report that project's commit
    return commit + ("+dirty" if git("status", "--porcelain") else "")


@cache
def tool_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that shape the results."""
    versions = {"python": platform.python_version()}
    for name in ("qleap-edge", *_TOOLS):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "absent"
    return versions


def fsync_tree(folder: Path) -> None:
    """Flush every file and folder below ``folder`` to disk."""
    for path in [folder, *folder.rglob("*")]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def fix_modes(folder: Path) -> None:
    """Give ``folder`` and all below it the modes of an artefact, 0755 and 0644, whatever the process's umask was."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold a lock on ``folder`` (made if absent): two processes must not fill it at the same time.

    The lock is the kernel's: it leaves no file and ends with the process, however that ends.

    Raises:
        UsageError: another process holds it.
        InputDataError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as problem:
        raise InputDataError(
            f"cannot write the folder ({problem.strerror})", where=folder, next_step="choose another folder"
        ) from problem
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as problem:
        raise UsageError(
            "another process is writing here", where=folder, next_step="wait until it ends, or choose another --out"
        ) from problem
    finally:
        os.close(descriptor)


def stage_folder(stage: str) -> FolderKind:
    """Return what an earlier output of a stage looks like: its manifest names the stage."""
    return FolderKind(f"an earlier output of stage {stage!r}", MANIFEST_NAME, "qleap.stage", stage)


@contextmanager
def new_folder(out: Path, kind: FolderKind) -> Iterator[Path]:
    """Yield a hidden folder beside ``out`` to fill; on success it takes the place of ``out``, on failure it is removed.

    Args:
        out: the folder to make.
        kind: earlier outputs that may be replaced; :mod:`qleap_edge.core.output_paths` has the rules.

    Raises:
        UsageError: ``out`` may not be replaced. When that shows only at the end, the finished folder is kept beside it.
        InputDataError: the folder cannot be written: the disk is full, or the place is write-protected.
    """
    require_replaceable(out, kind)
    try:
        with building_folder(out) as building:
            yield building
            fix_modes(building)
            fsync_tree(building)
            replace_folder(building, out, kind, building.with_name(OLD))
    except OSError as problem:
        raise InputDataError(
            f"cannot write the folder ({problem.strerror or problem})",  # shutil.Error has no strerror
            where=out,
            next_step="free some disk space or choose another folder",
        ) from problem


def write_stage_manifest(
    folder: Path, *, stage: str, inputs: Mapping[str, Path], config: BaseModel | Mapping[str, object], seed: int
) -> StageManifest:
    """Write the manifest that makes ``folder`` a finished stage."""
    manifest = StageManifest(
        stage=stage,
        inputs={name: digest_of(path) for name, path in sorted(inputs.items())},
        config_digest=config_digest(config),
        code_digest=code_digest(),
        seed=seed,
        revision=revision(),
        tools=tool_versions(),
        files=list_files(folder, exclude=(MANIFEST_NAME,)),
    )
    manifest.write(folder / MANIFEST_NAME)
    return manifest


def verify_file(folder: Path, record: FileRecord) -> Path:
    """Return the path of a recorded file after checking that its bytes are the recorded ones.

    Args:
        folder: the folder that the record's path is relative to.
        record: the file.

    Raises:
        AlteredFile: the file is missing or its bytes differ; the message names it.
    """
    path = folder / record.path
    verify_sha256(path, record.sha256, next_step=f"restore it, or delete {folder} and make it again")
    return path


def verify_sha256(path: Path, sha256: str, *, next_step: str) -> None:
    """Check that a file has these bytes.

    Args:
        path: the file.
        sha256: the hash that was recorded for it.
        next_step: what the user can do when the file has other bytes.

    Raises:
        AlteredFile: the file is missing or its bytes differ.
    """
    got = sha256_file(path) if path.is_file() else "no such file"
    if got != sha256:
        raise AlteredFile(
            "the file is not the one that was recorded",
            where=path,
            expected=f"sha256 {sha256}",
            got=got,
            next_step=next_step,
        )


def verify_files(folder: Path, files: Iterable[FileRecord]) -> None:
    """Check every recorded file as :func:`verify_file` does.

    Raises:
        AlteredFile: a file is missing or its bytes differ; the message names it.
    """
    for record in files:
        verify_file(folder, record)


def finished_stage(
    folder: Path,
    *,
    stage: str,
    inputs: Mapping[str, Path],
    config: BaseModel | Mapping[str, object],
    seed: int,
    any_code: bool = False,
) -> bool:
    """Return whether ``folder`` already holds this stage: same inputs, config, seed, code, tools and intact files.

    Args:
        folder: the stage's.
        stage: name of the stage.
        inputs: its inputs, by the names in its manifest.
        config: its configuration.
        seed: its seed.
        any_code: accept a stage that another version of this package made.
    """
    if not (folder / MANIFEST_NAME).is_file():
        return False
    try:
        manifest = read_document(StageManifest, folder / MANIFEST_NAME)
        verify_files(folder, manifest.files)
    except InputDataError:
        return False  # altered, or no stage of this project: the caller makes it again
    wanted = {
        "stage": stage,
        "inputs": {name: digest_of(path) for name, path in inputs.items()},
        "config_digest": config_digest(config),
        "code_digest": manifest.code_digest if any_code else code_digest(),
        "seed": seed,
        "tools": tool_versions(),  # another NumPy or torch may round differently
    }
    return all(getattr(manifest, name) == value for name, value in wanted.items())
