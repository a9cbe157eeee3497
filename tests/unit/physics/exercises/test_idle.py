"""Idle people stand or sit, carry and drink; who sits stays on the seat."""

from dataclasses import replace

import numpy as np

from qleap_edge.physics.distributions import Bernoulli
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.exercises.protocol import SUPPORTED, limits_of
from qleap_edge.physics.randomize import RELEASE, for_regime, standing_only
from tests.support.motions import feasible_runs


def test_who_sits_stays_seated_with_the_feet_on_the_floor():
    for run in feasible_runs("idle", replace(RELEASE, rests_seated=Bernoulli(1.0))):
        assert run.plan.seated and limits_of(exercise_model("idle"), run.plan) is SUPPORTED
        pelvis = run.simulated.joints[:, 0]
        assert np.ptp(pelvis[:, 2]) < 1e-6 and 0.4 < pelvis[0, 2] < 0.65
        assert np.ptp(run.simulated.foot_points, axis=0).max() < 1e-9


def test_who_stands_is_balanced_and_may_carry():
    runs = feasible_runs("idle", replace(standing_only(RELEASE), carries=Bernoulli(1.0)))
    for run in runs:
        assert not run.plan.seated
        assert limits_of(exercise_model("idle"), run.plan) is exercise_model("idle").feasibility_limits
    assert any(run.plan.load.hand_kg > 0.0 for run in runs)


def test_nobody_sits_in_forward_simulation():
    assert for_regime(RELEASE, "forward").rests_seated.share == 0.0
    kind = exercise_model("idle")
    for run in feasible_runs("idle", for_regime(RELEASE, "forward")):
        assert not run.plan.seated and kind.forward
