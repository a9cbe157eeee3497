"""The recipe's table ``[synthesis]``: what the simulated dataset consists of and how its persons are split."""

from typing import Literal

from pydantic import Field, model_validator

from qleap_edge.core.exercises import Content
from qleap_edge.core.toml_documents import Count, Fraction, Positive, TomlTable

SHORTEST_SEQUENCE_S = 4.0  # one window of the model


class SplitTable(TomlTable):
    """Share of the persons, not of the sequences, in each part; the four shares sum to 1."""

    train: Fraction
    """Share of the persons whose sequences train the network."""
    validation: Fraction
    """Share of the persons whose sequences choose the epoch and fit the concept erasures."""
    calibration: Fraction
    """Share of the persons for the uncertainty profile: one half fits the scales of sigma, the other the conformal radii."""
    test: Fraction
    """Share of the persons on whom every reported figure is measured."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> "SplitTable":
        total = self.train + self.validation + self.calibration + self.test
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the four shares must sum to 1, not {total:g}")
        return self


class RandomizationTable(TomlTable):
    """How widely bodies, motions and devices vary; the distributions themselves are in ``physics/randomize.py``."""

    preset: Literal["release", "stress"] = "release"
    """Set of distributions that the overrides change: ``release`` is what people do, ``stress`` is wider."""
    overrides: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Law → its numbers that change, e.g. ``toe_out_deg = { high = 35.0 }`` or ``stature_m.female = { mean = 1.6 }``."""


class SynthesisTable(TomlTable):
    """The dataset that ``qleap synthesize`` makes."""

    subjects: Count
    """Number of simulated persons."""
    sequences_per_subject: Count
    """Number of sequences that each person contributes."""
    mix: dict[Content, Positive]
    """Exercise, ``warm_up`` (moves of no exercise) or ``transition`` (from one exercise to others) → its relative weight."""
    forward_share: Fraction = 0.0
    """Share of all sequences that is simulated forward under its own forces; the others prescribe the motion."""
    captured_share: Fraction = 0.0
    """Share of all sequences that play captured motion on the body of a simulated person, of the part ``train`` only."""
    motion: tuple[str, ...] = ("shipped",)
    """Folders of captured motion, read if ``captured_share`` is positive; ``shipped`` comes with the package."""
    motion_persons_left_out: tuple[str, ...] = ()
    """Names of captured persons whose motion is not used, so that a network can be tested on them."""
    randomization: RandomizationTable = RandomizationTable()
    """How widely bodies, motions and devices vary."""
    duration_s: tuple[Positive, Positive]
    """Shortest and longest sequence, in seconds; the shortest is at least one window of the model (4 s)."""
    sensor: str = "apple_watch"
    """Name of the sensor file in ``calibration/sensors``, without its ending."""
    sequences_per_shard: Count = 100
    """Number of sequences in one HDF5 file."""
    split: SplitTable
    """Share of the persons in each part of the dataset."""

    @model_validator(mode="after")
    def _durations(self) -> "SynthesisTable":
        low, high = self.duration_s
        if not SHORTEST_SEQUENCE_S <= low <= high:
            raise ValueError(
                f"duration_s must be [shortest >= {SHORTEST_SEQUENCE_S}, longest], not [{low:g}, {high:g}]"
            )
        return self
