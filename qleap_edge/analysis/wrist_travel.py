"""Vertical travel of the wrist in each repetition, how the forearm is held, and what is known about travel and depth.

Posture is judged by physics: by the forearm's elevation at the start of a repetition, which is the direction of the vertical in
frame C. The numbers lie in ``calibration/depth/wrist_travel.toml``; ``benchmarks/fit_wrist_travel.py`` writes it.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qleap_edge.alignment.wear import Wear, device_to_c
from qleap_edge.analysis.measures import Estimate, RepetitionMeasures, measure_set
from qleap_edge.analysis.sets import ExerciseSet
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.resources import resource
from qleap_edge.core.toml_documents import Count, Positive, TomlTable, read_toml

Posture = Literal["hanging", "level", "raised"]
"""How the forearm is held at the start of a repetition."""

STRAP_TOLERANCE_DEG = 15.0
"""How far a strap may turn the watch against the forearm; ``strap_rotation`` in ``calibration/sensors/apple_watch.toml``."""


@dataclass(frozen=True)
class WristTravel:
    """One repetition of the wrist, as far as depth follows from it."""

    range_m: Estimate
    """Vertical way from one turning point to the other."""
    elevation_deg: float
    """Of the forearm at the start: 90 when the hand points up, -90 when the arm hangs."""
    turn_elevation_deg: float | None = None
    """Of the forearm at the turn; ``None`` if it is not known."""


class PostureTravel(TomlTable):
    """What wrist travel says about depth in one posture."""

    offset_m: float
    """Mean over persons of how much more the wrist falls than the pelvis."""
    bias_sd_m: Positive
    """Of a new person's mean offset, the uncertainty of the mean over persons included."""
    spread_sd_m: Positive
    """Of single repetitions of one person about that person's mean."""
    forearm_drop: float
    """Mean forearm drop (see :func:`forearm_drop`) that the offset belongs to."""
    lever_m: float
    """How much the offset grows with the forearm drop from one set of a person to another, whatever the hands hold."""
    lever_sd_m: Positive
    """Standard deviation of the lever."""
    kind: Literal["real", "synthetic"]
    """Whether people or the physics of this project were measured."""
    persons: Count
    """Persons that were measured; synthetic sequences count one each."""
    repetitions: Count
    """Repetitions that were measured."""
    source: Annotated[str, Field(min_length=1)]
    """Where the numbers come from, and what they do not cover."""


class WristTravelModel(TomlTable):
    """The whole file ``calibration/depth/wrist_travel.toml``."""

    schema_name: Literal["qleap.wrist_travel"] = Field(alias="schema")
    schema_version: Literal[1]
    fitted: date
    """Day of the fit."""
    hanging_below_deg: float
    """A forearm that is held lower hangs."""
    raised_above_deg: float
    """A forearm that is held higher is raised; between both it is level."""
    free_lever_m: Positive
    """How much the offset grows with the forearm drop where the arms are free."""
    hanging: PostureTravel
    level: PostureTravel
    raised: PostureTravel

    def posture_of(self, elevation_deg: float) -> Posture:
        """Return the posture that an elevation of the forearm belongs to."""
        if elevation_deg < self.hanging_below_deg:
            return "hanging"
        return "raised" if elevation_deg > self.raised_above_deg else "level"

    def may_be(self, posture: Posture, elevation_deg: float) -> bool:
        """Tell whether a forearm may be held in a posture, as exactly as the strap lets the elevation be known: 15 degrees."""
        around = (elevation_deg - STRAP_TOLERANCE_DEG, elevation_deg, elevation_deg + STRAP_TOLERANCE_DEG)
        return posture in {self.posture_of(each) for each in around}

    def of(self, posture: Posture) -> PostureTravel:
        """Return what is known about one posture."""
        return {"hanging": self.hanging, "level": self.level, "raised": self.raised}[posture]

    def usual_offset(self, posture: Posture, drop: float | None) -> Estimate:
        """Return how much more the wrist of a new person falls than the pelvis, as the sets of other persons tell.

        Args:
            posture: how the forearm is held at the start.
            drop: see :func:`forearm_drop`; hands that sink more than in the fit may belong to free arms or hold a bar, so half
                of what free arms would do is added, and it is the standard deviation too. None: as in the fit.
        """
        usual = self.of(posture)
        carried = 0.0 if drop is None else 0.5 * self.free_lever_m * (drop - usual.forearm_drop)
        return Estimate(usual.offset_m + carried, float(np.hypot(usual.bias_sd_m, carried)))


def read_wrist_travel(path: Path) -> WristTravelModel:
    """Read a file of this kind.

    Raises:
        InputDataError: not TOML, or a key is missing, unknown, of the wrong type or out of its range.
        SchemaMismatch: another schema or version.
    """
    found = read_toml(WristTravelModel, path, what="the wrist travel file", error=InputDataError)
    if not -90.0 < found.hanging_below_deg < found.raised_above_deg < 90.0:
        raise InputDataError(
            "the bounds of the postures contradict each other",
            where=f"{path}, keys 'hanging_below_deg' and 'raised_above_deg'",
            expected="-90 < hanging_below_deg < raised_above_deg < 90",
            got=f"{found.hanging_below_deg:g} and {found.raised_above_deg:g}",
            next_step="correct the wrist travel file",
        )
    return found


@cache
def shipped_wrist_travel() -> WristTravelModel:
    """Return the shipped numbers."""
    return read_wrist_travel(resource("calibration/depth/wrist_travel.toml"))


def forearm_drop(elevation_deg: float, turn_elevation_deg: float) -> float:
    """Return how far the hand sinks against the elbow from the start to the turn, in lengths of the forearm.

    Identity: a forearm that keeps its direction has 0; one that turns from upright to level has 1.
    """
    return float(np.sin(np.radians(elevation_deg)) - np.sin(np.radians(turn_elevation_deg)))


def wrist_travels(
    found: ExerciseSet, wear: Wear, measures: tuple[RepetitionMeasures, ...] | None = None
) -> tuple[WristTravel, ...]:
    """Return travel and elevations of every repetition of a set.

    Args:
        found: the set.
        wear: how the watch was worn; with a wrong crown side the elevations have the wrong sign.
        measures: of the set, if they have been computed.
    """
    motion = found.motion
    along = motion.up @ device_to_c(wear)[0]  # sine of the elevation: the vertical's part along the forearm

    def elevation(*stamps_s: float) -> float:
        sine = np.mean([along[motion.at(stamp)] for stamp in stamps_s])
        return float(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))

    return tuple(
        WristTravel(one.range_m, elevation(one.start_s, one.end_s), elevation(one.turn_s))
        for one in (measure_set(found) if measures is None else measures)
    )
