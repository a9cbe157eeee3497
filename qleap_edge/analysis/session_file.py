"""The file of a session: written by ``qleap watch analyze --out``, read and checked before anything is made from it."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from qleap_edge.analysis.session_document import Measure, SessionReport
from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.output_paths import json_document
from qleap_edge.core.records import Document, Part, read_document

SESSION_FILE = json_document(SessionReport, "an earlier session document")
_SHA256 = re.compile("[0-9a-f]{64}")
WRITE_AGAIN = "write it again with `qleap watch analyze REC --bundle BUNDLE --out SESSION.json` of this version"


def read_session(path: Path) -> SessionReport:
    """Read a session document whose figures are finite and whose intervals and spans are in order.

    JSON has no number for NaN or infinity, but the reader of Python's library takes them; no export may hold one.

    Raises:
        SchemaMismatch: it is another document, or a session of another version.
        InputDataError: the file cannot be read, or a figure in it is impossible.
    """
    try:
        report = read_document(SessionReport, path)
    except SchemaMismatch as problem:
        raise SchemaMismatch(
            problem.what, where=problem.where, expected=problem.expected, got=problem.got, next_step=WRITE_AGAIN
        ) from problem
    for name in ("recording_sha256", "package_sha256"):
        if _SHA256.fullmatch(getattr(report, name)) is None:
            raise _impossible(path, name, "a SHA-256 in hexadecimal", repr(getattr(report, name))[:80])
    for key, part in _parts("", report):
        _require_possible(path, key, part)
    return report


def _parts(key: str, value: object) -> Iterator[tuple[str, Part | Document]]:
    """Yield the document and every part inside it, each with its place: ``sets.0.repetitions.2``."""
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _parts(f"{key}.{index}", item)
    elif isinstance(value, Part | Document):
        yield key.strip("."), value
        for name in type(value).model_fields:
            yield from _parts(f"{key}.{name}", getattr(value, name))


def _require_possible(path: Path, key: str, part: Part | Document) -> None:
    for name in type(part).model_fields:
        value = getattr(part, name)
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, float) and not math.isfinite(number):
                raise _impossible(path, f"{key}.{name}", "a finite number", str(number))
    names = ("low", "value", "high") if isinstance(part, Measure) else ("start_s", "turn_s", "end_s")
    ordered = [(name, getattr(part, name)) for name in names if hasattr(part, name)]
    for (first, lower), (last, upper) in pairwise(ordered):
        if lower > upper:
            raise _impossible(path, key, f"{first} not above {last}", f"{first} = {lower:g}, {last} = {upper:g}")


def _impossible(path: Path, key: str, expected: str, got: str) -> InputDataError:
    return InputDataError(
        "the session holds what no analysis writes",
        where=f"{path}, key {key.strip('.')!r}",
        expected=expected,
        got=got,
        next_step=WRITE_AGAIN,
    )
