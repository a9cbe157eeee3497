"""Whatever an analysis may have found, its exports are valid, hold no NaN, and are the same each time."""

import csv
import io
import json
from decimal import Decimal

from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings

from qleap_edge.analysis.export.csv_table import COLUMNS, csv_text
from qleap_edge.analysis.export.fhir import fhir_text
from qleap_edge.analysis.export.recording_time import recording_start
from qleap_edge.analysis.session_document import SessionReport
from tests.support.fhir_r4 import require_r4
from tests.support.session_reports import sessions


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@settings(max_examples=100, deadline=None)
@given(sessions())
def test_the_bundle_is_always_valid_r4(report: SessionReport) -> None:
    started = recording_start(report)
    text = fhir_text(report, started=started)
    assert text == fhir_text(SessionReport.model_validate_json(report.to_json()), started=started)
    Bundle.model_validate_json(text.encode())
    bundle = json.loads(text, parse_float=Decimal, parse_constant=refuse)
    require_r4("Bundle", bundle)
    assert len(bundle["entry"]) == 1 + len(report.sets) + sum(len(one.repetitions) for one in report.sets)


@settings(max_examples=100, deadline=None)
@given(sessions())
def test_the_table_is_always_rectangular_and_reads_back(report: SessionReport) -> None:
    text = csv_text(report)
    assert text == csv_text(SessionReport.model_validate_json(report.to_json()))
    header, *body = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert tuple(header) == COLUMNS and all(len(row) == len(COLUMNS) for row in body)
    assert not any(cell.lower() in ("nan", "inf", "-inf", "none") for row in body for cell in row)
    repetitions = [one for each in report.sets for one in each.repetitions]
    for row, repetition in zip(body, repetitions, strict=True):
        cells = dict(zip(header, row, strict=True))
        assert float(cells["range_of_motion_m"]) == repetition.range_of_motion_m.value
        assert float(cells["concentric_s_high"]) == repetition.concentric_s.high
