"""The stage ``evaluate``: accuracy and uncertainty of the package that ships on test persons, faults, and the golden file."""

from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from qleap_edge.bundle.layout import (
    ACCURACY_REPORT,
    CALIBRATION_REPORT,
    GOLDEN_NAME,
    ONNX_TWIN_REPORT,
    PROFILE_NAME,
    SELF_TEST_NAME,
)
from qleap_edge.compression.document import chosen_package
from qleap_edge.compression.stored_outputs import OUTPUTS_NAME, PredictedWindows, read_outputs
from qleap_edge.core.contract import ONNX_NAME
from qleap_edge.core.manifest import new_folder, stage_folder
from qleap_edge.core.records import read_document
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.windows import spread_rows
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.evaluate import task_measurements
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.package_outputs import HALF_OVERLAP_HOP, package_outputs
from qleap_edge.evaluation.package_profile import windows_with_truth
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.metrics.measurement import Measurement, MeasurementReport
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.pose import mpjpe_per_window
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.release.stage import StageRun
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument
from qleap_edge.uncertainty.report import calibration_measurements
from qleap_edge.verification.fault_injection import fault_measurements, reversed_sign_measurements
from qleap_edge.verification.golden import build_golden
from qleap_edge.verification.onnx_twin import TWIN_WINDOWS, twin_report
from qleap_edge.verification.self_test import build_self_test


def evaluate(run: StageRun) -> None:
    """Measure the package that ships.

    Its outputs for the test windows are those that the compression stage has stored; the package is run here only if that
    stage used other windows, and on windows that are changed. An ONNX twin that the bundle carries is measured under the
    package's profile, on a spread of the same windows.
    """
    recipe = run.recipe
    package = chosen_package(run.inputs["compression"])
    profile = read_document(ProfileDocument, run.inputs["calibration"] / PROFILE_NAME)
    truth = GroundTruth.read(run.inputs["dataset"], "test", HALF_OVERLAP_HOP)
    test = _test_windows(run, package, truth)
    measured = PredictedWindows.of(package, run.inputs["dataset"], truth.hop)
    accuracy = MeasurementReport(
        title="Accuracy of the shipped package on test persons (synthetic)",
        package_sha256=measured.package_sha256,
        dataset_sha256=measured.dataset_sha256,
        measurements=(
            *task_measurements(test.outputs, truth, NoSensorBaselines.fit(run.inputs["dataset"])),
            _compression_cost(run, test),
        ),
    )
    uncertainty = MeasurementReport(
        title="Uncertainty of the shipped package on test persons (synthetic)",
        package_sha256=measured.package_sha256,
        dataset_sha256=measured.dataset_sha256,
        measurements=(
            *calibration_measurements(test, profile),
            *fault_measurements(test.imu, profile, partial(package_outputs, package, workers=run.workers)),
            *reversed_sign_measurements(np.split(truth.imu, truth.offsets[1:-1]), truth.index.subject_id),
        ),
    )
    golden_imu = _golden_windows(test.imu, recipe.verification.golden_windows)
    golden = build_golden(package_outputs(package, golden_imu), golden_imu, profile, recipe.seed)
    with new_folder(run.out, stage_folder(run.stage.name)) as folder:
        accuracy.write(folder / ACCURACY_REPORT)
        uncertainty.write(folder / CALIBRATION_REPORT)
        golden.write(folder / GOLDEN_NAME)
        build_self_test(golden).write(folder / SELF_TEST_NAME)
        if recipe.bundle.onnx:
            some = test.where(spread_rows(len(test.imu), TWIN_WINDOWS))
            twin = twin_report(
                run.inputs["conversion"] / ONNX_NAME, some, profile, measured.dataset_sha256, recipe.training.threads
            )
            twin.write(folder / ONNX_TWIN_REPORT)
        run.write_manifest(folder)


def _test_windows(run: StageRun, package: Path, truth: GroundTruth) -> CalibrationWindows:
    """Return the test windows with the truth and the outputs of the package."""
    wanted = PredictedWindows.of(package, run.inputs["dataset"], truth.hop)
    outputs = read_outputs(run.inputs["compression"] / OUTPUTS_NAME, wanted)
    if outputs is None:
        imu = truth.cut(truth.imu, slice(0, len(truth)))
        outputs = package_outputs(package, imu, workers=run.workers, on_window=run.report("windows"))
    return windows_with_truth(truth, outputs)


def _golden_windows(imu: Float32[np.ndarray, "n 200 6"], count: int) -> Float32[np.ndarray, "golden 200 6"]:
    """Return good windows, and as the last one that no wrist can produce: the gates must turn it away in both languages."""
    good = imu[spread_rows(len(imu), count)]
    return np.stack([*good, 4.0 * good[0]])


def _compression_cost(run: StageRun, test: CalibrationWindows) -> Measurement:
    """Return how much larger the pose error of the package is than that of the network, run eagerly in fp32."""
    make_deterministic(run.recipe.training.threads)
    model, _ = load_checkpoint(run.inputs["checkpoint"])
    full, small = (_mpjpe_mm(outputs, test) for outputs in (network_outputs(model, test.imu), test.outputs))
    return Measurement(
        name="pose.mpjpe_change_by_compression",
        value=small / full - 1.0,
        unit="1",
        note=f"{full:.2f} mm eager fp32, {small:.2f} mm shipped",
    )


def _mpjpe_mm(outputs: ModelOutputs, truth: CalibrationWindows) -> float:
    return float(mpjpe_per_window(outputs.pose, truth.pose).mean()) * MM_PER_BODY_HEIGHT
