"""``qleap.latency``: the latency measured on a device, written there by a benchmark tool and imported here."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import Document, read_document

Milliseconds = Annotated[float, Field(gt=0.0)]
ThermalState = Literal["nominal", "fair", "serious", "critical"]
"""Apple's ProcessInfo.ThermalState."""
MIN_RUNS = 100  # with fewer, the 99th percentile is the slowest run alone


class LatencyRecord(Document):
    """Latency of one package on one device. Percentiles are over the steady runs, after the first prediction."""

    model_config = ConfigDict(allow_inf_nan=False)

    schema_name: Literal["qleap.latency"] = "qleap.latency"
    schema_version: Literal[1] = 1
    package_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the .mlpackage the compiled model came from: ``package_sha256`` of the bundle's ``profile.json``."""
    device_model: Annotated[str, Field(min_length=1)]
    """Model identifier, e.g. ``Watch7,5``; not the marketing name."""
    os_version: Annotated[str, Field(min_length=1)]
    """E.g. ``watchOS 11.2``."""
    compute_units: Literal["cpu_only", "cpu_and_gpu", "cpu_and_neural_engine", "all"]
    """The units that the app allowed; Core ML does not report which of them it used."""
    load_ms: Milliseconds
    """From the compiled model's path to a model that can predict."""
    first_prediction_ms: Milliseconds
    """Duration of the first prediction after loading."""
    p50_ms: Milliseconds
    """Median of the steady runs."""
    p95_ms: Milliseconds
    """95th percentile of the steady runs."""
    p99_ms: Milliseconds
    """99th percentile of the steady runs."""
    runs: Annotated[int, Field(ge=MIN_RUNS)]
    """Number of steady runs."""
    memory_megabytes: Annotated[float, Field(gt=0.0)]
    """Peak resident memory of the process, 10^6 bytes."""
    thermal_state_before: ThermalState
    """Apple's ProcessInfo.ThermalState before the first run."""
    thermal_state_after: ThermalState
    """The same after the last run."""
    measured_on: date
    """Date on the device, ISO 8601."""

    @model_validator(mode="after")
    def _percentiles_rise(self) -> "LatencyRecord":
        for below, above in (("p50_ms", "p95_ms"), ("p95_ms", "p99_ms")):
            if getattr(self, above) < getattr(self, below):
                raise ValueError(
                    f"percentiles must not fall, but {below} is {getattr(self, below):g} "
                    f"and {above} is {getattr(self, above):g}"
                )
        return self


def read_latency_record(path: Path, package_sha256: str) -> LatencyRecord:
    """Read a record that must be of this package.

    Raises:
        InputDataError: unreadable, or a value is missing, unknown or impossible, or it was measured on another package.
        SchemaMismatch: another kind of document, or another version.
    """
    record = read_document(LatencyRecord, path)
    if record.package_sha256 != package_sha256:
        raise InputDataError(
            "measured on another package",
            where=f"{path}, key 'package_sha256'",
            expected=package_sha256,
            got=record.package_sha256,
            next_step="measure this package, or give the one that was measured",
        )
    return record
