"""TOML files: each defect is one error of the caller's class that names the file, the key, what was expected and found."""

import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from qleap_edge.core.errors import InputDataError, SchemaMismatch, UsageError
from qleap_edge.core.toml_documents import read_toml

TEXT = 'schema = "qleap.range"\nschema_version = 1\n[limits]\nlow = 1\nhigh = 2\n'


class Limits(BaseModel):
    model_config = ConfigDict(extra="forbid")
    low: int
    high: int = Field(le=9)

    @model_validator(mode="after")
    def _in_order(self) -> "Limits":
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class RangeFile(BaseModel):
    schema_name: Literal["qleap.range"] = Field(alias="schema")
    schema_version: Literal[1]
    limits: Limits


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "range.toml"
    path.write_text(TEXT)
    assert read_toml(RangeFile, path, what="the range", error=UsageError).limits == Limits(low=1, high=2)


@pytest.mark.parametrize("error", [UsageError, InputDataError])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("high = 2", "hihg = 2", "key 'limits.hihg': unknown key; got 2. Next: correct the range"),
        ("high = 2", "", "key 'limits.high': missing key"),
        ("high = 2", "high = 10", "key 'limits.high': unusable value; expected less than or equal to 9; got 10"),
        ("high = 2", 'high = "two"', "key 'limits.high': unusable value; expected a valid integer"),
        ("high = 2", "high = 0", "key 'limits': low 1 is above high 0; got {'low': 1, 'high': 0}"),
        ("[limits]", "[limits", "cannot read the range: not a TOML file; got "),
    ],
)
def test_each_defect_is_one_error(
    error: type[UsageError | InputDataError], old: str, new: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "range.toml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(error, match=re.escape(said)) as caught:
        read_toml(RangeFile, path, what="the range", error=error)
    assert type(caught.value) is error and str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("old", "new", "got"),
    [
        ("schema_version = 1", "schema_version = 2", "qleap.range 2"),
        ("schema_version = 1", "schema_version = true", "qleap.range True"),
        ("qleap.range", "qleap.other", "qleap.other 1"),
        ("schema_version = 1\n", "", "qleap.range None"),
    ],
)
def test_another_schema_or_version_is_refused(old: str, new: str, got: str, tmp_path: Path) -> None:
    path = tmp_path / "range.toml"
    path.write_text(TEXT.replace(old, new))
    for error, raised in ((InputDataError, SchemaMismatch), (UsageError, UsageError)):
        with pytest.raises(raised, match=rf"'schema_version'.*expected qleap\.range 1; got {got}"):
            read_toml(RangeFile, path, what="the range", error=error)


@pytest.mark.parametrize("data", [None, b"\xff\xfe\x00"])
def test_a_file_that_is_absent_or_not_text(data: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "range.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UsageError, match=r"range\.toml: cannot read the range"):
        read_toml(RangeFile, path, what="the range", error=UsageError)
