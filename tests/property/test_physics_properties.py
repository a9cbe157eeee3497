"""Distributions that hold for any input: rotations, splits, windows of the truncated normal, legs that reach their feet."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qleap_edge.core.recipe_synthesis import SplitTable
from qleap_edge.dataset.splits import SPLITS, split_subjects
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.distributions import TruncatedNormal
from qleap_edge.physics.kinematics import BodyBatch, Foot, leg_angles, solve_leg
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.trajectory import quintic

angle = st.floats(-1.5, 1.5)


@given(angle, angle, angle)
def test_yxz_angles_survive_a_round_trip(y, x, z):
    matrix = rot.from_yxz(np.array([y]), np.array([x]), np.array([z]))
    np.testing.assert_allclose(np.concatenate(rot.to_yxz(matrix)), [y, x, z], atol=1e-7)
    np.testing.assert_allclose(rot.compose(matrix, rot.inverse(matrix))[:, :, 0], np.eye(3), atol=1e-12)


@given(st.floats(-3.0, 4.0), st.floats(-3.0, 4.0))
def test_the_quintic_step_is_monotone_and_symmetric(a, b):
    low, high = sorted((a, b))
    steps = quintic(np.array([low, high, 1.0 - low]))
    assert 0.0 <= steps[0] <= steps[1] <= 1.0
    assert abs(steps[2] - (1.0 - steps[0])) < 1e-12


@given(st.integers(0, 2**32 - 1), st.floats(-1.0, 1.0), st.floats(0.1, 2.0))
def test_the_truncated_normal_stays_inside(seed, low, width):
    value = TruncatedNormal(0.3, 0.5, low, low + width).draw(np.random.default_rng(seed))
    assert low - 1e-12 <= value <= low + width + 1e-12


@given(st.integers(0, 1000), st.integers(8, 200), st.lists(st.floats(0.1, 1.0), min_size=4, max_size=4))
def test_splits_are_disjoint_complete_and_fair(seed, count, raw):
    shares = np.array(raw) / np.sum(raw)
    table = SplitTable(
        **dict(zip(SPLITS, (float(share) for share in shares[:3]), strict=False)), test=float(1 - shares[:3].sum())
    )
    if min(shares) * count < 1.0:
        return
    parts = split_subjects(seed, list(range(count)), table)
    assert sorted(subject for ids in parts.values() for subject in ids) == list(range(count))
    for name, share in zip(SPLITS, shares, strict=True):
        assert abs(len(parts[name]) - share * count) < 1.0 + 1e-6
    assert parts == split_subjects(seed, list(range(count))[::-1], table)


@settings(max_examples=60)
@given(
    st.integers(0, 50),
    st.floats(-0.25, 0.25),
    st.floats(-0.1, 0.1),
    st.floats(0.55, 0.97),
    st.floats(-0.4, 0.6),
    st.floats(-0.03, 0.05),
)
def test_forward_kinematics_of_the_solved_angles_ends_in_the_foot(seed, ahead, aside, reach, yaw, shift):
    """Rebuild hip, knee and ankle from the angles alone; the foot must be where it was given."""
    body = BodyBatch.stack([draw_subject(seed, RELEASE, np.random.default_rng(seed))])
    length = float((body.length["thigh"] + body.length["shank"])[0, 0])
    identity = np.eye(3)[:, :, None, None]
    legs, feet = {}, {}
    for side, sign in SIDES:
        hip = body.offset[f"{side}_thigh"]
        ankle = hip + np.array([ahead, sign * aside, -reach * length * 0.95])[:, None, None]
        feet[side] = Foot(ankle, rot.about("z", np.array([[sign * yaw]])))
        legs[side] = solve_leg(body, hip, feet[side], sign, np.array([[shift]]))
    if not all(leg.reachable.all() for leg in legs.values()):
        return
    angles = leg_angles(body, identity, legs, feet)
    for side, sign in SIDES:

        def turn(name: str, side: str = side, sign: float = sign) -> np.ndarray:
            return rot.from_yxz(
                angles[f"{side}_{name}.y"], sign * angles[f"{side}_{name}.x"], sign * angles[f"{side}_{name}.z"]
            )

        thigh = turn("thigh")
        shank = rot.compose(thigh, rot.about("y", angles[f"{side}_shank.y"]))
        knee = body.offset[f"{side}_thigh"] + rot.rotate(thigh, body.offset[f"{side}_shank"])
        ankle = knee + rot.rotate(shank, body.offset[f"{side}_foot"])
        np.testing.assert_allclose(ankle, feet[side].ankle, atol=1e-9)
        np.testing.assert_allclose(rot.compose(shank, turn("foot")), feet[side].rotation, atol=1e-9)
