"""A table of figures computed by hand, to 1e-6."""

import numpy as np
import pytest

from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.dip.open_skeleton import bone_offsets, global_rotations, joints_17, standing_pose, to_z_up
from qleap_edge.comparison.dip.scores import (
    SIGMA_UNITS,
    UNITS,
    in_pelvis_frame,
    position_figures,
    scaled,
    sigma_figures,
)
from qleap_edge.core.skeleton import JOINT_INDEX

STANDING = np.broadcast_to(standing_pose(), (10, 17, 3))
ALL = np.ones(10, dtype=bool)


def figures(pose, truth=STANDING, known=ALL, side=Side.LEFT):
    return {name: found.mean for name, found in position_figures(pose, truth, known, side).items()}


def moved(name: str, by: tuple[float, float, float]) -> np.ndarray:
    pose = STANDING.copy()
    pose[:, JOINT_INDEX[name]] += by
    return pose


def test_every_figure_has_a_unit():
    assert set(figures(STANDING)) == set(UNITS)
    assert set(sigma_figures(STANDING, np.ones_like(STANDING), STANDING, ALL)) == set(SIGMA_UNITS)


def test_the_truth_has_no_error():
    for name, value in figures(STANDING).items():
        assert value == pytest.approx(0.0, abs=1e-6), name


def test_one_wrist_that_is_off_by_five_centimetres():
    """0.03 and 0.04 of 175 cm make 8.75 cm for one joint: of 16, of 13 and of 3."""
    found = figures(moved("left_wrist", (0.03, 0.04, 0.0)))
    forearm = bone_offsets()["left_wrist"][0]
    wanted = {
        "mpjpe_16": 8.75 / 16.0,
        "mpjpe_16_pelvis_frame": 8.75 / 16.0,
        "mpjpe_13": 8.75 / 13.0,
        "watch_arm": 8.75 / 3.0,
        "rest_of_body": 0.0,
        "bone_direction": np.degrees(np.arctan2(0.05, forearm)) / 16.0,
        "bone_direction_sip": 0.0,
        "knee_flexion": 0.0,
        "hip_flexion": 0.0,
        "jitter": 0.0,
    }
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, abs=1e-6), name
    assert found["n_mpjpe_16"] > 0.0 and found["pa_mpjpe_17"] > 0.0
    other = figures(moved("left_wrist", (0.03, 0.04, 0.0)), side=Side.RIGHT)
    assert other["watch_arm"] == pytest.approx(0.0) and other["rest_of_body"] == pytest.approx(8.75 / 13.0)


def test_a_body_of_another_size_has_the_right_shape():
    found = figures(1.2 * STANDING)
    sizes = np.linalg.norm(np.delete(STANDING[0], 0, axis=0), axis=1)
    assert found["mpjpe_16"] == pytest.approx(0.2 * 175.0 * sizes.mean(), abs=1e-6)
    assert found["n_mpjpe_16"] == pytest.approx(0.0, abs=1e-6)
    assert found["pa_mpjpe_17"] == pytest.approx(0.0, abs=1e-6)
    assert found["bone_direction"] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(scaled(1.2 * STANDING, STANDING), STANDING, atol=1e-12)


def test_a_tilted_pelvis_is_no_error_in_its_own_frame():
    """A turn by 0.5 rad of the whole body: each joint moves by 2 sin(0.25) of its distance from the axis."""
    turn = np.array([[np.cos(0.5), 0.0, np.sin(0.5)], [0.0, 1.0, 0.0], [-np.sin(0.5), 0.0, np.cos(0.5)]])
    found = figures(STANDING @ turn.T)
    distance = np.linalg.norm(np.delete(STANDING[0], 0, axis=0)[:, [0, 2]], axis=1)
    assert found["mpjpe_16"] == pytest.approx(2.0 * np.sin(0.25) * 175.0 * distance.mean(), abs=1e-6)
    assert found["mpjpe_16_pelvis_frame"] == pytest.approx(0.0, abs=1e-6)
    assert found["pa_mpjpe_17"] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(in_pelvis_frame(STANDING), STANDING, atol=1e-12)


def test_a_bent_knee_and_hip():
    pose = np.zeros((1, 24, 3))
    pose[0, 16], pose[0, 17] = [0.0, 0.0, -0.5 * np.pi], [0.0, 0.0, 0.5 * np.pi]
    pose[0, 1], pose[0, 4] = [-0.6, 0.0, 0.0], [0.9, 0.0, 0.0]
    bent = np.broadcast_to(to_z_up(joints_17(global_rotations(pose)))[0], (10, 17, 3))
    found = figures(bent)
    assert found["knee_flexion"] == pytest.approx(np.degrees(0.9) / 2.0, abs=1e-6)
    assert found["hip_flexion"] == pytest.approx(np.degrees(0.6) / 2.0, abs=1e-6)
    assert found["bone_direction_sip"] == pytest.approx(np.degrees(0.6) / 4.0, abs=1e-6)
    assert found["bone_direction"] == pytest.approx(np.degrees(0.6 + 0.3) / 16.0, abs=1e-6)


def test_a_cubic_has_a_known_jitter():
    """Of c t³ the third derivative is 6 c; one of 16 joints, 1.75 m."""
    pose = STANDING.copy()
    pose[:, JOINT_INDEX["head"], 0] += 2.0 * (np.arange(10) / 50.0) ** 3
    assert figures(pose)["jitter"] == pytest.approx(12.0 * 1.75 / 16.0, abs=1e-6)


def test_frames_that_are_not_known_do_not_count():
    pose = moved("head", (0.1, 0.0, 0.0))
    pose[:4] = np.nan
    found = position_figures(pose, STANDING, np.arange(10) >= 4, Side.LEFT)
    assert found["mpjpe_16"].frames == 6 and found["mpjpe_16"].mean == pytest.approx(17.5 / 16.0)
    assert found["jitter"].frames == 3 and found["jitter"].mean == pytest.approx(0.0, abs=1e-6)
    few = position_figures(pose, STANDING, np.arange(10) >= 7, Side.LEFT)
    assert few["jitter"].frames == 0 and np.isnan(few["jitter"].mean)


def test_sigma_by_hand():
    """One of 48 coordinates lies outside; the density of the others is that of 0."""
    sigma = np.full((10, 17, 3), 0.02)
    found = {k: v.mean for k, v in sigma_figures(moved("head", (0.05, 0.0, 0.0)), sigma, STANDING, ALL).items()}
    assert found["coverage_90"] == pytest.approx(47.0 / 48.0, abs=1e-6)
    assert found["width_90"] == pytest.approx(2.0 * 1.6448536269514722 * 0.02 * 175.0, abs=1e-6)
    assert found["nll"] == pytest.approx(0.5 * np.log(2.0 * np.pi) + np.log(0.02) + 0.5 * 2.5**2 / 48.0, abs=1e-6)
