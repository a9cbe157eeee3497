"""The wear table by static poses, and by arms that hang on real recordings."""

from itertools import product

import numpy as np
import pytest

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import align
from qleap_edge.alignment.wear import Side, Wear, device_to_c, from_frame_c, to_frame_c
from qleap_edge.core.frames import STANDARD_GRAVITY as G
from tests.support.watch_recordings import PENDULUM_LEFT, PENDULUM_RIGHT

WEARS = [Wear(wrist, crown) for wrist, crown in product(Side, Side)]
LEFT, RIGHT = Side.LEFT, Side.RIGHT
# What the case measures (x crown side, y 12 o'clock, z out of the glass), written down from the geometry of an arm.
HANGING = {(LEFT, RIGHT): -1.0, (LEFT, LEFT): 1.0, (RIGHT, RIGHT): 1.0, (RIGHT, LEFT): -1.0}
THUMB_UP = {(LEFT, RIGHT): -1.0, (LEFT, LEFT): 1.0, (RIGHT, RIGHT): -1.0, (RIGHT, LEFT): 1.0}


@pytest.mark.parametrize("wear", WEARS, ids=lambda wear: f"{wear.wrist}-crown-{wear.crown}")
def test_static_poses(wear: Wear) -> None:
    """Hanging, palm down, palm up and thumb up give the same left-arm signal on either wrist, either way round."""
    key = (wear.wrist, wear.crown)
    device = np.array([[HANGING[key] * G, 0, 0], [0, 0, G], [0, 0, -G], [0, THUMB_UP[key] * G, 0]])
    canonical = to_frame_c(device, np.zeros((4, 3)), wear)
    np.testing.assert_allclose(canonical[:, :3], [[-G, 0, 0], [0, 0, G], [0, 0, -G], [0, -G, 0]])


@pytest.mark.parametrize("wear", WEARS, ids=lambda wear: f"{wear.wrist}-crown-{wear.crown}")
def test_turn_is_proper_and_x_rule_holds(wear: Wear) -> None:
    turn = device_to_c(wear)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    assert (turn[0, 0] > 0) == (wear.wrist != wear.crown)


def test_mirroring_keeps_rotation_about_the_forearm_opposite() -> None:
    """Both arms supinate symmetrically: seen from the elbow they turn in opposite senses, mirrored they agree."""
    rate = np.array([[1.0, 0.0, 0.0]])
    left = to_frame_c(np.zeros((1, 3)), rate, Wear(LEFT, RIGHT))
    right = to_frame_c(np.zeros((1, 3)), rate, Wear(RIGHT, LEFT))
    np.testing.assert_allclose(right[0, 3:], -left[0, 3:])


@pytest.mark.parametrize("wear", WEARS, ids=lambda wear: f"{wear.wrist}-crown-{wear.crown}")
def test_inverse(wear: Wear) -> None:
    imu = np.random.default_rng(1).normal(size=(7, 6))
    np.testing.assert_allclose(to_frame_c(*from_frame_c(imu, wear), wear), imu, atol=1e-15)


@pytest.mark.parametrize(("path", "wrist"), [(PENDULUM_LEFT, LEFT), (PENDULUM_RIGHT, RIGHT)])
def test_hanging_arms_point_down_on_both_sides(path, wrist: Side) -> None:
    aligned = align(read_recording(path), Wear(wrist, RIGHT))
    assert np.median(aligned.segments[0].imu[:, 0]) < -9.0
