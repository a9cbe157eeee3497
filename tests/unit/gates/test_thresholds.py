"""The file of bounds: read, refused by key, and no grade is laxer than a lower one."""

import re
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.core.grades import Grade
from qleap_edge.core.resources import resource
from qleap_edge.gates.thresholds import Gate, load_thresholds

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
GATE = TEXT[TEXT.index("[[gate]]") :]


def gate(**bounds: float) -> Gate:
    return Gate(measurement="m", unit="mm", grades=("tiny",), why="because", **bounds)


def test_bounds_as_people_write_them() -> None:
    assert (gate(max=5).bound(), gate(min=0.25).bound(), gate(min=1, max=2).bound()) == (
        "<= 5",
        ">= 0.25",
        ">= 1 and <= 2",
    )


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
        ("[[gate]]", "[[gates]]", "gates"),
        ("schema_version = 1", "schema_version = 1\nwaivers = []", "waivers"),
        ("max = 60.0", "max = 60.0\nplausible = [1, 1]", "plausible"),
        ('why = "because"', 'why = "because"\n' + GATE, "two gates bound 'pose.mpjpe' for grade 'tiny'"),
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


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(get_args(Grade))))
def test_a_higher_grade_is_never_laxer(lower: Grade, higher: Grade) -> None:
    below, above = ({g.measurement: g for g in load_thresholds().of_grade(grade)} for grade in (lower, higher))
    assert below.keys() <= above.keys()
    for name, low in below.items():
        high = above[name]
        assert low.max is None or (high.max is not None and high.max <= low.max), name
        assert low.min is None or (high.min is not None and high.min >= low.min), name


def test_the_shipped_file_is_the_one_in_the_checkout() -> None:
    assert resource("benchmarks/thresholds.toml").is_file()
    assert load_thresholds() == load_thresholds(resource("benchmarks/thresholds.toml"))
