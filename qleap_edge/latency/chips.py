"""``calibration/chips/neural_engines.toml``: computing speed and memory bandwidth of classes of chips, with sources."""

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
    """Relative error of the roofline model, as its author reports it."""

    reference: Annotated[float, Field(gt=0.0, lt=1.0)]
    """On the convolutions that it was fitted to."""
    median: Annotated[float, Field(gt=0.0, lt=1.0)]
    """Median over a broad sweep of programs."""
    source: str
    """Where the errors are published."""


class _ChipClass(_Table):
    name: str
    """Name of the class, as ``--device`` takes it."""
    covers: str
    """Chips and devices of the class, in words."""
    identifiers: tuple[str, ...]
    """Patterns of device model identifiers."""
    source: str
    """Where the numbers are published."""


class Chip(_ChipClass):
    """A class of chips with constants of its own: [best, middle, worst]."""

    basis: Literal["fitted", "scaled"]
    """``fitted``: the constants were fitted to this chip; ``scaled``: they were scaled from another one."""
    tflops: tuple[Positive, Positive, Positive]
    """Arithmetic speed, 10^12 operations a second."""
    gigabytes_per_s: tuple[Positive, Positive, Positive]
    """Memory bandwidth, 10^9 bytes a second."""
    overhead_ms: Positive
    """Fixed time of one prediction."""
    on_chip_megabytes: Positive
    """Activations up to this size stay on the chip, 10^6 bytes."""
    streams: frozenset[Literal["affine", "blockwise", "palette", "sparse"]]
    """Ways to store weights that the chip reads without expanding them in memory."""

    @model_validator(mode="after")
    def _best_first(self) -> "Chip":
        for name in ("tflops", "gigabytes_per_s"):
            if list(getattr(self, name)) != sorted(getattr(self, name), reverse=True):
                raise ValueError(f"{name} of {self.name} must be [best, middle, worst], each not above the one before")
        return self


class UnknownChip(_ChipClass):
    """A class without published figures: its estimate is a multiple of that of another class."""

    of: str
    """Name of the class whose estimate is multiplied."""
    factors: tuple[Positive, Positive, Positive]
    """Factors of the low, the middle and the high estimate."""


class PublishedLatency(_Table):
    """A published measurement on a device, with which a class is checked."""

    model: str
    """The network that was measured."""
    chip: str
    """Name of the class of chips."""
    device: str
    """The device that it was measured on."""
    mflop: Positive
    """10^6 operations of one prediction."""
    weight_megabytes: Positive
    """Size of the weights, 10^6 bytes."""
    measured_ms: Positive
    """Time of one prediction."""
    source: str
    """Where the measurement is published."""


class Chips(_Table):
    """The whole file."""

    schema_name: Literal["qleap.neural_engines"] = Field(alias="schema")
    schema_version: Literal[1]
    error: ModelError
    """How accurate the estimates are."""
    chip: tuple[Chip, ...]
    """The classes with constants of their own."""
    unknown: tuple[UnknownChip, ...]
    """The classes without published figures."""
    published: tuple[PublishedLatency, ...]
    """Measurements to check the classes against."""

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
        """Return the class of a device by its model identifier, ``None`` if no class contains it."""
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
                next_step="correct --device",
            )


def load_chips(path: Path | None = None) -> Chips:
    """Read the shipped classes, or another file.

    Raises:
        InputDataError: missing, not TOML, or a key is wrong.
    """
    path = path or resource(CHIPS_FILE)
    return read_toml(Chips, path, what="the classes of chips", error=InputDataError)
