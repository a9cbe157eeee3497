"""What and how in an evaluation: embeddings whose labels are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.evaluate import Evaluation, Source, evaluate
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.probes import disentangling, probe_rows
from qleap_edge.evaluation.tables import all_tables
from qleap_edge.evaluation.window_metrics import WindowTable, measure_windows
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.probe import probe
from qleap_edge.physics.form_measures import REPETITION_MEASURES
from tests.support.outputs import random_outputs

PERSONS, WINDOWS = 12, 900


@pytest.fixture(scope="module")
def crowd(truth: GroundTruth) -> GroundTruth:
    """Windows, each a sequence of its own, of twelve persons who do everything and are scored with everything."""
    rng = np.random.default_rng(1)
    form = rng.integers(0, 5, WINDOWS)
    index = replace(
        truth.index,
        edges=np.arange(WINDOWS + 1),
        shard=np.zeros(WINDOWS, np.int64),
        first=np.zeros(WINDOWS, np.int64),
        form=form,
        sequence_id=np.arange(WINDOWS),
        subject_id=np.arange(WINDOWS) % PERSONS,
        posture=np.full(WINDOWS, "bar"),
        regime=np.full(WINDOWS, "prescribed"),
        repetitions=np.tile(np.array([[[0, 100, 199]]], np.int32), (WINDOWS, 1, 1)),
        repetition_form=repetitions_of(form),
    )
    exercise = rng.choice(8, WINDOWS, p=[0.5, *[0.5 / 7] * 7])
    start = np.zeros(WINDOWS, np.int64)
    return replace(truth, index=index, start=start, sequence=np.arange(WINDOWS), window_exercise=exercise)


def repetitions_of(score: np.ndarray) -> np.ndarray:
    """Return one repetition for each score: the points are taken from the depth, and those above two by a halt."""
    rows = np.zeros((len(score), 1, len(REPETITION_MEASURES)), np.float32)
    columns = list(REPETITION_MEASURES)
    rows[:, 0, columns.index("descent")] = 1.5
    rows[:, 0, columns.index("thigh")] = np.array([-5.0, 5.0, 40.0])[np.minimum(4 - score, 2)]
    rows[:, 0, columns.index("halt_up")] = np.array([0.0, 0.5, 1.0])[np.maximum(2 - score, 0)]
    return rows


def table_with(what: np.ndarray, how: np.ndarray) -> WindowTable:
    none = np.zeros(len(what), np.int64)
    return WindowTable({}, none, none, {"what": what.astype(np.float32), "how": how.astype(np.float32)})


def labelled(label: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """Return embeddings in which a label is plain to see."""
    noise = np.random.default_rng(seed).normal(size=(len(label), 64))
    noise[:, :classes] += 9.0 * np.eye(classes)[label]
    return noise


def test_the_embeddings_are_those_of_the_outputs(
    truth: GroundTruth, baselines: NoSensorBaselines, outputs: ModelOutputs
):
    table, _ = measure_windows(in_batches(outputs), truth, baselines)
    np.testing.assert_array_equal(table.embeddings["what"], outputs.what_embedding)
    np.testing.assert_array_equal(table.embeddings["how"], outputs.how_embedding)


def test_each_label_is_found_where_it_is(crowd: GroundTruth):
    what = labelled(crowd.window_exercise, 8, 2)
    how = labelled(np.maximum(crowd.window_form, 0), 5, 3)
    rows = {(row.label, row.embedding): row for row in probe_rows(table_with(what, how), crowd)}
    assert list(rows) == [("exercise", "what"), ("exercise", "how"), ("form", "how"), ("form", "what")]
    assert rows["exercise", "what"].balanced_accuracy.value > 0.95
    assert rows["form", "how"].balanced_accuracy.value > 0.95
    for apart in (("exercise", "how"), ("form", "what")):
        assert rows[apart].balanced_accuracy.interval[0] < rows[apart].balanced_accuracy.value < 0.4
    assert rows["exercise", "how"].chance == 1 / 8 and rows["form", "what"].chance == 1 / 5
    scored = crowd.window_form >= 0
    assert rows["form", "what"].windows == scored.sum() < rows["exercise", "what"].windows == len(crowd)
    assert rows["exercise", "what"].majority == pytest.approx((crowd.window_exercise == 0).mean())
    swapped = probe_rows(table_with(how, what), crowd)
    assert swapped[0].balanced_accuracy.value < 0.4 and swapped[1].balanced_accuracy.value > 0.95


def test_rows_say_what_the_probe_says(crowd: GroundTruth):
    table = table_with(*np.random.default_rng(4).normal(size=(2, WINDOWS, 64)))
    row = probe_rows(table, crowd)[3]
    scored = crowd.window_form >= 0
    found = probe(table.embeddings["what"][scored], crowd.window_form[scored], crowd.subject[scored])
    assert row.balanced_accuracy.value == found.balanced_accuracy.value
    assert row.balanced_accuracy.interval == found.balanced_accuracy.interval
    assert (row.accuracy.value, row.subjects) == (found.accuracy.value, found.persons)
    measured = {m.name: m for m in disentangling((row,))}
    assert len(measured) == 4
    named = measured["disentangling.form_from_what"]
    assert (named.value, named.baseline, named.subjects) == (row.balanced_accuracy.value, 0.2, row.subjects)
    missing = measured["disentangling.exercise_from_how"]
    assert (
        missing.value is None and "no probe can be trained" in missing.note
    )  # a gate on it fails, it does not pass by silence


def test_one_person_gives_no_row(crowd: GroundTruth):
    alone = replace(crowd, index=replace(crowd.index, subject_id=np.zeros(WINDOWS, np.int64)))
    assert probe_rows(table_with(*np.zeros((2, WINDOWS, 64))), alone) == ()


def test_document_and_tables_show_them(data: Path, truth: GroundTruth, baselines: NoSensorBaselines):
    found: Evaluation = evaluate(
        in_batches(random_outputs(len(truth), seed=7)),
        truth,
        baselines,
        source=Source("checkpoint", data / "dataset.json"),
        data=data,
    )
    document = found.document
    named = {m.name for m in document.measurements}
    assert {f"disentangling.{row.label}_from_{row.embedding}" for row in document.probes} <= named
    table = next(t for t in all_tables(document) if t.title.startswith("What and how"))
    assert [row[0] for row in table.rows] == [f"{row.label} from {row.embedding}" for row in document.probes]
    assert table.rows[0][2] == str(document.probes[0].windows)
    none = document.model_copy(update={"probes": ()})
    assert not [t for t in all_tables(none) if t.title.startswith("What and how")]
