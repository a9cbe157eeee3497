"""Collect every measurement of a bundle's reports by name."""

from collections.abc import Iterable
from pathlib import Path

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import read_document
from qleap_edge.metrics.measurement import Measurement, MeasurementReport


def collect(reports: Iterable[Path]) -> dict[str, Measurement]:
    """Return measurements by name.

    Raises:
        InputDataError: a report is unreadable, or two reports claim the same name.
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
