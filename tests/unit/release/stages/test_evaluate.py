"""The stage ``evaluate``: its figures by plain NumPy, and where the outputs of the package come from."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.bundle.layout import ACCURACY_REPORT, CALIBRATION_REPORT, GOLDEN_NAME
from qleap_edge.compression.document import chosen_package
from qleap_edge.compression.stored_outputs import OUTPUTS_NAME, PredictedWindows, read_outputs, write_outputs
from qleap_edge.core.errors import AlteredFile
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.package_outputs import package_outputs
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.release.pipeline import PIPELINE
from qleap_edge.release.stage import StageRun
from qleap_edge.training.checkpoint import load_checkpoint
from tests.support.micro import Micro


def evaluate_run(micro: Micro, recipe: Recipe, out: Path, **changed: Path) -> StageRun:
    """Return the stage's run on the micro release, some of its inputs changed."""
    (stage,) = (stage for stage in PIPELINE if stage.name == "evaluate")
    products = {stage.product: micro.stages[stage.name] for stage in PIPELINE}
    return StageRun(stage, recipe, {name: products[name] for name in stage.inputs} | changed, out)


def changed_compression(micro: Micro, out: Path, **changes: object) -> Path:
    """Return a copy of the compression stage whose stored outputs say that they are of something else."""
    copied = Path(shutil.copytree(micro.stages["compress"], out))
    windows = PredictedWindows.of(chosen_package(copied), micro.stages["synthesize"], 100)
    outputs = read_outputs(copied / OUTPUTS_NAME, windows)
    assert outputs is not None
    shift = replace(outputs, pose=outputs.pose + np.float32(0.01))  # to see whether they are used
    write_outputs(copied / OUTPUTS_NAME, shift, windows.model_copy(update=changes))
    return copied


def test_task_figures_against_plain_numpy(micro: Micro) -> None:
    data = micro.stages["synthesize"]
    report = read_document(MeasurementReport, micro.stages["evaluate"] / ACCURACY_REPORT)
    said = {row.name: row for row in report.measurements}
    test, train = load_windows(data, "test", 100), GroundTruth.read(data, "train", 100)
    outputs = package_outputs(chosen_package(micro.stages["compress"]), test.imu)
    error = np.linalg.norm(outputs.pose - test.pose, axis=-1)[:, :, 1:].mean(axis=(1, 2)) * MM_PER_BODY_HEIGHT
    assert said["pose.mpjpe"].value == pytest.approx(error.mean(), rel=1e-5)
    prior = train.pose.mean(axis=0, dtype=np.float64)
    blind = np.linalg.norm(test.pose - prior, axis=-1)[:, :, 1:].mean() * MM_PER_BODY_HEIGHT
    assert said["pose.mpjpe"].baseline == pytest.approx(blind, rel=1e-4)
    assert said["pose.mpjpe_over_mean_pose"].value == pytest.approx(error.mean() / blind, rel=1e-4)
    right = outputs.exercise_logits.argmax(axis=1) == test.exercise
    assert said["exercise.accuracy"].value == pytest.approx(right.mean())
    commonest = np.bincount(train.exercise).argmax()
    assert said["exercise.accuracy"].baseline == pytest.approx((test.exercise == commonest).mean())
    squats = test.form >= 0
    miss = np.abs(outputs.form_logits.argmax(axis=1) - test.form)[squats]
    assert said["form.mae"].value == pytest.approx(miss.mean())
    eager = network_outputs(load_checkpoint(micro.stages["train"])[0], test.imu)
    full = np.linalg.norm(eager.pose - test.pose, axis=-1)[:, :, 1:].mean() * MM_PER_BODY_HEIGHT
    assert said["pose.mpjpe_change_by_compression"].value == pytest.approx(error.mean() / full - 1, abs=1e-5)
    assert said["pose.mpjpe"].subjects == 4 and said["pose.mpjpe"].sequences == 8


def test_the_stored_outputs_are_used_and_no_others(micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    """A centimetre more in the stored poses is a centimetre more in the report."""
    compression = changed_compression(micro, tmp_path / "compress")
    run = evaluate_run(micro, micro_recipe, tmp_path / "evaluate", compression=compression)
    run.execute()
    assert said(run.out)["pose.mpjpe"] > said(micro.stages["evaluate"])["pose.mpjpe"] + 1.0
    for name in (CALIBRATION_REPORT, GOLDEN_NAME):
        assert (run.out / name).is_file()


def test_windows_at_another_hop_are_run_here(micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    """The stage runs the package itself, and finds what it finds in the stored outputs of its own windows."""
    compression = changed_compression(micro, tmp_path / "compress", hop=50)
    run = evaluate_run(micro, micro_recipe, tmp_path / "evaluate", compression=compression)
    run.execute()
    for name in (ACCURACY_REPORT, CALIBRATION_REPORT, GOLDEN_NAME):
        assert (run.out / name).read_bytes() == (micro.stages["evaluate"] / name).read_bytes(), name


@pytest.mark.parametrize("key", ["package_sha256", "dataset_sha256"])
def test_outputs_of_something_else_are_refused(key: str, micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    compression = changed_compression(micro, tmp_path / "compress", **{key: "0" * 64})
    run = evaluate_run(micro, micro_recipe, tmp_path / "evaluate", compression=compression)
    with pytest.raises(AlteredFile, match=rf"{OUTPUTS_NAME}, key '{key}'.*got {'0' * 64}.*compress again"):
        run.execute()
    assert not run.out.exists()


def said(stage: Path) -> dict[str, float]:
    report = read_document(MeasurementReport, stage / ACCURACY_REPORT)
    return {row.name: row.value for row in report.measurements if row.value is not None}
