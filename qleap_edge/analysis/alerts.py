"""Alerts about a set: a repetition that is short, a weight that is lowered fast, velocity that is lost.

Each answer is "alert", "fine" or "not sure". A value is compared with a limit, and its distance from it, in standard deviations
of the measurement, decides: beyond one margin it is fine, beyond another an alert, and in between nobody can tell. The margins
were fitted on people whose motion was captured and on synthetic ones, so that on both with 95 % confidence at most 5 % of what
deserves an alert is called fine and at most 10 % of the rest alerts. A rule that could not be shown to keep this is off.

The numbers lie in ``calibration/alerts/alerts.toml``; ``benchmarks/fit_alerts.py`` writes it. There is no alert about what a
wrist cannot see: knees that fall in, a rounded back, heels, asymmetry.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import Field

from qleap_edge.analysis.measures import Estimate, RepetitionMeasures
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource
from qleap_edge.core.toml_documents import Count, Fraction, NotNegative, Positive, TomlTable, read_toml

AlertName = Literal["short_repetition", "fast_lowering", "velocity_loss"]
ALERTS: tuple[AlertName, ...] = get_args(AlertName)
Answer = Literal["alert", "not sure", "fine"]
LEAST_REPETITIONS = 3
"""Fewer have no usual range to compare with."""
LEAST_RANGE_M = 0.2
"""Median range of a set below which nothing is said: no smaller movement was among the evidence."""
LOWERED = frozenset[Exercise](
    ("squat", "lunge", "side_lunge", "deadlift", "overhead_press", "bench_press", "biceps_curl", "lateral_raise")
)
"""Exercises in which the wrist comes down while the muscle lengthens; with a cable or a bar above the head it goes up."""


class AlertEvidence(TomlTable):
    """What a rule with its margins says about persons whose motion is known."""

    positives: Annotated[int, Field(ge=0)]
    """Cases that deserved an alert."""
    misses: Annotated[int, Field(ge=0)]
    """Of these, called fine."""
    miss_rate_at_most: Fraction
    """With 95 % confidence, cases taken for independent."""
    negatives: Annotated[int, Field(ge=0)]
    """Cases that deserved none."""
    false_alerts: Annotated[int, Field(ge=0)]
    """Of these, alerted."""
    false_rate_at_most: Fraction
    """With 95 % confidence, cases taken for independent."""
    answered: Fraction
    """Share of all cases that are called fine or alert."""
    left_out_miss_rate: Fraction
    """Share of misses where each group of persons gets the margins of the others."""
    left_out_false_rate: Fraction
    """Share of false alerts where each group of persons gets the margins of the others."""
    persons: Count
    """People behind the evidence."""


class AlertRule(TomlTable):
    """One rule, and the evidence for its margins."""

    limit: Positive
    """Of the quantity, see :func:`alert_quantities`."""
    enabled: bool
    """Whether both margins could be shown to keep their error rates on captured and on synthetic persons."""
    fine_margin: NotNegative | None = None
    """Standard deviations that a value must lie on the right side of the limit to be fine; absent: the rule is off."""
    alert_margin: NotNegative | None = None
    """Standard deviations that it must lie on the wrong side to alert; absent: the rule is off."""
    why_off: str = ""
    """Why the rule is off; empty if it is on."""
    captured: AlertEvidence
    """On people whose motion was captured."""
    synthetic: AlertEvidence
    """On synthetic persons."""

    @property
    def miss_rate_at_most(self) -> float:
        """Return the larger of captured and synthetic persons: what is promised."""
        return max(self.captured.miss_rate_at_most, self.synthetic.miss_rate_at_most)

    def answer(self, name: AlertName, value: Estimate) -> Answer:
        """Return what is said about one value; only for a rule that is on."""
        assert self.fine_margin is not None and self.alert_margin is not None
        wrong = excess(name, value, self.limit)
        return "fine" if wrong < -self.fine_margin else "alert" if wrong > self.alert_margin else "not sure"


class AlertRules(TomlTable):
    """The whole file ``calibration/alerts/alerts.toml``."""

    schema_name: Literal["qleap.alerts"] = Field(alias="schema")
    schema_version: Literal[2]
    fitted: date
    """Day of the fit."""
    source: Annotated[str, Field(min_length=1)]
    """Who was measured."""
    short_repetition: AlertRule
    fast_lowering: AlertRule
    velocity_loss: AlertRule

    def of(self, name: AlertName) -> AlertRule:
        """Return the rule of a name."""
        found: AlertRule = getattr(self, name)
        return found


class AlertResult(Part):
    """What one rule says about a set."""

    name: AlertName
    """``short_repetition``: range below the limit, as a share of the set's median range. ``fast_lowering``: the wrist comes
    down in less than the limit (s). ``velocity_loss``: the last repetition is slower than the fastest by more than that."""
    limit: float
    """Of the rule."""
    answers: tuple[Answer, ...]
    """One for each repetition; one for the whole set for ``velocity_loss``."""
    miss_rate_at_most: float
    """Of what deserves an alert, called fine: upper end of the 95 % interval, the larger of captured and synthetic persons."""


def read_alert_rules(path: Path) -> AlertRules:
    """Read a file of this kind.

    Raises:
        InputDataError: not TOML, a key is missing, unknown, of the wrong type or out of its range, or a rule that is on has no
            margins.
        SchemaMismatch: another schema or version.
    """
    found = read_toml(AlertRules, path, what="the file of alert rules", error=InputDataError)
    for name in ALERTS:
        rule = found.of(name)
        margins = {rule.fine_margin is None, rule.alert_margin is None}
        if margins != {not rule.enabled}:
            raise InputDataError(
                "a rule contradicts itself",
                where=f"{path}, table {name!r}",
                expected="both margins if 'enabled' is true, and none if it is false",
                got=f"enabled = {str(rule.enabled).lower()}",
                next_step="correct the file of alert rules",
            )
    return found


@cache
def shipped_alert_rules() -> AlertRules:
    """Return the shipped rules."""
    return read_alert_rules(resource("calibration/alerts/alerts.toml"))


def excess(name: AlertName, value: Estimate, limit: float) -> float:
    """Return how far a value lies on the wrong side of the limit, in standard deviations; negative on the right side."""
    wrong = value.value - limit if name == "velocity_loss" else limit - value.value
    return wrong / max(value.sd, 1e-9)


def velocity_loss(measured: Sequence[RepetitionMeasures]) -> Estimate | None:
    """Return by which share the last repetition is slower than the fastest one; None with fewer than two repetitions.

    Source: velocity loss in a set, Sánchez-Medina and González-Badillo 2011, Med. Sci. Sports Exerc. 43(9), 1725-1734.
    """
    if len(measured) < 2:
        return None
    velocity = [one.mean_concentric_velocity for one in measured]
    fastest, last = max(velocity, key=lambda one: one.value), velocity[-1]
    if fastest.value <= 0.0:
        return None
    kept = last.value / fastest.value
    sd = 0.0 if last is fastest else float(np.hypot(last.sd, kept * fastest.sd)) / fastest.value
    return Estimate(1.0 - kept, sd)


def alert_quantities(measured: Sequence[RepetitionMeasures]) -> dict[AlertName, tuple[Estimate, ...]]:
    """Return what the rules judge: range as a share of the set's median, seconds of lowering, share of velocity lost."""
    usual = float(np.median([one.range_m.value for one in measured])) if measured else 0.0
    if len(measured) < LEAST_REPETITIONS or usual < LEAST_RANGE_M:
        return dict.fromkeys(ALERTS, ())
    lost = velocity_loss(measured)
    return {
        "short_repetition": tuple(Estimate(one.range_m.value / usual, one.range_m.sd / usual) for one in measured),
        "fast_lowering": tuple(one.eccentric_s for one in measured),
        "velocity_loss": () if lost is None else (lost,),
    }


def alerts_of(
    measured: Sequence[RepetitionMeasures], exercise: Exercise | Literal["unknown"], rules: AlertRules | None = None
) -> tuple[AlertResult, ...]:
    """Return what every rule that is on says about a set.

    Args:
        measured: the repetitions of the set. Nothing is said of fewer than three, or where the wrist moves by less than 0.2 m.
        exercise: what the set is. ``fast_lowering`` needs one in which the wrist comes down while the muscle lengthens.
        rules: None: the shipped ones.
    """
    rules = shipped_alert_rules() if rules is None else rules
    found = []
    for name, values in alert_quantities(measured).items():
        rule = rules.of(name)
        if not rule.enabled or not values or (name == "fast_lowering" and exercise not in LOWERED):
            continue
        answers = tuple(rule.answer(name, value) for value in values)
        found.append(
            AlertResult(name=name, limit=rule.limit, answers=answers, miss_rate_at_most=rule.miss_rate_at_most)
        )
    return tuple(found)
