"""Shards on disk: HDF5 files of many sequences laid end to end.

:mod:`qleap_edge.dataset.layout` says what a shard holds; the same checks apply to what is written and to what is read. Equal
content gives equal bytes.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from jaxtyping import Float32, Int8, Int32, Int64

from qleap_edge.core.errors import InputDataError, QleapError, SchemaMismatch
from qleap_edge.core.exercises import FORM_UNSCORED, label_of
from qleap_edge.dataset.layout import (
    ATTRIBUTES,
    COLUMNS,
    FRAMES,
    LAYOUT,
    SHARD_SCHEMA,
    SHARD_VERSION,
    check_all_values,
    check_layout,
    check_values,
)
from qleap_edge.dataset.shard_repetitions import ShardRepetitions, repetition_form
from qleap_edge.physics.form import CRITERIA
from qleap_edge.physics.sequence import Sequence

_CHUNK_ROWS, _SCALAR_CHUNK_ROWS = 128, 4096  # a window unpacks two or three chunks
# Not LZF: h5py's LZF compressor uses an uninitialised hash table, so its bytes depend on memory addresses.
_DEFLATE: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
# The oldest format whose metadata have checksums: in an older one a changed byte can put HDF5 into an endless loop.
_FORMAT = ("v110", "v110")


@dataclass(frozen=True)
class Shard:
    """One shard in memory."""

    imu: Float32[np.ndarray, "frames 6"]
    pose: Float32[np.ndarray, "frames 17 3"]
    kinematics: Float32[np.ndarray, "frames 8"]
    exercise: Int8[np.ndarray, " frames"]
    phase: Float32[np.ndarray, " frames"]
    offsets: Int64[np.ndarray, " sequences_and_one"]
    repetitions: Int32[np.ndarray, "repetitions 3"]
    """Start, turning point and end, in frames of their sequence."""
    repetition_form: Float32[np.ndarray, "repetitions measures"]
    """:data:`qleap_edge.physics.form_measures.REPETITION_MEASURES` of the squats; NaN for other exercises."""
    repetition_offsets: Int64[np.ndarray, " sequences_and_one"]
    columns: Mapping[str, np.ndarray]
    """The ``sequences/<column>`` datasets by column, one row a sequence."""


def shard_image(sequences: list[Sequence]) -> bytes:
    """Return the bytes of a shard's file; the caller writes them atomically.

    The file is built in memory, because HDF5 aborts the whole process when the disk is full.

    Raises:
        InputDataError: a sequence holds what a shard may not, e.g. a value that is not finite.
    """
    if not sequences:
        raise QleapError("a shard needs at least one sequence")
    values: dict[str, np.ndarray] = {
        **{name: np.concatenate([getattr(s, name) for s in sequences]) for name in FRAMES},
        "offsets": np.cumsum([0, *(len(s.imu) for s in sequences)], dtype=np.int64),
        "repetitions/frames": np.concatenate([s.repetitions for s in sequences]).astype(np.int32),
        "repetitions/form": np.concatenate([repetition_form(s) for s in sequences]),
        "repetitions/offsets": np.cumsum([0, *(len(s.repetitions) for s in sequences)], dtype=np.int64),
        **_columns(sequences),
    }
    where = f"shard of sequences {sequences[0].request.sequence_id} to {sequences[-1].request.sequence_id}"
    check_layout(values, where)
    check_all_values(values, where)
    image = io.BytesIO()
    with h5py.File(image, "w", track_order=False, libver=_FORMAT) as file:
        file.attrs.update({name: _inline(value) for name, value in ATTRIBUTES.items()})
        for name, entry in LAYOUT.items():
            rows = min(_CHUNK_ROWS if entry.shape else _SCALAR_CHUNK_ROWS, len(values[name]))
            packing = {"chunks": (rows, *entry.shape), **_DEFLATE} if entry.rows == "frames" else {}
            dataset = file.create_dataset(name, data=values[name], track_times=False, **packing)
            dataset.attrs["units"] = _inline(entry.unit)
    return image.getvalue()


def _inline(value: object) -> object:
    """Return a text with a fixed length, which HDF5 stores inside the checksummed header of its object.

    A text of variable length lies in a heap without a checksum, and one changed byte in its size makes HDF5 loop for ever.
    """
    return np.bytes_(value.encode()) if isinstance(value, str) else value


def _columns(sequences: list[Sequence]) -> dict[str, np.ndarray]:
    rows = [_row(sequence) for sequence in sequences]
    columns = {}
    for name in COLUMNS:
        dtype, values = np.dtype(LAYOUT[name].dtype), [row[name.removeprefix("sequences/")] for row in rows]
        if dtype.kind == "S":  # NumPy would truncate a long name without an error
            long = [text for text in values if not str(text).isascii() or len(str(text)) > dtype.itemsize]
            if long:
                raise QleapError("a name does not fit its column", where=name, expected=dtype.str, got=repr(long[0]))
        columns[name] = np.array(values, dtype=dtype)
    return columns


def _row(sequence: Sequence) -> dict[str, object]:
    request, subject, rubric = sequence.request, sequence.subject, sequence.rubric
    unscored, nothing = np.full(len(CRITERIA), FORM_UNSCORED), np.full(len(CRITERIA), np.nan)
    return {
        "sequence_id": request.sequence_id,
        "subject_id": request.subject_id,
        "exercise": label_of(request.content),
        "form": FORM_UNSCORED if rubric is None else rubric.score,
        "form_deductions": unscored if rubric is None else rubric.deductions,
        "form_measures": nothing if rubric is None else rubric.measures,
        "repetitions": len(sequence.repetitions),
        "depth": sequence.depth,
        "descent_s": sequence.descent_s,
        "ascent_s": sequence.ascent_s,
        "lumbar_baseline": subject.lumbar_baseline,
        "stature_m": subject.stature_m,
        "mass_kg": subject.mass_kg,
        "load_kg": sequence.load_kg,
        "sex": subject.sex,
        "wrist": sequence.wear.wrist.value,
        "crown": sequence.wear.crown.value,
        "posture": sequence.posture,
        "regime": request.regime,
    }


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn every error of HDF5 about a damaged file into one that names the file.

    Raises:
        InputDataError: the block could not read ``path``.
    """
    try:
        yield
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as problem:
        raise InputDataError(
            "cannot read the shard", where=path, got=str(problem), next_step="synthesise the dataset again"
        ) from problem


def _attribute(file: h5py.File, name: str) -> str:
    """Return an attribute as text without ever reading one of variable length; such a one, or none, gives ``None``."""
    if name not in file.attrs:
        return "None"
    kind = file.attrs.get_id(name).get_type()
    if isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str():
        return "None"
    value = file.attrs[name]
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def open_shard(path: Path, cache_bytes: int = 1 << 20) -> h5py.File:
    """Open a shard for reading; the caller closes it.

    Args:
        path: the file.
        cache_bytes: of unpacked chunks that HDF5 may keep for each dataset.

    Raises:
        InputDataError: missing, truncated or not HDF5.
        SchemaMismatch: another schema or version.
    """
    with reading(path), ExitStack() as stack:
        file = stack.enter_context(h5py.File(path, "r", rdcc_nbytes=cache_bytes))
        found = tuple(_attribute(file, name) for name in ("schema", "schema_version"))
        if found != (SHARD_SCHEMA, str(SHARD_VERSION)):
            raise SchemaMismatch(
                "wrong shard schema or version",
                where=path,
                expected=f"{SHARD_SCHEMA} {SHARD_VERSION}",
                got=" ".join(found),
                next_step="synthesise the dataset again with this version of qleap-edge",
            )
        stack.pop_all()
    return file


def read_shard(path: Path) -> Shard:
    """Read a whole shard.

    Raises:
        InputDataError: missing, truncated, not HDF5, or a dataset is absent, unknown, of the wrong type or shape, or holds
            values that it may not; the message names file and dataset.
        SchemaMismatch: another schema or version.
    """
    with open_shard(path) as file, reading(path):
        datasets = _datasets(file)
        check_layout(datasets, path)
        values = {name: dataset[()] for name, dataset in datasets.items()}
    check_all_values(values, path)
    return Shard(
        **{name: values[name] for name in (*FRAMES, "offsets")},
        repetitions=values["repetitions/frames"],
        repetition_form=values["repetitions/form"],
        repetition_offsets=values["repetitions/offsets"],
        columns={name.removeprefix("sequences/"): values[name] for name in COLUMNS},
    )


def read_columns(
    path: Path,
) -> tuple[Int64[np.ndarray, " sequences_and_one"], dict[str, np.ndarray], ShardRepetitions]:
    """Read ``offsets``, the columns and the repetitions of a shard, but no frames.

    Raises:
        InputDataError: as :func:`read_shard`, except for the values of the frames, which are not read.
        SchemaMismatch: another schema or version.
    """
    with open_shard(path) as file, reading(path):
        datasets = _datasets(file)
        check_layout(datasets, path)
        columns = {name: datasets[name][()] for name in COLUMNS}
        offsets = datasets["offsets"][()]
        ragged = [datasets[f"repetitions/{name}"][()] for name in ("offsets", "frames", "form")]
    for name, column in columns.items():
        check_values(name, column, path)
    return (
        offsets,
        {name.removeprefix("sequences/"): column for name, column in columns.items()},
        ShardRepetitions(*ragged),
    )


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    """Return every dataset by name; links to other files are not followed, so a dataset behind one is missing."""
    found: dict[str, h5py.Dataset] = {}

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item

    file.visititems(keep)
    return found
