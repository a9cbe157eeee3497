"""All stages in order. A stage whose inputs, recipe table, seed and code are unchanged is not run again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import BaseModel

from qleap_edge.bundle.assemble import bundle_name
from qleap_edge.bundle.layout import BUNDLE_FOLDER
from qleap_edge.conversion.canonical import conversion_config
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import finished_stage, sole_writer, stage_folder
from qleap_edge.core.output_paths import require_output_folder, require_replaceable
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.scratch import remove_leftovers
from qleap_edge.gates.decide import GateReport
from qleap_edge.gates.report import gate_bundle
from qleap_edge.physics.sensor import sensor_path
from qleap_edge.pretrained.registry import shipped_checkpoint


@runtime_checkable
class Reporter(Protocol):
    """Where a release says how far it is."""

    def stage(self, name: str, *, reused: bool) -> None:
        """A stage begins, or is reused."""

    def progress(self, done: int, total: int, unit: str) -> None:
        """The running stage has done ``done`` of ``total``."""


@dataclass(frozen=True)
class ReleaseResult:
    """Where the bundle lies and what the gates said."""

    bundle: Path
    stages: Mapping[str, Path]
    report: GateReport


@dataclass(frozen=True)
class _Stage:
    name: str
    needs: tuple[str, ...]
    config: BaseModel | Mapping[str, object]
    run: Callable[[Mapping[str, Path], Path], object]
    files: Mapping[str, Path] = field(default_factory=dict)
    """Inputs that are no stage: name → file."""

    def inputs(self, done: Mapping[str, Path]) -> dict[str, Path]:
        """Return everything the stage reads, by the names its manifest uses."""
        return {label: done[name] for label, name in _LABELS.items() if name in self.needs} | dict(self.files)


def release(
    recipe: Recipe, out: Path, *, workers: int, reporter: Reporter, signing_key: Path | None = None
) -> ReleaseResult:
    """Make or complete a release.

    Args:
        recipe: what to make.
        out: gets ``stages/<recipe>/<stage>`` and the bundle folder.
        workers: processes for synthesis.
        reporter: told about stages and progress.
        signing_key: Ed25519 private key (PEM), or None.

    Raises:
        UsageError: another process is making this release in the same place, a folder to make holds something else than an
            earlier output, or the recipe names a shipped checkpoint that does not exist or does not fit it.
    """
    stages = out / "stages" / recipe.name
    require_output_folder(out)
    require_output_folder(stages)
    for stage in _stages(recipe, workers, reporter):
        require_replaceable(stages / stage.name, stage_folder(stage.name))
    require_replaceable(out / bundle_name(), BUNDLE_FOLDER)
    with sole_writer(stages):
        folders: dict[str, Path] = {}
        for stage in _stages(recipe, workers, reporter):
            folder = stages / stage.name
            reused = _finished(stage, folder, folders, recipe)
            reporter.stage(stage.name, reused=reused)
            if reused:
                remove_leftovers(folder)  # a run killed after the last rename had no time to do it
            else:
                stage.run(folders, folder)
            folders[stage.name] = folder
        from qleap_edge.release.stages import pack

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
    for stage in _stages(recipe, 1, _Silent()):
        folder = stages / stage.name
        if not _finished(stage, folder, folders, recipe):
            raise InputDataError(
                "the stage is missing, stale or altered",
                where=folder,
                expected=f"the finished stage {stage.name!r} of recipe {recipe.name!r}",
                next_step=f"run `qleap release --recipe {recipe.name}`",
            )
        folders[stage.name] = folder
    return folders


def _finished(stage: _Stage, folder: Path, done: Mapping[str, Path], recipe: Recipe) -> bool:
    return finished_stage(folder, stage=stage.name, inputs=stage.inputs(done), config=stage.config, seed=recipe.seed)


class _Silent:
    def stage(self, name: str, *, reused: bool) -> None:
        """Say nothing."""

    def progress(self, done: int, total: int, unit: str) -> None:
        """Say nothing."""


# The name a stage's folder has among the inputs of later stages.
_LABELS = {
    "dataset": "synthesize",
    "checkpoint": "train",
    "conversion": "convert",
    "compression": "compress",
    "calibration": "calibrate",
}


def _stages(recipe: Recipe, workers: int, reporter: Reporter) -> tuple[_Stage, ...]:
    """Return the stages in order; heavy libraries are imported only when a stage runs."""

    def count(unit: str) -> Callable[[int, int], None]:
        return lambda done, total: reporter.progress(done, total, unit)

    def synthesize(_: Mapping[str, Path], out: Path) -> None:
        from qleap_edge.dataset.synthesize import synthesize as run

        run(recipe, out, workers, count("sequences"))

    def take(done: Mapping[str, Path], out: Path) -> None:
        from qleap_edge.pretrained.install import install_pretrained

        install_pretrained(recipe, done["synthesize"], out)

    def train(done: Mapping[str, Path], out: Path) -> None:
        from qleap_edge.training.loop import Progress
        from qleap_edge.training.loop import train as run

        def step(p: Progress) -> None:
            reporter.progress(p.step, p.total_steps, f"steps, loss {p.loss:.3f}")

        run(recipe, done["synthesize"], out, resume=True, on_step=step)

    def convert(done: Mapping[str, Path], out: Path) -> None:
        from qleap_edge.conversion.coreml import convert as run

        run(done["train"], out, recipe.conversion, recipe.seed)

    def compress(done: Mapping[str, Path], out: Path) -> None:
        from qleap_edge.compression.sweep import compress as run

        run(
            done["convert"],
            done["synthesize"],
            out,
            recipe.compression,
            recipe.seed,
            workers=workers,
            on_task=count("tasks"),
        )

    def verify(done: Mapping[str, Path], out: Path) -> None:
        from qleap_edge.release.stages import verify as run

        run(done["train"], done["convert"], done["compress"], done["synthesize"], out, recipe)

    def calibrate(done: Mapping[str, Path], out: Path) -> None:
        from qleap_edge.release.stages import calibrate as run

        run(done["compress"], done["synthesize"], out, recipe, count("windows"))

    def evaluate(done: Mapping[str, Path], out: Path) -> None:
        from qleap_edge.release.stages import evaluate as run

        run(
            done["train"],
            done["convert"],
            done["compress"],
            done["calibrate"],
            done["synthesize"],
            out,
            recipe,
            count("windows"),
        )

    return (
        _Stage("synthesize", (), recipe.synthesis, synthesize, {"sensor": sensor_path(recipe.synthesis.sensor)}),
        _Stage(
            "train",
            ("synthesize",),
            recipe.training_config(),
            train if recipe.model.pretrained is None else take,
            {} if recipe.model.pretrained is None else shipped_checkpoint(recipe.model.pretrained).inputs(),
        ),
        _Stage("convert", ("train",), conversion_config(recipe.conversion), convert),
        _Stage("compress", ("synthesize", "convert"), recipe.compression, compress),
        _Stage("verify", ("synthesize", "train", "convert", "compress"), recipe.verification, verify),
        _Stage("calibrate", ("synthesize", "compress"), recipe.calibration, calibrate),
        _Stage(
            "evaluate",
            ("synthesize", "train", "convert", "compress", "calibrate"),
            recipe.evaluation_config(),
            evaluate,
        ),
    )
