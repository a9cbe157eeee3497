"""Shards on disk: HDF5 files of many sequences laid end to end, and the document that lists them.

``imu``, ``pose`` and ``kinematics`` hold all samples of a shard one after the other; sequence i is rows ``offsets[i]`` to
``offsets[i + 1]``. One column a sequence says who, what and how well. Equal content gives equal bytes.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
from jaxtyping import Float32, Int64

from qleap_edge.core.errors import AlteredFile, InputDataError, SchemaMismatch
from qleap_edge.core.exercises import EXERCISE_ID, FORM_UNSCORED
from qleap_edge.core.frames import IMU_CHANNELS, MODEL_RATE_HZ
from qleap_edge.core.manifest import FileRecord, sha256_file
from qleap_edge.core.records import Document, Part, read_document, write_atomically
from qleap_edge.core.skeleton import JOINT_NAMES
from qleap_edge.dataset.splits import Split
from qleap_edge.physics.form import CRITERIA, KINEMATICS
from qleap_edge.physics.simulate import Sequence

SHARD_SCHEMA, SHARD_VERSION = "qleap.shard", 1
DATASET_NAME = "dataset.json"
_CHUNK_ROWS = 256
# Not LZF: h5py's compressor starts from an uninitialised hash table, so its bytes depend on memory addresses.
_DEFLATE: dict[str, Any] = {"compression": "gzip", "compression_opts": 1}
_FLAT = {"imu": (6,), "pose": (17, 3), "kinematics": (len(KINEMATICS),)}
_ATTRIBUTES: dict[str, Any] = {
    "schema": SHARD_SCHEMA,
    "schema_version": SHARD_VERSION,
    "rate_hz": MODEL_RATE_HZ,
    "units": "imu: m/s^2 and rad/s; pose: body heights; kinematics: rad, rad, rad, m, body weights, 1",
    "frames": "imu: left forearm, x distal, z dorsal; pose: pelvis at the origin, x forward, y left, z up, heading removed",
    "imu_channels": ",".join(IMU_CHANNELS),
    "joints": ",".join(JOINT_NAMES),
    "kinematics_channels": ",".join(KINEMATICS),
    "form_criteria": ",".join(criterion.name for criterion in CRITERIA),
}


class ShardRecord(FileRecord):
    """One shard in the dataset's document; ``path`` is relative to the dataset's folder."""

    sequences: int
    samples: int


class DatasetDocument(Document):
    """``dataset.json``: what the shards hold and who is in which part."""

    schema_name: Literal["qleap.dataset"] = "qleap.dataset"
    schema_version: Literal[1] = 1
    seed: int
    rate_hz: float
    sensor: str
    sensor_sha256: str
    shards: tuple[ShardRecord, ...]
    splits: dict[Split, tuple[int, ...]]
    """Part → subject ids."""
    sequences: int
    samples: int
    exercises: dict[str, int]
    form_scores: dict[str, int]
    """Scored sequences (squats) by score."""
    regimes: dict[str, int]
    rejected: dict[str, int]
    """``exercise/reason`` → infeasible draws that were drawn again."""


class ShardSummary(Part):
    """What one finished shard adds to the document."""

    record: ShardRecord
    exercises: dict[str, int]
    form_scores: dict[str, int]
    regimes: dict[str, int]
    rejected: dict[str, int]


@dataclass(frozen=True)
class Shard:
    """One shard in memory."""

    imu: Float32[np.ndarray, "samples 6"]
    pose: Float32[np.ndarray, "samples 17 3"]
    kinematics: Float32[np.ndarray, "samples 6"]
    offsets: Int64[np.ndarray, " sequences_and_one"]
    columns: Mapping[str, np.ndarray]
    """``sequence_id subject_id exercise form form_deductions form_measures lumbar_baseline repetitions wrist crown stature_m
    mass_kg posture regime``, one row a sequence."""


def write_shard(path: Path, sequences: list[Sequence]) -> None:
    """Write one shard atomically.

    The file is built in memory first: on a full disk HDF5 takes the whole process down with it.

    Raises:
        InputDataError: it cannot be written, e.g. because the disk is full.
    """
    image = io.BytesIO()
    with h5py.File(image, "w", track_order=False) as file:
        file.attrs.update(_ATTRIBUTES)
        for name, shape in _FLAT.items():
            values = np.concatenate([getattr(sequence, name) for sequence in sequences])
            chunk = (min(_CHUNK_ROWS, len(values)), *shape)
            file.create_dataset(name, data=values, chunks=chunk, shuffle=True, **_DEFLATE, track_times=False)
        lengths = [len(sequence.imu) for sequence in sequences]
        file.create_dataset("offsets", data=np.cumsum([0, *lengths], dtype=np.int64), track_times=False)
        for name, column in _columns(sequences).items():
            file.create_dataset(f"sequences/{name}", data=column, track_times=False)
    write_atomically(path, image.getvalue())


def _columns(sequences: list[Sequence]) -> dict[str, np.ndarray]:
    nothing = np.full(len(CRITERIA), np.nan, np.float32)
    unscored = np.full(len(CRITERIA), FORM_UNSCORED, np.int8)
    rubrics = [sequence.rubric for sequence in sequences]

    def text(values: list[str]) -> np.ndarray:
        return np.array([value.encode("ascii") for value in values], dtype="S16")

    return {
        "sequence_id": np.array([s.request.sequence_id for s in sequences], dtype=np.int64),
        "subject_id": np.array([s.request.subject_id for s in sequences], dtype=np.int64),
        "exercise": np.array([EXERCISE_ID[s.request.exercise] for s in sequences], dtype=np.int64),
        "form": np.array([s.form for s in sequences], dtype=np.int64),
        "form_deductions": np.stack([unscored if r is None else r.deductions for r in rubrics]),
        "form_measures": np.stack([nothing if r is None else r.measures for r in rubrics]),
        "repetitions": np.array([0 if r is None else r.repetitions for r in rubrics], dtype=np.int64),
        "lumbar_baseline": np.array([s.subject.lumbar_baseline for s in sequences]),
        "stature_m": np.array([s.subject.stature_m for s in sequences]),
        "mass_kg": np.array([s.subject.mass_kg for s in sequences]),
        "wrist": text([s.wear.wrist.value for s in sequences]),
        "crown": text([s.wear.crown.value for s in sequences]),
        "posture": text([s.posture for s in sequences]),
        "regime": text([s.regime for s in sequences]),
    }  # fmt: skip


def read_shard(path: Path) -> Shard:
    """Read a whole shard.

    Raises:
        InputDataError: missing, truncated, not HDF5, or a dataset is absent or of the wrong shape.
        SchemaMismatch: another schema or version.
    """
    try:
        with h5py.File(path, "r") as file:
            found = (file.attrs.get("schema"), file.attrs.get("schema_version"))
            if found != (SHARD_SCHEMA, SHARD_VERSION):
                raise SchemaMismatch(
                    "wrong shard schema or version",
                    where=path,
                    expected=f"{SHARD_SCHEMA} {SHARD_VERSION}",
                    got=f"{found[0]} {found[1]}",
                    next_step="synthesise the dataset again with this version of qleap-edge",
                )
            flat = {name: file[name][()] for name in _FLAT}
            offsets = file["offsets"][()]
            columns = {name: values[()] for name, values in file["sequences"].items()}
    except (OSError, KeyError) as problem:
        raise InputDataError(
            "cannot read the shard", where=path, got=str(problem), next_step="synthesise the dataset again"
        ) from problem
    for name, shape in _FLAT.items():
        if flat[name].shape != (int(offsets[-1]), *shape) or flat[name].dtype != np.float32:
            raise InputDataError(
                "wrong shape",
                where=f"{path}, dataset {name!r}",
                expected=f"float32 {(int(offsets[-1]), *shape)}",
                got=f"{flat[name].dtype} {flat[name].shape}",
            )
    return Shard(offsets=offsets, columns=columns, **flat)


def read_dataset(folder: Path) -> DatasetDocument:
    """Read ``dataset.json`` of a dataset folder.

    Raises:
        InputDataError: there is none, or it is damaged.
        SchemaMismatch: another schema or version.
    """
    return read_document(DatasetDocument, folder / DATASET_NAME)


def verified_shard(folder: Path, record: ShardRecord) -> Shard:
    """Read one shard after checking its bytes.

    Raises:
        AlteredFile: the shard is missing or is not the one that was recorded.
    """
    path = folder / record.path
    got = sha256_file(path) if path.is_file() else "no such file"
    if got != record.sha256:
        raise AlteredFile(
            "the shard is not the one that was recorded",
            where=path,
            expected=f"sha256 {record.sha256}",
            got=got,
            next_step=f"restore it, or delete {folder} and synthesise again",
        )
    return read_shard(path)
