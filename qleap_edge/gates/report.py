"""The measurements of a bundle, from its reports and its model, and the verdict on them."""

from collections.abc import Iterable
from pathlib import Path

from qleap_edge.bundle.layout import GATE_REPORT_NAME, REPORTS
from qleap_edge.bundle.validate import read_manifest, validate_bundle
from qleap_edge.compression.variants import package_megabytes
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.grades import Grade
from qleap_edge.core.records import read_document
from qleap_edge.gates.decide import GateReport, decide
from qleap_edge.gates.thresholds import load_thresholds
from qleap_edge.metrics.measurement import Measurement, MeasurementReport

SHIPPED_SIZE = "size.shipped"


def gate_bundle(bundle: Path, thresholds: Path | None = None, grade: Grade | None = None) -> GateReport:
    """Decide on a bundle by the bounds of its grade, or of another grade.

    Args:
        bundle: the bundle's folder.
        thresholds: file with the bounds; None for the shipped one.
        grade: whose bounds decide; None for the bundle's own.

    Raises:
        CheckFailed: the bundle is not intact (nothing is decided on altered numbers).
        InputDataError: there is no bundle.
    """
    validate_bundle(bundle)
    return decide(load_thresholds(thresholds), grade or read_manifest(bundle).grade, bundle_measurements(bundle))


def bundle_measurements(bundle: Path) -> dict[str, Measurement]:
    """Return every measurement of a bundle by name: those of its reports, and the size of its model."""
    reports = sorted(path for path in (bundle / REPORTS).glob("*.json") if path.name != GATE_REPORT_NAME)
    return collect(reports) | {SHIPPED_SIZE: shipped_size(bundle / PACKAGE_NAME)}


def shipped_size(package: Path) -> Measurement:
    """Return the size of the package that ships, from its files and not from a report."""
    return Measurement(name=SHIPPED_SIZE, value=package_megabytes(package), unit="MB", note="whole .mlpackage")


def collect(reports: Iterable[Path]) -> dict[str, Measurement]:
    """Return the measurements of reports by name.

    Raises:
        InputDataError: a report is unreadable, or two reports hold a measurement of the same name.
    """
    found: dict[str, Measurement] = {}
    for path in reports:
        for measurement in read_document(MeasurementReport, path).measurements:
            if measurement.name in found:
                raise InputDataError(
                    "two reports hold the same measurement", where=f"{path}, {measurement.name}", next_step="pack again"
                )
            found[measurement.name] = measurement
    return found
