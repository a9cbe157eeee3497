"""The dataset report: the document against a dataset whose every number is known, the page, and the command."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.core.records import read_document
from qleap_edge.dataset.report.document import DatasetReport
from qleap_edge.dataset.report.figures import (
    ANGLES,
    FIGURE_INDEX,
)
from qleap_edge.dataset.report.measures import gather
from qleap_edge.dataset.report.summarize import summarize
from qleap_edge.dataset.synthesize import synthesize
from qleap_edge.physics.form import KINEMATICS, score_form
from qleap_edge.physics.repetitions import label_repetitions
from tests.support.command import Done, assert_refused, call, flip_byte, tree
from tests.support.sequences import make_dataset, make_sequence
from tests.support.stick_figures import (
    STEPS,
    clean_kinematics,
    one_squat,
    squat_sequence,
    stick_figure,
    still_watch,
)

CMU = Path(__file__).parents[2] / "fixtures" / "cmu" / "13_29.npz"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    """Return six squats, the two forward ones with sliding feet, and two idle sequences, in two shards."""
    folder = tmp_path_factory.mktemp("data") / "set"
    slide = clean_kinematics()
    slide[100:, KINEMATICS.index("foot_slide")] = 0.004
    slide[:10, KINEMATICS.index("vertical_force")] = -0.1
    slide[:40, KINEMATICS.index("support_margin")] = -0.01
    slide[40:101, KINEMATICS.index("support_margin")] = np.nan
    squats = [squat_sequence(number, np.radians(60.0 + 10.0 * number)) for number in range(4)]
    squats += [squat_sequence(number, regime="forward", kinematics=slide) for number in (4, 5)]
    idle = [
        make_sequence(
            number,
            "idle",
            STEPS,
            imu=still_watch(norm=norm),
            kinematics=clean_kinematics(),
            pose=stick_figure(np.zeros(STEPS)).astype(np.float32),
        )
        for number, norm in ((6, 9.7), (7, 9.9))
    ]
    idle = [replace(one, request=replace(one.request, regime="prescribed")) for one in idle]
    make_dataset(folder, [squats, idle])
    return folder


@pytest.fixture(scope="module")
def printed(dataset, tmp_path_factory) -> tuple[Path, Done]:
    out = tmp_path_factory.mktemp("reports") / "report"
    return out, call("dataset", "report", dataset, "--real", CMU, "--out", out)


@pytest.fixture(scope="module")
def made(printed) -> Path:
    out, done = printed
    assert done.code == 0, "bounds are missed, but a report is not a gate"
    return out


def test_the_dataset_is_measured_as_it_was_made(dataset):
    seen = []
    gathered = gather(dataset, lambda done, total: seen.append((done, total)))
    assert seen == [(6, 8), (8, 8)]
    knees = gathered.sequences["angles"][:, ANGLES.index("knee_flexion")]
    np.testing.assert_allclose(knees, [60.0, 70.0, 80.0, 90.0, 120.0, 120.0, 0.0, 0.0], atol=1e-2)
    assert len(gathered.repetitions["figures"]) == 6
    assert gathered.where("squat", "forward").tolist() == [False] * 4 + [True] * 2 + [False] * 2
    assert np.nansum(gathered.sequences["form_agrees"]) == 6


def test_the_report_adds_up(made):
    report = read_document(DatasetReport, made / "report.json")
    assert {(row.content, row.regime): (row.sequences, row.loaded) for row in report.counts} == {
        ("squat", "prescribed"): (4, 2),
        ("squat", "forward"): (2, 1),
        ("idle", "prescribed"): (2, report.counts[2].loaded),
    }
    assert sum(row.sequences for row in report.scores) == 6
    assert sum(row.sequences for row in report.postures) == sum(row.sequences for row in report.wear) == 8
    ground = {(row.content, row.regime): row for row in report.ground}
    good, bad = ground["squat", "prescribed"], ground["squat", "forward"]
    assert (good.force_mean, good.force_pushing_share, good.pressure_inside_share) == (1.0, 1.0, 1.0)
    assert bad.force_pushing_share == pytest.approx(191 / 201)
    assert bad.force_mean == pytest.approx((191.0 - 1.0) / 201.0)
    assert bad.force_least == pytest.approx(-0.1)
    assert bad.pressure_inside_share == pytest.approx(100 / 140), "frames without a foot on the floor do not count"
    assert (good.slide_most_mm, bad.slide_median_mm) == (0.0, pytest.approx(4.0))
    (rest,) = report.rest
    assert rest.norm.median == pytest.approx(9.8) and rest.norm.count == 2
    knee = next(row for row in report.angles if (row.content, row.angle) == ("squat", "knee_flexion"))
    assert knee.spread.median == pytest.approx(85.0, abs=1e-2)
    assert knee.literature_share == pytest.approx(5 / 6)
    assert knee.real == pytest.approx(149.8, abs=0.2)


def test_gravity_is_told_by_posture(tmp_path):
    """Two persons rest with the forearm up and outwards; one who moves from the start says nothing, nor does a transition."""
    resting = []
    for number, direction in enumerate([(0.8, 0.0, 0.6), (0.6, 0.0, 0.8)]):
        imu = still_watch()
        imu[:, :3] = 9.81 * np.array(direction, np.float32)
        resting.append(replace(squat_sequence(number, imu=imu), posture="bar"))
    moving = still_watch()
    moving[:, 0] += 5.0 * np.sin(np.arange(len(moving)))
    resting.append(replace(squat_sequence(2, imu=moving), posture="bar"))
    make_dataset(tmp_path / "set", [resting])
    (row,) = summarize(gather(tmp_path / "set"), None).gravity
    assert (row.posture, row.sequences) == ("bar", 2)
    assert row.x.median == pytest.approx(9.81 * 0.7, abs=1e-3) and row.z.median == pytest.approx(9.81 * 0.7, abs=1e-3)
    np.testing.assert_allclose(row.mean, [np.sqrt(0.5), 0.0, np.sqrt(0.5)], atol=1e-6)
    assert row.apart_deg == pytest.approx(np.degrees(np.arctan2(0.8, 0.6)) - 45.0, abs=1e-3)


def test_each_bound_is_told_with_its_verdict(made):
    checks = {row.name: row for row in read_document(DatasetReport, made / "report.json").checks}
    verdicts = {name: row.verdict for name, row in checks.items()}
    assert verdicts["rubric computed again from the file agrees"] == "ok"
    assert verdicts["squats, prescribed: the floor pushes"] == "ok"
    assert verdicts["squats, prescribed: mean ground force over weight"] == "ok"
    assert verdicts["squats, forward: the floor pushes"] == "short"
    assert verdicts["squats, forward: centre of pressure inside the feet"] == "short"
    assert verdicts["squats, forward: mean ground force over weight"] == "short"
    assert verdicts["prescribed: largest slide of a planted foot"] == "ok"
    assert checks["forward: largest slide of a planted foot"].value == pytest.approx(4.0)
    assert verdicts["idle: median rest norm"] == "ok"
    assert {checks[f"share of form score {score}"].verdict for score in range(5)} == {"ok", "short"}


def test_a_score_that_does_not_belong_to_its_kinematics_is_found(tmp_path):
    honest, wrong = squat_sequence(0), squat_sequence(1)
    wrong = replace(wrong, rubric=replace(wrong.rubric, score=(wrong.rubric.score + 1) % 5))
    make_dataset(tmp_path / "set", [[honest, wrong]])
    report = summarize(gather(tmp_path / "set"), None)
    check = next(row for row in report.checks if row.name.startswith("rubric"))
    assert (check.value, check.verdict) == (0.5, "short")


def test_only_the_squats_of_a_transition_are_squats(tmp_path):
    """The rubric is computed from the squat's frames alone, and so are the repetitions."""
    pose, exercise = stick_figure(one_squat(start=60)), np.full(STEPS, EXERCISE_ID["squat"], np.int8)
    exercise[:50] = EXERCISE_ID["walk"]
    pose[:50] = stick_figure(np.linspace(0.0, 2.0, 50) % 1.0)
    mixed = make_sequence(
        0,
        "transition",
        STEPS,
        pose=pose.astype(np.float32),
        kinematics=clean_kinematics(),
        imu=still_watch(),
        exercise=exercise,
    )
    found, phase = label_repetitions(mixed.pose, exercise)
    assert len(found) == 1
    rubric = score_form(mixed.pose, mixed.kinematics, found, mixed.subject.lumbar_baseline)
    make_dataset(tmp_path / "set", [[replace(mixed, rubric=rubric, repetitions=found, phase=phase)]])
    gathered = gather(tmp_path / "set")
    assert gathered.sequences["content"].tolist() == ["transition"]
    assert gathered.sequences["form_agrees"].tolist() == [1.0]
    assert gathered.repetitions["figures"][:, FIGURE_INDEX["knee_bottom"]] == pytest.approx([120.0], abs=0.01)


def test_real_figures_are_placed_among_the_synthetic(made, dataset):
    report, gathered = read_document(DatasetReport, made / "report.json"), gather(dataset)
    assert report.real is not None
    rows = {(row.figure, row.wrist, row.repetition): row for row in report.real.figures}
    assert {key for key in rows if key[0] == "knee_bottom"} == {("knee_bottom", None, 1), ("knee_bottom", None, 2)}
    assert {key[1] for key in rows if key[0].startswith("specific_force")} == {"left", "right"}
    deep = rows["knee_bottom", None, 2]
    assert deep.inside is False and deep.percentile == 100.0
    assert deep.synthetic.high == pytest.approx(120.0, abs=0.01)
    assert report.real.outside == sum(row.inside is False for row in rows.values())
    for row in rows.values():
        values = gathered.repetitions["figures"][:, FIGURE_INDEX[row.figure]]
        low, high = np.percentile(values, (1.0, 99.0))
        assert row.inside == (low <= row.real <= high)


def test_simulated_squats_keep_their_physical_bounds(tmp_path):
    """What the simulator promises of both regimes, measured on what it wrote."""
    tiny = load_recipe("tiny")
    table = tiny.synthesis.model_dump() | {
        "subjects": 8,
        "sequences_per_shard": 8,
        "mix": {"squat": 3.0, "idle": 1.0},
        "forward_share": 0.25,
        "split": {"train": 0.25, "validation": 0.25, "calibration": 0.25, "test": 0.25},
    }
    synthesize(Recipe.model_validate(tiny.model_dump() | {"synthesis": table}), tmp_path / "set")
    report = summarize(gather(tmp_path / "set"), None)
    verdicts = {row.name: row.verdict for row in report.checks if not row.name.startswith(("share", "idle"))}
    captured = {name: verdicts.pop(name) for name in list(verdicts) if "captured" in name}
    assert set(captured.values()) == {"unmeasured"}, "this dataset holds no captured motion"
    assert len(verdicts) == 9
    assert set(verdicts.values()) == {"ok"}, verdicts


# --- The command ---------------------------------------------------------------------------------------------------


def test_equal_inputs_give_equal_bytes(dataset, made, tmp_path):
    done = call("dataset", "report", dataset, "--real", CMU, "--out", tmp_path / "again", "--json")
    assert done.code == 0 and done.err == ""
    assert tree(tmp_path / "again") == tree(made)
    assert done.out == (made / "report.json").read_text(encoding="utf-8")


def test_the_page_holds_everything_and_asks_for_nothing(made):
    page = (made / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"(?!data:)|https?://|url\(", page)
    images = sorted(path.name for path in made.glob("*.png"))
    assert images == ["angles.png", "counts.png", "curves.png", "gravity.png", "ground.png", "slide.png", "spectra.png"]
    assert page.count("data:image/png;base64,") == len(images)
    for image in images:
        assert (made / image).read_bytes().startswith(b"\x89PNG\r\n") and f'alt="{image}"' in page
    for word in ("OUTSIDE", "McKean", "13_29.npz", "short"):
        assert word in page


def test_the_tables_say_clearly_what_is_short_and_outside(printed):
    out, done = printed
    assert done.out.endswith(f"Page: {out / 'index.html'}\n") and done.err == ""
    assert "OUTSIDE the synthetic 1–99 % range" in done.out and "knee flexion at the bottom" in done.out
    for word in (
        "Form scores",
        "Postures",
        "COP inside",
        "slide",
        "Rest norm",
        "at rest in frame C",
        "Bandwidth",
        "percentile",
        "short",
    ):
        assert word in done.out


def test_without_a_real_person_it_lies_beside_the_dataset(dataset, made, tmp_path):
    folder = Path(shutil.copytree(dataset, tmp_path / "set"))
    shutil.copytree(made, tmp_path / "set.report")  # an old report is replaced
    before = tree(folder)
    done = call("dataset", "report", folder)
    assert done.code == 0 and "No real person" in done.out
    assert (tmp_path / "set.report" / "index.html").is_file()
    assert read_document(DatasetReport, tmp_path / "set.report" / "report.json").real is None
    assert tree(folder) == before, "a dataset never changes"


def test_a_dataset_without_squats(tmp_path):
    still = {"kinematics": clean_kinematics(), "pose": stick_figure(np.zeros(STEPS)).astype(np.float32)}
    make_dataset(tmp_path / "set", [[make_sequence(0, "idle", STEPS, imu=still_watch(), **still)]])
    done = call("dataset", "report", tmp_path / "set", "--real", CMU, "--json")
    assert done.code == 0, done
    report = json.loads(done.out)
    assert all(row["inside"] is None for row in report["real"]["figures"])
    verdicts = {row["name"]: row["verdict"] for row in report["checks"]}
    assert verdicts["squats, forward: the floor pushes"] == "unmeasured"
    assert verdicts["share of form score 4"] == "unmeasured"


def test_folders_that_must_not_be_replaced_are_refused(dataset, tmp_path):
    folder = Path(shutil.copytree(dataset, tmp_path / "set"))
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    (tmp_path / "file").write_text("a file")
    for out in (folder, folder / "report", tmp_path):
        assert_refused(call("dataset", "report", folder, "--out", out), 2, "beside the dataset")
    for out in (tmp_path / "thesis", tmp_path / "file"):
        assert_refused(call("dataset", "report", folder, "--out", out), 2, out.name, "something else")
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"
    assert tree(folder) == tree(dataset)


def test_damaged_inputs_are_refused(dataset, tmp_path):
    assert_refused(call("dataset", "report", tmp_path / "nowhere"), 3, "dataset.json")
    folder = Path(shutil.copytree(dataset, tmp_path / "set"))
    flip_byte(folder / "shards" / "shard-00001.h5")
    assert_refused(call("dataset", "report", folder), 3, "shard-00001.h5")
    shutil.copy(CMU, tmp_path / "real.npz")
    flip_byte(tmp_path / "real.npz")
    assert_refused(call("dataset", "report", dataset, "--real", tmp_path / "real.npz"), 3, "real.npz")
    assert not (tmp_path / "set.report").exists() and not list(tmp_path.glob(".*qleap-*"))
