"""The stages that need more than one room, on the micro release."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.compression.document import package_path
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import MANIFEST_NAME, StageManifest, digest_of, verify_files
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import PosePredictor, network_outputs
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.release import stages
from qleap_edge.release.pipeline import finished_folders
from qleap_edge.release.stages import calibrate_package, evaluate_model, fit_package_profile, predict
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.uncertainty.profile import ProfileDocument
from tests.support.micro import Micro


@pytest.fixture(scope="module")
def shipped(micro: Micro) -> Path:
    return package_path(micro.stages["compress"], "int8_per_channel")


def test_task_figures_against_plain_numpy(micro: Micro, shipped: Path) -> None:
    data = micro.stages["synthesize"]
    report = read_document(MeasurementReport, micro.stages["evaluate"] / stages.EVALUATION_REPORT)
    said = {row.name: row for row in report.measurements}
    test, train = load_windows(data, "test", 100), GroundTruth.read(data, "train", 100)
    outputs = predict(shipped, test.imu)
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


def test_parts_of_the_split_are_used_as_promised(micro: Micro, micro_recipe: Recipe) -> None:
    """Training, calibration and test persons are different persons."""
    data = micro.stages["synthesize"]
    persons = {
        split: set(load_windows(data, split, 100).subject_id.tolist()) for split in ("train", "calibration", "test")
    }
    assert not persons["train"] & persons["test"] and not persons["calibration"] & persons["test"]
    profile = read_document(ProfileDocument, micro.stages["calibrate"] / "profile.json")
    assert profile.scale_set.subjects + profile.radius_set.subjects == len(persons["calibration"]) == 20
    assert profile.levels == micro_recipe.calibration.levels


def test_the_profile_can_be_fitted_again(micro: Micro, micro_recipe: Recipe, shipped: Path) -> None:
    stored = read_document(ProfileDocument, micro.stages["calibrate"] / "profile.json")
    calls: list[tuple[int, int]] = []
    again = fit_package_profile(
        shipped, micro.stages["synthesize"], micro_recipe, "int8_per_channel", lambda a, b: calls.append((a, b))
    )
    assert again == stored and again.package_sha256 == digest_of(shipped)
    assert calls[-1][0] == calls[-1][1] > 20


def test_any_package_can_be_calibrated(micro: Micro, micro_recipe: Recipe) -> None:
    package = package_path(micro.stages["compress"], "float16")
    profile, report = calibrate_package(package, micro.stages["synthesize"], micro_recipe)
    assert (profile.package_sha256, profile.variant) == (digest_of(package), "float16")
    said = {row.name: row.value for row in report.measurements}
    assert 0.8 < said["calibration.coverage_90.after"] <= 1.0
    stored = read_document(MeasurementReport, micro.stages["evaluate"] / stages.CALIBRATION_REPORT)
    assert {row.name for row in stored.measurements} > set(said), "the release adds the foreign input"


def test_checkpoint_and_package_are_measured_alike(micro: Micro, shipped: Path) -> None:
    data = micro.stages["synthesize"]
    network = evaluate_model(data, checkpoint=micro.stages["train"], package=None)[0].document
    package = evaluate_model(data, checkpoint=None, package=shipped)[0].document
    assert [row.name for row in network.measurements] == [row.name for row in package.measurements]
    assert network.measurements[0].value == pytest.approx(package.measurements[0].value, rel=0.02)
    assert network.measurements[0].value != package.measurements[0].value
    with pytest.raises(UsageError, match="nothing to evaluate"):
        evaluate_model(data, checkpoint=None, package=None)


def test_predict_is_the_saved_package(micro: Micro, shipped: Path) -> None:
    imu = load_windows(micro.stages["synthesize"], "test", 100).imu[:3]
    for name, array in PosePredictor(shipped).predict(imu).items():
        np.testing.assert_array_equal(getattr(predict(shipped, imu), name), array)


def test_every_stage_is_finished_and_intact(micro: Micro, micro_recipe: Recipe) -> None:
    folders = finished_folders(micro_recipe, micro.root / "stages" / "micro")
    assert folders == dict(micro.stages)
    for name, folder in folders.items():
        manifest = read_document(StageManifest, folder / MANIFEST_NAME)
        verify_files(folder, manifest.files)
        assert (manifest.stage, manifest.seed) == (name, micro_recipe.seed)
        assert {record.path for record in manifest.files} == {
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        } - {MANIFEST_NAME}


@pytest.mark.parametrize("stage", ["train", "compress", "evaluate"])
def test_an_altered_stage_is_named(stage: str, micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(micro.root / "stages" / "micro", tmp_path / "stages"))
    path = max((p for p in (copied / stage).rglob("*") if p.name != "manifest.json"), key=lambda p: p.stat().st_size)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputDataError, match=rf"{stage}: the stage is missing, stale or altered"):
        finished_folders(micro_recipe, copied)
    with pytest.raises(InputDataError, match="synthesize"):
        finished_folders(micro_recipe.model_copy(update={"seed": 5}), copied)
