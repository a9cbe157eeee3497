"""Errors: one line that says what, where, expected, got and the next step, and the exit code of each."""

import pytest

from qleap_edge.core.errors import (
    AlteredFile,
    CheckFailed,
    InputDataError,
    QleapError,
    SchemaMismatch,
    UnsupportedOperation,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [(QleapError, 4), (CheckFailed, 1), (UsageError, 2), (InputDataError, 3), (SchemaMismatch, 3), (AlteredFile, 3)],
)
def test_exit_codes(error: type[QleapError], code: int) -> None:
    assert error("broken").exit_code == code and str(error("broken")) == "broken"


def test_the_whole_message() -> None:
    said = InputDataError("bad number", where="a.csv, row 3", expected="m/s²", got="'x'", next_step="mend row 3")
    assert str(said) == "a.csv, row 3: bad number; expected m/s²; got 'x'. Next: mend row 3"
    assert (said.what, said.where, said.expected, said.got, said.next_step) == (
        "bad number", "a.csv, row 3", "m/s²", "'x'", "mend row 3",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"got": ""}, "w; got "),
        ({"expected": "a"}, "w; expected a"),
        ({"next_step": "go"}, "w. Next: go"),
        ({"where": "here", "got": "0"}, "here: w; got 0"),
    ],
)
def test_parts_that_are_left_out_leave_no_trace(parts: dict[str, str], text: str) -> None:
    assert str(QleapError("w", **parts)) == text


def test_kinds_can_be_caught_together() -> None:
    for kind in (SchemaMismatch, AlteredFile, UnsupportedOperation):
        assert issubclass(kind, InputDataError)
    for kind in (CheckFailed, UsageError, InputDataError):
        assert issubclass(kind, QleapError)
    assert not issubclass(CheckFailed, InputDataError)


def test_an_unsupported_operation_lists_what_is_supported() -> None:
    error = UnsupportedOperation("non_maximum_suppression", "boxes", ["add", "mul"])
    assert (error.exit_code, error.op_type, error.op_name, error.supported) == (
        3, "non_maximum_suppression", "boxes", ["add", "mul"],
    )  # fmt: skip
    for part in ("'boxes'", "'non_maximum_suppression'", "add, mul"):
        assert part in str(error)
    assert "only axis 0" in str(UnsupportedOperation("add", "x", ["add"], detail="only axis 0"))
