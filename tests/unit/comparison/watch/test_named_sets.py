"""Names of whole sets: known votes, orders of doubt, oracles for the area under the curve, and the command on real packages."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from qleap_edge.alignment.wear import ASSUMED_WEAR
from qleap_edge.bundle.shipped import open_bundle
from qleap_edge.comparison.watch.named_sets import (
    DOUBTS,
    NamedSets,
    auroc,
    named_sets,
    real_set_measurements,
    real_sets,
    risk_at,
    risk_curve,
    roc,
    synthetic_sets,
)
from qleap_edge.core.errors import InputDataError
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.measured_errors import MeasuredErrors
from tests.support.calibration_windows import profile_of, windows_of
from tests.support.command import MICRO_TOML, call
from tests.support.labelled_folder import labelled_folder
from tests.support.micro import Micro
from tests.support.watch_recordings import write_csv


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return labelled_folder(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def errors() -> MeasuredErrors:
    return MeasuredErrors(windows_of(12, 4, 5), profile_of(12, 4, 6, (0.9,)))


def sets_of(count: int, seed: int) -> NamedSets:
    """Return sets whose doubt says something about what is wrong."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(count) < 0.3
    doubt = {by: rng.normal(size=count) + 1.0 * wrong for by in DOUBTS}
    return NamedSets(wrong, rng.uniform(0.5, 1.0, count), rng.random(count) < 0.8, doubt, np.arange(count))


def test_the_area_is_that_of_the_rank_sum_test() -> None:
    sets = sets_of(60, seed=1)
    for doubt in sets.doubt.values():
        oracle = mannwhitneyu(doubt[sets.wrong], doubt[~sets.wrong]).statistic / sets.wrong.sum() / (~sets.wrong).sum()
        right, wrong = roc(sets.wrong, doubt)
        assert auroc(sets.wrong, doubt) == pytest.approx(oracle) == pytest.approx(np.trapezoid(wrong, right))


def test_the_area_needs_sets_of_both_kinds() -> None:
    assert np.isnan(auroc(np.zeros(5, dtype=bool), np.arange(5.0)))
    assert np.isnan(auroc(np.ones(5, dtype=bool), np.arange(5.0)))


def test_ties_count_half() -> None:
    assert auroc(np.array([True, False]), np.array([1.0, 1.0])) == 0.5


def test_the_risk_of_the_surest_sets() -> None:
    wrong, doubt = np.array([False, False, True, True]), np.array([0.1, 0.2, 0.3, 0.4])
    assert [risk_at(wrong, doubt, share) for share in (0.25, 0.5, 0.75, 1.0)] == [0.0, 0.0, pytest.approx(1 / 3), 0.5]
    assert risk_at(wrong, doubt, 0.01) == 0.0, "at least one set is answered"


def test_the_curve_ends_at_the_share_of_wrong_names() -> None:
    sets = sets_of(50, seed=2)
    curve = risk_curve(sets, "probability")
    assert curve.value[-1] == sets.wrong.mean()
    assert (curve.interval[:, 0] <= curve.value).all() and (curve.value <= curve.interval[:, 1]).all()


def test_sets_in_which_few_windows_vote_are_answered_last(errors: MeasuredErrors) -> None:
    fired = errors.decoded.fired.copy()
    sequence = np.repeat(np.arange(12), 4)
    fired[:, 0] = np.isin(sequence, (3, 7))
    fired[sequence == 7, 0] = [True, True, True, False]
    fired[:, 1:] = False
    found = named_sets(replace(errors.decoded, fired=fired), sequence, np.zeros(12, dtype=int), np.arange(12))
    assert np.argsort(found.doubt["as the app answers"])[-2:].tolist() == [7, 3]
    np.testing.assert_array_equal(np.flatnonzero(~found.votes), [3, 7])


def test_an_exercise_without_a_class_is_named_wrongly_whatever_is_said(errors: MeasuredErrors) -> None:
    found = named_sets(errors.decoded, np.repeat(np.arange(12), 4), np.full(12, -1), np.arange(12))
    assert found.wrong.all()


def test_sequences_of_several_exercises_are_left_out(errors: MeasuredErrors) -> None:
    test = errors.test
    exercise, sequence = np.repeat(np.arange(24) % 3, 2), np.repeat(np.arange(24), 2)
    exercise[0] = 2  # of the first sequence only one window
    changed = MeasuredErrors(replace(test, exercise=exercise, sequence=sequence), errors.profile)
    found = synthetic_sets(changed)
    assert len(found) == 23
    np.testing.assert_array_equal(found.cluster, test.subject[2::2])
    direct = named_sets(decode(test.outputs[np.arange(2, 48)], test.imu[2:], errors.profile, stature_m=1.0, wrist="left"),
                        np.repeat(np.arange(23), 2), exercise[2::2], test.subject[2::2])  # fmt: skip
    np.testing.assert_array_equal(found.wrong, direct.wrong)
    np.testing.assert_allclose(found.doubt["probability"], direct.doubt["probability"])


def test_every_figure_has_its_interval() -> None:
    sets = sets_of(40, seed=3)
    rows = {row.name: row for row in real_set_measurements(sets)}
    assert len(rows) == 2 * len(DOUBTS) + 1
    for name, row in rows.items():
        assert row.value is not None and row.interval is not None
        assert row.interval[0] <= row.value <= row.interval[1]
        assert row.sequences == (sets.votes.sum() if name.endswith("ece") else 40)


def test_what_cannot_be_measured_has_no_value() -> None:
    sets = replace(sets_of(40, seed=3), wrong=np.zeros(40, dtype=bool), votes=np.zeros(40, dtype=bool))
    rows = {row.name.removeprefix("calibration.real_sets."): row for row in real_set_measurements(sets)}
    assert rows["auroc.probability"].value is None and rows["auroc.probability"].interval is None
    assert "exercise_ece" not in rows, "an app that says nothing has no probability to judge"


def test_real_recordings_through_a_package(folder: Path, micro: Micro) -> None:
    shipped = open_bundle(micro.bundle)
    calls: list[tuple[int, int]] = []
    found = real_sets(folder, shipped.package, shipped.profile, ASSUMED_WEAR, on_set=lambda *at: calls.append(at))
    assert len(found) == 2 and calls == [(1, 2), (2, 2)]
    assert all(len(values) == 2 and np.isfinite(values).all() for values in found.doubt.values())


def test_a_folder_without_a_window_is_refused(folder: Path, micro: Micro, tmp_path: Path) -> None:
    shipped = open_bundle(micro.bundle)
    write_csv(
        tmp_path / "sets.csv",
        [
            ["file", "exercise", "reps", "active_start_s", "active_end_s"],
            [str(folder / "squats.csv"), "squat", "6", "0.1", "0.2"],
        ],
    )
    with pytest.raises(InputDataError, match="no set holds a window"):
        real_sets(tmp_path, shipped.package, shipped.profile, ASSUMED_WEAR)


def test_the_command_shows_real_recordings_on_its_page(folder: Path, micro: Micro, tmp_path: Path) -> None:
    package = open_bundle(micro.bundle).package
    command = ("calibrate", "--package", package, "--data", micro.stages["synthesize"], "--recipe", MICRO_TOML)
    page = tmp_path / "page.html"
    done = call(*command, "--recordings", folder, "--out", tmp_path / "p.json", "--report", page, "--json")
    assert done.code == 0, done.err
    named = {row["name"] for row in json.loads(done.out)["measurements"]}
    assert "calibration.real_sets.risk_70.as_the_app_answers" in named
    text = page.read_text()
    assert "of 2 real sets the exercise is wrong" in text and "Which doubt finds the wrong names" in text


def test_recordings_are_read_before_minutes_pass(micro: Micro, tmp_path: Path) -> None:
    package = open_bundle(micro.bundle).package
    command = ("calibrate", "--package", package, "--data", tmp_path / "none", "--recipe", MICRO_TOML)
    done = call(*command, "--recordings", tmp_path, "--out", tmp_path / "p.json")
    assert done.code == 3 and "sets.csv" in done.err
