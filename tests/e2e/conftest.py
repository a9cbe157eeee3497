"""One micro release, made by the command itself; all end-to-end tests compare with it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command import MICRO_TOML, Done, run


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
        return self.out / "stages" / "micro"


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    out = tmp_path_factory.mktemp("released") / "dist"
    return Released(run("release", "--recipe", MICRO_TOML, "--out", out), out)
