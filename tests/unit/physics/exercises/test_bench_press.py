"""Bench presses lie on a bench, whose heading is stable, and press the weight from the chest straight up."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX, remove_heading
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import bone, feasible_runs


def only(variant: str):
    return replace(RELEASE, bench_variant=Categorical(**{variant: 1.0}))


@pytest.mark.parametrize(("variant", "least", "most"), [("flat_bar", -8.0, 12.0), ("incline", 18.0, 55.0)])
def test_the_chest_lies_as_the_bench_does(variant, least, most):
    for run in feasible_runs("bench_press", only(variant)):
        chest = bone(run, "spine", "thorax")
        above = np.degrees(np.arcsin(chest[:, 2] / np.linalg.norm(chest, axis=1)))
        assert least < above.min() and above.max() < most
        assert np.ptp(run.simulated.joints[:, 0, 2]) < 1e-6  # the hips stay on the bench


def test_a_lying_body_has_a_stable_heading():
    """The heading comes from the hips' left axis, which is level: the head lies behind the pelvis, at -x."""
    for run in feasible_runs("bench_press", only("flat_bar")):
        pose = remove_heading(run.simulated.joints)
        assert (pose[:, JOINT_INDEX["head"], 0] < -0.3).all()
        np.testing.assert_allclose(pose[:, JOINT_INDEX["left_hip"], 0], 0.0, atol=1e-9)
        assert np.abs(np.diff(pose, axis=0)).max() < 0.05


def test_the_weight_is_lowered_to_the_chest_and_pressed_up():
    for run in feasible_runs("bench_press", only("flat_bar")):
        above = (
            run.simulated.joints[:, JOINT_INDEX["left_wrist"], 2] - run.simulated.joints[:, JOINT_INDEX["thorax"], 2]
        )
        arm = run.subject.lengths["upper_arm"] + run.subject.lengths["forearm"]
        assert 0.7 * arm < above.max() < 1.05 * arm
        assert 0.05 < above.min() < 0.7 * arm


def test_lying_under_a_bar_the_hand_points_up_and_its_back_to_the_head():
    """Straight arms, thumbs towards each other: gravity lies along the forearm, +1 g on x; the dorsal axis faces the head."""
    for run in feasible_runs("bench_press", only("flat_bar")):
        force = run.simulated.watch("left")[:5].mean(axis=0)
        assert force[0] > 7.0
        w, x, y, z = run.simulated.watch_orientation("left")[0]
        assert 2.0 * (x * z + w * y) < -0.5
