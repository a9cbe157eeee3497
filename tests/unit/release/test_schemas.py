"""The JSON Schemas in the repository are those of the models that write the documents."""

import json
from pathlib import Path

import pytest

from qleap_edge.core.resources import resource
from qleap_edge.release.schemas import SCHEMAS, schema_text, write_schemas
from tests.support.micro import Micro


@pytest.mark.parametrize("relative", sorted(SCHEMAS))
def test_schemas_on_disk_are_those_of_the_models(relative: str) -> None:
    assert resource(relative).read_text(encoding="utf-8") == schema_text(SCHEMAS[relative])
    schema = json.loads(schema_text(SCHEMAS[relative]))
    assert schema["additionalProperties"] is False
    assert schema["properties"]["schema"]["const"].startswith("qleap.")
    assert {"schema", "schema_version"} <= set(schema["required"])


def test_no_schema_is_left_over() -> None:
    folders = {Path(relative).parent.as_posix() for relative in SCHEMAS}
    present = {f"{folder}/{path.name}" for folder in folders for path in resource(folder).glob("*.schema.json")}
    assert present == set(SCHEMAS)


def test_schemas_are_written_below_a_root(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")} == set(SCHEMAS)


def test_every_document_of_the_bundle_has_a_schema_that_knows_its_keys(micro: Micro) -> None:
    known = {kind.model_fields["schema_name"].default: relative for relative, kind in SCHEMAS.items()}
    documents = [path for path in micro.bundle.rglob("*.json") if path.name != "Manifest.json"]
    checked = 0
    for path in documents:
        if "Tests" in path.parts:
            continue
        document = json.loads(path.read_text())
        schema = json.loads(resource(known[document["schema"]]).read_text())
        assert document.keys() <= schema["properties"].keys()
        assert set(schema["required"]) <= document.keys()
        checked += 1
    assert checked >= 14
