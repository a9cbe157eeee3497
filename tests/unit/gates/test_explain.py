"""``qleap gate --explain``: what is known about one gate."""

import json

import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.gates.explain import explanation, gates_named
from qleap_edge.gates.thresholds import Gate, load_thresholds
from qleap_edge.metrics.measurement import Measurement
from tests.support.command import assert_refused, call
from tests.support.micro import Micro

GATE = Gate(measurement="pose.mpjpe", unit="mm", max=60.0, grades=("tiny", "release"), why="because")


def test_everything_is_said() -> None:
    measurement = Measurement(
        name="pose.mpjpe", value=50.0, unit="mm", interval=(45.0, 65.0), baseline=90.0, subjects=20, sequences=200,
        note="test persons",
    )  # fmt: skip
    told = dict(explanation(GATE, {"pose.mpjpe": measurement}))
    assert told["why the bound is there"] == "because" and told["bound"] == "<= 60 mm"
    assert told["verdict"] == "undecided" and told["reason"].startswith("the interval reaches up to 65")
    assert told["without any input"] == "90 mm" and told["how it was measured"] == "test persons"
    assert [text for what, text in explanation(GATE, {"pose.mpjpe": measurement}) if what == "measured on"] == [
        "20 persons", "200 sequences",
    ]  # fmt: skip


def test_a_number_that_no_report_holds() -> None:
    told = dict(explanation(GATE, {}))
    assert told["verdict"] == "fail" and told["reason"] == "not measured: no report holds it" and "number" not in told


def test_a_name_that_no_gate_has() -> None:
    with pytest.raises(UsageError, match=r"name one of: .*pose\.mpjpe"):
        gates_named(load_thresholds(), "mpjpe")
    with pytest.raises(UsageError, match=r"name one of: exercise\.accuracy"):
        gates_named(load_thresholds(), "accuracy.exercise")
    with pytest.raises(UsageError, match="prints all names"):
        gates_named(load_thresholds(), "zzzzzz")


def test_the_command(micro: Micro) -> None:
    done = call("gate", micro.bundle, "--explain", "size.shipped")
    assert done.code == 0 and "whole .mlpackage" in done.out and "why the bound is there" in done.out
    told = json.loads(call("gate", micro.bundle, "--explain", "size.shipped", "--json").out)
    assert told[0]["gate"] == "size.shipped"
    assert_refused(call("gate", micro.bundle, "--explain", "size"), 2, "--explain", "size.shipped")
    beside = ("--grade", "release", "--html", "page.html")
    assert_refused(
        call("gate", micro.bundle, "--explain", "size.shipped", *beside), 2, "--grade, --html", "decides nothing"
    )
