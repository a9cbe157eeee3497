"""Artefacts that are made once in a test session and read by every test, however many processes run the session.

The first process that needs an artefact makes it under a file lock; the others wait and read the same folder. The digest of
each file is written down when the artefact is finished, and compared at the end of the session: a test that changed a shared
file makes the session fail.
"""

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from filelock import FileLock

FOLDER = "shared"


def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all processes of this session have in common: each worker's own folder lies in it."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def shared_artefact(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return the artefact's folder; ``make`` fills it, once in the session. Copy what a test changes."""
    root = session_folder(tmp_path_factory) / FOLDER
    root.mkdir(exist_ok=True)
    folder, finished = root / name, root / f"{name}.json"
    with FileLock(root / f"{name}.lock"):
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)  # left by a process that failed or was killed while making it
            folder.mkdir()
            make(folder)
            finished.write_text(json.dumps(file_digests(folder)))
    return folder


def file_digests(folder: Path) -> dict[str, str]:
    """Return path → sha256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def altered_files(session: Path) -> list[str]:
    """Return the shared files that were changed, added or removed after their artefact was finished."""
    altered = []
    for finished in sorted((session / FOLDER).glob("*.json")):
        before, after = json.loads(finished.read_text()), file_digests(finished.with_suffix(""))
        altered += [
            f"{finished.stem}/{path}"
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path)
        ]
    return altered
