"""Warm-up moves do what their plans say."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.distributions import Bernoulli, Categorical, Distribution, LogUniform, Uniform
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import COUNT, DURATION_S, Run, bone, make_runs


def warm_ups(move: str, posture: str | None = None, **distributions: Distribution) -> list[Run]:
    runs = make_runs("warm_up", replace(RELEASE, warm_up_move=Categorical(**{move: 1.0}), **distributions))
    assert {run.plan.posture for run in runs} == {posture or move}
    feasible = [run for run in runs if run.infeasibility() is None]
    assert len(feasible) >= COUNT * 0.6
    return feasible


def test_a_raised_knee_comes_up_while_the_other_foot_stands():
    for run in warm_ups("knee_raise"):
        thighs = {side: bone(run, f"{side}_hip", f"{side}_knee") for side in ("left", "right")}
        lean = {side: np.arctan2(np.hypot(v[:, 0], v[:, 1]), -v[:, 2]) for side, v in thighs.items()}
        assert max(lean["left"].max(), lean["right"].max()) == pytest.approx(run.plan.knee, abs=0.45)
        assert (run.contact_mask[:, :2].all(axis=1) | run.contact_mask[:, 2:].all(axis=1)).mean() > 0.95


def test_circling_arms_go_round_as_often_as_the_plan_says():
    for run in warm_ups("arm_circle"):
        for index, side in enumerate(("left", "right")):
            arm = bone(run, f"{side}_shoulder", f"{side}_elbow")
            abduction = np.arcsin(np.abs(arm[:, 1]) / np.linalg.norm(arm, axis=1))
            flexion = np.unwrap(np.arctan2(arm[:, 0], -arm[:, 2]))
            angle = np.unwrap(np.arctan2(abduction - abduction.mean(), flexion - flexion.mean()))
            turns = abs(angle[-1] - angle[0]) / (2.0 * np.pi)
            if run.plan.circle.sides[index]:
                assert turns == pytest.approx(abs(run.plan.circle.rate_hz) * DURATION_S, abs=0.6)


def test_who_touches_the_toes_brings_both_hands_below_the_knees():
    lowest = []
    for run in warm_ups("toe_touch", to_one_foot=Bernoulli(0.0)):
        joints = run.simulated.joints
        hands = joints[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]], 2].mean(axis=1)
        lowest.append(hands.min() - joints[hands.argmin(), JOINT_INDEX["left_knee"], 2])
    assert np.median(lowest) < 0.0


def test_in_a_windmill_one_hand_is_down_where_the_other_is_up():
    apart = []
    for run in warm_ups("toe_touch", "windmill", to_one_foot=Bernoulli(1.0), windmill=Bernoulli(1.0)):
        hands = run.simulated.joints[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]], 2]
        apart.append(np.ptp(hands, axis=1).max())
        assert (hands[:, 0] < hands[:, 1]).any() and (hands[:, 1] < hands[:, 0]).any()
    assert np.median(apart) > 0.7


def test_a_knee_that_rises_takes_the_arm_of_its_side_back_and_the_other_ahead():
    quiet = {"warm_up_arms": Categorical(hanging=1.0), "free_arm_unrest": LogUniform(1e-6, 2e-6)}
    for run in warm_ups("knee_raise", knee_raise_swing_deg=Uniform(40.0, 41.0), **quiet):
        ahead = {side: bone(run, f"{side}_hip", f"{side}_knee")[:, 0] for side in ("left", "right")}
        elbows = bone(run, "right_shoulder", "right_elbow") - bone(run, "left_shoulder", "left_elbow")
        assert np.corrcoef(ahead["left"] - ahead["right"], elbows[:, 0])[0, 1] > 0.8


def test_a_twist_turns_the_shoulders_over_feet_that_stay():
    for run in warm_ups("twist"):
        across = bone(run, "right_shoulder", "left_shoulder")
        turned = np.abs(np.arctan2(-across[:, 0], across[:, 1])).max()
        assert turned == pytest.approx(run.plan.turn, abs=0.15)
        assert run.contact_mask.all()
