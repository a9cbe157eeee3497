"""The overhead press on a seat goes from beside the shoulders to straight arms above the head."""

from dataclasses import replace

import numpy as np

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.distributions import Bernoulli
from qleap_edge.physics.exercises.guided_lift import LiftPlan
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import feasible_runs


def test_hands_go_from_the_shoulders_to_overhead_on_a_seat():
    for run in feasible_runs("overhead_press", replace(RELEASE, press_seated=Bernoulli(1.0))):
        assert isinstance(run.plan, LiftPlan) and run.plan.seated and run.plan.posture == "press_seated"
        joints = run.simulated.joints
        above = joints[:, JOINT_INDEX["left_wrist"], 2] - joints[:, JOINT_INDEX["left_shoulder"], 2]
        arm = run.subject.lengths["upper_arm"] + run.subject.lengths["forearm"]
        assert above[0] < 0.55 * arm and above.max() > 0.7 * arm
        assert np.ptp(joints[:, 0, 2]) < 1e-6
        assert (
            run.simulated.watch("left")[:5].mean(axis=0)[0] > 4.0
        )  # the forearms stand upright: +1 g on x, to the hand


def test_standing_and_seated_presses_stand_beside_each_other_in_one_batch():
    runs = feasible_runs("overhead_press", replace(RELEASE, press_seated=Bernoulli(0.5)))
    seated = [isinstance(run.plan, LiftPlan) for run in runs]
    assert any(seated) and not all(seated)
    for run, sits in zip(runs, seated, strict=True):
        assert bool(run.simulated.joints[0, 0, 2] < 0.66) is sits
