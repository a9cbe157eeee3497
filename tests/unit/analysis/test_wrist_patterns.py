"""What the wrist does in a set, and which exercises that rules out."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.sets import find_sets
from qleap_edge.analysis.wrist_patterns import (
    PATTERNS,
    UPRIGHT_DEG,
    WristMotion,
    ambiguity,
    contradiction,
    wrist_motion,
)
from qleap_edge.analysis.wrist_travel import wrist_travels
from qleap_edge.core.exercises import EXERCISES, NO_EXERCISE
from tests.support.exercise_sets import Rep, path, recorded

LEFT = Wear(Side.LEFT, Side.RIGHT)
BAR = WristMotion(travel_m=0.65, turned_deg=8.0, elevation_deg=42.0, period_s=3.0)


def test_the_motion_of_a_known_set():
    height, pitch, _ = path([Rep(range_m=0.5, turn_deg=30.0)] * 5)
    (found,) = find_sets(recorded(height, pitch, np.random.default_rng(0), core_motion=True))
    motion = wrist_motion(measure_set(found), wrist_travels(found, LEFT))
    assert motion.travel_m == pytest.approx(0.5, abs=0.02)
    assert motion.turned_deg == pytest.approx(30.0, abs=3.0)
    assert motion.elevation_deg == pytest.approx(np.degrees(0.6), abs=2.0), "the support pitches the hand up by 0.6 rad"
    assert motion.period_s == pytest.approx(3.6, abs=0.3)


@pytest.mark.parametrize(
    ("wear", "about_z"),
    [(LEFT, 0.0), (Wear(Side.LEFT, Side.LEFT), np.pi), (Wear(Side.RIGHT, Side.RIGHT), np.pi)],
)
def test_the_elevation_does_not_depend_on_the_wear(wear, about_z):
    height, pitch, _ = path([Rep()] * 4)
    mounting = Rotation.from_euler("Z", about_z)
    (found,) = find_sets(recorded(height, pitch, None, mounting=mounting, core_motion=True))
    motion = wrist_motion(measure_set(found), wrist_travels(found, wear))
    assert motion.elevation_deg == pytest.approx(np.degrees(0.6), abs=1.0)


def test_each_limit_rules_out_by_name_value_and_bound():
    assert contradiction("squat", BAR) is None
    for change, words in (
        ({"travel_m": 0.05}, "the wrist travels 0.05 m up and down; at least 0.20 m"),
        ({"turned_deg": 90.0}, "the forearm turns by 90 degrees; at most 45 degrees"),
        ({"period_s": 0.5}, "a repetition takes 0.5 s; at least 0.9 s"),
    ):
        assert words in str(contradiction("squat", dataclasses.replace(BAR, **change)))


def test_a_bar_on_the_back_is_no_press_and_an_upright_forearm_tells_nothing():
    """Thirteen measured sets with a bar on the back have 36 to 47 degrees, measured presses and pull-downs 54 to 80."""
    assert all(ambiguity("squat", dataclasses.replace(BAR, elevation_deg=deg)) is None for deg in (36.0, 47.0))
    assert all(ambiguity("squat", dataclasses.replace(BAR, elevation_deg=deg)) for deg in (54.0, 80.0))
    assert ambiguity("overhead_press", dataclasses.replace(BAR, elevation_deg=80.0)) is None
    assert 47.0 < UPRIGHT_DEG < 54.0


def test_every_exercise_that_is_repeated_has_a_pattern():
    assert set(PATTERNS) == set(EXERCISES) - NO_EXERCISE
    assert all(contradiction(name, BAR) for name in ("walk", "idle"))
