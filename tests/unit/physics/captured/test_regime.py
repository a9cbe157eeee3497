"""Captured motion on other bodies: pure functions of their ids, honest contact, and the labels of what was done."""

from dataclasses import fields

import numpy as np
import pytest

from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.physics.captured.recording import played
from qleap_edge.physics.captured.regime import CAPTURED_ARMS, FASTEST, SLOWEST, Clock
from qleap_edge.physics.captured.sample import (
    ARM_HINGES,
    UPPER_HINGES,
    FootSample,
    MotionSample,
    mirrored,
    with_both_arms_as,
)
from qleap_edge.physics.feasibility import MAX_SLIDE_M
from qleap_edge.physics.form import KINEMATICS
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.physics.sequence import Request, Sequence
from qleap_edge.physics.simulate import Rejections, simulate
from tests.support.captured import library, recording

SENSOR = load_sensor(sensor_path("apple_watch"))
LIBRARY = library("squat", "lunge")


def made(requests: list[Request], seed: int = 5) -> list[Sequence]:
    return simulate(
        requests,
        seed=seed,
        duration_s=(4.0, 7.0),
        sensor=SENSOR,
        distributions=RELEASE,
        rejections=Rejections(),
        motion=LIBRARY,
    )


@pytest.fixture(scope="module")
def squats() -> list[Sequence]:
    return made([Request(index, index, "squat", "captured") for index in range(12)])


def test_a_sequence_does_not_depend_on_its_neighbours(squats):
    alone = made([Request(4, 4, "squat", "captured")])[0]
    np.testing.assert_array_equal(alone.imu, squats[4].imu)
    np.testing.assert_array_equal(alone.pose, squats[4].pose)


def test_the_regimes_of_one_content_do_not_mix(squats):
    both = made([Request(4, 4, "squat", "captured"), Request(90, 4, "squat", "prescribed")])
    np.testing.assert_array_equal(both[0].imu, squats[4].imu)
    assert [one.request.regime for one in both] == ["captured", "prescribed"]


def test_planted_feet_stand_still_and_squats_are_labelled(squats):
    slide = KINEMATICS.index("foot_slide")
    assert max(float(one.kinematics[:, slide].max()) for one in squats) <= MAX_SLIDE_M
    assert all((one.exercise == EXERCISE_ID["squat"]).all() for one in squats)
    assert sum(len(one.repetitions) for one in squats) >= 8
    assert all(one.rubric is not None for one in squats)


def test_arms_are_captured_or_those_of_the_exercise(squats):
    postures = {one.posture for one in squats}
    assert CAPTURED_ARMS in postures and len(postures) > 2


def test_a_lunge_can_be_played():
    found = made([Request(7, 7, "lunge", "captured")])[0]
    assert (found.exercise == EXERCISE_ID["lunge"]).all() and found.request.regime == "captured"


@pytest.mark.parametrize("seed", range(5))
def test_the_tempo_stays_within_its_limits_and_is_the_slope_of_the_clock(seed):
    clock = Clock.draw(20.0, 8.0, np.random.default_rng(seed))
    time_s = np.linspace(0.0, 8.0, 4001)
    rate = clock.rate(time_s)
    assert rate.min() >= SLOWEST - 1e-9 and rate.max() <= FASTEST + 1e-9
    np.testing.assert_allclose(np.gradient(clock.at(time_s), time_s)[2:-2], rate[2:-2], atol=1e-5)
    assert clock.at(time_s)[0] >= 0.0 and clock.at(time_s)[-1] <= 20.0


def test_twice_mirrored_is_the_original():
    sample = played(recording()).sample(np.linspace(1.0, 5.0, 50))
    twice = mirrored(mirrored(sample))
    for field in fields(MotionSample):
        if field.name != "feet":
            np.testing.assert_array_equal(getattr(twice, field.name), getattr(sample, field.name))
    for side in ("left", "right"):
        for field in fields(FootSample):
            one, other = getattr(twice.feet[side], field.name), getattr(sample.feet[side], field.name)
            np.testing.assert_array_equal(one, other)
    once = mirrored(sample)
    np.testing.assert_allclose(once.pelvis, sample.pelvis * np.array([[1.0], [-1.0], [1.0]]))
    np.testing.assert_allclose(once.feet["left"].ball[1], -sample.feet["right"].ball[1])


def test_both_arms_move_as_one_of_them_does():
    sample = played(recording()).sample(np.linspace(1.0, 5.0, 50))
    found = with_both_arms_as(sample, "right")
    for name in ARM_HINGES:
        right = UPPER_HINGES.index(name.replace("left", "right"))
        np.testing.assert_array_equal(found.upper[UPPER_HINGES.index(name)], sample.upper[right])
    trunk = [index for index, name in enumerate(UPPER_HINGES) if name not in ARM_HINGES]
    np.testing.assert_array_equal(found.upper[trunk], sample.upper[trunk])
