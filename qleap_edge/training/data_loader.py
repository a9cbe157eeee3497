"""Data loaders of the training and the validation windows, read lazily from a dataset.

The order of the training windows is a pure function of seed and epoch. In each epoch every training sequence gives a few
windows cut at random places, so that no two epochs are alike and long sequences weigh no more than short ones. Windows of real
recordings, which have an exercise and no pose, may be added to every training batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.dataset.reader import WindowReader
from qleap_edge.dataset.recorded import RecordedSteps
from qleap_edge.dataset.splits import Split
from qleap_edge.dataset.windows import WindowSet
from qleap_edge.training.losses import Batch
from qleap_edge.training.processes import Processes

FIXED_HOP_STEPS = WINDOW_STEPS // 2
_RECORDED_STREAM = 4  # apart from the stream of the order of the windows
_READ_WINDOWS = 8192  # at once, in the order of the file: 0.4 GB; one by one they would cost a tenth of the training


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of the training signals (m/s², rad/s) and of the training poses (body heights)."""

    imu: tuple[Float[Tensor, " 6"], Float[Tensor, " 6"]]
    pose: tuple[Float[Tensor, "17 3"], Float[Tensor, "17 3"]]


class TrainingDataLoader:
    """Batches of the training persons.

    Args:
        data: a dataset's folder.
        seed: seed of the windows' order and of the places where they are cut.
        windows_per_sequence: windows that each sequence gives in an epoch.
        batch_size: windows in a batch, over all processes together; recorded ones come on top.
        recorded: steps of real recordings; without them none are added.
        recorded_share: share of the windows of a batch that are recorded ones.

    Raises:
        InputDataError: no dataset, a damaged shard, or no training window.
    """

    def __init__(
        self,
        data: Path,
        seed: int,
        windows_per_sequence: int,
        batch_size: int,
        recorded: RecordedSteps | None = None,
        recorded_share: float = 0.0,
    ) -> None:
        self.data, self.seed, self.windows_per_sequence = data, seed, windows_per_sequence
        self.recorded, self.recorded_share = recorded, recorded_share if recorded is not None else 0.0
        self.reader = WindowReader(data, "train", hop=1)
        windows = windows_per_sequence * len(self.reader.index.first)
        self.steps_per_epoch = -(-windows // batch_size)

    def rows(self, epoch: int) -> list[Int64[np.ndarray, " batch"]]:
        """Return the numbers of an epoch's windows batch by batch; the sizes of two batches differ by at most one."""
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, epoch])))
        edges = self.reader.index.edges
        places = np.diff(edges)
        drawn = edges[:-1] + (generator.random((self.windows_per_sequence, len(places))) * places).astype(np.int64)
        return np.array_split(generator.permutation(drawn.ravel()), self.steps_per_epoch)

    def batches(self, epoch: int, first: int, processes: Processes) -> Iterator[Batch]:
        """Yield this process's part of an epoch's batches from number ``first`` on."""
        pending = self.rows(epoch)[first:]
        size = max(len(rows) for rows in pending) if pending else 1
        for block in range(0, len(pending), per_read := max(1, _READ_WINDOWS // size)):
            parts = [processes.mine(rows) for rows in pending[block : block + per_read]]
            windows = self.reader.read(np.concatenate(parts))
            edges = np.cumsum([0, *map(len, parts)])
            for number, (rows, low, high) in enumerate(
                zip(pending[block:], edges[:-1], edges[1:], strict=False), start=first + block
            ):
                batch = as_batch(windows, slice(int(low), int(high)), len(rows), processes.device)
                if self.recorded is not None:
                    batch = self._with_recorded(batch, self.recorded, epoch, number, processes)
                yield batch

    def _with_recorded(
        self, batch: Batch, recorded: RecordedSteps, epoch: int, number: int, processes: Processes
    ) -> Batch:
        """Return the batch with windows of real recordings behind its own, drawn by seed, epoch and step alone."""
        count = round(batch.global_size * self.recorded_share / (1.0 - self.recorded_share))
        key = np.random.SeedSequence([self.seed, epoch, number, _RECORDED_STREAM])
        drawn = processes.mine(recorded.draw(np.random.Generator(np.random.Philox(key)), count))
        imu, exercise = recorded.windows(drawn)
        none = torch.full((len(drawn),), FORM_UNSCORED)
        device = processes.device

        def with_more(own: Tensor, more: Tensor) -> Tensor:
            return torch.cat([own, more.to(device)])

        return Batch(
            imu=with_more(batch.imu, torch.from_numpy(imu)),
            pose=with_more(batch.pose, torch.zeros(len(drawn), *batch.pose.shape[1:])),
            exercise=with_more(batch.exercise, torch.from_numpy(exercise)),
            form=with_more(batch.form, none),
            global_size=batch.global_size + count,
            posed=with_more(torch.ones(len(batch), device=device), torch.zeros(len(drawn))),
            global_posed=batch.global_size,
        )

    def statistics(self) -> Statistics:
        """Return the statistics of the training persons, sums in double precision."""
        reader = WindowReader(self.data, "train", hop=WINDOW_STEPS)
        sums: dict[str, np.ndarray] = {}
        for low in range(0, len(reader), _READ_WINDOWS):
            windows = reader.read(np.arange(low, min(low + _READ_WINDOWS, len(reader))))
            for name in ("imu", "pose"):
                values = getattr(windows, name).astype(np.float64)
                for power in (1, 2):
                    key = f"{name}{power}"
                    sums[key] = sums.get(key, 0.0) + (values**power).sum(axis=(0, 1))
        count = len(reader) * WINDOW_STEPS

        def mean_and_deviation(name: str) -> tuple[Tensor, Tensor]:
            mean = sums[f"{name}1"] / count
            deviation = np.sqrt(np.maximum(sums[f"{name}2"] / count - mean**2, 0.0))
            return torch.from_numpy(mean).float(), torch.from_numpy(deviation).float()

        return Statistics(mean_and_deviation("imu"), mean_and_deviation("pose"))

    def exercises(self) -> list[int]:
        """Return the ids of the exercises that an epoch's windows hold."""
        reader = WindowReader(self.data, "train", hop=WINDOW_STEPS)
        return sorted(set(reader.read(np.arange(len(reader))).exercise.tolist()))


class EvaluationDataLoader:
    """Batches of one part of the split, the same windows each time: for validation and for fitting the concept erasures.

    Args:
        data: a dataset's folder.
        split: the part of the split.
    """

    def __init__(self, data: Path, split: Split) -> None:
        self._reader = WindowReader(data, split, FIXED_HOP_STEPS)
        self.rows = np.arange(len(self._reader))

    def batches(self, size: int, processes: Processes) -> Iterator[Batch]:
        """Yield this process's part of batches of ``size`` windows."""
        for rows in np.split(self.rows, np.arange(size, len(self.rows), size)):
            mine = processes.mine(rows)
            yield as_batch(self._reader.read(mine), slice(None), len(rows), processes.device)

    def __len__(self) -> int:
        return len(self.rows)


def as_batch(windows: WindowSet, rows: slice, global_size: int, device: torch.device) -> Batch:
    """Return some of the windows as tensors on a device."""

    def tensor(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array[rows]).to(device)

    return Batch(tensor(windows.imu), tensor(windows.pose), tensor(windows.exercise), tensor(windows.form), global_size)
