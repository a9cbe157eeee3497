"""``qleap verify``: what is asked for, and what a user reads; the ladder itself is made by hand here."""

import json
import math
from pathlib import Path
from unittest.mock import patch

import pytest

from qleap_edge.mil.tools.drift import DRIFT_BOUND, ValueDrift
from qleap_edge.verification.core_ml import NOT_HERE
from qleap_edge.verification.ladder import rung_measurements
from qleap_edge.verification.package_parity import FirstDrift, LadderDocument
from tests.support.command import Done, call
from tests.support.outputs import random_outputs


def ladder(value: ValueDrift | None) -> LadderDocument:
    outputs = random_outputs(3)
    return LadderDocument(
        title="Parity by hand",
        windows=3,
        rungs=("exported", "int8"),
        measurements=(
            *rung_measurements("exported", outputs, outputs),
            *rung_measurements("int8", random_outputs(3, seed=1), outputs),
        ),
        bound=0.01,
        first_drifts=(FirstDrift(rung="int8", against="float16", window=2, first=value, compared=77),),
        notes=(NOT_HERE,),
    )


def verified(found: LadderDocument, *options: object) -> tuple[Done, tuple[object, ...]]:
    """Return what was printed and what the command asked for."""
    given = ("--package", "a/p.mlpackage", "--package", "b.mlpackage", "--checkpoint", "hdt-watch", "--data", "d")
    with patch("qleap_edge.verification.package_parity.compare_with_checkpoint", return_value=found) as compare:
        done = call("verify", *given, *options)
    assert done.err == ""
    return done, compare.call_args.args


def line(done: Done, word: str) -> list[str]:
    """Return the cells of the last table row that begins with a word."""
    rows = [[cell.strip() for cell in row.strip("│").split("│")] for row in done.out.splitlines() if row[:1] == "│"]
    return [row for row in rows if row[0] == word][-1]


def test_a_row_a_rung() -> None:
    done, _ = verified(ladder(None))
    assert done.code == 0
    assert line(done, "exported") == ["exported", "0", "0", "200", "1", "0"]
    assert line(done, "int8") == ["int8", "float16", "2", "none of 77", "", ""]
    assert "parity.int8.form_logits.psnr" not in done.out, "the long list is for --json"
    assert done.out.endswith(f"{NOT_HERE}\n")


@pytest.mark.parametrize(("relative", "shown"), [(0.0253, "2.53%"), (math.inf, "inf%")])
def test_the_operation_that_drifts(relative: float, shown: str) -> None:
    value = ValueDrift(
        name="softmax_1", operation="softmax", declared="fp16[4]", max_abs=relative, peak=1.0, relative=relative
    )
    done, _ = verified(ladder(value))
    assert line(done, "int8")[3:] == ["softmax", "softmax_1", shown]


def test_options_arrive() -> None:
    _, asked = verified(ladder(None))
    assert asked[0] == [Path("a/p.mlpackage"), Path("b.mlpackage")] and asked[2:5] == (Path("d"), 64, DRIFT_BOUND)
    _, asked = verified(ladder(None), "--windows", 8, "--drift-bound", 0.5)
    assert asked[3:5] == (8, 0.5)


def test_json_is_the_whole_document() -> None:
    found = ladder(None)
    done, _ = verified(found, "--json")
    assert done.out == found.to_json()
    assert json.loads(done.out)["measurements"][0]["name"] == "parity.exported.pose.max_abs"
