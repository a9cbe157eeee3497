"""The pose predictor: one row a window, in the order given."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.mil.format.protobuf import message_module
from tests.support.mil_packages import (
    FLOAT32,
    add_operation,
    add_stored,
    blob,
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
