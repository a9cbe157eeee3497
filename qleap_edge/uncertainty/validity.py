"""Whom the calibration speaks about: within these ranges it was measured, and beyond them nothing is promised."""

import math
from typing import Annotated

from pydantic import Field, model_validator

from qleap_edge.core.exercises import Exercise
from qleap_edge.core.records import Part

_Metres = Annotated[float, Field(gt=0.0, lt=3.0)]


class Validity(Part):
    """Ranges of the calibration persons and of their watches."""

    rate_hz: Annotated[float, Field(gt=0.0)]
    """Samples a second of the input windows."""
    stature_m: tuple[_Metres, _Metres]
    """Height of the shortest and of the tallest calibration person."""
    watch_to_wrist_m: tuple[_Metres, _Metres]
    """Least and greatest distance from the wrist joint to the middle of the watch, towards the elbow, that is drawn."""
    exercises: tuple[Exercise, ...]
    """Exercises of the calibration windows, in the order of their ids."""

    @model_validator(mode="after")
    def _ordered(self) -> "Validity":
        for name in ("stature_m", "watch_to_wrist_m"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name}: expected the smaller value first, got {low:g} and {high:g}")
        return self

    def stature_doubt(self, stature_m: float) -> str | None:
        """Return what to tell a wearer whose height the calibration does not cover; None for every other height.

        The ends of the range are those of the calibration persons, rounded outwards to whole centimetres.
        """
        low, high = math.floor(100.0 * self.stature_m[0]) / 100.0, math.ceil(100.0 * self.stature_m[1]) / 100.0
        if low <= stature_m <= high:
            return None
        return (
            f"the calibration was measured on persons of {low:.2f} to {high:.2f} m; for {stature_m:.2f} m the intervals of "
            "what the network infers may be too narrow"
        )
