"""Depth of the pelvis from wrist travel: two uncertainty terms, and what a reference of the wearer removes."""

import numpy as np
import pytest

from qleap_edge.analysis.depth import depth_of, depths_of
from qleap_edge.analysis.measures import Estimate
from qleap_edge.analysis.watch_reference import BETWEEN_SETS_SD_M, make_reference
from qleap_edge.analysis.wrist_travel import WristTravel, forearm_drop, shipped_wrist_travel
from qleap_edge.core.errors import InputDataError

TRAVEL = Estimate(0.70, 0.01)
MODEL = shipped_wrist_travel()
Z_90 = 1.645


def reference(offset_m=0.30, turn_deg=None, repetitions=10, **changes):
    travels = [WristTravel(Estimate(0.5 + offset_m, 0.01), 55.0, turn_deg)] * repetitions
    who = {"wearer": "person 1", "exercise": "squat", "recording_sha256": "b" * 64}
    return make_reference(travels, [0.5] * repetitions, **(who | changes))


@pytest.mark.parametrize(("elevation_deg", "posture"), [(-70.0, "hanging"), (0.0, "level"), (55.0, "raised")])
def test_without_a_reference_the_posture_decides(elevation_deg, posture):
    found, usual = depth_of(TRAVEL, elevation_deg), MODEL.of(posture)
    assert found.posture == posture and found.quantity == "depth" and not found.referenced
    assert found.value_m == pytest.approx(TRAVEL.value - usual.offset_m)
    assert (found.bias_sd_m, found.spread_sd_m) == (usual.bias_sd_m, usual.spread_sd_m)
    assert found.sd_m == pytest.approx(np.sqrt(usual.bias_sd_m**2 + usual.spread_sd_m**2 + TRAVEL.sd**2))


def test_a_reference_removes_the_bias_between_persons():
    made = reference()
    found = depth_of(TRAVEL, 55.0, made, exercise="squat")
    assert found.value_m == pytest.approx(TRAVEL.value - made.offset_m) == pytest.approx(0.40, abs=0.02)
    assert found.referenced
    assert found.bias_sd_m == pytest.approx(made.offset_sd_m) and found.bias_sd_m < 0.25 * MODEL.raised.bias_sd_m
    assert found.spread_sd_m == made.spread_sd_m
    assert depth_of(TRAVEL, 55.0, reference(known="range of motion")).quantity == "range of motion"


def test_arms_that_move_as_in_the_fit_change_nothing():
    turn = float(np.degrees(np.arcsin(np.sin(np.radians(55.0)) - MODEL.raised.forearm_drop)))
    plain, turned = depth_of(TRAVEL, 55.0), depth_of(TRAVEL, 55.0, turn_elevation_deg=turn)
    assert turned.value_m == pytest.approx(plain.value_m) and turned.sd_m == pytest.approx(plain.sd_m)


def test_arms_that_sink_widen_the_bias_and_lessen_the_depth():
    """A free arm, and one whose hand holds a bar that does not move against the trunk, both lie within one deviation more."""
    more = forearm_drop(55.0, 10.0) - MODEL.raised.forearm_drop
    plain, sunk = depth_of(TRAVEL, 55.0), depth_of(TRAVEL, 55.0, turn_elevation_deg=10.0)
    half = 0.5 * MODEL.free_lever_m * more
    assert sunk.value_m == pytest.approx(plain.value_m - half)
    assert sunk.bias_sd_m == pytest.approx(np.hypot(plain.bias_sd_m, half))


def test_with_a_reference_the_travel_is_corrected_for_how_the_arms_move():
    made = reference(turn_deg=40.0)
    same = depth_of(TRAVEL, 55.0, made, turn_elevation_deg=40.0)
    sunk = depth_of(TRAVEL, 55.0, made, turn_elevation_deg=20.0)
    more = np.sin(np.radians(40.0)) - np.sin(np.radians(20.0))
    known = TRAVEL.value - made.offset_m
    assert same.value_m == pytest.approx(known) and same.bias_sd_m == pytest.approx(made.offset_sd_m)
    assert sunk.value_m == pytest.approx(known - MODEL.raised.lever_m * more)
    assert sunk.bias_sd_m == pytest.approx(np.hypot(made.offset_sd_m, MODEL.raised.lever_sd_m * more))
    assert depth_of(TRAVEL, 55.0, made).value_m == pytest.approx(known)  # the turn is not known


def test_the_posture_of_a_set_is_that_of_most_repetitions():
    """One repetition that starts with lower hands neither changes the posture nor is the reference refused for it."""
    travels = [WristTravel(TRAVEL, elevation) for elevation in (50.0, 52.0, 5.0, 51.0)]
    assert {one.posture for one in depths_of(travels)} == {"raised"}
    assert all(one.referenced for one in depths_of(travels, reference()))
    assert depths_of(travels)[0] == depth_of(TRAVEL, 50.0)
    assert depths_of([]) == ()
    with pytest.raises(InputDataError, match="another posture"):
        depths_of([WristTravel(TRAVEL, elevation) for elevation in (50.0, 5.0, 4.0)], reference())


def test_depth_is_never_negative():
    assert depth_of(Estimate(0.05, 0.01), 55.0).value_m == 0.0


def test_near_the_bound_of_a_posture_the_reference_decides():
    """A strap may turn the watch by 15 degrees, so the same arms may look level in one set and raised in another."""
    assert depth_of(TRAVEL, 16.0).posture == "level"
    found = depth_of(TRAVEL, 16.0, reference())
    assert found.posture == "raised" and found.value_m == pytest.approx(TRAVEL.value - reference().offset_m)
    with pytest.raises(InputDataError, match="another posture; expected raised; got level"):
        depth_of(TRAVEL, 14.0, reference())


def test_a_reference_of_another_posture_or_exercise_is_refused():
    with pytest.raises(InputDataError, match=r"another posture; expected raised; got hanging.*make a reference"):
        depth_of(TRAVEL, -70.0, reference())
    with pytest.raises(InputDataError, match="another exercise; expected squat; got lunge"):
        depth_of(TRAVEL, 55.0, reference(), exercise="lunge")


def test_ninety_percent_intervals_cover_persons_as_the_model_has_them():
    """Persons drawn from the model itself, without and with one reference set of ten repetitions each."""
    rng, usual = np.random.default_rng(3), MODEL.raised
    inside = {False: [], True: []}
    for _ in range(300):
        own = rng.normal(usual.offset_m, usual.bias_sd_m)
        offsets = own + rng.normal(0.0, usual.spread_sd_m, 11)
        offsets[:10] += rng.normal(0.0, BETWEEN_SETS_SD_M)  # the reference is another set than the one that is judged
        travels = [WristTravel(Estimate(0.5 + offset, 0.005), 55.0) for offset in offsets]
        made = make_reference(travels[:10], [0.5] * 10, wearer="drawn", exercise="squat", recording_sha256="c" * 64)
        for used in inside:
            found = depth_of(travels[10].range_m, 55.0, made if used else None)
            inside[used].append(abs(found.value_m - 0.5) <= Z_90 * found.sd_m)
    for hits in inside.values():
        assert 0.86 <= np.mean(hits) <= 0.95
