"""The parity ladder: its figures against hand-made differences, and the micro release on every rung."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from qleap_edge.bundle.layout import PARITY_REPORT
from qleap_edge.compression.document import package_path
from qleap_edge.core.contract import ONNX_NAME, OUTPUT_NAMES
from qleap_edge.core.records import read_document
from qleap_edge.dataset.windows import load_windows, spread_rows
from qleap_edge.evaluation.predictions import PosePredictor, network_outputs
from qleap_edge.gates.decide import decide
from qleap_edge.gates.thresholds import load_thresholds
from qleap_edge.metrics.measurement import Measurement, MeasurementReport
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.verification.ladder import exported_outputs, rung_measurements
from qleap_edge.verification.onnx_twin import onnx_outputs
from tests.support.micro import Micro
from tests.support.outputs import random_outputs


def by_name(rows: tuple[Measurement, ...]) -> dict[str, Measurement]:
    return {row.name.removeprefix("parity.rung."): row for row in rows}


def changed(outputs: ModelOutputs, **changes: np.ndarray) -> ModelOutputs:
    return dataclasses.replace(outputs, **changes)


def test_equal_outputs_are_equal() -> None:
    outputs = random_outputs(2)
    rows = by_name(rung_measurements("rung", outputs, outputs))
    assert len(rows) == 2 * len(OUTPUT_NAMES) + 4
    for name in OUTPUT_NAMES:
        assert (rows[f"{name}.max_abs"].value, rows[f"{name}.psnr"].value) == (0.0, 200.0)
    assert [rows[name].value for name in ("pose_drift_p99", "pose_drift_max", "exercise_flips")] == [0.0, 0.0, 0.0]
    assert rows["sigma_ratio_p99"].value == 1.0


def test_units() -> None:
    outputs = random_outputs(1)
    units = {name: row.unit for name, row in by_name(rung_measurements("rung", outputs, outputs)).items()}
    assert units["pose.max_abs"] == "body_height" and units["pose_log_variance.max_abs"] == "nat"
    assert units["pose.psnr"] == "dB" and units["pose_drift_max"] == "mm" and units["exercise_flips"] == "count"


def test_one_joint_that_moved() -> None:
    """3-4-5 thousandths of a body height: 5 mm for a person of 1 m, 8.75 mm for one of 1.75 m."""
    reference = random_outputs(2)
    pose = reference.pose.astype(np.float64)
    pose[1, 77, 9] += [3e-3, 0.0, -4e-3]
    rows = by_name(rung_measurements("rung", changed(reference, pose=pose.astype(np.float32)), reference))
    assert rows["pose_drift_max"].value == pytest.approx(8.75, rel=1e-4)
    assert rows["pose_drift_p99"].value == 0.0, "one of 6400 joints is below the 99th percentile"
    assert rows["pose.max_abs"].value == pytest.approx(4e-3, rel=1e-4)
    rms = 5e-3 / math.sqrt(reference.pose.size)
    assert rows["pose.psnr"].value == pytest.approx(20 * math.log10(np.abs(reference.pose).max() / rms), abs=1e-3)
    assert rows["what_embedding.max_abs"].value == 0.0


def test_all_joints_moved() -> None:
    reference = random_outputs(1)
    pose = reference.pose.copy()
    pose[:, :, 1:, 2] += 0.004
    rows = by_name(rung_measurements("rung", changed(reference, pose=pose), reference))
    assert rows["pose_drift_p99"].value == pytest.approx(7.0, rel=1e-4)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sigma_ratio_is_larger_over_smaller(sign: float) -> None:
    reference = random_outputs(1)
    wider = reference.pose_log_variance + np.float32(sign * 2.0 * math.log(1.25))
    rows = by_name(rung_measurements("rung", changed(reference, pose_log_variance=wider), reference))
    assert rows["sigma_ratio_p99"].value == pytest.approx(1.25, rel=1e-5)
    assert rows["pose_log_variance.max_abs"].value == pytest.approx(2.0 * math.log(1.25), rel=1e-5)


def test_flips_count_only_where_eager_is_sure() -> None:
    reference = random_outputs(3)
    logits = np.zeros((3, 8), np.float32)
    logits[0, 2], logits[1, 2], logits[2, 2] = 5.0, 0.01, 5.0  # sure, a tie within 2 %, sure
    other = np.roll(logits, 1, axis=1)
    other[2] = logits[2]
    rows = by_name(
        rung_measurements("rung", changed(reference, exercise_logits=other), changed(reference, exercise_logits=logits))
    )
    assert rows["exercise_flips"].value == 1.0


def test_what_overflowed_fails_its_gate_and_can_be_written(tmp_path: Path) -> None:
    """A package that overflows fp16 must end as a failed gate, not as a report that cannot be written."""
    reference = random_outputs(1)
    pose = reference.pose.copy()
    pose[0, 0, 5] = np.nan
    rows = rung_measurements("float16", changed(reference, pose=pose), reference)
    MeasurementReport(title="t", package_sha256="a", dataset_sha256=None, measurements=rows).write(tmp_path / "r.json")
    read = read_document(MeasurementReport, tmp_path / "r.json")
    for measurements in (rows, read.measurements):
        report = decide(load_thresholds(), "tiny", {row.name: row for row in measurements})
        verdicts = {gate.measurement: gate.verdict for gate in report.gates}
        assert verdicts["parity.float16.pose.psnr"] == verdicts["parity.float16.pose_drift_p99"] == "fail"
        assert verdicts["parity.float16.exercise_flips"] == "pass"


@pytest.fixture(scope="module")
def some_windows(micro: Micro) -> np.ndarray:
    test = load_windows(micro.stages["synthesize"], "test", 100)
    return test.imu[spread_rows(len(test), 4)]


@pytest.fixture(scope="module")
def eager(micro: Micro, some_windows: np.ndarray) -> ModelOutputs:
    return network_outputs(load_checkpoint(micro.stages["train"])[0], some_windows)


@pytest.mark.parametrize(("variant", "drift_mm", "psnr"), [("float16", 2.0, 60.0), ("int8_per_channel", 20.0, 45.0)])
def test_the_saved_package_computes_what_the_network_computes(
    variant: str, drift_mm: float, psnr: float, micro: Micro, some_windows: np.ndarray, eager: ModelOutputs
) -> None:
    package = package_path(micro.stages["compress"], variant)  # type: ignore[arg-type]
    outputs = ModelOutputs.of(PosePredictor(package).predict(some_windows))
    rows = by_name(rung_measurements("rung", outputs, eager))
    assert 0.0 < rows["pose_drift_max"].value < drift_mm
    for name in OUTPUT_NAMES:
        assert rows[f"{name}.psnr"].value > (psnr if name == "pose" else 25.0), name
    np.testing.assert_array_equal(outputs.pose[:, :, 0], 0.0)
    stored = read_document(MeasurementReport, micro.stages["verify"] / PARITY_REPORT)
    said = {row.name: row.value for row in stored.measurements}
    assert said[f"parity.{variant}.pose.psnr"] == pytest.approx(rows["pose.psnr"].value, abs=0.5)


def test_onnx_runtime_agrees_with_eager(micro: Micro, some_windows: np.ndarray, eager: ModelOutputs) -> None:
    outputs = onnx_outputs(micro.stages["convert"] / ONNX_NAME, some_windows, 1)
    for name in OUTPUT_NAMES:
        np.testing.assert_allclose(getattr(outputs, name), getattr(eager, name), rtol=1e-4, atol=2e-5)
    session = onnxruntime.InferenceSession(str(micro.stages["convert"] / ONNX_NAME))
    np.testing.assert_array_equal(session.run(["pose"], {"imu": some_windows[:1]})[0], outputs.pose[:1])


def test_the_exported_program_agrees_with_eager(micro: Micro, some_windows: np.ndarray, eager: ModelOutputs) -> None:
    model = load_checkpoint(micro.stages["train"])[0]
    outputs = exported_outputs(model, some_windows)
    for name in OUTPUT_NAMES:
        np.testing.assert_allclose(getattr(outputs, name), getattr(eager, name), rtol=1e-4, atol=2e-5)
    with torch.no_grad():
        next(model.parameters()).mul_(1.1)
    rows = by_name(rung_measurements("rung", exported_outputs(model, some_windows), eager))
    assert rows["pose_drift_max"].value > 0.1, "what is run is the network that was given, not one that was kept"
