"""The two releases of a test session, both made by the command itself: micro in seconds, tiny in minutes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.support.command import MICRO_TOML, Done, run
from tests.support.shared import shared_artefact


@dataclass(frozen=True)
class Released:
    """An undisturbed release: nobody may change a file of it."""

    done: Done
    out: Path

    @property
    def bundle(self) -> Path:
        (found,) = self.out.glob("QuantumLeapPose-*")
        return found

    @property
    def stages(self) -> Path:
        (found,) = (self.out / "stages").iterdir()
        return found


def release_once(tmp_path_factory: pytest.TempPathFactory, name: str, recipe: object) -> Released:
    """Run ``qleap release`` once in the session, and keep how it ended beside what it wrote."""

    def make(folder: Path) -> None:
        done = run("release", "--recipe", recipe, "--out", folder / "dist", timeout_s=900)
        (folder / "done.json").write_text(json.dumps(asdict(done)))

    folder = shared_artefact(tmp_path_factory, name, make)
    return Released(Done(**json.loads((folder / "done.json").read_text())), folder / "dist")


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    return release_once(tmp_path_factory, "released", MICRO_TOML)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Released:
    return release_once(tmp_path_factory, "tiny", "tiny")
