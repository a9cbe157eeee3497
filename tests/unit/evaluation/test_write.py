"""The folder of an evaluation: what is in it, what it may replace, and what stops it."""

import json
from pathlib import Path

import pytest

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import MANIFEST_NAME, StageManifest, verify_files
from qleap_edge.core.records import read_document
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.evaluate import Evaluation, Source, evaluate
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.write import check_out, read_history, write_evaluation
from qleap_edge.metrics.outputs import ModelOutputs

HISTORY = [{"epoch": e, "train_loss": 2.0 / e, "validation_loss": 2.1 / e, "train_pose": 1.0 / e} for e in (1, 2, 3)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("checkpoint")
    lines = [json.dumps(row) for row in HISTORY]
    (folder / "history.jsonl").write_text("\n".join(lines) + "\n")
    return Source("checkpoint", folder)


@pytest.fixture(scope="module")
def evaluation(
    data: Path, truth: GroundTruth, baselines: NoSensorBaselines, outputs: ModelOutputs, source: Source
) -> Evaluation:
    return evaluate(in_batches(outputs), truth, baselines, source=source, data=data)


def test_a_folder_with_everything_twice_the_same(evaluation: Evaluation, source: Source, data: Path, tmp_path: Path):
    out = tmp_path / "evaluation"
    write_evaluation(evaluation, source, data, out)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    pictures = {name for name in first if name.endswith(".png")}
    assert {"training.png", "groups.png", "joints.png", "confusion_exercise.png", "confusion_form.png"} < pictures
    assert any(name.startswith("poses_") for name in pictures)
    assert all(first[name].startswith(b"\x89PNG\r\n") for name in pictures)
    verify_files(out, read_document(StageManifest, out / MANIFEST_NAME).files)
    write_evaluation(evaluation, source, data, out)  # replaces its own kind
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_no_history_no_curves(evaluation: Evaluation, data: Path, tmp_path: Path):
    write_evaluation(evaluation, Source("package", data / "dataset.json"), data, tmp_path / "out")
    assert not (tmp_path / "out" / "training.png").exists() and (tmp_path / "out" / "index.html").exists()
    assert read_history(tmp_path) == []


def test_nobody_elses_folder_is_replaced(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="something else"):
        check_out(tmp_path)
    check_out(tmp_path / "new")


@pytest.mark.parametrize("line", ["{", "[1]", '{"train_loss": 1}', '{"epoch": "one"}', '{"epoch": null}'])
def test_a_damaged_history_is_named(line: str, tmp_path: Path):
    (tmp_path / "history.jsonl").write_text(json.dumps(HISTORY[0]) + "\n" + line + "\n")
    with pytest.raises(InputDataError, match=r"history\.jsonl, line 2"):
        read_history(tmp_path)
