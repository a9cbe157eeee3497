"""The smallest release that is real at every stage: forty persons, two epochs, half a minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qleap_edge.core.recipe import Recipe, load_recipe


@dataclass(frozen=True)
class Micro:
    """A finished micro release; shared by all tests of a session, so nobody may change a file of it."""

    root: Path
    """The folder given to ``--out``."""
    stages: Mapping[str, Path]
    """Stage name → its finished folder."""
    bundle: Path


class SilentReporter:
    """A reporter that writes nothing."""

    def stage(self, name: str, *, reused: bool) -> None:
        """Do nothing."""

    def progress(self, done: int, total: int, unit: str) -> None:
        """Do nothing."""


def make_micro_recipe(**training: object) -> Recipe:
    """Return the tiny recipe with few persons and epochs; keywords change the training table.

    Half of the persons calibrate: ten of them give the radii, the least that can promise 90 %.
    """
    tiny = load_recipe("tiny").model_dump()
    split = {"train": 0.35, "validation": 0.05, "calibration": 0.5, "test": 0.1}
    mix = {"squat": 4.0, "walk": 1.0, "idle": 1.0}  # so that the few test persons show squats of every kind
    return Recipe.model_validate(
        tiny
        | {
            "name": "micro",
            "seed": 4,  # its few test persons show whole squats with tied and with free hands
            "synthesis": tiny["synthesis"]
            | {"subjects": 40, "sequences_per_subject": 2, "sequences_per_shard": 40, "split": split, "mix": mix},
            "training": tiny["training"] | {"epochs": 2, "threads": 1} | training,
            "compression": tiny["compression"]
            | {
                "variants": ("float16", "int8_per_channel"),
                "budget": {"mpjpe_change": 0.5, "coverage_change": 0.5, "depth_change_mm": 100.0, "size_share": 0.8},
            },
            "verification": tiny["verification"] | {"windows": 4, "golden_windows": 2},
        }
    )


def make_micro(recipe: Recipe, root: Path) -> None:
    """Run every stage and pack the bundle."""
    from qleap_edge.release.pipeline import release  # only the process that makes it needs every room

    release(recipe, root, workers=1, reporter=SilentReporter())


def read_micro(recipe: Recipe, root: Path) -> Micro:
    """Return the release that ``make_micro`` made."""
    (bundle,) = root.glob("QuantumLeapPose-*")
    stages = {folder.name: folder for folder in sorted((root / "stages" / recipe.name).iterdir()) if folder.is_dir()}
    return Micro(root=root, stages=stages, bundle=bundle)
