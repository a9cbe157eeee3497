"""Joint centres, forearm frames and ideal wrist signals: against known geometry, and on five real squats."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.sets import find_sets
from qleap_edge.comparison.virtual_watch import ideal_watch, noisy_watch
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.dataset.joint_centres import (
    elbow_centre,
    forearm_frame,
    hip_centres,
    ideal_wrist,
    joint_centres,
    motion_capture_of,
)
from qleap_edge.dataset.uiprmd import read_uiprmd
from qleap_edge.physics.sensor_file import load_sensor, sensor_path

PERSON = Path(__file__).parents[2] / "fixtures" / "uiprmd" / "s01.npz"
DOWN, UP, FORWARD, LEFT = (np.array([v]) for v in ([0.0, 0, -1], [0.0, 0, 1], [1.0, 0, 0], [0.0, 1, 0]))
Z_90 = 1.645


@pytest.fixture(scope="module")
def body():
    return joint_centres(read_uiprmd(PERSON, "m01_correct"))


@pytest.fixture(scope="module")
def capture(body):
    return motion_capture_of(body)


def test_limbs_keep_their_length_and_both_sides_are_alike(body):
    for first, last, slack in (("shoulder", "elbow", 0.006), ("elbow", "wrist", 0.005), ("hip", "knee", 0.03)):
        mean = {}
        for side in Side:
            length = np.linalg.norm(body.joint(f"{side}_{first}") - body.joint(f"{side}_{last}"), axis=1)
            assert length.std() < slack
            mean[side] = length.mean()
        assert mean[Side.LEFT] == pytest.approx(mean[Side.RIGHT], abs=0.03)


def test_a_person_stands_upright_at_the_start(body):
    names = ("ankle", "knee", "hip", "shoulder", "elbow", "wrist")  # arms overhead
    for side in Side:
        heights = [float(body.joint(f"{side}_{name}")[0, 2]) for name in names]
        assert heights == sorted(heights)
        assert body.elevation_deg(side)[0] > 40.0
    assert (body.joint("left_hip") - body.joint("right_hip"))[0, 1] > 0.1  # +y is the person's left
    assert body.joint("head")[0, 2] > body.joint("neck")[0, 2] > body.joint("thorax")[0, 2]


def test_hips_lie_where_the_regression_says():
    """A pelvis 0.24 m wide and 0.15 m deep: 10.29 cm to the side less the rest, as Harrington's equations give it."""
    centres = hip_centres(0.12 * LEFT, -0.12 * LEFT, -0.15 * FORWARD + 0.05 * LEFT, -0.15 * FORWARD - 0.05 * LEFT)
    np.testing.assert_allclose(centres[Side.LEFT], [[-0.0459, 0.0865, -0.0829]], atol=1e-9)
    np.testing.assert_allclose(centres[Side.RIGHT], [[-0.0459, -0.0865, -0.0829]], atol=1e-9)


@pytest.mark.parametrize("side", Side, ids=str)
def test_the_elbow_lies_medially_of_its_marker(side):
    lateral = LEFT if side is Side.LEFT else -LEFT
    shoulder, elbow = np.zeros((1, 3)), 0.3 * DOWN
    marker = elbow + 0.04 * lateral
    for wrist in (elbow + 0.25 * FORWARD, elbow + 0.25 * DOWN):  # bent by 90 degrees, and straight
        assert np.linalg.norm(elbow_centre(shoulder, marker, wrist, side) - elbow) < 0.001


@pytest.mark.parametrize("side", Side, ids=str)
def test_the_forearm_frame_points_to_the_hand_and_out_of_the_skin(side):
    """A forearm that points forwards, palm down: the thumb is medial, the back of the hand up."""
    medial = -LEFT if side is Side.LEFT else LEFT
    wrist = 0.25 * FORWARD
    frame = forearm_frame(np.zeros((1, 3)), wrist + 0.03 * medial, wrist - 0.03 * medial, side)
    np.testing.assert_allclose(frame.apply([1.0, 0.0, 0.0]), FORWARD, atol=1e-9)
    np.testing.assert_allclose(frame.apply([0.0, 0.0, 1.0]), UP, atol=1e-9)


def test_an_ideal_sensor_at_rest_and_on_a_circle():
    """A forearm of 0.5 m that turns about the left axis at 2 rad/s: centripetal acceleration 2 m/s² towards the elbow."""
    time_s = np.arange(400) / 100.0
    still = ideal_wrist(np.zeros((400, 3)), Rotation.identity(400), time_s)
    np.testing.assert_allclose(still, np.broadcast_to([0, 0, STANDARD_GRAVITY, 0, 0, 0], (400, 6)), atol=1e-6)
    frame = Rotation.from_rotvec(np.outer(2.0 * time_s, [0.0, 1.0, 0.0]))
    swung = ideal_wrist(frame.apply([0.5, 0.0, 0.0]), frame, time_s)
    inner = slice(20, -20)
    np.testing.assert_allclose(swung[inner, 3:], np.broadcast_to([0.0, 2.0, 0.0], (360, 3)), atol=1e-3)
    felt = frame.apply(swung[:, :3]) - [0.0, 0.0, STANDARD_GRAVITY]
    np.testing.assert_allclose(felt[inner], -(2.0**2) * frame.apply([0.5, 0.0, 0.0])[inner], atol=2e-3)


def test_the_signal_agrees_with_the_markers(body, capture):
    """Turned into the laboratory and integrated twice, the wrist's height is the marker's, but for a line."""
    for side in Side:
        felt = body.forearm(side).apply(capture.imu[side.value][:, :3]) - [0.0, 0.0, STANDARD_GRAVITY]
        height = body.joint(f"{side}_wrist")[:, 2]
        velocity = np.cumsum(felt[:, 2]) / 100.0
        twice = np.cumsum(velocity) / 100.0
        basis = np.stack([np.ones(len(height)), np.arange(len(height))], axis=1)
        residual = (twice - height) - basis @ np.linalg.lstsq(basis, twice - height, rcond=None)[0]
        assert np.abs(residual).max() < 0.02
    assert capture.labelled("deep squat").all()


@pytest.mark.parametrize("side", Side, ids=str)
def test_a_virtual_watch_counts_five_squats_and_measures_the_wrist(body, capture, side):
    sensor = load_sensor(sensor_path("apple_watch"))
    height = body.joint(f"{side}_wrist")[:, 2]
    for watch in (ideal_watch(capture, side), noisy_watch(capture, side, sensor, 1, 0)):
        (found,) = find_sets(watch.recording)
        measures = measure_set(found)
        assert len(measures) == 5
        for one in measures:
            first, last = round(one.start_s * 100), min(round(one.end_s * 100), len(height) - 1)
            part = height[first : last + 1]
            true = np.abs(part - np.linspace(part[0], part[-1], len(part))).max()
            assert abs(one.range_m.value - true) < max(0.02, 2.0 * Z_90 * one.range_m.sd)
