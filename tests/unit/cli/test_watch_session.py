"""``qleap watch analyze --out``: the document on the disk, from a real recording to both exports."""

import json
from decimal import Decimal
from pathlib import Path

from fhir.resources.R4B.bundle import Bundle

from tests.support.command import assert_refused, call
from tests.support.fhir_r4 import require_r4
from tests.support.micro import Micro
from tests.support.watch_recordings import GYM_SET


def test_the_document_is_what_json_prints_and_can_be_exported(micro: Micro, tmp_path: Path) -> None:
    out, fhir, csv = tmp_path / "session.json", tmp_path / "session.fhir.json", tmp_path / "session.csv"
    command = ("watch", "analyze", GYM_SET, "--bundle", micro.bundle)
    printed = call(*command, "--json", "--out", out)
    assert printed.code == 0, printed.err
    assert out.read_text() == printed.out
    table = call(*command, "--out", out)
    assert table.code == 0 and out.read_text() == printed.out, "an earlier session document is replaced"
    assert "repetitions of" in table.out
    repetitions = sum(len(one["repetitions"]) for one in json.loads(printed.out)["sets"])
    assert repetitions > 0
    done = call("watch", "export", out, "--fhir", fhir, "--csv", csv)
    assert done.code == 0, done.err
    Bundle.model_validate_json(fhir.read_bytes())
    require_r4("Bundle", json.loads(fhir.read_bytes(), parse_float=Decimal))
    assert csv.read_bytes().count(b"\r\n") == repetitions + 1


def test_a_file_of_the_user_stays(micro: Micro, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("three years of work")
    done = call("watch", "analyze", GYM_SET, "--bundle", micro.bundle, "--out", letter)
    assert_refused(done, 2, "is not an earlier session document", "Next: ")
    assert letter.read_text() == "three years of work"
