"""Outputs of a package: those of the runtime, for any number of processes and in any order of the parts."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from qleap_edge.compression.document import package_path
from qleap_edge.core.contract import OUTPUT_NAMES
from qleap_edge.core.errors import InputDataError
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation import package_outputs as module
from qleap_edge.evaluation.package_outputs import join_parts, package_outputs, predict_tasks
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.mil.runtime.evaluator import BATCH_WINDOWS
from tests.support.micro import Micro


@pytest.fixture(scope="module")
def package(micro: Micro) -> Path:
    return package_path(micro.stages["compress"], "int8_per_channel")


@pytest.fixture(scope="module")
def imu(micro: Micro) -> np.ndarray:
    return load_windows(micro.stages["synthesize"], "calibration", 40).imu


def same(a: ModelOutputs, b: ModelOutputs) -> None:
    for name in OUTPUT_NAMES:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def test_one_part_is_the_runtime_itself(package: Path, imu: np.ndarray) -> None:
    same(package_outputs(package, imu[:3]), ModelOutputs.of(PosePredictor(package).predict(imu[:3])))


def test_parts_and_processes_change_no_bit(package: Path, imu: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(imu) > 2 * BATCH_WINDOWS
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        whole = ModelOutputs.of(PosePredictor(package).predict(imu))
    finally:
        torch.set_num_threads(threads)
    monkeypatch.setattr(module, "PART_WINDOWS", BATCH_WINDOWS)
    for workers in (1, 2):
        calls: list[tuple[int, int]] = []
        outputs = package_outputs(package, imu, workers=workers, on_window=lambda *at: calls.append(at))  # noqa: B023
        same(outputs, whole)
        assert calls[-1] == (len(imu), len(imu)) and len(calls) == len(predict_tasks(package, imu)) > 2
    assert torch.get_num_threads() == threads


def test_parts_are_joined_by_their_place(package: Path, imu: np.ndarray) -> None:
    whole = package_outputs(package, imu[:6])
    same(join_parts({4: whole[4:6], 0: whole[:1], 1: whole[1:4]}), whole)


def test_no_windows(package: Path, imu: np.ndarray) -> None:
    assert len(package_outputs(package, imu[:0])) == 0


def test_another_package_at_the_same_path_is_not_taken_for_the_first(
    micro: Micro, package: Path, imu: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / package.name
    shutil.copytree(package, path)
    before = package_outputs(path, imu[:2])
    shutil.rmtree(path)
    shutil.copytree(package_path(micro.stages["compress"], "float16"), path)
    assert np.abs(package_outputs(path, imu[:2]).pose - before.pose).max() > 0.0


def test_no_package(tmp_path: Path, imu: np.ndarray) -> None:
    with pytest.raises(InputDataError, match="nowhere"):
        package_outputs(tmp_path / "nowhere", imu[:1])
