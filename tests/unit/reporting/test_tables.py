"""The formats of numbers and shares in a table."""

import pytest

from qleap_edge.reporting.tables import DASH, number, percent


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (None, 4, DASH),
        (0.0, 4, "0"),
        (3.14159, 4, "3.142"),
        (123.456, 3, "123"),
        (-0.00012345, 2, "-0.00012"),
        (2782.4, 3, "2782"),
        (999.7, 3, "1000"),
        (-123456.0, 4, "-123456"),
        (99.96, 3, "100"),
    ],
)
def test_numbers_have_significant_digits(value: float | None, digits: int, text: str):
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, f"{DASH}"),
        (0.0, "0.00 %"),
        (0.12345, "12.35 %"),
        (1.0, "100.00 %"),
        (0.99999, "> 99.99 %"),
        (0.9999, "99.99 %"),
        (1.25, "125.00 %"),
    ],
)
def test_a_share_below_one_is_never_rounded_to_a_hundred_percent(share: float | None, text: str):
    assert percent(share) == text
