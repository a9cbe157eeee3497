"""Coverage before and after a profile, on errors whose distribution is known."""

import numpy as np
import pytest
from scipy.stats import norm

from qleap_edge.metrics.measurement import Measurement
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument
from qleap_edge.uncertainty.report import calibration_measurements
from tests.support.calibration_windows import CAPTURED, TRUE_SCALE, profile_of, windows_of

LEVELS = (0.5, 0.9, 0.95)


@pytest.fixture(scope="module")
def profile() -> ProfileDocument:
    return profile_of(40, 3, 1, LEVELS)


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
    hard = {"worst_joint", "worst_named_exercise", "worst_group", "sequences_5th_percentile"}
    hard |= {f"hardest_by_{by}" for by in ("predicted_error", "embedding_distance", "input_distance")}
    wanted |= {f"calibration.region_coverage_90.{where}" for where in hard}
    wanted |= {
        f"calibration.{name}" for name in ("ence_10", "crps_over_constant_sigma", "exercise_ece_15", "error_of_kept_80")
    }
    captured = {f"calibration.captured.region_coverage_90.{when}" for when in ("before", "after")}
    sets = {f"calibration.{kind}_sets.{name}" for kind in ("exercise", "form") for name in ("coverage", "size")}
    assert set(rows) == wanted | captured | sets
    for name in wanted:
        row = rows[name]
        part = any(word in name for word in ("hardest", "named", "group"))
        assert row.unit == "1" and (part or (row.subjects, row.sequences) == (12, 24))
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


def test_nowhere_is_much_worse_than_on_average_where_the_errors_are_alike(rows: dict[str, Measurement]) -> None:
    for name in ("hardest_by_predicted_error", "worst_joint", "sequences_5th_percentile"):
        assert value(rows, f"region_coverage_90.{name}") == pytest.approx(0.92, abs=0.04)
    assert value(rows, "error_of_kept_80") == pytest.approx(1.0, abs=0.03)


def test_the_exercises_that_remain_hold_the_true_one_and_real_people_are_quoted(rows: dict[str, Measurement]) -> None:
    """Labels and logits of these windows are independent: nothing but all exercises can hold the true one that often."""
    assert value(rows, "exercise_sets.coverage") >= 0.8
    assert value(rows, "exercise_sets.size") > 5.0
    assert value(rows, "form_sets.coverage") >= 0.8 and value(rows, "form_sets.size") > 3.0
    before, after = (rows[f"calibration.captured.region_coverage_90.{when}"] for when in ("before", "after"))
    assert (before.value, after.value) == (CAPTURED.coverage_90_before, CAPTURED.coverage_90)
    assert (
        after.interval == (CAPTURED.coverage_90_low, CAPTURED.coverage_90_high) and after.subjects == CAPTURED.persons
    )


def test_the_pelvis_counts_nowhere(profile: ProfileDocument) -> None:
    """The origin is known exactly; counting it would flatter every coverage."""
    test = windows_of(6, 2, seed=3)
    wrong = test.pose.copy()
    wrong[:, :, 0] = 100.0
    moved = CalibrationWindows(**{**vars(test), "pose": wrong})
    assert calibration_measurements(moved, profile) == calibration_measurements(test, profile)


def test_a_level_that_needs_more_persons_is_not_measured() -> None:
    small = profile_of(10, 2, 4, (0.5, 0.95))
    rows = {row.name: row for row in calibration_measurements(windows_of(4, 2, seed=5), small)}
    missing = rows["calibration.region_coverage_95.after"]
    assert missing.value is None and missing.note == "needs more than 5 calibration persons"
    assert value(rows, "region_coverage_50.after") > 0.4


def test_abstention_is_the_share_of_windows_turned_away(profile: ProfileDocument) -> None:
    test = windows_of(10, 2, seed=6)
    foreign = CalibrationWindows(**{**vars(test), "imu": test.imu * np.float32(50.0)})
    (abstained,) = [r for r in calibration_measurements(foreign, profile) if r.name == "calibration.abstained"]
    assert abstained.value == 1.0 and abstained.note == "target 0.1"
