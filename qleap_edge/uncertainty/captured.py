"""How much wider the intervals of synthetic persons must be for people whose motion was captured.

Networks of the recipe ``pretraining``, each trained without one of the captured persons, predict that person with virtual
watches. The error of a joint, divided by the 90 % radius that the same network has on synthetic persons, says by how much σ′
must grow. The numbers lie in ``calibration/captured/widening.toml``; ``benchmarks/fit_captured_widening.py`` writes it.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import Field

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource
from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, MARKER_JOINTS, PELVIS
from qleap_edge.core.toml_documents import Count, Fraction, TomlTable, read_toml
from qleap_edge.uncertainty.out_of_distribution import weighted_quantile

LEVEL = 0.9
"""Coverage that the widened regions are fitted to have."""
_SHOULDERS = ("left_shoulder", "right_shoulder")
Widening = Annotated[float, Field(ge=1.0, le=100.0)]


class CapturedPersons(Part):
    """What the calibration of synthetic persons is worth on people whose motion was captured, and what makes up for it."""

    persons: Annotated[int, Field(ge=1)]
    """People whose motion was captured; each was predicted by a network that had not learnt from that person."""
    recordings: Annotated[int, Field(ge=1)]
    """Recordings of virtual watches."""
    windows: Annotated[int, Field(ge=1)]
    """Windows of these recordings."""
    coverage_90_before: Fraction
    """Share of the joints inside the 90 % region of synthetic persons, mean over persons."""
    coverage_90: Fraction
    """The same inside the widened region, each person with factors fitted on the others."""
    coverage_90_low: Fraction
    """Lower end of the 95 % interval of ``coverage_90`` over persons."""
    coverage_90_high: Fraction
    """Upper end of the 95 % interval of ``coverage_90`` over persons."""
    widening: tuple[Widening, ...]
    """(17,): σ′ of a joint is multiplied by this for people who are not synthetic; never below 1."""


class WideningFile(TomlTable):
    """The whole file ``calibration/captured/widening.toml``."""

    schema_name: Literal["qleap.captured_widening"] = Field(alias="schema")
    schema_version: Literal[1]
    fitted: date
    """Day of the fit."""
    source: Annotated[str, Field(min_length=1)]
    """Which networks and which people."""
    persons: Count
    recordings: Count
    windows: Count
    coverage_90_before: Fraction
    coverage_90: Fraction
    coverage_90_low: Fraction
    coverage_90_high: Fraction
    widening: dict[str, Widening]
    """Factor of each joint, by name."""

    def part(self) -> CapturedPersons:
        """Return the numbers in the form of the profile."""
        found = self.model_dump(exclude={"schema_name", "schema_version", "fitted", "source", "widening"})
        return CapturedPersons(**found, widening=tuple(self.widening[name] for name in JOINT_NAMES))


def read_widening(path: Path) -> WideningFile:
    """Read a file of this kind.

    Raises:
        InputDataError: not TOML, a key is missing, unknown, of the wrong type or out of its range, or a joint is missing.
        SchemaMismatch: another schema or version.
    """
    found = read_toml(WideningFile, path, what="the widening file", error=InputDataError)
    if set(found.widening) != set(JOINT_NAMES):
        different = sorted(set(found.widening) ^ set(JOINT_NAMES))
        raise InputDataError(
            "the joints are not those of the skeleton",
            where=f"{path}, key 'widening'",
            expected="one factor for each of the 17 joints",
            got=f"missing or unknown: {', '.join(different)}",
            next_step="correct the widening file",
        )
    return found


def widening_path() -> Path:
    """Return the shipped file."""
    return resource("calibration/captured/widening.toml")


@cache
def shipped_widening() -> CapturedPersons:
    """Return the shipped numbers."""
    return read_widening(widening_path()).part()


@dataclass(frozen=True)
class CapturedScores:
    """Errors of captured persons in units of the 90 % region of synthetic persons: inside it where at most 1."""

    ratio: Float[np.ndarray, "n 200 12"]
    """Of :data:`~qleap_edge.core.skeleton.MARKER_JOINTS`."""
    person: Int[np.ndarray, " n"]

    def where(self, keep: Bool[np.ndarray, " n"]) -> "CapturedScores":
        """Return some of the windows."""
        return CapturedScores(self.ratio[keep], self.person[keep])

    def without(self, person: int) -> "CapturedScores":
        """Return the other persons."""
        return self.where(self.person != person)


def fit_widening(scores: CapturedScores) -> Float[np.ndarray, " 17"]:
    """Return the factor of each joint with which 90 % of the frames lie inside, each person weighted equally; at least 1.

    Seven persons are too few for a conformal guarantee at 90 %, so this is the plain quantile. Joints without a common
    definition get the larger factor of the shoulders. That of the hips would say nothing about them: relative to the pelvis a
    synthetic hip is known to millimetres, and the hip centres of markers lie centimetres away.
    """
    person = np.repeat(scores.person, scores.ratio.shape[1])
    by_name = {
        name: max(1.0, weighted_quantile(scores.ratio[:, :, column].ravel(), person, LEVEL))
        for column, name in enumerate(MARKER_JOINTS)
    }
    others = max(by_name[name] for name in _SHOULDERS)
    found = np.array([by_name.get(name, others) for name in JOINT_NAMES])
    found[PELVIS] = 1.0
    return found


def covered(scores: CapturedScores, widening: Float[np.ndarray, " 17"]) -> dict[int, float]:
    """Return each person's share of joints inside the widened region."""
    factors = np.array([widening[JOINT_INDEX[name]] for name in MARKER_JOINTS])
    inside = (scores.ratio <= factors).mean(axis=(1, 2))
    return {int(one): float(inside[scores.person == one].mean()) for one in np.unique(scores.person)}


def covered_left_out(scores: CapturedScores) -> dict[int, float]:
    """Return the same, each person with the factors of the others."""
    found: dict[int, float] = {}
    for one in np.unique(scores.person).tolist():
        found |= covered(scores.where(scores.person == one), fit_widening(scores.without(one)))
    return found
