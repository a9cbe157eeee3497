"""Gating a bundle: the shipped bounds are about numbers that a real bundle holds."""

import shutil
from pathlib import Path
from typing import get_args

import pytest

from qleap_edge.bundle.layout import ACCURACY_REPORT, GATE_REPORT_NAME, REPORTS
from qleap_edge.core.errors import CheckFailed, InputDataError
from qleap_edge.core.grades import Grade
from qleap_edge.core.records import read_document
from qleap_edge.gates.decide import GateReport
from qleap_edge.gates.report import SHIPPED_SIZE, SIGNED, bundle_measurements, collect, gate_bundle
from qleap_edge.gates.thresholds import load_thresholds
from qleap_edge.metrics.measurement import Measurement, MeasurementReport
from tests.support.micro import Micro

TEXT = """
schema = "qleap.thresholds"
schema_version = 1

[[gate]]
measurement = "pose.mpjpe"
unit = "mm"
max = 60.0
grades = ["tiny", "release"]
why = "because"
"""


def measured(value: float | None, unit: str = "mm", note: str = "") -> Measurement:
    return Measurement(name="m", value=value, unit=unit, note=note)  # type: ignore[arg-type]


@pytest.mark.parametrize("grade", get_args(Grade))
def test_every_shipped_bound_is_measured_in_a_real_bundle(grade: str, micro: Micro) -> None:
    """A renamed measurement or another unit would fail every release: better here."""
    held = bundle_measurements(micro.bundle)
    gates = load_thresholds().of_grade(grade)  # type: ignore[arg-type]
    assert len(gates) >= 15
    for item in gates:
        if item.measurement == SIGNED:
            continue
        assert item.measurement in held, item.measurement
        assert held[item.measurement].unit == item.unit, item.measurement
        assert held[item.measurement].value is not None, item.measurement


def test_a_bundle_can_be_gated_by_a_higher_grade(micro: Micro) -> None:
    own, higher = gate_bundle(micro.bundle), gate_bundle(micro.bundle, grade="release")
    assert (own.grade, higher.grade) == ("tiny", "release")
    missed = {gate.measurement for gate in higher.gates if gate.verdict == "fail"}
    assert {"form.kappa_over_ceiling", "squat.tied.depth_error", SIGNED} <= missed
    assert not {gate.measurement for gate in own.gates} & {"form.kappa_over_ceiling", "squat.tied.depth_error"}


def test_gating_the_micro_bundle_again_gives_its_own_report(micro: Micro) -> None:
    report = gate_bundle(micro.bundle)
    assert report == read_document(GateReport, micro.bundle / REPORTS / GATE_REPORT_NAME)
    verdicts = {item.measurement: item.verdict for item in report.gates}
    assert verdicts["parity.float16.pose.psnr"] == verdicts[SHIPPED_SIZE] == "pass"
    assert verdicts["pose.mpjpe_over_mean_pose"] == report.verdict == "fail", (
        "two epochs are not enough, and it says so"
    )


def test_other_bounds_decide_otherwise(micro: Micro, tmp_path: Path) -> None:
    path = tmp_path / "bounds.toml"
    path.write_text(TEXT.replace("max = 60.0", 'max = 1e6\njudges = "value"'))
    assert gate_bundle(micro.bundle, path).verdict == "pass"
    path.write_text(TEXT.replace("max = 60.0", "max = 1e-6"))
    assert gate_bundle(micro.bundle, path).verdict == "fail"
    path.write_text(TEXT.replace("pose.mpjpe", "pose.nonsense"))
    assert gate_bundle(micro.bundle, path).verdict == "fail"


def test_the_size_is_weighed_not_read(micro: Micro) -> None:
    weighed = sum(p.stat().st_size for p in (micro.bundle / "QuantumLeapPose.mlpackage").rglob("*") if p.is_file())
    (size,) = [item for item in gate_bundle(micro.bundle).gates if item.measurement == SHIPPED_SIZE]
    assert size.value == pytest.approx(weighed / 1e6)


def test_altered_numbers_are_not_gated(micro: Micro, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(micro.bundle, tmp_path / "bundle"))
    path = copy / REPORTS / ACCURACY_REPORT
    path.write_text(path.read_text().replace("0.", "1.", 1))
    with pytest.raises(CheckFailed, match=r"accuracy\.json is altered"):
        gate_bundle(copy)
    with pytest.raises(InputDataError, match="no bundle"):
        gate_bundle(tmp_path / "nowhere")


def test_two_reports_may_not_claim_the_same_name(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        report = MeasurementReport(title=name, package_sha256="a", dataset_sha256=None, measurements=(measured(1.0),))
        report.write(tmp_path / name)
    with pytest.raises(InputDataError, match=r"b\.json, m"):
        collect([tmp_path / "a.json", tmp_path / "b.json"], "a")
    assert collect([tmp_path / "a.json"], "a") == {"m": measured(1.0)}
    with pytest.raises(CheckFailed, match=r"a\.json.*expected b; got a"):
        collect([tmp_path / "a.json"], "b")
