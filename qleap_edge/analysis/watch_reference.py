"""A reference: sets of a wearer whose depths are known, which tell how much more this person's wrist falls than the pelvis.

The offset of the wearer has a normal prior, what the sets of other persons tell (``calibration/depth/wrist_travel.toml``), and
each set with known depths is a normal observation of it. The posterior is their mean, weighted by the inverse variances. The
error of a set is that of the mean of its repetitions and a part that all of them share, :data:`BETWEEN_SETS_SD_M`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qleap_edge.analysis.wrist_travel import (
    Posture,
    WristTravel,
    WristTravelModel,
    forearm_drop,
    shipped_wrist_travel,
)
from qleap_edge.core.errors import InputDataError, SchemaMismatch, UsageError
from qleap_edge.core.output_paths import json_document
from qleap_edge.core.records import Document, Part, read_document

Known = Literal["depth", "range of motion"]
"""What was known of the reference set: how far the pelvis came down, or how far something else moved, such as a bar."""

BETWEEN_SETS_SD_M = 0.02
"""Standard deviation (m) of what the repetitions of one set have in common and the next set of the same wearer has not.

Of 0, 1 and 2 cm it covered seven captured persons best (docs/recordings.md); other days were not tested.
"""
_DEPTH_M = (0.02, 1.5)  # what a known value must lie between
_PRIOR_REPETITIONS = 3.0  # as many as the spread of other persons counts for beside the reference's own

_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Drop = Annotated[float, Field(ge=-2.0, le=2.0)] | None


class ReferenceSet(Part):
    """One set with known depths."""

    offset_m: Annotated[float, Field(ge=-2.0, le=2.0)]
    """Mean of how much farther the wrist moved than what was known."""
    squares_m2: Annotated[float, Field(ge=0.0, le=100.0)]
    """Sum of the squared deviations of the repetitions from that mean, less what the turn of the forearm explains."""
    forearm_drop: _Drop
    """Mean over the repetitions of how far the hand sank against the elbow, in forearm lengths; null: not known."""
    repetitions: Annotated[int, Field(ge=1)]
    """How many repetitions the set had."""
    recording_sha256: _Sha256
    """Of the recording that holds the set."""
    span_s: tuple[float, float] | None
    """Start and end of the set since the first row of the recording; null: the whole recording."""

    def overlaps(self, other: "ReferenceSet") -> bool:
        """Return whether two sets hold the same repetitions of one recording, at least in part."""
        if self.recording_sha256 != other.recording_sha256:
            return False
        if self.span_s is None or other.span_s is None:
            return True
        return self.span_s[0] < other.span_s[1] and other.span_s[0] < self.span_s[1]


class WatchReference(Document):
    """``qleap.watch_reference``: sets with known depths, of one wearer in one posture, and what they say together."""

    schema_name: Literal["qleap.watch_reference"] = "qleap.watch_reference"
    schema_version: Literal[2] = 2
    wearer: Annotated[str, Field(min_length=1)]
    """Label of the person, as whoever made the reference chose it."""
    exercise: Annotated[str, Field(min_length=1)]
    """Exercise of the sets, e.g. ``"squat"``."""
    posture: Posture
    """How the forearm is held at the start of a repetition."""
    known: Known
    """What was known of each repetition; it is what :func:`depth_of` then returns."""
    offset_m: Annotated[float, Field(ge=-2.0, le=2.0)]
    """How much farther the wrist moves than what was known: mean of the posterior."""
    offset_sd_m: Annotated[float, Field(gt=0.0, le=1.0)]
    """Standard deviation of the posterior."""
    spread_sd_m: Annotated[float, Field(gt=0.0, le=1.0)]
    """Of single repetitions about the offset of their set; the spread of other persons enters as three repetitions."""
    forearm_drop: _Drop
    """Mean over the repetitions of all sets of how far the hand sank against the elbow; null: not known."""
    sets: Annotated[tuple[ReferenceSet, ...], Field(min_length=1)]
    """In the order in which they were added."""

    @property
    def repetitions(self) -> int:
        """Return how many repetitions the sets had together."""
        return sum(one.repetitions for one in self.sets)


def make_reference(
    travels: Sequence[WristTravel],
    known_m: Sequence[float],
    *,
    wearer: str,
    exercise: str,
    recording_sha256: str,
    known: Known = "depth",
    span_s: tuple[float, float] | None = None,
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
        span_s: start and end of the set in the recording.
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
    only = ReferenceSet(
        offset_m=float(offsets.mean()),
        squares_m2=float((left**2).sum()),
        forearm_drop=mean_drop,
        repetitions=len(travels),
        recording_sha256=recording_sha256,
        span_s=span_s,
    )
    return _posterior((only,), wearer, exercise, posture, known, model)


def add_set(earlier: WatchReference, more: WatchReference, model: WristTravelModel | None = None) -> WatchReference:
    """Return the reference of the sets of both.

    Args:
        earlier: of the wearer.
        more: of other sets of the same wearer.
        model: of wrist travel; ``None``: the shipped one.

    Raises:
        InputDataError: another wearer, exercise, posture or quantity, or a recording that both hold.
    """
    for what, words in (("wearer", "wearer"), ("exercise", "exercise"), ("posture", "posture"), ("known", "quantity")):
        if getattr(earlier, what) != getattr(more, what):
            raise InputDataError(
                f"the set was made with another {words}",
                where=f"earlier reference of {earlier.wearer!r}, key {what!r}",
                expected=getattr(earlier, what),
                got=getattr(more, what),
                next_step="add it to a reference that fits, or make one of its own",
            )
    twice = [one.recording_sha256 for one in earlier.sets if any(one.overlaps(new) for new in more.sets)]
    if twice:
        raise InputDataError(
            "this set is in the earlier reference already",
            where=f"earlier reference of {earlier.wearer!r}, key 'sets'",
            expected="a set that it does not hold",
            got=f"repetitions of the recording {twice[0][:12]}… that it holds",
            next_step="give another recording or another part of it: the same repetitions say nothing new",
        )
    model = shipped_wrist_travel() if model is None else model
    sets = (*earlier.sets, *more.sets)
    return _posterior(sets, earlier.wearer, earlier.exercise, earlier.posture, earlier.known, model)


def require_nothing_lost(out: Path, new: WatchReference) -> None:
    """Refuse to replace a reference by one that lacks a set which it holds: somebody measured that set.

    Args:
        out: where the new one will be written; nothing there, or what is no reference, is judged elsewhere.
        new: what will be written.

    Raises:
        UsageError: a set would be lost, or may be: the reference there is damaged or of another version.
    """
    try:
        there = read_reference(out)
    except (InputDataError, SchemaMismatch) as problem:
        if not json_document(WatchReference, "a reference").recognises(out):
            return
        raise UsageError(
            "measured sets may be lost", where=out, expected="no reference here, or one that can be read", got=problem.what,
            next_step="choose another name, or move that file away",
        ) from problem  # fmt: skip
    kept = {(one.recording_sha256, one.span_s) for one in new.sets}
    lost = sum((one.recording_sha256, one.span_s) not in kept for one in there.sets)
    if lost or there.wearer != new.wearer:
        raise UsageError(
            "measured sets would be lost",
            where=out,
            expected=f"no reference here, or one of {new.wearer!r} whose sets the new one holds",
            got=f"the reference of {there.wearer!r}: {lost} of its {len(there.sets)} sets are not in the new one",
            next_step=f"add to it with --add {out}, or choose another name",
        )


def _posterior(
    sets: tuple[ReferenceSet, ...], wearer: str, exercise: str, posture: Posture, known: Known, model: WristTravelModel
) -> WatchReference:
    """Return what sets say together; only the depth of the pelvis has a prior, other lengths were not measured on others."""
    usual, counts = model.of(posture), np.array([one.repetitions for one in sets])
    squares = _PRIOR_REPETITIONS * usual.spread_sd_m**2 + sum(one.squares_m2 for one in sets)
    spread_sd = float(np.sqrt(squares / (_PRIOR_REPETITIONS + (counts - 1).sum())))
    drops = [one.forearm_drop for one in sets if one.forearm_drop is not None]
    drop = float(np.average(drops, weights=counts)) if len(drops) == len(sets) else None
    offsets = [
        one.offset_m
        if drop is None or one.forearm_drop is None
        else one.offset_m + usual.lever_m * (drop - one.forearm_drop)
        for one in sets
    ]
    variances = list(BETWEEN_SETS_SD_M**2 + spread_sd**2 / counts)
    if known == "depth":
        prior = model.usual_offset(posture, drop)
        offsets, variances = [*offsets, prior.value], [*variances, prior.sd**2]
    weights = 1.0 / np.array(variances)
    return WatchReference(
        wearer=wearer,
        exercise=exercise,
        posture=posture,
        known=known,
        offset_m=float(np.average(offsets, weights=weights)),
        offset_sd_m=float(1.0 / np.sqrt(weights.sum())),
        spread_sd_m=spread_sd,
        forearm_drop=drop,
        sets=sets,
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
