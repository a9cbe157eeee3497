"""The squat: down and up again, and heels that rise."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.core.form import NOT_OBSERVABLE
from qleap_edge.physics.exercises.squat import FAULTS, draw_severities
from qleap_edge.physics.exercises.timing import Repetition, phase
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import feasible_runs, make_runs


def test_a_squat_goes_down_and_up_again():
    # Without bends under the bar, which are not repetitions.
    distributions = replace(RELEASE, unrack=replace(RELEASE.unrack, share=0.0))
    for run in make_runs("squat", distributions=distributions):
        height = run.simulated.qpos[:, 2]
        assert height[0] == pytest.approx(height.max(), abs=0.02)
        assert height.min() < 0.85 * height[0]
        assert height[-1] == pytest.approx(height[0], abs=0.02)


def test_a_heel_that_rises_takes_the_body_over_the_ball():
    distributions = replace(RELEASE, heel_rise_m=type(RELEASE.heel_rise_m)(*[RELEASE.heel_rise_m.severe] * 3))
    feasible = feasible_runs("squat", distributions)
    assert len(feasible) >= 3
    for run in feasible:
        heels = run.simulated.foot_points[:, (0, 2), 2]
        full = max(one.depth for one in run.plan.repetitions) >= 0.95
        assert heels.max() == pytest.approx(run.plan.heel_rise, rel=0.06) or not full
        up = ~run.contact_mask[:, 0]
        heel, ball = (run.simulated.foot_points[up][:, points, 0].mean(axis=1) for points in ((0, 2), (1, 3)))
        pad = ball - 0.15 * (ball - heel)
        assert up.any() and (run.simulated.ground.pressure_centre[up, 0] >= pad - 1e-3).all()


def test_a_halt_is_a_time_without_progress():
    rep = Repetition(2.5, 0.0, 1.5, halt_down_s=0.8, halt_at=0.4)
    time = np.arange(0.0, 4.2, 0.01)[None]
    done = phase([(rep,)], time)[0]
    still = (np.abs(done - 0.4) < 1e-9) & (time[0] < rep.descent_s)
    assert 0.01 * still.sum() == pytest.approx(0.8, abs=0.03)
    assert done[time[0].searchsorted(2.5)] == pytest.approx(1.0) and done[-1] == pytest.approx(0.0)
    assert np.abs(np.diff(done, 2)).max() < 0.01, "no jump of the velocity"


def test_every_number_of_points_is_planned_and_the_hidden_faults_are_independent_of_it():
    rng = np.random.default_rng(4)
    drawn = [draw_severities(RELEASE, rng) for _ in range(3000)]
    points = np.array([sum(one[name] for name in FAULTS) for one in drawn])
    shares = np.bincount(np.minimum(points, 4), minlength=5) / len(points)
    assert (shares > 0.12).all()
    hidden = np.array([sum(one[name] for name in NOT_OBSERVABLE) for one in drawn])
    assert abs(np.corrcoef(points, hidden)[0, 1]) < 0.05
