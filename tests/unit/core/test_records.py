"""Documents: canonical text, refused versions, errors that name the key."""

import json
from typing import Literal

import pytest

from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.records import Document, read_document, write_atomically


class Sample(Document):
    schema_name: Literal["qleap.sample"] = "qleap.sample"
    schema_version: Literal[1] = 1
    value: float
    """A number."""
    label: str = "x"


def test_round_trip_is_canonical(tmp_path):
    path = tmp_path / "a.json"
    Sample(value=1.5).write(path)
    assert read_document(Sample, path) == Sample(value=1.5)
    text = path.read_text()
    assert text.endswith("\n") and list(json.loads(text)) == sorted(json.loads(text))


@pytest.mark.parametrize(
    ("change", "error", "needle"),
    [
        ({"schema": "qleap.other"}, SchemaMismatch, "qleap.other"),
        ({"schema_version": 2}, SchemaMismatch, "expected 1"),
        ({"schema_version": True}, SchemaMismatch, "True"),
        ({"value": "much"}, InputDataError, "'value'"),
        ({"extra": 1}, InputDataError, "'extra'"),
        ({"value": None}, InputDataError, "'value'"),
    ],
)
def test_wrong_documents_are_refused_by_key(tmp_path, change, error, needle):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"schema": "qleap.sample", "schema_version": 1, "value": 1.0} | change))
    with pytest.raises(error, match=needle) as caught:
        read_document(Sample, path)
    assert str(path) in str(caught.value) and caught.value.exit_code == 3


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00\x01", "nan", "[" * 100_000])
def test_other_bytes_are_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputDataError, match="JSON"):
        read_document(Sample, path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputDataError, match="nowhere"):
        read_document(Sample, tmp_path / "nowhere.json")


def test_atomic_write_leaves_no_scrap(tmp_path):
    write_atomically(tmp_path / "f", b"one")
    write_atomically(tmp_path / "f", b"two")
    assert [p.name for p in tmp_path.iterdir()] == ["f"] and (tmp_path / "f").read_bytes() == b"two"


def test_field_docstrings_reach_the_schema():
    assert Sample.model_json_schema()["properties"]["value"]["description"] == "A number."
