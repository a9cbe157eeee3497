"""Transitions change the exercise, and stand where a walk ended."""

import itertools

import numpy as np

from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.physics.exercises.catalogue import exercise_model
from tests.support.motions import (
    STEP,
    make_runs,
)


def test_a_transition_changes_its_exercise_half_way():
    runs = make_runs("transition")
    time = np.arange(len(runs[0].simulated.qpos)) * STEP
    for run in runs:
        ids = exercise_model("transition").exercises(run.plan, time)
        changes = np.flatnonzero(np.diff(ids))
        assert len(changes) == len(run.plan.parts) - 1
        assert [ids[0], *ids[changes + 1]] == [EXERCISE_ID[part.exercise] for part in run.plan.parts]
        for change, part, later in zip(changes, run.plan.parts, run.plan.parts[1:], strict=False):
            assert part.end_s < time[change] < later.start_s


def test_after_a_walk_the_next_exercise_stands_where_it_ended():
    found = 0
    for run in make_runs("transition"):
        parts = run.plan.parts
        for part, later in itertools.pairwise(parts):
            if part.exercise == "walk":
                found += 1
                index = round(later.start_s / STEP)
                ankles = run.simulated.joints[index, [3, 6], :2].mean(axis=0)
                np.testing.assert_allclose(ankles, later.place[:2], atol=1e-6)
    assert found
