"""Names to trackers; the extras are imported when they are asked for, and a missing one says what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.training.tracking.choose import TRACKERS, choose_trackers
from qleap_edge.training.tracking.jsonl import JsonlTracker
from qleap_edge.training.tracking.tensorboard import TensorBoardTracker

REPOSITORY = Path(__file__).parents[4]


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


def test_nothing_heavy_is_imported_before_it_is_asked_for() -> None:
    program = (
        "import sys, qleap_edge.training.tracking.choose as choose; choose.choose_trackers()\n"
        "assert not {'torch', 'tensorboard', 'wandb'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True, timeout=60)
