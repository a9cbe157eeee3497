"""TOML files: the base of their tables, and the function that reads one or raises one error that names file and key.

Recipes, release bounds, sensor files and the table of chips are read here. A file whose model has the fields ``schema_name``
and ``schema_version`` must carry exactly that schema and version.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from qleap_edge.core.errors import InputDataError, SchemaMismatch, UsageError

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]
ModelType = TypeVar("ModelType", bound=BaseModel)
_PREFIXES = ("Value error, ", "Input should be ", "String should ")  # with which pydantic begins its messages


class TomlTable(BaseModel):
    """Base of the tables of a TOML file: frozen, no unknown keys, no ``nan`` or ``inf``, field docstrings in the schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def read_toml(kind: type[ModelType], path: Path, *, what: str, error: type[InputDataError | UsageError]) -> ModelType:
    """Read and check one TOML file.

    Args:
        kind: model of the whole file.
        path: the file.
        what: what the file is, with its article, for the message, e.g. ``"the recipe"``.
        error: class of the error, which decides the exit code.

    Raises:
        QleapError: of the class ``error``. The file cannot be read, is not TOML, has another schema or version (then it is a
            :class:`SchemaMismatch` where ``error`` is :class:`InputDataError`), or a key is unknown, missing or out of range.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise error(f"cannot read {what} ({problem.strerror})", where=path, next_step="check the path") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise error(
            f"cannot read {what}: not a TOML file", where=path, got=str(problem), next_step=f"correct {what}"
        ) from problem
    _require_schema(kind, raw, path, SchemaMismatch if issubclass(SchemaMismatch, error) else error)
    try:
        return kind.model_validate(raw)
    except ValidationError as problem:
        # An unknown key comes first: beside a missing one it is the same key, misspelt.
        first = min(problem.errors(), key=lambda found: found["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"] if part != "[key]")
        defect, expected = _describe(first)
        raise error(
            defect,
            where=f"{path}, key {key!r}",
            expected=expected,
            got=repr(first.get("input"))[:80],
            next_step=f"correct {what}",
        ) from problem


def _require_schema(
    kind: type[BaseModel], raw: dict[str, Any], path: Path, error: type[InputDataError | UsageError]
) -> None:
    """Refuse another schema or version, where files of this kind carry them."""
    if "schema_name" not in kind.model_fields:
        return
    wanted = [get_args(kind.model_fields[field].annotation)[0] for field in ("schema_name", "schema_version")]
    found = [raw.get(key) for key in ("schema", "schema_version")]
    if [(type(value), value) for value in found] != [(type(value), value) for value in wanted]:
        raise error(
            "wrong schema or version",
            where=f"{path}, keys 'schema' and 'schema_version'",
            expected=" ".join(map(str, wanted)),
            got=" ".join(map(str, found)),
            next_step="use a file of this version, or the version of qleap-edge that it was written for",
        )


def _describe(defect: ErrorDetails) -> tuple[str, str | None]:
    """Return what is wrong with a key, and what pydantic expected where its message says that."""
    message = defect["msg"]
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    match defect["type"]:
        case "extra_forbidden":
            return "unknown key", None
        case "missing":
            return "missing key", None
        case "value_error":  # raised by a validator of ours, whose message says what is wrong
            return message, None
        case _:
            return "unusable value", message
