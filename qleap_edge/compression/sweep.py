"""The compression stage: make every variant of a saved package, run each on the task, choose the one that ships.

What must be done is cut into tasks for a pool of processes (``tasks.py``), in three rounds, because some need what others find
out: all variants are made while the half-precision package is judged; then the others are judged against it while each layer's
sensitivity is measured; last, mixed precision is put together from that, made and judged.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from qleap_edge.compression.budget import choose, cost_figures, oldest_systems, size_figures, violations
from qleap_edge.compression.document import (
    PLOT_NAME,
    REPORT_NAME,
    SWEEP_NAME,
    LayerBits,
    SweepDocument,
    VariantResult,
    package_path,
)
from qleap_edge.compression.evaluator import Evaluator, Scores
from qleap_edge.compression.plot import draw_pareto
from qleap_edge.compression.schemes import NEEDS_WINDOWS, SCHEMES, MixedPalette
from qleap_edge.compression.sensitivity import LayerSensitivity, choose_bits, drift_allowance_mm, large_weights
from qleap_edge.compression.tasks import (
    EvaluateTask,
    LayerTask,
    MakeTask,
    RunContext,
    Task,
    run_task,
    training_error_mm,
)
from qleap_edge.compression.variants import package_bytes
from qleap_edge.conversion.coreml import NEWER_FOLDER
from qleap_edge.core.contract import CONTRACT_NAME, PACKAGE_NAME
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import digest_of, new_folder, sha256_file, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.recipe import REFERENCE, CompressionTable, Variant
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.dataset.executors.choose import choose_executor
from qleap_edge.dataset.executors.protocol import Executor
from qleap_edge.mil.format.package import Package

STAGE = "compress"
OnTask = Callable[[int, int], None]


def compress(
    conversion: Path,
    data: Path | None,
    out: Path,
    table: CompressionTable,
    seed: int,
    *,
    workers: int = 1,
    on_task: OnTask | None = None,
) -> SweepDocument:
    """Make, judge and choose; the folder gets every variant, ``sweep.json``, its report and its plot.

    Args:
        conversion: the stage folder with the half-precision package, and the one for newer systems.
        data: the dataset; without one nothing is judged or chosen, and what needs training windows is not made.
        out: folder to make.
        table: which variants, judged on what, and the budget.
        seed: recorded.
        workers: processes; the results do not depend on it.
        on_task: called with (tasks done, all tasks).

    Raises:
        InputDataError: the conversion stage or the dataset is missing or damaged.
        UsageError: a variant needs a dataset or a package that is not there; or ``out`` holds something else than an earlier
            sweep.
    """
    require_replaceable(out, stage_folder(STAGE))
    source = conversion / PACKAGE_NAME
    digest_of(source)  # a missing package is refused here, by name
    _require_sources(conversion, data, table)
    with new_folder(out, stage_folder(STAGE)) as folder:
        sweep = _Sweep(RunContext(conversion, data, folder, table), choose_executor("local", workers), on_task)
        document = sweep.run()
        document.write(folder / SWEEP_NAME)
        document.report().write(folder / REPORT_NAME)
        if data is not None:
            (folder / PLOT_NAME).write_bytes(draw_pareto(document))
        if (conversion / CONTRACT_NAME).is_file():
            shutil.copyfile(conversion / CONTRACT_NAME, folder / CONTRACT_NAME)
        inputs = {"conversion": conversion} | ({} if data is None else {"dataset": data})
        write_stage_manifest(folder, stage=STAGE, inputs=inputs, config=table, seed=seed)
    return document


class _Sweep:
    """The three rounds, and what they found out."""

    def __init__(self, bench: RunContext, executor: Executor, on_task: OnTask | None) -> None:
        self.bench, self.executor, self.on_task = bench, executor, on_task
        self.variants = bench.table.variants
        self.failures: dict[Variant, str] = {}
        self.scores_by_variant: dict[Variant, Scores] = {}
        self.layers: tuple[LayerSensitivity, ...] = ()
        self.mixed: LayerBits | None = None
        self.done = 0
        self.weights = tuple(large_weights(Package.load(bench.source(REFERENCE)))) if self.mixing else ()
        judged = bench.data is not None
        self.total = len(self.variants) * (1 + judged) + len(self.weights)

    @property
    def mixing(self) -> tuple[Variant, ...]:
        """Variants that are put together from what the layers bear."""
        return tuple(name for name in self.variants if any(isinstance(s, MixedPalette) for s in SCHEMES[name].steps))

    def run(self) -> SweepDocument:
        """Run all rounds."""
        judged = self.bench.data is not None
        first: list[Task] = [MakeTask(self.bench, REFERENCE)]
        self._round(first)  # a copy: done at once, and everything else needs it
        makes: list[Task] = [MakeTask(self.bench, v) for v in self.variants if v not in (REFERENCE, *self.mixing)]
        self._round([*([EvaluateTask(self.bench, REFERENCE)] if judged else []), *makes])
        made = [v for v in self.variants if v not in (REFERENCE, *self.mixing, *self.failures)]
        judges: list[Task] = [self._judge(v) for v in made] if judged else []
        self._round([*judges, *(LayerTask(self.bench, name) for name in self.weights)])
        for variant in self.mixing:
            self.mixed = self._mix()
            self._round([MakeTask(self.bench, variant, bits=self.mixed.bits)])
            if variant not in self.failures:
                self._round([self._judge(variant)])
        return self._document()

    def _round(self, tasks: Sequence[Task]) -> None:
        for task, found in self.executor.run(run_task, tasks):
            match task, found:
                case MakeTask(), str():
                    self.failures[task.variant] = found
                case EvaluateTask(), Scores():
                    self.scores_by_variant[task.variant] = found
                case LayerTask(), LayerSensitivity():
                    self.layers += (found,)
            self.done += 1
            if self.on_task is not None:
                self.on_task(self.done, self.total)

    def _judge(self, variant: Variant) -> EvaluateTask:
        return EvaluateTask(self.bench, variant, reference_scale=self.scores_by_variant[REFERENCE].scale)

    def _mix(self) -> LayerBits:
        order = {name: number for number, name in enumerate(self.weights)}
        self.layers = tuple(sorted(self.layers, key=lambda layer: order[layer.name]))
        allowance = drift_allowance_mm(training_error_mm(self.bench), self.bench.table.mixed_error_growth)
        bits = choose_bits(self.layers, allowance)
        predicted = sum(layer.drift_mm[bits[layer.name]] ** 2 for layer in self.layers) ** 0.5
        return LayerBits(allowance_mm=allowance, predicted_mm=predicted, bits=bits)

    def _document(self) -> SweepDocument:
        bench, evaluator = self.bench, self.bench.evaluator
        results: tuple[VariantResult, ...] = tuple(self._result(variant, evaluator) for variant in self.variants)
        chosen: Variant | None = None
        if evaluator is not None:
            results, chosen = choose(results, self._systems(REFERENCE))
        return SweepDocument(
            package_sha256=digest_of(bench.source(REFERENCE)),
            dataset_sha256=None if bench.data is None else sha256_file(bench.data / DATASET_NAME),
            windows=0 if evaluator is None else len(evaluator.truth),
            subjects=0 if evaluator is None else len(set(evaluator.truth.subject.tolist())),
            budget=bench.table.budget,
            chosen=chosen,
            variants=results,
            layers=self.layers,
            mixed=self.mixed,
        )

    def _systems(self, variant: Variant) -> str:
        """Return the oldest systems that read a variant: those of the package that it is made from."""
        return oldest_systems(Package.load(self.bench.source(variant)))

    def _result(self, variant: Variant, evaluator: Evaluator | None) -> VariantResult:
        if variant in self.failures:
            return VariantResult(
                variant=variant,
                systems=self._systems(variant),
                verdict="not made",
                reasons=(self.failures[variant],),
                figures=(),
            )
        package = package_path(self.bench.folder, variant)
        figures = size_figures(package_bytes(package), package_bytes(package_path(self.bench.folder, REFERENCE)))
        if evaluator is None:
            return VariantResult(
                variant=variant, systems=self._systems(variant), verdict="not judged", reasons=(), figures=figures
            )
        figures += cost_figures(self.scores_by_variant[variant], self.scores_by_variant[REFERENCE], evaluator)
        broken = violations(figures, self.bench.table.budget)
        return VariantResult(
            variant=variant,
            systems=self._systems(variant),
            verdict="outside" if broken else "inside",
            reasons=broken,
            figures=figures,
        )


def _require_sources(conversion: Path, data: Path | None, table: CompressionTable) -> None:
    """Refuse variants that cannot be made before anything is begun."""
    needy = [v for v in table.variants if v in NEEDS_WINDOWS]
    if data is None and needy:
        raise UsageError(
            f"{' and '.join(needy)} must see training windows",
            expected="a dataset",
            next_step="give --data, or leave them out",
        )
    newer = [v for v in table.variants if SCHEMES[v].newer]
    if newer and not (conversion / NEWER_FOLDER / PACKAGE_NAME).is_dir():
        raise InputDataError(
            f"{', '.join(newer)} can only be made from a package for newer systems",
            where=conversion / NEWER_FOLDER / PACKAGE_NAME,
            expected="a package made by `qleap convert`",
            got="no such package",
            next_step="give the conversion's folder, or leave these variants out",
        )
