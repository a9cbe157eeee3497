"""Folders of DIP-IMU as users have them."""

import os

import numpy as np
import pytest

from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.dip import layout
from qleap_edge.comparison.dip.layout import (
    ADDRESS,
    MAX_BYTES,
    SENSORS,
    TEST_FRAMES,
    WRIST_SENSOR,
    find_recordings,
    read_bytes,
)
from qleap_edge.core.errors import InputDataError
from tests.support.dip_recordings import write_complete_folder, write_folder


def test_a_watch_is_where_the_published_order_has_the_forearm():
    assert (WRIST_SENSOR[Side.LEFT], WRIST_SENSOR[Side.RIGHT]) == (7, 8)
    assert len(SENSORS) == len(set(SENSORS)) == 17 and SENSORS[13:15] == ("lwrist", "rwrist")


def test_the_published_lengths_add_up():
    frames = {subject: sum(names.values()) for subject, names in TEST_FRAMES.items()}
    assert frames == {"s_09": 26_500, "s_10": 31_475}
    lengths = [length for names in TEST_FRAMES.values() for length in names.values()]
    # Six frames off at each end, 50 Hz, windows of 200 steps every 10.
    steps = [(length - 13) * 50 // 60 + 1 for length in lengths]
    assert (len(lengths), sum(steps), sum((step - 200) // 10 + 1 for step in steps)) == (19, 48_117, 4_444)


def test_a_complete_folder(tmp_path):
    found = find_recordings(write_complete_folder(tmp_path))
    assert len(found.files) == 19 and found.missing == ()
    assert found.files[0].key == "s_09/01_a" and found.files[0].expected_frames == 4756


def test_a_partial_folder_needs_permission(tmp_path):
    folder = write_folder(tmp_path)
    with pytest.raises(InputDataError, match=r"16 of 19 .*without s_09/01_b, .*--allow-partial") as refused:
        find_recordings(folder)
    assert "s_09/04" not in str(refused.value) and refused.value.exit_code == 3
    found = find_recordings(folder, allow_partial=True)
    assert [file.key for file in found.files] == ["s_09/01_a", "s_09/04", "s_10/02"] and len(found.missing) == 16


def test_other_subjects_and_hidden_files_are_left_alone(tmp_path):
    folder = write_folder(tmp_path)
    (folder / "s_01").mkdir()
    (folder / "s_01" / "diary.txt").write_text("not looked at")
    (folder / "s_09" / ".DS_Store").write_text("")
    (folder / "s_09" / "06_c.pkl").write_text("an extra recording")
    assert [file.key for file in find_recordings(folder, allow_partial=True).files][2] == "s_09/06_c"


def make(path, kind):
    if kind == "file":
        path.write_text("x")
    elif kind != "nothing":
        path.mkdir()
        for name in kind:
            (path / name).parent.mkdir(exist_ok=True)
            (path / name).write_text("x")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("nothing", ("No such file", ADDRESS)),
        ("file", ("Not a directory", "got a file", ADDRESS)),
        ((), ("an empty folder", "s_09/01_a.pkl", ADDRESS)),
        (("walk.csv", "run.csv"), ("got run.csv, walk.csv", ADDRESS)),
        (("imu_own_test.npz",), ("root-normalised form with 5 sensors", "raw")),
        (("DIP_IMU/readme",), ("got DIP_IMU", "/DIP_IMU")),
        (("s_09/notes.txt",), ("notes.txt: this is not the name of a recording", "01_a.pkl")),
        (("s_09/1a.pkl",), ("1a.pkl: this is not the name of a recording",)),
        (("s_09/01_a.pkl", "s_09/01_a.npz"), ("there twice", "01_a.npz and 01_a.pkl")),
        (("s_09",), ("s_09: cannot read the folder (Not a directory)",)),
    ],
)
def test_folders_that_are_none(tmp_path, kind, words):
    make(tmp_path / "dip", kind)
    with pytest.raises(InputDataError) as refused:
        find_recordings(tmp_path / "dip")
    assert all(word in str(refused.value) for word in (*words, "expected ", "got ", "Next: ")), refused.value


def test_only_regular_files_are_read(tmp_path):
    path = tmp_path / "01_a.pkl"
    path.write_bytes(b"abc")
    assert read_bytes(path) == b"abc"
    (tmp_path / "link.pkl").symlink_to(path)
    os.mkfifo(tmp_path / "pipe.pkl")
    (tmp_path / "folder.pkl").mkdir()
    (tmp_path / "empty.pkl").write_bytes(b"")
    with (tmp_path / "large.pkl").open("wb") as handle:
        handle.truncate(MAX_BYTES + 1)
    for name, words in {
        "link": "a symbolic link",
        "pipe": "a pipe, socket or device",
        "folder": "got a folder",
        "empty": "the file is empty",
        "large": "the file is too large",
        "none": "No such file",
    }.items():
        with pytest.raises(InputDataError, match=words):
            read_bytes(tmp_path / f"{name}.pkl")


def test_the_cap_is_above_what_the_data_set_has():
    longest = max(length for names in TEST_FRAMES.values() for length in names.values())
    assert longest * 17 * 12 * 8 * 3 < layout.MAX_BYTES
    assert np.isfinite(layout.RATE_HZ)
