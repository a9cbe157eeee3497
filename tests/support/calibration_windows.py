"""Windows with errors of a known size, for the tests of the profile, its report and its page."""

import numpy as np

from qleap_edge.uncertainty.profile import CalibrationWindows
from tests.support.outputs import random_outputs

TRUE_SCALE = 1.5  # the network claims sigma / 1.5


def windows_of(persons: int, per_person: int, seed: int) -> CalibrationWindows:
    """Return outputs with independent Gaussian errors, 1.5 times as large as the network says."""
    count = persons * per_person
    rng = np.random.default_rng(seed)
    outputs = random_outputs(count, seed)
    sigma = np.exp(0.5 * outputs.pose_log_variance)
    pose = outputs.pose + TRUE_SCALE * sigma * rng.normal(size=sigma.shape).astype(np.float32)
    pose[:, :, 0] = 0.0
    return CalibrationWindows(
        imu=rng.normal(size=(count, 200, 6)).astype(np.float32), outputs=outputs, pose=pose,
        exercise=rng.integers(0, 8, count), form=rng.integers(-1, 5, count),
        subject=np.repeat(np.arange(persons), per_person), sequence=np.arange(count),
    )  # fmt: skip
