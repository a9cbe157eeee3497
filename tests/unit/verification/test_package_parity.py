"""``qleap verify`` without its command: rungs and their names, and the operation that was made to drift."""

import json
import math
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from qleap_edge.bundle.layout import PARITY_REPORT
from qleap_edge.compression.document import package_path
from qleap_edge.compression.variants import make_variant
from qleap_edge.conversion.canonical import write_canonical
from qleap_edge.conversion.coreml import exported_program, to_ml_program
from qleap_edge.core.contract import PACKAGE_NAME, contract_document
from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.records import read_document
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.windows import load_windows, spread_rows
from qleap_edge.evaluation.predictions import PosePredictor, network_outputs
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.tools.drift import ValueDrift, measure_drift
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.verification.core_ml import COMPUTE_UNITS, NOT_HERE, ComputeUnits, CoreMLModel
from qleap_edge.verification.package_parity import LadderDocument, compare_packages, compare_with_checkpoint, rung_names
from tests.support.micro import Micro

VARIANTS = ("float16", "int8_per_channel")


@pytest.fixture(scope="module")
def packages(micro: Micro) -> list[Path]:
    return [package_path(micro.stages["compress"], variant) for variant in VARIANTS]


@pytest.fixture(scope="module")
def imu(micro: Micro) -> np.ndarray:
    test = load_windows(micro.stages["synthesize"], "test", 100)
    return test.imu[spread_rows(len(test), 4)]


@pytest.fixture(scope="module")
def network(micro: Micro) -> nn.Module:
    return load_checkpoint(micro.stages["train"])[0]


@pytest.fixture(scope="module")
def found(micro: Micro, packages: Sequence[Path]) -> LadderDocument:
    done: list[tuple[int, int]] = []
    document = compare_with_checkpoint(
        packages, micro.stages["train"], micro.stages["synthesize"], 4, on_rung=lambda *at: done.append(at)
    )
    assert done[-1] == (len(document.rungs), len(document.rungs)) and len(done) == len(document.rungs)
    return document


def test_every_rung_says_what_the_release_said_of_it(micro: Micro, found: LadderDocument) -> None:
    assert found.rungs[:4] == ("exported", "onnx", *VARIANTS)
    stored = read_document(MeasurementReport, micro.stages["verify"] / PARITY_REPORT)
    theirs = {row.name: row.value for row in stored.measurements if not row.name.startswith("parity.shipped.")}
    ours = {row.name: row.value for row in found.measurements if not row.name.startswith("parity.core_ml")}
    assert ours.keys() == theirs.keys()
    for rung in VARIANTS:
        assert found.figure(rung, "pose_drift_max") == pytest.approx(theirs[f"parity.{rung}.pose_drift_max"], rel=0.1)
    assert found.figure("exported", "pose_drift_max") < 0.001 > found.figure("onnx", "pose_drift_max")
    assert found.figure("exported", "unheard_of") is None
    assert found.title == stored.title and found.windows == 4


def test_off_a_mac_a_note_says_what_is_missing(found: LadderDocument) -> None:
    assert found.notes == (() if sys.platform == "darwin" else (NOT_HERE,))


def test_drift_is_traced_on_the_worst_window(
    found: LadderDocument, packages: Sequence[Path], imu: np.ndarray, network: nn.Module
) -> None:
    eager = network_outputs(network, imu).pose
    assert [(item.rung, item.against) for item in found.first_drifts] == [
        ("float16", None),
        ("int8_per_channel", "float16"),
    ]
    half, small = map(Package.load, packages)
    for item, package, against in zip(found.first_drifts, (half, small), (None, half), strict=True):
        poses = PosePredictor(package.path).predict(imu)["pose"]
        worst = MM_PER_BODY_HEIGHT * np.linalg.norm(poses - eager, axis=-1).max(axis=(1, 2))
        assert item.window == worst.argmax()
        assert found.figure(item.rung, "pose_drift_max") == pytest.approx(worst.max(), rel=1e-4)
        traced = measure_drift(package, {"imu": imu[item.window : item.window + 1]}, against)
        assert (item.first, item.compared) == (traced.first, len(traced.values))


def test_the_operation_that_was_made_to_drift_is_named(
    tmp_path: Path, micro: Micro, packages: Sequence[Path], imu: np.ndarray, network: nn.Module
) -> None:
    """A file whose exercise head has other weights than the network: the pose is right, the head's operation is named."""
    altered = load_checkpoint(micro.stages["train"])[0]
    heads = [item for item in altered.modules() if isinstance(item, nn.Linear) and item.out_features == len(EXERCISES)]
    with torch.no_grad():
        heads[-1].weight.mul_(-1.0)
    (tmp_path / "altered").mkdir()
    (tmp_path / "small").mkdir()
    source, small = tmp_path / "altered" / PACKAGE_NAME, tmp_path / "small" / PACKAGE_NAME
    write_canonical(to_ml_program(exported_program(altered), contract_document("0", frozenset()), "iOS17"), source)
    make_variant(source, "int8_per_channel", small)
    found = compare_packages(network, imu, [small, packages[0]], bound=0.2)
    first = found.first_drifts[0]
    assert (first.rung, first.against) == ("small", "float16")
    assert (
        first.first is not None
        and first.first.operation == "linear"
        and first.first.declared == f"fp16[1,{len(EXERCISES)}]"
    )
    assert first.first.relative > 0.5
    assert found.figure("small", "pose.psnr") > 45.0 > 10.0 > found.figure("small", "exercise_logits.psnr")
    alone = compare_packages(network, imu, [small], bound=0.2).first_drifts
    assert [(item.against, item.first) for item in alone] == [(None, None)], "its own rounding explains nothing"


def test_core_ml_is_the_top_of_the_ladder(packages: Sequence[Path], imu: np.ndarray, network: nn.Module) -> None:
    """Our own runtime in Apple's place must give the figures of the rungs below."""
    opened: list[tuple[str, ComputeUnits]] = []

    def open_copy(copy: Path, units: ComputeUnits) -> CoreMLModel:
        opened.append((copy.name, units))
        return open_model(copy)

    found = compare_packages(network, imu[:2], packages, open_model=open_copy)
    tops = [
        f"core_ml_{units}.{name}" for name in VARIANTS for units in ("cpu_only", "cpu_and_gpu", "cpu_and_ne", "all")
    ]
    assert found.rungs == ("exported", "onnx", *VARIANTS, *tops) and found.notes == ()
    assert opened == [(PACKAGE_NAME, units) for units in COMPUTE_UNITS] * 2
    for top in tops:
        below = top.split(".")[1]
        assert found.figure(top, "pose_drift_max") == pytest.approx(found.figure(below, "pose_drift_max"), rel=0.3)
    assert [item.rung for item in found.first_drifts] == list(VARIANTS)


def test_what_overflowed_can_be_written(found: LadderDocument) -> None:
    value = ValueDrift(
        name="a", operation="mul", declared="fp16[1]", max_abs=math.inf, peak=math.nan, relative=math.inf
    )
    first = found.first_drifts[0].model_copy(update={"first": value})
    said = json.loads(found.model_copy(update={"first_drifts": (first,)}).to_json())
    assert [said["first_drifts"][0]["first"][key] for key in ("max_abs", "peak", "relative")] == [None, None, None]


def test_names_of_rungs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rung_names([Path("out/int8_per_channel") / PACKAGE_NAME, Path("other.mlpackage")]) == (
        "int8_per_channel",
        "other",
    )
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert rung_names([Path(PACKAGE_NAME)]) == ("here",)


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ((f"a/float16/{PACKAGE_NAME}", f"b/float16/{PACKAGE_NAME}"), "b/float16.*one name.*'float16' again"),
        ((f"a/x/{PACKAGE_NAME}", "x.mlpackage"), r"x\.mlpackage.*'x' again"),
        ((f"onnx/{PACKAGE_NAME}",), "'onnx' again"),
        ((), "at least one --package"),
    ],
)
def test_names_that_tell_nothing(paths: Sequence[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        rung_names([Path(path) for path in paths])


def test_one_package_in_any_folder(
    tmp_path: Path, packages: Sequence[Path], imu: np.ndarray, network: nn.Module
) -> None:
    mine = Path(shutil.copytree(packages[1], tmp_path / "mine.mlpackage"))
    found = compare_packages(network, imu[:1], [mine])
    assert found.rungs == ("exported", "onnx", "mine")
    assert found.figure("mine", "pose.psnr") > 45.0
