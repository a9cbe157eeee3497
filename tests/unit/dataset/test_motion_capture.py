"""Real motion with ideal sensors: the file's arrays must agree with each other and with physics."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.manifest import sha256_file
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.dataset.motion_capture import SIDES, read_motion_capture

CMU = Path(__file__).parents[2] / "fixtures" / "cmu" / "13_29.npz"


@pytest.fixture(scope="module")
def capture():
    return read_motion_capture(CMU)


def test_everything_in_the_file_is_read(capture):
    with np.load(CMU, allow_pickle=False) as stored:
        np.testing.assert_array_equal(capture.joints, stored["joints"].astype(np.float64))
        np.testing.assert_array_equal(capture.imu["left"][:, :3], stored["left_specific_force"].astype(np.float64))
        np.testing.assert_array_equal(capture.imu["right"][:, 3:], stored["right_angular_velocity"].astype(np.float64))
        np.testing.assert_array_equal(capture.action, stored["action"])
    assert capture.time_s[-1] == pytest.approx(38.25)
    assert capture.sha256 == sha256_file(CMU)


def test_labels_are_found_by_name(capture):
    squat = capture.labelled("Squat")
    assert squat.sum() == 656 and squat.dtype == bool
    np.testing.assert_array_equal(np.flatnonzero(np.diff(squat)), [3169])  # one stretch, up to the end
    with pytest.raises(InputDataError, match=r"13_29\.npz, key 'action_names'.*one of none, JumpJack.*"):
        capture.labelled("squat")
    with pytest.raises(InputDataError, match=r"key 'action'.*|no sample is labelled 'Jog'"):
        capture.labelled("Jog")


def test_the_accelerometer_is_the_wrists_second_derivative(capture):
    """Turned into the world, less gravity, it is how the wrist accelerates; below 5 Hz, where joints in float32 can tell."""
    slow = butter(2, 5.0, fs=100.0, output="sos")
    with np.load(CMU, allow_pickle=False) as stored:
        turns = {side: Rotation.from_quat(stored[f"{side}_orientation_wxyz"], scalar_first=True) for side in SIDES}
    for side in SIDES:
        felt = turns[side].apply(capture.imu[side][:, :3]) - [0.0, 0.0, STANDARD_GRAVITY]
        wrist = capture.joints[:, JOINT_INDEX[f"{side}_wrist"]]
        moved = np.gradient(np.gradient(wrist, 0.01, axis=0), 0.01, axis=0)
        pair = [sosfiltfilt(slow, signal, axis=0)[20:-20].ravel() for signal in (felt, moved)]
        assert np.corrcoef(pair)[0, 1] > 0.98


def test_the_hand_lies_where_the_watch_frame_says(capture):
    """+x of the watch points from the elbow to the hand."""
    with np.load(CMU, allow_pickle=False) as stored:
        for side in SIDES:
            turn = Rotation.from_quat(stored[f"{side}_orientation_wxyz"], scalar_first=True)
            forearm = capture.joints[:, JOINT_INDEX[f"{side}_wrist"]] - capture.joints[:, JOINT_INDEX[f"{side}_elbow"]]
            forearm /= np.linalg.norm(forearm, axis=1, keepdims=True)
            assert ((turn.apply([1.0, 0.0, 0.0]) * forearm).sum(axis=1) > 0.99).all()
