"""Sequences from seed to labels: pure functions of their ids, in both regimes, with labels of what was simulated."""

import numpy as np
import pytest

from qleap_edge.core.exercises import CONTENTS, EXERCISE_ID, EXERCISE_MIXED, EXERCISES, REGIMES, label_of
from qleap_edge.physics.exercises.catalogue import CATALOGUE, exercise_model
from qleap_edge.physics.form import KINEMATICS, score_form
from qleap_edge.physics.forward import MAX_SLIP_M
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.repetitions import label_repetitions
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.physics.sequence import Request
from qleap_edge.physics.simulate import Rejections, simulate

SENSOR = load_sensor(sensor_path("apple_watch"))
SLIDE, MARGIN, FORCE = (KINEMATICS.index(name) for name in ("foot_slide", "support_margin", "vertical_force"))


def made(requests: list[Request], seed: int = 5):
    return simulate(
        requests, seed=seed, duration_s=(4.0, 6.0), sensor=SENSOR, distributions=RELEASE, rejections=Rejections()
    )


@pytest.fixture(scope="module")
def every() -> dict[tuple[str, str], object]:
    """Return one sequence of each content in each regime that it has."""
    kinds = [
        (name, regime)
        for name in CONTENTS
        for regime in REGIMES
        if regime == "prescribed" or (regime == "forward" and CATALOGUE[name].forward)
    ]
    requests = [Request(index, index, name, regime) for index, (name, regime) in enumerate(kinds)]
    return dict(zip(kinds, made(requests), strict=True))


def test_every_content_can_be_made(every):
    assert {content for content, _ in every} == {*EXERCISES, "warm_up", "transition"} == set(CATALOGUE)
    assert {content for content, regime in every if regime == "forward"} == {
        "squat", "deadlift", "overhead_press", "biceps_curl", "idle",
    }  # fmt: skip


def test_a_sequence_does_not_depend_on_its_neighbours(every):
    alone = made([Request(0, 0, "squat", "prescribed")])[0]
    beside = every["squat", "prescribed"]
    np.testing.assert_array_equal(alone.imu, beside.imu)
    np.testing.assert_array_equal(alone.pose, beside.pose)
    assert alone.posture == beside.posture


def test_labels_belong_to_their_frames(every):
    for (content, regime), one in every.items():
        steps = len(one.imu)
        assert one.pose.shape == (steps, 17, 3) and one.kinematics.shape == (steps, len(KINEMATICS))
        assert np.isfinite(one.imu).all() and np.isfinite(one.pose).all()
        found, phase = label_repetitions(one.pose, one.exercise)
        np.testing.assert_array_equal(found, one.repetitions)
        np.testing.assert_array_equal(phase, one.phase)
        ids = set(one.exercise.tolist())
        if content == "transition":
            assert len(ids) > 1
        elif content == "sit_to_stand":  # who sits or stands still is idle
            assert label_of(content) in ids <= {label_of(content), EXERCISE_ID["idle"]}
        else:
            assert ids == {label_of(content)}
        assert EXERCISE_MIXED not in ids
        scored = EXERCISE_ID["squat"] in one.exercise[found[:, 1]]
        assert (one.rubric is not None) == scored, (content, regime)


def test_a_rubric_is_what_its_squat_scores(every):
    for (content, _), one in every.items():
        if content == "squat":
            again = score_form(one.pose, one.kinematics, one.repetitions, one.subject.lumbar_baseline)
            assert again.score == one.rubric.score
            np.testing.assert_array_equal(again.measures, one.rubric.measures)
            np.testing.assert_array_equal(again.rows, one.rubric.rows)


def test_both_regimes_keep_their_bounds(every):
    for (content, regime), one in every.items():
        slide, force = one.kinematics[:, SLIDE], one.kinematics[:, FORCE]
        assert slide.max() <= (MAX_SLIP_M if regime == "forward" else 1e-6)
        if not exercise_model(content).feasibility_limits.flight:
            assert (force > 0.0).all()
        assert force.mean() == pytest.approx(1.0, abs=0.1 if content == "jumping_jack" else 0.02)
        if exercise_model(content).feasibility_limits.support_margin_m == 0.0:
            assert np.mean(one.kinematics[:, MARGIN] >= 0.0) >= 0.99


def test_exercises_with_repetitions_have_some(every):
    for (content, _), one in every.items():
        if content not in ("walk", "idle", "warm_up", "transition", "sit_to_stand"):
            assert len(one.repetitions) >= 1, content
            assert one.descent_s > 0.2 and one.ascent_s > 0.2
    assert every["squat", "prescribed"].depth > 0.05
    assert every["jumping_jack", "prescribed"].repetitions.shape[0] >= 3


def test_a_load_is_reported_where_the_posture_holds_one():
    loaded = {one.posture: one.load_kg for one in made([Request(i, i, "squat") for i in range(24)])}
    assert all(load == 0.0 for posture, load in loaded.items() if posture in ("hips", "crossed", "hanging", "rising"))
    assert any(load > 0.0 for load in loaded.values())
