"""Measure every sequence of a dataset: one row of numbers for each sequence and one for each squat repetition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int8, Int32

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISE_MIXED, EXERCISES, FORM_UNSCORED, Content
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.manifest import verify_file
from qleap_edge.dataset.document import DATASET_NAME, DatasetDocument, read_dataset
from qleap_edge.dataset.report.figures import (
    ANGLES,
    joint_angles,
    repetition_curves,
    repetition_figures,
    rms,
    spectrum,
    squat_repetitions,
)
from qleap_edge.dataset.report.literature import SIGNALS
from qleap_edge.dataset.store import Shard, read_shard
from qleap_edge.physics.form import KINEMATICS, score_form

QUIET_STEPS = int(MODEL_RATE_HZ)  # 1 s
HELD_STEPS = 12  # of the rest before the first repetition, which takes 0.3 s
REST_DEVIATION_M_S2 = (
    0.5  # standard deviation of the specific force within a second of rest; a worn watch at rest has 0.05
)
FORCE_EDGES = np.linspace(0.0, 3.0, 151)  # multiples of the weight of body and load
MARGIN_EDGES = np.linspace(-0.1, 0.3, 201)  # m

ANGLE_COLUMNS = (*ANGLES, "lumbar_flexion")  # the last one is stored beside the pose: it does not follow from 17 joints

_COLUMN = {name: index for index, name in enumerate(KINEMATICS)}


@dataclass(frozen=True)
class StoredSequence:
    """One sequence of a shard: its frames and its row of columns."""

    imu: Float32[np.ndarray, "time 6"]
    pose: Float32[np.ndarray, "time 17 3"]
    kinematics: Float32[np.ndarray, "time 8"]
    exercise: Int8[np.ndarray, " time"]
    phase: Float32[np.ndarray, " time"]
    repetitions: Int32[np.ndarray, "repetitions 3"]
    """Start, turning point and end."""
    columns: Mapping[str, Any]
    """Column → its value, a NumPy scalar or one row."""

    @classmethod
    def of(cls, shard: Shard, index: int) -> "StoredSequence":
        """Cut sequence ``index`` out of a shard; nothing is copied."""
        rows = slice(int(shard.offsets[index]), int(shard.offsets[index + 1]))
        return cls(
            imu=shard.imu[rows],
            pose=shard.pose[rows],
            kinematics=shard.kinematics[rows],
            exercise=shard.exercise[rows],
            phase=shard.phase[rows],
            repetitions=shard.repetitions[shard.repetition_offsets[index] : shard.repetition_offsets[index + 1]],
            columns={name: values[index] for name, values in shard.columns.items()},
        )

    @property
    def content(self) -> Content:
        """The exercise, or ``transition``."""
        exercise = int(self.columns["exercise"])
        return "transition" if exercise == EXERCISE_MIXED else EXERCISES[exercise]


@dataclass(frozen=True)
class Gathered:
    """All measurements; row i of an array of ``sequences`` is sequence i, of ``repetitions`` repetition i."""

    document: DatasetDocument
    sequences: dict[str, np.ndarray]
    """Columns of :func:`sequence_row`."""
    repetitions: dict[str, np.ndarray]
    """Columns of :func:`repetition_rows`; empty without squats."""

    def where(self, content: str | None = None, regime: str | None = None) -> Bool[np.ndarray, " sequences"]:
        """Return True for the sequences of this content and this regime; None takes all."""
        chosen = np.ones(len(self.sequences["content"]), dtype=bool)
        for name, wanted in (("content", content), ("regime", regime)):
            if wanted is not None:
                chosen &= self.sequences[name] == wanted
        return chosen


def gather(folder: Path, on_progress: Callable[[int, int], None] | None = None) -> Gathered:
    """Measure a dataset, one shard in memory at a time; the bytes of every shard are checked first.

    Args:
        folder: of the dataset.
        on_progress: called after every shard with the numbers of finished and of all sequences.

    Raises:
        InputDataError: no dataset, or a damaged shard.
        AlteredFile: a shard is missing or not the one that was recorded.
    """
    document = read_dataset(folder)
    sequences: list[dict[str, object]] = []
    repetitions: list[dict[str, object]] = []
    for record in document.shards:
        shard = read_shard(verify_file(folder, record))
        for index in range(len(shard.offsets) - 1):
            stored = StoredSequence.of(shard, index)
            sequences.append(sequence_row(stored))
            repetitions += repetition_rows(stored)
        if on_progress is not None:
            on_progress(len(sequences), document.sequences)
    if not sequences:
        raise InputDataError("the dataset holds no sequence", where=folder / DATASET_NAME)
    return Gathered(document, _stack(sequences), _stack(repetitions))


def _stack(rows: list[dict[str, object]]) -> dict[str, np.ndarray]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}


def runs(wanted: Bool[np.ndarray, " time"], least: int = 1) -> list[slice]:
    """Return the stretches of True of at least ``least`` samples."""
    edges = np.flatnonzero(np.diff(wanted.astype(np.int8), prepend=0, append=0))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [slice(int(first), int(stop)) for first, stop in pairs if stop - first >= least]


def rest_norm(imu: Float[np.ndarray, "time 6"], standing: Bool[np.ndarray, " time"]) -> float:
    """Return the median norm of the specific force over the quietest second of standing, m/s²; at rest it is 9.81.

    The quietest second is the one with the least variance of the specific force; NaN where no
    second of standing exists, and where even the quietest second is no rest, as in a warm-up that fills the recording.
    """
    best, found = REST_DEVIATION_M_S2**2, float("nan")
    for part in runs(standing, QUIET_STEPS):
        force = imu[part, :3].astype(np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(force, QUIET_STEPS, axis=0)
        variance = windows.var(axis=-1).sum(axis=1)
        first = int(np.argmin(variance))
        if variance[first] < best:
            best = float(variance[first])
            found = float(np.median(np.linalg.norm(force[first : first + QUIET_STEPS], axis=1)))
    return found


def rest_force(imu: Float[np.ndarray, "time 6"], phase: Float[np.ndarray, " time"]) -> Float[np.ndarray, "3"]:
    """Return the mean specific force (m/s², frame C) of the sequence's beginning; NaN unless that is a rest."""
    force = imu[:HELD_STEPS, :3].astype(np.float64)
    still = force.std(axis=0).max() < REST_DEVIATION_M_S2 and np.isnan(phase[:HELD_STEPS]).all()
    return force.mean(axis=0) if still else np.full(3, np.nan)


def sequence_row(sequence: StoredSequence) -> dict[str, object]:
    """Return everything that is reported of one sequence; the names are the columns of :class:`Gathered`."""
    extra = sequence.kinematics.astype(np.float64)
    force, margin = extra[:, _COLUMN["vertical_force"]], extra[:, _COLUMN["support_margin"]]
    flat = np.isfinite(margin)
    signals = dict(zip(SIGNALS, (sequence.imu[:, :3], sequence.imu[:, 3:]), strict=True))
    lumbar = float(np.degrees(extra[:, _COLUMN["lumbar_flexion"]].max()))
    return {
        "content": sequence.content,
        **{name: _text(sequence.columns[name]) for name in ("regime", "posture", "wrist", "crown")},
        **{name: float(sequence.columns[name]) for name in ("depth", "descent_s", "ascent_s", "load_kg")},
        "repetitions": int(sequence.columns["repetitions"]),
        "form": int(sequence.columns["form"]),
        "form_agrees": form_agrees(sequence),
        "frames": len(force),
        "angles": np.array([*joint_angles(sequence.pose.astype(np.float64)).max(axis=0), lumbar], np.float32),
        "slide_m": float(np.nanmax(extra[:, _COLUMN["foot_slide"]], initial=0.0)),
        "force_mean": float(force.mean()),
        "force_least": float(force.min()),
        "force_most": float(force.max()),
        "force_pushing": int((force > 0.0).sum()),
        "force_histogram": _histogram(force, FORCE_EDGES),
        "margin_frames": int(flat.sum()),
        "margin_inside": int((margin[flat] >= 0.0).sum()),
        "margin_histogram": _histogram(margin[flat], MARGIN_EDGES),
        "rest_norm": rest_norm(sequence.imu, sequence.exercise == EXERCISE_ID["idle"]),
        "rest_force": rest_force(sequence.imu, sequence.phase),
        "rms": np.array([rms(signal) for signal in signals.values()], np.float32),
        "spectra": np.stack([spectrum(signal.astype(np.float64)) for signal in signals.values()]).astype(np.float32),
    }


def repetition_rows(sequence: StoredSequence) -> list[dict[str, object]]:
    """Return one row for each squat of a sequence, found in the pose as for a real person."""
    rows: list[dict[str, object]] = []
    for part in runs(sequence.exercise == EXERCISE_ID["squat"], QUIET_STEPS):
        pose, imu = sequence.pose[part].astype(np.float64), sequence.imu[part].astype(np.float64)
        rows += [
            {
                "figures": repetition_figures(pose, imu, found),
                "curves": repetition_curves(pose, imu, found).astype(np.float32),
                "regime": _text(sequence.columns["regime"]),
                "posture": _text(sequence.columns["posture"]),
            }
            for found in squat_repetitions(pose)
        ]
    return rows


def form_agrees(sequence: StoredSequence) -> float:
    """Return 1 if the rubric, computed again from the stored kinematics, gives all that is stored, 0 if not.

    NaN where no score is stored. Of a sequence of several exercises only the squats are scored.
    """
    stored = int(sequence.columns["form"])
    if stored == FORM_UNSCORED:
        return float("nan")
    squats = sequence.repetitions[sequence.exercise[sequence.repetitions[:, 1]] == EXERCISE_ID["squat"]]
    again = score_form(sequence.pose, sequence.kinematics, squats, float(sequence.columns["lumbar_baseline"]))
    same = (
        again is not None
        and again.score == stored
        and np.array_equal(again.deductions, sequence.columns["form_deductions"])
        and np.array_equal(again.measures, sequence.columns["form_measures"], equal_nan=True)
    )
    return float(same)


def _text(value: object) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


def _histogram(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Count values between edges; values beyond the ends are counted in the outermost bins."""
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].astype(np.int32)
