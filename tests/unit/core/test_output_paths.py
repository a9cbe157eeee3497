"""What may be replaced: earlier outputs of the same kind and nothing else, also when something arrives during the work."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qleap_edge.core import scratch
from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import StageManifest, new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import (
    FolderKind,
    first_foreign_entry,
    json_document,
    marked_file,
    require_different_files,
    require_output_folder,
    require_replaceable,
    require_replaceable_file,
    write_output,
)

DEMO = stage_folder("demo")
BUNDLE = FolderKind("a bundle", "manifest.json", "qleap.bundle", None, ("manifest.sig.json",), ("Swift/.build/",))


def make(out: Path, text: str = "made", stage: str = "demo") -> None:
    with new_folder(out, stage_folder(stage)) as folder:
        (folder / "sub").mkdir()
        (folder / "empty").mkdir()
        (folder / "sub" / "data.bin").write_text(text)
        write_stage_manifest(folder, stage=stage, inputs={}, config={}, seed=0)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    make(tmp_path / "out")
    return tmp_path / "out"


def test_new_empty_and_own_folders_are_free(tmp_path: Path, out: Path) -> None:
    require_replaceable(tmp_path / "new" / "below", DEMO)
    (tmp_path / "blank" / "folders" / "only").mkdir(parents=True)
    require_replaceable(tmp_path / "blank", DEMO)
    require_replaceable(out, DEMO)
    make(out, "made again")
    assert (out / "sub" / "data.bin").read_text() == "made again"
    assert {path.name for path in tmp_path.iterdir()} == {"out", "blank"}


def test_a_listed_file_may_have_changed_or_be_gone(out: Path) -> None:
    (out / "sub" / "data.bin").write_text("damaged")
    require_replaceable(out, DEMO)
    (out / "sub" / "data.bin").unlink()
    require_replaceable(out, DEMO)


@pytest.mark.parametrize("name", ["thesis.txt", "sub/.hidden", "new/deep/file", "manifest.json.bak"])
def test_a_file_that_the_manifest_does_not_list(out: Path, name: str) -> None:
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text("mine")
    before = names(out)
    with pytest.raises(UsageError, match=f"{name}, which its manifest.json does not list"):
        make(out)
    assert names(out) == before and (out / name).read_text() == "mine"


def test_links_and_pipes_are_strangers(tmp_path: Path, out: Path) -> None:
    os.mkfifo(out / "pipe")
    assert first_foreign_entry(out, DEMO) == "pipe, which its manifest.json does not list"
    (out / "pipe").unlink()
    (out / "linked").symlink_to(tmp_path)
    assert first_foreign_entry(out, DEMO) == "linked, which its manifest.json does not list"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "", "of another kind"),
        (lambda text: "[]", "of another kind"),
        (lambda text: '{"schema": "qleap.stage", "stage": "demo"}', "of another kind"),
        (lambda text: '{"schema": "qleap.stage", "stage": "demo", "files": [1]}', "of another kind"),
        (lambda text: text.replace('"demo"', '"other"'), "of 'qleap.stage', stage 'other'"),
        (lambda text: text.replace("qleap.stage", "somebody.else"), "of 'somebody.else'"),
    ],
)
def test_a_manifest_that_is_none_of_this_command(out: Path, change: Callable[[str], str], words: str) -> None:
    manifest = out / "manifest.json"
    manifest.write_text(change(manifest.read_text()))
    (out / "a.txt").write_text("mine")
    with pytest.raises(UsageError, match=f"a.txt, and a manifest.json {words}"):
        require_replaceable(out, DEMO)


def test_what_lies_about_the_manifest_and_what_a_compiler_leaves(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    for name in ("manifest.json", "manifest.sig.json", "Swift/.build/debug/module.o"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text('{"schema": "qleap.bundle", "files": []}')
    assert first_foreign_entry(folder, BUNDLE) is None
    (folder / "Swift" / "mine.swift").write_text("mine")
    assert first_foreign_entry(folder, BUNDLE) == "Swift/mine.swift, which its manifest.json does not list"
    assert first_foreign_entry(folder, DEMO) is not None


def test_places_that_are_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, home = tmp_path / "work" / "here", tmp_path / "people" / "home"
    for folder in (here, home, tmp_path / "tree" / ".git"):
        folder.mkdir(parents=True)
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree" / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "home-link").symlink_to(home.parent)
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    refused = (".", "..", "../..", "/", here, tmp_path, home, home.parent, "../../tree", tmp_path / "worktree", "")
    for place in (*refused, tmp_path / "home-link" / "home", "../here/../here"):
        with pytest.raises(UsageError, match="a folder of its own") as caught:
            require_output_folder(Path(place))
        assert caught.value.exit_code == 2 and "Next: " in str(caught.value)
    for place in ("new", "../beside", home / "out", "../../tree/out", tmp_path / "home-link" / "home" / "new"):
        require_output_folder(Path(place))


def test_a_file_that_arrives_during_the_work_is_not_lost(tmp_path: Path, out: Path) -> None:
    """The result is not lost either: the message says where it lies."""
    with pytest.raises(UsageError, match=r"thesis\.txt") as caught, new_folder(out, DEMO) as folder:
        (folder / "result").write_text("an hour of work")
        (out / "thesis.txt").write_text("three years of work")
    assert (out / "thesis.txt").read_text() == "three years of work"
    assert (out / "sub" / "data.bin").read_text() == "made"
    (kept,) = tmp_path.glob("out.finished-*")
    assert (kept / "result").read_text() == "an hour of work" and str(kept) in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"out", kept.name}


def test_a_folder_that_arrives_during_the_work_is_not_lost(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(UsageError, match=r"thesis\.txt"), new_folder(out, DEMO) as folder:
        (folder / "result").write_text("an hour of work")
        out.mkdir()
        (out / "thesis.txt").write_text("three years of work")
    assert (out / "thesis.txt").read_text() == "three years of work"


def test_a_file_that_arrives_after_the_last_check_is_not_lost(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check and the moment when the old folder loses its name."""

    def check_then_write(folder: Path, kind: FolderKind) -> None:
        require_replaceable(folder, kind)
        (folder / "thesis.txt").write_text("three years of work")

    monkeypatch.setattr(scratch, "require_replaceable", check_then_write)
    with pytest.raises(UsageError, match=r"during the work.*thesis\.txt.*lies in"):
        make(out, "made again")
    assert (out / "thesis.txt").read_text() == "three years of work" and (
        out / "sub" / "data.bin"
    ).read_text() == "made"
    (kept,) = tmp_path.glob("out.finished-*")
    assert (kept / "sub" / "data.bin").read_text() == "made again"


def test_a_folder_that_arrives_between_the_two_renames_is_not_lost(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_then_write(folder: Path, kind: FolderKind) -> str | None:
        out.mkdir()
        (out / "thesis.txt").write_text("three years of work")
        return first_foreign_entry(folder, kind)

    monkeypatch.setattr(scratch, "first_foreign_entry", look_then_write)
    with pytest.raises(UsageError, match="something else was made here"):
        make(out, "made again")
    assert names(out) == {"thesis.txt"}
    (kept,) = tmp_path.glob("out.finished-*")
    assert (kept / "sub" / "data.bin").read_text() == "made again"


def test_a_process_that_stops_between_the_two_renames_puts_the_old_folder_back(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scratch, "_rename_to_free", stop)
    with pytest.raises(KeyboardInterrupt):
        make(out, "made again")
    assert (out / "sub" / "data.bin").read_text() == "made" and list(tmp_path.iterdir()) == [out]


MARKED = marked_file("a picture of ours", b"\x89PNG", b"qleap-edge: picture")
DOCUMENT = json_document(StageManifest, "a manifest")


def test_own_files_are_replaced(tmp_path: Path, out: Path) -> None:
    for data in (b"\x89PNG qleap-edge: picture one", b"\x89PNG" + bytes(10_000) + b"qleap-edge: picture"):
        write_output(tmp_path / "new" / "a.png", data, MARKED)
    write_output(tmp_path / "new" / "a.png", b"last", MARKED)
    assert (tmp_path / "new" / "a.png").read_bytes() == b"last"
    older = json.loads((out / "manifest.json").read_text()) | {"schema_version": 0}
    (tmp_path / "older.json").write_text(json.dumps(older))
    write_output(tmp_path / "older.json", b"{}", DOCUMENT)


@pytest.mark.parametrize(
    "data",
    [b"", b"text", b"\x89PNG mine", b"text qleap-edge: picture", b"{", b"\xff\xfe", b"[1]", b'{"schema": "mine"}'],
)
def test_other_files_stay(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    for kind in (MARKED, DOCUMENT):
        with pytest.raises(UsageError, match=r"is not a .*remove the file") as caught:
            write_output(path, b"new", kind)
        assert caught.value.exit_code == 2
    assert path.read_bytes() == data


def test_what_is_no_file_is_refused_without_opening_it(tmp_path: Path, out: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(out / "manifest.json")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    for path in (tmp_path / "pipe", tmp_path / "link", tmp_path / "dangling", out, Path("/dev/null"), Path()):
        with pytest.raises(UsageError, match="cannot be written here"):
            require_replaceable_file(path, DOCUMENT)
    with pytest.raises(UsageError, match=r"manifest\.json: a folder is needed here"):
        require_replaceable_file(out / "manifest.json" / "file", DOCUMENT)


def test_a_name_that_no_file_system_takes_is_one_clear_error(tmp_path: Path) -> None:
    long = tmp_path / ("a" * 300)
    with pytest.raises(UsageError, match="File name too long"):
        make(long)
    require_replaceable_file(long, DOCUMENT)


def test_outputs_of_one_command_need_names_of_their_own(tmp_path: Path) -> None:
    require_different_files(("--a", tmp_path / "a"), ("--b", None), ("--c", tmp_path / "c"))
    with pytest.raises(UsageError, match=r"two outputs cannot be one file.*got --a and --c"):
        require_different_files(("--a", tmp_path / "a"), ("--c", tmp_path / "x" / ".." / "a"))
