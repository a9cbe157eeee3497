"""``sweep.json``: every variant that was tried, its figures, and which one ships and why."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from qleap_edge.compression.palettes import Bits
from qleap_edge.compression.sensitivity import LayerSensitivity
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.recipe import BudgetTable, Variant
from qleap_edge.core.records import Document, Part, read_document
from qleap_edge.metrics.measurement import Measurement, MeasurementReport

SWEEP_NAME = "sweep.json"
REPORT_NAME = "compression.json"
PLOT_NAME = "pareto.png"

Verdict = Literal["chosen", "inside", "outside", "not judged", "not made"]
"""``outside``: a bound of the budget is broken, or the systems that the release is for cannot read it."""


class VariantResult(Part):
    """One variant."""

    variant: Variant
    systems: str
    """The oldest that read it."""
    verdict: Verdict
    reasons: tuple[str, ...]
    """Why it does not ship, or why it does although nothing is saved."""
    figures: tuple[Measurement, ...]
    """``change``: against the half-precision package, paired by window, interval over persons."""

    def figure(self, name: str) -> Measurement | None:
        """Return a figure by its name."""
        return next((item for item in self.figures if item.name == name), None)

    @property
    def megabytes(self) -> float:
        """Size of the package; infinite where none was made, so that it comes last."""
        size = self.figure("size")
        return math.inf if size is None or size.value is None else size.value


class LayerBits(Part):
    """How ``mixed_palette`` was put together."""

    allowance_mm: float
    """Drift that all layers together may cause, root mean square."""
    predicted_mm: float
    """Drift of the chosen bits if the layers' drifts are independent."""
    bits: Mapping[str, Bits]
    """Weight → bits."""


class SweepDocument(Document):
    """``sweep.json``."""

    schema_name: Literal["qleap.compression"] = "qleap.compression"
    schema_version: Literal[2] = 2
    package_sha256: str
    """Of the half-precision package."""
    dataset_sha256: str | None
    """None: made without data, and so not scored."""
    windows: int
    subjects: int
    budget: BudgetTable
    chosen: Variant | None
    """None: nothing was scored."""
    variants: tuple[VariantResult, ...]
    layers: tuple[LayerSensitivity, ...]
    """Sensitivity of each layer; empty unless mixed precision was tried."""
    mixed: LayerBits | None

    def result(self, variant: Variant) -> VariantResult | None:
        """Return what was found out about a variant."""
        return next((item for item in self.variants if item.variant == variant), None)

    def report(self, shipped_sha256: str) -> MeasurementReport:
        """Return every figure under the name that gates use: ``compression.<variant>.<figure>``, and those of what ships.

        Args:
            shipped_sha256: digest of the package that ships.
        """
        named: list[tuple[str, VariantResult]] = [(item.variant, item) for item in self.variants]
        named += [("shipped", item) for item in self.variants if item.variant == self.chosen]
        return MeasurementReport(
            title=f"What each variant costs on {self.windows} test windows",
            package_sha256=shipped_sha256,
            dataset_sha256=self.dataset_sha256,
            measurements=tuple(
                figure.model_copy(update={"name": f"compression.{name}.{figure.name}"})
                for name, item in named
                for figure in item.figures
            ),
        )


def package_path(stage: Path, variant: Variant) -> Path:
    """Return the path of a variant in a compression stage folder."""
    return stage / variant / PACKAGE_NAME


def made_variants(stage: Path) -> tuple[Variant, ...]:
    """Return the variants that are in a compression stage folder.

    Raises:
        InputDataError: the stage is missing.
    """
    document = read_document(SweepDocument, stage / SWEEP_NAME)
    return tuple(item.variant for item in document.variants if item.verdict != "not made")


def chosen_variant(stage: Path) -> Variant:
    """Return the variant that ships.

    Raises:
        InputDataError: the stage is missing, or its variants were not scored.
    """
    chosen = read_document(SweepDocument, stage / SWEEP_NAME).chosen
    if chosen is None:
        raise InputDataError(
            "no variant was chosen: none was scored", where=stage / SWEEP_NAME, next_step="compress again with --data"
        )
    return chosen


def chosen_package(stage: Path) -> Path:
    """Return the package that ships.

    Raises:
        InputDataError: see :func:`chosen_variant`.
    """
    return package_path(stage, chosen_variant(stage))
