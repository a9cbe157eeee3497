"""Damaged datasets, wrong sensors and impossible recipes: each refused by its named error, which names the place."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from qleap_edge.core.errors import AlteredFile, InputDataError, SchemaMismatch, UsageError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.core.resources import resource
from qleap_edge.dataset.document import read_dataset
from qleap_edge.dataset.layout import LAYOUT
from qleap_edge.dataset.store import read_shard
from qleap_edge.dataset.synthesize import synthesize
from qleap_edge.dataset.windows import load_windows
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from tests.support.sequences import make_dataset, record_anew


def small(**changes: object) -> Recipe:
    tiny = load_recipe("tiny")
    split = {"train": 0.25, "validation": 0.25, "calibration": 0.25, "test": 0.25}
    table = tiny.synthesis.model_dump() | {"subjects": 4, "sequences_per_shard": 4, "split": split} | changes
    return Recipe.model_validate(tiny.model_dump() | {"synthesis": table})


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("data") / "set"
    make_dataset(out)
    return out


@pytest.fixture
def dataset(drawn, tmp_path) -> Path:
    return Path(shutil.copytree(drawn, tmp_path / "set"))


@pytest.fixture
def shard(dataset) -> Path:
    return dataset / "shards/shard-00000.h5"


def test_a_truncated_shard_is_named(dataset):
    shard = dataset / "shards/shard-00001.h5"
    shard.write_bytes(shard.read_bytes()[: shard.stat().st_size // 2])
    with pytest.raises(AlteredFile, match=r"shard-00001\.h5"):
        load_windows(dataset, "train", 10)
    with pytest.raises(InputDataError, match=r"shard-00001\.h5"):
        read_shard(shard)
    record_anew(dataset)  # recorded like that, the hash no longer tells: what is left does
    with pytest.raises(InputDataError, match=r"shard-00001\.h5"):
        load_windows(dataset, "train", 10)


def test_one_changed_byte_is_named(dataset, shard):
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(bytes(data))
    with pytest.raises(AlteredFile, match=r"shard-00000\.h5"):
        load_windows(dataset, "test", 10)


def test_a_missing_shard_is_named(dataset, shard):
    shard.unlink()
    with pytest.raises(AlteredFile, match=r"shard-00000\.h5.*no such file"):
        load_windows(dataset, "test", 10)


def test_no_changed_byte_ends_in_anything_but_a_named_error(shard):
    """Without its hash a changed byte may go unseen in a column, but never ends in a crash or an endless loop."""
    whole, rng, refused = shard.read_bytes(), np.random.default_rng(0), 0
    for place in [*range(0, 4096, 31), *rng.integers(0, len(whole), 100)]:
        data = bytearray(whole)
        data[place] ^= 0xFF
        shard.write_bytes(bytes(data))
        try:
            read_shard(shard)
        except InputDataError as problem:
            assert "shard-00000.h5" in str(problem)
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("version", [2, 4])
def test_a_shard_of_another_version_is_refused(shard, version):
    with h5py.File(shard, "r+") as file:
        file.attrs["schema_version"] = version
    with pytest.raises(SchemaMismatch, match=rf"shard-00000\.h5.*qleap\.shard 3.*qleap\.shard {version}"):
        read_shard(shard)


def test_a_text_of_variable_length_is_never_read(shard):
    """HDF5 keeps it in a heap without a checksum, where one changed byte would make it loop for ever."""
    with h5py.File(shard, "a") as file:
        file.attrs["schema"] = "qleap.shard"
    with pytest.raises(SchemaMismatch, match=r"got None 3"):
        read_shard(shard)


def test_a_file_of_another_kind_is_refused(shard):
    shard.write_bytes(b"sequence,exercise\n1,squat\n")
    with pytest.raises(InputDataError, match=r"shard-00000\.h5"):
        read_shard(shard)
    with h5py.File(shard, "w") as file:
        file["imu"] = np.zeros((3, 6))
    with pytest.raises(SchemaMismatch, match=r"shard-00000\.h5.*None None"):
        read_shard(shard)


def refuse_after(shard: Path, change: Callable[[h5py.File], object], named: str) -> None:
    """Change a shard and expect that reading it names file and dataset."""
    with h5py.File(shard, "r+") as file:
        change(file)
    with pytest.raises(InputDataError, match=rf"shard-00000\.h5, dataset '{named}'"):
        read_shard(shard)


def replaced(file: h5py.File, name: str, values: object) -> None:
    del file[name]
    file[name] = values


@pytest.mark.parametrize("name", sorted(LAYOUT))
def test_a_shard_without_a_dataset_is_refused(shard, name):
    refuse_after(shard, lambda file: file.pop(name), name)


@pytest.mark.parametrize("name", sorted(LAYOUT))
def test_a_dataset_of_another_type_is_refused(shard, name):
    refuse_after(shard, lambda file: replaced(file, name, np.zeros(file[name].shape, np.complex64)), name)


@pytest.mark.parametrize("name", sorted(LAYOUT))
def test_a_dataset_of_another_row_shape_is_refused(shard, name):
    refuse_after(shard, lambda file: replaced(file, name, file[name][()][:, None]), name)


@pytest.mark.parametrize("name", sorted(LAYOUT.keys() - {"sequences/sequence_id"}))  # all others are counted by it
def test_a_dataset_with_rows_missing_is_refused(shard, name):
    refuse_after(shard, lambda file: replaced(file, name, file[name][:-1]), name)


def test_a_dataset_that_nobody_knows_is_refused(shard):
    refuse_after(shard, lambda file: file.create_dataset("sequences/mood", data=[1]), "sequences/mood")


def test_a_link_to_another_file_is_not_followed(shard, tmp_path):
    shutil.copy(shard, tmp_path / "other.h5")

    def link(file: h5py.File) -> None:
        del file["imu"]
        file["imu"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "imu")

    refuse_after(shard, link, "imu")


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("imu", (7, 3), np.nan),
        ("imu", (7, 3), np.inf),
        ("pose", (7, 3, 1), np.nan),
        ("pose", (0, 0, 0), -np.inf),
        ("exercise", 11, len(EXERCISES)),
        ("exercise", 11, -1),
        ("offsets", 0, 1),
        ("offsets", 2, 0),
        ("offsets", 3, 10**12),
        ("repetitions/offsets", 1, 10**12),
        ("repetitions/offsets", 1, -1),
        ("repetitions/frames", (0, 0), -1),
        ("repetitions/frames", (0, 1), 10_000),
        ("repetitions/frames", (0, 2), 10_000),
        ("sequences/repetitions", 0, 99),
        ("sequences/exercise", 0, 99),
        ("sequences/form", 0, 5),
        ("sequences/form_deductions", (0, 0), 3),
        ("sequences/stature_m", 0, np.nan),
        ("sequences/load_kg", 0, -1.0),
    ],
)
def test_values_that_cannot_be_are_refused(shard, name, place, value):
    refuse_after(shard, lambda file: file[name].__setitem__(place, value), name)


def test_what_may_be_unknown_passes(shard):
    with h5py.File(shard, "r+") as file:
        file["phase"][:] = np.nan
        file["kinematics"][:, 7] = np.nan
    read_shard(shard)


def test_a_document_of_another_version_is_refused(dataset):
    path = dataset / "dataset.json"
    for version in (1, 9):
        path.write_text(re.sub(r'"schema_version": \d+', f'"schema_version": {version}', path.read_text()))
        with pytest.raises(SchemaMismatch, match=r"dataset\.json.*schema_version"):
            read_dataset(dataset)


def test_no_dataset_and_no_hop(dataset, tmp_path):
    with pytest.raises(InputDataError, match=r"dataset\.json"):
        load_windows(tmp_path / "nowhere", "train", 10)
    with pytest.raises(InputDataError, match="hop"):
        load_windows(dataset, "train", 0)


def test_an_altered_finished_dataset_is_made_again(tmp_path):
    dataset = tmp_path / "set"
    synthesize(small(), dataset)
    before = (dataset / "shards/shard-00000.h5").read_bytes()
    (dataset / "shards/shard-00000.h5").write_bytes(before[:-1])
    synthesize(small(), dataset)
    assert (dataset / "shards/shard-00000.h5").read_bytes() == before


def test_recipes_that_cannot_be_made(tmp_path):
    for overrides in ({"toe_outs": {"high": 35.0}}, {"toe_out_deg": {"hi": 35.0}}, {"toe_out_deg": {"high": -90.0}}):
        law = next(iter(overrides))
        with pytest.raises(UsageError, match=rf"synthesis\.randomization\.overrides.*{law}"):
            synthesize(small(randomization={"overrides": overrides}), tmp_path / "set")
    with pytest.raises(UsageError, match=r"synthesis\.mix"):
        synthesize(small(mix={}), tmp_path / "set")
    with pytest.raises(UsageError, match=r"synthesis\.split\.\w+.*2 subjects"):
        synthesize(small(subjects=2), tmp_path / "set")
    with pytest.raises(InputDataError, match=r"synthesis\.sensor.*apple_watch.*sundial"):
        synthesize(small(sensor="sundial"), tmp_path / "set")
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("schema_version = 2", "schema_version = 1", SchemaMismatch, "qleap.sensor 1"),
        ('unit = "Hz"', 'unit = "kHz"', InputDataError, "sample_rate.unit"),
        ("value = 0.0142", 'value = "often"', InputDataError, "hole_rate"),
        ("value = 0.0142", "value = -1.0", InputDataError, "hole_rate"),
        ("[hole_rate]", "[hole_ratio]", InputDataError, "hole_rat"),
        ("value = 100.0", "value = 100.0 Hz", InputDataError, "cannot read"),
        ("value = [16.0, 13.0, 19.0, 14.0, 2.0]", "value = 3.0", InputDataError, "hole_length"),
        ("value = 0.01\n", "value = [0.01]\n", InputDataError, "rate_error"),
    ],
)
def test_a_wrong_sensor_file_is_refused(old, new, error, message, tmp_path):
    text = resource("calibration/sensors/apple_watch.toml").read_text()
    assert old in text
    path = tmp_path / "bad.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(error, match=message) as caught:
        load_sensor(path)
    assert "bad.toml" in str(caught.value)
    assert caught.value.exit_code == 3


def test_an_unknown_sensor_lists_the_known():
    with pytest.raises(InputDataError, match="apple_watch"):
        sensor_path("sundial")
