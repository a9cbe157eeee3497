"""``qleap zip``: the same bytes for the same bundle, and a bundle again when it is unpacked."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from qleap_edge.bundle.archive import archive_bytes
from qleap_edge.bundle.layout import SWIFT_PACKAGE
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.errors import CheckFailed, InputDataError
from tests.support.command import assert_refused, call
from tests.support.keys import write_keys
from tests.support.micro import Micro


@pytest.fixture
def bundle(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.bundle, tmp_path / "one" / micro.bundle.name))


def test_the_bytes_do_not_depend_on_times_and_rights(bundle: Path, micro: Micro) -> None:
    first = archive_bytes(bundle)
    for path in bundle.rglob("*"):
        os.utime(path, (1e9, 1e9))
        path.chmod(0o755 if path.is_dir() else 0o600)
    built = bundle / SWIFT_PACKAGE / ".build" / "debug"
    built.mkdir(parents=True)
    (built / "module.o").write_bytes(b"built")
    assert archive_bytes(bundle) == first


def test_unpacked_it_is_the_bundle_with_its_signature(bundle: Path, tmp_path: Path) -> None:
    keys = write_keys(tmp_path)
    assert call("sign", bundle, "--key", keys.private).code == 0
    out = tmp_path / "bundle.zip"
    done = call("zip", bundle, "--out", out)
    assert done.code == 0 and str(out) in done.out, done.err
    shutil.unpack_archive(out, tmp_path / "there")
    found = validate_bundle(tmp_path / "there" / bundle.name, keys.public)
    assert found.signer_trusted and found.files == validate_bundle(bundle).files
    assert call("zip", bundle, "--out", out).code == 0, "its own earlier archive is replaced"


@pytest.mark.skipif(shutil.which("unzip") is None, reason="needs unzip")
def test_another_program_finds_no_fault(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundle.zip"
    out.write_bytes(archive_bytes(bundle))
    assert subprocess.run(["unzip", "-tq", out], capture_output=True, check=False).returncode == 0
    assert {entry.filename.split("/")[0] for entry in zipfile.ZipFile(out).infolist()} == {bundle.name}


def test_what_is_no_intact_bundle_is_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="no bundle here"):
        archive_bytes(tmp_path)
    (bundle / "golden.json").write_text("{}")
    with pytest.raises(CheckFailed, match=r"golden\.json"):
        archive_bytes(bundle)


def test_a_file_of_somebody_else_is_kept(bundle: Path, tmp_path: Path) -> None:
    """Among them a browser extension, which has a manifest.json in its folder too."""
    for number, names in enumerate((("beach.txt",), ("extension/manifest.json", "extension/code.js"), ())):
        other = tmp_path / f"holidays{number}.zip"
        with zipfile.ZipFile(other, "w") as archive:
            for name in names:
                archive.writestr(name, '{"manifest_version": 3}')
        before = other.read_bytes()
        assert_refused(call("zip", bundle, "--out", other), 2, f"holidays{number}.zip")
        assert other.read_bytes() == before


def test_an_archive_inside_of_the_bundle_is_refused(bundle: Path) -> None:
    assert_refused(call("zip", bundle, "--out", bundle / "reports" / "b.zip"), 2, "inside the bundle")
    assert validate_bundle(bundle)


def test_the_name_of_the_folder_does_not_matter(bundle: Path, tmp_path: Path) -> None:
    renamed = Path(shutil.copytree(bundle, tmp_path / "another name"))
    assert archive_bytes(renamed) == archive_bytes(bundle)
