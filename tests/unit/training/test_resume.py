"""The folder of an interrupted training: the last two states of this run, complete ones only."""

from pathlib import Path

import pytest
import torch

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.scratch import SCRATCH_MARK
from qleap_edge.training.resume import ResumeFolder


def test_the_last_two_states_are_kept_and_the_newest_counts(tmp_path: Path) -> None:
    folder = ResumeFolder.beside(tmp_path / "out", "key")
    assert folder.newest() is None
    for step in (9, 10, 100, 1000):
        folder.save(step, {"step": step, "weights": torch.arange(step)})
    assert [path.name for path in folder.states()] == ["state-000001000.pt", "state-000000100.pt"]
    assert folder.newest()["step"] == 1000
    assert {path.name for path in folder.folder.iterdir()} == {
        SCRATCH_MARK,
        *(path.name for path in folder.states()),
    }, "no litter"
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_state_of_another_run_is_none_of_ours(tmp_path: Path) -> None:
    ResumeFolder.beside(tmp_path / "out", "key").save(1, {})
    assert ResumeFolder.beside(tmp_path / "out", "another").newest() is None


@pytest.mark.parametrize("damage", ["empty", "junk", "torn", "another file"])
def test_a_damaged_state_is_one_clear_error_and_the_one_before_is_left(damage: str, tmp_path: Path) -> None:
    folder = ResumeFolder.beside(tmp_path / "out", "key")
    folder.save(1, {"step": 1})
    folder.save(2, {"step": 2, "weights": torch.zeros(100)})
    newest = folder.states()[0]
    if damage == "torn":
        newest.write_bytes(newest.read_bytes()[:-200])
    elif damage == "another file":
        torch.save([1, 2, 3], newest)
    else:
        newest.write_bytes(b"" if damage == "empty" else bytes(range(256)))
    with pytest.raises(InputDataError, match=r"state-000000002\.pt.*delete it") as caught:
        folder.newest()
    assert caught.value.exit_code == 3 and "\n" not in str(caught.value)
    newest.unlink()
    assert folder.newest()["step"] == 1


def test_a_state_is_never_unpickled(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    folder = ResumeFolder.beside(tmp_path / "out", "key")
    folder.folder.mkdir()
    torch.save({"key": Evil()}, folder.folder / "state-000000001.pt")
    with pytest.raises(InputDataError, match="cannot be read"):
        folder.newest()
    assert not (tmp_path / "touched").exists()


def test_a_folder_that_somebody_else_has_made_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / ".out.resume"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("three years")
    folder = ResumeFolder.beside(tmp_path / "out", "key")
    for refused in (folder.require_own, lambda: folder.save(1, {})):
        with pytest.raises(UsageError, match=r"\.out\.resume.*something else"):
            refused()
    folder.remove()
    assert [path.name for path in theirs.iterdir()] == ["thesis.txt"]
