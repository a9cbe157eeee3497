"""Recipes: one TOML file that says what a release is made of, one table a stage; defaults live here and nowhere else."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import Content
from qleap_edge.core.grades import Grade
from qleap_edge.core.resources import recipe_path

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Weight = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SplitTable(_Table):
    """Share of the *subjects* in each part; calibration is halved again (scales / radii)."""

    train: Fraction
    validation: Fraction
    calibration: Fraction
    test: Fraction

    @model_validator(mode="after")
    def _sum_to_one(self) -> "SplitTable":
        total = self.train + self.validation + self.calibration + self.test
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the four shares must sum to 1, not {total:g}")
        return self


class RandomizationTable(_Table):
    """How widely bodies, motions and devices vary; the distributions themselves are in ``physics/randomize.py``."""

    preset: Literal["release", "stress"] = "release"
    overrides: dict[str, dict[str, float]] = {}
    """Distribution → its numbers that change, e.g. ``toe_out_deg = { high = 35.0 }``, ``stature_m.female = { mean = 1.6 }``."""


class SynthesisTable(_Table):
    """What ``qleap synthesize`` makes."""

    subjects: Count
    sequences_per_subject: Count
    mix: dict[Content, Positive]
    """Exercise, ``warm_up`` (moves that are none) or ``transition`` (from one exercise to others) → relative weight."""
    forward_share: Fraction = 0.0
    """Share of all sequences that is simulated forward under its own forces instead of prescribed."""
    randomization: RandomizationTable = RandomizationTable()
    duration_s: tuple[Positive, Positive]
    """Shortest and longest sequence; not below one model window (4 s)."""
    sensor: str = "apple_watch"
    """Name of a file in ``calibration/sensors``."""
    sequences_per_shard: Count = 100
    split: SplitTable

    @model_validator(mode="after")
    def _durations(self) -> "SynthesisTable":
        low, high = self.duration_s
        if not 4.0 <= low <= high:
            raise ValueError(f"duration_s must be [shortest >= 4.0, longest], not [{low:g}, {high:g}]")
        return self


class ModelTable(_Table):
    """Which network."""

    preset: Literal["tiny", "watch", "base", "bilstm-mobileposer-size", "bilstm-imuposer-size"]
    blind: bool = False
    """Give it the mean input instead of the real one: a control that shows what needs no sensor."""
    pretrained: str | None = None
    """Name of a checkpoint that ships with the package: it is taken as it is, and nothing is trained."""


class LossTable(_Table):
    """What the network is asked to make small; ``training/losses.py``, ``erasing.py`` and ``reversal.py`` define it."""

    pose: Literal["nll", "beta_nll"] = "beta_nll"
    beta: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Of ``beta_nll``: 0 is plain likelihood, 1 weights every coordinate alike, as squared error does."""
    form: Literal["cross_entropy", "ordinal"] = "ordinal"
    disentangling: Literal["none", "reversal", "erasure"] = "erasure"
    pose_weight: Weight = 1.0
    exercise_weight: Weight = 0.5
    form_weight: Weight = 0.3
    calibration_weight: Weight = 0.1
    disentangling_weight: Weight = 0.1
    """Of ``reversal``; an erasure has none, it is exact."""


class TrainingTable(_Table):
    """How it is trained (AdamW, cosine to zero)."""

    epochs: Count
    """In each, every sequence gives ``windows_per_sequence`` windows, cut anew at random places."""
    windows_per_sequence: Count = 1
    batch_size: Count = 16
    """Of all processes together."""
    learning_rate: Positive = 1e-4
    """Highest; it falls to zero along a half cosine."""
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """Steps on which the rate rises to its place on the cosine, in proportion."""
    weight_decay: Annotated[float, Field(ge=0.0)] = 1e-5
    clip_norm: Positive = 1.0
    ema_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.999
    """Of the moving average of the weights, which is what is validated and shipped; 0: the weights themselves."""
    patience_epochs: Count | None = None
    """Stop when the validation loss has not fallen for so many epochs, and nothing is left to erase; None: never."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the products; ``auto`` measures once which is faster on this machine."""
    checkpoint_every_steps: Count = 200
    threads: Count = 2
    """CPU threads; fixed because the order of a float sum depends on it."""
    loss: LossTable = LossTable()


DeploymentTarget = Literal["iOS17", "iOS18"]
"""With them watchOS 10 and 11, specification versions 8 and 9."""


class ConversionTable(_Table):
    """The Core ML target."""

    deployment_target: Literal["iOS17"] = "iOS17"
    precision: Literal["float16"] = "float16"


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
"""Ways to store a network; ``compression/schemes.py`` says what each is."""
REFERENCE: Variant = "float16"


class BudgetTable(_Table):
    """What a smaller package may cost, compared with the half-precision one on the same windows.

    Where a change has an interval over persons (95 %, paired), its worse end must keep the bound.
    """

    mpjpe_change: Fraction = 0.02
    """Relative."""
    coverage_change: Fraction = 0.005
    """Of the central 90 % interval, either way, each package with scales of its own."""
    accuracy_drop: Fraction = 0.005
    """Of the exercise."""
    kappa_drop: Fraction = 0.02
    """Of form, quadratic weights."""
    depth_change_mm: Positive = 2.0
    """Of the median error in the depth of squats, at 1.75 m."""
    size_share: Fraction = 0.55
    """Of the half-precision package's bytes."""


class CompressionTable(_Table):
    """Which variants are tried; the smallest one that keeps the budget ships."""

    variants: Annotated[tuple[Variant, ...], Field(min_length=1)] = get_args(Variant)
    budget: BudgetTable = BudgetTable()
    test_hop: Count = 100
    """Steps between two of the windows that the variants are judged on."""
    calibration_windows: Count = 1200
    """On how many, spread over the persons who calibrate, each variant's sigma scales are fitted."""
    activation_windows: Count = 128
    """How many training windows show the ranges that 8-bit activations must hold."""
    sensitivity_windows: Count = 16
    """How many training windows show how far the poses drift when one layer's weights get a small palette."""
    mixed_error_growth: Positive = 0.002
    """By which share of the pose error the drift of ``mixed_palette`` may let it grow, if the two are independent."""

    @model_validator(mode="after")
    def _variants_hold_the_reference(self) -> "CompressionTable":
        if REFERENCE not in self.variants:
            raise ValueError(f"variants must hold {REFERENCE!r}, which the others are compared with")
        if len(set(self.variants)) != len(self.variants):
            raise ValueError(f"variants names one twice: {list(self.variants)}")
        return self


class CalibrationTable(_Table):
    """Levels of the conformal radii and the share of good windows that may be turned away."""

    levels: tuple[Fraction, ...] = (0.5, 0.8, 0.9, 0.95)
    abstain_share: Fraction = 0.05
    """Union over all abstention gates, on calibration data like the training data."""


class PlacementReason(_Table):
    """Why findings of one placement rule are accepted; `qleap mil lint` shows both."""

    rule: str
    """Id of the rule, e.g. ``"last_axis.narrow"``."""
    operation: str = "*"
    """Pattern of operation names, as a shell matches files."""
    shape: tuple[Count, ...] | None = None
    """Only where the operation's output has exactly this shape."""
    reason: Annotated[str, Field(min_length=20)]
    """A sentence, not a word."""


class VerificationTable(_Table):
    """Size of the parity check and of the golden file, and what placement findings are accepted."""

    windows: Count = 64
    golden_windows: Count = 3
    placement: tuple[PlacementReason, ...] = ()


class BundleTable(_Table):
    """What a bundle carries besides what an app on Apple's platforms needs."""

    onnx: bool = False
    """Carry the ONNX twin, for other platforms, and measure it under the profile of the package that ships."""


class GatesTable(_Table):
    """Which set of bounds of ``benchmarks/thresholds.toml`` decides."""

    grade: Grade


class Recipe(_Table):
    """A whole recipe."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Also the name of a folder."""
    seed: Annotated[int, Field(ge=0)]
    synthesis: SynthesisTable
    model: ModelTable
    training: TrainingTable
    conversion: ConversionTable = ConversionTable()
    compression: CompressionTable = CompressionTable()
    calibration: CalibrationTable = CalibrationTable()
    verification: VerificationTable = VerificationTable()
    bundle: BundleTable = BundleTable()
    gates: GatesTable

    def training_config(self) -> dict[str, object]:
        """Return what, besides data and seed, decides the weights."""
        return {"model": self.model.model_dump(mode="json"), "training": self.training.model_dump(mode="json")}

    def evaluation_config(self) -> dict[str, object]:
        """Return what, besides its inputs and the seed, decides what the stage ``evaluate`` measures."""
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
                "no such network", expected=f"one of {', '.join(known)}", got=repr(preset), next_step="mend --preset"
            )
        return self.model_copy(update={"model": self.model.model_copy(update={"preset": preset})})

    def from_scratch(self) -> "Recipe":
        """Return the recipe that trains where this one may take a shipped checkpoint."""
        return self.model_copy(update={"model": self.model.model_copy(update={"pretrained": None})})


def _expectation(message: str) -> str:
    """Return what pydantic wanted, without the words it begins with."""
    return message.removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("String should ")


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
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError("not a TOML file", where=path, got=str(problem), next_step="mend the recipe") from problem
    except ValidationError as problem:
        # An unknown key first: next to a missing one it is the same key, misspelt.
        first = min(problem.errors(), key=lambda error: error["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"] if part != "[key]")
        what = {"extra_forbidden": "unknown key", "missing": "missing key"}.get(first["type"], "unusable value")
        raise UsageError(
            what,
            where=f"{path}, key {key!r}",
            expected=_expectation(first["msg"]) if what == "unusable value" else None,
            got=repr(first.get("input"))[:80],
            next_step="mend the recipe",
        ) from problem
