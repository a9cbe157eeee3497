"""Hidden folders for unfinished work: ours are found again and cleaned up, all others are left alone."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import new_folder, stage_folder
from qleap_edge.core.scratch import (
    SCRATCH_MARK,
    claim,
    discard,
    discard_abandoned,
    is_scratch,
    remove_leftovers,
    require_claimable,
)

DEMO = stage_folder("demo")
KILLED = """
import os, signal, sys
from pathlib import Path
from qleap_edge.core import scratch
from qleap_edge.core.manifest import new_folder, stage_folder, write_stage_manifest
out, moment = Path(sys.argv[1]), sys.argv[2]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if moment != "during the work":
    scratch.claim = die if moment == "before the mark" else scratch.claim
    scratch._rename_to_free = die
with new_folder(out, stage_folder("demo")) as folder:
    (folder / "half").write_text("half")
    if moment == "during the work":
        die()
    write_stage_manifest(folder, stage="demo", inputs={}, config={}, seed=0)
"""


def test_claimed_and_discarded(tmp_path: Path) -> None:
    folder = tmp_path / "a" / ".out.resume"
    claim(folder)
    claim(folder)
    assert is_scratch(folder) and [path.name for path in folder.iterdir()] == [SCRATCH_MARK]
    discard(folder)
    assert not folder.exists()


def test_a_users_folder_of_such_a_name_is_left_alone(tmp_path: Path) -> None:
    names = (".out.building", ".out.resume", ".out.shards-0123456789abcdef", ".out.qleap-abcdefgh", ".out.qleap-mine")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("three years of work")
    (tmp_path / ".out.file").write_text("mine")
    (tmp_path / ".out.link").symlink_to(tmp_path / "elsewhere")
    claim(tmp_path / "elsewhere")
    (tmp_path / "out").mkdir()
    with new_folder(tmp_path / "out", DEMO) as folder:
        (folder / "result").write_text("result")
    remove_leftovers(tmp_path / "out")
    for name in names:
        discard(tmp_path / name)
        discard_abandoned(tmp_path / name)
        with pytest.raises(UsageError, match=name):
            claim(tmp_path / name)
        assert [path.name for path in (tmp_path / name).iterdir()] == ["thesis.txt"]
    discard(tmp_path / ".out.link")
    assert (tmp_path / ".out.file").exists() and is_scratch(tmp_path / "elsewhere")


def test_files_and_links_cannot_be_claimed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    for name in ("file", "link"):
        with pytest.raises(UsageError, match="something else lies here"):
            require_claimable(tmp_path / name)


def test_another_output_with_a_longer_name_keeps_its_folders(tmp_path: Path) -> None:
    claim(tmp_path / ".out2.resume")
    claim(tmp_path / ".out.resume")
    remove_leftovers(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == [".out2.resume"]


def test_a_folder_in_which_a_process_works_is_not_left_over(tmp_path: Path) -> None:
    folder = tmp_path / ".out.shards-0123456789abcdef"
    claim(folder)
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    discard_abandoned(folder)
    assert folder.exists()
    os.close(descriptor)
    discard_abandoned(folder)
    assert not folder.exists()


def test_two_processes_that_make_the_same_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with new_folder(out, DEMO) as first:
        (first / "result").write_text("first")
        with pytest.raises(RuntimeError), new_folder(out, DEMO) as second:
            assert second != first and (first / "result").read_text() == "first"
            raise RuntimeError("the second one fails")
    assert (out / "result").read_text() == "first" and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("moment", ["before the mark", "during the work", "between the renames"])
def test_what_a_killed_process_leaves_is_cleaned_up_and_loses_nothing(tmp_path: Path, moment: str) -> None:
    out = tmp_path / "out"
    with new_folder(out, DEMO) as folder:
        (folder / "manifest.json").write_text('{"schema": "qleap.stage", "stage": "demo", "files": []}')
    subprocess.run([sys.executable, "-c", KILLED, out, moment], check=False, timeout=60)
    assert len(list(tmp_path.glob(".out.qleap-*"))) == 1
    remove_leftovers(out)
    assert list(tmp_path.iterdir()) == [out] and [path.name for path in out.iterdir()] == ["manifest.json"]
