"""Solved arms hold what they should: MuJoCo's forward kinematics is the reference, limits are kept, both sides mirror."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.physics.anthropometry import mean_subject
from qleap_edge.physics.contact import (
    GRIP,
    PALM,
    ArmLengths,
    Contact,
    WristLimits,
    grip_of,
    solve_contact,
    solve_path,
)
from tests.support.arms import Arms

SUBJECT = mean_subject("male", 1.78, 78.0)
LENGTHS = ArmLengths.of(SUBJECT.lengths)
SIDEWAYS = np.array([[0.0], [1.0], [0.0]])


def on_the_back(height_m: float = 0.07, aside_m: float = 0.38, **changes: object) -> Contact:
    """Return one hand on a bar behind the neck, elbows down and behind it."""
    point = np.array([[-0.04], [aside_m], [LENGTHS.shoulder[2] + height_m]])
    distal, pole = np.array([[0.3], [0.0], [1.0]]), np.array([[-1.0], [0.0], [-1.0]])
    return replace(
        Contact(point, SIDEWAYS, distal, pole, np.radians(12.0), np.radians(15.0), np.radians(-20.0)), **changes
    )


def press(knots: int = 13) -> Contact:
    """Return the path of both hands on a bar from the shoulders to overhead."""
    phase = np.linspace(0.0, 1.0, knots)
    reach = LENGTHS.upper_arm + LENGTHS.forearm + LENGTHS.hand
    x, y = 0.12 * (1.0 - phase), np.full(knots, LENGTHS.shoulder[1] + 0.08)
    z = LENGTHS.shoulder[2] + 0.04 + phase * (0.975 * reach - 0.06)
    point = np.broadcast_to(np.stack([x, y, z])[:, None], (3, 2, knots))
    return Contact(
        point,
        SIDEWAYS[..., None],
        np.array([0.1, 0.0, 1.0]).reshape(3, 1, 1),
        np.array([0.6, 0.6, -1.0]).reshape(3, 1, 1),
        np.radians(15.0),
    )


def test_a_solved_hand_is_where_the_simulated_body_has_it():
    arms = Arms(SUBJECT)
    random = np.random.default_rng(0)
    point = np.stack([random.uniform(0.15, 0.4, 40), random.uniform(0.05, 0.4, 40), random.uniform(0.0, 0.3, 40)])
    line = random.normal(size=(3, 40)) + np.array([[0.0], [3.0], [0.0]])
    line /= np.linalg.norm(line, axis=0)
    wide = WristLimits.degrees((-90.0, 90.0), (-60.0, 60.0))
    distal, pole = np.array([[1.0], [0.0], [0.4]]), np.array([[-0.2], [0.5], [-1.0]])
    solved = solve_contact(Contact(point, line, distal, pole, limits=wide), LENGTHS)
    assert solved.feasible.sum() > 20
    for one in np.flatnonzero(solved.feasible):
        both = np.stack([solved.angles[:, one]] * 2)
        for side, mirror in (("left", np.ones(3)), ("right", np.array([1.0, -1.0, 1.0]))):
            place, turn, extension, deviation = arms.misses(both, point[:, one] * mirror, line[:, one] * mirror, side)
            assert place < 1e-9 and turn < 1e-6
            assert extension == pytest.approx(solved.extension[one], abs=1e-6)
            assert deviation == pytest.approx(solved.deviation[one], abs=1e-6)
    assert solved.point_error_m[solved.feasible].max() < 1e-9
    assert solved.line_error_rad[solved.feasible].max() < 1e-6


def test_wanted_angles_are_met_where_they_can_be():
    """A forearm that hangs freely has room for any extension and deviation."""
    point = np.array([[0.05], [LENGTHS.shoulder[1] + 0.02], [LENGTHS.shoulder[2] - 0.60]])
    down, back = np.array([[0.0], [0.0], [-1.0]]), np.array([[-1.0], [0.3], [0.0]])
    for extension, deviation in ((0.0, 0.0), (0.2, 0.0), (0.0, -0.1)):
        contact = Contact(point, SIDEWAYS, down, back, extension, deviation)
        solved = solve_contact(contact, LENGTHS)
        assert solved.feasible.all()
        assert solved.extension[0] == pytest.approx(extension, abs=np.radians(4.0))
        assert solved.deviation[0] == pytest.approx(deviation, abs=np.radians(4.0))


def test_elbows_go_where_the_swivel_sends_them():
    low, high = (
        solve_contact(on_the_back(swivel=np.radians(degrees)), LENGTHS).angles[0, 0] for degrees in (-50.0, 20.0)
    )
    assert high - low > np.radians(20.0)  # shoulder extension: the elbows are further behind


def test_limits_refuse():
    """Out of reach, an elbow that would have to bend too far, a wrist at its limits, too much pronation."""
    assert solve_contact(on_the_back(), LENGTHS).feasible.all()
    far = solve_contact(on_the_back(aside_m=1.2), LENGTHS)
    assert not far.feasible.any() and far.point_error_m[0] > 0.1
    assert not solve_contact(on_the_back(aside_m=0.24), LENGTHS).feasible.any()
    stiff = WristLimits.degrees((-5.0, 5.0), (-5.0, 5.0))
    assert not solve_contact(on_the_back(limits=stiff), LENGTHS).feasible.any()
    assert not solve_contact(on_the_back(line=-SIDEWAYS), LENGTHS).feasible.any()  # underhand, behind the neck


def test_feasible_arms_are_within_the_limits():
    random = np.random.default_rng(1)
    point = on_the_back().point + random.uniform(-0.05, 0.05, (3, 200))
    solved = solve_contact(on_the_back(point=point), LENGTHS)
    assert 0.1 < solved.feasible.mean() < 0.98
    good, slack = solved.feasible, np.radians(0.6)
    for values, (low, high) in ((solved.extension, GRIP.extension), (solved.deviation, GRIP.deviation)):
        assert (values[good] > low - slack).all() and (values[good] < high + slack).all()
    assert (np.abs(solved.angles[4, good]) < np.radians(85.0) + slack).all()


def test_a_palm_lies_on_its_surface():
    """Hands on the floor in a push-up: the palm's normal and the fingers' direction are given, the wrist is extended."""
    normal, forward = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])  # the floor is ahead of a lying chest
    point = np.array([0.52, LENGTHS.shoulder[1] + 0.04, LENGTHS.shoulder[2] - 0.06])
    line = np.cross(forward, normal)
    contact = Contact(
        point[:, None],
        line[:, None],
        forward[:, None],
        np.array([[0.0], [0.4], [-1.0]]),
        extension=np.radians(70.0),
        normal=normal[:, None],
        limits=PALM,
    )
    solved = solve_contact(contact, LENGTHS)
    assert solved.feasible.all()
    assert np.radians(50.0) < solved.extension[0] < np.radians(90.0)
    both = np.stack([solved.angles[:, 0]] * 2)
    place, turn, extension, deviation = Arms(SUBJECT).misses(both, point, line, "left")
    assert place < 1e-9 and turn < 1e-6
    assert (extension, deviation) == pytest.approx((solved.extension[0], solved.deviation[0]), abs=1e-6)


def test_a_path_has_no_jump_and_keeps_hold():
    solved = solve_path(press(), LENGTHS)
    assert solved.feasible.all() and solved.point_error_m.max() < 1e-9 and solved.line_error_rad.max() < 1e-6
    np.testing.assert_array_equal(solved.angles[:, 0], solved.angles[:, 1])
    assert np.abs(np.diff(solved.angles, n=2, axis=-1)).max() < np.radians(25.0)
    assert np.degrees(solved.angles[0, 0, -1]) < -150.0 and np.degrees(solved.angles[3, 0, 0]) < -120.0


def test_a_path_with_a_jump_is_refused():
    path = press()
    line = np.broadcast_to(path.line, path.point.shape).copy()
    line[:, :, 7:] *= -1.0  # the grip is turned over in the middle
    assert not solve_path(replace(path, line=line), LENGTHS).feasible.any()


def test_forward_kinematics_is_the_inverse():
    solved = solve_contact(on_the_back(), LENGTHS)
    point, line = grip_of(solved.angles, solved.extension, solved.deviation, LENGTHS)
    np.testing.assert_allclose(point, on_the_back().point, atol=1e-9)
    np.testing.assert_allclose(line, SIDEWAYS, atol=1e-9)


def test_the_result_does_not_depend_on_the_other_arms():
    alone = solve_contact(on_the_back(), LENGTHS).angles[:, 0]
    many = on_the_back(point=on_the_back().point + np.linspace(0.0, 0.1, 17))
    np.testing.assert_array_equal(solve_contact(many, LENGTHS).angles[:, 0], alone)
