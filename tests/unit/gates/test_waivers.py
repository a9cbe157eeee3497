"""Waivers: what they cover, until when, and the files that are refused."""

from datetime import date
from pathlib import Path

import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.gates.decide import decide
from qleap_edge.gates.report import gate_bundle
from qleap_edge.gates.thresholds import Thresholds
from qleap_edge.gates.waivers import Waiver, load_waivers
from qleap_edge.metrics.measurement import Measurement
from tests.support.command import assert_refused, call
from tests.support.micro import Micro

TODAY = date(2026, 11, 30)
WAIVER = Waiver(measurement="pose.mpjpe", reason="a small study with known users", by="A. Person", until=TODAY)
THRESHOLDS = Thresholds.model_validate(
    {
        "schema": "qleap.thresholds", "schema_version": 1,
        "gate": [
            {"measurement": "pose.mpjpe", "unit": "mm", "max": 60.0, "grades": ["preview", "release"], "why": "because"},
            {"measurement": "size.shipped", "unit": "MB", "max": 8.0, "grades": ["preview", "release"], "why": "because"},
        ],
    }
)  # fmt: skip
SIZE = Measurement(name="size.shipped", value=5.0, unit="MB")


def verdicts(pose: Measurement | None, waiver: Waiver | None = WAIVER, grade: str = "release") -> tuple[str, str, str]:
    """Return the bundle's verdict, and verdict and reason of the waived gate."""
    measured = {"size.shipped": SIZE} | ({} if pose is None else {"pose.mpjpe": pose})
    found = decide(
        THRESHOLDS, grade, measured, {} if waiver is None else {waiver.measurement: waiver}, TODAY  # type: ignore[arg-type]
    )  # fmt: skip
    return found.verdict, found.gates[0].verdict, found.gates[0].reason


def pose(value: float | None, unit: str = "mm", interval: tuple[float, float] | None = None) -> Measurement:
    return Measurement(name="pose.mpjpe", value=value, unit=unit, interval=interval)  # type: ignore[arg-type]


def test_a_number_beyond_its_bound_is_waived_with_its_reason() -> None:
    assert verdicts(pose(66.0), None)[:2] == ("fail", "fail")
    verdict, gate, reason = verdicts(pose(66.0))
    assert (verdict, gate) == ("pass", "waived")
    assert reason.startswith("until 2026-11-30, by A. Person: a small study with known users (fail: above 60 mm")


def test_an_undecided_number_of_a_release_is_waived() -> None:
    unsure = pose(55.0, interval=(50.0, 65.0))
    assert verdicts(unsure, None)[:2] == ("fail", "undecided")
    assert verdicts(unsure)[:2] == ("pass", "waived")


def test_an_ended_waiver_covers_nothing() -> None:
    ended = WAIVER.model_copy(update={"until": date(2026, 11, 29)})
    verdict, gate, reason = verdicts(pose(66.0), ended)
    assert (verdict, gate) == ("fail", "fail") and reason.endswith("the waiver of A. Person ended on 2026-11-29")


def test_a_waiver_that_is_not_needed_is_named() -> None:
    assert verdicts(pose(50.0)) == ("pass", "pass", "because; the waiver of A. Person is not needed")


@pytest.mark.parametrize(
    "measurement",
    [None, pose(None), pose(float("nan")), pose(66.0, "body_height"), pose(-5.0), pose(66.0, interval=(67.0, 69.0))],
)
def test_what_cannot_be_trusted_is_never_waived(measurement: Measurement | None) -> None:
    """Missing, no number, another unit, impossible, outside of its own interval: something is wrong with the measurement."""
    verdict, gate, reason = verdicts(measurement)
    assert (verdict, gate) == ("fail", "fail") and "no waiver covers a number that cannot be trusted" in reason


TEXT = """
schema = "qleap.waivers"
schema_version = 1

[[waiver]]
measurement = "pose.mpjpe"
reason = "a small study with known users"
by = "A. Person"
until = 2026-12-31
"""


def test_the_file(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(TEXT)
    found = load_waivers(path, THRESHOLDS, "release", TODAY)
    assert found["pose.mpjpe"].until == date(2026, 12, 31) and len(found) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pose.mpjpe", "pose.mpjp", "a waiver of no gate; expected a gate of grade release; got pose.mpjp"),
        ("2026-12-31", "2028-01-01", "does not end soon"),
        ("2026-12-31", '"soon"', "until"),
        ('reason = "a small study with known users"', "", "reason"),
        ("a small study with known users", "ok", "reason"),
        ("a small study with known users", 12 * " ", "reason"),
        ('by = "A. Person"', 'by = "  "', "by"),
        ("until", "end", "end"),
        ("[[waiver]]", "[[waivers]]", "waiver"),
        ("schema_version = 1", "schema_version = 2", "schema_version"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(UsageError, match=said):
        load_waivers(path, THRESHOLDS, "release", TODAY)


def test_a_file_without_waivers_is_one(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(TEXT[: TEXT.index("[[waiver]]")])
    assert load_waivers(path, THRESHOLDS, "release", TODAY) == {}


def test_a_waiver_of_a_gate_of_another_grade_says_so(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(TEXT)
    with pytest.raises(
        UsageError, match=r"of another grade; expected a gate of grade tiny; got pose\.mpjpe, of grade preview"
    ):
        load_waivers(path, THRESHOLDS, "tiny", TODAY)


def test_two_waivers_of_one_gate_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(TEXT + TEXT[TEXT.index("[[waiver]]") :])
    with pytest.raises(UsageError, match=r"two waivers of 'pose\.mpjpe'"):
        load_waivers(path, THRESHOLDS, "release", TODAY)


def test_a_bundle_with_waivers_of_all_that_fails(micro: Micro, tmp_path: Path) -> None:
    missed = [gate for gate in gate_bundle(micro.bundle, grade="preview").gates if gate.verdict == "fail"]
    path = tmp_path / "waivers.toml"
    path.write_text(
        TEXT[: TEXT.index("[[waiver]]")]
        + "".join(TEXT[TEXT.index("[[waiver]]") :].replace("pose.mpjpe", gate.measurement) for gate in missed)
    )
    found = gate_bundle(micro.bundle, grade="preview", waivers=path, today=TODAY)
    assert missed and {gate.measurement for gate in found.gates if gate.verdict == "waived"} == {
        gate.measurement for gate in missed
    }
    assert found.verdict == "pass"
    later = gate_bundle(micro.bundle, grade="preview", waivers=path, today=date(2027, 1, 1))
    assert later.verdict == "fail" and not any(gate.verdict == "waived" for gate in later.gates)
    assert_refused(call("gate", micro.bundle, "--waivers", tmp_path / "none.toml"), 2, "none.toml")
