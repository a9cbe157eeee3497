"""Damaged, foreign or wrong-unit motion capture: each refused by a named error that names file, key and row."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.dataset import motion_capture
from qleap_edge.dataset.motion_capture import KEYS, read_motion_capture

CMU = Path(__file__).parents[1] / "fixtures" / "cmu" / "13_29.npz"


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    with np.load(CMU, allow_pickle=False) as stored:
        return {key: stored[key][:1200] if len(stored[key]) > 20 else stored[key] for key in stored.files}


def refused(path: Path, *words: str) -> None:
    with pytest.raises(InputDataError) as caught:
        read_motion_capture(path)
    message = str(caught.value)
    assert caught.value.exit_code == 3
    for word in (path.name, *words):
        assert word in message, message


def write(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    np.savez(path, **arrays)
    return path


def test_the_undamaged_copy_is_read(arrays, tmp_path):
    assert len(read_motion_capture(write(tmp_path / "good.npz", arrays)).time_s) == 1200


@pytest.mark.parametrize("key", KEYS)
def test_each_missing_key_is_named(key, arrays, tmp_path):
    del arrays[key]
    refused(write(tmp_path / "bad.npz", arrays), f"key {key!r}", "missing")


@pytest.mark.parametrize("key", [key for key in KEYS if key not in ("joint_names", "action_names")])
def test_each_short_array_is_named(key, arrays, tmp_path):
    arrays[key] = arrays[key][:-1]
    expected = "joints" if key == "time" else key  # the stamps say how many rows there are
    refused(write(tmp_path / "bad.npz", arrays), f"key {expected!r}", "1199")


@pytest.mark.parametrize("key", ["time", "joints", "left_specific_force", "right_orientation_wxyz"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_a_number_is_named_with_its_row(key, value, arrays, tmp_path):
    arrays[key][417] = value
    refused(write(tmp_path / "bad.npz", arrays), f"key {key!r}, row 417", "not a number")


def times(arrays: dict[str, np.ndarray], key: str, factor: float) -> None:
    arrays[key] = arrays[key] * factor


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda a: times(a, "joints", 1000.0), ("key 'joints', row 0", "thigh", "0.25 to 0.65 m")),
        (lambda a: times(a, "left_specific_force", 1 / 9.81), ("key 'left_specific_force'", "gravity", "m/s²")),
        (lambda a: times(a, "right_specific_force", -1.0), ("key 'right_specific_force'", "sign")),
        (lambda a: times(a, "left_angular_velocity", 57.3), ("key 'left_angular_velocity'", "slope 1")),
        (lambda a: times(a, "right_orientation_wxyz", 0.5), ("key 'right_orientation_wxyz', row 0", "unit quaternion")),
        (lambda a: a["left_specific_force"].__imul__(np.array([1, 1, 0], np.float32)), ("key 'left_specific_force'",)),
        (lambda a: a["time"].__setitem__(7, a["time"][6]), ("key 'time', row 7", "do not increase")),
        (lambda a: a["action"].__setitem__(9, 13), ("key 'action', row 9", "0 to 12", "got 13")),
        (lambda a: a["joint_names"].__setitem__(1, "left_hip"), ("key 'joint_names', row 1", "'right_hip'")),
        (lambda a: a.update(joint_names=a["joint_names"][:16]), ("key 'joint_names'", "17 names")),
        (lambda a: a.update(joints=a["joints"][:, :16]), ("key 'joints'", "(1200, 16, 3)")),
        (lambda a: a.update(joints=a["joints"].astype(np.int64)), ("key 'joints'", "int64")),
        (lambda a: a.update(action=a["action"].astype(np.float64)), ("key 'action'", "integers")),
        (lambda a: a.update(action_names=np.arange(13)), ("key 'action_names'", "names")),
        (lambda a: a.update(time=np.float64(0.0)), ("key 'time'", "one row a sample")),
    ],
)
def test_what_does_not_belong_together_is_named(damage, words, arrays, tmp_path):
    damage(arrays)
    refused(write(tmp_path / "bad.npz", arrays), *words)


def test_a_pickle_is_never_opened(arrays, tmp_path):
    arrays["joints"] = np.array([{"surprise": 1}], dtype=object)
    refused(write(tmp_path / "bad.npz", arrays), "key 'joints'", "plain array")


def test_no_archive_at_all(tmp_path):
    refused(tmp_path / "nowhere.npz", "cannot read")
    (tmp_path / "text.npz").write_text("time,joints\n")
    refused(tmp_path / "text.npz", ".npz archive")
    np.save(tmp_path / "array.npy", np.zeros(3))
    refused(tmp_path / "array.npy", ".npz archive")


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_truncated_archive(share, tmp_path):
    data = CMU.read_bytes()
    (tmp_path / "cut.npz").write_bytes(data[: int(share * len(data))])
    refused(tmp_path / "cut.npz", "cannot read")


def test_one_changed_byte_inside_an_array(tmp_path):
    data = bytearray(CMU.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "flipped.npz").write_bytes(data)
    refused(tmp_path / "flipped.npz", "key '", "cannot read the array")


def test_an_array_that_is_no_array(arrays, tmp_path):
    buffer = io.BytesIO()
    np.savez(buffer, **{key: value for key, value in arrays.items() if key != "time"})
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("time.npy", b"ten past two")
    (tmp_path / "bad.npz").write_bytes(buffer.getvalue())
    refused(tmp_path / "bad.npz", "key 'time'")


def test_an_archive_that_would_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(motion_capture, "MAX_BYTES", 10_000)
    (tmp_path / "huge.npz").write_bytes(CMU.read_bytes())
    refused(tmp_path / "huge.npz", "too large", "10000 bytes")
