"""Windows with errors of a known size, for the tests of the profile, its report and its page."""

import numpy as np

from qleap_edge.core.skeleton import JOINT_COUNT
from qleap_edge.uncertainty.captured import CapturedPersons
from qleap_edge.uncertainty.exercise_sets import ExerciseSets
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument, fit_profile
from qleap_edge.uncertainty.validity import Validity
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


def profile_of(persons: int, per_person: int, seed: int, levels: tuple[float, ...]) -> ProfileDocument:
    """Return the profile of such windows."""
    return fit_profile(
        windows_of(persons, per_person, seed), package_sha256="0" * 64, variant="float16", levels=levels,
        abstain_share=0.1, captured=CAPTURED, validity=VALIDITY,
    )  # fmt: skip


EXERCISE_SETS = ExerciseSets(level=0.95, threshold=0.2, subjects=300, sequences=3000)
VALIDITY = Validity(rate_hz=50.0, stature_m=(1.5, 1.95), watch_to_wrist_m=(0.01, 0.05), exercises=("squat", "idle"))
CAPTURED = CapturedPersons(
    persons=7,
    recordings=280,
    windows=3000,
    coverage_90_before=0.7,
    coverage_90=0.9,
    coverage_90_low=0.86,
    coverage_90_high=0.93,
    widening=(1.0, *(1.0 + joint / 16 for joint in range(1, JOINT_COUNT))),
)
"""Another factor for every joint."""
