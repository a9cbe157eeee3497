"""The profile of any package of a dataset, and its coverage."""

import numpy as np
import pytest

from qleap_edge.bundle.layout import CALIBRATION_REPORT
from qleap_edge.compression.document import package_path
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.package_outputs import HALF_OVERLAP_HOP, package_outputs
from qleap_edge.evaluation.package_profile import calibrate_package
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.uncertainty.decode import gate_distance
from qleap_edge.uncertainty.out_of_distribution import input_features, unit_length
from qleap_edge.uncertainty.profile import split_persons, window_log_sigma
from tests.support.micro import Micro


def test_any_package_can_be_calibrated(micro: Micro, micro_recipe: Recipe) -> None:
    package = package_path(micro.stages["compress"], "float16")
    calls: list[tuple[int, int]] = []
    found = calibrate_package(
        package, micro.stages["synthesize"], micro_recipe.calibration, on_window=lambda *at: calls.append(at)
    )
    profile, report = found.profile, found.report
    assert (profile.package_sha256, profile.variant) == (digest_of(package), "float16")
    said = {row.name: row.value for row in report.measurements}
    assert 0.8 < said["calibration.coverage_90.after"] <= 1.0
    assert max(calls)[0] == max(calls)[1] > 20, "calibration windows are more than test windows"
    stored = read_document(MeasurementReport, micro.stages["evaluate"] / CALIBRATION_REPORT)
    assert {row.name for row in stored.measurements} > set(said), "the release adds the faults"


def test_the_abstained_share_is_that_of_the_three_gates(micro: Micro, micro_recipe: Recipe) -> None:
    """Counted again gate by gate. On the persons of the thresholds the gates together keep to the budget."""
    package, data = package_path(micro.stages["compress"], "float16"), micro.stages["synthesize"]
    found = calibrate_package(package, data, micro_recipe.calibration)
    profile, report = found.profile, found.report
    limits = profile.abstain
    shares = {}
    for split in ("test", "calibration"):
        windows = load_windows(data, split, HALF_OVERLAP_HOP)
        outputs = package_outputs(package, windows.imu)
        fired = [
            window_log_sigma(outputs.pose_log_variance, np.array(profile.sigma_scale)) > limits.log_sigma_threshold,
            gate_distance(limits.embedding, unit_length(outputs.what_embedding)) > limits.embedding.threshold,
            gate_distance(limits.input, input_features(windows.imu)) > limits.input.threshold,
        ]
        held = ~split_persons(windows.subject_id) if split == "calibration" else np.ones(len(windows.imu), dtype=bool)
        shares[split] = float(np.any(fired, axis=0)[held].mean())
    said = {row.name: row.value for row in report.measurements}
    assert said["calibration.abstained"] == pytest.approx(shares["test"])
    assert shares["calibration"] <= limits.target_share
