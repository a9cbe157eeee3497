"""The units that a measurement may have; a gate compares the units before the numbers."""

from typing import Literal, get_args

Unit = Literal[
    "1",  # a plain number: ratio, probability, score
    "count",
    "bool",
    "mm",  # millimetres at REFERENCE_STATURE_M
    "body_height",
    "deg",
    "dB",
    "MB",  # 10^6 bytes
    "s",
    "ms",
    "nat",
    "percentage_point",
]
UNITS: tuple[str, ...] = get_args(Unit)

REFERENCE_STATURE_M = 1.75  # poses are in body heights; figures in mm are quoted for a person this tall
MM_PER_BODY_HEIGHT = 1000.0 * REFERENCE_STATURE_M
