"""Gaps: the standard rule closes eight frames inside and discards nine; interpolation follows the arc."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.comparison.dip.gaps import fill, fill_rounds, orthonormal


def turning(frames: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Return a turn about y at 0.01 rad a frame, and an acceleration that grows by 0.1 a frame."""
    at = np.arange(frames)
    return Rotation.from_rotvec(np.outer(0.01 * at, [0.0, 1.0, 0.0])).as_matrix(), np.outer(0.1 * at, np.ones(3))


def test_four_rounds_by_hand():
    nan = np.nan
    line = np.array([1.0, *[nan] * 8, 2.0, *[nan] * 9, 3.0])[:, None]
    wanted = [*[1.0] * 5, *[2.0] * 4, 2.0, *[2.0] * 4, nan, *[3.0] * 4, 3.0]
    np.testing.assert_array_equal(fill_rounds(line)[:, 0], wanted)


@pytest.mark.parametrize(("gap", "kept"), [((40, 48), True), ((40, 49), False), ((0, 10), True), ((0, 11), False),
                                           ((90, 100), True), ((89, 100), False)])  # fmt: skip
def test_the_standard_rule_discards_from_nine_frames_inside_and_eleven_at_an_end(gap, kept):
    orientation, acceleration = turning()
    acceleration[gap[0] : gap[1], 1] = np.nan
    found = fill(orientation, acceleration, "standard")
    assert (found is not None) == kept
    if found is not None:
        assert np.isfinite(found[0]).all() and np.isfinite(found[1]).all()
        np.testing.assert_array_equal(np.flatnonzero(found[2]), np.arange(*gap))
        inside = slice(6, -6)
        np.testing.assert_array_equal(found[0][inside], orientation[inside])


def test_interpolation_follows_the_arc_and_the_line_over_any_gap():
    orientation, acceleration = turning()
    whole = orientation.copy(), acceleration.copy()
    orientation[20:60] = np.nan
    acceleration[30:70, 0] = np.nan
    found = fill(orientation, acceleration, "interpolate")
    np.testing.assert_allclose(found[0], whole[0], atol=1e-12)
    np.testing.assert_allclose(found[1], whole[1], atol=1e-12)
    np.testing.assert_array_equal(np.flatnonzero(found[2]), np.arange(20, 70))


def test_interpolation_repeats_the_nearest_frame_at_the_ends():
    orientation, acceleration = turning()
    orientation[:30], acceleration[-5:] = np.nan, np.nan
    found = fill(orientation, acceleration, "interpolate")
    np.testing.assert_allclose(found[0][:30], np.broadcast_to(orientation[30], (30, 3, 3)), atol=1e-12)
    np.testing.assert_allclose(found[1][-5:], np.broadcast_to(acceleration[-6], (5, 3)))


@pytest.mark.parametrize("rule", ["standard", "interpolate"])
def test_a_sensor_without_numbers_is_discarded(rule):
    orientation, acceleration = turning()
    assert fill(np.full_like(orientation, np.nan), acceleration, rule) is None


def test_the_nearest_rotations():
    matrices = Rotation.random(5, random_state=0).as_matrix()
    found, off = orthonormal(matrices + 1e-5)
    np.testing.assert_allclose(found, matrices, atol=5e-5)
    assert 1e-6 < off < 1e-3
    assert orthonormal(2.0 * matrices)[1] == pytest.approx(3.0)
    assert orthonormal(matrices * np.array([-1.0, 1.0, 1.0]))[1] == 2.0
