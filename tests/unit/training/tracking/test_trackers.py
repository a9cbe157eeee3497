"""Trackers by name; several behave as one: all begin or none, all end, and the first error is the one that is shown."""

import subprocess
import sys
from pathlib import Path

import pytest

from qleap_edge.core.errors import InputDataError, QleapError, UsageError
from qleap_edge.training.tracking.jsonl import LOG_NAME, JsonlTracker, read_rows
from qleap_edge.training.tracking.protocol import RunInfo, Values
from qleap_edge.training.tracking.tensorboard import TensorBoardTracker
from qleap_edge.training.tracking.trackers import TRACKERS, Trackers, choose_trackers, tracked
from tests.support.tracking import no_file_beyond, run_info, train

REPOSITORY = Path(__file__).parents[4]


class Recorder:
    """Records its calls and fails in the named ones."""

    def __init__(self, name: str, calls: list[str], fails: str = "") -> None:
        self.name, self.calls, self.fails = name, calls, fails

    def begin(self, run: RunInfo) -> None:
        self._record("begin")

    def log(self, step: int, values: Values) -> None:
        self._record(f"log {step}")

    def summary(self, values: Values) -> None:
        self._record("summary")

    def end(self, finished: bool) -> None:
        self._record(f"end {finished}")

    def _record(self, word: str) -> None:
        self.calls.append(f"{self.name} {word}")
        if word.split()[0] in self.fails.split():
            raise QleapError(f"{self.name} cannot {word}")


@pytest.fixture
def run(tmp_path: Path) -> RunInfo:
    return run_info(tmp_path)


def test_every_call_reaches_all_in_order(run: RunInfo) -> None:
    calls: list[str] = []
    with tracked(Trackers([Recorder("a", calls), Recorder("b", calls)]), run) as trackers:
        trackers.log(1, {})
        trackers.summary({})
    words = ("begin", "log 1", "summary", "end True")
    assert calls == [f"{name} {word}" for word in words for name in "ab"]


def test_one_refuses_to_begin(run: RunInfo) -> None:
    calls: list[str] = []
    trackers = Trackers([Recorder("a", calls, "end"), Recorder("b", calls, "begin"), Recorder("c", calls)])
    with pytest.raises(QleapError, match="b cannot begin"), tracked(trackers, run):
        pytest.fail("the run has begun")
    assert calls == ["a begin", "b begin", "a end False", "b end False"]


def test_all_end_and_the_first_failure_is_raised(run: RunInfo) -> None:
    calls: list[str] = []
    names = [Recorder("a", calls, "end"), Recorder("b", calls, "end"), Recorder("c", calls)]
    with pytest.raises(QleapError, match="a cannot end"), tracked(Trackers(names), run):
        calls.clear()
    assert calls == ["a end True", "b end True", "c end True"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_the_blocks_own_error_is_the_one_that_is_seen(run: RunInfo, error: type[BaseException]) -> None:
    calls: list[str] = []
    with pytest.raises(error), tracked(Trackers([Recorder("a", calls, "end"), Recorder("b", calls)]), run):
        raise error
    assert calls[-2:] == ["a end False", "b end False"]


def test_without_trackers_nothing_is_tracked(run: RunInfo) -> None:
    with tracked(Trackers(), run) as trackers:
        train(trackers, 1, 4)
    assert not run.folder.exists()


def test_a_full_disk_ends_the_run_with_its_own_error(run: RunInfo) -> None:
    calls: list[str] = []
    with (
        no_file_beyond(300),
        pytest.raises(InputDataError, match="cannot write the training log"),
        tracked(Trackers([JsonlTracker(), Recorder("b", calls)]), run) as trackers,
    ):
        train(trackers, 1, 12)
    assert calls[-1] == "b end False"
    assert len(read_rows(run.folder / LOG_NAME)) >= 4


def test_json_lines_always_and_first() -> None:
    assert [type(tracker) for tracker in choose_trackers().trackers] == [JsonlTracker]
    twice = choose_trackers(["tensorboard", "tensorboard"]).trackers
    assert [type(tracker) for tracker in twice] == [JsonlTracker, TensorBoardTracker]


def test_an_unknown_name() -> None:
    with pytest.raises(UsageError, match="expected one of tensorboard, wandb; got 'mlflow'"):
        choose_trackers(["mlflow"])


@pytest.mark.parametrize("name", list(TRACKERS))
def test_a_missing_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError) as caught:
        choose_trackers([name])
    assert str(caught.value).startswith(f"--track {name}: the tracker {name!r} is not installed")
    assert str(caught.value).endswith("Next: `pip install qleap-edge[track]`")


def test_nothing_heavy_is_imported_before_it_is_chosen() -> None:
    program = (
        "import sys, qleap_edge.training.tracking.trackers as chosen; chosen.choose_trackers()\n"
        "assert not {'torch', 'tensorboard', 'wandb'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True, timeout=60)
