"""The profile of any package of a dataset, and its coverage."""

from qleap_edge.bundle.layout import CALIBRATION_REPORT
from qleap_edge.compression.document import package_path
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.evaluation.package_profile import calibrate_package
from qleap_edge.metrics.measurement import MeasurementReport
from tests.support.micro import Micro


def test_any_package_can_be_calibrated(micro: Micro, micro_recipe: Recipe) -> None:
    package = package_path(micro.stages["compress"], "float16")
    calls: list[tuple[int, int]] = []
    profile, report = calibrate_package(
        package, micro.stages["synthesize"], micro_recipe.calibration, on_window=lambda *at: calls.append(at)
    )
    assert (profile.package_sha256, profile.variant) == (digest_of(package), "float16")
    said = {row.name: row.value for row in report.measurements}
    assert 0.8 < said["calibration.coverage_90.after"] <= 1.0
    assert max(calls)[0] == max(calls)[1] > 20, "calibration windows are more than test windows"
    stored = read_document(MeasurementReport, micro.stages["evaluate"] / CALIBRATION_REPORT)
    assert {row.name for row in stored.measurements} > set(said), "the release adds the faults"
