"""Alerts: known sets, the three answers, and the file of rules."""

import re
from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.analysis.alerts import (
    ALERTS,
    AlertRules,
    alert_quantities,
    alerts_of,
    excess,
    read_alert_rules,
    shipped_alert_rules,
    velocity_loss,
)
from qleap_edge.analysis.measures import Estimate, RepetitionMeasures
from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.resources import resource

FILE = resource("calibration/alerts/alerts.toml")


def repetition(
    range_m: float = 0.6, down_s: float = 1.6, velocity: float = 0.5, sd: float = 0.02
) -> RepetitionMeasures:
    second = Estimate(1.0, sd)
    return RepetitionMeasures(
        start_s=0.0, turn_s=1.0, end_s=2.0, range_m=Estimate(range_m, sd), turned_deg=Estimate(5.0, 1.0),
        mean_concentric_velocity=Estimate(velocity, sd), peak_concentric_velocity=Estimate(2 * velocity, sd),
        eccentric_s=Estimate(down_s, sd), concentric_s=second, pause_turn_s=second, pause_before_s=None, closure_m=0.0,
    )  # fmt: skip


def rules(**changed: object) -> AlertRules:
    """Return the shipped rules with one standard deviation as every margin."""
    shipped = shipped_alert_rules()
    update = {"enabled": True, "fine_margin": 1.0, "alert_margin": 1.0} | changed
    return shipped.model_copy(update={name: shipped.of(name).model_copy(update=update) for name in ALERTS})


def answers(measured: list[RepetitionMeasures], exercise: str = "squat") -> dict[str, tuple[str, ...]]:
    return {one.name: one.answers for one in alerts_of(measured, exercise, rules())}  # type: ignore[arg-type]


def test_a_short_repetition_alerts_and_one_near_the_limit_is_not_sure():
    said = answers([repetition(0.6), repetition(0.6), repetition(0.4), repetition(0.48), repetition(0.6)])
    assert said["short_repetition"] == ("fine", "fine", "alert", "not sure", "fine")


def test_a_fast_lowering_alerts_only_where_the_wrist_comes_down_with_the_weight():
    measured = [repetition(down_s=seconds) for seconds in (1.6, 0.6, 1.01, 0.99)]
    assert answers(measured)["fast_lowering"] == ("fine", "alert", "not sure", "not sure")
    for exercise in ("pull_up", "triceps_extension", "row", "unknown"):
        assert "fast_lowering" not in answers(measured, exercise) and "short_repetition" in answers(measured, exercise)


def test_the_velocity_that_the_last_repetition_has_lost():
    measured = [repetition(velocity=one) for one in (0.45, 0.5, 0.4, 0.3)]
    lost = velocity_loss(measured)
    assert lost is not None and lost.value == pytest.approx(0.4)
    assert lost.sd == pytest.approx(np.hypot(0.02, 0.6 * 0.02) / 0.5)
    assert answers(measured)["velocity_loss"] == ("alert",)
    assert answers([repetition()] * 4)["velocity_loss"] == ("fine",)
    assert velocity_loss([repetition()]) is None and velocity_loss([repetition(velocity=0.0)] * 3) is None


def test_a_wide_interval_is_not_sure():
    measured = [repetition(0.6), replace(repetition(0.35), range_m=Estimate(0.35, 0.5)), repetition(0.6)]
    assert answers(measured)["short_repetition"][1] == "not sure"


def test_nothing_is_said_about_two_repetitions_or_by_a_rule_that_is_off():
    assert alerts_of([repetition(), repetition(0.2)], "squat") == ()
    assert all(not values for values in alert_quantities([repetition()] * 2).values())
    off = rules(enabled=False, fine_margin=None, alert_margin=None)
    assert alerts_of([repetition()] * 5, "squat", off) == ()


def test_nothing_is_said_about_movements_that_are_smaller_than_the_evidence():
    assert alerts_of([repetition(0.19), repetition(0.18), repetition(0.05), repetition(0.19)], "squat") == ()
    assert alerts_of([repetition(0.21), repetition(0.22), repetition(0.05), repetition(0.21)], "squat") != ()


def test_the_sign_of_the_excess():
    assert excess("short_repetition", Estimate(0.7, 0.05), 0.8) == pytest.approx(2.0)
    assert excess("velocity_loss", Estimate(0.1, 0.05), 0.2) == pytest.approx(-2.0)


def test_the_shipped_rules_keep_their_promise_on_the_evidence():
    found = shipped_alert_rules()
    assert found == read_alert_rules(FILE)
    assert found.short_repetition.enabled
    for name in ALERTS:
        rule = found.of(name)
        assert rule.enabled == (rule.why_off == "")
        assert rule.captured.persons == 7 and rule.synthetic.persons >= 100
        for evidence in (rule.captured, rule.synthetic) if rule.enabled else ():
            assert evidence.miss_rate_at_most <= 0.05 and evidence.false_rate_at_most <= 0.10
            assert evidence.left_out_miss_rate <= 0.05 and evidence.left_out_false_rate <= 0.10


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ("schema_version = 2", "schema_version = 1", SchemaMismatch, "qleap.alerts 2"),
        (r"fine_margin = [\d.]+\n", "", InputDataError, "table 'short_repetition'.*both margins"),
        ("enabled = true", "enabled = false", InputDataError, "table 'short_repetition'"),
        (r"limit = [\d.]+", "limit = -1.0", InputDataError, "short_repetition.limit"),
        ("positives", "positive", InputDataError, "positive"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused(tmp_path, old, new, kind, said):
    text = FILE.read_text()
    # Of the first rule; the comment above it names no key.
    changed = re.sub(
        rf"^{old}" if not old.startswith("positives") else "positives", new, text, count=1, flags=re.MULTILINE
    )
    assert changed != text
    path = tmp_path / "alerts.toml"
    path.write_text(changed)
    with pytest.raises(kind, match=said):
        read_alert_rules(path)
