"""Gate a finished bundle: check that it is intact, read its reports, weigh its model, decide."""

from pathlib import Path

from qleap_edge.bundle.layout import GATE_REPORT_NAME, REPORTS
from qleap_edge.bundle.validate import read_manifest, validate_bundle
from qleap_edge.compression.variants import package_megabytes
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.grades import Grade
from qleap_edge.gates.decide import GateReport, decide
from qleap_edge.gates.measurements import collect
from qleap_edge.gates.thresholds import load_thresholds
from qleap_edge.metrics.measurement import Measurement

SHIPPED_SIZE = "size.shipped"


def gate_bundle(bundle: Path, thresholds: Path | None = None, grade: Grade | None = None) -> GateReport:
    """Decide on a bundle by the bounds of its grade, or of another: what would it still miss?

    Raises:
        CheckFailed: the bundle is not intact (nothing is decided on altered numbers).
        InputDataError: there is no bundle.
    """
    validate_bundle(bundle)
    judged = grade or read_manifest(bundle).grade
    return decide(load_thresholds(thresholds), judged, bundle_measurements(bundle))


def bundle_measurements(bundle: Path) -> dict[str, Measurement]:
    """Return every measurement of a bundle by name: those of its reports, and the size of its model."""
    reports = sorted(path for path in (bundle / REPORTS).glob("*.json") if path.name != GATE_REPORT_NAME)
    return collect(reports) | {SHIPPED_SIZE: shipped_size(bundle / PACKAGE_NAME)}


def shipped_size(package: Path) -> Measurement:
    """Return the size of the package that ships, weighed, not copied from a report."""
    return Measurement(name=SHIPPED_SIZE, value=package_megabytes(package), unit="MB", note="whole .mlpackage")
