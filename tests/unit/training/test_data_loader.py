"""The data loaders: each sequence as often as the recipe says, at places that depend only on seed and epoch."""

from pathlib import Path

import numpy as np
import pytest
import torch

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.dataset.recorded import RecordedSteps
from qleap_edge.dataset.windows import load_windows
from qleap_edge.training import data_loader as module
from qleap_edge.training.data_loader import EvaluationDataLoader, TrainingDataLoader
from qleap_edge.training.processes import Processes
from tests.support.micro import Micro

SINGLE_PROCESS = Processes(0, 1, torch.device("cpu"))


@pytest.fixture(scope="module")
def data(micro: Micro) -> Path:
    return micro.stages["synthesize"]


def sequences_of(loader: TrainingDataLoader, epoch: int) -> np.ndarray:
    return loader.reader.index.locate(np.concatenate(loader.rows(epoch)))[0]


def test_every_sequence_gives_its_windows_in_every_epoch(data: Path) -> None:
    loader = TrainingDataLoader(data, seed=7, windows_per_sequence=3, batch_size=16)
    for epoch in range(3):
        assert (np.bincount(sequences_of(loader, epoch)) == 3).all()
        sizes = [len(rows) for rows in loader.rows(epoch)]
        assert len(sizes) == loader.steps_per_epoch
        assert max(sizes) <= 16 and max(sizes) - min(sizes) <= 1, "no tiny last batch"


def test_seed_and_epoch_alone_decide(data: Path) -> None:
    def rows(seed: int, epoch: int) -> np.ndarray:
        return np.concatenate(TrainingDataLoader(data, seed, 2, 16).rows(epoch))

    assert np.array_equal(rows(7, 1), rows(7, 1))
    assert not np.array_equal(rows(7, 1), rows(7, 2))
    assert not np.array_equal(rows(7, 1), rows(8, 1))


def test_every_place_of_a_sequence_can_come(data: Path) -> None:
    loader = TrainingDataLoader(data, 7, 50, 16)
    edges = loader.reader.index.edges
    rows = np.concatenate([np.concatenate(loader.rows(epoch)) for epoch in range(10)])
    sequence = int(np.argmin(np.diff(edges)))
    seen = rows[(rows >= edges[sequence]) & (rows < edges[sequence + 1])] - edges[sequence]
    places = int(np.diff(edges)[sequence])
    counts = np.bincount(seen, minlength=places)
    assert counts.min() > 0 and seen.max() == places - 1
    assert abs(seen.mean() / (places - 1) - 0.5) < 0.1


def test_batches_hold_the_very_windows_wherever_they_begin(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = TrainingDataLoader(data, 7, 2, 8)
    every = load_windows(data, "train", hop=1)
    whole = list(loader.batches(1, 0, SINGLE_PROCESS))
    for batch, rows in zip(whole, loader.rows(1), strict=True):
        assert batch.global_size == len(batch) == len(rows)
        for name in ("imu", "pose", "exercise", "form"):
            assert np.array_equal(getattr(batch, name).numpy(), getattr(every, name)[rows]), name
    monkeypatch.setattr(module, "_READ_WINDOWS", 20)  # two batches at a time
    for first in (0, 1, len(whole) - 1):
        rest = list(loader.batches(1, first, SINGLE_PROCESS))
        assert len(rest) == len(whole) - first
        assert all(torch.equal(a.imu, b.imu) for a, b in zip(rest, whole[first:], strict=True))


@pytest.mark.parametrize("count", [2, 3])
def test_processes_share_a_batch_without_rest(data: Path, count: int) -> None:
    loader = TrainingDataLoader(data, 7, 1, 8)
    parts = [list(loader.batches(0, 0, Processes(rank, count, torch.device("cpu")))) for rank in range(count)]
    for whole, *mine in zip(loader.batches(0, 0, SINGLE_PROCESS), *parts, strict=True):
        assert {part.global_size for part in mine} == {len(whole)}
        gathered = torch.cat([part.imu for part in mine])
        assert torch.equal(gathered.sum(dim=(1, 2)).sort().values, whole.imu.sum(dim=(1, 2)).sort().values)


def test_validation_sees_the_same_windows_each_time(data: Path) -> None:
    fixed = EvaluationDataLoader(data, "validation")
    every = load_windows(data, "validation", WINDOW_STEPS // 2)
    for _ in range(2):
        batches = list(fixed.batches(3, SINGLE_PROCESS))
        assert np.array_equal(torch.cat([batch.imu for batch in batches]).numpy(), every.imu)
    assert len(fixed) == len(every)


def test_statistics_do_not_depend_on_how_much_is_read_at_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = TrainingDataLoader(data, 7, 1, 8)
    whole = loader.statistics()
    monkeypatch.setattr(module, "_READ_WINDOWS", 5)
    parts = loader.statistics()
    torch.testing.assert_close(whole.imu, parts.imu)
    torch.testing.assert_close(whole.pose, parts.pose)


def test_recorded_windows_come_on_top_by_seed_epoch_and_step_alone(data: Path) -> None:
    steps = 3 * WINDOW_STEPS
    recorded = RecordedSteps(
        imu=np.arange(steps * 6, dtype=np.float32).reshape(steps, 6) - 1e6,  # like no simulated signal
        exercise=np.full(steps, 6, np.int8),
        first=np.arange(2 * WINDOW_STEPS),
        label=np.full(2 * WINDOW_STEPS, 6),
    )
    plain = list(TrainingDataLoader(data, 7, 2, 8).batches(1, 0, SINGLE_PROCESS))
    loader = TrainingDataLoader(data, 7, 2, 8, recorded, recorded_share=0.25)
    mixed = list(loader.batches(1, 0, SINGLE_PROCESS))
    for own, batch in zip(plain, mixed, strict=True):
        size = len(own)
        assert torch.equal(batch.imu[:size], own.imu) and torch.equal(batch.pose[:size], own.pose)
        assert len(batch) == batch.global_size == size + round(size / 3)
        assert batch.global_posed == size and batch.posed is not None
        assert batch.posed.tolist() == [1.0] * size + [0.0] * (len(batch) - size)
        assert (batch.imu[size:] < 0).all() and (batch.exercise[size:] == 6).all()
        assert (batch.form[size:] == FORM_UNSCORED).all() and (batch.pose[size:] == 0.0).all()
    assert not torch.equal(mixed[0].imu[-1], mixed[1].imu[-1])
    late = next(iter(loader.batches(1, 2, SINGLE_PROCESS)))
    assert torch.equal(late.imu, mixed[2].imu), "a resumed run sees the same windows"
    halves = [next(iter(loader.batches(1, 0, Processes(rank, 2, torch.device("cpu"))))) for rank in range(2)]
    assert sum(map(len, halves)) == len(mixed[0])
    assert {half.global_size for half in halves} == {mixed[0].global_size}
    assert {half.global_posed for half in halves} == {mixed[0].global_posed}
