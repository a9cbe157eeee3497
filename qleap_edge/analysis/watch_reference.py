"""A reference set: one set of a wearer whose depths are known, which tells how much more this person's wrist falls."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qleap_edge.analysis.wrist_travel import (
    Posture,
    PostureTravel,
    WristTravel,
    WristTravelModel,
    forearm_drop,
    shipped_wrist_travel,
)
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import Document, read_document

Known = Literal["depth", "range of motion"]
"""What was known of the reference set: how far the pelvis came down, or how far something else moved, such as a bar."""

_DEPTH_M = (0.02, 1.5)  # what a known value must lie between
_PRIOR_REPETITIONS = 3.0  # as many as the spread of other persons counts for beside the reference's own


class WatchReference(Document):
    """``qleap.watch_reference``: one set with known depths, of one wearer in one posture."""

    schema_name: Literal["qleap.watch_reference"] = "qleap.watch_reference"
    schema_version: Literal[1] = 1
    wearer: Annotated[str, Field(min_length=1)]
    """Label of the person, as whoever made the reference chose it."""
    exercise: Annotated[str, Field(min_length=1)]
    """Exercise of the set, e.g. ``"squat"``."""
    posture: Posture
    """How the forearm is held at the start of a repetition."""
    known: Known
    """What was known of each repetition; it is what :func:`depth_of` then returns."""
    offset_m: Annotated[float, Field(ge=-2.0, le=2.0)]
    """Mean of how much farther the wrist moved than what was known."""
    spread_sd_m: Annotated[float, Field(gt=0.0, le=1.0)]
    """Of single repetitions about that mean; the spread of other persons enters as three repetitions."""
    forearm_drop: Annotated[float, Field(ge=-2.0, le=2.0)] | None
    """Mean over the repetitions of how far the hand sank against the elbow, in forearm lengths; null: not known."""
    repetitions: Annotated[int, Field(ge=1)]
    """How many repetitions the reference set had."""
    recording_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Of the recording that holds the reference set."""

    @property
    def offset_sd_m(self) -> float:
        """Return the standard error of the offset."""
        return float(self.spread_sd_m / np.sqrt(self.repetitions))


def make_reference(
    travels: Sequence[WristTravel],
    known_m: Sequence[float],
    *,
    wearer: str,
    exercise: str,
    recording_sha256: str,
    known: Known = "depth",
    model: WristTravelModel | None = None,
) -> WatchReference:
    """Return the reference that a set with known depths gives.

    Args:
        travels: one for each repetition, in the order of time; the posture is judged by their median elevation.
        known_m: depth of the pelvis in each repetition (m), or how far something else moved.
        wearer: label of the person.
        exercise: of the set.
        recording_sha256: of the recording.
        known: what ``known_m`` holds.
        model: of wrist travel; ``None``: the shipped one.

    Raises:
        InputDataError: there are no repetitions, another number of known values, or a value that no person reaches.
    """
    _check(travels, known_m)
    model = shipped_wrist_travel() if model is None else model
    posture = model.posture_of(float(np.median([one.elevation_deg for one in travels])))
    offsets = np.array([one.range_m.value - depth for one, depth in zip(travels, known_m, strict=True)])
    drops = [
        forearm_drop(one.elevation_deg, one.turn_elevation_deg) for one in travels if one.turn_elevation_deg is not None
    ]
    mean_drop = float(np.mean(drops)) if len(drops) == len(travels) else None
    left = offsets - offsets.mean()
    if mean_drop is not None:
        left = left - model.of(posture).lever_m * (np.array(drops) - mean_drop)
    return WatchReference(
        wearer=wearer,
        exercise=exercise,
        posture=posture,
        known=known,
        offset_m=float(offsets.mean()),
        spread_sd_m=_spread(left, model.of(posture)),
        forearm_drop=mean_drop,
        repetitions=len(travels),
        recording_sha256=recording_sha256,
    )


def read_reference(path: Path) -> WatchReference:
    """Read a reference.

    Raises:
        InputDataError: the file cannot be read, or a key is missing, unknown, of the wrong type or out of its range.
        SchemaMismatch: another schema or version.
    """
    return read_document(WatchReference, path)


def require_same(reference: WatchReference, posture: Posture, exercise: str | None) -> None:
    """Raise unless a reference was made with this posture and, where it is known, with this exercise.

    Raises:
        InputDataError: another posture or exercise.
    """
    for what, wanted, got in (("posture", reference.posture, posture), ("exercise", reference.exercise, exercise)):
        if got is not None and got != wanted:
            raise InputDataError(
                f"the reference was made with another {what}",
                where=f"reference of {reference.wearer!r}, key {what!r}",
                expected=wanted,
                got=got,
                next_step=f"make a reference from a set of this wearer with this {what}, or leave the reference out",
            )


def _check(travels: Sequence[WristTravel], known_m: Sequence[float]) -> None:
    if not travels:
        raise InputDataError("a reference needs a set with repetitions", expected="at least one repetition", got="none")
    if len(travels) != len(known_m):
        raise InputDataError(
            "the known values do not fit the repetitions",
            expected=f"{len(travels)} values, one for each repetition that was found",
            got=f"{len(known_m)} values",
            next_step="give one value for each repetition, or cut the recording to the reference set",
        )
    for number, value in enumerate(known_m, start=1):
        if not _DEPTH_M[0] <= value <= _DEPTH_M[1]:  # NaN is refused too
            raise InputDataError(
                "a known value is out of range",
                where=f"repetition {number}",
                expected=f"{_DEPTH_M[0]:g} to {_DEPTH_M[1]:g} m",
                got=f"{value:g}",
                next_step="give the values in metres",
            )


def _spread(left: np.ndarray, posture: PostureTravel) -> float:
    squares = _PRIOR_REPETITIONS * posture.spread_sd_m**2 + float((left**2).sum())
    return float(np.sqrt(squares / (_PRIOR_REPETITIONS + len(left) - 1)))
