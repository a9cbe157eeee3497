"""The table, read back by Python's csv and by NumPy."""

import csv
import io
from typing import Any

import numpy as np
import pytest

from qleap_edge.analysis.export.csv_table import COLUMNS, csv_text
from qleap_edge.analysis.export.measures import REPETITION_MEASURES
from qleap_edge.analysis.session_document import SessionReport
from tests.support.session_reports import RECORDING_SHA256, example, exercise_set, session


def rows(report: SessionReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(report), newline=""), strict=True))


def test_every_figure_reads_back_to_the_same_number() -> None:
    report = example()
    found = iter(rows(report))
    for set_number, one in enumerate(report.sets, start=1):
        for number, repetition in enumerate(one.repetitions, start=1):
            row = next(found)
            assert (row["set"], row["repetition"]) == (str(set_number), str(number))
            assert (row["exercise"], row["named_by"]) == (one.exercise.name, one.exercise.named_by)
            assert [float(row[name]) for name in ("start_s", "turn_s", "end_s")] == [
                repetition.start_s, repetition.turn_s, repetition.end_s,
            ]  # fmt: skip
            for each in REPETITION_MEASURES:
                measure = getattr(repetition, each.field)
                cells = [row[f"{each.field}{part}"] for part in ("", "_low", "_high", "_source")]
                if measure is None:
                    assert cells == [""] * 4
                else:
                    assert [float(cell) for cell in cells[:3]] == [measure.value, measure.low, measure.high]
                    assert cells[3] == measure.source
    assert next(found, None) is None


def test_numpy_reads_it() -> None:
    table: Any = np.genfromtxt(
        io.StringIO(csv_text(example())), delimiter=",", names=True, dtype=None, encoding="utf-8"
    )
    np.testing.assert_array_equal(table["range_of_motion_m"], [0.55, 0.31, 0.52, 0.4])
    assert table["exercise"].tolist() == ["squat", "squat", "squat", "unknown"]
    assert table["partial"].tolist() == [False, True, False, False]
    assert np.isnan(table["depth_m"][3]) and np.isnan(table["pause_before_s"][0])
    assert table.dtype.names == COLUMNS


def test_flags_and_disagreements_belong_to_their_repetition() -> None:
    found = rows(example())
    assert [row["partial"] for row in found] == ["false", "true", "false", "false"]
    assert [row["disagreements"] for row in found] == ["", "depth", "", ""]
    assert [row["depth_by_reference"] for row in found] == ["false", "false", "false", ""]
    assert found[3]["exercise_probability"] == "" and found[0]["exercise_probability"] == "0.93"


def test_lines_end_as_rfc_4180_says_and_hold_ascii() -> None:
    text = csv_text(example())
    assert text.isascii() and text.count("\r\n") == text.count("\n") == 5
    assert "recordings/one.csv" not in text and RECORDING_SHA256 in text


def test_columns_have_names_of_their_own() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert all(name == name.lower() and name.isidentifier() for name in COLUMNS)


def test_a_session_without_sets_has_a_header_only() -> None:
    assert csv_text(session()) == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_begins_a_formula(start: str) -> None:
    report = session(exercise_set(1.0, None, (0.4,)), recording_sha256=f'{start}HYPERLINK("x","y"),1')
    assert rows(report)[0]["recording_sha256"] == f'\'{start}HYPERLINK("x","y"),1'


def test_a_negative_number_stays_a_number() -> None:
    repetition = example().sets[0].repetitions[0].model_copy(update={"network_depth_m": -0.25})
    one = example().sets[0].model_copy(update={"repetitions": (repetition,)})
    assert rows(session(one))[0]["network_depth_m"] == "-0.25"
