"""A load is part of the body that carries it."""

import numpy as np

from qleap_edge.physics.body import segments
from qleap_edge.physics.load import Load
from tests.support.motions import MAN


def test_a_load_is_part_of_the_body_that_carries_it():
    """Centre and inertia of thorax and bar, against a sum over point masses."""
    load = Load(bar_kg=50.0, bar_ahead_m=-0.1)
    thorax = next(part for part in segments(MAN, load) if part.name == "thorax").mass_properties
    bare = next(part for part in segments(MAN) if part.name == "thorax").mass_properties
    bar_at = np.array([-0.1, 0.0, MAN.lengths["shoulder_height"]])
    centre = (bare.mass * np.array(bare.centre) + 50.0 * bar_at) / (bare.mass + 50.0)
    np.testing.assert_allclose(thorax.centre, centre)
    # Point masses with the same moments: six on the axes of each body.
    points = []
    for mass, at, moments in (
        (bare.mass, np.array(bare.centre), np.diag(bare.inertia)),
        (50.0, bar_at, 50.0 * np.array([0.6, 0.06, 0.6]) ** 2),
    ):
        squares = 0.5 * (moments.sum() - 2.0 * moments) / mass  # mean square extent along each axis
        for axis in range(3):
            arm = np.zeros(3, dtype=complex)
            arm[axis] = np.sqrt(3.0 * squares[axis] + 0j)
            points += [(mass / 6.0, at + arm), (mass / 6.0, at - arm)]
    inertia = sum(
        mass * ((at - centre) @ (at - centre) * np.eye(3) - np.outer(at - centre, at - centre)) for mass, at in points
    )
    np.testing.assert_allclose(thorax.inertia, np.real(inertia), atol=1e-9)
