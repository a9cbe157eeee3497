"""Gates: each way to fail, and that the shipped bounds speak of numbers a real bundle holds."""

import math
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from qleap_edge.bundle.layout import GATE_REPORT_NAME, REPORTS
from qleap_edge.core.errors import CheckFailed, InputDataError, UsageError
from qleap_edge.core.grades import Grade
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource
from qleap_edge.gates.decide import GateReport, decide, decide_one
from qleap_edge.gates.measurements import collect
from qleap_edge.gates.report import SHIPPED_SIZE, gate_bundle
from qleap_edge.gates.thresholds import Gate, Thresholds, load_thresholds
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


def gate(**bounds: float) -> Gate:
    return Gate(measurement="m", unit="mm", grades=("tiny",), why="because", **bounds)


def measured(value: float | None, unit: str = "mm", note: str = "") -> Measurement:
    return Measurement(name="m", value=value, unit=unit, note=note)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bounds", "value", "verdict"),
    [
        ({"max": 5.0}, 5.0, "pass"),
        ({"max": 5.0}, math.nextafter(5.0, 6.0), "fail"),
        ({"max": 0.0}, 0.0, "pass"),
        ({"max": 0.0}, -1.0, "pass"),
        ({"min": 5.0}, 5.0, "pass"),
        ({"min": 5.0}, math.nextafter(5.0, 4.0), "fail"),
        ({"min": 1.0, "max": 2.0}, 1.5, "pass"),
        ({"min": 1.0, "max": 2.0}, 0.9, "fail"),
        ({"min": 1.0, "max": 2.0}, 2.1, "fail"),
        ({"max": 5.0}, float("nan"), "fail"),
        ({"max": 5.0}, float("-inf"), "fail"),
        ({"min": 5.0}, float("inf"), "fail"),
        ({"min": 5.0}, float("nan"), "fail"),
    ],
)
def test_number_against_bound(bounds: dict[str, float], value: float, verdict: str) -> None:
    result = decide_one(gate(**bounds), measured(value))
    assert result.verdict == verdict
    assert result.value == (value if math.isfinite(value) else None)
    assert result.reason if verdict == "fail" else result.reason == "because"


@pytest.mark.parametrize(
    ("measurement", "reason"),
    [
        (None, "not measured"),
        (measured(None), "no value"),
        (measured(None, note="too few persons"), "no value: too few persons"),
        (measured(float("nan")), "not a finite number: nan"),
        (measured(1.0, unit="body_height"), "wrong unit: measured in 'body_height', bound in 'mm'"),
        (measured(9.0), "above 5 mm; the bound is there because: because"),
    ],
)
def test_every_failure_says_why(measurement: Measurement | None, reason: str) -> None:
    result = decide_one(gate(max=5.0), measurement)
    assert result.verdict == "fail" and result.reason.startswith(reason)


def test_a_wrong_unit_fails_although_the_number_would_pass() -> None:
    assert decide_one(gate(max=5.0), measured(0.001, unit="body_height")).verdict == "fail"


def test_bounds_as_people_write_them() -> None:
    assert (gate(max=5).bound(), gate(min=0.25).bound(), gate(min=1, max=2).bound()) == (
        "<= 5",
        ">= 0.25",
        ">= 1 and <= 2",
    )


def thresholds(*gates: Gate) -> Thresholds:
    return Thresholds(schema="qleap.thresholds", schema_version=1, gate=gates)


def test_no_gates_is_no_pass() -> None:
    assert decide(thresholds(), "tiny", {}).verdict == "fail"
    assert decide(thresholds(gate(max=1)), "release", {"m": measured(0.0)}).verdict == "fail", "none of this grade"


def test_one_failure_fails_the_bundle() -> None:
    both = thresholds(gate(max=1.0), gate(min=-1.0))
    assert decide(both, "tiny", {"m": measured(0.0)}).verdict == "pass"
    report = decide(both, "tiny", {"m": measured(3.0)})
    assert report.verdict == "fail" and [g.verdict for g in report.gates] == ["fail", "pass"]


def test_a_report_with_nothing_measured_can_be_written(tmp_path: Path) -> None:
    report = decide(thresholds(gate(max=1.0)), "tiny", {"m": measured(float("nan"))})
    report.write(tmp_path / "r.json")
    assert read_document(GateReport, tmp_path / "r.json") == report


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max = 60.0", "", "neither min nor max"),
        ("max = 60.0", "max = nan", "gate.0.max"),
        ("max = 60.0", "min = inf", "gate.0.min"),
        ("max = 60.0", "min = 61.0\nmax = 60.0", "min 61 above max 60"),
        ("max = 60.0", 'max = "sixty"', "gate.0.max"),
        ("max = 60.0", "maximum = 60.0\nmax = 60.0", "gate.0.maximum"),
        ('unit = "mm"', 'unit = "furlong"', "gate.0.unit"),
        ('unit = "mm"', "", "gate.0.unit"),
        ('why = "because"', "", "gate.0.why"),
        ('grades = ["tiny", "release"]', "grades = []", "gate.0.grades"),
        ('grades = ["tiny", "release"]', 'grades = ["huge"]', "gate.0.grades.0"),
        ("schema_version = 1", "schema_version = 2", "schema_version"),
        ("qleap.thresholds", "qleap.other", "'schema'"),
        ("[[gate]]", "[gate]", "key 'gate'"),
        ("max = 60.0", "max = 60.0 mm", "not a TOML file"),
    ],
)
def test_a_wrong_thresholds_file_is_refused_by_key(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in TEXT
    path = tmp_path / "bounds.toml"
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        load_thresholds(path)
    assert "bounds.toml" in str(caught.value) and caught.value.exit_code == 2


def test_thresholds_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.toml"):
        load_thresholds(tmp_path / "nothing.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"binary\.toml"):
        load_thresholds(tmp_path / "binary.toml")


@pytest.mark.parametrize("grade", get_args(Grade))
def test_every_shipped_bound_is_measured_in_a_real_bundle(grade: str, micro: Micro) -> None:
    """A renamed measurement or another unit would fail every release: better here."""
    held = collect(path for path in (micro.bundle / REPORTS).glob("*.json") if path.name != GATE_REPORT_NAME)
    gates = load_thresholds().of_grade(grade)  # type: ignore[arg-type]
    assert len(gates) >= 15
    for item in gates:
        if item.measurement == SHIPPED_SIZE:
            continue
        assert item.measurement in held, item.measurement
        assert held[item.measurement].unit == item.unit, item.measurement
        assert held[item.measurement].value is not None, item.measurement
    assert len({(item.measurement, item.unit) for item in gates}) == len(gates), "no measurement is bound twice"


@pytest.mark.parametrize(("lower", "higher"), pairwise(get_args(Grade)))
def test_a_higher_grade_is_never_laxer(lower: Grade, higher: Grade) -> None:
    below, above = ({g.measurement: g for g in load_thresholds().of_grade(grade)} for grade in (lower, higher))
    assert below.keys() <= above.keys()
    for name, low in below.items():
        high = above[name]
        assert low.max is None or (high.max is not None and high.max <= low.max), name
        assert low.min is None or (high.min is not None and high.min >= low.min), name


def test_a_bundle_can_be_judged_by_a_higher_grade(micro: Micro) -> None:
    own, higher = gate_bundle(micro.bundle), gate_bundle(micro.bundle, grade="release")
    assert (own.grade, higher.grade) == ("tiny", "release")
    missed = {gate.measurement for gate in higher.gates if gate.verdict == "fail"}
    assert {"form.quadratic_weighted_kappa", "squat.tied.depth_error"} <= missed
    assert not {gate.measurement for gate in own.gates} & {"form.quadratic_weighted_kappa", "squat.tied.depth_error"}


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
    path.write_text(TEXT.replace("max = 60.0", "max = 1e6"))
    assert gate_bundle(micro.bundle, path).verdict == "pass"
    path.write_text(TEXT.replace("max = 60.0", "max = 1e-6"))
    assert gate_bundle(micro.bundle, path).verdict == "fail"
    path.write_text(TEXT.replace("pose.mpjpe", "pose.nonsense"))
    assert gate_bundle(micro.bundle, path).verdict == "fail"


def test_the_size_is_weighed_not_read(micro: Micro) -> None:
    weighed = sum(p.stat().st_size for p in (micro.bundle / "QuantumLeapPose.mlpackage").rglob("*") if p.is_file())
    (size,) = [item for item in gate_bundle(micro.bundle).gates if item.measurement == SHIPPED_SIZE]
    assert size.value == pytest.approx(weighed / 1e6)


def test_altered_numbers_are_not_judged(micro: Micro, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(micro.bundle, tmp_path / "bundle"))
    path = copy / REPORTS / "evaluation.json"
    path.write_text(path.read_text().replace("0.", "1.", 1))
    with pytest.raises(CheckFailed, match=r"evaluation\.json is altered"):
        gate_bundle(copy)
    with pytest.raises(InputDataError, match="no bundle"):
        gate_bundle(tmp_path / "nowhere")


def test_two_reports_may_not_claim_the_same_name(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        MeasurementReport(title=name, measurements=(measured(1.0),)).write(tmp_path / name)
    with pytest.raises(InputDataError, match=r"b\.json, m"):
        collect([tmp_path / "a.json", tmp_path / "b.json"])
    assert collect([tmp_path / "a.json"]) == {"m": measured(1.0)}


def test_the_shipped_file_is_the_one_in_the_checkout() -> None:
    assert resource("benchmarks/thresholds.toml").is_file()
    assert load_thresholds() == load_thresholds(resource("benchmarks/thresholds.toml"))
