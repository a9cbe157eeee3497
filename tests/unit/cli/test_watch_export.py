"""``qleap watch export`` as a user calls it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle

from tests.support.command import assert_refused, call
from tests.support.fhir_r4 import require_r4
from tests.support.session_reports import example, session


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "session.json"
    example().write(path)
    return path


def test_both_exports_at_once_and_again_with_equal_bytes(document: Path, tmp_path: Path) -> None:
    fhir, csv = tmp_path / "out" / "session.fhir.json", tmp_path / "out" / "session.csv"
    written = []
    for _ in range(2):
        done = call("watch", "export", document, "--fhir", fhir, "--csv", csv, "--patient", "Patient/123")
        assert done.code == 0 and done.err == "", done
        assert "2 Observations of sets, 4 of repetitions, preliminary" in done.out and "4 rows" in done.out
        written.append((fhir.read_bytes(), csv.read_bytes()))
    assert written[0] == written[1]
    Bundle.model_validate_json(written[0][0])
    require_r4("Bundle", json.loads(written[0][0], parse_float=Decimal))
    assert b'"Patient/123"' in written[0][0] and b"effectivePeriod" in written[0][0]


def test_a_session_without_a_time_warns_and_takes_one(tmp_path: Path) -> None:
    document, fhir = tmp_path / "session.json", tmp_path / "a.json"
    session(*example().sets, started_at=None).write(document)
    done = call("watch", "export", document, "--fhir", fhir)
    assert done.code == 0 and done.err.startswith("warning: ") and "--started-at" in done.err
    assert b"effective" not in fhir.read_bytes()
    done = call("watch", "export", document, "--fhir", fhir, "--started-at", "2026-03-01T18:30:00+01:00")
    assert done.code == 0 and done.err == ""
    assert b'"2026-03-01T17:30:10.000Z"' in fhir.read_bytes()


def test_one_set_is_told_as_one(tmp_path: Path) -> None:
    document = tmp_path / "session.json"
    session(example().sets[1]).write(document)
    done = call("watch", "export", document, "--fhir", tmp_path / "a.json")
    assert "1 Observation of a set, 1 of repetitions" in done.out


def test_a_session_without_sets_is_exported_and_said(tmp_path: Path) -> None:
    document, fhir, csv = tmp_path / "session.json", tmp_path / "a.json", tmp_path / "a.csv"
    session().write(document)
    done = call("watch", "export", document, "--fhir", fhir, "--csv", csv)
    assert done.code == 0 and "The session has no set" in done.out and "no Observation" in done.out
    require_r4("Bundle", json.loads(fhir.read_bytes(), parse_float=Decimal))
    assert csv.read_bytes().count(b"\n") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), ("nothing to write", "--fhir", "--csv")),
        (
            ("--fhir", "a", "--csv", "./a"),
            (
                "two outputs cannot be one file",
                "--fhir and --csv",
                "choose another name for --csv",
            ),
        ),
        (("--csv", "a.csv", "--patient", "Patient/1"), ("--patient", "--fhir")),
        (("--csv", "a.csv", "--started-at", "2026-03-01T18:30:00Z"), ("--started-at", "--fhir")),
        (("--fhir", "a.json", "--patient", "1"), ("not a reference to a patient",)),
        (("--fhir", "a.json", "--started-at", "2026-03-01T18:30:00Z"), ("leave --started-at out",)),
    ],
)
def test_a_wrong_call_writes_nothing(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(call("watch", "export", document, *options), 2, *words, "Next: ")
    assert [path.name for path in tmp_path.iterdir()] == [document.name]


def test_a_session_that_cannot_be_used_ends_with_3(document: Path, tmp_path: Path) -> None:
    assert_refused(
        call("watch", "export", tmp_path / "none.json", "--csv", tmp_path / "a.csv"), 3, "none.json", "Next: "
    )
    document.write_text(document.read_text().replace('"schema_version": 5', '"schema_version": 4'))
    assert_refused(call("watch", "export", document, "--csv", tmp_path / "a.csv"), 3, "schema_version", "watch analyze")
    assert not (tmp_path / "a.csv").exists()


def test_one_export_does_not_replace_the_other_nor_the_session(document: Path, tmp_path: Path) -> None:
    before = document.read_bytes()
    assert call("watch", "export", document, "--csv", tmp_path / "a.csv").code == 0
    assert_refused(call("watch", "export", document, "--fhir", tmp_path / "a.csv"), 2, "is not an earlier FHIR export")
    for option in ("--fhir", "--csv"):
        assert_refused(call("watch", "export", document, option, document), 2, "is not an earlier", "Next: ")
    assert document.read_bytes() == before
