"""The sensor file ``calibration/sensors/<name>.toml``: the error model of a device, each quantity with unit and source."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource
from qleap_edge.core.toml_documents import read_toml

Distribution = Literal["constant", "uniform", "magnitude", "normal", "log_uniform", "poisson", "weights"]


class Quantity(Part):
    """One property of the sensor: one table of the TOML file."""

    value: (
        Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
        | tuple[Annotated[float, Field(ge=0.0, allow_inf_nan=False)], ...]
    )
    unit: str
    distribution: Distribution
    limit: float | None = None
    source: str = Field(min_length=1)

    @property
    def number(self) -> float:
        """The value of a quantity that is one number."""
        if isinstance(self.value, tuple):
            raise InputDataError("this sensor quantity must be one number", got=f"{self.value}")
        return self.value

    @property
    def numbers(self) -> tuple[float, ...]:
        """The value of a quantity that is a list."""
        if not isinstance(self.value, tuple):
            raise InputDataError("this sensor quantity must be a list", got=f"{self.value}")
        return self.value

    def draw(self, rng: np.random.Generator, count: int) -> Float[np.ndarray, " count"]:
        """Draw ``count`` samples of the quantity, in its unit."""
        if self.distribution == "log_uniform":
            low, high = np.log(self.numbers)
            return np.exp(rng.uniform(low, high, count))
        value = self.number
        if self.distribution == "uniform":
            return rng.uniform(-value, value, count)
        if self.distribution == "magnitude":
            return np.asarray(rng.uniform(0.0, value, count) * rng.choice([-1.0, 1.0], count))
        if self.distribution == "normal":
            limit = np.inf if self.limit is None else self.limit
            return np.clip(value * rng.standard_normal(count), -limit, limit)
        return np.full(count, value)


class SensorParameters(Part):
    """A whole sensor file; ``UNITS`` fixes the unit of every quantity."""

    schema_name: Literal["qleap.sensor"] = Field(alias="schema")
    schema_version: Literal[2]
    name: str
    sample_rate: Quantity
    rate_error: Quantity
    stamp_jitter: Quantity
    specific_force_noise_density: Quantity
    angular_velocity_noise_density: Quantity
    specific_force_bias: Quantity
    angular_velocity_bias: Quantity
    specific_force_scale_error: Quantity
    angular_velocity_scale_error: Quantity
    specific_force_step: Quantity
    specific_force_range: Quantity
    angular_velocity_range: Quantity
    angular_velocity_skew: Quantity
    batch_length: Quantity
    hole_rate: Quantity
    hole_length: Quantity
    strap_rotation: Quantity
    strap_creep: Quantity
    strap_stiffness: Quantity
    strap_rotational_stiffness: Quantity
    strap_damping_ratio: Quantity
    watch_mass: Quantity
    watch_moment_of_inertia: Quantity


UNITS = {
    "sample_rate": "Hz",
    "rate_error": "1",
    "stamp_jitter": "s",
    "specific_force_noise_density": "m/s^2/sqrt(Hz)",
    "angular_velocity_noise_density": "rad/s/sqrt(Hz)",
    "specific_force_bias": "m/s^2",
    "angular_velocity_bias": "rad/s",
    "specific_force_scale_error": "1",
    "angular_velocity_scale_error": "1",
    "specific_force_step": "m/s^2",
    "specific_force_range": "m/s^2",
    "angular_velocity_range": "rad/s",
    "angular_velocity_skew": "s",
    "batch_length": "s",
    "hole_rate": "1/s",
    "hole_length": "sample",
    "strap_rotation": "rad",
    "strap_creep": "rad",
    "strap_stiffness": "N/m",
    "strap_rotational_stiffness": "N m/rad",
    "strap_damping_ratio": "1",
    "watch_mass": "kg",
    "watch_moment_of_inertia": "kg m^2",
}

_SIGNED: tuple[Distribution, ...] = ("constant", "uniform", "magnitude", "normal")
_SIZE: tuple[Distribution, ...] = ("constant", "log_uniform")
_FIXED: tuple[Distribution, ...] = ("constant",)
_ALLOWED: dict[str, tuple[Distribution, ...]] = {  # of the quantities that cannot have either sign
    "sample_rate": _FIXED,
    "specific_force_noise_density": _SIZE,
    "angular_velocity_noise_density": _SIZE,
    "specific_force_step": _FIXED,
    "specific_force_range": _FIXED,
    "angular_velocity_range": _FIXED,
    "batch_length": _FIXED,
    "hole_rate": ("poisson",),
    "hole_length": ("weights",),
    "strap_stiffness": _SIZE,
    "strap_rotational_stiffness": _SIZE,
    "strap_damping_ratio": _SIZE,
    "watch_mass": _FIXED,
    "watch_moment_of_inertia": _FIXED,
}


def sensor_path(name: str) -> Path:
    """Return the file of a shipped sensor.

    Raises:
        InputDataError: there is none of this name.
    """
    folder = resource("calibration/sensors")
    path = folder / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(item.stem for item in folder.glob("*.toml")))
        raise InputDataError(
            "no such sensor", where="recipe, key 'synthesis.sensor'", expected=f"one of {known}", got=name
        )
    return path


def load_sensor(path: Path) -> SensorParameters:
    """Read a sensor file.

    Raises:
        InputDataError: not TOML, or a key is missing, unknown, of the wrong type, distribution or unit, or out of its range.
        SchemaMismatch: another schema or version.
    """
    sensor = read_toml(SensorParameters, path, what="the sensor file", error=InputDataError)
    for name, unit in UNITS.items():
        _check(path, name, unit, getattr(sensor, name))
    return sensor


def _check(path: Path, name: str, unit: str, quantity: Quantity) -> None:
    """Raise unless a quantity has the unit, distribution and kind of value that the simulation assumes."""
    if quantity.unit != unit:
        raise InputDataError("wrong unit", where=f"{path}, key '{name}.unit'", expected=unit, got=quantity.unit)
    distributions = _ALLOWED.get(name, _SIGNED)
    if quantity.distribution not in distributions:
        raise InputDataError(
            "this quantity cannot have such a distribution",
            where=f"{path}, key '{name}.distribution'",
            expected=f"one of {', '.join(distributions)}",
            got=quantity.distribution,
        )
    value = quantity.value
    if quantity.distribution == "weights":
        expected, fits = "a list of weights, not all of them zero", isinstance(value, tuple) and sum(value) > 0.0
    elif quantity.distribution == "log_uniform":
        expected = "a list of a low number above zero and a high one"
        fits = isinstance(value, tuple) and len(value) == 2 and 0.0 < value[0] <= value[1]
    elif distributions == _FIXED:
        expected, fits = "one number above zero", isinstance(value, float) and value > 0.0
    else:
        expected, fits = "one number", isinstance(value, float)
    if not fits:
        raise InputDataError(
            "wrong kind of value", where=f"{path}, key '{name}.value'", expected=expected, got=str(value)
        )
