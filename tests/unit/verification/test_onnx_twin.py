"""The ONNX twin: its inputs and outputs are the contract's, and its uncertainty is measured, not assumed."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from qleap_edge.bundle.layout import CALIBRATION_REPORT, ONNX_TWIN_REPORT
from qleap_edge.compression.document import package_path
from qleap_edge.core.contract import INPUTS, ONNX_NAME, OUTPUTS
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import read_document
from qleap_edge.core.skeleton import PELVIS
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.package_outputs import package_outputs
from qleap_edge.evaluation.package_profile import calibration_windows
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.verification import onnx_twin
from qleap_edge.verification.onnx_twin import onnx_outputs, open_twin, twin_report
from tests.support.command import REPOSITORY
from tests.support.micro import Micro


@pytest.fixture(scope="module")
def twin(micro: Micro) -> Path:
    return micro.stages["convert"] / ONNX_NAME


@pytest.fixture(scope="module")
def report(micro: Micro) -> MeasurementReport:
    return read_document(MeasurementReport, micro.stages["evaluate"] / ONNX_TWIN_REPORT)


def test_inputs_and_outputs_are_those_of_the_contract_in_its_order(twin: Path) -> None:
    session = open_twin(twin, 1)
    assert [item.name for item in session.get_inputs()] == [spec.name for spec in INPUTS]
    assert [tuple(item.shape) for item in session.get_outputs()] == [spec.shape for spec in OUTPUTS]


def test_nobody_is_told_and_nothing_is_left_behind(twin: Path, tmp_path: Path) -> None:
    """ONNX Runtime keeps the session of its telemetry in a file, by which one sees that it is on."""
    program = "import sys; from pathlib import Path; from qleap_edge.verification.onnx_twin import open_twin; "
    arguments = [sys.executable, "-c", program + "open_twin(Path(sys.argv[1]), 1)", str(twin)]
    silencing = {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"}
    environment = {name: value for name, value in os.environ.items() if name not in silencing}
    environment |= {"TMPDIR": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(arguments, cwd=tmp_path, env=environment, check=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", [{"name": "position"}, {"shape": (1, 100, 17, 3)}])
def test_an_output_that_the_contract_does_not_know(twin: Path, change: dict[str, object]) -> None:
    outputs = (OUTPUTS[0].model_copy(update=change), *OUTPUTS[1:])
    with pytest.raises(InputDataError, match=r"\.onnx: not the ONNX twin of this model: other outputs.*pose float32"):
        open_twin(twin, 1, outputs=outputs)


def test_outputs_in_another_order(twin: Path) -> None:
    """``session.run(None, …)`` gives them by place: a caller may rely on the contract's order."""
    with pytest.raises(InputDataError, match="other outputs"):
        open_twin(twin, 1, outputs=OUTPUTS[::-1])


def test_an_input_in_half_precision(tmp_path: Path) -> None:
    """The type counts: onnxruntime would refuse the first window of an app."""
    half, full = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT
    given = [onnx.helper.make_tensor_value_info("imu", half, INPUTS[0].shape)]
    made = [onnx.helper.make_tensor_value_info("pose", full, INPUTS[0].shape)]
    cast = onnx.helper.make_node("Cast", ["imu"], ["pose"], to=full)
    graph = onnx.helper.make_graph([cast], "g", given, made)
    opset = onnx.helper.make_opsetid("", 18)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=9), tmp_path / "half.onnx")
    with pytest.raises(InputDataError, match=r"half\.onnx.*other inputs.*imu float32.*imu tensor\(float16\)"):
        open_twin(tmp_path / "half.onnx", 1)


def test_coverage_against_plain_numpy(micro: Micro, twin: Path, report: MeasurementReport) -> None:
    """All test windows of the micro release are fewer than a spread: the report is about every one of them."""
    test = load_windows(micro.stages["synthesize"], "test", 100)
    assert len(test.imu) < onnx_twin.TWIN_WINDOWS and f"on {len(test.imu)} test windows" in report.title
    scale = np.array(read_document(ProfileDocument, micro.stages["calibrate"] / "profile.json").sigma_scale)
    session = open_twin(twin, 1)
    pose, log_variance = (
        np.concatenate([session.run([name], {"imu": window[None]})[0] for window in test.imu])
        for name in ("pose", "pose_log_variance")
    )
    z = np.delete((test.pose - pose) / (np.exp(0.5 * log_variance) * scale), PELVIS, axis=2)
    said = {row.name: row for row in report.measurements}
    row = said["onnx_twin.coverage_90.after"]
    assert row.value == pytest.approx((np.abs(z) < 1.6448536).mean(), abs=1e-6)
    assert row.interval is not None and row.interval[0] <= row.value <= row.interval[1]
    assert (row.subjects, row.sequences, row.unit) == (4, 8, "1")


def test_every_figure_stands_beside_that_of_the_package(micro: Micro, report: MeasurementReport) -> None:
    package = read_document(MeasurementReport, micro.stages["evaluate"] / CALIBRATION_REPORT)
    said = {row.name.removeprefix("onnx_twin."): row for row in report.measurements}
    shipped = {row.name.removeprefix("calibration."): row for row in package.measurements}
    assert said.keys() == {name for name in shipped if not name.startswith(("abstention.", "recording_sign."))}
    for name, row in said.items():
        value = shipped[name].value
        assert value is None or row.note.endswith(f"{value:.4f} for the saved package")
    assert [row.value for row in said.values()] != [shipped[name].value for name in said], "int8 is not float32"


def test_the_twin_is_measured_and_not_the_package(micro: Micro, twin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A twin whose σ is far too small shows as one: its own outputs are what is measured."""
    profile = read_document(ProfileDocument, micro.stages["calibrate"] / "profile.json")
    package = package_path(micro.stages["compress"], "int8_per_channel")
    windows = load_windows(micro.stages["synthesize"], "test", 200)
    shipped = calibration_windows(windows, package_outputs(package, windows.imu))
    narrow = dataclasses.replace(shipped.outputs, pose_log_variance=shipped.outputs.pose_log_variance - 8.0)
    monkeypatch.setattr(onnx_twin, "onnx_outputs", lambda *_: narrow)
    said = {row.name: row for row in twin_report(twin, shipped, profile, "d", 1).measurements}
    row = said["onnx_twin.coverage_90.after"]
    assert row.value is not None and row.value < 0.1
    assert float(row.note.split()[-5]) > 0.5


@pytest.mark.parametrize("content", [None, b"", b"junk" * 40])
def test_an_onnx_file_that_cannot_be_used(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputDataError, match=r"broken\.onnx") as caught:
        onnx_outputs(path, np.zeros((1, 200, 6), np.float32), 1)
    assert caught.value.exit_code == 3


def test_a_torn_onnx_file(micro: Micro, tmp_path: Path) -> None:
    path = tmp_path / "torn.onnx"
    path.write_bytes((micro.stages["convert"] / ONNX_NAME).read_bytes()[:20_000])
    with pytest.raises(InputDataError, match=r"torn\.onnx"):
        onnx_outputs(path, np.zeros((1, 200, 6), np.float32), 1)


def test_the_onnx_file_of_another_model(tmp_path: Path) -> None:
    value = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in ("imu", "pose")}
    graph = helper.make_graph([helper.make_node("Relu", ["imu"], ["pose"])], "g", [value["imu"]], [value["pose"]])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), tmp_path / "other.onnx"
    )
    with pytest.raises(InputDataError, match=r"other\.onnx.*not the ONNX twin.*imu float32 \[1, 200, 6\].*\[1, 3\]"):
        onnx_outputs(tmp_path / "other.onnx", np.zeros((1, 200, 6), np.float32), 1)
