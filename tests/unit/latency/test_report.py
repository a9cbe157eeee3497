"""The roofline by hand and against what others published; budgets: an estimate fails or is not measured, never passes."""

import math
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.records import read_document
from qleap_edge.latency.chips import Chips, load_chips
from qleap_edge.latency.report import LatencyReport, estimate_all, latency_report, roofline_ms
from qleap_edge.mil.tools.cost_model import CompressedConstant, ProgramCost
from tests.support.latency_records import write_record
from tests.support.mil_packages import linear_model, write_package

CHIPS = load_chips()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("latency")
    model = linear_model(np.zeros((3, 4), np.float32), np.zeros(3, np.float32))
    return write_package(folder / "p.mlpackage", *model)


def traffic(flops: int, plain: int, **compressed: CompressedConstant) -> ProgramCost:
    return ProgramCost(flops, plain, compressed, 0, ())  # type: ignore[arg-type]


def test_the_roofline_by_hand() -> None:
    """3.25 GFLOP and 25.5 MB on an M1.

    Middle: max(3.25e9 / 3.25e12, 25.5e6 / 51e9) = max(1.0, 0.5) ms, and 0.23. Best: max(0.2708, 0.3) and 0.23, less 31 %.
    Worst: max(1.8056, 2.8333) and 0.23, plus 31 %.
    """
    low, mid, high = roofline_ms(3_250_000_000, 25_500_000, CHIPS.named("m1-class"), 0.31)
    assert mid == pytest.approx(1.23)
    assert low == pytest.approx(0.69 * (0.3 + 0.23))
    assert high == pytest.approx(1.31 * (25.5 / 9.0 + 0.23))


def test_no_work_takes_the_overhead() -> None:
    for chip in CHIPS.chip:
        assert roofline_ms(0, 0, chip, 0.31)[1] == chip.overhead_ms


def test_an_m1_unfolds_int8_and_an_m5_streams_it() -> None:
    weights = traffic(0, 0, affine=CompressedConstant(stored=6_000_000, dense=12_000_000))
    moved = {item.device: item.megabytes_moved for item in estimate_all(weights, CHIPS)}
    assert (moved["m1-class"], moved["m5-class"], moved["a16-class"]) == (12.0, 6.0, 6.0)


def test_a_watch_is_a_multiple_of_an_a16_and_called_unknown() -> None:
    found = {item.device: item for item in estimate_all(traffic(600_000_000, 12_000_000), CHIPS)}
    phone, watch = found["a16-class"], found["s-series"]
    assert (watch.basis, watch.limited_by, watch.measured) == ("unknown", "unknown", False)
    assert (watch.low_ms, watch.mid_ms, watch.high_ms) == (phone.low_ms, 7.0 * phone.mid_ms, 10.0 * phone.high_ms)


def test_the_model_against_published_latencies() -> None:
    """The interval holds every figure; the middle misses by what `benchmarks/README.md` says."""
    misses = {}
    for item in CHIPS.published:
        low, mid, high = roofline_ms(
            round(item.mflop * 1e6), round(item.weight_megabytes * 1e6), CHIPS.named(item.chip), CHIPS.error.median
        )
        assert low < item.measured_ms < high, item.model
        misses[item.model, item.device] = round(100 * (mid / item.measured_ms - 1.0))
    assert misses == {
        ("MobileViTv2-1.0", "iPhone 14 Pro"): -31,
        ("MobileViTv2-1.0", "iPhone 15 Pro"): -30,
        ("MobileNetV2", "iPhone 14 Pro"): -24,
        ("ResNet50", "iPhone 14 Pro"): 23,
        ("DistilBERT, 128 tokens", "iPhone 13"): -24,
    }


def verdicts(report: LatencyReport) -> dict[str, str]:
    return {item.device: item.verdict for item in report.estimates}


def test_without_a_budget_everything_is_not_measured(package: Path) -> None:
    report = latency_report(package, CHIPS)
    assert report.verdict == "not measured" and set(verdicts(report).values()) == {"not measured"}


def test_an_estimate_fails_only_by_its_low_bound_and_never_passes(package: Path) -> None:
    low, high = next((e.low_ms, e.high_ms) for e in latency_report(package, CHIPS).estimates if e.device == "m1-class")

    def verdict(budget_ms: float) -> str:
        return latency_report(package, CHIPS, budget_ms=budget_ms, device="m1-class").verdict

    assert verdict(math.nextafter(low, 0.0)) == "failed"
    assert verdict(low) == "not measured"
    assert verdict(1000.0 * high) == "not measured", "within the budget is not passed"


def test_another_class_is_not_judged(package: Path) -> None:
    report = latency_report(package, CHIPS, budget_ms=0.001, device="m5-class")
    assert verdicts(report)["m5-class"] == "failed" and verdicts(report)["m1-class"] == "not judged"


@pytest.mark.parametrize(("budget_ms", "verdict"), [(5.0, "passed"), (4.99, "failed"), (0.0001, "failed")])
def test_a_measurement_decides_by_its_95th_percentile(
    package: Path, tmp_path: Path, budget_ms: float, verdict: str
) -> None:
    record = write_record(tmp_path / "watch.json", digest_of(package))
    report = latency_report(package, CHIPS, records=[record], budget_ms=budget_ms, device="s-series")
    assert (report.verdict, report.measurements[0].verdict, report.measurements[0].device) == (
        verdict,
        verdict,
        "s-series",
    )
    assert verdicts(report)["s-series"] == "not judged", "a watch has spoken"


def test_a_measurement_elsewhere_proves_nothing_of_the_class_asked_for(package: Path, tmp_path: Path) -> None:
    record = write_record(tmp_path / "phone.json", digest_of(package), device_model="iPhone15,2")
    report = latency_report(package, CHIPS, records=[record], budget_ms=50.0, device="s-series")
    assert (report.verdict, report.measurements[0].verdict) == ("not measured", "not judged")
    assert report.measurements[0].device == "a16-class"


def test_all_classes_pass_only_if_all_have_measured(package: Path, tmp_path: Path) -> None:
    record = write_record(tmp_path / "watch.json", digest_of(package))
    assert latency_report(package, CHIPS, records=[record], budget_ms=50.0).verdict == "not measured"


def test_a_device_of_no_class_is_shown(package: Path, tmp_path: Path) -> None:
    record = write_record(tmp_path / "tv.json", digest_of(package), device_model="AppleTV14,1")
    (found,) = latency_report(package, CHIPS, records=[record]).measurements
    assert (found.device, found.verdict, found.measured) == (None, "measured", True)


def test_the_report_is_a_document(package: Path, tmp_path: Path) -> None:
    report = latency_report(package, CHIPS, records=[write_record(tmp_path / "w.json", digest_of(package))])
    report.write(tmp_path / "report.json")
    assert read_document(LatencyReport, tmp_path / "report.json") == report


@pytest.mark.parametrize("budget_ms", [0.0, -1.0, math.nan, math.inf])
def test_a_budget_must_be_a_positive_number(package: Path, budget_ms: float) -> None:
    with pytest.raises(UsageError, match="--budget-ms"):
        latency_report(package, CHIPS, budget_ms=budget_ms)


def test_an_unknown_class_is_refused_with_those_that_exist(package: Path) -> None:
    with pytest.raises(UsageError, match=r"one of m1-class, .*s-series; got 'watch'"):
        latency_report(package, CHIPS, device="watch")


def test_every_class_has_a_source_and_covers_its_devices() -> None:
    assert all(item.source for item in (*CHIPS.chip, *CHIPS.unknown, *CHIPS.published))
    assert CHIPS.class_of("Watch6,18") == "s-series" and CHIPS.class_of("iPhone14,5") == "a15-class"
    assert CHIPS.class_of("MacBookAir10,1") == "m1-class" and CHIPS.class_of("iPhone99,1") is None


def test_published_figures_name_classes_that_exist() -> None:
    raw = CHIPS.model_dump(by_alias=True)
    raw["published"][0]["chip"] = "z-class"
    with pytest.raises(ValueError, match="no class"):
        Chips.model_validate(raw)
