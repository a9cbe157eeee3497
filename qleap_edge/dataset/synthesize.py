"""Make a recipe's dataset: plan the sequences, make each shard as one task, and publish the folder when all are finished.

Workers return finished shards; only this process writes. Finished shards are kept in a hidden folder beside the output, each
with a summary that holds its hash. After a kill the next run finds them there and makes only the missing ones; the output
folder appears complete, by one rename.
"""

import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.manifest import (
    config_digest,
    finished_stage,
    new_folder,
    sha256_bytes,
    sha256_file,
    sole_writer,
    stage_folder,
    write_stage_manifest,
)
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.recipe_synthesis import SynthesisTable
from qleap_edge.core.records import canonical_json, write_atomically
from qleap_edge.core.scratch import SCRATCH_MARK, claim, discard, discard_abandoned, require_claimable, siblings
from qleap_edge.dataset.document import COUNTS, DATASET_NAME, DatasetDocument, ShardSummary, read_dataset
from qleap_edge.dataset.executors.choose import choose_executor
from qleap_edge.dataset.executors.protocol import Executor, ExecutorName
from qleap_edge.dataset.motion_folder import read_motion
from qleap_edge.dataset.plan import plan_requests
from qleap_edge.dataset.shard_task import MadeShard, ShardTask, make_shard, shard_name, this_build_environment
from qleap_edge.dataset.splits import Split, split_subjects
from qleap_edge.dataset.synthesis_inputs import captured_persons, settled, synthesis_files
from qleap_edge.physics.captured.library import NO_MOTION, MotionLibrary
from qleap_edge.physics.overrides import resolve_distributions
from qleap_edge.physics.sensor_file import load_sensor

STAGE = "synthesize"
_log = logging.getLogger(__name__)


def synthesize(
    recipe: Recipe,
    out: Path,
    workers: int | None = 1,
    on_progress: Callable[[int, int], None] | None = None,
    executor: ExecutorName = "local",
) -> DatasetDocument:
    """Make the dataset of a recipe, or return at once when ``out`` already holds it.

    The bytes depend on the recipe, the sensor file and the code, not on the executor and not on interruptions.

    Args:
        recipe: its ``synthesis`` table and its seed.
        out: folder to make; an earlier dataset in it is replaced.
        workers: number of processes, or of tasks in flight on a cluster; a local 1 runs in this process; None: one for each
            CPU.
        on_progress: called with the finished and all sequences, at the beginning and after every shard.
        executor: where the shards are made: on this machine or on a Ray cluster.

    Raises:
        UsageError: the recipe cannot be simulated, or has too few subjects for its split; there is no Ray cluster, or one with
            another version of this code; another process is making this dataset; or ``out`` holds something else than an
            earlier dataset.
        InputDataError: the sensor file is missing or wrong, or the disk is full.
        QleapError: a worker was killed.
    """
    require_replaceable(out, stage_folder(STAGE))
    table = recipe.synthesis
    inputs, config = synthesis_files(table), settled(table)
    sensor = inputs["sensor"]
    stage = {"stage": STAGE, "inputs": inputs, "config": config, "seed": recipe.seed}
    motion = read_motion(captured_persons(table))
    tasks = _tasks(table, recipe.seed, sensor, motion)
    splits = split_subjects(recipe.seed, list(range(table.subjects)), table.split)
    pending = _Pending.beside(out, config, recipe.seed, sensor, motion.digest)
    if finished_stage(out, **stage):  # type: ignore[arg-type]
        discard_abandoned(pending.folder)
        return read_dataset(out)
    require_claimable(pending.folder)
    with sole_writer(pending.folder):
        try:
            pending.claim()
            summaries = _make_shards(tasks, pending, choose_executor(executor, workers), on_progress)
            document = _document(summaries, splits, table, recipe.seed, inputs)
            with new_folder(out, stage_folder(STAGE)) as building:
                (building / "shards").mkdir()
                for summary in summaries:
                    _link_or_copy(pending.folder / Path(summary.record.path).name, building / summary.record.path)
                document.write(building / DATASET_NAME)
                write_stage_manifest(building, **stage)  # type: ignore[arg-type]
            pending.remove()
        finally:
            pending.remove_if_empty()
    return document


def _tasks(table: SynthesisTable, seed: int, sensor_file: Path, motion: MotionLibrary) -> list[ShardTask]:
    sensor, distributions, build_environment = (
        load_sensor(sensor_file),
        resolve_distributions(table.randomization),
        this_build_environment(),
    )
    requests, size = plan_requests(table, seed, motion.contents()), table.sequences_per_shard
    return [
        ShardTask(
            index,
            tuple(requests[first : first + size]),
            seed,
            table.duration_s,
            sensor,
            distributions,
            build_environment,
            motion if any(request.regime == "captured" for request in requests[first : first + size]) else NO_MOTION,
        )
        for index, first in enumerate(range(0, len(requests), size))
    ]


def _make_shards(
    tasks: list[ShardTask], pending: "_Pending", executor: Executor, on_progress: Callable[[int, int], None] | None
) -> list[ShardSummary]:
    """Return the summaries of all shards, made now or found finished."""
    summaries = {task.index: found for task in tasks if (found := pending.finished(task.index)) is not None}
    missing = [task for task in tasks if task.index not in summaries]
    total, done = sum(len(task.requests) for task in tasks), 0

    def report(finished: int) -> None:
        nonlocal done
        done += finished
        if on_progress is not None:
            on_progress(done, total)

    report(sum(summary.record.sequences for summary in summaries.values()))
    with closing(executor.run(make_shard, missing)) as made:  # also a full disk ends the workers' work at once
        for shard in made:
            pending.put(shard)
            summaries[shard.index] = shard.summary
            report(shard.summary.record.sequences)
    return [summaries[task.index] for task in tasks]


@dataclass(frozen=True)
class _Pending:
    """The hidden folder of finished shards."""

    folder: Path

    @classmethod
    def beside(cls, out: Path, table: SynthesisTable, seed: int, sensor: Path, motion: str) -> "_Pending":
        """Return the folder, named by a digest of everything that decides its shards; delete those of other digests."""
        build_environment = config_digest(this_build_environment())
        key = sha256_bytes(f"{config_digest(table)} {build_environment} {sha256_file(sensor)} {motion} {seed}".encode())
        folder = out.parent / f".{out.name}.shards-{key[:16]}"
        for stale in siblings(out, "shards-"):
            if stale != folder:
                discard_abandoned(stale)
        return cls(folder)

    def claim(self) -> None:
        """Say in the folder whose it is.

        Raises:
            UsageError: it is somebody else's.
            InputDataError: it cannot be written.
        """
        claim(self.folder)

    def put(self, shard: MadeShard) -> None:
        """Write a shard, then the summary with its hash."""
        path = self.folder / shard_name(shard.index)
        write_atomically(path, shard.image)
        write_atomically(path.with_suffix(".json"), canonical_json(shard.summary.model_dump(mode="json")).encode())

    def finished(self, index: int) -> ShardSummary | None:
        """Return the summary of a finished shard, or None when it has to be made; a damaged one is logged."""
        path = self.folder / shard_name(index)
        if not path.with_suffix(".json").exists():
            return None
        try:
            summary = ShardSummary.model_validate_json(path.with_suffix(".json").read_bytes())
        except (OSError, ValidationError):
            _log.warning("%s: damaged, its shard is made again", path.with_suffix(".json"))
            return None
        if not path.is_file() or sha256_file(path) != summary.record.sha256:
            _log.warning("%s: not the shard that was finished, made again", path)
            return None
        return summary

    def remove_if_empty(self) -> None:
        """Delete the folder if it holds no shard."""
        with suppress(OSError):  # of a folder that is no longer there
            if {path.name for path in self.folder.iterdir()} <= {SCRATCH_MARK}:
                discard(self.folder)
                self.folder.rmdir()  # one that could not even be marked

    def remove(self) -> None:
        """Delete the folder: its shards are published."""
        discard(self.folder)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)  # the finished shard also stays where the next run looks for it after a kill
    except OSError:
        shutil.copyfile(source, target)


def _document(
    summaries: list[ShardSummary],
    splits: dict[Split, list[int]],
    table: SynthesisTable,
    seed: int,
    inputs: dict[str, Path],
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
        sensor_sha256=sha256_file(inputs["sensor"]),
        motion={name.partition("/")[2]: sha256_file(path) for name, path in inputs.items() if name != "sensor"},
        randomization=table.randomization,
        shards=tuple(summary.record for summary in summaries),
        splits={name: tuple(ids) for name, ids in splits.items()},
        sequences=sum(summary.record.sequences for summary in summaries),
        samples=sum(summary.record.samples for summary in summaries),
        **{name: total(name) for name in COUNTS},
    )
