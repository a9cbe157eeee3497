"""Latency records and chip tables that cannot be used: each is one clear error with the file and the key."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.resources import resource
from qleap_edge.latency.chips import CHIPS_FILE, load_chips
from qleap_edge.latency.record import read_latency_record
from tests.support.command import assert_refused, call
from tests.support.latency_records import RECORD, write_record
from tests.support.mil_packages import linear_model, write_package

HASH = "a" * 64


def refused(path: Path, *words: str) -> InputDataError:
    with pytest.raises(InputDataError) as caught:
        read_latency_record(path, HASH)
    for word in (str(path), *words):
        assert word in str(caught.value)
    assert caught.value.exit_code == 3
    return caught.value


def test_the_undamaged_record_is_read(tmp_path: Path) -> None:
    assert read_latency_record(write_record(tmp_path / "r.json", HASH), HASH).p95_ms == RECORD["p95_ms"]


@pytest.mark.parametrize("key", sorted(set(RECORD) - {"schema", "schema_version"}))
def test_a_missing_key(tmp_path: Path, key: str) -> None:
    refused(write_record(tmp_path / "r.json", HASH, without=key), f"'{key}'", "Field required")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"p50_ms": float("nan")}, ("'p50_ms'", "finite")),
        ({"load_ms": float("inf")}, ("'load_ms'", "finite")),
        ({"p50_ms": -4.0}, ("'p50_ms'", "greater than 0")),
        ({"first_prediction_ms": 0.0}, ("'first_prediction_ms'", "greater than 0")),
        ({"memory_megabytes": -1.0}, ("'memory_megabytes'", "greater than 0")),
        ({"p50_ms": 5.1}, ("percentiles must not fall, but p50_ms is 5.1 and p95_ms is 5",)),
        ({"p99_ms": 4.9}, ("percentiles must not fall, but p95_ms is 5 and p99_ms is 4.9",)),
        ({"runs": 99}, ("'runs'", "100")),
        ({"compute_units": "neural"}, ("'compute_units'", "cpu_and_neural_engine")),
        ({"thermal_state_after": "hot"}, ("'thermal_state_after'", "critical")),
        ({"measured_on": "yesterday"}, ("'measured_on'",)),
        ({"device_model": ""}, ("'device_model'",)),
        ({"package_sha256": "abc"}, ("'package_sha256'", "pattern")),
        ({"p90_ms": 1.0}, ("'p90_ms'", "not permitted")),
    ],
)
def test_an_impossible_value(tmp_path: Path, changes: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(write_record(tmp_path / "r.json", HASH, **changes), *words)


@pytest.mark.parametrize("changes", [{"schema": "qleap.profile"}, {"schema_version": 2}, {"schema_version": "1"}])
def test_another_kind_or_version(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert isinstance(refused(write_record(tmp_path / "r.json", HASH, **changes), "wrong schema"), SchemaMismatch)


def test_a_record_of_another_package(tmp_path: Path) -> None:
    refused(write_record(tmp_path / "r.json", "b" * 64), "measured on another package", HASH, "b" * 64)


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff"])
def test_what_is_no_document(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_bytes(text.encode("latin-1"))
    refused(tmp_path / "r.json")


def test_the_command_says_it_in_one_line(tmp_path: Path) -> None:
    model = linear_model(np.zeros((3, 4), np.float32), np.zeros(3, np.float32))
    package = write_package(tmp_path / "p.mlpackage", *model)
    record = write_record(tmp_path / "r.json", digest_of(package), p99_ms=-1.0)
    assert_refused(call("benchmark", "latency", package, "--measured", record), 3, "r.json", "p99_ms")
    assert_refused(call("benchmark", "latency", package, "--measured", tmp_path / "none.json"), 3, "none.json")
    assert_refused(call("benchmark", "latency", tmp_path / "none.mlpackage"), 3, "none.mlpackage")
    assert_refused(call("benchmark", "latency", package, "--device", "toaster"), 2, "s-series", "toaster")
    assert_refused(call("benchmark", "latency", package, "--budget-ms", "-1"), 2, "--budget-ms")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("schema_version = 1", "schema_version = 2", "schema_version"),
        ("overhead_ms = 0.11", "overhead_ms = nan", "chip.1.overhead_ms"),
        ("tflops = [12.0, 3.25, 1.8]", "tflops = [1.8, 3.25, 12.0]", "best, middle, worst"),
        ("tflops = [12.0, 3.25, 1.8]", "tflops = [12.0, 3.25]", "chip.0.tflops"),
        ('of = "a16-class"', 'of = "a99-class"', "no class"),
        ("[error]", "[error", "not a TOML file"),
        ("overhead_ms = 0.11", "overhead = 0.11", "overhead"),
    ],
)
def test_a_wrong_table_of_chips(tmp_path: Path, old: str, new: str, word: str) -> None:
    text = resource(CHIPS_FILE).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "chips.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputDataError) as caught:
        load_chips(path)
    assert word in str(caught.value) and "chips.toml" in str(caught.value)


def test_no_table_of_chips(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="cannot read the classes of chips"):
        load_chips(tmp_path / "none.toml")
