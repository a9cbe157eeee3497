"""The keys of a recipe in the help of the commands that read them."""

import pytest

from qleap_edge.core.recipe import recipe_fields
from tests.support.command import call


@pytest.mark.parametrize(
    ("command", "tables"),
    [
        ("release", None),
        ("synthesize", {"name", "seed", "synthesis"}),
        ("train", {"name", "seed", "model", "training"}),
    ],
)
def test_help_documents_the_keys_that_the_command_reads(command: str, tables: set[str] | None) -> None:
    shown = call(command, "--help").out
    for field in recipe_fields():
        table = field.key.split(".")[0].removesuffix("[]")
        entry = f"   {field.key}  ("
        assert (entry in shown) == (tables is None or table in tables), field.key
        if entry in shown:
            assert field.description.replace("``", "`") in shown


def test_defaults_are_those_of_the_recipe() -> None:
    shown = call("train", "--help").out
    assert "training.learning_rate  (default 0.0001)" in shown
    assert "training.epochs  (required)" in shown
