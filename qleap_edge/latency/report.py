"""How long does one prediction take? A roofline estimate for each class of chips, beside the latencies measured on devices.

Only a measurement passes a budget. An estimate is "not measured", or fails the budget if even its low bound is above it.
Source of the model: ane-guide (arXiv 2606.22283), chapter 9; constants and their sources in ``calibration/chips``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.records import Document, Part
from qleap_edge.latency.chips import Basis, Chip, Chips
from qleap_edge.latency.record import LatencyRecord, read_latency_record
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.tools.cost_model import ProgramCost, program_cost

FORMULA: Final = "t = max(FLOP / F, bytes / B) + t0"
Verdict = Literal["passed", "failed", "not measured", "measured", "not judged"]
""""measured": there is no budget. "not judged": the class is not the one of the budget, or it is an estimate of a class that
has a measurement."""
Interval = tuple[float, float, float]


class LatencyEstimate(Part):
    """The roofline estimate for one class of chips."""

    device: str
    """Name of the class."""
    covers: str
    """The chips and devices of the class, in words."""
    basis: Basis
    """Where the constants of the class come from."""
    measured: Literal[False] = False
    """An estimate is never a measurement."""
    low_ms: float
    """With the best constants, less the error of the model."""
    mid_ms: float
    """With the middle constants."""
    high_ms: float
    """With the worst constants, plus the error of the model."""
    limited_by: Literal["arithmetic", "memory", "unknown"]
    """At the middle constants, without the fixed overhead."""
    megabytes_moved: float
    """Weights and activations that one prediction reads and writes, 10^6 bytes."""
    verdict: Verdict
    """On the budget."""
    source: str
    """Of the constants."""


class LatencyMeasurement(Part):
    """The latency measured on one device."""

    device: str | None
    """Class of the device, null if no class contains it."""
    measured: Literal[True] = True
    """It was measured on a device."""
    record: LatencyRecord
    """What the device wrote."""
    verdict: Verdict
    """On the budget."""


class LatencyReport(Document):
    """Estimates and measurements of one package, and the verdict on a budget."""

    schema_name: Literal["qleap.latency_report"] = "qleap.latency_report"
    schema_version: Literal[1] = 1
    package_sha256: str
    """Digest of the package."""
    mflop: float
    """10^6 operations, two per multiply-add; linear, conv, matmul and attention only."""
    model: str
    """The formula of the estimates."""
    reference_error: float
    """Relative, on the five convolutions that the model was fitted to."""
    median_error: float
    """Relative error, median over a broad sweep of programs. Low and high bounds include it once."""
    error_source: str
    """Where both errors are published."""
    budget_ms: float | None
    """The 95th percentile of a measurement must not exceed it; null without a budget."""
    judged_device: str | None
    """The class that the budget is for; null: every class."""
    verdict: Verdict
    """On the budget, of all estimates and measurements."""
    estimates: tuple[LatencyEstimate, ...]
    """One for each class of chips."""
    measurements: tuple[LatencyMeasurement, ...]
    """One for each record that was given."""


def latency_report(
    path: Path,
    chips: Chips,
    *,
    records: Sequence[Path] = (),
    budget_ms: float | None = None,
    device: str | None = None,
) -> LatencyReport:
    """Estimate the latency of a package on every class of chips, beside measurements; nothing is executed.

    Args:
        path: the package.
        chips: classes of chips.
        records: ``qleap.latency`` documents that devices wrote.
        budget_ms: what one prediction may take.
        device: the class that the budget is for; ``None``: every class.

    Raises:
        UsageError: no such class, or the budget is no positive number.
        InputDataError: the package or a record cannot be used.
    """
    chips.check_class(device)
    if budget_ms is not None and not 0.0 < budget_ms < float("inf"):
        raise UsageError(
            "not a budget", expected="milliseconds above 0", got=f"{budget_ms:g}", next_step="correct --budget-ms"
        )
    traffic = program_cost(Package.load(path).function())
    digest = digest_of(path)
    measurements = tuple(_measurement(read_latency_record(item, digest), chips, budget_ms, device) for item in records)
    decided = {item.device for item in measurements if item.verdict in ("passed", "failed")}
    estimates = tuple(
        item.model_copy(update={"verdict": _verdict_on_estimate(item, budget_ms, device, decided)})
        for item in estimate_all(traffic, chips)
    )
    return LatencyReport(
        package_sha256=digest,
        mflop=traffic.flops / 1e6,
        model=FORMULA,
        reference_error=chips.error.reference,
        median_error=chips.error.median,
        error_source=chips.error.source,
        budget_ms=budget_ms,
        judged_device=device,
        verdict=_overall([*(item.verdict for item in estimates), *(item.verdict for item in measurements)]),
        estimates=estimates,
        measurements=measurements,
    )


def estimate_all(traffic: ProgramCost, chips: Chips) -> tuple[LatencyEstimate, ...]:
    """Return the estimate of every class, none judged."""
    found: dict[str, LatencyEstimate] = {}
    for chip in chips.chip:
        moved = traffic.bytes_moved(frozenset(chip.streams), round(chip.on_chip_megabytes * 1e6))
        low, mid, high = roofline_ms(traffic.flops, moved, chip, chips.error.median)
        arithmetic = traffic.flops / chip.tflops[1] / 1e12 >= moved / chip.gigabytes_per_s[1] / 1e9
        found[chip.name] = LatencyEstimate(
            device=chip.name, covers=chip.covers, basis=chip.basis, low_ms=low, mid_ms=mid, high_ms=high,
            limited_by="arithmetic" if arithmetic else "memory", megabytes_moved=moved / 1e6,
            verdict="not measured", source=chip.source,
        )  # fmt: skip
    for other in chips.unknown:
        known = found[other.of]
        low, mid, high = other.factors
        found[other.name] = known.model_copy(
            update={
                "device": other.name, "covers": other.covers, "basis": "unknown", "limited_by": "unknown",
                "source": other.source, "low_ms": low * known.low_ms, "mid_ms": mid * known.mid_ms,
                "high_ms": high * known.high_ms,
            }
        )  # fmt: skip
    return tuple(found.values())


def roofline_ms(flops: int, bytes_moved: int, chip: Chip, error: float) -> Interval:
    """Return [low, mid, high] in milliseconds.

    Low takes the best published constants and subtracts the model's relative error; high takes the worst and adds it.
    A program without work takes ``overhead_ms`` at the middle.
    """
    best, middle, worst = (
        1e3 * max(flops / (tera * 1e12), bytes_moved / (giga * 1e9)) + chip.overhead_ms
        for tera, giga in zip(chip.tflops, chip.gigabytes_per_s, strict=True)
    )
    return best * (1.0 - error), middle, worst * (1.0 + error)


def _measurement(
    record: LatencyRecord, chips: Chips, budget_ms: float | None, device: str | None
) -> LatencyMeasurement:
    name = chips.class_of(record.device_model)
    verdict: Verdict = "measured"
    if budget_ms is not None and device is not None and name != device:
        verdict = "not judged"
    elif budget_ms is not None:
        verdict = "passed" if record.p95_ms <= budget_ms else "failed"
    return LatencyMeasurement(device=name, record=record, verdict=verdict)


def _verdict_on_estimate(
    estimate: LatencyEstimate, budget_ms: float | None, device: str | None, decided: set[str | None]
) -> Verdict:
    """Return "failed" if even the low bound is above the budget and the class has no measurement."""
    if budget_ms is None:
        return "not measured"
    if (device is not None and estimate.device != device) or estimate.device in decided:
        return "not judged"
    return "failed" if estimate.low_ms > budget_ms else "not measured"


def _overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Return "failed" if a verdict is "failed", "passed" if one is "passed" and none is "not measured"."""
    if "failed" in verdicts:
        return "failed"
    return "passed" if "passed" in verdicts and "not measured" not in verdicts else "not measured"
