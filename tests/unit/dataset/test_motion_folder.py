"""Motion folders: what is written is read, equal content gives equal bytes, and the shipped part is what its page says."""

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.dataset.motion_folder import (
    SHIPPED,
    encoded,
    motion_folders,
    person_documents,
    read_motion,
    read_person,
    shipped_motion,
    write_person,
)
from qleap_edge.physics.captured.library import UNIT
from qleap_edge.physics.captured.recording import played
from tests.support.captured import document, made_qpos


@pytest.fixture
def folder(tmp_path):
    for person in ("anna", "ben"):
        write_person(tmp_path / person, document(person), {"squat_1": encoded(made_qpos())})
    return tmp_path


def test_a_folder_of_folders_is_read_as_it_was_written(folder):
    found = read_motion(person_documents([folder]))
    assert [one.person.name for one in found.recordings] == ["anna", "ben"]
    assert found.contents() == ("squat",)
    first = found.recordings[0]
    truth = made_qpos().copy()
    truth[:, :2] -= 0.5 * (truth[:, :2].min(axis=0) + truth[:, :2].max(axis=0))
    assert np.abs(first.qpos - truth).max() <= 0.5 * UNIT + 1e-12
    assert first.repetitions == ((0, 100),) and first.rate_hz == 50.0
    assert first.person.subject().lengths["thigh"] == document().lengths_m["thigh"]


def test_equal_content_gives_equal_bytes_and_equal_digests(folder, tmp_path):
    again = tmp_path / "again"
    write_person(again, document("anna"), {"squat_1": encoded(made_qpos())})
    for suffix in (".json", ".npz"):
        assert (again / f"anna{suffix}").read_bytes() == (folder / "anna" / f"anna{suffix}").read_bytes()
    digests = {read_motion(person_documents([path])).digest for path in (again, folder / "anna")}
    assert len(digests) == 1 and read_motion(person_documents([folder / "ben"])).digest not in digests


def test_persons_are_left_out_by_name(folder):
    assert list(person_documents([folder], ["anna"])) == ["ben"]
    with pytest.raises(InputDataError, match="no person 'carl' to leave out"):
        person_documents([folder], ["carl"])


def test_a_quaternion_that_changes_its_sign_is_stored_without_a_jump():
    qpos = made_qpos().copy()
    qpos[100:, 3:7] *= -1.0
    assert np.abs(encoded(qpos)[1:, 3:7]).max() < 200


def test_the_shipped_part_is_three_persons_of_uiprmd():
    assert motion_folders([SHIPPED]) == (shipped_motion(),)
    documents = person_documents([shipped_motion()])
    assert list(documents) == ["s01", "s06", "s07"]
    assert sum(path.stat().st_size for path in shipped_motion().iterdir()) < 1.5e6
    found = read_motion(documents)
    assert {"squat", "lunge", "side_lunge", "sit_to_stand", "lateral_raise"} <= set(found.contents())
    assert {one.correct for one in found.of("squat")} == {True, False}


@pytest.mark.parametrize("person", ["s01", "s06", "s07"])
def test_the_given_repetitions_are_those_of_the_knees(person):
    """Ten squats a recording; between two edges the pelvis goes down and comes up once. Incorrect ones may not come up."""
    for one in read_person(shipped_motion() / f"{person}.json"):
        if one.content == "squat" and one.correct:
            assert len(one.repetitions) == 10
            height = played(one).sample(np.arange(len(one.steps)) / one.rate_hz).pelvis[2]
            for first, last in one.repetitions:
                lowest = first + int(np.argmin(height[first : last + 1]))
                assert min(height[first], height[last]) - height[lowest] > 0.12, (one.name, first)
