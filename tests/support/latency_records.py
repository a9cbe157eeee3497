"""A measured latency as a device would write it. The numbers are made up; no device has measured anything yet."""

import json
from pathlib import Path
from typing import Any

RECORD: dict[str, Any] = {
    "schema": "qleap.latency",
    "schema_version": 1,
    "package_sha256": "0" * 64,
    "device_model": "Watch7,5",
    "os_version": "watchOS 11.2",
    "compute_units": "cpu_and_neural_engine",
    "load_ms": 812.0,
    "first_prediction_ms": 40.5,
    "p50_ms": 4.0,
    "p95_ms": 5.0,
    "p99_ms": 6.5,
    "runs": 500,
    "memory_megabytes": 31.2,
    "thermal_state_before": "nominal",
    "thermal_state_after": "fair",
    "measured_on": "2026-11-20",
}


def write_record(path: Path, package: str, /, without: str | None = None, **changes: Any) -> Path:
    """Write a record of the package with this hash, with some keys changed or one missing; NaN as Python writes it."""
    record = RECORD | {"package_sha256": package} | changes
    if without is not None:
        del record[without]
    path.write_text(json.dumps(record))
    return path
