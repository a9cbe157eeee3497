"""A reference set: what it keeps of travels with known depths, and what it refuses."""

import json

import numpy as np
import pytest

from qleap_edge.analysis.measures import Estimate
from qleap_edge.analysis.watch_reference import WatchReference, make_reference, read_reference, require_same
from qleap_edge.analysis.wrist_travel import WristTravel, shipped_wrist_travel
from qleap_edge.core.errors import InputDataError, SchemaMismatch

SHA256 = "a" * 64
WHO = {"wearer": "person 1", "exercise": "squat", "recording_sha256": SHA256}


def travels(values, elevation_deg=55.0, turns_deg=None):
    turns = [None] * len(values) if turns_deg is None else turns_deg
    return [WristTravel(Estimate(v, 0.01), elevation_deg, turn) for v, turn in zip(values, turns, strict=True)]


def test_offset_and_spread_of_a_set():
    depths = np.array([0.50, 0.52, 0.48, 0.51, 0.49])
    more = 0.20 + np.array([0.02, -0.02, 0.0, 0.01, -0.01])
    found = make_reference(travels(depths + more), depths.tolist(), **WHO)
    prior = shipped_wrist_travel().raised.spread_sd_m
    assert found.posture == "raised" and found.known == "depth" and found.repetitions == 5
    assert found.offset_m == pytest.approx(0.20) and found.forearm_drop is None
    assert found.spread_sd_m == pytest.approx(np.sqrt((3 * prior**2 + 4 * np.var(more, ddof=1)) / 7))
    assert found.offset_sd_m == pytest.approx(found.spread_sd_m / np.sqrt(5))


def test_what_the_forearms_turn_explains_is_no_spread():
    """The offset follows the hand exactly as the lever says."""
    lever, turns = shipped_wrist_travel().raised.lever_m, np.array([50.0, 40.0, 30.0, 20.0])
    drops = np.sin(np.radians(55.0)) - np.sin(np.radians(turns))
    values = 0.5 + 0.1 + lever * drops
    known = [0.5] * 4
    with_turn = make_reference(travels(values, turns_deg=turns.tolist()), known, **WHO)
    without = make_reference(travels(values), known, **WHO)
    assert with_turn.forearm_drop == pytest.approx(drops.mean())
    assert with_turn.offset_m == without.offset_m == pytest.approx(0.1 + lever * drops.mean())
    assert with_turn.spread_sd_m < shipped_wrist_travel().raised.spread_sd_m < without.spread_sd_m


def test_a_set_of_one_has_the_spread_of_other_persons():
    found = make_reference(travels([0.7]), [0.5], **WHO, known="range of motion")
    assert found.spread_sd_m == pytest.approx(shipped_wrist_travel().raised.spread_sd_m)
    assert found.known == "range of motion"


def test_it_is_read_as_it_was_written(tmp_path):
    made = make_reference(travels([0.7, 0.72]), [0.5, 0.53], **WHO)
    path = tmp_path / "reference.json"
    made.write(path)
    assert read_reference(path) == made
    assert json.loads(path.read_text())["schema"] == "qleap.watch_reference"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"schema_version": 2}, SchemaMismatch, "wrong schema_version"),
        ({"posture": "sideways"}, InputDataError, "key 'posture'"),
        ({"spread_sd_m": 0.0}, InputDataError, "key 'spread_sd_m'"),
        ({"offset_m": 16.0}, InputDataError, "key 'offset_m'"),
        ({"repetitions": 0}, InputDataError, "key 'repetitions'"),
        ({"recording_sha256": "unknown"}, InputDataError, "key 'recording_sha256'"),
        ({"wearer": ""}, InputDataError, "key 'wearer'"),
        ({"stature_m": 1.8}, InputDataError, "key 'stature_m'"),
    ],
)
def test_an_altered_reference_is_refused(tmp_path, changes, error, message):
    made = make_reference(travels([0.7, 0.72]), [0.5, 0.53], **WHO)
    path = tmp_path / "reference.json"
    path.write_text(json.dumps(json.loads(made.to_json()) | changes))
    with pytest.raises(error, match=message):
        read_reference(path)


@pytest.mark.parametrize(
    ("values", "known", "message"),
    [
        ([], [], "needs a set with repetitions"),
        ([0.7, 0.7], [0.5], "expected 2 values, one for each repetition that was found; got 1 values"),
        ([0.7, 0.7], [0.5, 50.0], r"repetition 2: a known value is out of range; expected 0\.02 to 1\.5 m; got 50"),
        ([0.7, 0.7], [float("nan"), 0.5], r"repetition 1: a known value is out of range"),
    ],
)
def test_what_makes_no_reference_is_refused(values, known, message):
    with pytest.raises(InputDataError, match=message):
        make_reference(travels(values), known, **WHO)


def test_another_posture_or_exercise_is_refused():
    made = make_reference(travels([0.7]), [0.5], **WHO)
    require_same(made, "raised", "squat")
    require_same(made, "raised", None)
    with pytest.raises(InputDataError, match="made with another posture; expected raised; got hanging"):
        require_same(made, "hanging", "squat")
    with pytest.raises(InputDataError, match="made with another exercise; expected squat; got lunge"):
        require_same(made, "raised", "lunge")
    assert WatchReference.model_fields["schema_version"].default == 1
