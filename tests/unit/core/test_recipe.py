"""Recipes: the shipped ones are valid, and wrong ones are refused by key."""

import re
import tomllib

import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.core.recipe import load_recipe, recipe_fields
from qleap_edge.core.resources import recipe_path


@pytest.mark.parametrize("path", sorted(recipe_path("tiny").parent.glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_recipes_load_by_name(path):
    assert load_recipe(path.stem).name == path.stem


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("subjects = ", "subjectz = ", "synthesis.subject"),
        ("epochs = ", 'epochs = "many" # ', "training.epochs"),
        ("duration_s = [4.0, ", "duration_s = [2.0, ", "synthesis"),
        ("train = 0.6", "train = 0.7", "synthesis.split"),
        ("squat = 2.0", "burpee = 2.0", "synthesis.mix"),
        ('grade = "tiny"', 'grade = "gold"', "gates.grade"),
        ("[gates]", "[gates", "TOML"),
    ],
)
def test_wrong_recipes_are_refused_by_key(tmp_path, old, new, key):
    text = recipe_path("tiny").read_text()
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(UsageError, match=key) as caught:
        load_recipe(str(path))
    assert str(path) in str(caught.value) and caught.value.exit_code == 2


def test_an_unknown_name_lists_the_shipped_ones():
    with pytest.raises(UsageError, match="tiny"):
        load_recipe("nonesuch")


def test_another_network_in_a_recipe():
    recipe = load_recipe("tiny")
    assert recipe.with_preset("watch").model.preset == "watch" and recipe.model.preset == "tiny"
    with pytest.raises(UsageError, match=r"no such network.*watch.*'huge'"):
        recipe.with_preset("huge")


def test_the_shipped_checkpoints_and_the_release_share_motions_but_no_person():
    pretraining, shipped = load_recipe("pretraining"), load_recipe("release")
    assert pretraining.seed != shipped.seed
    assert pretraining.synthesis.mix.keys() == shipped.synthesis.mix.keys()  # the training draws squats more often
    same = ("forward_share", "duration_s", "sensor", "randomization")
    assert [getattr(pretraining.synthesis, name) for name in same] == [
        getattr(shipped.synthesis, name) for name in same
    ]


def test_every_key_is_documented_in_one_sentence():
    fields = {field.key: field for field in recipe_fields()}
    assert len(fields) > 60
    for field in fields.values():
        assert re.fullmatch(r"[A-Z`].*\.", field.description) and len(field.description) > 20, field.key
    assert fields["training.epochs"].default is None
    assert fields["training.loss.beta"].default == "0.5"
    assert fields["synthesis.randomization.overrides"].default == "{}"
    assert "20 characters" in fields["verification.placement[].reason"].description


@pytest.mark.parametrize("path", sorted(recipe_path("tiny").parent.glob("*.toml")), ids=lambda p: p.stem)
def test_the_keys_of_shipped_recipes_are_among_the_documented(path):
    keys = {field.key for field in recipe_fields()}

    def leaves(table, prefix=""):
        for name, value in table.items():
            key = f"{prefix}{name}"
            if isinstance(value, dict) and key not in keys:
                yield from leaves(value, f"{key}.")
            else:
                yield key

    assert set(leaves(tomllib.loads(path.read_text()))) <= keys
