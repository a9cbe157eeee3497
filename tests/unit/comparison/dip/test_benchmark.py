"""The benchmark whole, on generated recordings: known contenders, a network that was never trained, and the command."""

import json
import os

import numpy as np
import pytest
import torch

from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.dip.benchmark import LICENCE, NOT_COMPUTED, benchmark_dip
from qleap_edge.comparison.dip.document import CONTROLS, VIEWS, DipBenchmark
from qleap_edge.comparison.dip.layout import WRIST_SENSOR, find_recordings
from qleap_edge.comparison.dip.open_skeleton import standing_pose
from qleap_edge.comparison.dip.prepared import prepare
from qleap_edge.comparison.dip.recording import read_recording
from qleap_edge.comparison.dip.report import write_dip
from qleap_edge.comparison.dip.scores import SIGMA_UNITS, UNITS
from qleap_edge.comparison.dip.tables import all_tables, figure, summary
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.records import read_document
from qleap_edge.core.skeleton import mirror_pose
from qleap_edge.model.networks import network_config, network_of
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME, CheckpointDocument, save_weights
from tests.support.command import assert_refused, call, tree
from tests.support.dip_recordings import moving_pose, recording, write_file, write_folder
from tests.support.trials import model, outputs_of, stubborn

LEANING = standing_pose()
LEANING[11:14, 1] += 0.05  # not symmetric: a right wrist's baseline must be mirrored


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("dip"))


@pytest.fixture(scope="module")
def folder(data):
    return find_recordings(data, allow_partial=True)


@pytest.fixture(scope="module")
def prepared(folder):
    return [prepare(read_recording(file), "standard") for file in folder.files]


@pytest.fixture(scope="module")
def idle(folder):
    return benchmark_dip(folder, stubborn(LEANING))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """Return a checkpoint whose weights are drawn and were never trained."""
    path = tmp_path_factory.mktemp("untrained")
    torch.manual_seed(0)
    network = network_of(network_config("tiny"))
    CheckpointDocument(
        preset="tiny",
        blind=False,
        config=network_config("tiny"),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        trained_exercises=("squat",),
        epochs=0,
        best_epoch=0,
        seed=0,
        precision="float32",
        dataset_sha256="0" * 64,
        weights_sha256=save_weights(network, path / WEIGHTS_NAME),
        validation_loss=0.0,
    ).write(path / CARD_NAME)
    return path


def oracle(prepared):
    """Return a model that says the truth, asked recording by recording, left wrist first."""

    def answers():
        for item in prepared:
            for side in WRIST_SENSOR:
                first = item.wrists[side].first
                pose = item.pose[first[:, None] + np.arange(200)]
                yield mirror_pose(pose) if side is Side.RIGHT else pose

    waiting = answers()

    def run(imu, _):
        pose = next(waiting)
        assert len(pose) == len(imu)
        return outputs_of(pose, np.full(len(imu), EXERCISE_ID["idle"]))

    return model(run, LEANING)


def test_a_model_that_knows_the_truth_has_no_error(folder, prepared):
    found = benchmark_dip(folder, oracle(prepared))
    for row in found.figures:
        if row.name in UNITS and row.name != "jitter":
            assert row.model == pytest.approx(0.0, abs=1e-3), row
        elif row.name == "coverage_90":
            assert row.model == 1.0
    strongest = [row for row in found.gains if row.strongest]
    assert len(strongest) == 6 and all(row.gain == pytest.approx(1.0, abs=1e-3) for row in strongest)
    assert {row.verdict for row in strongest} == {"better"}
    assert "With the sensor the error is smaller by" in summary(
        found
    ) and "INCOMPLETE: 16 recordings are missing" in summary(found)
    jitter = figure(found, "both", "overlap_mean", "jitter")
    assert jitter.model == pytest.approx(jitter.truth, rel=1e-2) and jitter.truth > 0.0


def test_a_model_that_always_says_its_mean_pose_has_no_gain(idle):
    for row in idle.figures:
        if row.controls:
            assert row.model == pytest.approx(row.controls["training_mean"], rel=1e-5, abs=1e-5)
    against = [row for row in idle.gains if row.against == "training_mean"]
    assert len(against) == 6 and all(abs(row.gain) < 1e-5 for row in against)
    assert all(row.verdict != "better" for row in idle.gains if row.strongest)
    assert "not better than the prior" in summary(idle) or "worse than the prior" in summary(idle)


def test_the_controls_by_hand(idle, prepared):
    """The mean of the other recordings' frames, and a standing person, against the true joints."""
    poses = [item.pose for item in prepared]
    row = next(row for row in idle.recordings[1].wrists if row.wrist == "left")
    value = next(value for value in row.values if value.name == "mpjpe_16" and value.view == "overlap_mean")
    truth = poses[1][: value.frames]
    others = np.concatenate([poses[0], poses[2]]).mean(axis=0)
    for control, pose in (("standing", standing_pose()), ("other_recordings", others), ("training_mean", LEANING)):
        error = np.linalg.norm(truth[:, 1:] - pose[1:], axis=-1).mean() * 175.0
        assert value.controls[control] == pytest.approx(error, abs=1e-6)
    right = next(row for row in idle.recordings[1].wrists if row.wrist == "right").values
    mirrored = next(value for value in right if value.name == "mpjpe_16" and value.view == "overlap_mean")
    error = np.linalg.norm(truth[:, 1:] - mirror_pose(LEANING)[1:], axis=-1).mean() * 175.0
    assert mirrored.controls["training_mean"] == pytest.approx(error, abs=1e-6)


def test_everything_is_there(idle):
    assert {row.name for row in idle.figures} == set(UNITS) | set(SIGMA_UNITS)
    assert {(row.wrist, row.view) for row in idle.figures} == {(w, v) for w in ("left", "right", "both") for v in VIEWS}
    assert set(idle.figures[0].controls) == set(CONTROLS)
    assert [row.name for row in idle.recordings] == ["s_09/01_a", "s_09/04", "s_10/02"]
    assert [row.frames for row in idle.recordings] == [360, 384, 408]
    assert idle.recordings[0].published_frames == 4756 and not idle.complete and len(idle.missing) == 16
    assert any("SIP" in name for name in NOT_COMPUTED) and "research only" in LICENCE
    assert idle.protocol.sensors == {"left": 7, "right": 8}
    assert all("beats" not in note for note in idle.notes)


def test_the_live_view_covers_fewer_steps(idle):
    values = idle.recordings[0].wrists[0].values
    frames = {value.view: value.frames for value in values if value.name == "mpjpe_16"}
    assert frames == {"overlap_mean": 290, "newest": 100}  # 10 windows: all steps, and the last 10 of each


def test_discarded_recordings_are_named_and_do_not_count(tmp_path):
    folder = write_folder(tmp_path)
    arrays = recording(moving_pose(seed=5))
    arrays["imu_acc"][320:340, 8] = np.nan
    write_file(folder / "s_10" / "03_a.pkl", arrays)
    found = benchmark_dip(find_recordings(folder, allow_partial=True), stubborn(LEANING))
    assert found.recordings[3].discarded == "sensor 8 has a gap that the rule 'standard' does not close"
    assert {row.recordings for row in found.figures} == {3} and not found.complete
    assert "s_10/03_a: sensor 8" in str(all_tables(found)[0].rows)
    filled = benchmark_dip(find_recordings(folder, allow_partial=True), stubborn(LEANING), gaps="interpolate")
    assert filled.recordings[3].discarded is None and filled.protocol.gaps == "interpolate"


def test_nothing_left_is_refused(tmp_path):
    arrays = recording()
    arrays["gt"][100] = np.nan
    write_file(tmp_path / "s_09" / "01_a.pkl", arrays)
    with pytest.raises(InputDataError, match=r"all 1 recordings are discarded.*gt has a gap"):
        benchmark_dip(find_recordings(tmp_path, allow_partial=True), stubborn(LEANING))


def test_one_recording_alone_makes_no_claim(tmp_path):
    found = benchmark_dip(find_recordings(write_folder(tmp_path, ("s_10/05",)), allow_partial=True), stubborn(LEANING))
    assert {row.verdict for row in found.gains} == {"unknown"} and {row.low for row in found.figures} == {None}
    assert "nothing can be said" in summary(found)
    assert all(len(row) == len(table.columns) for table in all_tables(found) for row in table.rows)


def test_an_output_that_is_no_number_is_refused(folder):
    def run(imu, _):
        said = outputs_of(np.zeros((len(imu), 200, 17, 3)), np.zeros(len(imu), int))
        said.pose[3, 0, 5, 1] = np.nan
        return said

    with pytest.raises(InputDataError, match="pose, window 3"):
        benchmark_dip(folder, model(run, LEANING))


def test_the_folder_is_the_same_twice_and_strangers_files_stay(idle, folder, tmp_path):
    inputs = {file.key: file.path for file in folder.files}
    for name in ("a", "b", "a"):
        write_dip(idle, tmp_path / name, inputs)
    assert tree(tmp_path / "a") == tree(tmp_path / "b") and set(tree(tmp_path / "a")) == {"dip.json", "manifest.json"}
    assert read_document(DipBenchmark, tmp_path / "a" / "dip.json") == idle
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("three years")
    with pytest.raises(UsageError, match="holds something else"):
        write_dip(idle, tmp_path / "mine", inputs)


def test_tables_say_what_the_document_says(idle):
    tables = all_tables(idle)
    for table in tables:
        assert all(len(row) == len(table.columns) for row in table.rows), table.title
    assert len(tables[1].rows) == 2 * (len(UNITS) + len(SIGMA_UNITS))
    assert ("complete", "no: 16 missing") in tables[0].rows


def test_the_command_on_a_network_that_was_never_trained(data, checkpoint, tmp_path):
    arguments = ("benchmark", "dip", "--data", data, "--checkpoint", checkpoint)
    assert_refused(call(*arguments), 3, "16 of 19 published recordings", "--allow-partial")
    done = call(*arguments, "--allow-partial", "--out", tmp_path / "out")
    assert done.code == 0, done
    for words in ("Open-skeleton figures, both wrists", "mpjpe_16_pelvis_frame", "Gain of MPJPE-16", "research only",
                  "SIP error", "may stand in one column", "INCOMPLETE", "strongest"):  # fmt: skip
        assert words in done.out, words
    printed = call(*arguments, "--allow-partial", "--json")
    assert printed.code == 0 and printed.err == ""
    assert json.loads(printed.out) == json.loads((tmp_path / "out" / "dip.json").read_text())
    assert json.loads(printed.out)["schema"] == "qleap.dip_benchmark"


def test_the_command_refuses_what_it_cannot_do(data, checkpoint, tmp_path):
    given = ("benchmark", "dip", "--data", data, "--allow-partial")
    assert_refused(call(*given), 2, "exactly one of --checkpoint, --package and --bundle", "got none")
    assert_refused(call(*given, "--checkpoint", checkpoint, "--bundle", "b"), 2, "got --checkpoint, --bundle")
    assert_refused(call(*given, "--checkpoint", tmp_path), 3, "Next: ")
    assert_refused(call("benchmark", "dip", "--data", tmp_path, "--checkpoint", checkpoint), 3, "dip.is.tue.mpg.de")
    assert_refused(call(*given, "--checkpoint", checkpoint, "--gaps", "guess"), 2, "--gaps")


def malicious(path):
    path.write_bytes(b"cos\nsystem\n(S'touch executed'\ntR.")


def linked(path):
    path.symlink_to("01_a.pkl")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (malicious, "the name os.system"),
        (linked, "a symbolic link"),
        (os.mkfifo, "a pipe, socket or device"),
        (lambda path: path.write_bytes(b"\x80\x02}q\x01."), "the key is missing"),
        (lambda path: path.write_bytes(b"\x80\x02}q\x01"), "the pickle is damaged"),
        (lambda path: write_file(path, recording(moving_pose(100))), "shorter than one window"),
    ],
)
def test_a_bad_file_ends_the_command_with_one_line(make, words, checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = write_folder(tmp_path / "dip", ("s_09/01_a",))
    make(folder / "s_09" / "05.pkl")
    done = call("benchmark", "dip", "--data", folder, "--checkpoint", checkpoint, "--allow-partial")
    assert_refused(done, 3, "s_09/05.pkl", words, "expected ", "Next: ")
    assert not (tmp_path / "executed").exists()
