"""``qleap benchmark watch`` on recordings whose repetitions are known."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.bundle.shipped import open_bundle
from qleap_edge.comparison.watch.baseline import baseline_turns
from qleap_edge.comparison.watch.benchmark import benchmark_watch, evaluate_set
from qleap_edge.comparison.watch.document import WatchBenchmark
from qleap_edge.comparison.watch.exercises import exercise_of_label
from qleap_edge.comparison.watch.figures import figures
from qleap_edge.comparison.watch.labelled_sets import COLUMNS, LabelledSet, read_sets
from qleap_edge.comparison.watch.report import DOCUMENT_NAME
from qleap_edge.comparison.watch.tables import set_table
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.records import read_document
from tests.support.command import call
from tests.support.exercise_sets import RATE_HZ, Rep, path, recorded, sensor_logger_file
from tests.support.labelled_folder import REPS, labelled_folder
from tests.support.micro import Micro
from tests.support.watch_recordings import write_csv


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return labelled_folder(tmp_path_factory.mktemp("recordings"))


def labelled(name, logged, active, doubt=None):
    return LabelledSet(Path(name), "squat", logged, active, (), (), doubt)


def test_counts_and_ranges_of_known_sets(folder):
    result = benchmark_watch(folder)
    for row in result.document.sets:
        assert row.analysis.known == row.analysis.unknown == row.logged == len(REPS[row.file])
        assert row.analysis.outside == 0
        assert np.median(np.abs(row.range_errors_m)) < 0.02
    exact = next(row for row in result.document.figures if row.name == "repetitions exact")
    assert (exact.value, exact.low, exact.high, exact.count) == (1.0, 1.0, 1.0, 2)
    assert exact.baseline is not None


def test_the_command_writes_document_and_pictures(folder, tmp_path):
    out = tmp_path / "out"
    done = call("benchmark", "watch", "--data", folder, "--out", out)
    assert done.code == 0, done.err
    assert "repetitions exact" in done.out and "squats.csv" in done.out
    document = read_document(WatchBenchmark, out / DOCUMENT_NAME)
    assert len(document.sets) == 2
    assert (out / "sets-01.png").read_bytes().startswith(b"\x89PNG")
    printed = call("benchmark", "watch", "--data", folder, "--json")
    assert json.loads(printed.out) == json.loads((out / DOCUMENT_NAME).read_text())


def test_doubted_sets_are_left_out_of_a_second_figure(folder, tmp_path):
    doubts = write_csv(tmp_path / "doubts.csv", [["file", "reason"], ["curls.csv", "both arms were counted"]])
    found = benchmark_watch(folder, doubts).document
    assert {row.sets: row.count for row in found.figures if row.name == "repetitions exact"} == {
        "all": 2,
        "undoubted": 1,
    }
    assert [row.doubt for row in found.sets] == [None, "both arms were counted"]


def test_the_labels_follow_the_clock_of_the_file():
    height, pitch, _ = path([Rep()] * 6)
    recording = replace(recorded(height, pitch, np.random.default_rng(1)), origin_s=32.0)
    shifted = evaluate_set(labelled("x", 6, (35.5, 32.0 + len(height) / RATE_HZ - 3.5)), recording)
    assert shifted.row.analysis.known == shifted.row.analysis.unknown == 6


def test_a_false_repetition_outside_is_counted_by_the_minute():
    height, pitch, _ = path([Rep()] * 6)
    recording = recorded(height, pitch, np.random.default_rng(1))
    row = evaluate_set(labelled("x", 0, (0.0, 3.0)), recording).row
    assert (row.analysis.known, row.analysis.unknown, row.analysis.outside) == (0, 0, 6)
    (false,) = [found for found in figures((row,)) if found.name.startswith("false")]
    assert false.value == pytest.approx(60.0 * 6 / row.outside_s)


def test_the_baseline_counts_a_plain_sine():
    time = np.arange(0.0, 30.0, 1 / RATE_HZ)
    recording = recorded(0.2 * np.sin(2 * np.pi * time / 2.5), 0.4 * np.sin(2 * np.pi * time / 2.5), core_motion=True)
    (stretch,) = clean_clock(recording).stretches
    assert len(baseline_turns(stretch, (0.0, 30.0))) == pytest.approx(12, abs=1)
    rest = recorded(np.zeros(3000), np.zeros(3000), np.random.default_rng(0))
    (stretch,) = clean_clock(rest).stretches
    assert baseline_turns(stretch, None) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["file", "exercise", "reps"]], "active_start_s"),
        ([COLUMNS], "no rows"),
        ([[*COLUMNS, "range"], ["there.csv", "squat", "5", "1", "2", "0.5"]], "perhaps 'range_m'"),
        ([COLUMNS, ["gone.csv", "squat", "5", "1", "2"]], "does not exist"),
        ([COLUMNS, ["there.csv", "squat", "5.5", "1", "2"]], "not a set"),
        ([COLUMNS, ["there.csv", "squat", "5", "2", "1"]], "not a set"),
        ([COLUMNS, ["there.csv", "squat", "five", "1", "2"]], "not a number"),
        ([COLUMNS, ["there.csv", "squat", "5", "nan", "2"]], "not a number"),
        (
            [[*COLUMNS, "range_m"], ["there.csv", "squat", "5", "1", "2", "0.5 0.6"]],
            "column range_m.*expected 5 values .*; got 2",
        ),
        (
            [COLUMNS, ["there.csv", "squat", "5", "1", "9"], ["there.csv", "squat", "5", "1", "9"]],
            "line 3: the active part overlaps .* in line 2",
        ),
        ([[";".join(COLUMNS)], ["there.csv;squat;5;1;2"]], "Next: save the table as CSV separated by commas"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, rows, words):
    (tmp_path / "there.csv").write_text("x\n")
    write_csv(tmp_path / "sets.csv", [list(row) for row in rows])
    with pytest.raises(InputDataError, match=words):
        read_sets(tmp_path)


def test_a_table_that_is_not_utf8_is_told_as_such(tmp_path):
    (tmp_path / "sets.csv").write_text(",".join(COLUMNS), encoding="utf-16")
    with pytest.raises(InputDataError, match="Next: save the table as CSV in UTF-8"):
        read_sets(tmp_path)


def test_an_active_part_outside_of_the_recording_is_refused(folder, tmp_path):
    for name in REPS:
        (tmp_path / name).symlink_to(folder / name)
    write_csv(tmp_path / "sets.csv", [list(COLUMNS), ["squats.csv", "squat", "6", "500", "600"]])
    with pytest.raises(InputDataError, match=r"sets\.csv, squats\.csv: the active part lies outside"):
        benchmark_watch(tmp_path)


def test_the_repetitions_of_another_row_of_a_recording_are_not_false_ones(tmp_path):
    height, pitch, _ = path([Rep()] * 12, 3.0, 3.0)
    oblique = Rotation.from_rotvec([0.3, 0.2, 0.4])
    recording = recorded(height, pitch, np.random.default_rng(4), core_motion=True, mounting=oblique)
    sensor_logger_file(tmp_path / "two.csv", recording)
    end_s = len(height) / RATE_HZ
    rows = [["two.csv", "squat", "6", "0", str(end_s / 2)], ["two.csv", "squat", "6", str(end_s / 2), str(end_s)]]
    write_csv(tmp_path / "sets.csv", [list(COLUMNS), *rows])
    found = benchmark_watch(tmp_path).document.sets
    assert [row.analysis.outside for row in found] == [0, 0] and [row.outside_s for row in found] == [0.0, 0.0]
    assert sum(row.analysis.unknown for row in found) >= 12


def test_a_doubt_names_the_file_as_the_table_does(folder, tmp_path):
    write_csv(tmp_path / "sets.csv", [list(COLUMNS), [str(folder / "squats.csv"), "squat", "6", "1", "9"]])
    doubts = write_csv(tmp_path / "doubts.csv", [["file", "reason"], ["squats.csv", "?"]])
    with pytest.raises(InputDataError, match="not in the table"):
        read_sets(tmp_path, doubts)
    write_csv(doubts, [["file", "reason"], [str(folder / "squats.csv"), "?"]])
    assert read_sets(tmp_path, doubts)[0].doubt == "?"


def test_a_folder_without_a_table_and_a_strange_doubt_are_refused(folder, tmp_path):
    with pytest.raises(InputDataError, match=r"sets\.csv"):
        read_sets(tmp_path)
    doubts = write_csv(tmp_path / "doubts.csv", [["file", "reason"], ["who.csv", "?"]])
    with pytest.raises(InputDataError, match="not in the table"):
        read_sets(folder, doubts)


@pytest.mark.parametrize(
    ("label", "exercise"),
    [("BicepCurl", "biceps_curl"), ("back squat", "squat"), ("Lat pull-down", "pull_up"), ("overhead_press", "overhead_press"),
     ("CableRow", "row"), ("InclinePress", "bench_press"), ("TricepExt", "triceps_extension"), ("LatPull", "pull_up"),
     ("LateralRaise", "lateral_raise"), ("Pullups", "pull_up"), ("ShoulderPress", "overhead_press"), ("push-ups", "push_up"),
     ("Sit to stand", "sit_to_stand"), ("Wrist", None), ("", None)],
)  # fmt: skip
def test_a_free_label_names_an_exercise_of_the_model_or_none(label, exercise):
    assert exercise_of_label(label) == exercise


def test_with_a_bundle_exercises_and_gates_are_counted(folder, micro: Micro):
    found = benchmark_watch(folder, model=open_bundle(micro.bundle), wear=Wear(Side.LEFT, Side.RIGHT)).document
    names = {row.name for row in found.figures}
    assert {"windows accepted as squat, of other exercises", "exercise named as labelled"} <= names
    assert found.package_sha256 == digest_of(micro.bundle / "QuantumLeapPose.mlpackage")
    for row in found.sets:
        assert row.network is not None and row.network.windows > 10
        assert row.network.squat_windows <= row.network.squat_windows_alone + row.network.windows
        assert all(0 < part.windows <= row.network.windows for part in row.network.refused)
    curls = next(row for row in found.sets if row.file == "curls.csv")
    assert curls.exercise_id == "biceps_curl"
    assert {row[1] for row in set_table(found).rows} == {"squats (squat)", "curls (biceps curl)"}
    unnamed = found.model_copy(
        update={"sets": (curls.model_copy(update={"exercise": "wrist curl", "exercise_id": None}),)}
    )
    assert set_table(unnamed).rows[0][1] == "wrist curl (none of the model's)"
    assert curls.network is not None and "squat" not in curls.network.named and curls.network.squat_windows == 0
