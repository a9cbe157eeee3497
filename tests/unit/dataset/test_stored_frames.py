"""Frames read person by person are the rows of the shards, and only the datasets that were named are read."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.dataset.document import read_dataset
from qleap_edge.dataset.layout import FRAMES
from qleap_edge.dataset.splits import SPLITS
from qleap_edge.dataset.store import read_shard
from qleap_edge.dataset.stored_frames import read_stored_frames
from qleap_edge.dataset.windows import window_index
from tests.support.sequences import make_dataset


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "set"
    make_dataset(folder)
    return folder


@pytest.mark.parametrize("split", SPLITS)
def test_frames_and_repetitions_are_those_of_the_shards(made: Path, split: str) -> None:
    index = window_index(made, split, 10)  # type: ignore[arg-type]
    shards = {record.path: read_shard(made / record.path) for record in read_dataset(made).shards}
    sequences = 0
    for stored in read_stored_frames(index, FRAMES):
        starts = np.cumsum(stored.lengths) - stored.lengths
        for number, start, length in zip(stored.sequence, starts, stored.lengths, strict=True):
            shard = shards[index.records[index.shard[number]].path]
            row = int(np.flatnonzero(shard.columns["sequence_id"] == index.sequence_id[number])[0])
            first, stop = shard.offsets[row : row + 2]
            for name in FRAMES:
                np.testing.assert_array_equal(
                    stored.frames[name][start : start + length], getattr(shard, name)[first:stop]
                )
            inside = (stored.repetitions[:, 0] >= start) & (stored.repetitions[:, 2] < start + length)
            wanted = shard.repetitions[slice(*shard.repetition_offsets[row : row + 2])]
            np.testing.assert_array_equal(stored.repetitions[inside] - start, wanted)
            sequences += 1
    assert sequences == len(index.sequence_id) > 0


def test_only_the_named_datasets_are_read(made: Path) -> None:
    for stored in read_stored_frames(window_index(made, "train", 10), ("phase",)):
        assert stored.frames.keys() == {"phase"} and len(stored.frames["phase"]) == stored.lengths.sum()


def test_a_shard_that_lost_a_dataset_is_named(tmp_path: Path) -> None:
    import h5py

    make_dataset(tmp_path / "set")
    index = window_index(tmp_path / "set", "train", 10)
    with h5py.File(index.paths[0], "r+") as file:
        del file["phase"]
    with pytest.raises(InputDataError, match=r"shard-00000\.h5"):
        list(read_stored_frames(index, ("phase",)))
