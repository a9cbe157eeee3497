"""Rows pull hands that hang or point ahead to the trunk, whose lean depends on the variant."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import bone, feasible_runs


def only(variant: str):
    return replace(RELEASE, row_variant=Categorical(**{variant: 1.0}))


def lean_deg(run) -> np.ndarray:
    trunk = bone(run, "pelvis", "thorax")
    return np.degrees(np.arctan2(np.hypot(trunk[:, 0], trunk[:, 1]), trunk[:, 2]))


@pytest.mark.parametrize("variant", ["bent_over", "one_arm_row"])
def test_a_bent_over_row_pulls_up_to_a_leaning_trunk(variant):
    for run in feasible_runs("row", only(variant)):
        assert lean_deg(run).min() > 15.0 and lean_deg(run).max() < 95.0
        wrist, shoulder = (run.simulated.joints[:, JOINT_INDEX[f"left_{name}"]] for name in ("wrist", "shoulder"))
        assert np.ptp(wrist[:, 2]) > 0.10
        down = (shoulder - wrist)[0]
        assert down[2] > 0.9 * np.linalg.norm(down)  # straight arms hang
        assert np.ptp(run.simulated.foot_points, axis=0).max() < 1e-9


@pytest.mark.parametrize("variant", ["cable_row", "machine_row"])
def test_a_seated_row_pulls_back(variant):
    for run in feasible_runs("row", only(variant)):
        assert lean_deg(run).max() < 35.0
        assert np.ptp(run.simulated.joints[:, 0, 2]) < 1e-6
        ahead = bone(run, "left_shoulder", "left_wrist")[:, 0]
        assert ahead.max() > 0.35 * run.subject.stature_m * 0.6 and np.ptp(ahead) > 0.12


def test_hanging_hands_feel_gravity_along_the_forearm():
    for run in feasible_runs("row", only("bent_over")):
        assert run.simulated.watch("left")[:5].mean(axis=0)[0] < -8.0  # x points to the hand, down
