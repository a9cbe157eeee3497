"""The lunge ends where it began."""

import numpy as np

from tests.support.motions import (
    make_runs,
)


def test_a_lunge_ends_where_it_began():
    for run in make_runs("lunge"):
        feet = run.simulated.foot_points
        np.testing.assert_allclose(feet[-1], feet[0], atol=1e-9)
        assert np.ptp(feet[:, (0, 2), 0], axis=0).max() > 0.25 * run.subject.stature_m
