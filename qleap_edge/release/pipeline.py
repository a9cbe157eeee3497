"""The stages of a release in order. One whose inputs, configuration, seed and code are unchanged is not run again."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from qleap_edge.bundle.assemble import bundle_name
from qleap_edge.bundle.layout import BUNDLE_FOLDER
from qleap_edge.conversion.canonical import conversion_config
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import sole_writer, stage_folder
from qleap_edge.core.output_paths import require_output_folder, require_replaceable
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.scratch import remove_leftovers
from qleap_edge.dataset.synthesis_inputs import settled, synthesis_files
from qleap_edge.gates.decide import GateReport
from qleap_edge.gates.report import gate_bundle
from qleap_edge.pretrained.registry import shipped_checkpoint
from qleap_edge.release.stage import OnProgress, Stage, StageRun
from qleap_edge.uncertainty.captured import widening_path

_STAGES = "qleap_edge.release.stages"


def _synthesis_files(recipe: Recipe) -> Mapping[str, Path]:
    return synthesis_files(recipe.synthesis)


def _checkpoint_files(recipe: Recipe) -> Mapping[str, Path]:
    name = recipe.model.pretrained
    return {} if name is None else shipped_checkpoint(name).inputs()


def _calibration_files(_: Recipe) -> Mapping[str, Path]:
    return {"captured_widening": widening_path()}


PIPELINE: tuple[Stage, ...] = (
    Stage(
        name="synthesize",
        product="dataset",
        inputs=(),
        files=_synthesis_files,
        config=lambda recipe: settled(recipe.synthesis),
        function=f"{_STAGES}.synthesize:synthesize",
    ),
    Stage(
        name="train",
        product="checkpoint",
        inputs=("dataset",),
        files=_checkpoint_files,
        config=lambda recipe: recipe.training_config(),
        function=f"{_STAGES}.train:train",
    ),
    Stage(
        name="convert",
        product="conversion",
        inputs=("checkpoint",),
        config=lambda recipe: conversion_config(recipe.conversion),
        function=f"{_STAGES}.convert:convert",
    ),
    Stage(
        name="compress",
        product="compression",
        inputs=("dataset", "conversion"),
        config=lambda recipe: recipe.compression,
        function=f"{_STAGES}.compress:compress",
    ),
    Stage(
        name="verify",
        product="verification",
        inputs=("dataset", "checkpoint", "conversion", "compression"),
        config=lambda recipe: recipe.verification,
        function=f"{_STAGES}.verify:verify",
    ),
    Stage(
        name="calibrate",
        product="calibration",
        inputs=("dataset", "compression"),
        files=_calibration_files,
        config=lambda recipe: recipe.calibration,
        function=f"{_STAGES}.calibrate:calibrate",
    ),
    Stage(
        name="evaluate",
        product="evaluation",
        inputs=("dataset", "checkpoint", "conversion", "compression", "calibration"),
        config=lambda recipe: recipe.evaluation_config(),
        function=f"{_STAGES}.evaluate:evaluate",
    ),
)


@runtime_checkable
class Reporter(Protocol):
    """Receives what a release reports while it runs."""

    def stage(self, name: str, *, reused: bool) -> None:
        """A stage begins, or is reused."""

    def progress(self, done: int, total: int, unit: str) -> None:
        """The running stage has done ``done`` of ``total``."""


@dataclass(frozen=True)
class ReleaseResult:
    """The bundle's folder, the stages' folders by name, and the verdict of the gates."""

    bundle: Path
    stages: Mapping[str, Path]
    report: GateReport


def release(
    recipe: Recipe, out: Path, *, workers: int, reporter: Reporter, signing_key: Path | None = None
) -> ReleaseResult:
    """Make or complete a release.

    Args:
        recipe: what to make.
        out: gets ``stages/<recipe>/<stage>`` and the bundle folder.
        workers: processes of the stages that can be spread; no result depends on their number.
        reporter: receives the stages and their progress.
        signing_key: Ed25519 private key (PEM), or None.

    Raises:
        UsageError: another process is making this release in the same place, a folder to make holds something else than an
            earlier output, or the recipe names a shipped checkpoint that does not exist or does not fit it.
    """
    stages = out / "stages" / recipe.name
    require_output_folder(out)
    require_output_folder(stages)
    for stage in PIPELINE:
        require_replaceable(stages / stage.name, stage_folder(stage.name))
    require_replaceable(out / bundle_name(), BUNDLE_FOLDER)
    with sole_writer(stages):
        folders: dict[str, Path] = {}
        for stage in PIPELINE:
            run = _run_of(stage, recipe, stages, folders, workers, reporter.progress)
            reused = run.is_finished()
            reporter.stage(stage.name, reused=reused)
            if reused:
                remove_leftovers(run.out)  # a run that is killed after the last rename leaves them
            else:
                run.execute()
            folders[stage.name] = run.out
        from qleap_edge.release.stages.pack import pack

        bundle = out / bundle_name()
        reporter.stage("bundle", reused=False)
        pack(folders, bundle, recipe, signing_key)
        reporter.stage("gate", reused=False)
        return ReleaseResult(bundle=bundle, stages=folders, report=gate_bundle(bundle))


def finished_folders(recipe: Recipe, stages: Path) -> dict[str, Path]:
    """Return the folder of every stage below ``stages``, after checking that each is finished and intact.

    Raises:
        InputDataError: a stage is missing, stale or altered.
    """
    folders: dict[str, Path] = {}
    for stage in PIPELINE:
        run = _run_of(stage, recipe, stages, folders)
        if not run.is_finished():
            raise InputDataError(
                "the stage is missing, stale or altered",
                where=run.out,
                expected=f"the finished stage {stage.name!r} of recipe {recipe.name!r}",
                next_step=f"run `qleap release --recipe {recipe.name}`",
            )
        folders[stage.name] = run.out
    return folders


def _run_of(
    stage: Stage,
    recipe: Recipe,
    stages: Path,
    done: Mapping[str, Path],
    workers: int = 1,
    progress: OnProgress | None = None,
) -> StageRun:
    """Return the run of a stage whose inputs are the folders of the stages before it."""
    products = {earlier.product: done[earlier.name] for earlier in PIPELINE if earlier.name in done}
    inputs = {product: products[product] for product in stage.inputs} | dict(stage.files(recipe))
    return StageRun(stage, recipe, inputs, stages / stage.name, workers, progress)
