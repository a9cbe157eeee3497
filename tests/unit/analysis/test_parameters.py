"""Every number of the analysis reaches ``analysis.json``, and the file that the Swift package carries is of this version."""

import ast
from pathlib import Path

import pytest

from qleap_edge.analysis import chain_repetitions, measures, seeds, set_search, slow_signals, walking, wrist_patterns
from qleap_edge.analysis.alerts import ALERTS, shipped_alert_rules
from qleap_edge.analysis.parameters import analysis_parameters
from qleap_edge.analysis.wrist_travel import shipped_wrist_travel
from qleap_edge.bundle.analysis_parameters import AnalysisParameters
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource

PARAMETERS = analysis_parameters()
# Numbers of a module that the document holds under other names, or that follow from others.
ELSEWHERE = {"PART_STEPS", "REACH_STEPS", "PERIODS_S", "BAND", "TWICE", "LEAST_HEIGHT", "LEAST_TURNING"}


@pytest.mark.parametrize(
    ("module", "group"),
    [
        (slow_signals, "slow_signals"), (seeds, "seeds"), (chain_repetitions, "chain"), (set_search, "search"),
        (walking, "search"), (measures, "measures"),
    ],
)  # fmt: skip
def test_no_number_of_a_module_is_left_out(module, group):
    """A new constant of these modules must be given to Swift, or named here."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    held = getattr(PARAMETERS, group).model_dump()
    for name in names - ELSEWHERE:
        if not isinstance(getattr(module, name), int | float | dict):
            continue
        key = name.lower().removeprefix("slow_")
        assert key in held or name.lower() in held, f"{module.__name__}.{name} is not in analysis.json"
        value = held.get(key, held.get(name.lower()))
        assert value == getattr(module, name)


def test_depth_and_alerts_are_the_shipped_ones():
    travel = shipped_wrist_travel()
    assert PARAMETERS.depth.level.offset_m == travel.level.offset_m
    assert PARAMETERS.depth.raised.lever_sd_m == travel.raised.lever_sd_m
    rules = {rule.name: rule for rule in PARAMETERS.alerts.rules}
    shipped = shipped_alert_rules()
    assert list(rules) == [name for name in ALERTS if shipped.of(name).enabled]
    for name, rule in rules.items():
        assert rule.limit == shipped.of(name).limit
        assert rule.miss_rate_at_most == shipped.of(name).miss_rate_at_most


def test_patterns_keep_their_limits():
    patterns = {one.exercise: one for one in PARAMETERS.name.patterns}
    assert patterns.keys() == wrist_patterns.PATTERNS.keys()
    assert patterns["squat"].travel_m == (0.20, 1.3)
    assert patterns["deadlift"].elevation_deg == (None, -40.0)
    assert [name for name, one in patterns.items() if one.like_a_press] == ["squat", "lunge", "side_lunge"]


def test_the_swift_package_carries_the_numbers_of_this_version():
    """Run ``make swift-payload`` after a release."""
    path = resource("ios_sdk_assets/QLeapEdge/Sources/QLeapEdge/Payload/analysis.json")
    assert read_document(AnalysisParameters, path) == PARAMETERS
