"""JSON documents: written as canonical text, and read with their schema and version checked."""

import json
import os
import re
import tempfile
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from qleap_edge.core.errors import InputDataError, SchemaMismatch


def _key_of(field: str) -> str:
    return {"schema_name": "schema"}.get(field, field)


class Part(BaseModel):
    """Base of everything inside a document: frozen, no unknown keys."""

    # The text below a field becomes its description in the JSON Schema.
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Document(BaseModel):
    """Base of all JSON documents: frozen, no unknown keys, ``schema`` and ``schema_version`` in the file.

    A subclass narrows ``schema_name`` and ``schema_version`` to literals.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        populate_by_name=True,
        ser_json_inf_nan="null",
        json_schema_serialization_defaults_required=True,  # a field with a default is always written, so the schema requires it
        alias_generator=_key_of,  # not Field(alias=...): a subclass that narrows the field would lose it
    )

    schema_name: str
    schema_version: int

    def to_json(self) -> str:
        """Return the canonical text: sorted keys, two spaces, final newline; equal documents give equal bytes."""
        return canonical_json(self.model_dump(mode="json", by_alias=True))

    def write(self, path: Path) -> None:
        """Write the canonical text to ``path`` atomically."""
        write_atomically(path, self.to_json().encode())


# A list that begins with a line break; a JSON string contains none, so no text is changed.
_NUMBER_LIST = re.compile(r"\[\n\s+((?:(?:-?\d[\d.eE+-]*|null),?\s+)+)\]")
DocumentType = TypeVar("DocumentType", bound=Document)


def canonical_json(value: object) -> str:
    """Return ``value`` as sorted, indented JSON with a final newline; NaN and infinity are refused.

    Lists of numbers stay on one line, so that a matrix has one line for each row.
    """
    text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    return _NUMBER_LIST.sub(lambda found: f"[{' '.join(found.group(1).split())}]", text) + "\n"


def read_document(kind: type[DocumentType], path: Path) -> DocumentType:
    """Read one document.

    Raises:
        InputDataError: no such file, not UTF-8 JSON, or a key is missing, unknown or of the wrong type.
        SchemaMismatch: the file holds another schema or another version of it.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputDataError(
            f"cannot read the file ({problem.strerror})", where=path, next_step="check the path"
        ) from problem
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise InputDataError(
            "not a JSON document",
            where=path,
            expected=f"a document of schema {kind.model_fields['schema_name'].default!r}",
            got=str(problem),
            next_step="check that this is the file you mean, or restore it from its source",
        ) from problem
    if not isinstance(raw, dict):
        raise InputDataError("not a JSON object", where=path, expected="an object", got=type(raw).__name__)
    for key, field in (("schema", "schema_name"), ("schema_version", "schema_version")):
        wanted = kind.model_fields[field].default
        if raw.get(key) != wanted or type(raw.get(key)) is not type(wanted):
            raise SchemaMismatch(
                f"wrong {key}",
                where=f"{path}, key {key!r}",
                expected=repr(wanted),
                got=repr(raw.get(key)),
                next_step="rebuild the file with this version of qleap-edge, or use the version that wrote it",
            )
    try:
        return kind.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise InputDataError(
            first["msg"],
            where=f"{path}, key {'.'.join(str(part) for part in first['loc'])!r}",
            got=repr(first.get("input"))[:80],
            next_step="rebuild the file",
        ) from problem


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path``, fsync, and rename: after a kill there is either the old file or the new one."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as problem:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise InputDataError(
            f"cannot write the file ({problem.strerror})",
            where=path,
            next_step="free some disk space or choose another folder",
        ) from problem
