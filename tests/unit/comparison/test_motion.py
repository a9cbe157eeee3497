"""The benchmark whole: an oracle scores zero, the mean pose scores its own, a trial without squats is measured as such."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.comparison.motion.benchmark import benchmark_motion
from qleap_edge.comparison.motion.document import WRISTS, MotionBenchmark
from qleap_edge.comparison.motion.report import draw_all, write_motion
from qleap_edge.comparison.motion.tables import all_tables, figure, summary
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.manifest import MANIFEST_NAME
from qleap_edge.core.records import read_document
from qleap_edge.core.skeleton import mirror_pose
from qleap_edge.dataset.motion_capture import read_motion_capture
from tests.support.command import tree
from tests.support.stick_figures import stick_figure
from tests.support.trials import CMU, cut_trial, model, oracle, outputs_of, stubborn

DRAWS = 2
STANDING = stick_figure(np.array([0.3]))[0]
STANDING[11:14, 1] += 0.05  # not symmetric: a right wrist's baseline must be mirrored


@pytest.fixture(scope="module")
def capture():
    return read_motion_capture(CMU)


@pytest.fixture(scope="module")
def perfect(capture):
    return benchmark_motion(capture, oracle(capture, DRAWS), draws=DRAWS, seed=0)


@pytest.fixture(scope="module")
def idle(capture):
    return benchmark_motion(capture, stubborn(STANDING), draws=DRAWS, seed=0)


def test_an_oracle_scores_zero_and_counts_exactly(perfect):
    found = perfect.document
    assert found.trial.squats == 2
    assert [check.verdict for check in found.checks] == ["ok"] * 8, found.checks
    for run in found.runs:
        # The drawn clocks begin some microseconds beside the ideal one, and outputs are float32.
        assert all(row.error_mm < 0.05 and row.coverage_90 == 1.0 for row in run.positions)
        assert (run.count.true, run.count.counted, run.count.found, run.count.extra) == (2, 2, 2, 0)
        assert len(run.squats) == 2
        for row in run.squats:
            assert row.counted and abs(row.depth_error_mm) < 0.1 and abs(row.knee_error_deg) < 0.1
            assert row.bottom_error_s == pytest.approx(0.0, abs=0.1)  # pelvis and knees turn a few samples apart
            assert row.counted_depth_mm == pytest.approx(row.depth_mm, abs=15.0)
            assert row.inside_90 and row.depth_sigma_mm == pytest.approx(17.5 * np.sqrt(2.0), rel=1e-3)


def test_what_the_counter_makes_of_the_truth_stands_beside(capture):
    """Windows that are half a knee raise carry it into the counted stretch: a perfect model is told apart from the counter."""
    found = benchmark_motion(capture, oracle(capture, 1, squat_share=0.5), draws=1, seed=0).document
    for run in found.runs:
        assert run.count.counted == run.count.with_truth and run.count.found == 2
        assert next(row.right for row in run.classes if row.label == "Squat") == 1.0


def test_each_position_has_the_mean_pose_beside_it_and_the_mean_pose_scores_just_that(idle):
    for run in idle.document.runs:
        assert {row.view for row in run.positions} == {"window", "overlap_mean", "newest"}
        for row in run.positions:
            assert row.error_mm == pytest.approx(row.baseline_mm, rel=1e-5) and row.error_mm > 50.0
            assert row.file_root_error_mm == pytest.approx(row.file_root_baseline_mm, rel=1e-5)
        for squat in run.squats:
            assert squat.predicted_depth_mm == 0.0 and not squat.counted
            assert squat.depth_error_mm == squat.baseline_depth_error_mm == -squat.depth_mm
            assert squat.knee_error_deg == pytest.approx(squat.baseline_knee_error_deg, abs=1e-3)
        assert (run.count.counted, run.count.found) == (0, 0)
        squats = next(row for row in run.classes if row.label == "Squat")
        assert squats.predicted == {"idle": 1.0} and squats.right == 0.0 and squats.abstained is None
    verdicts = {check.name: check.verdict for check in idle.document.checks}
    assert set(verdicts.values()) == {"short"}


def test_a_mean_pose_that_leans_to_the_watch_is_mirrored_for_the_right_wrist(capture, idle):
    """The same person, the watch on the other arm: the baseline is the mean of left-arm bodies, so it changes sides, too."""
    swapped = replace(
        capture,
        joints=mirror_pose(capture.joints),
        imu={
            "left": capture.imu["right"] * [1, -1, 1, -1, 1, -1],
            "right": capture.imu["left"] * [1, -1, 1, -1, 1, -1],
        },
    )
    other = benchmark_motion(swapped, stubborn(STANDING), draws=1, seed=0).document
    ideal = {run.wrist: run for run in idle.document.runs if run.draw == 0}
    for run in (run for run in other.runs if run.draw == 0):
        twin = ideal["right" if run.wrist == "left" else "left"]
        for mine, theirs in zip(run.positions, twin.positions, strict=True):
            assert mine.baseline_mm == pytest.approx(theirs.baseline_mm, rel=1e-6)
    assert figure(other, "left", "mpjpe_13.overlap_mean").baseline != pytest.approx(
        figure(other, "right", "mpjpe_13.overlap_mean").baseline, rel=1e-3
    )


def test_a_constant_squat_is_unmasked(capture):
    """All squat windows right, and so is nothing else: the false alarms stand beside."""
    found = benchmark_motion(capture, stubborn(STANDING, EXERCISE_ID["squat"]), draws=1, seed=0).document
    for wrist in WRISTS:
        assert figure(found, wrist, "class_right.Squat").mean == 1.0
        assert figure(found, wrist, "called_squat_elsewhere").mean == 1.0
        accuracy = figure(found, wrist, "class_accuracy")
        assert accuracy.mean == accuracy.baseline == pytest.approx(23 / 33, abs=0.01)


def test_a_trial_without_squats_is_measured_without_them(capture, tmp_path):
    part = cut_trial(capture, 4.0, 15.0)
    result = benchmark_motion(part, stubborn(STANDING), draws=1, seed=0)
    verdicts = {(check.name, check.verdict) for check in result.document.checks}
    assert verdicts == {
        ("true squats found", "unmeasured"),
        ("repetitions counted", "ok"),
        ("squat windows called squat", "unmeasured"),
        ("largest depth error", "unmeasured"),
    }
    assert set(draw_all(result)) == {"left.png", "right.png"}
    assert "True squats" not in " ".join(table.title for table in all_tables(result.document))
    write_motion(result, tmp_path / "out", {"data": CMU})
    assert read_document(MotionBenchmark, tmp_path / "out" / "motion.json") == result.document


def test_more_draws_leave_the_first_ones_alone(capture, idle):
    one = benchmark_motion(capture, stubborn(STANDING), draws=1, seed=0).document
    by_key = {(run.wrist, run.draw): run for run in idle.document.runs}
    assert all(by_key[run.wrist, run.draw] == run for run in one.runs)
    assert [run.draw for run in idle.document.runs] == [0, 1, 2, 0, 1, 2]


def test_the_folder_is_the_same_twice_and_strangers_files_stay(perfect, tmp_path):
    for name in ("a", "b"):
        write_motion(perfect, tmp_path / name, {"data": CMU})
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert set(tree(tmp_path / "a")) == {"motion.json", "left.png", "right.png", "bottoms.png", MANIFEST_NAME}
    write_motion(perfect, tmp_path / "a", {"data": CMU})  # an own result is replaced
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("three years")
    with pytest.raises(UsageError, match=r"mine: the folder holds something else"):
        write_motion(perfect, mine, {"data": CMU})
    assert (mine / "thesis.txt").read_text() == "three years"


def test_tables_say_what_the_document_says(perfect, idle):
    text = {table.title: table for table in all_tables(idle.document)}
    check = text["Bounds on real squats, worst device"]
    assert ("repetitions counted", "left", "0", "count", "= 2", "short") in check.rows
    position = next(table for title, table in text.items() if title.startswith("MPJPE-13"))
    assert position.rows[0][0] == "whole trial" and len({len(row) for row in position.rows}) == 1
    for table in text.values():
        assert all(len(row) == len(table.columns) for row in table.rows), table.title
    assert summary(perfect.document).startswith("8 of 8 measured bounds are kept")
    assert "short: true squats found (left)" in summary(idle.document)


@pytest.mark.parametrize(("draws", "seed"), [(0, 0), (1001, 0), (1, -1)])
def test_impossible_draws_are_refused(capture, draws, seed):
    with pytest.raises(UsageError, match="1 to 1000 draws and a seed from 0"):
        benchmark_motion(capture, stubborn(STANDING), draws=draws, seed=seed)


def test_an_output_that_is_no_number_is_refused(capture):
    def run(imu, _):
        said = outputs_of(np.zeros((len(imu), 200, 17, 3)), np.zeros(len(imu), int))
        said.pose[3, 0, 5, 1] = np.nan
        return said

    with pytest.raises(InputDataError, match="pose, window 3"):
        benchmark_motion(capture, model(run, STANDING), draws=1, seed=0)
