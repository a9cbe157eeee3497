"""Damaged or foreign captured motion: each refused by a named error that names file, key and row."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError, QleapError, SchemaMismatch
from qleap_edge.core.manifest import sha256_bytes
from qleap_edge.dataset import motion_folder
from qleap_edge.dataset.motion_folder import encoded, person_documents, read_motion, write_person
from tests.support.captured import document, made_qpos
from tests.support.command import MICRO_TOML, assert_refused, call


@pytest.fixture
def folder(tmp_path) -> Path:
    write_person(tmp_path, document(), {"squat_1": encoded(made_qpos())})
    return tmp_path


def refused(folder: Path, *words: str, kind: type[QleapError] = InputDataError) -> None:
    with pytest.raises(kind) as caught:
        read_motion(person_documents([folder]))
    assert caught.value.exit_code == 3
    for word in words:
        assert word in str(caught.value), str(caught.value)


def changed(folder: Path, **changes: object) -> None:
    path = folder / "made.json"
    raw = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(raw))


def with_arrays(folder: Path, data: bytes) -> None:
    (folder / "made.npz").write_bytes(data)
    changed(folder, arrays_sha256=sha256_bytes(data))


def archive(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def steps(row: int, column: int, value: float) -> np.ndarray:
    qpos = made_qpos().copy()
    qpos[row, column] = value
    return np.diff(np.rint(qpos / 1e-4), axis=0, prepend=0).astype(np.int16)


def test_the_undamaged_folder_is_read(folder):
    assert len(read_motion(person_documents([folder])).recordings) == 1


def test_there_is_no_folder_or_nothing_in_it(tmp_path):
    refused(tmp_path / "none", "no such folder")
    refused(tmp_path, "not a folder of captured motion", "0 documents")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hinges": ["knee"]}, ("key 'hinges'", "abdomen.y")),
        ({"lengths_m": {"thigh": 0.4}}, ("key 'lengths_m'", "shank")),
        ({"stature_m": 168.0}, ("key 'stature_m'", "168")),
        ({"rate_hz": 5.0}, ("key 'rate_hz'",)),
        ({"licence": ""}, ("key 'licence'",)),
        ({"recordings": []}, ("key 'recordings'",)),
        ({"person": "../made"}, ("key 'person'",)),
        ({"thesis": 1}, ("key 'thesis'",)),
        ({"recordings": [{"name": "squat_1", "exercise": "yodel"}]}, ("exercise", "yodel")),
        ({"recordings": [{"name": "squat_1", "exercise": "squat"}] * 2}, ("one name",)),
        ({"recordings": [{"name": "lunge_1", "exercise": "lunge"}]}, ("key 'lunge_1'", "missing")),
        (
            {"recordings": [{"name": "squat_1", "exercise": "squat", "repetitions": [[0, 9000]]}]},
            ("key 'squat_1'", "0 to 9000"),
        ),
        ({"arrays_sha256": "0" * 64}, ("made.npz", "not those of the document")),
    ],
)
def test_a_document_that_does_not_fit(folder, changes, words):
    changed(folder, **changes)
    refused(folder, *words)


def test_another_version_is_refused(folder):
    changed(folder, schema_version=2)
    refused(folder, "schema_version", kind=SchemaMismatch)


def test_two_persons_of_one_name(folder):
    write_person(folder / "more", document(), {"squat_1": encoded(made_qpos())})
    refused(folder, "two persons are called 'made'")


def test_the_arrays_are_absent_cut_off_or_no_archive(folder):
    data = (folder / "made.npz").read_bytes()
    with_arrays(folder, data[: len(data) // 2])
    refused(folder, "made.npz", "cannot read the arrays")
    with_arrays(folder, b"thesis")
    refused(folder, "made.npz", "cannot read the arrays")
    (folder / "made.npz").unlink()
    refused(folder, "made.npz", "No such file")


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (encoded(made_qpos()).astype(np.int32), ("wrong shape or kind", "int32")),
        (encoded(made_qpos())[:, :-1], ("wrong shape or kind",)),
        (encoded(made_qpos())[:60], ("too short",)),
        (np.array([{"a": 1}], dtype=object), ("cannot read the array",)),
        (steps(40, 2, 2.9), ("row 40", "hips", "2.9")),
        (steps(50, 3, 0.2), ("row 50", "quaternion")),
    ],
)
def test_an_array_that_is_no_motion(folder, array, words):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=True, squat_1=array)
    with_arrays(folder, buffer.getvalue())
    refused(folder, "made.npz", "squat_1", *words)


def test_an_archive_that_unpacks_to_too_much(folder, monkeypatch):
    monkeypatch.setattr(motion_folder, "MAX_BYTES", 1000)
    refused(folder, "too large", "1000 bytes")


def test_a_member_that_is_no_array(folder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as stored:
        stored.writestr("squat_1.npy", b"thesis")
    with_arrays(folder, buffer.getvalue())
    refused(folder, "made.npz", "squat_1")


def test_a_path_that_leaves_the_laboratory_cannot_be_stored():
    qpos = made_qpos().copy()
    qpos[:, 0] += np.linspace(0.0, 9.0, len(qpos))
    with pytest.raises(InputDataError, match="at most 6 m"):
        encoded(qpos)


def test_motion_without_a_share_of_it_is_a_mistake(folder, tmp_path):
    done = call("synthesize", "--recipe", MICRO_TOML, "--out", tmp_path / "new", "--motion", folder)
    assert_refused(done, 2, "captured_share")
