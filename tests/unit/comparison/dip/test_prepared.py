"""True joints and windows of one recording."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.dip.open_skeleton import global_rotations, joints_17, to_z_up
from qleap_edge.comparison.dip.prepared import Discarded, prepare, true_pose
from qleap_edge.comparison.dip.recording import read_recording
from qleap_edge.core.skeleton import PELVIS, remove_heading
from tests.support.dip_recordings import file_of, hanging_arms, moving_pose, recording, still, write_file


def prepared(arrays, tmp_path, rule="standard"):
    return prepare(read_recording(file_of(write_file(tmp_path / "01_a.pkl", arrays))), rule)


def test_frames_steps_and_windows(tmp_path):
    """360 frames: 12 are trimmed, the rest is 290 steps of 0.02 s, in which 10 windows of 200 fit."""
    found = prepared(recording(), tmp_path)
    assert found.pose.shape == (290, 17, 3)
    for wrist in found.wrists.values():
        np.testing.assert_array_equal(wrist.first, np.arange(0, 91, 10))
        assert wrist.windows.imu.shape == (10, 200, 6) and wrist.windows.imu.dtype == np.float32
        assert wrist.filled_share == 0.0
    whole = prepared(recording(), tmp_path, "interpolate")
    assert len(whole.pose) == 300
    np.testing.assert_allclose(whole.pose[5:-5], found.pose)


def test_windows_and_truth_begin_at_the_same_moment(tmp_path):
    """The forearm's specific force without acceleration is where its joints say that it is."""
    arrays = recording(acceleration=np.zeros((360, 3)))
    found = prepared(arrays, tmp_path)
    for side, joints in ((Side.LEFT, (12, 13)), (Side.RIGHT, (15, 16))):
        forearm = found.pose[:200, joints[1]] - found.pose[:200, joints[0]]
        upward = forearm[:, 2] / np.linalg.norm(forearm, axis=1)  # of the distal axis
        np.testing.assert_allclose(found.wrists[side].windows.imu[0, :, 0] / 9.80665, upward, atol=0.01)


def test_the_truth_at_common_moments_is_the_stored_one():
    turned = global_rotations(moving_pose().reshape(-1, 24, 3))
    found, lying = true_pose(turned)
    wanted = remove_heading(to_z_up(joints_17(turned)))
    np.testing.assert_allclose(found[::5], wanted[::6], atol=2e-4)  # heading is taken after the spline
    assert not lying.any() and not found[:, PELVIS].any()


def test_heading_is_removed_whatever_it_was():
    pose = still(hanging_arms(), 60).reshape(-1, 24, 3)
    straight, _ = true_pose(global_rotations(pose))
    pose[:, 0] = [0.0, 2.0, 0.0]
    np.testing.assert_allclose(true_pose(global_rotations(pose))[0], straight, atol=1e-9)


@pytest.mark.parametrize("turn", [0.0, 1.0, 3.0])
def test_on_the_side_the_heading_is_that_of_the_forward_axis(turn):
    """The left axis points up, so that it shows no heading; the person faces x all the same."""
    pose = still(hanging_arms(), 60).reshape(-1, 24, 3)
    lie = Rotation.from_euler("y", turn) * Rotation.from_euler("z", 90.0, degrees=True)
    pose[:, 0] = lie.as_rotvec()
    found, lying = true_pose(global_rotations(pose))
    assert lying.all()
    np.testing.assert_allclose(found[:, [1, 4], 2], np.broadcast_to([-0.052, 0.052], (len(found), 2)), atol=1e-3)
    head = found[0, 10] / np.linalg.norm(found[0, 10])
    np.testing.assert_allclose(np.abs(head), [0.0, 1.0, 0.0], atol=1e-9)
    knee = found[0, 2] - found[0, 1]
    assert abs(knee[0]) < 1e-9


def test_gaps_are_counted_and_windows_with_many_are_left_out(tmp_path):
    arrays = recording()
    arrays["imu_acc"][100:106, 7] = np.nan
    found = prepared(arrays, tmp_path)
    assert found.wrists[Side.LEFT].filled_share == pytest.approx(6 / 360)
    assert len(found.wrists[Side.LEFT].first) == 10
    assert (found.wrists[Side.LEFT].windows.masked_share[:8] == 0.025).all()  # five of 200 steps
    assert found.wrists[Side.RIGHT].filled_share == 0.0
    late = recording()
    late["imu_ori"][330:338, 8] = np.nan
    kept = prepared(late, tmp_path, "interpolate").wrists
    assert 0 < len(kept[Side.RIGHT].first) < len(kept[Side.LEFT].first) == 11


@pytest.mark.parametrize(
    ("key", "rows", "sensor", "rule", "reason"),
    [
        ("gt", slice(50, 51), slice(0, 1), "standard", "gt has a gap"),
        ("gt", slice(50, 51), slice(0, 1), "interpolate", "gt has a gap"),
        ("imu_ori", slice(50, 70), 8, "standard", "sensor 8 has a gap that the rule 'standard' does not close"),
        ("imu_acc", slice(50, 70), 7, "standard", "sensor 7 has a gap"),
        ("imu_acc", slice(20, 340), 7, "interpolate", "no window has less than 2 % of filled frames"),
    ],
)
def test_discarded_recordings_say_why(tmp_path, key, rows, sensor, rule, reason):
    arrays = recording()
    arrays[key][rows, sensor] = np.nan
    found = prepared(arrays, tmp_path, rule)
    assert isinstance(found, Discarded) and reason in found.reason


def test_gaps_of_other_sensors_do_not_matter(tmp_path):
    arrays = recording()
    arrays["imu_ori"][:, 13] = np.nan
    assert not isinstance(prepared(arrays, tmp_path), Discarded)
