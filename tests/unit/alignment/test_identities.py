"""The identities between gravity, attitude and gyroscope hold on a real recording, and another axis order breaks them."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.identities import attitude_jumps, attitude_rate, gravity_turn, integrated_attitude, mid_rate
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from tests.support.watch_recordings import WRIST_MOTION


@pytest.fixture(scope="module")
def parts() -> list[Recording]:
    return [stretch.recording for stretch in clean_clock(read_recording(WRIST_MOTION)).stretches]


def test_gravity_turns_with_the_gyroscope(parts: list[Recording]) -> None:
    turn = gravity_turn(parts)
    assert turn is not None
    assert turn.slope == pytest.approx(1.0045, abs=1e-4)
    assert turn.correlation == pytest.approx(0.9995, abs=1e-4)


def test_no_other_axis_order_fits(parts: list[Recording]) -> None:
    turn = gravity_turn(parts)
    assert turn is not None
    assert turn.runner_up == pytest.approx(0.585, abs=0.003)


def test_attitude_rate_is_the_gyroscope(parts: list[Recording]) -> None:
    for axis in range(3):
        turned, measured = attitude_rate(parts[1])[:, axis], mid_rate(parts[1])[:, axis]
        assert np.corrcoef(turned, measured)[0, 1] > 0.9989
        assert turned @ measured / (measured @ measured) == pytest.approx(1.0, abs=0.0045)


def test_no_heading_jump_in_the_long_part(parts: list[Recording]) -> None:
    angle, _ = attitude_jumps(parts[1])
    assert np.degrees(angle.max()) == pytest.approx(0.83, abs=0.01)


@pytest.mark.parametrize("rows", [2, 3, 10, 97, 1000])
def test_blocks_of_the_integration_are_the_plain_product(rows: int) -> None:
    rng = np.random.default_rng(rows)
    rate, step_s = rng.normal(scale=5.0, size=(rows, 3)), rng.uniform(0.005, 0.02, rows - 1)
    attitude = [Rotation.identity()]
    for row in range(1, rows):
        attitude.append(attitude[-1] * Rotation.from_rotvec(0.5 * (rate[row] + rate[row - 1]) * step_s[row - 1]))
    found = integrated_attitude(rate, step_s)
    assert (found.inv() * Rotation.concatenate(attitude)).magnitude().max() < 1e-9
