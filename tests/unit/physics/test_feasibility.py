"""Contacts of feet with the floor, and the centre of pressure between them."""

import numpy as np

from qleap_edge.physics.feasibility import (
    MAX_SLIDE_M,
    foot_slide,
    support_margin,
)
from qleap_edge.physics.randomize import RELEASE, standing_only
from tests.support.motions import feasible_runs


def test_a_foot_that_must_not_move_does_not(runs):
    name, feasible = runs
    for run in feasible:
        contact_mask = run.contact_mask
        assert foot_slide(run.simulated.foot_points, contact_mask).max() <= MAX_SLIDE_M
        points = run.simulated.foot_points
        for point in range(4):
            ranges = np.flatnonzero(np.diff(np.concatenate([[0], contact_mask[:, point].astype(int), [0]])))
            for first, last in zip(ranges[::2], ranges[1::2], strict=True):
                held = points[first:last, point]
                assert np.abs(held - held[0]).max() <= 1e-6, (name, point)
                # On the floor; those of a cable row stand on an inclined plate above it.
                assert np.abs(held[:, 2]).max() <= 1e-6 or (run.plan.posture == "cable_row" and held[0, 2] > 0.0)


def test_no_foot_goes_through_the_floor(runs):
    for run in runs[1]:
        assert run.simulated.foot_points[:, :, 2].min() >= -2e-3


def test_who_stands_on_both_feet_presses_between_them():
    for name in ("squat", "deadlift", "overhead_press", "biceps_curl", "idle"):
        feasible = feasible_runs(name, standing_only(RELEASE))
        margin = np.concatenate([support_margin(run.simulated, run.contact_mask) for run in feasible])
        assert (margin >= 0.0).mean() >= 0.99, name
