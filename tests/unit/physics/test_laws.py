"""Distributions and presets: what a recipe may override, and what it is told when it cannot."""

from dataclasses import fields

import numpy as np
import pytest
from scipy import stats

from qleap_edge.core.errors import UsageError
from qleap_edge.core.recipe_synthesis import RandomizationTable
from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.laws import BySex, Choice, Graded, LogUniform, Normal, Share, Uniform
from qleap_edge.physics.randomize import RELEASE, STRESS, Laws, for_regime, resolve_laws

COUNT = 4000


def sample(law, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array([law.draw(rng) for _ in range(COUNT)])


@pytest.mark.parametrize(
    ("law", "oracle"),
    [
        (Uniform(-1.0, 3.0), stats.uniform(-1.0, 4.0)),
        (LogUniform(0.02, 0.5), stats.loguniform(0.02, 0.5)),
        (Normal(1.0, 0.5, 0.2, 1.4), stats.truncnorm((0.2 - 1.0) / 0.5, (1.4 - 1.0) / 0.5, 1.0, 0.5)),
    ],
    ids=["uniform", "log_uniform", "normal"],
)
def test_draws_follow_scipys_distribution(law, oracle):
    assert stats.kstest(sample(law), oracle.cdf).pvalue > 0.01


def test_a_choice_is_drawn_in_proportion_to_its_weights():
    drawn = sample(Choice(a=1.0, b=2.0, c=0.0, d=5.0))
    counts = [int((drawn == word).sum()) for word in "abd"]
    assert sum(counts) == COUNT
    assert stats.chisquare(counts, COUNT * np.array([1.0, 2.0, 5.0]) / 8.0).pvalue > 0.01


def test_a_share_happens_that_often():
    assert stats.binomtest(int(sample(Share(0.3)).sum()), COUNT, 0.3).pvalue > 0.01


def resolved(**overrides: dict[str, float]) -> Laws:
    return resolve_laws(
        RandomizationTable(overrides={key.replace("__", "."): value for key, value in overrides.items()})
    )


def test_an_override_changes_one_law_and_no_other():
    laws = resolved(toe_out_deg={"high": 20.0}, stature_m__female={"mean": 1.6}, squat_arms={"bar": 9.0})
    assert laws.toe_out_deg == Uniform(RELEASE.toe_out_deg.low, 20.0)
    assert laws.stature_m == BySex(Normal(1.6, 0.067, 1.48, 1.84), RELEASE.stature_m.male)
    assert dict(laws.squat_arms.weights)["bar"] == 9.0
    changed = {field.name for field in fields(Laws) if getattr(laws, field.name) != getattr(RELEASE, field.name)}
    assert changed == {"toe_out_deg", "stature_m", "squat_arms"}


@pytest.mark.parametrize(
    ("path", "numbers", "says"),
    [
        ("toe_in_deg", {"high": 1.0}, "no such law"),
        ("stature_m", {"mean": 1.7}, r"stature_m\.female, stature_m\.male"),
        ("stature_m.child", {"mean": 1.2}, "no such law"),
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
        resolve_laws(RandomizationTable(overrides={path: numbers}))


def test_stress_is_wider_than_release():
    assert resolve_laws(RandomizationTable(preset="stress")) is STRESS
    for name in ("limb_ratio", "segment_mass_ratio", "bmi_kg_m2", "watch_to_wrist_m", "toe_out_deg"):
        calm, wild = getattr(RELEASE, name), getattr(STRESS, name)
        assert wild.low < calm.low and wild.high > calm.high, name


def test_a_body_that_is_simulated_forward_keeps_its_heels_down():
    assert for_regime(RELEASE, "prescribed") is RELEASE
    assert for_regime(RELEASE, "forward").heel_rise_m == Graded(*[Uniform(0.0, 0.0)] * 3)


def test_every_law_can_be_drawn():
    rng = np.random.default_rng(0)
    for field in fields(Laws):
        law = getattr(RELEASE, field.name)
        for one in law if isinstance(law, tuple) else (law,):
            one.draw(rng)


def test_stature_and_build_stay_in_their_bounds():
    subjects = [draw_subject(index, RELEASE, np.random.default_rng(index)) for index in range(300)]
    stature = np.array([subject.stature_m for subject in subjects])
    bmi = np.array([subject.mass_kg / subject.stature_m**2 for subject in subjects])
    assert 1.48 <= stature.min() < 1.58 and 1.85 < stature.max() <= 1.98
    assert 17.5 <= bmi.min() < 19.0 and 31.0 < bmi.max() <= 35.0
    assert {subject.sex for subject in subjects} == {"female", "male"}
