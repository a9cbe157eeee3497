"""A session document is read only if an analysis of this version can have written it."""

import json
from pathlib import Path

import pytest

from qleap_edge.analysis.session_file import SESSION_FILE, read_session
from qleap_edge.core.errors import InputDataError, SchemaMismatch
from tests.support.session_reports import example, measure

FIRST = example().sets[0]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    example().write(path)
    assert read_session(path) == example() and SESSION_FILE.recognises(path)


@pytest.mark.parametrize(("key", "value"), [("schema_version", 4), ("schema_version", 6), ("schema", "qleap.gate")])
def test_another_version_or_document_is_refused_with_the_command_that_helps(
    tmp_path: Path, key: str, value: object
) -> None:
    path = tmp_path / "session.json"
    path.write_text(json.dumps({**json.loads(example().to_json()), key: value}))
    with pytest.raises(SchemaMismatch, match=f"wrong {key}.*Next: write it again with `qleap watch analyze"):
        read_session(path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match=r"none\.json.*check the path"):
        read_session(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("found", "made", "key"),
    [
        ('"duration_s": 300.0', '"duration_s": NaN', "duration_s"),
        ('"agreement": 0.97', '"agreement": Infinity', "sets.0.agreement"),
        ('"value": 0.31\n', '"value": NaN\n', "sets.0.repetitions.1.range_of_motion_m.value"),
        ('"lever_m": [0.2,', '"lever_m": [NaN,', "wear.lever_m"),
        ('"recording_sha256": "5a', '"recording_sha256": "=A', "recording_sha256"),
        ('"package_sha256": "c3', '"package_sha256": "', "package_sha256"),
    ],
)
def test_an_impossible_figure_is_refused_by_its_key(tmp_path: Path, found: str, made: str, key: str) -> None:
    path = tmp_path / "session.json"
    text = example().to_json()
    assert found in text
    path.write_text(text.replace(found, made, 1))
    with pytest.raises(InputDataError, match="the session holds what no analysis writes") as problem:
        read_session(path)
    assert f"key '{key}'" in str(problem.value)


def test_an_interval_or_a_span_the_wrong_way_round_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    turned = measure(12.5, 8.0).model_copy(update={"low": 30.0})
    outside = measure(12.5, 8.0).model_copy(update={"value": 90.0})
    late = FIRST.repetitions[0].model_copy(update={"turn_s": 1000.0})
    for change, key in (
        ({"velocity_loss_percent": turned}, "velocity_loss_percent"),
        ({"velocity_loss_percent": outside}, "velocity_loss_percent"),
        ({"repetitions": (late,)}, "repetitions.0"),
        ({"end_s": 1.0}, ""),
    ):
        report = example().model_copy(update={"sets": (FIRST.model_copy(update=change),)})
        report.write(path)
        with pytest.raises(InputDataError, match="not above") as problem:
            read_session(path)
        assert f"sets.0.{key}".strip(".") in str(problem.value)
