"""One shipped checkpoint, made from the micro release, and a registry folder that a test may change."""

import shutil
from pathlib import Path

import pytest

from qleap_edge.core.recipe import Recipe
from qleap_edge.pretrained import registry
from qleap_edge.pretrained.export import export_checkpoint
from tests.support.micro import Micro
from tests.support.shared import shared_artefact

NAME = "hdt-micro"
HOP = 100


@pytest.fixture(scope="session")
def exported(micro: Micro, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the checkpoint's two files, which no test changes."""

    def make(folder: Path) -> None:
        export_checkpoint(micro.stages["train"], micro.stages["synthesize"], NAME, folder, hop=HOP)

    return shared_artefact(tmp_path_factory, "exported", make)


@pytest.fixture
def shipped(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the package takes for its own, with a copy of the files."""
    folder = Path(shutil.copytree(exported, tmp_path / "registry"))
    monkeypatch.setattr(registry, "pretrained_folder", lambda: folder)
    return folder


@pytest.fixture
def installing(micro_recipe: Recipe) -> Recipe:
    """Return the micro recipe with the shipped checkpoint in place of its training."""
    return with_model(micro_recipe, pretrained=NAME)


def with_model(recipe: Recipe, **changes: object) -> Recipe:
    return Recipe.model_validate(recipe.model_dump() | {"model": recipe.model_dump()["model"] | changes})
