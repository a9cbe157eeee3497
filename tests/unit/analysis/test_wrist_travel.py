"""Posture, forearm drop and the shipped numbers of wrist travel."""

import numpy as np
import pytest

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.analysis.sets import find_sets
from qleap_edge.analysis.wrist_travel import (
    forearm_drop,
    read_wrist_travel,
    shipped_wrist_travel,
    wrist_travels,
)
from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.resources import resource
from tests.support.exercise_sets import Rep, path, recorded

FILE = resource("calibration/depth/wrist_travel.toml")
LEFT = Wear(Side.LEFT, Side.RIGHT)


def test_the_shipped_numbers():
    model = shipped_wrist_travel()
    assert model == read_wrist_travel(FILE)
    assert [model.of(name).kind for name in ("hanging", "level", "raised")] == ["synthetic", "synthetic", "real"]
    assert model.raised.persons == 7 and model.raised.repetitions == 140
    # As measured on the markers: 16 cm more than the pelvis, by person 10 to 32, within a person 2 cm.
    assert model.raised.offset_m == pytest.approx(0.16, abs=0.01)
    assert 0.06 < model.raised.bias_sd_m < 0.10 and model.raised.spread_sd_m == pytest.approx(0.02, abs=0.005)
    for synthetic in (model.hanging, model.level):
        assert synthetic.bias_sd_m > model.raised.bias_sd_m  # nobody was measured
        assert "no real person" in synthetic.source


@pytest.mark.parametrize(
    ("elevation_deg", "posture"),
    [(-90.0, "hanging"), (-31.0, "hanging"), (-30.0, "level"), (0.0, "level"), (30.0, "level"), (31.0, "raised")],
)
def test_posture_follows_from_the_elevation(elevation_deg, posture):
    assert shipped_wrist_travel().posture_of(elevation_deg) == posture


def test_the_drop_of_the_hand_in_forearm_lengths():
    assert forearm_drop(40.0, 40.0) == 0.0
    assert forearm_drop(90.0, 0.0) == pytest.approx(1.0)
    assert forearm_drop(0.0, 30.0) == pytest.approx(-0.5)


@pytest.mark.parametrize("crown", Side, ids=str)
def test_elevations_of_a_set(crown):
    """The forearm of the test person rises by 0.6 rad and turns down by 20 degrees; a crown at the elbow turns the case."""
    height, pitch, _ = path([Rep(turn_deg=20.0)] * 5)
    recording = recorded(height, pitch, np.random.default_rng(0), core_motion=True)
    (found,) = find_sets(recording)
    travels = wrist_travels(found, Wear(Side.LEFT, crown))
    sign = 1.0 if crown is LEFT.crown else -1.0
    assert len(travels) == 5
    for one in travels:
        assert one.elevation_deg == pytest.approx(sign * np.degrees(0.6), abs=1.0)
        assert one.turn_elevation_deg == pytest.approx(sign * (np.degrees(0.6) - 20.0), abs=1.5)
        assert one.range_m.value == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("schema_version = 1", "schema_version = 2", SchemaMismatch, "wrong schema or version"),
        ("[level]", "[flat]", InputDataError, "key 'flat': unknown key"),
        ("free_lever_m = 0", "free_lever_m = -0", InputDataError, "key 'free_lever_m': unusable value"),
        ('kind = "real"', 'kind = "guessed"', InputDataError, "key 'raised.kind': unusable value"),
        ("raised_above_deg = 30.0", "raised_above_deg = -40.0", InputDataError, "bounds of the postures contradict"),
        ("fitted = 2026", "fitted = nan # 2026", InputDataError, "key 'fitted'"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, old, new, error, message):
    text = FILE.read_text()
    assert old in text
    changed = tmp_path / "wrist_travel.toml"
    changed.write_text(text.replace(old, new, 1))
    with pytest.raises(error, match=message):
        read_wrist_travel(changed)
