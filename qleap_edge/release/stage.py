"""One row of the pipeline's table, and one run of it: from finished folders to a new one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from pydantic import BaseModel

from qleap_edge.core.manifest import finished_stage, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.recipe import Recipe

Config = BaseModel | Mapping[str, object]
OnProgress = Callable[[int, int, str], None]
"""Called with (done, total, unit)."""


def _no_files(recipe: Recipe) -> Mapping[str, Path]:
    return {}


@dataclass(frozen=True)
class Stage:
    """One row."""

    name: str
    """Also the name of its folder."""
    product: str
    """What it makes: the name that its folder has among the inputs of later stages."""
    inputs: tuple[str, ...]
    """Products of earlier stages that it reads."""
    config: Callable[[Recipe], Config]
    """What, besides the inputs and the seed, decides its result."""
    function: str
    """``module:function`` that takes a :class:`StageRun` and makes its folder."""
    files: Callable[[Recipe], Mapping[str, Path]] = _no_files
    """Inputs that are no stage: name → file."""


@dataclass(frozen=True)
class StageRun:
    """One run of a stage."""

    stage: Stage
    recipe: Recipe
    inputs: Mapping[str, Path]
    """Product → folder, and name → file, of everything that the stage reads."""
    out: Path
    """The folder to make."""
    workers: int = 1
    """Processes; no result depends on their number."""
    progress: OnProgress | None = None

    def is_finished(self) -> bool:
        """Return whether the folder already holds the result: same inputs, config, seed, code and tools, and intact files."""
        config = self.stage.config(self.recipe)
        return finished_stage(self.out, stage=self.stage.name, inputs=self.inputs, config=config, seed=self.recipe.seed)

    def execute(self) -> None:
        """Import the stage's function and call it: heavy libraries are imported only when a stage runs.

        Raises:
            UsageError: the folder to make holds something else than an earlier result of the stage.
        """
        require_replaceable(self.out, stage_folder(self.stage.name))
        resolve_name(self.stage.function)(self)

    def report(self, unit: str) -> Callable[[int, int], None]:
        """Return a callback that reports (done, total) in a unit."""

        def report(done: int, total: int) -> None:
            if self.progress is not None:
                self.progress(done, total, unit)

        return report

    def write_manifest(self, folder: Path) -> None:
        """Write the manifest that makes ``folder``, which will become ``out``, a finished stage."""
        config = self.stage.config(self.recipe)
        write_stage_manifest(folder, stage=self.stage.name, inputs=self.inputs, config=config, seed=self.recipe.seed)
