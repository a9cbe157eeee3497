"""Files of one recording: the published form and the .npz are read alike, and every other form is refused by name."""

import pickle
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from qleap_edge.comparison.dip.recording import KEYS, MIN_FRAMES, read_recording
from qleap_edge.core.errors import InputDataError
from tests.support.dip_recordings import changed, file_of, python_2_pickle, recording, write_file


@pytest.mark.parametrize("suffix", ["pkl", "npz"])
def test_a_recording_is_read(tmp_path, suffix):
    arrays = recording()
    arrays["imu_acc"][10:14, 7] = np.nan
    found = read_recording(file_of(write_file(tmp_path / "s_09" / f"01_a.{suffix}", arrays)))
    np.testing.assert_array_equal(found.orientation, arrays["imu_ori"])
    np.testing.assert_array_equal(found.acceleration, arrays["imu_acc"])
    np.testing.assert_array_equal(found.pose.reshape(-1, 72), arrays["gt"])
    assert len(found) == 360 and len(found.sha256) == 64 and found.file.key == "s_09/01_a"


def test_single_precision_and_unknown_keys_are_welcome(tmp_path):
    arrays = {key: value.astype(np.float32) for key, value in recording().items()} | {"frame_rate": np.float64(60.0)}
    found = read_recording(file_of(write_file(tmp_path / "01_a.pkl", arrays, protocol=4)))
    assert found.pose.dtype == np.float64


def without(key: str) -> dict[str, object]:
    return {name: value for name, value in recording().items() if name != key}


def at(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        array[100] = value
        return array

    return change


BROKEN: dict[str, tuple[Callable[[], object], str]] = {
    **{f"no {key}": (partial(without, key), f"key '{key}': the key is missing") for key in KEYS},
    "no key": (dict, "the key is missing; expected imu_ori, imu_acc, gt; got no key"),
    "a list": (lambda: [1, 2], "holds no dictionary; expected a dictionary with imu_ori.*; got list"),
    "a number": (lambda: 5, "holds no dictionary"),
    "an array alone": (lambda: np.zeros(3), "holds no dictionary.*got ndarray"),
    "a text for an array": (lambda: changed("gt", lambda _: "later"), "key 'gt': this is no array.*got str"),
    "a list for an array": (lambda: changed("imu_acc", lambda a: [1.0]), "key 'imu_acc': this is no array"),
    "integers": (lambda: changed("gt", lambda a: a.astype(np.int64)), "key 'gt': wrong kind of number.*got int64"),
    "half precision": (lambda: changed("imu_ori", lambda a: a.astype(np.float16)), "wrong kind of number.*float16"),
    "six sensors": (lambda: changed("imu_ori", lambda a: a[:, :6]), r"wrong shape.*\(frames, 17, 3, 3\).*6 sensors"),
    "five sensors": (lambda: changed("imu_acc", lambda a: a[:, :5]), "5 sensors: the normalised form is not read"),
    "quaternions": (lambda: changed("imu_ori", lambda a: a[..., 0]), r"key 'imu_ori': wrong shape.*got \(360, 17, 3\)"),
    "flat matrices": (lambda: changed("imu_ori", lambda a: a.reshape(360, 17, 9)), "wrong shape"),
    "66 angles": (lambda: changed("gt", lambda a: a[:, :66]), r"key 'gt': wrong shape; expected \(frames, 72\)"),
    "joints apart": (lambda: changed("gt", lambda a: a.reshape(-1, 24, 3)), "key 'gt': wrong shape"),
    "time last": (lambda: changed("gt", lambda a: a.T), "key 'gt': wrong shape"),
    "a scalar": (lambda: changed("gt", lambda a: np.float64(1.0)), "key 'gt': this is no array|wrong shape"),
    "another length": (lambda: changed("gt", lambda a: a[:-1]), "different lengths; expected 360 frames; got 359"),
    "too few frames": (lambda: {k: v[: MIN_FRAMES - 1] for k, v in recording().items()}, "at least 252 frames; got 251"),
    "infinity": (lambda: changed("imu_acc", at(np.inf)), "key 'imu_acc': an infinite number in frame 100"),
    "NaN everywhere": (lambda: changed("imu_acc", lambda a: a * np.nan), "key 'imu_acc': there is no number at all"),
    "no truth": (lambda: changed("gt", lambda a: a * np.nan), "key 'gt': there is no number at all"),
    "degrees": (lambda: changed("gt", np.degrees), "key 'gt': these are no rotation vectors in radians"),
    "raw units": (lambda: changed("imu_acc", lambda a: a * 2048.0), "key 'imu_acc': these are no accelerations in m/s²"),
    "another rate": (lambda: recording() | {"frame_rate": 30.0}, "key 'frame_rate': wrong rate; expected 60 Hz; got 30"),
    "no rate": (lambda: recording() | {"frame_rate": "fast"}, "key 'frame_rate': this is no rate"),
    "objects": (lambda: changed("gt", lambda a: np.array([None])), "more than plain data"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_another_form_is_refused_with_file_and_key(case, tmp_path):
    make, words = BROKEN[case]
    path = tmp_path / "01_a.pkl"
    path.write_bytes(python_2_pickle(make()))
    with pytest.raises(InputDataError, match=rf"01_a\.pkl.*{words}") as refused:
        read_recording(file_of(path))
    assert all(word in str(refused.value) for word in ("expected ", "got ", "Next: "))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b"PK\x03\x04"), "the archive is damaged"),
        (lambda path: path.write_bytes(pickle.dumps({"gt": 1})), "the archive is damaged"),
        (lambda path: np.savez(path, **changed("gt", lambda a: np.array([None, 1]))), "damaged, or holds objects"),
        (lambda path: np.savez(path, **without("gt")), "key 'gt': the key is missing"),
    ],
)
def test_archives_that_are_none(make, words, tmp_path):
    make(tmp_path / "01_a.npz")
    with pytest.raises(InputDataError, match=words):
        read_recording(file_of(tmp_path / "01_a.npz"))


def test_an_archive_that_unpacks_to_too_much(tmp_path, monkeypatch):
    path = tmp_path / "01_a.npz"
    np.savez_compressed(path, gt=np.zeros((100_000, 72)))
    monkeypatch.setattr("qleap_edge.comparison.dip.recording.MAX_BYTES", 10_000_000)
    with pytest.raises(InputDataError, match=r"too large; expected at most 10,000,000 bytes unpacked; got 57,600,"):
        read_recording(file_of(path))
