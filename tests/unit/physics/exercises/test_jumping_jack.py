"""A jumping jack's flight is ballistic."""

import numpy as np

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics.dynamics import airborne
from tests.support.motions import STEP, make_runs


def test_a_jumper_flies_as_a_projectile():
    for run in make_runs("jumping_jack"):
        aloft = airborne(run.simulated) & ~run.contact_mask.any(axis=1)
        assert 0.15 < aloft.mean() < 0.6
        inner = aloft[2:] & aloft[1:-1] & aloft[:-2]
        com = run.simulated.centre_of_mass
        acceleration = ((com[2:] - 2.0 * com[1:-1] + com[:-2]) / STEP**2)[inner]
        np.testing.assert_allclose(np.median(acceleration, axis=0), [0.0, 0.0, -STANDARD_GRAVITY], atol=0.05)
