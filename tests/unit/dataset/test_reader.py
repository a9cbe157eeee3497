"""Lazy windows equal the loaded ones bit for bit, in this process, in forked and in spawned ones, and after pickling."""

import multiprocessing
import pickle
from dataclasses import fields
from pathlib import Path

import h5py
import numpy as np
import pytest

from qleap_edge.core.errors import AlteredFile, InputDataError, QleapError
from qleap_edge.dataset import reader as reader_module
from qleap_edge.dataset.document import read_dataset
from qleap_edge.dataset.reader import WindowReader
from qleap_edge.dataset.splits import SPLITS
from qleap_edge.dataset.windows import WindowSet, load_windows, spread_rows
from tests.support.sequences import make_dataset, make_sequence, make_sequences, record_anew

HOP = 10


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "set"
    make_dataset(folder)
    return folder


def assert_same(got: WindowSet, wanted: WindowSet, rows: np.ndarray) -> None:
    for field in fields(WindowSet):
        a, b = getattr(got, field.name), getattr(wanted, field.name)[rows]
        assert a.dtype == b.dtype and a.flags.c_contiguous, field.name
        np.testing.assert_array_equal(a.view(np.uint8), b.view(np.uint8), err_msg=field.name)


@pytest.mark.parametrize("split", SPLITS)
def test_lazy_windows_equal_loaded_ones(made, split):
    wanted = load_windows(made, split, HOP)
    with WindowReader(made, split, HOP) as reader:
        assert len(reader) == len(wanted)
        everything = np.arange(len(reader))
        assert_same(reader.read(everything), wanted, everything)
        rng = np.random.default_rng(3)
        for size in (1, 2, 17):
            rows = rng.integers(0, len(reader), size)  # any order, some twice
            assert_same(reader.read(rows), wanted, rows)
        assert_same(reader.read(np.empty(0, np.int64)), wanted, np.empty(0, np.int64))
        assert_same(reader.read(everything[::-3].astype(np.int32)), wanted, everything[::-3])


def open_files() -> int:
    return h5py.h5f.get_obj_count(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE)


def test_few_files_stay_open(made, monkeypatch):
    monkeypatch.setattr(reader_module, "_OPEN_SHARDS", 2)
    wanted = load_windows(made, "train", HOP)
    before = open_files()
    with WindowReader(made, "train", HOP) as reader:
        assert open_files() == before, "the index keeps nothing open"
        rng = np.random.default_rng(3)
        for _ in range(10):
            rows = rng.integers(0, len(reader), 8)
            assert_same(reader.read(rows), wanted, rows)
            assert open_files() <= before + 2
    assert open_files() == before
    assert_same(reader.read(np.arange(3)), wanted, np.arange(3))  # opened again
    reader.close()


def read_elsewhere(reader: WindowReader, rows: np.ndarray, answers: multiprocessing.Queue) -> None:
    try:
        answers.put([getattr(reader.read(rows), field.name) for field in fields(WindowSet)])
    except QleapError as problem:
        answers.put(f"{type(problem).__name__}: {problem}")


def in_processes(method: str, reader: WindowReader, parts: list[np.ndarray]) -> list:
    """Return what one process a part answers, all at once, while this one reads too."""
    context = multiprocessing.get_context(method)
    queues = [context.Queue() for _ in parts]
    children = [
        context.Process(target=read_elsewhere, args=(reader, rows, queue))
        for rows, queue in zip(parts, queues, strict=True)
    ]
    for child in children:
        child.start()
    answers = [queue.get(timeout=120) for queue in queues]
    for child in children:
        child.join()
        assert child.exitcode == 0
    return answers


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_read_the_same(made, method):
    wanted = load_windows(made, "train", HOP)
    parts = np.array_split(np.random.default_rng(1).permutation(len(wanted)), 2)
    with WindowReader(made, "train", HOP) as reader:
        reader.read(np.arange(len(reader)))  # files are open here when the others begin
        for rows, answer in zip(parts, in_processes(method, reader, parts), strict=True):
            assert not isinstance(answer, str), answer
            assert_same(WindowSet(*answer), wanted, rows)
        assert_same(reader.read(parts[0]), wanted, parts[0])  # and the children took nothing away


def test_a_pickled_reader_holds_no_file_and_reads_the_same(made):
    wanted, rows = load_windows(made, "test", HOP), np.arange(5)
    with WindowReader(made, "test", HOP) as reader:
        reader.read(rows)
        data = pickle.dumps(reader)
        with pickle.loads(data) as again:
            assert len(again) == len(reader)
            assert_same(again.read(rows), wanted, rows)
        assert_same(reader.read(rows), wanted, rows)
        assert len(data) < 20_000, "the index is small: one row a sequence"


def damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data[: len(data) // 2] if how == "truncated" else data)


@pytest.mark.parametrize("how", ["truncated", "altered"])
def test_a_damaged_shard_is_named_before_anything_is_read(how, tmp_path):
    make_dataset(tmp_path / "set")
    damage(tmp_path / "set/shards/shard-00002.h5", how)
    with pytest.raises(AlteredFile, match=r"shard-00002\.h5"):
        WindowReader(tmp_path / "set", "train", HOP)


@pytest.mark.parametrize("how", ["truncated", "altered"])
def test_a_shard_damaged_later_is_named_when_first_read(how, tmp_path):
    make_dataset(tmp_path / "set")
    wanted = load_windows(tmp_path / "set", "train", HOP)
    with WindowReader(tmp_path / "set", "train", HOP) as reader:
        damage(tmp_path / "set/shards/shard-00002.h5", how)
        whole = np.flatnonzero(reader.index.shard == 0)
        rows = np.arange(reader.index.edges[whole[-1] + 1])
        assert_same(reader.read(rows), wanted, rows)
        with pytest.raises(AlteredFile, match=r"shard-00002\.h5"):
            reader.read(np.arange(len(reader)))
        for method in ("fork", "spawn"):
            (answer,) = in_processes(method, reader, [np.arange(len(reader))])
            assert isinstance(answer, str) and answer.startswith("AlteredFile") and "shard-00002.h5" in answer
        (tmp_path / "set/shards/shard-00002.h5").unlink()
        with pytest.raises(AlteredFile, match=r"shard-00002\.h5.*no such file"):
            reader.read(np.arange(len(reader)))


def test_bytes_are_checked_once_a_process(made, tmp_path, monkeypatch):
    make_dataset(tmp_path / "set")
    checked = []
    verify = reader_module.verify_file
    monkeypatch.setattr(
        reader_module, "verify_file", lambda folder, record: (checked.append(record.path), verify(folder, record))[1]
    )
    for split in SPLITS:
        with WindowReader(tmp_path / "set", split, HOP) as reader:
            reader.read(np.arange(len(reader)))
    assert sorted(checked) == [record.path for record in read_dataset(tmp_path / "set").shards]


def test_values_no_model_may_see_are_named_by_both(tmp_path):
    import h5py

    make_dataset(tmp_path / "set")
    with h5py.File(tmp_path / "set/shards/shard-00000.h5", "r+") as file:
        file["pose"][100, 3, 1] = np.nan
    record_anew(tmp_path / "set")
    with pytest.raises(InputDataError, match=r"shard-00000\.h5, dataset 'pose'.*finite"):
        load_windows(tmp_path / "set", "train", HOP)
    with WindowReader(tmp_path / "set", "train", HOP) as reader, pytest.raises(InputDataError, match="'pose'"):
        reader.read(np.arange(3))


def test_what_cannot_be_read(made, tmp_path):
    with WindowReader(made, "test", HOP) as reader:
        for wrong in ([-1], [0, len(reader)]):
            with pytest.raises(QleapError, match="no such window"):
                reader.read(np.array(wrong))
    with pytest.raises(InputDataError, match="hop"):
        WindowReader(made, "test", 0)
    with pytest.raises(InputDataError, match=r"dataset\.json"):
        WindowReader(tmp_path, "test", HOP)
    make_dataset(tmp_path / "short", [[make_sequence(n, "idle", steps=199) for n in range(4)], make_sequences(4, 2)])
    with pytest.raises(InputDataError, match="train part holds no window"):
        WindowReader(tmp_path / "short", "train", HOP)
    assert len(load_windows(tmp_path / "short", "validation", HOP)) > 0


@pytest.mark.parametrize("wanted", [1, 3, 10**6])
def test_spread_windows_are_those_of_the_spread_rows(made: Path, wanted: int):
    with WindowReader(made, "train", HOP) as reader:
        rows = spread_rows(len(reader), wanted)
        assert len(rows) == min(wanted, len(reader))
        found, expected = reader.read_spread(wanted), reader.read(rows)
    np.testing.assert_array_equal(found.imu, expected.imu)
    np.testing.assert_array_equal(found.sequence_id, expected.sequence_id)
