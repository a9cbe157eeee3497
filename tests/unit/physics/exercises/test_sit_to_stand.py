"""Sitting down and standing up: the hips rest on the seat, the trunk leans forward to rise, and still parts are idle."""

from dataclasses import replace

import numpy as np

from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.physics.distributions import Bernoulli, Categorical
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.exercises.sit_to_stand import LEAST_REST_S
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import STEP, bone, feasible_runs

SIT, IDLE = EXERCISE_ID["sit_to_stand"], EXERCISE_ID["idle"]


def ids_of(run) -> np.ndarray:
    return exercise_model("sit_to_stand").exercises(run.plan, np.arange(len(run.simulated.qpos)) * STEP)


def test_who_sits_rests_on_the_seat_and_is_idle():
    seen = 0
    for run in feasible_runs("sit_to_stand", replace(RELEASE, five_times=Bernoulli(0.0))):
        height, ids = run.simulated.joints[:, 0, 2], ids_of(run)
        assert set(ids.tolist()) <= {SIT, IDLE}
        low = (ids == IDLE) & (height < run.plan.hips + 0.02)
        if low.any():
            seen += 1
            np.testing.assert_allclose(height[low], run.plan.hips, atol=0.012)
        np.testing.assert_allclose(run.simulated.foot_points[-1], run.simulated.foot_points[0], atol=1e-9)
        assert height.max() > 0.45 * run.subject.stature_m or not (ids == SIT).any()
    assert seen >= 5


def test_rising_begins_with_a_trunk_that_leans_forward():
    for run in feasible_runs("sit_to_stand"):
        height, trunk = run.simulated.joints[:, 0, 2], bone(run, "pelvis", "thorax")
        lean = np.degrees(np.arctan2(trunk[:, 0], trunk[:, 2]))
        speed = np.gradient(height, STEP)
        if speed.max() > 0.2:
            fastest = int(np.argmax(speed))
            assert lean[max(0, fastest - 60) : fastest + 1].max() > 15.0
            assert speed.max() < 1.2  # m/s


def test_a_five_times_test_has_no_rest_and_repetitions():
    for run in feasible_runs("sit_to_stand", replace(RELEASE, five_times=Bernoulli(1.0))):
        ids = ids_of(run)
        moving = np.flatnonzero(ids == SIT)
        assert len(moving) and (ids[moving[0] : moving[-1]] == SIT).all()
        assert all(one.pause_s < LEAST_REST_S for one in run.plan.cycles[1:-1])


def test_hands_on_the_thighs_rest_there_while_sitting():
    runs = feasible_runs("sit_to_stand", replace(RELEASE, rise_arms=Categorical(thighs=1.0), five_times=Bernoulli(0.0)))
    for run in runs:
        height, ids = run.simulated.joints[:, 0, 2], ids_of(run)
        still = (ids == IDLE) & (np.abs(height - run.plan.hips) < 0.02)
        if not still.any():
            continue
        knee, wrist = bone(run, "left_hip", "left_knee"), bone(run, "left_hip", "left_wrist")
        along = (wrist * knee).sum(axis=1) / (knee * knee).sum(axis=1)
        away = np.linalg.norm(wrist - along[:, None] * knee, axis=1)
        assert (away[still] < 0.16).all() and (along[still] > 0.2).all() and (along[still] < 1.1).all()
