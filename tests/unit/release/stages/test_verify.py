"""The stage ``verify``: every rung is reported, and the one that ships is that of the stored outputs."""

import numpy as np
import pytest

from qleap_edge.bundle.layout import PARITY_REPORT
from qleap_edge.compression.document import chosen_package
from qleap_edge.compression.stored_outputs import OUTPUTS_NAME, PredictedWindows, read_outputs
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.windows import load_windows, spread_rows
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.gates.decide import decide
from qleap_edge.gates.thresholds import load_thresholds
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.training.checkpoint import load_checkpoint
from tests.support.micro import Micro


def test_the_report_of_the_micro_release_holds_every_rung(micro: Micro, micro_recipe: Recipe) -> None:
    report = read_document(MeasurementReport, micro.stages["verify"] / PARITY_REPORT)
    assert f"on {micro_recipe.verification.windows} test windows" in report.title
    names = [row.name for row in report.measurements]
    assert len(set(names)) == len(names)
    rungs = {name.split(".")[1] for name in names}
    assert rungs == {"exported", "onnx", "float16", "int8_per_channel", "shipped"}
    said = {row.name: row.value for row in report.measurements}
    assert said["parity.shipped.pose.psnr"] == said["parity.int8_per_channel.pose.psnr"], "what ships is int8"
    assert said["parity.float16.pose.psnr"] > said["parity.int8_per_channel.pose.psnr"]
    verdicts = decide(load_thresholds(), "tiny", {row.name: row for row in report.measurements}).gates
    assert all(gate.verdict == "pass" for gate in verdicts if gate.measurement.startswith("parity."))


def test_the_shipped_rung_is_that_of_the_stored_outputs(micro: Micro, micro_recipe: Recipe) -> None:
    compression, data = micro.stages["compress"], micro.stages["synthesize"]
    stored = read_outputs(compression / OUTPUTS_NAME, PredictedWindows.of(chosen_package(compression), data, 100))
    assert stored is not None
    rows = spread_rows(len(stored), micro_recipe.verification.windows)
    imu = load_windows(data, "test", 100).imu[rows]
    eager = network_outputs(load_checkpoint(micro.stages["train"])[0], imu)
    drift = np.linalg.norm(stored.pose[rows].astype(np.float64) - eager.pose, axis=-1).max() * MM_PER_BODY_HEIGHT
    report = read_document(MeasurementReport, micro.stages["verify"] / PARITY_REPORT)
    said = {row.name: row.value for row in report.measurements}
    assert said["parity.shipped.pose_drift_max"] == pytest.approx(drift, rel=1e-5)
