"""The layout of a shard: one table of its datasets, and the checks when a shard is written and when it is read.

``imu``, ``pose``, ``kinematics``, ``exercise`` and ``phase`` hold all frames of a shard one after the other; sequence i is
rows ``offsets[i]`` to ``offsets[i + 1]``. ``repetitions/frames`` and ``repetitions/form`` are ragged in the same way.
``sequences/<column>`` has one row for each sequence.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISE_MIXED, EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.core.form import NOT_OBSERVABLE, RUBRIC_VERSION
from qleap_edge.core.frames import IMU_CHANNELS, MODEL_RATE_HZ
from qleap_edge.core.skeleton import JOINT_NAMES
from qleap_edge.physics.form import CRITERIA, KINEMATICS
from qleap_edge.physics.form_measures import REPETITION_MEASURES

SHARD_SCHEMA, SHARD_VERSION = "qleap.shard", 3

_FINITE = (-float(np.finfo(np.float32).max), float(np.finfo(np.float32).max))


class Entry(NamedTuple):
    """One dataset of a shard."""

    rows: Literal["frames", "repetitions", "edges", "sequences"]
    """What one row holds; there is one more of ``edges`` than of sequences."""
    dtype: str
    shape: tuple[int, ...]
    """Shape of one row."""
    unit: str
    limits: tuple[float, float] | None = None
    """Least and greatest value, NaN refused; None: every value is allowed."""


LAYOUT: dict[str, Entry] = {
    "imu": Entry("frames", "<f4", (6,), "m/s^2, m/s^2, m/s^2, rad/s, rad/s, rad/s", _FINITE),
    "pose": Entry("frames", "<f4", (17, 3), "body heights", _FINITE),
    "kinematics": Entry("frames", "<f4", (len(KINEMATICS),), "rad, rad, rad, m, weights of body and load, 1, m, m"),
    "exercise": Entry("frames", "|i1", (), "exercise id", (0, len(EXERCISES) - 1)),
    "phase": Entry(
        "frames", "<f4", (), "1: 0 at a repetition's start, 0.5 at its turning point, 1 at its end, else NaN"
    ),
    "offsets": Entry("edges", "<i8", (), "frames of the shard"),
    "repetitions/frames": Entry("repetitions", "<i4", (3,), "frames of its sequence: start, turning point, end"),
    "repetitions/form": Entry(
        "repetitions", "<f4", (len(REPETITION_MEASURES),), ", ".join(REPETITION_MEASURES.values()) + "; NaN: no squat"
    ),
    "repetitions/offsets": Entry("edges", "<i8", (), "repetitions of the shard"),
    "sequences/sequence_id": Entry("sequences", "<i8", (), "id"),
    "sequences/subject_id": Entry("sequences", "<i8", (), "id"),
    "sequences/exercise": Entry("sequences", "<i8", (), "exercise id", (EXERCISE_MIXED, len(EXERCISES) - 1)),
    "sequences/form": Entry("sequences", "<i8", (), "score", (FORM_UNSCORED, FORM_SCORES[-1])),
    "sequences/form_deductions": Entry("sequences", "|i1", (len(CRITERIA),), "points", (FORM_UNSCORED, 2)),
    "sequences/form_measures": Entry("sequences", "<f4", (len(CRITERIA),), ", ".join(c.unit for c in CRITERIA)),
    "sequences/repetitions": Entry("sequences", "<i8", (), "count"),
    "sequences/depth": Entry("sequences", "<f4", (), "body heights"),
    "sequences/descent_s": Entry("sequences", "<f4", (), "s"),
    "sequences/ascent_s": Entry("sequences", "<f4", (), "s"),
    "sequences/lumbar_baseline": Entry("sequences", "<f8", (), "rad", _FINITE),
    "sequences/stature_m": Entry("sequences", "<f8", (), "m", _FINITE),
    "sequences/mass_kg": Entry("sequences", "<f8", (), "kg", _FINITE),
    "sequences/load_kg": Entry("sequences", "<f8", (), "kg", (0.0, _FINITE[1])),
    "sequences/sex": Entry("sequences", "|S8", (), "name"),
    "sequences/wrist": Entry("sequences", "|S8", (), "side"),
    "sequences/crown": Entry("sequences", "|S8", (), "side"),
    "sequences/posture": Entry("sequences", "|S32", (), "name"),
    "sequences/regime": Entry("sequences", "|S16", (), "name"),
}
FrameName = Literal["imu", "pose", "kinematics", "exercise", "phase"]
"""The datasets with one row a frame."""
FRAMES: tuple[FrameName, ...] = get_args(FrameName)
COLUMNS = tuple(name for name, entry in LAYOUT.items() if entry.rows == "sequences")
ATTRIBUTES: dict[str, Any] = {
    "schema": SHARD_SCHEMA,
    "schema_version": SHARD_VERSION,
    "rate_hz": MODEL_RATE_HZ,
    "units": "; ".join(f"{name}: {LAYOUT[name].unit}" for name in FRAMES),
    "frames": "imu: left forearm, x distal, z dorsal; pose: pelvis at the origin, x forward, y left, z up, heading removed",
    "imu_channels": ",".join(IMU_CHANNELS),
    "joints": ",".join(JOINT_NAMES),
    "kinematics_channels": ",".join(KINEMATICS),
    "exercises": ",".join(EXERCISES),
    "form_rubric": RUBRIC_VERSION,
    "form_criteria": ",".join(criterion.name for criterion in CRITERIA),
    "form_not_observable": ",".join(NOT_OBSERVABLE),
    "repetition_measures": ",".join(REPETITION_MEASURES),
}


def _refusal(what: str, where: str | Path, name: str, expected: str, got: object) -> InputDataError:
    return InputDataError(
        what,
        where=f"{where}, dataset {name!r}",
        expected=expected,
        got=str(got),
        next_step="synthesise the dataset again",
    )


def check_layout(values: Mapping[str, Any], where: str | Path) -> None:
    """Check names, types, shapes and edges.

    Args:
        values: arrays, or HDF5 datasets, of which only the edges are read.
        where: the file, for the message.

    Raises:
        InputDataError: a dataset is absent, unknown, or of the wrong type or shape; the message names it.
    """
    for name in LAYOUT:
        if name not in values:
            raise _refusal("missing dataset", where, name, "one of that name", "none")
    for name in values:
        if name not in LAYOUT:
            raise _refusal("unknown dataset", where, name, "none of that name", "one")
    for name, entry in LAYOUT.items():
        dtype, shape = values[name].dtype, values[name].shape
        if dtype != np.dtype(entry.dtype) or not shape or shape[1:] != entry.shape:  # a null dataset's shape is None
            rows = ", ".join([entry.rows, *map(str, entry.shape)])
            raise _refusal("wrong type or shape", where, name, f"{np.dtype(entry.dtype)} ({rows})", f"{dtype} {shape}")
    wanted = {"sequences": len(values["sequences/sequence_id"])}
    wanted["edges"] = wanted["sequences"] + 1
    for name, owner, least in (("offsets", "frames", 1), ("repetitions/offsets", "repetitions", 0)):
        edges = values[name][()]
        if len(edges) != wanted["edges"] or edges[0] != 0 or (np.diff(edges) < least).any():
            expected = f"{wanted['edges']} values that begin at 0 and rise by {least} or more"
            raise _refusal("wrong offsets", where, name, expected, f"{len(edges)} values, {edges[:4]} and so on")
        wanted[owner] = int(edges[-1])
    for name, entry in LAYOUT.items():
        if len(values[name]) != wanted[entry.rows]:
            expected = f"{wanted[entry.rows]} {entry.rows}"
            raise _refusal("wrong number of rows", where, name, expected, len(values[name]))


def check_values(name: str, values: np.ndarray, where: str | Path) -> None:
    """Check the values of a dataset, or of some rows of it, against its limits.

    Raises:
        InputDataError: a value is not finite where it must be, or is out of range.
    """
    limits = LAYOUT[name].limits
    if limits is None:
        return
    inside = (values >= limits[0]) & (values <= limits[1])  # NaN is not
    if not inside.all():
        expected = "finite values" if limits == _FINITE else f"{limits[0]:g} to {limits[1]:g}"
        raise _refusal("a value out of range", where, name, expected, values[~inside][0])


def check_all_values(values: Mapping[str, np.ndarray], where: str | Path) -> None:
    """Check all values of a shard whose layout is right.

    Raises:
        InputDataError: as :func:`check_values`, or repetitions that do not lie in order inside their sequences.
    """
    for name in LAYOUT:
        check_values(name, values[name], where)
    counts, lengths = np.diff(values["repetitions/offsets"]), np.diff(values["offsets"])
    wrong = counts != values["sequences/repetitions"]
    if wrong.any():
        got = values["sequences/repetitions"][wrong][0]
        raise _refusal(
            "another count than the offsets give", where, "sequences/repetitions", str(counts[wrong][0]), got
        )
    start, turn, end = values["repetitions/frames"].T
    wrong = (start < 0) | (turn < start) | (end < turn) | (end >= np.repeat(lengths, counts))
    if wrong.any():
        got = values["repetitions/frames"][wrong][0]
        raise _refusal("a repetition outside its sequence", where, "repetitions/frames", "rising frames inside it", got)
