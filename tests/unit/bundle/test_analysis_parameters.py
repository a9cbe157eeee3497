"""``analysis.json`` is read strictly."""

import json
from pathlib import Path

import pytest

from qleap_edge.bundle.analysis_parameters import AnalysisParameters
from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource

SHIPPED = resource("ios_sdk_assets/QLeapEdge/Sources/QLeapEdge/Payload/analysis.json")


def test_a_document_survives_its_own_text(tmp_path: Path) -> None:
    document = read_document(AnalysisParameters, SHIPPED)
    document.write(tmp_path / "analysis.json")
    assert (tmp_path / "analysis.json").read_bytes() == SHIPPED.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: one["chain"].update(surprise=1), "chain.surprise"),
        (lambda one: one["seeds"].pop("hop_steps"), "seeds.hop_steps"),
        (lambda one: one["search"].update(quiet_steps="many"), "search.quiet_steps"),
        (lambda one: one["name"]["patterns"][0].update(exercise="swim"), "exercise"),
    ],
)
def test_keys_and_types_are_checked(change, said: str, tmp_path: Path) -> None:
    document = json.loads(SHIPPED.read_text())
    change(document)
    path = tmp_path / "analysis.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputDataError, match=said):
        read_document(AnalysisParameters, path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    document = json.loads(SHIPPED.read_text()) | {"schema_version": 2}
    path = tmp_path / "analysis.json"
    path.write_text(json.dumps(document))
    with pytest.raises(SchemaMismatch):
        read_document(AnalysisParameters, path)
