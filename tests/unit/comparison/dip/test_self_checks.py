"""Each way in which a data set can differ from the published description is found, and a sound recording passes."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.comparison.dip.prepared import prepare
from qleap_edge.comparison.dip.recording import read_recording
from qleap_edge.core.errors import InputDataError
from tests.support.dip_recordings import file_of, recording, write_file


def prepared(arrays, tmp_path):
    return prepare(read_recording(file_of(write_file(tmp_path / "01_a.pkl", arrays))), "standard")


def test_a_sound_recording(tmp_path):
    for wrist in prepared(recording(), tmp_path).wrists.values():
        assert wrist.checks.forearm_angle_deg < 1e-3
        assert wrist.checks.mean_acceleration < 0.3 and wrist.checks.median_force == pytest.approx(9.8, abs=0.5)


def exchanged(first: tuple[int, ...], second: tuple[int, ...]):
    def change(arrays):
        for key in ("imu_ori", "imu_acc"):
            arrays[key][:, [*first, *second]] = arrays[key][:, [*second, *first]]

    return change


def gravity_left_in(arrays):
    arrays["imu_acc"][..., 1] += 9.81


def transposed(arrays):
    arrays["imu_ori"] = arrays["imu_ori"].swapaxes(-1, -2)


def scaled(arrays):
    arrays["imu_ori"] *= 1.01


def mirrored(arrays):
    arrays["imu_ori"][:, 7, :, 0] *= -1.0


def lying_frame(arrays):
    """Turn the whole recording into a frame whose z points up."""
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    arrays.update(recording(acceleration=np.zeros((360, 3))))
    root = Rotation.from_rotvec(arrays["gt"][:, :3])
    arrays["gt"][:, :3] = (Rotation.from_matrix(turn) * root).as_rotvec()


def weightless(arrays):
    arrays["imu_acc"][:200, :, 1] = -9.0
    arrays["imu_acc"][200:, :, 1] = 10.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            exchanged((7, 8), (11, 12)),
            r"sensor 7 \(lelbow\): the sensor does not turn with the left forearm.*left shank",
        ),
        (exchanged((7,), (8,)), "does not turn with the left forearm.*it fits the right forearm with 0°"),
        (transposed, "does not turn with the left forearm.*bone to global"),
        (gravity_left_in, "the mean acceleration is not near zero.*as with gravity left in"),
        (scaled, "these are no rotation matrices"),
        (mirrored, "these are no rotation matrices.*mirrored axes"),
        (lying_frame, "not upright in a frame whose y points up"),
        (weightless, "the median specific force is not that of a person on earth"),
    ],
)
def test_a_data_set_of_another_kind_is_refused(change, words, tmp_path):
    arrays = recording()
    change(arrays)
    with pytest.raises(InputDataError, match=words) as refused:
        prepared(arrays, tmp_path)
    assert all(word in str(refused.value) for word in ("expected ", "got ", "Next: "))
