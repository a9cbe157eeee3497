"""The watch: from the exact motion of a wrist to the stream a real device would have recorded, and back through our reader.

Every number comes from ``calibration/sensors/<name>.toml``. The device has its own clock: sequences are simulated *at* its
samples, so no interpolation stands between physics and the recorded stream.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Bool, Float, Float32
from pydantic import Field, ValidationError
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.resample import resample_uniform
from qleap_edge.alignment.wear import Side, Wear, from_frame_c, to_frame_c
from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.frames import MODEL_RATE_HZ, mirror_imu
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource

Distribution = Literal["constant", "uniform", "magnitude", "normal", "poisson", "weights"]


class Quantity(Part):
    """One property of the sensor, as its table in the TOML file says it."""

    value: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] | tuple[Annotated[float, Field(ge=0.0)], ...]
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

    def draw(self, rng: np.random.Generator, count: int) -> Float[np.ndarray, " count"]:
        """Draw ``count`` samples of the quantity."""
        value = self.number
        if self.distribution == "uniform":
            return rng.uniform(-value, value, count)
        if self.distribution == "magnitude":
            return np.asarray(rng.uniform(0.0, value, count) * rng.choice([-1.0, 1.0], count))
        if self.distribution == "normal":
            limit = np.inf if self.limit is None else self.limit
            return np.clip(value * rng.standard_normal(count), -limit, limit)
        return np.full(count, value)


class SensorModel(Part):
    """A whole sensor file; ``UNITS`` fixes the unit of every quantity."""

    schema_name: Literal["qleap.sensor"] = Field(alias="schema")
    schema_version: Literal[1]
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
    strap_rotation: Quantity
    hole_rate: Quantity
    hole_length: Quantity


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
    "strap_rotation": "rad",
    "hole_rate": "1/s",
    "hole_length": "sample",
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


def load_sensor(path: Path) -> SensorModel:
    """Read a sensor file.

    Raises:
        InputDataError: not TOML, or a key is missing, unknown, of the wrong type or in the wrong unit.
        SchemaMismatch: another schema or version.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InputDataError(
            "cannot read the sensor file", where=path, got=str(problem), next_step="restore it"
        ) from problem
    if (raw.get("schema"), raw.get("schema_version")) != ("qleap.sensor", 1):
        raise SchemaMismatch(
            "wrong schema or version",
            where=path,
            expected="qleap.sensor 1",
            got=f"{raw.get('schema')} {raw.get('schema_version')}",
        )
    try:
        sensor = SensorModel.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputDataError(first["msg"], where=f"{path}, key {key!r}", got=repr(first.get("input"))[:80]) from problem
    for name, unit in UNITS.items():
        quantity: Quantity = getattr(sensor, name)
        if isinstance(quantity.value, tuple) != (name == "hole_length") or quantity.value == ():
            kind = "a list of weights" if name == "hole_length" else "one number"
            raise InputDataError(
                "wrong kind of value", where=f"{path}, key '{name}.value'", expected=kind, got=str(quantity.value)
            )
        if quantity.unit != unit:
            raise InputDataError(
                "wrong unit", where=f"{path}, key '{name}.unit'", expected=unit, got=getattr(sensor, name).unit
            )
    return sensor


@dataclass(frozen=True)
class Device:
    """One watch on one wrist: its clock, its errors and how it is worn, drawn once a sequence."""

    wear: Wear
    rate_hz: float
    strap: Float[np.ndarray, "3 3"]
    """Ideal frame C to the frame the tilted watch really has."""
    scale: Float[np.ndarray, "6"]
    bias: Float[np.ndarray, "6"]

    @property
    def step_s(self) -> float:
        """Interval between samples."""
        return 1.0 / self.rate_hz


def draw_device(sensor: SensorModel, wear: Wear, rng: np.random.Generator) -> Device:
    """Draw one device."""
    return Device(
        wear=wear,
        rate_hz=float(sensor.sample_rate.number * (1.0 + sensor.rate_error.draw(rng, 1)[0])),
        strap=Rotation.from_rotvec(sensor.strap_rotation.draw(rng, 3)).as_matrix(),
        scale=1.0
        + np.concatenate(
            [sensor.specific_force_scale_error.draw(rng, 3), sensor.angular_velocity_scale_error.draw(rng, 3)]
        ),
        bias=np.concatenate([sensor.specific_force_bias.draw(rng, 3), sensor.angular_velocity_bias.draw(rng, 3)]),
    )


@dataclass(frozen=True)
class Recording:
    """What the device wrote, in device axes: stamps (s), specific force (m/s²), angular velocity (rad/s)."""

    time_s: Float[np.ndarray, " samples"]
    specific_force: Float[np.ndarray, "samples 3"]
    angular_velocity: Float[np.ndarray, "samples 3"]


def record(
    ideal: Float[np.ndarray, "time 6"], sensor: SensorModel, device: Device, rng: np.random.Generator
) -> Recording:
    """Return the device's stream for the exact signal of the wrist that wears it.

    Args:
        ideal: specific force and angular velocity in frame C of that arm, at the device's samples.
        sensor: noise, quantisation, holes.
        device: the errors that stay constant over a recording.
        rng: everything else.
    """
    tilted = np.hstack([ideal[:, :3] @ device.strap.T, ideal[:, 3:] @ device.strap.T])
    left_arm = mirror_imu(tilted) if device.wear.wrist is Side.RIGHT else tilted
    signal = np.hstack(from_frame_c(left_arm, device.wear)) * device.scale + device.bias
    bandwidth = np.sqrt(device.rate_hz / 2.0)
    densities = (sensor.specific_force_noise_density.number, sensor.angular_velocity_noise_density.number)
    signal += np.repeat(densities, 3) * bandwidth * rng.standard_normal(signal.shape)
    step = sensor.specific_force_step.number
    signal[:, :3] = np.round(signal[:, :3] / step) * step
    stamps = np.arange(len(ideal)) * device.step_s + sensor.stamp_jitter.draw(rng, len(ideal))
    kept = ~holes(len(ideal), sensor, device.rate_hz, rng)
    return Recording(stamps[kept], signal[kept, :3], signal[kept, 3:])


def holes(count: int, sensor: SensorModel, rate_hz: float, rng: np.random.Generator) -> Bool[np.ndarray, " count"]:
    """Return which samples the device lost; never the first or the last."""
    if isinstance(sensor.hole_length.value, float):
        raise InputDataError("hole_length must list weights", got=f"{sensor.hole_length.value}")
    lost = np.zeros(count, dtype=bool)
    weights = np.array(sensor.hole_length.value)
    for _ in range(int(rng.poisson(sensor.hole_rate.number * count / rate_hz))):
        length = 1 + int(rng.choice(len(weights), p=weights / weights.sum()))
        start = int(rng.integers(1, max(2, count - length - 1)))
        lost[start : start + length] = True
    lost[-1] = False
    return lost


def to_model_input(
    recording: Recording, device: Device, steps: int
) -> tuple[Float[np.ndarray, " steps"], Float32[np.ndarray, "steps 6"]]:
    """Return stamps and the canonical left-arm signal at 50 Hz, through the same code as a real recording."""
    imu = to_frame_c(recording.specific_force, recording.angular_velocity, device.wear)
    time_s, values = resample_uniform(recording.time_s, imu, MODEL_RATE_HZ)
    return time_s[:steps], values[:steps].astype(np.float32)
