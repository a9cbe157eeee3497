"""What tests of many rooms share: one micro release, made once in a session and read by all."""

import os

import pytest
from hypothesis import settings

from qleap_edge.core.recipe import Recipe
from tests.support.micro import Micro, make_micro, make_micro_recipe

# No deadlines: the machine may be busy. In a pipeline the examples are the same every time, so that a verdict is about the
# change; on a desk they are new every time, so that they find something.
settings.register_profile("desk", deadline=None)
settings.register_profile("pipeline", deadline=None, derandomize=True)
settings.load_profile("pipeline" if os.environ.get("CI") else "desk")
# Tests take ONNX Runtime as an oracle and import it themselves: it shall not tell anybody what they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


@pytest.fixture(scope="session")
def micro_recipe() -> Recipe:
    """Return the recipe of the micro release."""
    return make_micro_recipe()


@pytest.fixture(scope="session")
def micro(micro_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Micro:
    """Return a finished micro release; copy what a test changes."""
    return make_micro(micro_recipe, tmp_path_factory.mktemp("micro"))
