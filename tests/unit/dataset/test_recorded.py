"""Recorded windows: a real recording through the whole path, labels, wear, and files that are refused."""

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.alignment.wear import Side
from qleap_edge.core.errors import AlteredFile, InputDataError
from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.frames import MODEL_RATE_HZ, STANDARD_GRAVITY, WINDOW_STEPS
from qleap_edge.core.manifest import sha256_file
from qleap_edge.dataset.recorded import ARRAYS_NAME, DOCUMENT_NAME, convert_sp_sw_har, read_recorded
from tests.support.watch_recordings import EVERYDAY


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("har")
    shutil.copyfile(EVERYDAY, folder / EVERYDAY.name)
    return folder


@pytest.fixture(scope="module")
def made(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("recorded") / "windows"
    convert_sp_sw_har(source, out)
    return out


def rewritten(source: Path, folder: Path, change: dict[str, str]) -> Path:
    """Return a folder with the recording, words of its rows changed."""
    text = gzip.decompress((source / EVERYDAY.name).read_bytes()).decode()
    for old, new in change.items():
        text = text.replace(old, new)
    folder.mkdir()
    (folder / EVERYDAY.name).write_bytes(gzip.compress(text.encode()))
    return folder


def test_every_step_has_the_label_that_the_file_gives_it(source: Path, made: Path) -> None:
    rows = gzip.decompress((source / EVERYDAY.name).read_bytes()).decode().splitlines()[1:]
    stamps = np.array([int(row.split(",")[6]) for row in rows])
    seated = np.array([row.endswith(("STANDING_UP", "SITTING_DOWN")) for row in rows])
    of_file = np.diff(stamps, append=stamps[-1])[seated].sum() / 1000.0
    steps = read_recorded(made)
    assert (steps.exercise == EXERCISE_ID["sit_to_stand"]).sum() / MODEL_RATE_HZ == pytest.approx(of_file, abs=0.1)
    document = json.loads((made / DOCUMENT_NAME).read_text())
    assert document["licence"] == "CC BY 4.0"
    assert sum(document["steps"].values()) == len(steps.imu)


def test_the_arm_hangs_while_walking_and_the_signal_weighs_what_gravity_does(made: Path) -> None:
    steps = read_recorded(made)
    walking = steps.exercise == EXERCISE_ID["walk"]
    assert steps.imu[walking, 0].mean() < -3.0
    assert np.median(np.linalg.norm(steps.imu[:, :3], axis=1)) == pytest.approx(STANDARD_GRAVITY, rel=0.1)


def test_a_watch_with_the_crown_on_the_other_side_is_turned(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "turned"
    folder.mkdir()
    lines = gzip.decompress((source / EVERYDAY.name).read_bytes()).decode().splitlines()
    for number, line in enumerate(lines[1:], start=1):
        cells = line.split(",")
        for column in (0, 1, 3, 4):
            cells[column] = str(-float(cells[column]))
        lines[number] = ",".join(cells)
    (folder / EVERYDAY.name).write_bytes(gzip.compress("\n".join(lines).encode()))
    document = convert_sp_sw_har(folder, tmp_path / "out")
    assert document.recordings[0].crown is Side.LEFT
    straight = convert_sp_sw_har(source, tmp_path / "straight")
    assert straight.recordings[0].crown is Side.RIGHT
    turned, same = read_recorded(tmp_path / "out"), read_recorded(tmp_path / "straight")
    np.testing.assert_allclose(turned.imu, same.imu, atol=1e-5)


def test_equal_recordings_give_equal_bytes(source: Path, made: Path, tmp_path: Path) -> None:
    convert_sp_sw_har(source, tmp_path / "again")
    assert sha256_file(made / ARRAYS_NAME) == sha256_file(tmp_path / "again" / ARRAYS_NAME)


def test_draws_are_a_function_of_the_generator_and_rare_labels_come_more_often_than_their_share(made: Path) -> None:
    steps = read_recorded(made)
    first, second = (steps.draw(np.random.default_rng(3), 4000) for _ in range(2))
    assert (first == second).all()
    imu, label = steps.windows(first)
    assert imu.shape == (4000, WINDOW_STEPS, 6)
    number = np.bincount(steps.label, minlength=16)
    wanted = np.sqrt(number) / np.sqrt(number).sum()
    np.testing.assert_allclose(np.bincount(label, minlength=16) / 4000, wanted, atol=0.03)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"WALKING": "DANCING"}, "an unknown label"),
        ({"WALKING": "SEATED", "TURNING": "SEATED"}, "no walking, so the wear cannot be checked"),
    ],
)
def test_a_folder_without_a_usable_recording_is_refused(
    source: Path, tmp_path: Path, change: dict[str, str], what: str
) -> None:
    folder = rewritten(source, tmp_path / "changed", change)
    with pytest.raises(InputDataError, match="no recording can be used") as refused:
        convert_sp_sw_har(folder, tmp_path / "out")
    assert what in str(refused.value.got)
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="no recordings of sp-sw-har"):
        convert_sp_sw_har(tmp_path, tmp_path / "out")


def test_a_changed_byte_is_refused(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "altered"
    shutil.copytree(made, folder)
    data = bytearray((folder / ARRAYS_NAME).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / ARRAYS_NAME).write_bytes(bytes(data))
    with pytest.raises(AlteredFile):
        read_recorded(folder)
