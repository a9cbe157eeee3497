"""Side lunges bend one knee while the other leg stays nearly straight, on feet that stay or return."""

from dataclasses import replace

import numpy as np

from qleap_edge.metrics.angles import knee_flexion_rad
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import feasible_runs


def only(variant: str):
    return replace(RELEASE, side_lunge_variant=Categorical(**{variant: 1.0}))


def test_planted_feet_stay_and_one_knee_bends():
    for run in feasible_runs("side_lunge", only("wide")):
        assert run.contact_mask.all()
        points = run.simulated.foot_points
        assert np.ptp(points[:, :, :2], axis=0).max() < 1e-6
        knees = np.degrees(knee_flexion_rad(run.simulated.joints))
        deepest = int(np.argmax(knees.max(axis=1)))
        assert knees[deepest].max() > 50.0 and knees[deepest].min() < 45.0
        assert np.ptp(run.simulated.joints[:, 0, 1]) > 0.08  # the hips go to the side


def test_a_step_aside_returns():
    for run in feasible_runs("side_lunge", only("step")):
        points = run.simulated.foot_points
        np.testing.assert_allclose(points[-1], points[0], atol=1e-9)
        assert np.ptp(points[:, (0, 2), 1], axis=0).max() > 0.25 * run.subject.stature_m
        down = run.contact_mask
        assert down[:, :2].all(axis=1).any() and (down[:, 0] | down[:, 2]).all()  # one foot is always on the floor
        lifted = ~down[:, (0, 2)].all(axis=0)
        assert lifted.any()


def test_the_weight_goes_over_the_bent_leg():
    for run in feasible_runs("side_lunge", only("wide")):
        knees = knee_flexion_rad(run.simulated.joints)
        bent = int(np.argmax(np.abs(knees[:, 0] - knees[:, 1])))
        side = 1.0 if knees[bent, 0] > knees[bent, 1] else -1.0
        assert side * run.simulated.centre_of_mass[bent, 1] > 0.05
