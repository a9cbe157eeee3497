"""Recipes: one TOML file that says what a release is made of, one table for each stage; defaults are defined here only.

The tables ``[synthesis]``, ``[model]`` and ``[training]`` are in :mod:`qleap_edge.core.recipe_synthesis` and
:mod:`qleap_edge.core.recipe_training`. The docstring of each field is its documentation: :func:`recipe_fields` lists them.
"""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import BaseModel, Field, model_validator

from qleap_edge.core.errors import UsageError
from qleap_edge.core.grades import Grade
from qleap_edge.core.recipe_synthesis import SynthesisTable
from qleap_edge.core.recipe_training import ModelTable, TrainingTable
from qleap_edge.core.resources import recipe_path
from qleap_edge.core.toml_documents import Count, Fraction, Positive, TomlTable, read_toml

DeploymentTarget = Literal["iOS17", "iOS18"]
"""iOS 17 and watchOS 10 (specification version 8), or iOS 18 and watchOS 11 (version 9)."""


class ConversionTable(TomlTable):
    """The Core ML target."""

    deployment_target: Literal["iOS17"] = "iOS17"
    """Oldest system that runs the package."""
    precision: Literal["float16"] = "float16"
    """Precision of the weights and of the computation."""


Variant = Literal[
    "float16",
    "int8_per_channel",
    "int8_per_block32",
    "int4_per_block32",
    "int4_per_block16",
    "palette8",
    "palette6",
    "palette4",
    "palette8_grouped16",
    "palette6_grouped16",
    "palette4_grouped16",
    "prune25_palette6",
    "prune50_palette6",
    "mixed_palette",
    "w8a8",
]
"""Ways to store a network; ``compression/schemes.py`` says what each does."""
REFERENCE: Variant = "float16"
"""The variant that the others are compared with."""


class BudgetTable(TomlTable):
    """The largest changes that a smaller package may have against the half-precision one, on the same windows.

    Where a change has an interval over persons (95 %, paired), its worse end must keep the bound.
    """

    mpjpe_change: Fraction = 0.02
    """Largest relative growth of the mean position error of the joints."""
    coverage_change: Fraction = 0.005
    """Largest change of the coverage of the central 90 % interval, up or down, each package with its own scales."""
    accuracy_drop: Fraction = 0.005
    """Largest drop of the exercise's accuracy, as a share of the windows."""
    kappa_drop: Fraction = 0.02
    """Largest drop of the form score's quadratically weighted kappa."""
    depth_change_mm: Positive = 2.0
    """Largest growth of the median error of the squats' depth, in millimetres at a stature of 1.75 m."""
    size_share: Fraction = 0.55
    """Largest share of the half-precision package's bytes."""


class CompressionTable(TomlTable):
    """The variants that are made; the smallest one that keeps the budget ships."""

    variants: Annotated[tuple[Variant, ...], Field(min_length=1)] = get_args(Variant)
    """Names of the variants that are made, ``float16`` among them."""
    budget: BudgetTable = BudgetTable()
    """The largest changes that a variant may have."""
    test_hop: Count = 100
    """Steps of 20 ms between the beginnings of two test windows on which the variants are measured."""
    calibration_windows: Count = 1200
    """Number of windows of the calibration persons to which each variant's scales of sigma are fitted."""
    activation_windows: Count = 128
    """Number of training windows that determine the ranges of 8-bit activations."""
    sensitivity_windows: Count = 16
    """Number of training windows on which the drift of the poses is measured for a palette in one layer at a time."""
    mixed_error_growth: Positive = 0.002
    """Share by which the drift of ``mixed_palette`` may increase the pose error, if the two are independent."""

    @model_validator(mode="after")
    def _variants_hold_the_reference(self) -> "CompressionTable":
        if REFERENCE not in self.variants:
            raise ValueError(f"variants must hold {REFERENCE!r}, which the others are compared with")
        if len(set(self.variants)) != len(self.variants):
            raise ValueError(f"variants names one twice: {list(self.variants)}")
        return self


class CalibrationTable(TomlTable):
    """The uncertainty profile: levels of the conformal radii, and how often the product may abstain."""

    levels: tuple[Fraction, ...] = (0.5, 0.8, 0.9, 0.95)
    """Coverage levels of the conformal radii."""
    abstain_share: Fraction = 0.05
    """Share of the calibration windows on which at least one abstention rule applies."""


class PlacementReason(TomlTable):
    """A reason why findings of one rule of device placement are accepted; ``qleap mil lint`` shows both."""

    rule: str
    """Id of the rule, e.g. ``"last_axis.narrow"``."""
    operation: str = "*"
    """Pattern of the operations' names, with ``*`` and ``?`` as for file names."""
    shape: tuple[Count, ...] | None = None
    """Shape that the operation's output must have; without it any shape."""
    reason: Annotated[str, Field(min_length=20)]
    """The reason, as a sentence of at least 20 characters."""


class VerificationTable(TomlTable):
    """The parity ladder, the golden file, and the accepted findings of device placement."""

    windows: Count = 64
    """Number of test windows on which the parity ladder compares network and package."""
    golden_windows: Count = 3
    """Number of windows with their outputs in ``golden.json``, which the Swift package tests."""
    placement: tuple[PlacementReason, ...] = ()
    """Findings of device placement that are accepted, each with its reason."""


class BundleTable(TomlTable):
    """What the bundle contains besides what an app on Apple's platforms needs."""

    onnx: bool = False
    """Include the ONNX twin, for other platforms, and measure it under the profile of the package that ships."""


class GatesTable(TomlTable):
    """The bounds that the release must keep."""

    grade: Grade
    """Grade whose bounds in ``benchmarks/thresholds.toml`` decide: ``tiny``, ``preview`` or ``release``."""


class Recipe(TomlTable):
    """A whole recipe."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Name of the recipe and of the folder of its stages."""
    seed: Annotated[int, Field(ge=0)]
    """Seed of everything that is drawn: persons, motions, devices, split, initial weights and the order of the windows."""
    synthesis: SynthesisTable
    """The simulated dataset."""
    model: ModelTable
    """The network."""
    training: TrainingTable
    """The training."""
    conversion: ConversionTable = ConversionTable()
    """The Core ML target."""
    compression: CompressionTable = CompressionTable()
    """The smaller variants of the package."""
    calibration: CalibrationTable = CalibrationTable()
    """The uncertainty profile."""
    verification: VerificationTable = VerificationTable()
    """The parity ladder and the golden file."""
    bundle: BundleTable = BundleTable()
    """The contents of the bundle."""
    gates: GatesTable
    """The bounds that the release must keep."""

    def training_config(self) -> dict[str, object]:
        """Return the tables that decide the weights, besides data and seed."""
        return {"model": self.model.model_dump(mode="json"), "training": self.training.model_dump(mode="json")}

    def evaluation_config(self) -> dict[str, object]:
        """Return the tables that decide what the stage ``evaluate`` measures, besides its inputs and the seed."""
        return {
            "verification": self.verification.model_dump(mode="json"),
            "bundle": self.bundle.model_dump(mode="json"),
        }

    def with_preset(self, preset: str) -> "Recipe":
        """Return the recipe with another network.

        Raises:
            UsageError: no network has this name.
        """
        known = get_args(ModelTable.model_fields["preset"].annotation)
        if preset not in known:
            raise UsageError(
                "no such network", expected=f"one of {', '.join(known)}", got=repr(preset), next_step="correct --preset"
            )
        return self.model_copy(update={"model": self.model.model_copy(update={"preset": preset})})

    def from_scratch(self) -> "Recipe":
        """Return the recipe without ``model.pretrained``: its network is trained."""
        return self.model_copy(update={"model": self.model.model_copy(update={"pretrained": None})})


def with_motion(recipe: Recipe, folders: list[Path]) -> Recipe:
    """Return the recipe with other folders of captured motion.

    Raises:
        UsageError: it uses no captured motion.
    """
    if not recipe.synthesis.captured_share:
        raise UsageError(
            "this recipe uses no captured motion",
            where="recipe, key 'synthesis.captured_share'",
            expected="a positive share, with --motion",
            got="0",
            next_step="set synthesis.captured_share in a copy of the recipe, or leave --motion out",
        )
    motion = tuple(str(folder) for folder in folders)
    return recipe.model_copy(update={"synthesis": recipe.synthesis.model_copy(update={"motion": motion})})


def load_recipe(name_or_path: str) -> Recipe:
    """Read a shipped recipe by name (``"tiny"``) or any recipe by path (``"my/recipe.toml"``).

    Raises:
        UsageError: no such recipe, not TOML, or a key is unknown, missing or out of range.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = recipe_path(name_or_path)
    if not path.is_file():
        shipped = ", ".join(sorted(item.stem for item in recipe_path("any").parent.glob("*.toml")))
        raise UsageError(
            "no such recipe",
            where=name_or_path,
            expected=f"a .toml file or one of: {shipped}",
            next_step="check --recipe",
        )
    return read_toml(Recipe, path, what="the recipe", error=UsageError)


class RecipeField(NamedTuple):
    """One key of a recipe, for help texts and documentation."""

    key: str
    """Dotted, as in a TOML file, e.g. ``"training.epochs"``."""
    default: str | None
    """The default as Python writes it; None where the key is required."""
    description: str
    """One sentence, with the unit."""


def recipe_fields(table: type[BaseModel] = Recipe, prefix: str = "") -> tuple[RecipeField, ...]:
    """Return every key of a recipe with its default and description, table by table in the order of the file.

    Args:
        table: a table of the recipe; the whole recipe if it is not given.
        prefix: the table's own key with a dot behind it.
    """
    fields: list[RecipeField] = []
    for name, field in table.model_fields.items():
        kind, key = field.annotation, f"{prefix}{name}"
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields += recipe_fields(kind, f"{key}.")
            continue
        default = None if field.is_required() else repr(field.get_default(call_default_factory=True))
        fields.append(RecipeField(key, default, field.description or ""))
        for item in get_args(kind):
            if isinstance(item, type) and issubclass(item, BaseModel):
                fields += recipe_fields(item, f"{key}[].")
    return tuple(fields)
