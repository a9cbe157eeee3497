"""Groups of frames: known motions fall into the groups that their words say."""

import numpy as np

from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.uncertainty.groups import PHASES, POSTURES, frame_groups, group_name


def moving_wrist(rate_per_s: float) -> np.ndarray:
    pose = np.zeros((1, 200, 17, 3))
    pose[:, :, [JOINT_INDEX["left_ankle"], JOINT_INDEX["right_ankle"]], 2] = -0.5
    pose[0, :, JOINT_INDEX["left_wrist"], 2] = rate_per_s * np.arange(200) / 50.0
    return pose


def words(imu: tuple[float, float, float], rate_per_s: float, exercise: str = "squat") -> str:
    signal = np.zeros((1, 200, 6))
    signal[..., :3] = imu
    groups = frame_groups(np.array([EXERCISE_ID[exercise]]), signal, moving_wrist(rate_per_s))  # type: ignore[index]
    assert groups.shape == (1, 200) and len(np.unique(groups)) == 1
    return group_name(int(groups[0, 0]))


def test_at_rest_the_specific_force_points_up_so_its_share_along_the_forearm_is_the_elevation():
    for degrees, posture in ((-80.0, "hangs"), (-20.0, "points down"), (20.0, "points up"), (80.0, "is raised")):
        along = 9.81 * np.sin(np.radians(degrees))
        across = 9.81 * np.cos(np.radians(degrees))
        assert words((along, 0.0, across), 0.0) == f"squat, forearm {posture}, wrist rests"


def test_the_wrist_rises_sinks_and_rests():
    for rate, phase in ((0.2, "rises"), (-0.2, "sinks"), (0.02, "rests")):
        assert words((-9.81, 0.0, 0.0), rate, "biceps_curl") == f"biceps curl, forearm hangs, wrist {phase}"


def test_the_body_that_sinks_takes_the_wrist_along():
    """A bar on the shoulders does not move against the pelvis: in a squat the ankles come nearer instead."""
    pose = np.zeros((1, 200, 17, 3))
    pose[0, :, [JOINT_INDEX["left_ankle"], JOINT_INDEX["right_ankle"]], 2] = -0.5 + 0.1 * np.arange(200) / 50.0
    imu = np.zeros((1, 200, 6))
    imu[..., 0] = 9.81
    group = frame_groups(np.array([EXERCISE_ID["squat"]]), imu, pose)[0, 100]
    assert group_name(int(group)) == "squat, forearm is raised, wrist sinks"


def test_every_group_has_its_own_name():
    names = {group_name(group) for group in range(3 * len(POSTURES) * len(PHASES))}
    assert len(names) == 3 * len(POSTURES) * len(PHASES)
