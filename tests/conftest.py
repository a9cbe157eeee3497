"""What tests of many rooms share: one micro release, made once in a session and read by all."""

import pytest

from qleap_edge.core.recipe import Recipe
from tests.support.micro import Micro, make_micro, make_micro_recipe


@pytest.fixture(scope="session")
def micro_recipe() -> Recipe:
    """Return the recipe of the micro release."""
    return make_micro_recipe()


@pytest.fixture(scope="session")
def micro(micro_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Micro:
    """Return a finished micro release; copy what a test changes."""
    return make_micro(micro_recipe, tmp_path_factory.mktemp("micro"))
