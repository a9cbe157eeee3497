"""The pose predictor, and the commands on saved programs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from qleap_edge.cli.mil import app, read_arrays
from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.predictor import PosePredictor
from qleap_edge.mil.protobuf import message_module
from tests.support.mil_packages import (
    FLOAT32,
    add_operation,
    add_stored,
    blob,
    linear_model,
    main_block,
    set_type,
    write_package,
)

WEIGHT = np.arange(12, dtype=np.float32).reshape(3, 4) / 10
BIAS = np.array([-1.0, 0.0, 1.0], dtype=np.float32)


def pose_package(folder: Path) -> tuple[Path, np.ndarray]:
    """Write a "model" whose pose is a linear map of each sample; return it and the map."""
    weight = np.random.default_rng(0).standard_normal((51, 6)).astype(np.float32)
    model = message_module("Model_pb2").Model(specificationVersion=8)
    data, offsets = blob([(FLOAT32, weight)])
    for kind, name, sizes in (("input", "imu", (1, 200, 6)), ("output", "pose", (1, 200, 51))):
        feature = getattr(model.description, kind).add(name=name)
        feature.type.multiArrayType.shape.extend(sizes)
        feature.type.multiArrayType.dataType = 65568
    model.mlProgram.functions["main"].opset = "CoreML7"
    set_type(model.mlProgram.functions["main"].inputs.add(name="imu").type, FLOAT32, (1, 200, 6))
    block = main_block(model)
    add_stored(block, "weight", FLOAT32, weight.shape, offsets[0])
    add_operation(block, "linear", "pose", FLOAT32, (1, 200, 51), x="imu", weight="weight")
    block.outputs.append("pose")
    return write_package(folder / "pose.mlpackage", model, data), weight


def test_predictor_returns_one_row_a_window(tmp_path: Path) -> None:
    path, weight = pose_package(tmp_path)
    imu = np.random.default_rng(1).standard_normal((70, 200, 6)).astype(np.float32)
    calls: list[tuple[int, int]] = []
    predictor = PosePredictor(path)
    outputs = predictor.predict(imu, lambda done, total: calls.append((done, total)))
    assert predictor.output_names == ("pose",)
    assert outputs["pose"].shape == (70, 200, 51)
    np.testing.assert_allclose(outputs["pose"], imu @ weight.T, rtol=1e-4, atol=1e-4)
    assert calls == [(16, 70), (32, 70), (48, 70), (64, 70), (70, 70)]
    imu[5, 7, 1] = np.inf
    with pytest.raises(InputDataError, match=r"index \(5, 0, 7, 1\)"):
        predictor.predict(imu)


@pytest.mark.parametrize("windows", [0, 3])
def test_run_writes_outputs_by_name(tmp_path: Path, windows: int) -> None:
    package = write_package(tmp_path / "p.mlpackage", *linear_model(WEIGHT, BIAS))
    x = np.random.default_rng(2).standard_normal((windows, 1, 4) if windows else (1, 4)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    arguments = ["run", str(package), "--inputs", str(tmp_path / "x.npz"), "--out", str(tmp_path / "y.npz")]
    result = CliRunner().invoke(app, [*arguments, "--precision", "wide"], catch_exceptions=False)
    assert result.exit_code == 0
    y = read_arrays(tmp_path / "y.npz")
    np.testing.assert_allclose(y["y"], np.maximum(x @ WEIGHT.T + BIAS, 0.0), rtol=1e-5, atol=1e-6)


def test_arrays_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("not a zip")
    np.savez(tmp_path / "objects.npz", x=np.array([{"a": 1}], dtype=object))
    np.save(tmp_path / "single.npy", np.zeros(3))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "objects.npz").read_bytes()[:60])
    for name in ("text.npz", "objects.npz", "single.npy", "cut.npz", "absent.npz"):
        with pytest.raises(InputDataError, match=name):
            read_arrays(tmp_path / name)


def test_inspect_prints_one_json_document(tmp_path: Path) -> None:
    package = write_package(tmp_path / "p.mlpackage", *linear_model(WEIGHT, BIAS))
    result = CliRunner().invoke(app, ["inspect", str(package), "--json"], catch_exceptions=False)
    summary: dict[str, Any] = json.loads(result.stdout)
    assert summary["schema"] == "qleap.mil_summary"
    assert summary["operation_counts"] == {"const": 2, "linear": 1, "relu": 1}
    assert (summary["parameters"], summary["weight_bytes"], summary["flops"]) == (15, 60, 24)
    assert summary["precision_counts"] == {"fp32": 2}
    table = CliRunner().invoke(app, ["inspect", str(package)], catch_exceptions=False)
    assert "linear" in table.stdout


def test_reading_a_package_imports_neither_torch_nor_coremltools(tmp_path: Path) -> None:
    package = write_package(tmp_path / "p.mlpackage", *linear_model(WEIGHT, BIAS))
    program = (
        "import sys; from qleap_edge.mil.package import Package; "
        f"Package.load({str(package)!r}); print([name for name in ('torch', 'coremltools') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
