"""Arm postures put the wrist where their names say; changes follow the phase, and noise is about the posture."""

from types import SimpleNamespace

import numpy as np
import pytest

from qleap_edge.physics.arms import (
    ARM_HINGES,
    LIFTS,
    POSTURES,
    add_phased_arm_change,
    arm_angles,
    draw_arms,
    draw_lift,
    draw_posture,
    refused_grips,
)
from qleap_edge.physics.grips import KNOTS, GripDraw
from qleap_edge.physics.randomize import RELEASE
from tests.support.arms import Arms
from tests.support.motions import MAN


def grip_draw(seed: int) -> GripDraw:
    return GripDraw(MAN, np.random.default_rng(seed))


def test_hands_on_hips_are_on_the_hips():
    """The left wrist of the posture lies beside the pelvis, and crossed arms lie before the chest."""
    arms = Arms(MAN)
    trunk = np.array([0.0, 0.0, MAN.lengths["lumbar_base"] + MAN.lengths["lumbar"]])  # pelvis to thorax
    places = {
        name: np.mean([arms.pose(draw_posture(grip_draw(seed), name), "left")[0] + trunk for seed in range(8)], axis=0)
        for name in POSTURES
    }
    x, y, z = places["hips"]
    assert abs(x) < 0.16 and 0.08 < y < 0.32 and abs(z - 0.1) < 0.15
    x, y, z = places["crossed"]
    assert x > 0.08 and abs(y) < 0.2 and 0.2 < z < 0.5
    x, y, z = places["clasped"]
    assert x > 0.1 and 0.0 < y < 0.2 and 0.1 < z < 0.5
    x, y, z = places["bar"]
    assert x < 0.0 and y > 0.2 and 0.42 < z < 0.75
    x, y, z = places["forward"]
    assert x > 0.3 and abs(z - 0.45) < 0.25
    x, y, z = places["front_rack"]
    assert 0.0 < x < 0.4 and -0.1 < y < 0.3 and 0.35 < z < 0.75
    for name in ("overhead", "raised"):
        x, y, z = places[name]
        assert abs(x) < 0.35 and z > 0.9
    for name in ("hanging", "dumbbells", "grip", "grip_mixed", "grip_wide"):
        assert places[name][2] < 0.06
    assert places["grip"][0] > -0.02 and abs(places["grip"][1] - places["dumbbells"][1]) < 0.12
    assert places["grip_wide"][1] > places["grip"][1] + 0.08
    x, y, z = places["goblet"]
    assert x > 0.1 and abs(y) < 0.25 and 0.25 < z < 0.6


@pytest.mark.parametrize(("name", "low", "high"), [("press_bar", 0.4, 0.9), ("press_dumbbells", 0.35, 0.85)])
def test_a_press_goes_from_the_shoulders_to_overhead(name, low, high):
    arms = Arms(MAN)
    plan, change = draw_lift(grip_draw(1), RELEASE, LIFTS[name], 8.0)
    trunk = MAN.lengths["lumbar_base"] + MAN.lengths["lumbar"]
    start, end = (arms.pose(plan.postures[0] + change[:, :, knot], "left")[0][2] + trunk for knot in (0, -1))
    assert low - 0.05 < start < 0.65 and end > high
    assert change.shape == (2, 5, KNOTS) and not change[:, :, 0].any()


@pytest.mark.parametrize(("name", "turned"), [("curl_bar", -80.0), ("curl_dumbbells", -70.0), ("curl_hammer", 0.0)])
def test_a_curl_ends_before_the_shoulder_and_its_forearm_is_turned_as_its_name_says(name, turned):
    arms = Arms(MAN)
    plan, change = draw_lift(grip_draw(2), RELEASE, LIFTS[name], 8.0)
    top = plan.postures[0] + change[:, :, -1]
    down, up = arms.pose(plan.postures[0], "left")[0], arms.pose(top, "left")[0]
    assert up[2] - down[2] > 0.3 and up[0] > 0.05
    assert np.degrees(top[0, 4]) == pytest.approx(turned, abs=30.0)
    assert np.degrees(top[0, 3]) < -100.0 and np.degrees(plan.postures[0][0, 3]) > -30.0


def test_a_change_grows_with_the_phase_of_its_side():
    time = np.linspace(0.0, 1.0, 5)[None]
    zero = {f"{side}_{hinge}": np.zeros_like(time) for side in ("left", "right") for hinge in ARM_HINGES}
    linear, knots = np.ones((2, 5)), np.linspace(0.0, 1.0, KNOTS) ** 2 * np.ones((2, 5, 1))
    straight, curved = dict(zero), dict(zero)
    add_phased_arm_change(straight, [linear], time, 0.5 * time)
    add_phased_arm_change(curved, [knots], time, 0.5 * time)
    np.testing.assert_allclose(straight["left_upper_arm.y"], time)
    np.testing.assert_allclose(straight["right_upper_arm.y"], 0.5 * time)
    np.testing.assert_allclose(curved["left_forearm.pronation"], time**2, atol=1e-12)
    np.testing.assert_allclose(curved["right_forearm.pronation"], 0.25 * time**2, atol=1e-12)
    assert not zero["left_upper_arm.y"].any()


def test_two_knots_are_the_linear_change():
    time = np.linspace(0.0, 1.0, 5)[None]
    arms = {f"{side}_{hinge}": np.zeros_like(time) for side in ("left", "right") for hinge in ARM_HINGES}
    add_phased_arm_change(arms, [np.stack([np.zeros((2, 5)), np.ones((2, 5))], axis=2)], time, time)
    np.testing.assert_allclose(arms["right_forearm.y"], time, atol=1e-12)


def test_arms_wander_about_their_posture():
    plan = draw_arms(grip_draw(5), RELEASE, ["dumbbells"], [], 8.0)
    angles, compensation = arm_angles([plan], np.arange(0.0, 8.0, 0.01)[None])
    mean = np.array([angles[f"left_{hinge}"].mean() for hinge in ARM_HINGES])
    np.testing.assert_allclose(mean, plan.postures[0][0], atol=np.radians(4.0))
    assert compensation["left"][0, 0] == 1.0


def test_refused_draws_are_counted_over_all_parts():
    plan = draw_arms(grip_draw(0), RELEASE, ["bar"], [], 8.0)
    one = SimpleNamespace(arms=plan)
    assert refused_grips(one) == plan.refused_grips >= 0
    parts = SimpleNamespace(parts=[SimpleNamespace(plan=one), SimpleNamespace(plan=one)])
    assert refused_grips(parts) == 2 * plan.refused_grips
