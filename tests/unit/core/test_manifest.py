"""Stage folders: whole or absent, reused only when nothing changed."""

import hashlib
import os
import stat
import subprocess

import pytest

from qleap_edge.core import manifest
from qleap_edge.core.errors import AlteredFile, InputDataError, UsageError
from qleap_edge.core.manifest import (
    digest_of,
    finished_stage,
    list_files,
    new_folder,
    sha256_file,
    sole_writer,
    stage_folder,
    verify_files,
    write_stage_manifest,
)
from qleap_edge.core.scratch import claim

DEMO = stage_folder("demo")


def make_stage(out, source, config=None, seed=1):
    with new_folder(out, DEMO) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "data.bin").write_bytes(b"payload")
        write_stage_manifest(folder, stage="demo", inputs={"source": source}, config=config or {"a": 1}, seed=seed)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.txt"
    path.write_text("in")
    return path


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_do_not_depend_on_the_umask(tmp_path, source, umask):
    before = os.umask(umask)
    try:
        make_stage(tmp_path / "out", source)
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "out", *(tmp_path / "out").rglob("*"))}
    assert modes == {"out": 0o755, "sub": 0o755, "data.bin": 0o644, "manifest.json": 0o644}


def test_hash_agrees_with_coreutils(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(bytes(range(256)) * 999)
    said = subprocess.run(["sha256sum", str(path)], capture_output=True, text=True, check=True).stdout.split()[0]
    assert sha256_file(path) == said == hashlib.sha256(path.read_bytes()).hexdigest()


def test_finished_until_something_changes(tmp_path, source):
    out = tmp_path / "stage"
    make_stage(out, source)

    def finished(config=None, seed=1):
        return finished_stage(out, stage="demo", inputs={"source": source}, config=config or {"a": 1}, seed=seed)

    assert finished()
    assert not finished(config={"a": 2})
    assert not finished(seed=2)
    source.write_text("other")
    assert not finished()
    source.write_text("in")
    assert finished()
    (out / "sub" / "data.bin").write_bytes(b"pAyload")
    assert not finished()


def test_another_tool_means_another_stage(tmp_path, source, monkeypatch):
    out = tmp_path / "stage"
    make_stage(out, source)
    monkeypatch.setattr(manifest, "tool_versions", lambda: {"numpy": "0.0.1"})
    assert not finished_stage(out, stage="demo", inputs={"source": source}, config={"a": 1}, seed=1)


def test_only_one_writer_at_a_time(tmp_path):
    folder = tmp_path / "stages"
    with sole_writer(folder), pytest.raises(UsageError, match="another process"), sole_writer(folder):
        raise AssertionError("two writers")
    with sole_writer(folder):
        assert list(folder.iterdir()) == []


def test_altered_and_missing_files_are_named(tmp_path, source):
    out = tmp_path / "stage"
    make_stage(out, source)
    files = list_files(out)
    (out / "sub" / "data.bin").write_bytes(b"pAyload")
    with pytest.raises(AlteredFile, match=r"sub/data\.bin"):
        verify_files(out, files)
    (out / "sub" / "data.bin").unlink()
    with pytest.raises(AlteredFile, match="no such file"):
        verify_files(out, files)


def test_a_failed_stage_leaves_the_old_one(tmp_path, source):
    out = tmp_path / "stage"
    make_stage(out, source)
    before = digest_of(out)

    def fails():
        with new_folder(out, DEMO) as folder:
            (folder / "half").write_text("written")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fails()
    assert digest_of(out) == before and sorted(p.name for p in tmp_path.iterdir()) == ["source.txt", "stage"]


def test_a_killed_stage_is_not_taken_for_finished(tmp_path, source):
    out = tmp_path / "stage"
    half = tmp_path / ".stage.qleap-a1b2c3d4"
    claim(half)
    (half / "data.bin").write_text("half")
    assert not finished_stage(out, stage="demo", inputs={"source": source}, config={"a": 1}, seed=1)
    make_stage(out, source)
    assert not half.exists()


def test_full_disk_is_one_clear_error(tmp_path):
    with pytest.raises(InputDataError, match="free some disk space"), new_folder(tmp_path / "out", DEMO):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())
