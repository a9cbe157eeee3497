"""A recipe's dataset: plan the sequences, make one shard a task, and publish the folder when all are there.

Finished shards wait in a hidden sibling of the output folder, each beside a summary with its hash. A run that was killed
finds them there and makes only what is missing; the folder itself appears whole, by one rename.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.manifest import (
    code_digest,
    config_digest,
    finished_stage,
    new_folder,
    sha256_bytes,
    sha256_file,
    tool_versions,
    write_stage_manifest,
)
from qleap_edge.core.recipe import Recipe, SynthesisTable
from qleap_edge.core.records import canonical_json, write_atomically
from qleap_edge.dataset.executors import local_executor
from qleap_edge.dataset.splits import Split, split_subjects
from qleap_edge.dataset.store import DATASET_NAME, DatasetDocument, ShardRecord, ShardSummary, read_dataset, write_shard
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.imu import load_sensor, sensor_path
from qleap_edge.physics.simulate import Rejections, Request, simulate

STAGE = "synthesize"
_ORDER_STREAM = 3


@dataclass(frozen=True)
class ShardTask:
    """Everything a worker needs to make one shard."""

    index: int
    folder: Path
    requests: tuple[Request, ...]
    seed: int
    duration_s: tuple[float, float]
    sensor_path: Path


def plan_requests(table: SynthesisTable, seed: int) -> list[Request]:
    """Return every sequence of a recipe: exercises in exact proportion to the mix, shuffled over subjects.

    Raises:
        UsageError: the mix names an exercise that cannot be simulated.
    """
    total = table.subjects * table.sequences_per_subject
    names = [name for name in EXERCISES if name in table.mix]
    for name in names:
        exercise_model(name)
    if not names:
        raise UsageError(
            "the mix is empty", where="recipe, key 'synthesis.mix'", next_step="name at least one exercise"
        )
    edges = np.cumsum([table.mix[name] for name in names])
    ranks = np.searchsorted(edges / edges[-1], (np.arange(total) + 0.5) / total)
    order = np.random.default_rng(np.random.SeedSequence([seed, _ORDER_STREAM])).permutation(total)
    return [
        Request(
            sequence_id=index, subject_id=index // table.sequences_per_subject, exercise=names[int(ranks[order[index]])]
        )
        for index in range(total)
    ]


def make_shard(task: ShardTask) -> ShardSummary:
    """Make one shard and its summary; both are renamed into place, the summary last."""
    rejections = Rejections()
    sequences = simulate(
        list(task.requests),
        seed=task.seed,
        duration_s=task.duration_s,
        sensor=load_sensor(task.sensor_path),
        rejections=rejections,
    )
    path = task.folder / _shard_name(task.index)
    write_shard(path, sequences)
    summary = ShardSummary(
        record=ShardRecord(
            path=f"shards/{path.name}",
            sha256=sha256_file(path),
            bytes=path.stat().st_size,
            sequences=len(sequences),
            samples=sum(len(sequence.imu) for sequence in sequences),
        ),
        exercises=dict(Counter(sequence.request.exercise for sequence in sequences)),
        form_scores=dict(Counter(str(sequence.form) for sequence in sequences if sequence.rubric is not None)),
        regimes=dict(Counter(sequence.regime for sequence in sequences)),
        rejected=dict(rejections.counts),
    )
    write_atomically(path.with_suffix(".json"), canonical_json(summary.model_dump(mode="json")).encode())
    return summary


def synthesize(
    recipe: Recipe, out: Path, workers: int = 1, on_progress: Callable[[int, int], None] | None = None
) -> DatasetDocument:
    """Make the dataset of a recipe, or return at once when ``out`` already holds it.

    The bytes depend on the recipe, the sensor file and the code, not on ``workers`` and not on interruptions.

    Args:
        recipe: its ``synthesis`` table and its seed.
        out: folder to make; replaced when it holds something else's dataset.
        workers: processes; 1 runs in this one.
        on_progress: told (finished, all) sequences after every shard.

    Raises:
        UsageError: the recipe asks for what cannot be simulated, or has too few subjects for its split.
        InputDataError: the sensor file is missing or wrong, or the disk is full.
    """
    table = recipe.synthesis
    sensor = sensor_path(table.sensor)
    load_sensor(sensor)
    stage = {"stage": STAGE, "inputs": {"sensor": sensor}, "config": table, "seed": recipe.seed}
    pending = _pending_folder(out, table, recipe.seed, sensor)
    if finished_stage(out, **stage):  # type: ignore[arg-type]
        shutil.rmtree(pending, ignore_errors=True)
        return read_dataset(out)
    splits = split_subjects(recipe.seed, list(range(table.subjects)), table.split)
    summaries = _make_shards(table, recipe.seed, sensor, pending, workers, on_progress)
    document = _document(summaries, splits, table, recipe.seed, sensor)
    with new_folder(out) as building:
        (building / "shards").mkdir()
        for summary in summaries:
            _link_or_copy(pending / Path(summary.record.path).name, building / summary.record.path)
        document.write(building / DATASET_NAME)
        write_stage_manifest(building, **stage)  # type: ignore[arg-type]
    shutil.rmtree(pending, ignore_errors=True)
    return document


def _make_shards(
    table: SynthesisTable,
    seed: int,
    sensor: Path,
    pending: Path,
    workers: int,
    on_progress: Callable[[int, int], None] | None,
) -> list[ShardSummary]:
    requests = plan_requests(table, seed)
    size = table.sequences_per_shard
    tasks = [
        ShardTask(index, pending, tuple(requests[first : first + size]), seed, table.duration_s, sensor)
        for index, first in enumerate(range(0, len(requests), size))
    ]
    summaries = {task.index: found for task in tasks if (found := _finished(pending, task.index)) is not None}
    done = sum(summary.record.sequences for summary in summaries.values())
    missing = [task for task in tasks if task.index not in summaries]
    if on_progress is not None:
        on_progress(done, len(requests))
    for summary in local_executor(workers).run(make_shard, missing):
        summaries[int(Path(summary.record.path).stem.rpartition("-")[2])] = summary
        done += summary.record.sequences
        if on_progress is not None:
            on_progress(done, len(requests))
    return [summaries[task.index] for task in tasks]


def _shard_name(index: int) -> str:
    return f"shard-{index:05d}.h5"


def _pending_folder(out: Path, table: SynthesisTable, seed: int, sensor: Path) -> Path:
    """Return where shards wait, named after everything that shapes them: another recipe's or code's never mix in."""
    made_by = f"{code_digest()} {config_digest(tool_versions())}"
    key = sha256_bytes(f"{config_digest(table)} {made_by} {sha256_file(sensor)} {seed}".encode())
    for stale in out.parent.glob(f".{out.name}.shards-*"):
        if stale.name != f".{out.name}.shards-{key[:16]}":
            shutil.rmtree(stale, ignore_errors=True)
    return out.parent / f".{out.name}.shards-{key[:16]}"


def _finished(pending: Path, index: int) -> ShardSummary | None:
    path = pending / _shard_name(index)
    try:
        summary = ShardSummary.model_validate_json(path.with_suffix(".json").read_bytes())
    except (OSError, ValidationError):
        return None
    return summary if path.is_file() and sha256_file(path) == summary.record.sha256 else None


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)  # keeps the finished shard where a killed run will look for it
    except OSError:
        shutil.copyfile(source, target)


def _document(
    summaries: list[ShardSummary], splits: dict[Split, list[int]], table: SynthesisTable, seed: int, sensor: Path
) -> DatasetDocument:
    def total(name: str) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for summary in summaries:
            counts.update(getattr(summary, name))
        return dict(sorted(counts.items()))

    return DatasetDocument(
        schema_name="qleap.dataset",
        seed=seed,
        rate_hz=MODEL_RATE_HZ,
        sensor=table.sensor,
        sensor_sha256=sha256_file(sensor),
        shards=tuple(summary.record for summary in summaries),
        splits={name: tuple(ids) for name, ids in splits.items()},
        sequences=sum(summary.record.sequences for summary in summaries),
        samples=sum(summary.record.samples for summary in summaries),
        exercises=total("exercises"),
        form_scores=total("form_scores"),
        regimes=total("regimes"),
        rejected=total("rejected"),
    )
