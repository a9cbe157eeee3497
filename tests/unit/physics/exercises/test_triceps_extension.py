"""Triceps extensions straighten the elbow while the upper arm hardly moves."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.metrics.angles import joint_flexion_rad
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import bone, feasible_runs


def only(variant: str):
    return replace(RELEASE, triceps_variant=Categorical(**{variant: 1.0}))


@pytest.mark.parametrize(
    ("variant", "upper_arm_up"),
    [("push_down", -1.0), ("overhead", 1.0), ("seated_overhead", 1.0), ("lying", 1.0), ("machine", None)],
)
def test_elbows_straighten_about_a_still_upper_arm(variant, upper_arm_up):
    for run in feasible_runs("triceps_extension", only(variant)):
        flexion = np.degrees(joint_flexion_rad(run.simulated.joints, "left_shoulder", "left_elbow", "left_wrist"))
        assert flexion.max() > 80.0 and flexion.min() < 55.0
        upper = bone(run, "left_shoulder", "left_elbow")
        upper = upper / np.linalg.norm(upper, axis=1, keepdims=True)
        turned = np.degrees(np.arccos(np.clip(upper @ upper[0], -1.0, 1.0)))
        assert turned.max() < 30.0
        if upper_arm_up is not None:
            assert (upper_arm_up * upper[:, 2]).min() > 0.55


def test_a_repetition_turns_where_the_arm_is_straight():
    """Pushed down, the hand ends below the elbow: gravity lies along the forearm, -1 g on x; at the start across it."""
    for run in feasible_runs("triceps_extension", only("push_down")):
        force = run.simulated.watch("left")
        flexion = joint_flexion_rad(run.simulated.joints, "left_shoulder", "left_elbow", "left_wrist")
        assert force[int(np.argmin(flexion)), 0] < -5.0
        assert force[0, 0] > force[int(np.argmin(flexion)), 0] + 4.0
