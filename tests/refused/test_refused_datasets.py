"""Damaged datasets, wrong sensors and impossible recipes: each refused by its named error, which names the place."""

import shutil
from pathlib import Path

import h5py
import pytest

from qleap_edge.core.errors import AlteredFile, InputDataError, SchemaMismatch, UsageError
from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.core.resources import resource
from qleap_edge.dataset.store import read_dataset, read_shard
from qleap_edge.dataset.synthesize import synthesize
from qleap_edge.dataset.windows import load_windows
from qleap_edge.physics.imu import load_sensor, sensor_path


def small(**changes: object) -> Recipe:
    tiny = load_recipe("tiny")
    split = {"train": 0.25, "validation": 0.25, "calibration": 0.25, "test": 0.25}
    table = tiny.synthesis.model_dump() | {"subjects": 4, "sequences_per_shard": 4, "split": split} | changes
    return Recipe.model_validate(tiny.model_dump() | {"synthesis": table})


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("data") / "set"
    synthesize(small(), out)
    return out


@pytest.fixture
def dataset(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "set"))


def test_a_truncated_shard_is_named(dataset):
    shard = dataset / "shards/shard-00001.h5"
    shard.write_bytes(shard.read_bytes()[: shard.stat().st_size // 2])
    with pytest.raises(AlteredFile, match=r"shard-00001\.h5"):
        load_windows(dataset, "train", 10)
    with pytest.raises(InputDataError, match=r"shard-00001\.h5"):
        read_shard(shard)


def test_one_changed_byte_is_named(dataset):
    shard = dataset / "shards/shard-00000.h5"
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(bytes(data))
    with pytest.raises(AlteredFile, match=r"shard-00000\.h5"):
        load_windows(dataset, "test", 10)


def test_a_missing_shard_is_named(dataset):
    (dataset / "shards/shard-00000.h5").unlink()
    with pytest.raises(AlteredFile, match=r"shard-00000\.h5.*no such file"):
        load_windows(dataset, "test", 10)


def test_a_shard_of_another_version_is_refused(dataset):
    shard = dataset / "shards/shard-00000.h5"
    with h5py.File(shard, "r+") as file:
        file.attrs["schema_version"] = 2
    with pytest.raises(SchemaMismatch, match=r"shard-00000\.h5.*qleap\.shard 1.*qleap\.shard 2"):
        read_shard(shard)


def test_a_shard_without_a_dataset_is_refused(dataset):
    shard = dataset / "shards/shard-00000.h5"
    with h5py.File(shard, "r+") as file:
        del file["pose"]
    with pytest.raises(InputDataError, match=r"shard-00000\.h5.*pose"):
        read_shard(shard)


def test_a_shard_with_rows_missing_is_refused(dataset):
    shard = dataset / "shards/shard-00000.h5"
    with h5py.File(shard, "r+") as file:
        values = file["imu"][:-3]
        del file["imu"]
        file["imu"] = values
    with pytest.raises(InputDataError, match=r"shard-00000\.h5, dataset 'imu'"):
        read_shard(shard)


def test_a_document_of_another_version_is_refused(dataset):
    path = dataset / "dataset.json"
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 9'))
    with pytest.raises(SchemaMismatch, match=r"dataset\.json.*schema_version"):
        read_dataset(dataset)


def test_no_dataset_and_no_hop(dataset, tmp_path):
    with pytest.raises(InputDataError, match=r"dataset\.json"):
        load_windows(tmp_path / "nowhere", "train", 10)
    with pytest.raises(InputDataError, match="hop"):
        load_windows(dataset, "train", 0)


def test_an_altered_finished_dataset_is_made_again(dataset):
    before = (dataset / "shards/shard-00000.h5").read_bytes()
    (dataset / "shards/shard-00000.h5").write_bytes(before[:-1])
    synthesize(small(), dataset)
    assert (dataset / "shards/shard-00000.h5").read_bytes() == before


def test_recipes_that_cannot_be_made(tmp_path):
    with pytest.raises(UsageError, match=r"synthesis\.mix.*lunge"):
        synthesize(small(mix={"lunge": 1.0}), tmp_path / "set")
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
        ("schema_version = 1", "schema_version = 2", SchemaMismatch, "qleap.sensor 2"),
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
