"""The document as a whole, its tables and its page."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.form import CEILING_KAPPA
from qleap_edge.core.records import read_document
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.baselines import NO_SENSOR_BASELINES, NoSensorBaselines
from qleap_edge.evaluation.document import EvaluationDocument
from qleap_edge.evaluation.evaluate import Evaluation, Source, evaluate, task_measurements
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.groups import FREE_POSTURES, TIED_POSTURES
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.repetition_metrics import REPETITION_COLUMN, REPETITION_FIGURES, RepetitionTable
from qleap_edge.evaluation.summarize import repetition_rows
from qleap_edge.evaluation.tables import all_tables, measurement_table, summary
from qleap_edge.evaluation.write import render_page
from qleap_edge.metrics.bootstrap import mean_interval, median_interval
from qleap_edge.metrics.outputs import ModelOutputs
from tests.unit.evaluation.conftest import perfect


@pytest.fixture(scope="module")
def evaluation(data: Path, truth: GroundTruth, baselines: NoSensorBaselines, outputs: ModelOutputs) -> Evaluation:
    return evaluate(
        in_batches(outputs), truth, baselines, source=Source("checkpoint", data / "dataset.json"), data=data
    )


def test_the_names_that_gates_know_mean_what_they_meant(
    evaluation: Evaluation, data: Path, truth: GroundTruth, outputs: ModelOutputs
):
    said = {row.name: row for row in evaluation.document.measurements}
    windows = load_windows(data, "test", 10)
    error = np.linalg.norm(outputs.pose - windows.pose, axis=-1)[:, :, 1:].mean(axis=(1, 2)) * MM_PER_BODY_HEIGHT
    assert said["pose.mpjpe"].value == pytest.approx(error.mean(), rel=1e-6)
    np.testing.assert_allclose(said["pose.mpjpe"].interval, mean_interval(error, windows.subject_id), rtol=1e-6)
    assert (said["pose.mpjpe"].subjects, said["pose.mpjpe"].sequences) == (2, 4)
    mean = GroundTruth.read(data, "train", 10).pose.mean(axis=0, dtype=np.float64)
    blind = np.linalg.norm(windows.pose - mean, axis=-1)[:, :, 1:].mean(axis=(1, 2)) * MM_PER_BODY_HEIGHT
    assert said["pose.mpjpe"].baseline == pytest.approx(blind.mean(), rel=1e-5)
    assert said["pose.mpjpe_over_mean_pose"].value == pytest.approx(error.mean() / blind.mean(), rel=1e-5)
    for index in np.unique(windows.exercise):
        row = said[f"pose.mpjpe.{EXERCISES[index]}"]
        assert row.value == pytest.approx(error[windows.exercise == index].mean(), rel=1e-6)
    exercise, form = outputs.exercise_logits.argmax(axis=1), outputs.form_logits.argmax(axis=1)
    assert said["exercise.accuracy"].value == pytest.approx((exercise == windows.exercise).mean())
    scored = windows.form >= 0
    assert said["form.mae"].value == pytest.approx(np.abs(form - windows.form)[scored].mean())
    kappa = cohen_kappa_score(windows.form[scored], form[scored], weights="quadratic", labels=range(5))
    assert said["form.quadratic_weighted_kappa"].value == pytest.approx(kappa)
    assert said["form.kappa_over_ceiling"].value == pytest.approx(kappa / CEILING_KAPPA)
    squat = windows.exercise == 0
    rows = {r.predictor: r for r in evaluation.document.poses if (r.of, r.mode) == ("squat", "window")}
    best = min(rows[name].figures["mpjpe"].value for name in NO_SENSOR_BASELINES)
    assert said["squat.mpjpe_over_best_prior"].value == pytest.approx(error[squat].mean() / best, rel=1e-6)


def test_the_pipeline_says_the_same(
    evaluation: Evaluation, truth: GroundTruth, baselines: NoSensorBaselines, outputs: ModelOutputs
):
    assert task_measurements(outputs, truth, baselines) == evaluation.document.measurements


def test_confusions_agree_with_scikit_learn(evaluation: Evaluation, truth: GroundTruth, outputs: ModelOutputs):
    exercise, form = evaluation.document.confusions
    expected = confusion_matrix(
        truth.window_exercise, outputs.exercise_logits.argmax(axis=1), labels=range(len(EXERCISES))
    )
    np.testing.assert_array_equal(exercise.counts, expected)
    assert exercise.labels == EXERCISES
    scored = truth.window_form >= 0
    expected = confusion_matrix(truth.window_form[scored], outputs.form_logits.argmax(axis=1)[scored], labels=range(5))
    np.testing.assert_array_equal(form.counts, expected)


def test_groups_add_up(evaluation: Evaluation, truth: GroundTruth):
    rows = {row.of: row for row in evaluation.document.poses if (row.mode, row.predictor) == ("window", "model")}
    assert sum(rows[name].windows for name in EXERCISES if name in rows) == rows["all"].windows == len(truth)
    postures = [row for of, row in rows.items() if of.startswith("squat/") and of not in ("squat/tied", "squat/free")]
    assert sum(row.windows for row in postures) == rows["squat"].windows
    for half, names in (("squat/tied", TIED_POSTURES), ("squat/free", FREE_POSTURES)):
        inside = sum(row.windows for row in postures if row.of.removeprefix("squat/") in names)
        assert inside == (rows[half].windows if half in rows else 0)
    assert not set(TIED_POSTURES) & set(FREE_POSTURES)


def test_squats_are_summed_up(truth: GroundTruth):
    rng = np.random.default_rng(6)
    values = np.abs(rng.normal(size=(40, len(REPETITION_FIGURES)))) ** 3
    values[::5] = np.nan  # not seen whole
    table = RepetitionTable(rng.integers(0, 4, 40), {("window", "model"): values})
    rows = {row.of: row for row in repetition_rows(table, truth)}
    seen, subject = ~np.isnan(values[:, 0]), truth.index.subject_id[table.sequence]
    figures = rows["squat"].figures
    assert (rows["squat"].repetitions, rows["squat"].subjects, rows["squat"].sequences) == (seen.sum(), 2, 4)
    assert figures["depth_error"].value == pytest.approx(np.median(values[seen, 0]))
    np.testing.assert_allclose(figures["depth_error"].interval, median_interval(values[seen, 0], subject[seen]))
    for name, number in REPETITION_COLUMN.items():
        if name != "depth_error":
            assert figures[name].value == pytest.approx(values[seen, number].mean())
    posture = truth.index.posture[table.sequence]
    for name in set(posture.tolist()):
        assert rows[f"squat/{name}"].repetitions == (seen & (posture == name)).sum()


def test_one_person_has_no_interval(evaluation: Evaluation):
    alone = [row for row in evaluation.document.poses if row.subjects == 1]
    assert alone and all(figure.interval is None for row in alone for figure in row.figures.values())
    many = [row for row in evaluation.document.poses if row.subjects > 1]
    for row in many:
        for figure in row.figures.values():
            assert figure.interval is not None and figure.interval[0] <= figure.value <= figure.interval[1]


def test_the_document_comes_back(evaluation: Evaluation, tmp_path: Path):
    evaluation.document.write(tmp_path / "evaluation.json")
    assert read_document(EvaluationDocument, tmp_path / "evaluation.json") == evaluation.document
    names = {note.name for note in evaluation.document.figures}
    for row in (*evaluation.document.poses, *evaluation.document.repetitions):
        assert set(row.figures) <= names


def test_tables_show_what_the_document_says(evaluation: Evaluation):
    document = evaluation.document
    tables = [measurement_table(document), *all_tables(document)]
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)
    position = tables[1]
    assert position.rows[0][0] == "all" and position.rows[0][2] == str(document.windows)
    shown = " ".join(cell for table in tables for row in table.rows for cell in row)
    assert "nan" not in shown
    said = next(row for row in document.measurements if row.name == "pose.mpjpe")
    assert f"MPJPE {said.value:.0f} mm on 2 test persons, without a sensor {said.baseline:.0f} mm" in summary(document)


def test_the_page_holds_everything_and_escapes(evaluation: Evaluation):
    document = evaluation.document.model_copy(update={"notes": ("a < b & c",)})
    page = render_page(document, {"training.png": b"\x89PNG", "poses_walk.png": b"\x89PNG"})
    assert "a &lt; b &amp; c" in page
    assert page.count("<img") == 2 and 'src="data:image/png;base64,' in page
    assert not re.search(r"""(src|href)=["']?https?:""", page)
    for table in all_tables(document):
        assert f"<caption>{table.title}</caption>" in page


def test_without_a_stream_it_says_so(data: Path, baselines: NoSensorBaselines):
    truth = GroundTruth.read(data, "test", 100)
    source = Source("package", data / "dataset.json")
    document = evaluate(in_batches(perfect(truth)), truth, baselines, source=source, data=data).document
    assert any("no stream" in note for note in document.notes)
    newest = [row for row in document.poses if row.mode == "newest"]
    assert newest and all("jitter" not in row.figures for row in newest)
    assert not [row for row in document.repetitions if row.mode == "newest"]
