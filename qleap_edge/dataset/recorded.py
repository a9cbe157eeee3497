"""Windows of real watch recordings for the training of the exercise head: a folder made from labelled recordings.

A recording has no pose, so its windows train only the exercise (and everything that leads to it); the loss of the pose leaves
them out. The folder holds ``recorded.json`` (where each recording is from, its licence, its labels) and ``recorded.npz``: the
model's input (frame C of a left arm, 50 Hz) and an exercise id for each step. Each recording goes through the same alignment
as one that is analysed.

The only source that is read today is sp-sw-har (everyday movement, watch on the left wrist).

Source:
    Matey-Sanz, Casteleyn & Granell, "Dataset of inertial measurements of smartphones and smartwatches for human activity
    recognition", Data in Brief 51 (2023), 10.1016/j.dib.2023.109809, CC BY 4.0.
"""

import csv
import gzip
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int8, Int64

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import AlignedRecording, align
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES, Exercise
from qleap_edge.core.frames import IMU_CHANNELS, MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.manifest import new_folder, sha256_bytes, stage_folder, verify_sha256, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.records import Document, Part, read_document, write_atomically
from qleap_edge.dataset.windows import prevailing_exercise

STAGE = "recorded"
DOCUMENT_NAME, ARRAYS_NAME = "recorded.json", "recorded.npz"
SP_SW_HAR_LABELS: dict[str, Exercise] = {
    "SEATED": "idle",
    "STANDING_UP": "sit_to_stand",
    "SITTING_DOWN": "sit_to_stand",
    "WALKING": "walk",
    "TURNING": "walk",
}
"""Label of sp-sw-har → exercise. Persons turn while they walk."""
_SOURCE = "sp-sw-har, Matey-Sanz, Casteleyn & Granell 2023, doi:10.1016/j.dib.2023.109809"
_LICENCE = "CC BY 4.0"
_HANGING_M_S2 = -3.0  # mean along the forearm while walking: an arm that hangs still has -9.8, a pocket or a phone less
_MAX_BYTES = 2**30
_BLOCK = 4096


class RecordedRecording(Part):
    """One recording among the windows."""

    name: str
    person: str
    sha256: str
    """Of the recording's bytes."""
    crown: Side
    """Crown side with which the arm hangs down while walking."""
    steps: int


class RecordedDocument(Document):
    """``recorded.json``."""

    schema_name: Literal["qleap.recorded"] = "qleap.recorded"
    schema_version: Literal[1] = 1
    source: str
    licence: str
    rate_hz: float
    recordings: tuple[RecordedRecording, ...]
    left_out: dict[str, str]
    """Recording → why it is not among the windows."""
    steps: dict[Exercise, int]
    """Steps of 20 ms by exercise."""
    arrays_sha256: str
    """sha256 of ``recorded.npz``."""


@dataclass(frozen=True)
class RecordedSteps:
    """The recordings' steps end to end."""

    imu: Float32[np.ndarray, "steps 6"]
    """Specific force (m/s²) and angular velocity (rad/s), left forearm frame C, 50 Hz."""
    exercise: Int8[np.ndarray, " steps"]
    first: Int64[np.ndarray, " windows"]
    """Every step at which a window of 200 steps begins that lies inside one gap-free stretch."""
    label: Int64[np.ndarray, " windows"]
    """The exercise of most of each window's steps."""

    def draw(self, generator: np.random.Generator, count: int) -> Int64[np.ndarray, " count"]:
        """Draw windows at random; an exercise with a quarter of the windows of another one gets half as many, not a quarter."""
        number = np.bincount(self.label, minlength=len(EXERCISES))
        chance = np.cumsum(1.0 / np.sqrt(number[self.label]))
        return np.searchsorted(chance, generator.random(count) * chance[-1], side="right").astype(np.int64)

    def windows(
        self, drawn: Int64[np.ndarray, " count"]
    ) -> tuple[Float32[np.ndarray, "count 200 6"], Int64[np.ndarray, " count"]]:
        """Return the signals and the labels of some windows."""
        return self.imu[self.first[drawn][:, None] + np.arange(WINDOW_STEPS)], self.label[drawn]


def convert_sp_sw_har(
    source: Path, out: Path, on_recording: Callable[[int, int], None] | None = None
) -> RecordedDocument:
    """Write the folder of recorded windows from the files ``s*_sw.csv(.gz)`` of sp-sw-har.

    A recording is left out, with its reason in the document, if it cannot be read, its checks fail, it holds no walking, or its
    arm does not hang down while walking with the crown on either side.

    Raises:
        UsageError: ``out`` holds something else than an earlier output.
        InputDataError: no recording in the folder can be used.
    """
    require_replaceable(out, stage_folder(STAGE))
    paths = sorted(source.glob("s*_sw.csv*"))
    if not paths:
        raise InputDataError(
            "no recordings of sp-sw-har", where=source, expected="files s*_sw.csv or s*_sw.csv.gz", got="none"
        )
    rows: list[RecordedRecording] = []
    left_out: dict[str, str] = {}
    imu: list[np.ndarray] = []
    exercise: list[np.ndarray] = []
    lengths: list[int] = []
    for number, path in enumerate(paths):
        name = path.name.partition(".")[0]
        try:
            aligned, labels = _labelled(path)
        except InputDataError as problem:
            left_out[name] = problem.what
        else:
            imu += [segment.imu for segment in aligned.segments]
            exercise += labels
            lengths += [len(part) for part in labels]
            steps = sum(len(part) for part in labels)
            rows.append(
                RecordedRecording(
                    name=name,
                    person=name.partition("_")[0],
                    sha256=aligned.recording.sha256,
                    crown=aligned.wear.crown,
                    steps=steps,
                )
            )
        if on_recording is not None:
            on_recording(number + 1, len(paths))
    if not rows:
        reasons = Counter(left_out.values()).most_common(1)[0][0]
        raise InputDataError("no recording can be used", where=source, got=f"{len(left_out)} left out: {reasons}")
    joined = np.concatenate(exercise)
    image = _image(np.concatenate(imu), joined, np.cumsum([0, *lengths]))
    document = RecordedDocument(
        source=_SOURCE,
        licence=_LICENCE,
        rate_hz=MODEL_RATE_HZ,
        recordings=tuple(rows),
        left_out=left_out,
        steps={name: count for name in EXERCISES if (count := int((joined == EXERCISE_ID[name]).sum()))},
        arrays_sha256=sha256_bytes(image),
    )
    with new_folder(out, stage_folder(STAGE)) as building:
        write_atomically(building / ARRAYS_NAME, image)
        document.write(building / DOCUMENT_NAME)
        write_stage_manifest(building, stage=STAGE, inputs={"recordings": source}, config={}, seed=0)
    return document


def read_recorded(folder: Path) -> RecordedSteps:
    """Read the steps and find every window in them; nothing in the file is ever unpickled.

    Raises:
        InputDataError: no such folder, a damaged file, or no window in it.
        AlteredFile: the arrays are not those of the document.
    """
    document = read_document(RecordedDocument, folder / DOCUMENT_NAME)
    path = folder / ARRAYS_NAME
    verify_sha256(path, document.arrays_sha256, next_step="make the folder again with `qleap dataset recorded`")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MAX_BYTES:
                raise InputDataError(
                    "the file is too large", where=path, expected=f"at most {_MAX_BYTES} bytes unpacked"
                )
        with np.load(path, allow_pickle=False) as stored:
            imu, exercise, offsets = (np.asarray(stored[name]) for name in ("imu", "exercise", "offsets"))
    except (OSError, KeyError, ValueError, EOFError, zlib.error, zipfile.BadZipFile) as problem:
        raise InputDataError("cannot read the recorded windows", where=path, got=str(problem)) from problem
    _check(path, imu, exercise, offsets)
    firsts = [np.arange(low, high - WINDOW_STEPS + 1) for low, high in pairwise(offsets)]
    first = np.concatenate([np.empty(0, np.int64), *firsts]).astype(np.int64)
    if not len(first):
        raise InputDataError("no window of 4 s in the recordings", where=path)
    return RecordedSteps(imu, exercise, first, _prevailing(exercise, first))


def _prevailing(
    exercise: Int8[np.ndarray, " steps"], first: Int64[np.ndarray, " windows"]
) -> Int64[np.ndarray, " windows"]:
    """Return the label of every window, a block of them at a time: all at once they would fill the memory."""
    blocks = np.split(first, np.arange(_BLOCK, len(first), _BLOCK))
    return np.concatenate([prevailing_exercise(exercise[block[:, None] + np.arange(WINDOW_STEPS)]) for block in blocks])


def _check(path: Path, imu: np.ndarray, exercise: np.ndarray, offsets: np.ndarray) -> None:
    steps = len(imu) if imu.ndim else -1
    wanted = {
        "imu": (imu, "float32", (steps, len(IMU_CHANNELS))),
        "exercise": (exercise, "int8", (steps,)),
        "offsets": (offsets, "int64", (offsets.size,)),
    }
    for name, (array, kind, shape) in wanted.items():
        if array.dtype != np.dtype(kind) or array.shape != shape:
            raise InputDataError(
                "wrong type or shape",
                where=f"{path}, array {name!r}",
                expected=f"{kind} {shape}",
                got=f"{array.dtype} {array.shape}",
            )
    if not np.isfinite(imu).all():
        row = int(np.argwhere(~np.isfinite(imu))[0][0])
        raise InputDataError("a value is not a number", where=f"{path}, array 'imu', row {row}")
    if ((exercise < 0) | (exercise >= len(EXERCISES))).any():
        raise InputDataError(
            "an unknown exercise", where=f"{path}, array 'exercise'", expected=f"0 to {len(EXERCISES) - 1}"
        )
    if offsets.size < 2 or offsets[0] != 0 or offsets[-1] != steps or (np.diff(offsets) < 0).any():
        raise InputDataError("wrong offsets", where=f"{path}, array 'offsets'", expected=f"0, rising, to {steps}")


def _labelled(path: Path) -> tuple[AlignedRecording, list[Int8[np.ndarray, " steps"]]]:
    """Return a recording aligned with the crown side that lets the arm hang while walking, and each segment's labels.

    Raises:
        InputDataError: it cannot be read, a check fails, a label is unknown, there is no walking, or the arm does not hang.
    """
    recording = read_recording(path)
    stamps, names = _labels(path)
    for crown in (Side.RIGHT, Side.LEFT):
        aligned = align(recording, Wear(Side.LEFT, crown))
        aligned.require_usable()
        labels = []
        for segment in aligned.segments:
            row = np.clip(np.searchsorted(stamps, segment.time_s, side="right") - 1, 0, len(stamps) - 1)
            labels.append(names[row])
        imu, exercise = np.concatenate([s.imu for s in aligned.segments]), np.concatenate(labels)
        walking = exercise == EXERCISE_ID["walk"]
        if not walking.any():
            raise InputDataError("no walking, so the wear cannot be checked", where=path)
        if float(imu[walking, 0].mean()) < _HANGING_M_S2:
            return aligned, labels
    raise InputDataError("the arm does not hang down while walking", where=path)


def _labels(path: Path) -> tuple[np.ndarray, Int8[np.ndarray, " rows"]]:
    """Return the stamps (s since the first row) and the exercise ids of a file's rows."""
    data = path.read_bytes()
    try:
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as problem:
        raise InputDataError("cannot read the labels", where=path, got=str(problem)) from problem
    rows = list(csv.DictReader(io.StringIO(text)))
    stamps, ids = [], []
    for number, row in enumerate(rows, start=2):
        label = row.get("label")
        if label not in SP_SW_HAR_LABELS:
            raise InputDataError(
                "an unknown label",
                where=f"{path}, row {number}, column 'label'",
                expected=", ".join(SP_SW_HAR_LABELS),
                got=repr(label),
            )
        stamps.append(int(row["timestamp"]))
        ids.append(EXERCISE_ID[SP_SW_HAR_LABELS[label]])
    times = (np.array(stamps, dtype=np.int64) - stamps[0]) * 1e-3
    return np.maximum.accumulate(times), np.array(ids, dtype=np.int8)


def _image(imu: np.ndarray, exercise: np.ndarray, offsets: np.ndarray) -> bytes:
    """Return the bytes of the archive; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        imu=imu.astype(np.float32),
        exercise=exercise.astype(np.int8),
        offsets=offsets.astype(np.int64),
    )
    return buffer.getvalue()
