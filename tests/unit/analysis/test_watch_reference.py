"""A reference set: what it keeps of travels with known depths, and what it refuses."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from qleap_edge.analysis.measures import Estimate
from qleap_edge.analysis.watch_reference import (
    BETWEEN_SETS_SD_M,
    WatchReference,
    add_set,
    make_reference,
    read_reference,
    require_nothing_lost,
    require_same,
)
from qleap_edge.analysis.wrist_travel import WristTravel, shipped_wrist_travel
from qleap_edge.core.errors import InputDataError, SchemaMismatch, UsageError

SHA256 = "a" * 64
SET = {"offset_m": 0.2, "squares_m2": 0.0, "forearm_drop": None, "repetitions": 2, "recording_sha256": SHA256,
       "span_s": None}  # fmt: skip
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
    assert found.sets[0].offset_m == pytest.approx(0.20) and found.forearm_drop is None
    assert found.spread_sd_m == pytest.approx(np.sqrt((3 * prior**2 + 4 * np.var(more, ddof=1)) / 7))
    assert (found.offset_m, found.offset_sd_m) == pytest.approx(on_a_grid(found), rel=1e-6)


def test_what_the_forearms_turn_explains_is_no_spread():
    """The offset follows the hand exactly as the lever says."""
    lever, turns = shipped_wrist_travel().raised.lever_m, np.array([50.0, 40.0, 30.0, 20.0])
    drops = np.sin(np.radians(55.0)) - np.sin(np.radians(turns))
    values = 0.5 + 0.1 + lever * drops
    known = [0.5] * 4
    with_turn = make_reference(travels(values, turns_deg=turns.tolist()), known, **WHO)
    without = make_reference(travels(values), known, **WHO)
    assert with_turn.forearm_drop == pytest.approx(drops.mean())
    assert with_turn.sets[0].offset_m == without.sets[0].offset_m == pytest.approx(0.1 + lever * drops.mean())
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
        ({"schema_version": 1}, SchemaMismatch, "wrong schema_version"),
        ({"posture": "sideways"}, InputDataError, "key 'posture'"),
        ({"spread_sd_m": 0.0}, InputDataError, "key 'spread_sd_m'"),
        ({"offset_m": 16.0}, InputDataError, "key 'offset_m'"),
        ({"offset_sd_m": 0.0}, InputDataError, "key 'offset_sd_m'"),
        ({"sets": []}, InputDataError, "key 'sets'"),
        ({"sets": [SET | {"repetitions": 0}]}, InputDataError, "key 'sets.0.repetitions'"),
        ({"sets": [SET | {"recording_sha256": "unknown"}]}, InputDataError, "key 'sets.0.recording_sha256'"),
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
    assert WatchReference.model_fields["schema_version"].default == 2


def on_a_grid(made):
    """Return mean and standard deviation of the offset by Bayes' rule, worked out on a grid without the closed form."""
    usual, grid = shipped_wrist_travel().raised, np.linspace(-0.5, 1.0, 150_001)
    density = norm.pdf(grid, usual.offset_m, usual.bias_sd_m) if made.known == "depth" else np.ones_like(grid)
    for one in made.sets:
        density *= norm.pdf(
            one.offset_m, grid, np.hypot(BETWEEN_SETS_SD_M, made.spread_sd_m / np.sqrt(one.repetitions))
        )
    mean = np.average(grid, weights=density)
    return mean, np.sqrt(np.average((grid - mean) ** 2, weights=density))


def test_a_second_set_is_a_second_observation():
    first = make_reference(travels([0.70, 0.72, 0.68]), [0.5] * 3, **WHO)
    second = make_reference(travels([0.75, 0.73]), [0.5] * 2, **WHO | {"recording_sha256": "b" * 64})
    both = add_set(first, second)
    assert (len(both.sets), both.repetitions) == (2, 5)
    assert (both.offset_m, both.offset_sd_m) == pytest.approx(on_a_grid(both), rel=1e-6)
    assert both.offset_sd_m < min(first.offset_sd_m, second.offset_sd_m)
    assert add_set(second, first).offset_m == pytest.approx(both.offset_m), "the order of the sets says nothing"


def test_other_lengths_have_no_prior():
    """Nobody measured on other persons how much more a wrist moves than, say, a bar."""
    made = make_reference(travels([0.9, 0.92]), [0.5] * 2, **WHO, known="range of motion")
    assert made.offset_m == pytest.approx(0.41) == pytest.approx(on_a_grid(made)[0], rel=1e-6)


def test_the_prior_counts_most_beside_a_single_repetition():
    few, many = (make_reference(travels([0.9] * n), [0.5] * n, **WHO).offset_m for n in (1, 10))
    assert shipped_wrist_travel().raised.offset_m < few < many < 0.4


def test_sets_in_which_the_arms_move_otherwise_are_compared_at_one_turn_of_the_forearm():
    usual = shipped_wrist_travel().raised
    drops = np.sin(np.radians(55.0)) - np.sin(np.radians([40.0, 20.0]))
    sets = [
        make_reference(
            travels([0.5 + 0.1 + usual.lever_m * drop] * 4, turns_deg=[turn] * 4), [0.5] * 4,
            **WHO | {"recording_sha256": letter * 64},
        )
        for letter, turn, drop in zip("ab", (40.0, 20.0), drops, strict=True)
    ]  # fmt: skip
    both = add_set(*sets)
    prior = shipped_wrist_travel().usual_offset("raised", both.forearm_drop)
    weights = np.array([2.0 / (BETWEEN_SETS_SD_M**2 + both.spread_sd_m**2 / 4), 1.0 / prior.sd**2])
    observed = 0.1 + usual.lever_m * drops.mean()
    assert both.offset_m == pytest.approx(np.average([observed, prior.value], weights=weights))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wearer": "person 2"}, "another wearer; expected person 1; got person 2"),
        ({"exercise": "lunge"}, "another exercise; expected squat; got lunge"),
        ({"known": "range of motion"}, "another quantity; expected depth; got range of motion"),
        ({"recording_sha256": SHA256}, "in the earlier reference already"),
    ],
)
def test_what_cannot_be_added_is_refused(changes, message):
    earlier = make_reference(travels([0.7]), [0.5], **WHO)
    with pytest.raises(InputDataError, match=message):
        add_set(earlier, make_reference(travels([0.7]), [0.5], **WHO | {"recording_sha256": "b" * 64} | changes))
    with pytest.raises(InputDataError, match="another posture; expected raised; got level"):
        add_set(earlier, make_reference(travels([0.7], 0.0), [0.5], **WHO | {"recording_sha256": "b" * 64}))


def test_two_parts_of_one_recording_are_two_sets():
    first = make_reference(travels([0.7]), [0.5], **WHO, span_s=(18.0, 38.0))
    both = add_set(first, make_reference(travels([0.72]), [0.5], **WHO, span_s=(40.0, 59.5)))
    assert [one.span_s for one in both.sets] == [(18.0, 38.0), (40.0, 59.5)]
    with pytest.raises(InputDataError, match="in the earlier reference already"):
        add_set(both, make_reference(travels([0.72]), [0.5], **WHO, span_s=(37.0, 42.0)))


def test_a_measured_set_is_never_lost(tmp_path):
    path = tmp_path / "reference.json"
    first = make_reference(travels([0.7]), [0.5], **WHO)
    both = add_set(first, make_reference(travels([0.72]), [0.5], **WHO | {"recording_sha256": "b" * 64}))
    require_nothing_lost(path, first)
    both.write(path)
    require_nothing_lost(path, both)
    with pytest.raises(UsageError, match=r"1 of its 2 sets are not in the new one.*--add"):
        require_nothing_lost(path, first)
    with pytest.raises(UsageError, match="the reference of 'person 1'"):
        require_nothing_lost(path, make_reference(travels([0.7]), [0.5], **WHO | {"wearer": "person 2"}))
    path.write_text("{}")
    require_nothing_lost(path, first)
    path.write_text(both.to_json().replace('"schema_version": 2', '"schema_version": 1'))
    with pytest.raises(UsageError, match="may be lost"):
        require_nothing_lost(path, both)
