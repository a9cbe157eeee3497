"""The ranges of the calibration: who is inside, and files that contradict themselves."""

import pytest
from pydantic import ValidationError

from qleap_edge.uncertainty.validity import Validity
from tests.support.calibration_windows import VALIDITY


@pytest.mark.parametrize("stature_m", [1.5, 1.75, 1.95])
def test_a_wearer_within_the_range_is_told_nothing(stature_m: float) -> None:
    assert VALIDITY.stature_doubt(stature_m) is None


def test_the_ends_are_rounded_outwards() -> None:
    odd = VALIDITY.model_copy(update={"stature_m": (1.5049, 1.9431)})
    assert odd.stature_doubt(1.50) is None and odd.stature_doubt(1.95) is None
    assert odd.stature_doubt(1.499) is not None and odd.stature_doubt(1.951) is not None


def test_a_wearer_outside_is_told_the_range() -> None:
    assert VALIDITY.stature_doubt(2.1) == (
        "the calibration was measured on persons of 1.50 to 1.95 m; for 2.10 m the intervals of what the network infers may "
        "be too narrow"
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [("stature_m", (1.9, 1.5)), ("stature_m", (1.5, 19.0)), ("watch_to_wrist_m", (0.0, 0.1)), ("rate_hz", 0.0),
     ("exercises", ("yoga",))],
)  # fmt: skip
def test_a_range_that_is_none_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=key):
        Validity.model_validate(VALIDITY.model_dump() | {key: value})
