"""Finished sequences and small datasets drawn at random: valid in every field, without any physics behind them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES, Content
from qleap_edge.core.manifest import sha256_bytes
from qleap_edge.core.recipe_synthesis import RandomizationTable
from qleap_edge.dataset.document import COUNTS, DATASET_NAME, DatasetDocument, ShardRecord, ShardSummary
from qleap_edge.dataset.store import shard_image
from qleap_edge.physics.anthropometry import mean_subject
from qleap_edge.physics.form import Form
from qleap_edge.physics.sequence import Request, Sequence

SPLITS = {"train": (0, 1, 4, 5), "validation": (2,), "calibration": (3,), "test": (6, 7)}


def make_sequence(sequence_id: int, content: Content = "squat", steps: int | None = None, **changes: Any) -> Sequence:
    """Return one sequence; its number alone decides what is drawn, keywords replace fields."""
    rng = np.random.default_rng(np.random.SeedSequence([77, sequence_id]))
    steps = int(rng.integers(201, 400)) if steps is None else steps
    subject_id = sequence_id // 2
    squats = content in ("squat", "transition")
    repetitions = np.sort(rng.choice(steps, (int(rng.integers(1, 4)), 3)), axis=1) if squats else np.empty((0, 3))
    phase = np.full(steps, np.nan, np.float32)
    for start, turn, end in repetitions.astype(int):
        phase[start : end + 1] = np.interp(np.arange(start, end + 1), [start, turn, end], [0.0, 0.5, 1.0])
    kinematics = rng.normal(size=(steps, 8)).astype(np.float32)
    kinematics[::7, 7] = np.nan
    fields: dict[str, Any] = {
        "request": Request(
            sequence_id,
            subject_id,
            content,
            regime=str(rng.choice(["prescribed", "forward"])),  # type: ignore[arg-type]
        ),
        "subject": replace(mean_subject("female", 1.64, 61.0), subject_id=subject_id),
        "wear": Wear(Side.LEFT if rng.uniform() < 0.5 else Side.RIGHT, Side.RIGHT),
        "posture": str(rng.choice(["hanging", "crossed", "bar"])),
        "load_kg": float(rng.choice([0.0, 20.0])),
        "imu": rng.normal(size=(steps, 6)).astype(np.float32),
        "pose": rng.normal(size=(steps, 17, 3)).astype(np.float32),
        "kinematics": kinematics,
        "exercise": frame_exercises(rng, content, steps),
        "phase": phase,
        "repetitions": repetitions.astype(np.int64),
        "depth": 0.3 if squats else float("nan"),
        "descent_s": 1.5 if squats else float("nan"),
        "ascent_s": 1.25 if squats else float("nan"),
    }
    fields |= changes
    turns = fields["repetitions"][:, 1]
    return Sequence(
        **{"rubric": make_form(rng, int((fields["exercise"][turns] == EXERCISE_ID["squat"]).sum()))} | fields
    )


def make_form(rng: np.random.Generator, repetitions: int) -> Form | None:
    """Return a verdict on as many squats, drawn at random; None for none."""
    if repetitions == 0:
        return None
    measures, deductions = rng.normal(size=11).astype(np.float32), rng.integers(0, 3, 11).astype(np.int8)
    return Form(
        int(rng.integers(0, 5)), measures, deductions, rng.normal(0.0, 20.0, (repetitions, 13)).astype(np.float32)
    )


def frame_exercises(rng: np.random.Generator, content: Content, steps: int) -> np.ndarray:
    """Return each frame's exercise: the one of the content, or three stretches of several."""
    if content != "transition":
        return np.full(steps, EXERCISE_ID[content], np.int8)
    ids = rng.choice(len(EXERCISES), 3, replace=False)
    ids[1] = EXERCISE_ID["squat"]
    return np.repeat(ids, np.diff([0, *np.sort(rng.choice(steps, 2, replace=False)), steps])).astype(np.int8)


def make_sequences(first: int, count: int) -> list[Sequence]:
    """Return sequences of mixed content, two of each person."""
    contents: tuple[Content, ...] = ("squat", "transition", "walk", "idle", "transition")
    return [make_sequence(number, contents[number % len(contents)]) for number in range(first, first + count)]


def make_dataset(folder: Path, shards: list[list[Sequence]] | None = None) -> DatasetDocument:
    """Write a dataset of the given shards, or of sixteen sequences of eight persons in shards of five."""
    shards = [make_sequences(first, min(5, 16 - first)) for first in range(0, 16, 5)] if shards is None else shards
    (folder / "shards").mkdir(parents=True)
    summaries = []
    for number, sequences in enumerate(shards):
        image, path = shard_image(sequences), f"shards/shard-{number:05d}.h5"
        (folder / path).write_bytes(image)
        samples = sum(len(sequence.imu) for sequence in sequences)
        record = ShardRecord(
            path=path, sha256=sha256_bytes(image), bytes=len(image), sequences=len(sequences), samples=samples
        )
        summaries.append(ShardSummary.of(record, sequences, {"squat/prescribed/balance": 1}))
    totals: dict[str, dict[str, int]] = {name: {} for name in COUNTS}
    for summary in summaries:
        for name, total in totals.items():
            for key, value in getattr(summary, name).items():
                total[key] = total.get(key, 0) + value
    document = DatasetDocument(
        motion={},
        seed=77,
        rate_hz=50.0,
        sensor="apple_watch",
        sensor_sha256="0" * 64,
        randomization=RandomizationTable(overrides={"toe_out_deg": {"high": 35.0}}),
        shards=tuple(summary.record for summary in summaries),
        splits=SPLITS,
        sequences=sum(summary.record.sequences for summary in summaries),
        samples=sum(summary.record.samples for summary in summaries),
        **totals,
    )
    document.write(folder / DATASET_NAME)
    return document


def record_anew(folder: Path) -> None:
    """Enter the shards' present bytes into the document, as if they had been made like that."""
    document = DatasetDocument.model_validate_json((folder / DATASET_NAME).read_bytes())
    shards = [
        record.model_copy(update={"sha256": sha256_bytes((folder / record.path).read_bytes())})
        for record in document.shards
    ]
    document.model_copy(update={"shards": tuple(shards)}).write(folder / DATASET_NAME)
