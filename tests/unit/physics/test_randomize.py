"""The presets, and what a regime makes of them."""

from dataclasses import fields

import numpy as np

from qleap_edge.core.recipe_synthesis import RandomizationTable
from qleap_edge.physics.distributions import (
    BySeverity,
    Uniform,
)
from qleap_edge.physics.overrides import resolve_distributions
from qleap_edge.physics.randomize import RELEASE, STRESS, Distributions, for_regime


def test_stress_is_wider_than_release():
    assert resolve_distributions(RandomizationTable(preset="stress")) is STRESS
    for name in ("limb_ratio", "segment_mass_ratio", "bmi_kg_m2", "watch_to_wrist_m", "toe_out_deg"):
        calm, wild = getattr(RELEASE, name), getattr(STRESS, name)
        assert wild.low < calm.low and wild.high > calm.high, name


def test_a_body_that_is_simulated_forward_keeps_its_heels_down():
    assert for_regime(RELEASE, "prescribed") is RELEASE
    assert for_regime(RELEASE, "forward").heel_rise_m == BySeverity(*[Uniform(0.0, 0.0)] * 3)


def test_every_distribution_can_be_drawn():
    rng = np.random.default_rng(0)
    for field in fields(Distributions):
        distribution = getattr(RELEASE, field.name)
        for one in distribution if isinstance(distribution, tuple) else (distribution,):
            one.draw(rng)
