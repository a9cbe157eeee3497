"""What is measured of one repetition, on ways whose times are known."""

import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.form_measures import _forearm_turn, _longest_halt_s, _way_s


def test_a_straight_way_takes_nine_tenths_of_its_time():
    assert _way_s(np.linspace(0.1, 1.9, 101)) == pytest.approx(0.9 * 2.0)


def test_a_halt_is_found_in_the_middle_and_not_at_the_ends():
    way = np.linspace(0.0, 1.0, 101)
    halted = np.concatenate([way[:40], np.full(25, way[40]), way[40:]])
    assert _longest_halt_s(halted) == pytest.approx(25 / 50, abs=0.03)
    assert _longest_halt_s(np.concatenate([np.zeros(50), way, np.ones(50)])) == 0.0


def test_a_forearm_that_turns_with_the_chest_does_not_turn():
    lean = np.linspace(0.0, 0.8, 50)
    pose = np.zeros((50, 17, 3))
    along, up = np.stack([np.sin(lean), 0 * lean, np.cos(lean)]).T, np.stack([np.cos(lean), 0 * lean, -np.sin(lean)]).T
    for side, y in (("left", 0.1), ("right", -0.1)):
        pose[:, JOINT_INDEX[f"{side}_shoulder"]] = 0.3 * along + [0.0, y, 0.0]
    pose[:, JOINT_INDEX["spine"]] = 0.15 * along
    pose[:, JOINT_INDEX["left_wrist"]] = pose[:, JOINT_INDEX["left_elbow"]] + 0.15 * up
    assert _forearm_turn(pose) == pytest.approx(0.0, abs=1e-6)
    pose[:, JOINT_INDEX["left_wrist"]] = pose[:, JOINT_INDEX["left_elbow"]] + [0.15, 0.0, 0.0]
    assert _forearm_turn(pose) == pytest.approx(0.8, abs=1e-6)
