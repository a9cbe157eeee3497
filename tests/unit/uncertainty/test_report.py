"""Coverage before and after a profile, on errors whose distribution is known."""

import numpy as np
import pytest
from scipy.stats import norm

from qleap_edge.metrics.measurement import Measurement
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument, fit_profile
from qleap_edge.uncertainty.report import calibration_measurements
from tests.support.outputs import random_outputs

LEVELS = (0.5, 0.9, 0.95)
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


@pytest.fixture(scope="module")
def profile() -> ProfileDocument:
    return fit_profile(
        windows_of(40, 3, seed=1), package_sha256="0" * 64, variant="float16", levels=LEVELS, abstain_share=0.1
    )


@pytest.fixture(scope="module")
def rows(profile: ProfileDocument) -> dict[str, Measurement]:
    return {row.name: row for row in calibration_measurements(windows_of(12, 2, seed=2), profile)}


def value(rows: dict[str, Measurement], name: str) -> float:
    found = rows[f"calibration.{name}"].value
    assert found is not None
    return found


def test_names_units_and_counts(rows: dict[str, Measurement]) -> None:
    wanted = {"calibration.mean_squared_z.before", "calibration.mean_squared_z.after", "calibration.abstained"}
    for level in ("50", "90", "95"):
        wanted |= {f"calibration.coverage_{level}.before", f"calibration.coverage_{level}.after"}
        wanted.add(f"calibration.region_coverage_{level}.after")
    assert set(rows) == wanted
    for row in rows.values():
        assert (row.unit, row.subjects, row.sequences) == ("1", 12, 24)
        assert row.interval is not None and row.interval[0] <= row.value <= row.interval[1]


def test_before_is_what_a_sigma_too_small_gives(rows: dict[str, Measurement]) -> None:
    assert value(rows, "mean_squared_z.before") == pytest.approx(TRUE_SCALE**2, rel=0.02)
    for level in LEVELS:
        covered = 1 - 2 * norm.sf(norm.ppf(0.5 + level / 2) / TRUE_SCALE)
        assert value(rows, f"coverage_{100 * level:g}.before") == pytest.approx(covered, abs=0.01)


def test_after_covers_what_it_says(rows: dict[str, Measurement]) -> None:
    assert value(rows, "mean_squared_z.after") == pytest.approx(1.0, rel=0.03)
    for level in LEVELS:
        assert value(rows, f"coverage_{100 * level:g}.after") == pytest.approx(level, abs=0.01)
        assert value(rows, f"region_coverage_{100 * level:g}.after") >= level - 0.01


def test_the_pelvis_counts_nowhere(profile: ProfileDocument) -> None:
    """The origin is known exactly; counting it would flatter every coverage."""
    test = windows_of(6, 2, seed=3)
    wrong = test.pose.copy()
    wrong[:, :, 0] = 100.0
    moved = CalibrationWindows(**{**vars(test), "pose": wrong})
    assert calibration_measurements(moved, profile) == calibration_measurements(test, profile)


def test_a_level_that_needs_more_persons_is_not_measured() -> None:
    small = fit_profile(
        windows_of(10, 2, seed=4), package_sha256="0" * 64, variant="float16", levels=(0.5, 0.95), abstain_share=0.1
    )
    rows = {row.name: row for row in calibration_measurements(windows_of(4, 2, seed=5), small)}
    missing = rows["calibration.region_coverage_95.after"]
    assert missing.value is None and missing.note == "needs more than 5 calibration persons"
    assert value(rows, "region_coverage_50.after") > 0.4


def test_abstention_is_the_share_of_windows_turned_away(profile: ProfileDocument) -> None:
    test = windows_of(10, 2, seed=6)
    foreign = CalibrationWindows(**{**vars(test), "imu": test.imu * np.float32(50.0)})
    (abstained,) = [r for r in calibration_measurements(foreign, profile) if r.name == "calibration.abstained"]
    assert abstained.value == 1.0 and abstained.note == "target 0.1"
