"""Motion folders: captured motion as joint angles of the product's body, one JSON document and one ``.npz`` a person.

``NAME.json`` is a :class:`MotionDocument`; ``NAME.npz`` beside it holds one array for each recording, under its name: int16
(time, configuration), first differences along time in units of 1e-4 (m, 1, rad). Their running sum is the configuration of
MuJoCo's model: position of the middle of the hips (x ahead, y left, z up, m), its quaternion (w, x, y, z), and the hinges in
the order that the document names. A folder may hold any number of persons, and folders of persons. Nothing is ever unpickled.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float, Int16
from pydantic import Field

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.manifest import MANIFEST_NAME, sha256_bytes
from qleap_edge.core.records import Document, Part, read_document, write_atomically
from qleap_edge.core.resources import resource
from qleap_edge.physics.anthropometry import Sex, mean_subject
from qleap_edge.physics.body import DOF_COUNT, HINGES
from qleap_edge.physics.captured.library import UNIT, CapturedPerson, CapturedRecording, MotionLibrary

SHIPPED = "shipped"
"""Name, in a recipe, of the captured motion that comes with the package."""
MOST_PERSONS = 500
MAX_BYTES = 2**28  # of one person's arrays, unpacked
SHORTEST_S, LONGEST_S = 2.0, 600.0

_WIDTH = 1 + DOF_COUNT
_LENGTHS = tuple(sorted(mean_subject("male", 1.75, 75.0).lengths))
_HIP_HEIGHT_M = (0.05, 2.0)  # of anybody, lying to standing; another unit lies outside
_NEXT = "write the folder again, with `qleap motion fit` or as the documentation describes"


class RecordingEntry(Part):
    """One recording of a person."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    """Name of its array."""
    exercise: Exercise
    """What was done; ``idle`` for what is none of the exercises."""
    correct: bool = True
    """False: done on purpose as a patient or a beginner would get it wrong."""
    repetitions: tuple[tuple[int, int], ...] = ()
    """First and last row of every repetition; they may be unknown."""


class MotionDocument(Document):
    """``NAME.json``: a captured person and what was recorded."""

    schema_name: Literal["qleap.motion"] = "qleap.motion"
    schema_version: Literal[1] = 1
    person: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    """Name of the person, which no other person of a dataset has."""
    sex: Sex | None = None
    """None: unknown."""
    stature_m: Annotated[float, Field(ge=1.2, le=2.3)]
    """Body height, or what the markers say of it."""
    mass_kg: Annotated[float, Field(ge=30.0, le=250.0)] | None = None
    """None: unknown."""
    lengths_m: dict[str, Annotated[float, Field(gt=0.0, lt=1.0)]]
    """Segment lengths, as ``physics/anthropometry.py`` names them."""
    rate_hz: Annotated[float, Field(ge=25.0, le=240.0)]
    """Samples a second of every recording."""
    hinges: tuple[str, ...]
    """Names of the hinges after the seven coordinates of the root."""
    source: Annotated[str, Field(min_length=1)]
    """Where the motion is from: authors, title, year."""
    licence: Annotated[str, Field(min_length=1)]
    """Under which terms it may be used."""
    pronation_known: bool = True
    """Whether the turning of the forearms was measured; otherwise it is drawn."""
    arrays_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """sha256 of ``NAME.npz``."""
    recordings: Annotated[tuple[RecordingEntry, ...], Field(min_length=1, max_length=1000)]
    """Every recording."""


def shipped_motion() -> Path:
    """Return the folder of captured motion that comes with the package: a part of UI-PRMD, which is in the public domain."""
    return resource("calibration/motion")


def motion_folders(named: Iterable[str | Path]) -> tuple[Path, ...]:
    """Return the folders that a recipe or a command names; ``shipped`` is the one that comes with the package."""
    return tuple(shipped_motion() if str(one) == SHIPPED else Path(one) for one in named)


def person_documents(folders: Iterable[Path], left_out: Iterable[str] = ()) -> dict[str, Path]:
    """Return the document of every person in some folders, sorted by name.

    Args:
        folders: each with persons, or with folders of persons.
        left_out: names of persons that do not count.

    Raises:
        InputDataError: a folder has no person in it, two persons have one name, or a person to leave out is not there.
        SchemaMismatch: a document has another schema or version.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in _documents(folder):
            person = read_document(MotionDocument, path).person
            if person in found:
                raise InputDataError(
                    f"two persons are called {person!r}",
                    where=f"{found[person]} and {path}",
                    next_step="give each person a name of their own, and each folder once",
                )
            found[person] = path
    without = set(left_out)
    missing = sorted(without - found.keys())
    if missing:
        raise InputDataError(
            f"there is no person {missing[0]!r} to leave out",
            where=", ".join(str(path.parent) for path in found.values()),
            expected=f"one of {', '.join(sorted(found))}",
        )
    return {name: found[name] for name in sorted(found.keys() - without)}


def read_motion(documents: dict[str, Path]) -> MotionLibrary:
    """Read the persons that :func:`person_documents` found.

    Raises:
        InputDataError: a file is damaged or holds what no body does. The message names file, key and row.
        SchemaMismatch: a document has another schema or version.
    """
    recordings = [recording for path in documents.values() for recording in read_person(path)]
    return MotionLibrary(sha256_bytes(" ".join(one.digest for one in recordings).encode()), tuple(recordings))


def _documents(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputDataError("no such folder of captured motion", where=folder, next_step="check the path")
    everything = [*folder.glob("*.json"), *folder.glob("*/*.json")]
    found = sorted(path for path in everything if path.name != MANIFEST_NAME)
    if not 0 < len(found) <= MOST_PERSONS:
        raise InputDataError(
            "not a folder of captured motion",
            where=folder,
            expected=f"1 to {MOST_PERSONS} documents NAME.json, each with its NAME.npz",
            got=f"{len(found)} documents",
            next_step=_NEXT,
        )
    return found


def read_person(path: Path) -> tuple[CapturedRecording, ...]:
    """Read the recordings of one person's document.

    Raises:
        InputDataError: see :func:`read_motion`.
        SchemaMismatch: see :func:`read_motion`.
    """
    document = read_document(MotionDocument, path)
    _check_document(path, document)
    arrays_path = path.with_suffix(".npz")
    try:
        data = arrays_path.read_bytes()
    except OSError as problem:
        raise InputDataError(f"cannot read the file ({problem.strerror})", where=arrays_path) from problem
    digest = sha256_bytes(data)
    if digest != document.arrays_sha256:
        raise InputDataError(
            "the arrays are not those of the document",
            where=arrays_path,
            expected=f"sha256 {document.arrays_sha256}",
            got=digest,
            next_step=_NEXT,
        )
    arrays = _arrays(arrays_path, data, document)
    person = CapturedPerson(
        document.person,
        document.sex,
        document.stature_m,
        document.mass_kg,
        tuple(sorted(document.lengths_m.items())),
        document.pronation_known,
    )
    key = sha256_bytes(path.read_bytes() + data)
    return tuple(
        CapturedRecording(
            person,
            entry.name,
            entry.exercise,
            entry.correct,
            document.rate_hz,
            arrays[entry.name],
            entry.repetitions,
            f"{key}/{entry.name}",
        )
        for entry in document.recordings
    )


def _check_document(path: Path, document: MotionDocument) -> None:
    if document.hinges != HINGES:
        raise _wrong(
            path, "hinges", "other hinges than this body's", ", ".join(HINGES), ", ".join(document.hinges)[:80]
        )
    if tuple(sorted(document.lengths_m)) != _LENGTHS:
        got = ", ".join(sorted(document.lengths_m))
        raise _wrong(path, "lengths_m", "other lengths than this body's", ", ".join(_LENGTHS), got)
    names = [entry.name for entry in document.recordings]
    if len(set(names)) != len(names):
        raise _wrong(path, "recordings", "two recordings have one name", "each name once", ", ".join(names)[:80])


def _arrays(path: Path, data: bytes, document: MotionDocument) -> dict[str, Int16[np.ndarray, "time nq"]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > MAX_BYTES:
            raise _wrong(path, "", "the arrays are too large", f"at most {MAX_BYTES} bytes unpacked", f"{size} bytes")
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return {entry.name: _checked(path, entry, stored, document.rate_hz) for entry in document.recordings}
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error) as problem:
        raise _wrong(path, "", "cannot read the arrays", "an .npz archive", str(problem)) from problem


def _checked(
    path: Path, entry: RecordingEntry, stored: "np.lib.npyio.NpzFile", rate_hz: float
) -> Int16[np.ndarray, "time nq"]:
    if entry.name not in stored.files:
        raise _wrong(path, entry.name, "the array is missing", "one for each recording", ", ".join(stored.files)[:80])
    try:
        steps: object = stored[entry.name]
    except ValueError as problem:  # an array of objects
        raise _wrong(path, entry.name, "cannot read the array", "a plain array", str(problem)) from problem
    if not isinstance(steps, np.ndarray) or steps.dtype != np.int16 or steps.ndim != 2 or steps.shape[1] != _WIDTH:
        got = f"{steps.dtype} {steps.shape}" if isinstance(steps, np.ndarray) else type(steps).__name__
        raise _wrong(path, entry.name, "wrong shape or kind", f"int16 (time, {_WIDTH})", got)
    if not SHORTEST_S <= len(steps) / rate_hz <= LONGEST_S:
        expected = f"{SHORTEST_S:g} to {LONGEST_S:g} s"
        raise _wrong(
            path, entry.name, "a recording is too short or too long", expected, f"{len(steps) / rate_hz:.3g} s"
        )
    qpos = np.cumsum(steps, axis=0, dtype=np.int64) * UNIT
    height, length = qpos[:, 2], np.linalg.norm(qpos[:, 3:7], axis=1)
    for what, values, (low, high) in (
        ("the hips are not above the floor", height, _HIP_HEIGHT_M),
        ("a quaternion has not the length 1", length, (0.99, 1.01)),
        ("a hinge is turned by more than a whole turn", np.abs(qpos[:, 7:]).max(axis=1), (0.0, 2.0 * np.pi)),
    ):
        outside = np.flatnonzero((values < low) | (values > high))
        if len(outside):
            where = f"{entry.name}, row {int(outside[0])}"
            raise _wrong(path, where, what, f"{low:.3g} to {high:.3g}", f"{float(values[outside[0]]):.4g}")
    for first, last in entry.repetitions:
        if not 0 <= first < last < len(steps):
            expected = f"two rising rows between 0 and {len(steps) - 1}"
            raise _wrong(path, entry.name, "a repetition outside its recording", expected, f"{first} to {last}")
    return np.asarray(steps)


def _wrong(path: Path, key: str, what: str, expected: str, got: str) -> InputDataError:
    where = f"{path}, key {key!r}" if key else str(path)
    return InputDataError(what, where=where, expected=expected, got=got, next_step=_NEXT)


def encoded(qpos: Float[np.ndarray, "time nq"]) -> Int16[np.ndarray, "time nq"]:
    """Return configurations as they are stored: first differences of the rounded values; the middle of the path is the origin.

    Raises:
        InputDataError: a coordinate is too large or changes too fast for it.
    """
    moved = qpos.copy()
    moved[:, :2] -= 0.5 * (moved[:, :2].min(axis=0) + moved[:, :2].max(axis=0))
    flips = np.cumprod(np.where((moved[1:, 3:7] * moved[:-1, 3:7]).sum(axis=1) < 0.0, -1.0, 1.0))
    moved[1:, 3:7] *= flips[:, None]  # a quaternion and its negative are one rotation: without jumps between them
    steps = np.diff(np.rint(moved / UNIT).astype(np.int64), axis=0, prepend=0)
    if np.abs(steps).max() > np.iinfo(np.int16).max:
        raise InputDataError(
            "the motion cannot be stored",
            expected="a path of at most 6 m, and no jumps",
            got=f"a step of {np.abs(steps).max() * UNIT:.3g} m or rad",
            next_step="leave this recording out, or cut it",
        )
    return steps.astype(np.int16)


def write_person(
    folder: Path, document: MotionDocument, arrays: dict[str, Int16[np.ndarray, "time nq"]]
) -> MotionDocument:
    """Write one person into a folder and return the document with the hash of the arrays; equal input gives equal bytes."""
    data = _npz(arrays)
    finished = document.model_copy(update={"arrays_sha256": sha256_bytes(data)})
    write_atomically(folder / f"{document.person}.npz", data)
    finished.write(folder / f"{document.person}.json")
    return finished


def _npz(arrays: dict[str, Int16[np.ndarray, "time nq"]]) -> bytes:
    """Return an .npz archive without time stamps."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in sorted(arrays.items()):
            member = io.BytesIO()
            # Column by column: neighbouring bytes are then alike, and the archive is a quarter smaller.
            np.lib.format.write_array(member, np.asfortranarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()
