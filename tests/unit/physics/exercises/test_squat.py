"""The squat: down and up again, and heels that rise."""

from dataclasses import replace

import pytest

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
