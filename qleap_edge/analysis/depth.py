"""How far the pelvis comes down, from how far the wrist does: depth = travel - offset, with two uncertainty terms.

The wrist's travel is measured. The offset, by how much the wrist falls more than the pelvis, is not: it depends on how the arms
are held and on the person. Its uncertainty has a bias, which all repetitions of a person share, and a spread between
repetitions. A reference set of the wearer replaces the first by its own standard error.

An arm that moves against the trunk carries the wrist along. How the forearm turns tells how far, but only up to a lever that
differs between arms that are free and hands that hold a bar. With a reference the travel is corrected by how the forearm turns
otherwise than in the reference. Without one it is corrected by half of what a free arm would do, and that half is the standard
deviation of the correction.

Not covered: a trunk that leans in one set and not in another, heels that rise, and hands that change their hold within a set.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qleap_edge.analysis.measures import Estimate
from qleap_edge.analysis.watch_reference import Known, WatchReference, require_same
from qleap_edge.analysis.wrist_travel import (
    Posture,
    WristTravel,
    WristTravelModel,
    forearm_drop,
    shipped_wrist_travel,
)

DepthReference = WatchReference
"""A set of the same wearer with known depths."""


@dataclass(frozen=True)
class DepthEstimate:
    """Depth of the pelvis in one repetition, or what else the reference knew."""

    value_m: float
    """Never below zero."""
    bias_sd_m: float
    """Standard deviation of the error that all repetitions of this person share."""
    spread_sd_m: float
    """Standard deviation of what differs from one repetition to the next."""
    travel_sd_m: float
    """Standard deviation of the measured travel of the wrist."""
    posture: Posture
    """How the forearm is held at the start."""
    quantity: Known = "depth"
    """What the value is of."""
    referenced: bool = False
    """Whether a reference set of the wearer was used."""

    @property
    def sd_m(self) -> float:
        """Return the standard deviation of the whole error."""
        return float(np.sqrt(self.bias_sd_m**2 + self.spread_sd_m**2 + self.travel_sd_m**2))


def depth_of(
    range_m: Estimate,
    elevation_deg: float,
    reference: DepthReference | None = None,
    *,
    turn_elevation_deg: float | None = None,
    exercise: str | None = None,
    model: WristTravelModel | None = None,
) -> DepthEstimate:
    """Return the depth of the pelvis in one repetition of a squat.

    Args:
        range_m: vertical travel of the wrist.
        elevation_deg: of the forearm at the start, see ``wrist_travel.wrist_travels``.
        reference: a set of the same wearer with known depths, in the same posture within the 15 degrees of the strap.
        turn_elevation_deg: of the forearm at the turn; ``None``: the arms are taken to move as in the fit or the reference.
        exercise: what the set is, to compare with the reference; ``None``: not compared.
        model: of wrist travel; ``None``: the shipped one.

    Raises:
        InputDataError: the reference was made with another posture or exercise.
    """
    travel = WristTravel(range_m, elevation_deg, turn_elevation_deg)
    return depths_of((travel,), reference, exercise=exercise, model=model)[0]


def depths_of(
    travels: Sequence[WristTravel],
    reference: DepthReference | None = None,
    *,
    exercise: str | None = None,
    model: WristTravelModel | None = None,
) -> tuple[DepthEstimate, ...]:
    """Return the depth of every repetition of a set; the posture is that of the set, by the median elevation.

    Args:
        travels: of the set, see ``wrist_travel.wrist_travels``.
        reference: as :func:`depth_of` takes it.
        exercise: as :func:`depth_of` takes it.
        model: as :func:`depth_of` takes it.

    Raises:
        InputDataError: the reference was made with another posture or exercise.
    """
    if not travels:
        return ()
    model = shipped_wrist_travel() if model is None else model
    elevation_deg = float(np.median([one.elevation_deg for one in travels]))
    posture = model.posture_of(elevation_deg)
    if reference is not None:
        posture = reference.posture if model.may_be(reference.posture, elevation_deg) else posture
        require_same(reference, posture, exercise)
    return tuple(_depth(one, posture, reference, model) for one in travels)


def _depth(
    travel: WristTravel, posture: Posture, reference: DepthReference | None, model: WristTravelModel
) -> DepthEstimate:
    usual = model.of(posture)
    turn_deg = travel.turn_elevation_deg
    drop = None if turn_deg is None else forearm_drop(travel.elevation_deg, turn_deg)
    if reference is None:
        of_others = model.usual_offset(posture, drop)
        bias_sd, spread_sd, offset = of_others.sd, usual.spread_sd_m, of_others.value
    else:
        more = 0.0 if drop is None or reference.forearm_drop is None else drop - reference.forearm_drop
        bias_sd = float(np.hypot(reference.offset_sd_m, usual.lever_sd_m * more))
        spread_sd, offset = reference.spread_sd_m, reference.offset_m + usual.lever_m * more
    return DepthEstimate(
        value_m=max(0.0, travel.range_m.value - offset),
        bias_sd_m=bias_sd,
        spread_sd_m=spread_sd,
        travel_sd_m=travel.range_m.sd,
        posture=posture,
        quantity="depth" if reference is None else reference.known,
        referenced=reference is not None,
    )
