"""The rounds of a sweep: its tasks run in a pool of processes; this process collects, scores and chooses.

There are four rounds, because some tasks need the results of others: the half-precision package is copied; the other variants
are made while it is run over the windows and the sensitivity of each layer is measured; mixed precision is made from the
sensitivities while the other variants are run; last, mixed precision is run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from qleap_edge.compression.budget import choose, cost_figures, oldest_systems, size_figures, violations
from qleap_edge.compression.document import (
    LayerBits,
    SweepDocument,
    VariantResult,
    Verdict,
    package_path,
)
from qleap_edge.compression.evaluator import Evaluator, ScoredPart, Scores
from qleap_edge.compression.schemes import SCHEMES, MixedPalette
from qleap_edge.compression.sensitivity import LayerSensitivity, choose_bits, drift_allowance_mm, large_weights
from qleap_edge.compression.stored_outputs import PredictedWindows, write_outputs
from qleap_edge.compression.tasks import (
    EvaluateTask,
    LayerTask,
    MakeTask,
    RunContext,
    Task,
    TrainingErrorTask,
    run_task,
)
from qleap_edge.compression.variants import package_bytes
from qleap_edge.core.errors import QleapError
from qleap_edge.core.manifest import digest_of, sha256_file
from qleap_edge.core.recipe import REFERENCE, Variant
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.dataset.executors.protocol import Executor
from qleap_edge.evaluation.package_outputs import join_parts, predict_tasks
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.mil.format.package import Package

OnTask = Callable[[int, int], None]


class Sweep:
    """The rounds of tasks, and their results so far.

    Args:
        context: the folders, and the table.
        executor: runs the tasks of a round, in any order.
        on_task: called with (tasks done, all tasks).
    """

    def __init__(self, context: RunContext, executor: Executor, on_task: OnTask | None) -> None:
        self.context, self.executor, self.on_task = context, executor, on_task
        self.variants = context.table.variants
        self.evaluator = None if context.data is None else Evaluator(context.data, context.table)
        self.mixing = [v for v in self.variants if any(isinstance(step, MixedPalette) for step in SCHEMES[v].steps)]
        self.weights = tuple(large_weights(Package.load(context.source(REFERENCE)))) if self.mixing else ()
        sources = {path: oldest_systems(Package.load(path)) for path in {context.source(v) for v in self.variants}}
        self.systems = {variant: sources[context.source(variant)] for variant in self.variants}
        self.parts: dict[Variant, _Parts] = {}
        self.reference: Scores | None = None
        self.results: dict[Variant, VariantResult] = {}
        self.leader: tuple[Variant, ModelOutputs] | None = None
        """The variant that would ship by the results so far, and its test outputs; those of all would take gigabytes."""
        self.layers: tuple[LayerSensitivity, ...] = ()
        self.training_error_mm = 0.0
        self.mixed: LayerBits | None = None
        self.done = 0
        self.total = len(self.variants) + (len(self.weights) + 1 if self.mixing else 0)
        if self.evaluator is not None:
            self.total += len(self.variants) * len(self._evaluate(REFERENCE, context.source(REFERENCE)))

    def run(self) -> SweepDocument:
        """Run all rounds; in each, the tasks that take longest come first, so that no process waits long at its end."""
        self._round([MakeTask(self.context, REFERENCE)])  # a copy, which other tasks read
        others = [v for v in self.variants if v not in (REFERENCE, *self.mixing)]
        sensitivity: list[Task] = [TrainingErrorTask(self.context)] if self.mixing else []
        sensitivity += [LayerTask(self.context, name) for name in self.weights]
        makes = [MakeTask(self.context, variant) for variant in others]
        self._round([*makes, *self._evaluate(REFERENCE), *sensitivity])
        self.mixed = self._mix() if self.mixing else None
        bits = None if self.mixed is None else self.mixed.bits
        mixes = [MakeTask(self.context, variant, bits=bits) for variant in self.mixing]
        self._round([*mixes, *(task for variant in others for task in self._evaluate(variant))])
        self._round([task for variant in self.mixing for task in self._evaluate(variant)])
        return self._document()

    def write_outputs(self, path: Path, document: SweepDocument, data: Path) -> None:
        """Write the test outputs of the chosen variant.

        Raises:
            QleapError: they are those of another variant.
        """
        if self.leader is None or self.leader[0] != document.chosen:
            raise QleapError("the outputs of the chosen variant were not kept", expected=str(document.chosen))
        variant, outputs = self.leader
        package = package_path(self.context.folder, variant)
        write_outputs(path, outputs, PredictedWindows.of(package, data, self.context.table.test_hop))

    def _evaluate(self, variant: Variant, package: Path | None = None) -> list[EvaluateTask]:
        """Return the tasks that run a variant over all windows; none without data, or where it could not be made."""
        if self.evaluator is None or variant in self.results:
            return []
        package = package or package_path(self.context.folder, variant)
        return [
            EvaluateTask(variant, part, task)
            for part in get_args(ScoredPart)
            for task in predict_tasks(package, self.evaluator.windows(part))
        ]

    def _round(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            if isinstance(task, EvaluateTask):
                self.parts.setdefault(task.variant, _Parts()).awaited += 1
        for task, found in self.executor.run(run_task, tasks):
            match task, found:
                case MakeTask(), str():
                    self.results[task.variant] = self._failure(task.variant, found)
                case EvaluateTask(), ModelOutputs():
                    parts = self.parts[task.variant]
                    parts.outputs[task.part][task.prediction.first] = found
                    parts.awaited -= 1
                    if not parts.awaited:
                        self._score(task.variant, self.parts.pop(task.variant))
                case LayerTask(), LayerSensitivity():
                    self.layers += (found,)
                case TrainingErrorTask(), float():
                    self.training_error_mm = found
            self.done += 1
            if self.on_task is not None:
                self.on_task(self.done, self.total)

    def _score(self, variant: Variant, parts: "_Parts") -> None:
        """Score a variant whose outputs are all there; keep its test outputs if it is the one that would ship."""
        if self.evaluator is None:
            raise QleapError("a variant cannot be scored without a dataset")
        test, calibration = (join_parts(parts.outputs[part]) for part in ("test", "calibration"))
        scale = None if self.reference is None else self.reference.scale
        scores = self.evaluator.score(test, calibration, scale)
        if self.reference is None:  # the half-precision package comes first
            self.reference = scores
        figures = self._size(variant) + cost_figures(scores, self.reference, self.evaluator)
        broken = violations(figures, self.context.table.budget)
        verdict: Verdict = "outside" if broken else "inside"
        self.results[variant] = self._result(variant, verdict, broken, figures)
        if self._choose()[1] == variant:
            self.leader = variant, test

    def _mix(self) -> LayerBits:
        order = {name: number for number, name in enumerate(self.weights)}
        self.layers = tuple(sorted(self.layers, key=lambda layer: order[layer.name]))
        allowance = drift_allowance_mm(self.training_error_mm, self.context.table.mixed_error_growth)
        bits = choose_bits(self.layers, allowance)
        predicted = sum(layer.drift_mm[bits[layer.name]] ** 2 for layer in self.layers) ** 0.5
        return LayerBits(allowance_mm=allowance, predicted_mm=predicted, bits=bits)

    def _document(self) -> SweepDocument:
        context, evaluator = self.context, self.evaluator
        for variant in self.variants:
            if variant not in self.results:  # made without data
                self.results[variant] = self._result(variant, "not judged", (), self._size(variant))
        results, chosen = self._choose() if evaluator is not None else (tuple(self._ordered()), None)
        return SweepDocument(
            package_sha256=digest_of(context.source(REFERENCE)),
            dataset_sha256=None if context.data is None else sha256_file(context.data / DATASET_NAME),
            windows=0 if evaluator is None else len(evaluator.truth),
            subjects=0 if evaluator is None else len(set(evaluator.truth.subject.tolist())),
            budget=context.table.budget,
            chosen=chosen,
            variants=results,
            layers=self.layers,
            mixed=self.mixed,
        )

    def _ordered(self) -> list[VariantResult]:
        return [self.results[variant] for variant in self.variants if variant in self.results]

    def _choose(self) -> tuple[tuple[VariantResult, ...], Variant]:
        return choose(self._ordered(), self.systems[REFERENCE])

    def _size(self, variant: Variant) -> tuple[Measurement, ...]:
        folder = self.context.folder
        return size_figures(*(package_bytes(package_path(folder, name)) for name in (variant, REFERENCE)))

    def _failure(self, variant: Variant, reason: str) -> VariantResult:
        return self._result(variant, "not made", (reason,), ())

    def _result(
        self, variant: Variant, verdict: Verdict, reasons: tuple[str, ...], figures: tuple[Measurement, ...]
    ) -> VariantResult:
        return VariantResult(
            variant=variant, systems=self.systems[variant], verdict=verdict, reasons=reasons, figures=figures
        )


@dataclass
class _Parts:
    """The outputs of one variant that have arrived, by part and first window, and how many tasks are still at work."""

    awaited: int = 0
    outputs: dict[ScoredPart, dict[int, ModelOutputs]] = field(default_factory=lambda: {"test": {}, "calibration": {}})
