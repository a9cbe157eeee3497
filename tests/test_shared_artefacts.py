"""What all tests of a session share is made once, by whichever process comes first, and nobody changes it unseen."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command import REPOSITORY
from tests.support.shared import altered_files, shared_artefact


@dataclass
class Factory:
    """A session's folder for scratch files."""

    base: Path

    def getbasetemp(self) -> Path:
        return self.base


@pytest.fixture
def factory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Factory:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    return Factory(tmp_path)


def write_two(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "a").write_text("a")
    (folder / "b").write_text("b")


def refuse(folder: Path) -> None:
    raise AssertionError("it is made again")


def test_it_is_made_once(factory: Factory) -> None:
    first = shared_artefact(factory, "two", write_two)  # type: ignore[arg-type]
    assert shared_artefact(factory, "two", refuse) == first  # type: ignore[arg-type]
    assert altered_files(factory.base) == []


@pytest.mark.parametrize("change", ["changed", "added", "removed"])
def test_a_changed_file_is_named(factory: Factory, change: str) -> None:
    folder = shared_artefact(factory, "two", write_two)  # type: ignore[arg-type]
    if change == "removed":
        (folder / "inner" / "a").unlink()
    else:
        (folder / "inner" / ("a" if change == "changed" else "c")).write_text("other")
    assert altered_files(factory.base) == [f"two/inner/{'c' if change == 'added' else 'a'}"]


def test_what_could_not_be_finished_is_made_again(factory: Factory) -> None:
    def fail(folder: Path) -> None:
        write_two(folder)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        shared_artefact(factory, "two", fail)  # type: ignore[arg-type]
    assert sorted(path.name for path in shared_artefact(factory, "two", write_two).iterdir()) == ["b", "inner"]  # type: ignore[arg-type]


def test_a_second_process_waits_for_the_first(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from types import SimpleNamespace\n"
        "from tests.support.shared import shared_artefact\n"
        "def make(folder):\n"
        "    time.sleep(0.5)\n"
        "    (folder / 'made').write_text('once')\n"
        "    print('made')\n"
        "base = Path(sys.argv[1])\n"
        "folder = shared_artefact(SimpleNamespace(getbasetemp=lambda: base / 'worker'), 'slow', make)\n"
        "assert (folder / 'made').read_text() == 'once'\n"
    )
    environment = {"PYTHONPATH": str(REPOSITORY), "PYTEST_XDIST_WORKER": "gw0"}
    workers = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(2)
    ]
    said = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert sorted(said) == ["", "made\n"]
