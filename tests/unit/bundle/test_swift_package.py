"""``qleap export-package``: the bundle's package, byte for byte, as a folder and as a zip file; nothing unchecked."""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from qleap_edge.bundle.assemble import checksum_line
from qleap_edge.bundle.layout import (
    ABOUT_MANIFEST,
    CHECKSUM_NAME,
    PAYLOAD_NAME,
    PROVENANCE,
    SIGNATURE_NAME,
    SWIFT_PACKAGE,
    SWIFT_PAYLOAD,
)
from qleap_edge.bundle.manifest import BundleManifest, PayloadManifest
from qleap_edge.bundle.swift_package import NEEDED, export_package
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import CheckFailed, InputDataError
from qleap_edge.core.manifest import MANIFEST_NAME, list_files
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource
from tests.support.command import assert_refused, call, tree
from tests.support.keys import write_keys
from tests.support.micro import Micro

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
needs_swift = pytest.mark.skipif(shutil.which("swift") is None, reason="no swift on PATH: install Swift 6")


@pytest.fixture
def bundle(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.bundle, tmp_path / "one" / micro.bundle.name))


def payload_of(bundle: Path) -> PayloadManifest:
    return read_document(PayloadManifest, bundle / SWIFT_PAYLOAD / PAYLOAD_NAME)


def repack(bundle: Path, version: str | None = None) -> None:
    """Make a changed bundle intact again: record its files as they are now."""
    manifest = read_document(BundleManifest, bundle / MANIFEST_NAME)
    changed = manifest.model_copy(
        update={"files": list_files(bundle, exclude=ABOUT_MANIFEST), "version": version or manifest.version}
    )
    changed.write(bundle / MANIFEST_NAME)
    (bundle / CHECKSUM_NAME).write_text(checksum_line((bundle / MANIFEST_NAME).read_bytes()))


def git(folder: Path, *words: str, config: Path | None = None) -> str:
    """Run git as a person with this configuration, and with no other one of the machine."""
    env = os.environ | {"GIT_CONFIG_GLOBAL": str(config or os.devnull), "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_folder_is_the_package_of_the_bundle(bundle: Path, tmp_path: Path) -> None:
    done = call("export-package", bundle, "--out", tmp_path / "out", "--json")
    written = json.loads(done.out)
    exported = tree(tmp_path / "out")
    about = {f"{PROVENANCE}/{name}" for name in (MANIFEST_NAME, CHECKSUM_NAME)}
    own = {path: digest for path, digest in exported.items() if path not in about}
    assert own == tree(bundle / SWIFT_PACKAGE) and about <= set(exported) and set(NEEDED) <= set(own)
    assert written["files"] == len(exported) and written["checksum"] is None and written["signed_by"] is None
    assert written["version"] == payload_of(bundle).model_version
    assert written["bytes"] == sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_bytes_do_not_depend_on_times_rights_folder_or_builds(bundle: Path, tmp_path: Path) -> None:
    export_package(bundle, tmp_path / "first.zip")
    export_package(bundle, tmp_path / "first")
    for path in bundle.rglob("*"):
        os.utime(path, (1e9, 1e9))
        path.chmod(0o755 if path.is_dir() else 0o600)
    built = bundle / SWIFT_PACKAGE / ".build" / "debug"
    built.mkdir(parents=True)
    (built / "module.o").write_bytes(b"built")
    renamed = Path(shutil.move(bundle, tmp_path / "another name"))
    export_package(renamed, tmp_path / "second.zip")
    export_package(renamed, tmp_path / "second")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    assert tree(tmp_path / "first") == tree(tmp_path / "second")
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "second").rglob("*") if path.is_file()}
    assert modes == {0o644}


def test_the_zip_holds_the_same_files_in_one_folder(bundle: Path, tmp_path: Path) -> None:
    export_package(bundle, tmp_path / "out")
    done = call("export-package", bundle, "--out", tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "there")
    assert tree(tmp_path / "there" / SWIFT_PACKAGE) == tree(tmp_path / "out")
    assert f"checksum: {hashlib.sha256((tmp_path / 'p.zip').read_bytes()).hexdigest()}\n" in done.out


@needs_swift
def test_swift_computes_the_checksum_that_is_printed(bundle: Path, tmp_path: Path) -> None:
    written = export_package(bundle, tmp_path / "p.zip")
    done = subprocess.run(
        ["swift", "package", "--package-path", tmp_path, "compute-checksum", tmp_path / "p.zip"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == (written.checksum, 0), done.stderr


@needs_git
def test_git_gives_out_the_bytes_that_it_took_in_whatever_a_user_has_configured(bundle: Path, tmp_path: Path) -> None:
    """Line endings converted, names ignored and filters set by the user's own files: none of it touches the package."""
    crlf = bundle / SWIFT_PACKAGE / "Sources" / "QLeapEdge" / "crlf.txt"
    crlf.write_bytes(b"one\r\ntwo\r\n")
    repack(bundle)
    folder = tmp_path / "out"
    export_package(bundle, folder)
    (tmp_path / "ignored").write_text("*.bin\n*.json\n*.mlmodel\nFixtures/\n")
    (tmp_path / "attributes").write_text("* text=auto eol=crlf\n*.bin filter=upper\n")
    config = tmp_path / "config"
    config.write_text(
        f"[core]\n autocrlf = true\n excludesFile = {tmp_path}/ignored\n attributesFile = {tmp_path}/attributes\n"
        '[filter "upper"]\n clean = tr a-z A-Z\n smudge = tr a-z A-Z\n'
    )
    git(folder, "init", "-q", "-b", "main", config=config)
    git(folder, "add", "--all", config=config)
    git(folder, "commit", "-qm", "QLeapEdge", config=config)
    (folder / ".build").mkdir()
    (folder / ".build" / "x").write_text("built")
    assert git(folder, "status", "--porcelain", config=config) == ""
    git(tmp_path, "clone", "-q", str(folder), "clone", config=config)
    shutil.rmtree(folder / ".git")
    shutil.rmtree(folder / ".build")
    shutil.rmtree(tmp_path / "clone" / ".git")
    assert tree(tmp_path / "clone") == tree(folder)


@needs_git
def test_the_next_release_replaces_the_files_of_the_repository(bundle: Path, tmp_path: Path) -> None:
    """By the lines of the page: what the next release no longer has is gone, and the tag holds what was exported."""
    page = (Path(__file__).parents[3] / "docs" / "swift-package.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S)
    lines = [shlex.split(line) for line in block.splitlines()]
    repository = tmp_path / "QLeapEdge"
    export_package(bundle, repository)
    (repository / "Sources" / "QLeapEdge" / "Old.swift").write_text("")
    git(tmp_path, "-C", "QLeapEdge", "init", "-q", "-b", "main")
    git(repository, "add", "--all")
    git(repository, "commit", "-qm", "before")
    for words in lines:
        if words[0] == "qleap":
            export_package(bundle, tmp_path / words[-1])
        elif words[0] == "git":
            git(tmp_path, *words[1:])
        else:
            subprocess.run(words, cwd=tmp_path, check=True)
    assert git(repository, "status", "--porcelain") == ""
    tag = git(repository, "tag").strip()
    shutil.rmtree(repository / ".git")
    assert tag == payload_of(bundle).model_version and tree(repository) == tree(tmp_path / "next")


def test_a_signature_is_demanded_and_travels_with_the_package(bundle: Path, tmp_path: Path) -> None:
    keys, others = write_keys(tmp_path), write_keys(tmp_path, "other")
    unsigned = call("export-package", bundle, "--out", tmp_path / "out", "--public-key", keys.public)
    assert_refused(unsigned, 1, "the bundle is not signed")
    assert call("sign", bundle, "--key", keys.private).code == 0
    for out in ("out", "out.zip"):
        wrong = call("export-package", bundle, "--out", tmp_path / out, "--public-key", others.public)
        assert_refused(wrong, 1, "signed with another key")
        assert not (tmp_path / out).exists()
    done = call("export-package", bundle, "--out", tmp_path / "out", "--public-key", keys.public, "--json")
    signature = (tmp_path / "out" / PROVENANCE / SIGNATURE_NAME).read_bytes()
    assert signature == (bundle / SIGNATURE_NAME).read_bytes()
    assert json.loads(done.out)["signed_by"] == json.loads(signature)["public_key"]


def test_what_is_no_intact_bundle_is_refused_and_nothing_is_written(bundle: Path, tmp_path: Path) -> None:
    (bundle / SWIFT_PAYLOAD / PACKAGE_NAME / "Manifest.json").write_text("{}")
    for out in ("new", "new.zip"):
        with pytest.raises(CheckFailed, match=r"Manifest\.json is altered"):
            export_package(bundle, tmp_path / out)
        with pytest.raises(InputDataError, match="no bundle here"):
            export_package(tmp_path / "one", tmp_path / out)
    assert {path.name for path in tmp_path.iterdir()} == {"one"}


def test_versions_that_nobody_could_tag_are_refused(bundle: Path, tmp_path: Path) -> None:
    payload = payload_of(bundle)
    repack(bundle, "7.0.0")
    with pytest.raises(CheckFailed, match=f"expected 7.0.0; got {payload.model_version}"):
        export_package(bundle, tmp_path / "out")
    for version in ("1.0", "1.0.0rc1", "1.0.0-beta.1", "v1.0.0", "1.02.3", "1.0.0\n"):
        payload.model_copy(update={"model_version": version}).write(bundle / SWIFT_PAYLOAD / PAYLOAD_NAME)
        repack(bundle, version)
        with pytest.raises(CheckFailed, match=r"expected three numbers, like 1\.2\.3"):
            export_package(bundle, tmp_path / "out")


@pytest.mark.parametrize("name", NEEDED)
def test_a_package_without_what_a_repository_needs_is_refused(bundle: Path, tmp_path: Path, name: str) -> None:
    (bundle / SWIFT_PACKAGE / name).unlink()
    repack(bundle)
    with pytest.raises(CheckFailed, match=f"is not complete.*got no {name}.*rebuild the bundle"):
        export_package(bundle, tmp_path / "out")


def test_an_earlier_export_is_replaced_and_a_repository_is_not(bundle: Path, tmp_path: Path) -> None:
    for out in (tmp_path / "out", tmp_path / "out.zip"):
        assert call("export-package", bundle, "--out", out).code == 0
        assert call("export-package", bundle, "--out", out).code == 0
    before = tree(tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    assert_refused(call("export-package", bundle, "--out", tmp_path / "out"), 2, "notes.txt", "does not list")
    (tmp_path / "out" / "notes.txt").unlink()
    (tmp_path / "out" / ".git").mkdir()
    assert_refused(call("export-package", bundle, "--out", tmp_path / "out"), 2, "the root of a git work tree")
    assert tree(tmp_path / "out") == before


def test_a_file_of_somebody_else_is_kept(bundle: Path, tmp_path: Path) -> None:
    assert call("zip", bundle, "--out", tmp_path / "bundle.zip").code == 0
    (tmp_path / "letter.ZIP").write_text("mine")
    for name in ("bundle.zip", "letter.ZIP"):
        before = (tmp_path / name).read_bytes()
        assert_refused(
            call("export-package", bundle, "--out", tmp_path / name), 2, "an earlier archive of a Swift package"
        )
        assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("name", ["reports/package", "p.zip"])
def test_an_output_inside_of_the_bundle_is_refused(bundle: Path, name: str) -> None:
    assert_refused(call("export-package", bundle, "--out", bundle / name), 2, "inside the bundle")
    assert call("validate", bundle).code == 0


def test_the_printed_lines_name_version_grade_and_warning(bundle: Path, tmp_path: Path) -> None:
    done = call("export-package", bundle, "--out", tmp_path / "with space")
    payload = payload_of(bundle)
    version = payload.model_version
    for words in (
        f"QLeapEdge {version}, grade tiny", f"warning: {payload.warning}", f'from: "{version}"', f"tag {version}",
        f"git -C '{tmp_path}/with space' init",
    ):  # fmt: skip
        assert words in done.out


def test_the_wheel_ships_every_file_at_the_root_of_the_package() -> None:
    root = Path(__file__).parents[3]
    build = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    shipped = {name.rpartition("/")[2] for name in build["force-include"] if f"/{SWIFT_PACKAGE}/" in name}
    present = {path.name for path in resource(f"ios_sdk_assets/{SWIFT_PACKAGE}").iterdir()}
    assert shipped == present - {".build", ".swiftpm", "Package.resolved"}
