"""The measurements of a bundle, from its reports and its model, and the verdict on them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from qleap_edge.bundle.layout import GATE_REPORT_NAME, REPORTS
from qleap_edge.bundle.validate import read_manifest, validate_bundle
from qleap_edge.compression.variants import package_megabytes
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import CheckFailed, InputDataError, SchemaMismatch
from qleap_edge.core.grades import GRADES, Grade
from qleap_edge.core.manifest import MANIFEST_NAME, digest_of
from qleap_edge.core.records import read_document
from qleap_edge.gates.decide import GateReport, decide
from qleap_edge.gates.thresholds import load_thresholds
from qleap_edge.gates.waivers import load_waivers
from qleap_edge.metrics.measurement import Measurement, MeasurementReport

SHIPPED_SIZE = "size.shipped"
SIGNED = "bundle.signed"


def gate_bundle(
    bundle: Path,
    thresholds: Path | None = None,
    grade: Grade | None = None,
    *,
    public_key: Path | None = None,
    required: Grade | None = None,
    waivers: Path | None = None,
    today: date | None = None,
) -> GateReport:
    """Decide on a bundle by the bounds of its grade, or of another grade.

    Args:
        bundle: the bundle's folder.
        thresholds: file with the bounds; None for the shipped one.
        grade: whose bounds decide; None for the bundle's own.
        public_key: demand a signature by this key.
        required: least grade that the bundle must claim: a failing preview could call itself tiny.
        waivers: file of bounds that the bundle may break for a while.
        today: day on which they must hold; None: the present one (UTC).

    Raises:
        CheckFailed: the bundle is not intact (nothing is decided on altered numbers), or not signed by this key; a report is of
            another package, or its stored verdict is not the one of its numbers; or its grade is below the required one.
        InputDataError: there is no bundle.
        UsageError: a wrong key in thresholds or waivers.
    """
    validation = validate_bundle(bundle, public_key, build_folders=False)
    own = read_manifest(bundle).grade
    if required is not None and GRADES.index(own) < GRADES.index(required):
        raise CheckFailed(
            "the bundle is of a lower grade", where=bundle / MANIFEST_NAME, expected=required, got=own,
            next_step="take a bundle of that grade",
        )  # fmt: skip
    measurements = bundle_measurements(bundle) | {SIGNED: signed(validation.signed_by is not None)}
    _check_stored_verdict(bundle, own, measurements)
    bounds, judged, day = load_thresholds(thresholds), grade or own, today or datetime.now(UTC).date()
    accepted = None if waivers is None else load_waivers(waivers, bounds, judged, day)
    return decide(bounds, judged, measurements, accepted, day)


def bundle_measurements(bundle: Path) -> dict[str, Measurement]:
    """Return every measurement of a bundle by name: those of its reports, and the size of its model."""
    reports = sorted(path for path in (bundle / REPORTS).glob("*.json") if path.name != GATE_REPORT_NAME)
    package = bundle / PACKAGE_NAME
    return collect(reports, digest_of(package)) | {SHIPPED_SIZE: shipped_size(package)}


def shipped_size(package: Path) -> Measurement:
    """Return the size of the package that ships, from its files and not from a report."""
    return Measurement(name=SHIPPED_SIZE, value=package_megabytes(package), unit="MB", note="whole .mlpackage")


def signed(is_signed: bool) -> Measurement:
    """Return whether the bundle carries a signature that fits its manifest; whose it is, only a public key can tell."""
    return Measurement(name=SIGNED, value=float(is_signed), unit="bool", note="Ed25519 over manifest.json")


def collect(reports: Iterable[Path], package_sha256: str) -> dict[str, Measurement]:
    """Return the measurements of reports by name.

    Args:
        reports: the files.
        package_sha256: digest of the package that they must have measured.

    Raises:
        InputDataError: a report is unreadable, or two reports hold a measurement of the same name.
        CheckFailed: a report is of another package.
    """
    found: dict[str, Measurement] = {}
    for path in reports:
        report = read_document(MeasurementReport, path)
        if report.package_sha256 != package_sha256:
            raise CheckFailed(
                "the report measured another package",
                where=path,
                expected=package_sha256,
                got=report.package_sha256,
                next_step="release again",
            )
        for measurement in report.measurements:
            if measurement.name in found:
                raise InputDataError(
                    "two reports hold the same measurement", where=f"{path}, {measurement.name}", next_step="pack again"
                )
            found[measurement.name] = measurement
    return found


def _check_stored_verdict(bundle: Path, grade: Grade, measurements: dict[str, Measurement]) -> None:
    """Compare the bundle's own verdict with the one that its numbers give by the shipped bounds."""
    path = bundle / REPORTS / GATE_REPORT_NAME
    try:
        stored = read_document(GateReport, path)
    except SchemaMismatch as problem:
        raise SchemaMismatch(
            problem.what, where=problem.where, expected=problem.expected, got=problem.got,
            next_step="rebuild the bundle with `qleap release`, or use the version of qleap-edge that made it",
        ) from problem  # fmt: skip
    again = decide(load_thresholds(), grade, measurements)
    # A bundle may be signed after its verdict was stored; every other number is in its reports.
    before = decide(load_thresholds(), grade, measurements | {SIGNED: signed(False)})
    if stored not in (again, before):
        raise CheckFailed(
            "the stored verdict is not the one of the bundle's numbers",
            where=path,
            expected=f"grade {again.grade}: {again.verdict}",
            got=f"grade {stored.grade}: {stored.verdict}",
            next_step="release again, or use the version of qleap-edge that made the bundle",
        )
