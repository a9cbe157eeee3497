"""Walking covers the ground its steps promise, and stops on both feet."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.exercises.standing import column
from qleap_edge.physics.exercises.walk import standing_place
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import DURATION_S, STEP, make_runs


def test_a_walker_covers_the_ground_its_steps_promise():
    runs = make_runs("walk")
    plans = [run.plan for run in runs]
    speed = 2.0 * column(plans, "step_length") * column(plans, "stride_hz")
    for run, expected in zip(runs, speed[:, 0], strict=True):
        path = np.linalg.norm(np.diff(run.simulated.centre_of_mass[:, :2], axis=0), axis=1).sum()
        assert path / DURATION_S == pytest.approx(expected, rel=0.03)


def test_a_walker_who_stops_stands_on_both_feet_where_the_path_ends():
    subject = draw_subject(2, RELEASE, np.random.default_rng(2))
    plan = exercise_model("walk").draw(subject, 8.0, RELEASE, np.random.default_rng(3))
    plan = replace(plan, starts_s=2.0, stops_s=4.0)
    time = np.arange(0.0, 8.0, STEP)[None]
    feet = exercise_model("walk").targets([plan], BodyBatch.stack([subject]), time).feet
    ankles = np.stack([feet[side].ankle[:, 0] for side in ("left", "right")])  # side, axis, time
    for still in (slice(0, round((2.0 - plan.steps_off_s) / STEP)), slice(round((4.0 + plan.settles_s) / STEP), None)):
        assert np.abs(ankles[:, :, still] - ankles[:, :, still][:, :, :1]).max() < 1e-9
        np.testing.assert_allclose(ankles[:, 2, still], subject.lengths["ankle_height"], atol=1e-12)
    x, y, heading = standing_place(plan, 8.0)
    speed = 2.0 * plan.step_length * plan.stride_hz
    middle = ankles[:, :, -1].mean(axis=0)
    np.testing.assert_allclose(middle[:2], [x, y], atol=1e-9)
    assert plan.curvature * speed * 2.0 == pytest.approx(heading, abs=1e-9)  # full pace from 2.5 s to 4.5 s, in effect
    across = ankles[0, :2, -1] - ankles[1, :2, -1]
    np.testing.assert_allclose(across, 2.0 * plan.half_width * np.array([-np.sin(heading), np.cos(heading)]), atol=1e-9)
