"""``calibration/chips/neural_engines.toml``: how fast classes of chips compute and read, and who says so."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource
from qleap_edge.core.toml_documents import read_toml

CHIPS_FILE = "calibration/chips/neural_engines.toml"
Positive = Annotated[float, Field(gt=0.0)]
Basis = Literal["fitted", "scaled", "unknown"]


class _Table(Part):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelError(_Table):
    """How far the roofline is off, by its author's own account; relative."""

    reference: Annotated[float, Field(gt=0.0, lt=1.0)]
    median: Annotated[float, Field(gt=0.0, lt=1.0)]
    source: str


class _ChipClass(_Table):
    name: str
    covers: str
    identifiers: tuple[str, ...]
    """Patterns of device model identifiers."""
    source: str


class Chip(_ChipClass):
    """A class of chips with constants of its own: [best, middle, worst]."""

    basis: Literal["fitted", "scaled"]
    tflops: tuple[Positive, Positive, Positive]
    gigabytes_per_s: tuple[Positive, Positive, Positive]
    overhead_ms: Positive
    on_chip_megabytes: Positive
    streams: frozenset[Literal["affine", "blockwise", "palette", "sparse"]]

    @model_validator(mode="after")
    def _best_first(self) -> "Chip":
        for name in ("tflops", "gigabytes_per_s"):
            if list(getattr(self, name)) != sorted(getattr(self, name), reverse=True):
                raise ValueError(f"{name} of {self.name} must be [best, middle, worst], each not above the one before")
        return self


class UnknownChip(_ChipClass):
    """A class of which nothing is published: multiples of another class's estimate."""

    of: str
    factors: tuple[Positive, Positive, Positive]


class PublishedLatency(_Table):
    """A figure that somebody measured on a device, to check a class against."""

    model: str
    chip: str
    device: str
    mflop: Positive
    weight_megabytes: Positive
    measured_ms: Positive
    source: str


class Chips(_Table):
    """The whole file."""

    schema_name: Literal["qleap.neural_engines"] = Field(alias="schema")
    schema_version: Literal[1]
    error: ModelError
    chip: tuple[Chip, ...]
    unknown: tuple[UnknownChip, ...]
    published: tuple[PublishedLatency, ...]

    @model_validator(mode="after")
    def _names_exist(self) -> "Chips":
        known = {item.name for item in self.chip}
        wanted = {item.of for item in self.unknown} | {item.chip for item in self.published}
        if not wanted <= known:
            raise ValueError(f"no class {sorted(wanted - known)}")
        return self

    def named(self, name: str) -> Chip:
        """Return a class that has constants."""
        return next(item for item in self.chip if item.name == name)

    def classes(self) -> tuple[_ChipClass, ...]:
        """Return every class, the unknown ones last."""
        return (*self.chip, *self.unknown)

    def class_names(self) -> tuple[str, ...]:
        """Return the name of every class."""
        return tuple(item.name for item in self.classes())

    def class_of(self, device_model: str) -> str | None:
        """Return the class of a device by its model identifier, ``None`` if no class covers it."""
        for item in self.classes():
            if any(fnmatchcase(device_model, pattern) for pattern in item.identifiers):
                return item.name
        return None

    def check_class(self, name: str | None) -> None:
        """Refuse a class that does not exist.

        Raises:
            UsageError: there is no such class.
        """
        if name is not None and name not in self.class_names():
            raise UsageError(
                "no such class of devices",
                expected=f"one of {', '.join(self.class_names())}",
                got=repr(name),
                next_step="mend --device",
            )


def load_chips(path: Path | None = None) -> Chips:
    """Read the shipped classes, or another file.

    Raises:
        InputDataError: missing, not TOML, or a key is wrong.
    """
    path = path or resource(CHIPS_FILE)
    return read_toml(Chips, path, what="the classes of chips", error=InputDataError)
