"""Fit the uncertainty profile of a saved package on the calibration persons of a dataset, and measure it on test persons."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.manifest import digest_of, sha256_file
from qleap_edge.core.recipe import CalibrationTable
from qleap_edge.dataset.document import DATASET_NAME, read_dataset
from qleap_edge.dataset.store import read_columns
from qleap_edge.dataset.windows import WindowSet, load_windows
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.package_outputs import HALF_OVERLAP_HOP, OnWindow, package_outputs
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.uncertainty.captured import shipped_widening
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument, fit_profile
from qleap_edge.uncertainty.report import calibration_measurements
from qleap_edge.uncertainty.validity import Validity


def calibration_windows(windows: WindowSet, outputs: ModelOutputs) -> CalibrationWindows:
    """Put the outputs of a package for windows beside the truth."""
    return CalibrationWindows(
        imu=windows.imu,
        outputs=outputs,
        pose=windows.pose,
        exercise=windows.exercise,
        form=windows.form,
        subject=windows.subject_id,
        sequence=windows.sequence_id,
    )


def windows_with_truth(truth: GroundTruth, outputs: ModelOutputs) -> CalibrationWindows:
    """Put the outputs of a package for all windows of a split beside their truth."""
    everything = slice(0, len(truth))
    return CalibrationWindows(
        imu=truth.cut(truth.imu, everything),
        outputs=outputs,
        pose=truth.cut(truth.pose, everything),
        exercise=truth.window_exercise,
        form=truth.window_form,
        subject=truth.subject,
        sequence=truth.index.sequence_id[truth.sequence],
    )


def fit_package_profile(
    package: Path,
    data: Path,
    table: CalibrationTable,
    variant: str,
    *,
    workers: int = 1,
    on_window: OnWindow | None = None,
) -> ProfileDocument:
    """Fit the profile of one saved package on all half-overlapping windows of the calibration persons.

    Args:
        package: the ``.mlpackage``.
        data: the dataset's folder.
        table: levels of the radii, and the share of windows that may be turned away.
        variant: name of the package's variant, which the profile records.
        workers: processes; the profile does not depend on their number.
        on_window: called with (windows done, all windows).

    Raises:
        InputDataError: the dataset or the package cannot be used, or there are too few calibration persons.
    """
    windows = load_windows(data, "calibration", HALF_OVERLAP_HOP)
    outputs = package_outputs(package, windows.imu, workers=workers, on_window=on_window)
    return fit_profile(
        calibration_windows(windows, outputs),
        package_sha256=digest_of(package),
        variant=variant,
        levels=table.levels,
        abstain_share=table.abstain_share,
        captured=shipped_widening(),
        validity=calibration_validity(data, windows),
    )


def calibration_validity(data: Path, windows: WindowSet) -> Validity:
    """Return the ranges of the persons whose windows calibrate.

    Args:
        data: the dataset's folder.
        windows: of the calibration persons.
    """
    persons, statures = set(windows.subject_id.tolist()), []
    for record in read_dataset(data).shards:
        _, columns, _ = read_columns(data / record.path)
        statures.append(columns["stature_m"][np.isin(columns["subject_id"], list(persons))])
    stature, drawn = np.concatenate(statures), RELEASE.watch_to_wrist_m
    return Validity(
        rate_hz=MODEL_RATE_HZ,
        stature_m=(float(stature.min()), float(stature.max())),
        watch_to_wrist_m=(drawn.low, drawn.high),
        exercises=tuple(EXERCISES[one] for one in np.unique(windows.exercise)),
    )


@dataclass(frozen=True)
class PackageCalibration:
    """A profile, and what it is worth on test persons."""

    profile: ProfileDocument
    report: MeasurementReport
    test: CalibrationWindows
    """The windows that the report measures."""


def calibrate_package(
    package: Path, data: Path, table: CalibrationTable, *, workers: int = 1, on_window: OnWindow | None = None
) -> PackageCalibration:
    """Fit one package's profile and measure coverage before and after on test persons.

    Args and raises: as :func:`fit_package_profile`; the variant is named after the package's folder.
    """
    profile = fit_package_profile(package, data, table, package.parent.name, workers=workers, on_window=on_window)
    windows = load_windows(data, "test", HALF_OVERLAP_HOP)
    outputs = package_outputs(package, windows.imu, workers=workers, on_window=on_window)
    test = calibration_windows(windows, outputs)
    report = MeasurementReport(
        title=f"Uncertainty of {package} on test persons (synthetic)",
        package_sha256=profile.package_sha256,
        dataset_sha256=sha256_file(data / DATASET_NAME),
        measurements=calibration_measurements(test, profile),
    )
    return PackageCalibration(profile, report, test)
