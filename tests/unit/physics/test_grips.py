"""What is drawn for hands lies where people hold it: beside MuJoCo's kinematics, values derived by hand and a real reading."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from qleap_edge.core.errors import QleapError
from qleap_edge.physics import grips
from qleap_edge.physics.anthropometry import draw_subject, mean_subject
from qleap_edge.physics.arms import LIFTS, POSTURES, Held, draw_posture
from qleap_edge.physics.contact import solve_contact, solve_path
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.grips import KNOTS, GripDraw
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.physics.sequence import Request
from qleap_edge.physics.simulate import Rejections, simulate
from tests.support.arms import Arms

BARS = (
    grips.bar_on_back,
    grips.clean_rack,
    grips.hanging_bar,
    grips.mixed_grip,
    grips.wide_grip,
    grips.bar_at_shoulders,
    grips.bar_overhead,
)
CONTACTS = sorted(
    {contact for held in POSTURES.values() if isinstance(held, Held) for contact, _ in held.contacts}, key=str
)
PATHS = [lift.path for lift in LIFTS.values()]
MIRROR = {"left": np.ones(3), "right": np.array([1.0, -1.0, 1.0])}


def drawn(person: int) -> GripDraw:
    return GripDraw(draw_subject(person, RELEASE, np.random.default_rng(person)), np.random.default_rng(person + 1000))


def gravity(name: str, people: int = 40) -> np.ndarray:
    """Return the specific force at rest in frame C of the left arm of many people who stand upright."""
    found = []
    for person in range(people):
        draw, subject = drawn(person), draw_subject(person, RELEASE, np.random.default_rng(person))
        found.append(Arms(subject).gravity(draw_posture(draw, name)))
    return np.array(found)


@pytest.mark.parametrize("contact", BARS, ids=lambda contact: contact.__name__)
def test_the_knuckles_lie_along_the_bar(contact):
    """Within 5° for both hands, by MuJoCo's kinematics; the hand that is assumed between wrist and bar is a possible one."""
    for person in range(4):
        draw = drawn(person)
        arms = Arms(draw_subject(person, RELEASE, np.random.default_rng(person)))
        held = contact(draw)
        solved = solve_contact(held, draw.arm)
        line = np.broadcast_to(held.line, held.point.shape)
        for index, side in enumerate(MIRROR):
            if not solved.feasible.all():
                continue
            place, turn, extension, deviation = arms.misses(
                solved.angles.T, held.point[:, index] * MIRROR[side], line[:, index] * MIRROR[side], side
            )
            assert place < 1e-3 and turn < np.radians(5.0)
            assert np.radians(-11.0) < extension < np.radians(86.0) and abs(deviation) < np.radians(26.0)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_hands_stay_on_what_they_hold_along_a_path(path):
    """Also between the knots, where the angles are interpolated: within 5 mm and 5°."""
    knots = np.linspace(0.0, 1.0, KNOTS)
    for person in range(3):
        draw = drawn(person)
        arms = Arms(draw_subject(person, RELEASE, np.random.default_rng(person)))
        while True:
            held = path(draw)
            solved = solve_path(held, draw.arm)
            if solved.feasible.all():
                break
        line = np.broadcast_to(held.line, held.point.shape)
        angles, point, along = (
            CubicSpline(knots, values, axis=-1) for values in (solved.angles.swapaxes(0, 1), held.point, line)
        )
        for phase in np.linspace(0.0, 1.0, 21):
            for index, side in enumerate(MIRROR):
                place, turn, _, _ = arms.misses(
                    angles(phase), point(phase)[:, index] * MIRROR[side], along(phase)[:, index] * MIRROR[side], side
                )
                assert place < 5e-3 and turn < np.radians(5.0)


@pytest.mark.parametrize("contact", CONTACTS, ids=lambda contact: contact.__name__)
def test_most_people_can_hold_it(contact):
    """At least a quarter of the draws is within the limits, and nobody's arms are too long or too short for all of them."""
    tries = 0
    for person in range(24):
        draw = drawn(person)
        draw.angles(contact)
        tries += 1 + draw.refused
    assert 24 / tries > 0.25


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_most_people_can_follow_it(path):
    tries = 0
    for person in range(12):
        draw = drawn(person)
        draw.path(path)
        tries += 1 + draw.refused
    assert 12 / tries > 0.25


def test_equal_draws_give_mirror_images():
    draw = GripDraw(mean_subject("female", 1.65, 60.0), np.random.default_rng(3))
    solved = solve_contact(grips.bar_on_back(draw), draw.arm)
    arms = Arms(mean_subject("female", 1.65, 60.0))
    both = np.stack([solved.angles[:, 0]] * 2)
    (left, left_axes), (right, right_axes) = arms.pose(both, "left"), arms.pose(both, "right")
    np.testing.assert_allclose(left * MIRROR["right"], right, atol=1e-12)
    np.testing.assert_allclose(arms.gravity(both, "left"), arms.gravity(both, "right"), atol=1e-12)
    assert abs(np.linalg.det(left_axes) * np.linalg.det(right_axes) - 1.0) < 1e-9


def test_what_nobody_can_hold_is_refused_with_its_name():
    def behind_the_knees(draw: GripDraw) -> grips.Contact:
        """A bar that no arm reaches."""
        return replace(grips.hanging_bar(draw), point=np.full((3, 2), -2.0))

    draw = drawn(0)
    with pytest.raises(QleapError, match="behind_the_knees"):
        draw.angles(behind_the_knees)
    assert draw.refused == grips.MAX_DRAWS


def test_gravity_of_hanging_arms():
    """Derived: the middle posture flexes the shoulder by 2° and the elbow by 12°, so the forearm is 14° ahead of vertical.

    Up then has -9.81 cos 14° = -9.5 along the forearm and 2.4 across it towards the thumb's side (-y, forward). Abduction by 8°
    adds 9.81 sin 8° = 1.4 towards the back of the hand (z, outwards). Pronation by 25° turns these two parts:
    y = -(2.4 cos 25° - 1.4 sin 25°) = -1.6 and z = 2.4 sin 25° + 1.4 cos 25° = 2.3.
    """
    np.testing.assert_allclose(gravity("hanging").mean(axis=0), [-9.4, -1.6, 2.3], atol=0.6)


def test_gravity_with_a_bar_overhead():
    """Derived: an arm that is 96 to 99 % of its length stretched leans by less than 15° where its shoulder is 0 to 30 cm
    inside of the grip, about 12° on average: up is 9.81 cos 12° = 9.6 along the forearm."""
    found = gravity("overhead")
    assert found[:, 0].mean() == pytest.approx(9.6, abs=0.25) and (found[:, 0] > 8.3).all()


def test_gravity_of_a_goblet():
    """Derived: forearms rise from elbows at the ribs to hands before the chest. The elbow is an upper arm (0.30 m) below the
    shoulder, the wrist about 0.10 below it: with a forearm of 0.27 m it rises by about 0.2 / 0.27, some 35 to 45°, so up is
    5.6 to 6.9 along the forearm. Around horns the thumbs are up (y negative), under a plate the palms are (z negative)."""
    found = gravity("goblet", 60)
    assert found[:, 0].mean() == pytest.approx(6.0, abs=1.0)
    assert (found[:, 1] < 0.0).mean() > 0.9
    horns = found[found[:, 2] > -2.0]
    assert len(horns) > 20 and horns[:, 1].mean() < -4.0


def test_gravity_of_a_front_rack():
    """Derived, for a clean grip: the wrist is 0.10 to 0.13 m ahead of the shoulder and above it. With 0.30 m of upper arm
    flexed by 50° the elbow is 0.23 m ahead and 0.19 m below. So the forearm points up and, over 0.10 to 0.13 m, back: 0.27 m
    at 20 to 28° from the vertical. Palms up and forward: the back of the hand is behind and below, up has
    9.81 cos 24° = 9.0 along the forearm and -9.81 sin 24° = -4.0 along z, less where the elbows are lower. Its y is the
    forearm's lean to the side, small. Under crossed arms the palms lie on the bar: the forearms are level and z is up."""
    found = gravity("front_rack", 60)
    clean = found[found[:, 2] < 4.0]
    assert 0.4 < len(clean) / len(found) < 0.9
    np.testing.assert_allclose(clean.mean(axis=0), [9.3, -0.2, -2.4], atol=0.9)
    crossed = found[found[:, 2] > 4.0]
    assert crossed[:, 2].mean() > 8.0 and abs(crossed[:, 0].mean()) < 2.0


def test_gravity_of_hands_on_the_hips():
    """Derived: elbows out and behind, forearms down and forward to the crests some 45° from the vertical, thumbs' side up."""
    found = gravity("hips").mean(axis=0)
    assert -8.0 < found[0] < -4.0 and found[1] < -5.0


def test_a_real_back_squat_is_among_the_synthetic_ones():
    """Thirteen real sets of two lifters, bar on the shoulders: (6.6, -2.8, 6.4) m/s² in frame C, y between -1.7 and -4.5.

    Nothing is fitted to it: bar, grip and arm's limits give it. It lies inside the central 90 % of each axis, at rest before
    the first repetition, with the watch worn as ever; and the range of y is well covered.
    """
    rejections = Rejections()
    sequences = simulate(
        [Request(index, index, "squat") for index in range(72)],
        seed=3,
        duration_s=(4.0, 5.0),
        sensor=load_sensor(sensor_path("apple_watch")),
        distributions=replace(RELEASE, squat_arms=Categorical(bar=1.0)),
        rejections=rejections,
    )
    assert rejections.counts["squat/prescribed/grip"] > 0
    rest = np.array([one.imu[:12, :3].mean(axis=0) for one in sequences])
    low, high = np.percentile(rest, [5.0, 95.0], axis=0)
    assert (low < [6.6, -2.8, 6.4]).all() and (high > [6.6, -2.8, 6.4]).all()
    assert np.mean((rest[:, 1] > -4.5) & (rest[:, 1] < -1.7)) > 0.5
    near = np.linalg.norm(rest - [6.6, -2.8, 6.4], axis=1)
    assert np.mean(near < 2.5) > 0.15
