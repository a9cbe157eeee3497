"""``make browser``, a part of ``make setup``: it installs Chromium only where none is, and where it can."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.browser import BROWSERS
from tests.support.command import REPOSITORY


def make_browser(folder: Path, **programs: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run ``make browser`` where only the given programs and the shell exist; return its end, and what was called.

    Args:
        folder: an empty folder.
        programs: name → shell commands.
    """
    make = shutil.which("make")
    assert make, "make is needed"
    (folder / "sh").symlink_to("/bin/sh")
    for name, commands in programs.items():
        program = folder / name.replace("_", "-")
        program.write_text(f'#!/bin/sh\necho "$(/usr/bin/basename $0) $*" >> {folder}/called\n{commands}\n')
        program.chmod(0o755)
    done = subprocess.run(
        [make, "--silent", "browser", f"SHELL={folder}/sh"],
        cwd=REPOSITORY,
        env=os.environ | {"PATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    called = folder / "called"
    return done, called.read_text().splitlines() if called.exists() else []


@pytest.mark.parametrize("name", BROWSERS)
def test_nothing_is_installed_where_a_browser_is(tmp_path: Path, name: str) -> None:
    done, called = make_browser(tmp_path, **{name: "exit 1", "apt_get": "exit 1", "id": "echo 0"})
    assert (done.returncode, done.stdout, done.stderr, called) == (0, "", "", [])


def test_root_gets_the_package_of_debian(tmp_path: Path) -> None:
    done, called = make_browser(tmp_path, apt_get="exit 0", id="echo 0")
    assert (done.returncode, done.stderr) == (0, "")
    assert called == ["id -u", "apt-get update", "apt-get install --yes --no-install-recommends chromium"]


@pytest.mark.parametrize(
    "programs",
    [{"id": "echo 0"}, {"apt_get": "exit 0", "id": "echo 1000"}, {"apt_get": "exit 1", "id": "echo 0"}],
    ids=["no apt-get", "not root", "no network"],
)
def test_otherwise_it_says_what_to_do_and_goes_on(tmp_path: Path, programs: dict[str, str]) -> None:
    done, called = make_browser(tmp_path, **programs)
    assert done.returncode == 0 and not any("install" in row for row in called)
    assert done.stderr.count("\n") == 1 and "install chromium" in done.stderr
