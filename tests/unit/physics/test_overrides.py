"""What a recipe may override, and the errors of what it may not."""

from dataclasses import fields

import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.core.recipe_synthesis import RandomizationTable
from qleap_edge.physics.distributions import (
    BySex,
    TruncatedNormal,
    Uniform,
)
from qleap_edge.physics.overrides import resolve_distributions
from qleap_edge.physics.randomize import RELEASE, Distributions


def resolved(**overrides: dict[str, float]) -> Distributions:
    return resolve_distributions(
        RandomizationTable(overrides={key.replace("__", "."): value for key, value in overrides.items()})
    )


def test_an_override_changes_one_distribution_and_no_other():
    distributions = resolved(toe_out_deg={"high": 20.0}, stature_m__female={"mean": 1.6}, squat_arms={"bar": 9.0})
    assert distributions.toe_out_deg == Uniform(RELEASE.toe_out_deg.low, 20.0)
    assert distributions.stature_m == BySex(TruncatedNormal(1.6, 0.067, 1.48, 1.84), RELEASE.stature_m.male)
    assert dict(distributions.squat_arms.weights)["bar"] == 9.0
    changed = {
        field.name
        for field in fields(Distributions)
        if getattr(distributions, field.name) != getattr(RELEASE, field.name)
    }
    assert changed == {"toe_out_deg", "stature_m", "squat_arms"}


@pytest.mark.parametrize(
    ("path", "numbers", "says"),
    [
        ("toe_in_deg", {"high": 1.0}, "no such distribution"),
        ("stature_m", {"mean": 1.7}, r"stature_m\.female, stature_m\.male"),
        ("stature_m.child", {"mean": 1.2}, "no such distribution"),
        ("toe_out_deg", {"middle": 1.0}, "expected low, high; got middle"),
        ("toe_out_deg", {"low": 60.0}, "empty range"),
        ("bmi_kg_m2", {"sd": 0.0}, "impossible spread"),
        ("loaded", {"share": 1.5}, "impossible share"),
        ("goblet_ratio", {"low": 0.0}, "positive"),
        ("squat_arms", {"bar": -1.0}, "impossible weights"),
        ("squat_arms", {"wings": 1.0}, "got wings"),
    ],
)
def test_an_impossible_override_is_refused_with_its_key(path, numbers, says):
    with pytest.raises(UsageError, match=rf"overrides\.{path}.*{says}|{says}"):
        resolve_distributions(RandomizationTable(overrides={path: numbers}))
