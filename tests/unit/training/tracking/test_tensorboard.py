"""The event files hold the rows, as TensorBoard's own reader returns them."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from qleap_edge.core.errors import InputDataError
from qleap_edge.training.tracking.protocol import RunInfo
from qleap_edge.training.tracking.tensorboard import TENSORBOARD_FOLDER, TensorBoardTracker
from tests.support.tracking import no_file_beyond, run_info, train


def session(run: RunInfo, first: int, last: int, *, die: bool = False) -> None:
    tracker = TensorBoardTracker()
    tracker.begin(run)
    train(tracker, first, last)
    if not die:
        tracker.summary({"validation/loss": 0.125})
    tracker.end(finished=not die)


def read(run: RunInfo) -> EventAccumulator:
    return EventAccumulator(str(run.folder / TENSORBOARD_FOLDER)).Reload()


def scalars(run: RunInfo) -> dict[str, list[tuple[int, float]]]:
    events = read(run)
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


@pytest.fixture
def run(tmp_path: Path) -> RunInfo:
    return run_info(tmp_path)


def test_what_was_logged_is_what_tensorboard_reads(run: RunInfo) -> None:
    session(run, 1, 8)
    found = scalars(run)
    assert found["train/loss"] == [(step, pytest.approx(1.0 / step, rel=1e-6)) for step in range(1, 9)]
    assert found["speed/samples_per_s"] == [(step, 80.0 + step) for step in range(1, 9)]
    assert found["validation/loss"] == [(4, 0.5), (8, 0.25)]
    assert found["summary/validation/loss"] == [(8, 0.125)]


def test_the_configuration_is_there_as_text_and_as_hyperparameters(run: RunInfo) -> None:
    session(run, 1, 1)
    events = read(run)
    text = events.Tensors("config/text_summary")[0].tensor_proto.string_val[0].decode()
    assert '"preset": "small"' in text
    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    hyper = HParamsPluginData.FromString(content).session_start_info.hparams
    assert hyper["model.preset"].string_value == "small"
    assert hyper["learning_rate"].number_value == 1e-3
    assert hyper["model.dropout"].number_value == 0  # PyTorch writes truth values as numbers


@pytest.mark.parametrize("torn", [False, True])
def test_resumed_reads_like_uninterrupted(run: RunInfo, tmp_path: Path, torn: bool) -> None:
    whole = run_info(tmp_path / "whole")
    session(whole, 1, 12)
    session(run, 1, 7, die=True)
    if torn:
        (first,) = (run.folder / TENSORBOARD_FOLDER).iterdir()
        first.write_bytes(first.read_bytes()[:-5])
    session(run_info(tmp_path, step=4), 5, 10, die=True)
    session(run_info(tmp_path, step=4), 5, 11, die=True)  # died again before its next state
    session(run_info(tmp_path, step=8), 9, 12)
    assert scalars(run) == scalars(whole)


def test_a_new_run_takes_the_place_of_the_old_one(run: RunInfo, tmp_path: Path) -> None:
    session(run, 1, 7, die=True)
    session(run_info(tmp_path, step=4), 5, 9, die=True)
    session(run, 1, 2)
    assert [step for step, _ in scalars(run)["train/loss"]] == [1, 2]


def test_event_files_of_other_programs_stay(run: RunInfo) -> None:
    theirs = run.folder / TENSORBOARD_FOLDER / "events.out.tfevents.1699999999.laptop.4711.0"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    session(run, 1, 2)
    assert theirs.read_bytes() == b"theirs"


def test_a_row_can_be_read_before_the_run_ends(run: RunInfo) -> None:
    tracker = TensorBoardTracker()
    tracker.begin(run)
    train(tracker, 1, 3)
    assert len(scalars(run)["train/loss"]) == 3
    tracker.end(finished=True)


def test_a_full_disk_is_one_error(run: RunInfo, capfd: pytest.CaptureFixture[str]) -> None:
    tracker = TensorBoardTracker()
    tracker.begin(run)
    with no_file_beyond(2000), pytest.raises(InputDataError, match="cannot write the training log") as caught:
        train(tracker, 1, 50)
    assert "events.out.tfevents" in str(caught.value)
    with no_file_beyond(2000), pytest.raises(InputDataError):
        tracker.end(finished=False)
    assert capfd.readouterr() == ("", "")
