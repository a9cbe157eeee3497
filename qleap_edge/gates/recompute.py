"""Measure a bundle's model again, and compare with what its reports say.

Hashes and verdicts can be made to fit by whoever writes a bundle. Only a second measurement shows that the numbers are those of
this model on this dataset.
"""

from pathlib import Path

from qleap_edge.bundle.layout import ACCURACY_REPORT, CALIBRATION_REPORT, PROFILE_NAME, REPORTS
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import CheckFailed, InputDataError
from qleap_edge.core.manifest import sha256_file
from qleap_edge.core.records import read_document
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.evaluate import task_measurements
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.package_outputs import HALF_OVERLAP_HOP, OnWindow, package_outputs
from qleap_edge.evaluation.package_profile import windows_with_truth
from qleap_edge.metrics.measurement import Measurement, MeasurementReport
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.uncertainty.report import calibration_measurements

_ROUNDING = 1e-3
"""Relative: another machine's library may tip outputs to the neighbouring half-precision number."""


def recompute(bundle: Path, data: Path, *, workers: int = 1, on_window: OnWindow | None = None) -> int:
    """Run the bundle's model on a dataset's test persons and compare accuracy and calibration with the reports.

    Args:
        bundle: the bundle's folder; validated before.
        data: the dataset that the reports name.
        workers: processes.
        on_window: called with (windows done, all windows).

    Returns:
        How many measurements were compared.

    Raises:
        InputDataError: there is no such dataset, or it is another one than the reports name.
        CheckFailed: a report says something else; all differences are named.
    """
    reports = [
        read_document(MeasurementReport, bundle / REPORTS / name) for name in (ACCURACY_REPORT, CALIBRATION_REPORT)
    ]
    document = data / DATASET_NAME
    if not document.is_file():
        raise InputDataError(
            "no dataset here", where=data, expected=f"a folder with {DATASET_NAME}", next_step="check the path"
        )
    for report in reports:
        if report.dataset_sha256 != sha256_file(document):
            raise InputDataError(
                "the reports are about another dataset",
                where=document,
                expected=str(report.dataset_sha256),
                got=sha256_file(document),
                next_step="give the dataset of the release (stages/<recipe>/synthesize)",
            )
    truth = GroundTruth.read(data, "test", HALF_OVERLAP_HOP)
    imu = truth.cut(truth.imu, slice(0, len(truth)))
    test = windows_with_truth(truth, package_outputs(bundle / PACKAGE_NAME, imu, workers=workers, on_window=on_window))
    profile = read_document(ProfileDocument, bundle / PROFILE_NAME)
    again = (
        *task_measurements(test.outputs, truth, NoSensorBaselines.fit(data)),
        *calibration_measurements(test, profile),
    )
    stored = {measurement.name: measurement for report in reports for measurement in report.measurements}
    problems = [text for row in again if (text := _difference(stored.get(row.name), row))]
    if problems:
        raise CheckFailed(
            f"{len(problems)} of {len(again)} measurements are not what the model gives: " + "; ".join(problems[:20]),
            where=bundle / REPORTS,
            next_step="do not use this bundle",
        )
    return len(again)


def _difference(stored: Measurement | None, again: Measurement) -> str | None:
    if stored is None:
        return f"{again.name} is missing"
    for what in ("value", "baseline"):
        old, new = getattr(stored, what), getattr(again, what)
        if old is None and new is None:
            continue
        if old is None or new is None or abs(old - new) > _ROUNDING * max(1.0, abs(new)):
            return f"{again.name}: the report says {what} {old}, measured again {new}"
    return None
