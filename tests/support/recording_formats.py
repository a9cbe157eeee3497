"""One motion written in every format that is read, so that each reader must return the same recording."""

import gzip
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from qleap_edge.alignment.recording import Recording
from qleap_edge.core.frames import STANDARD_GRAVITY

AXES = ("X", "Y", "Z")
GENERIC_MAPPING = """schema = "qleap.recording_mapping"
schema_version = 1

[time]
column = "when"
unit = "us"

[acceleration]
columns = ["fx", "fy", "fz"]
unit = "mg"
sign = "physical"
contains_gravity = true

[gyroscope]
columns = ["turn x", "turn y", "turn z"]
unit = "deg/s"
"""


def triple(prefix: str, suffix: str = "") -> list[str]:
    """Return the names of three axes."""
    return [f"{prefix}{axis}{suffix}" for axis in AXES]


def table(header: Sequence[str], columns: Sequence[np.ndarray], delimiter: str = ",") -> str:
    """Return the text of a table of numbers; a column of texts stays as it is."""
    cells = [[repr(float(value)) if not isinstance(value, str) else value for value in column] for column in columns]
    return "\n".join([delimiter.join(header), *(delimiter.join(row) for row in zip(*cells, strict=True))]) + "\n"


def motion_columns(recording: Recording) -> list[np.ndarray]:
    """Return gyroscope, gravity and user acceleration, axis by axis."""
    parts = (recording.angular_velocity, recording.gravity, recording.user_acceleration)
    return [column for part in parts for column in np.asarray(part).T]


def merged(recording: Recording, empty: int = 12) -> str:
    """Return Sensor Logger's merged export; its first rows have empty cells."""
    prefix = "wristMotion_"
    header = ["secondsElapsed", *triple(f"{prefix}rotationRate"), *triple(f"{prefix}gravity")]
    header += [*triple(f"{prefix}acceleration"), *(f"{prefix}quaternion{axis}" for axis in ("W", *AXES)), "activity"]
    columns = [recording.time_s, *motion_columns(recording), *np.asarray(recording.quaternion).T]
    lines = table(header, [*columns, ["curl"] * len(recording)]).split("\n")
    lead = [f"{row / 100 - 1:.2f}" + "," * (len(header) - 1) for row in range(empty)]
    return "\n".join([lines[0], *lead, *lines[1:]])


def sensor_log(recording: Recording, *, units: bool = True) -> str:
    """Return a SensorLog table: every motion reading twice, accelerometer rows between, sentinels outside motion."""
    accelerations = ["accelerometerTimestamp_sinceReboot(s)", *triple("accelerometerAcceleration", "(G)")]
    motion = ["motionTimestamp_sinceReboot(s)", *triple("motionRotationRate", "(rad/s)")]
    motion += [*triple("motionUserAcceleration", "(G)"), *triple("motionGravity", "(G)")]
    motion += [f"motionQuaternion{axis}(R)" for axis in (*AXES, "W")]
    header = [
        "loggingTime(txt)",
        "locationSpeed(m/s)",
        *accelerations,
        *motion,
        "motionHeading(°)",
        "activity(txt)",
        "label",
    ]
    header = header if units else [name.split("(")[0] for name in header]
    quaternion = np.asarray(recording.quaternion)[:, [1, 2, 3, 0]]
    motion_values = np.hstack(
        [recording.angular_velocity, np.asarray(recording.user_acceleration), np.asarray(recording.gravity), quaternion]
    )
    start = datetime(2025, 3, 4, 12, 0, 0, tzinfo=UTC)
    lines = [",".join(header)]
    for index, (time_s, values) in enumerate(zip(recording.time_s, motion_values, strict=True)):
        stamp = (start + timedelta(seconds=float(time_s))).isoformat(timespec="milliseconds")
        cells = [repr(float(value)) for value in (1_234_567.0 + time_s, *values)]
        for repeat in range(2):
            total = ["0.1", "0.2", "-0.9"]
            lines.append(",".join([stamp, "-1", repr(index + repeat / 2), *total, *cells, "-1", "null", ""]))
    gap = [""] * len(motion)
    lines.insert(1, ",".join([start.isoformat(), "-1", "0.0", "0", "0", "-1", *gap, "-9999", "null", ""]))
    return "\n".join(lines) + "\n"


def hemi_physio(recording: Recording) -> str:
    """Return a HemiPhysio export."""
    header = ["SessionID", "Wrist", "TimeStamp", "AccelroX", "AceelroY", "AceelroZ"]
    header += [*triple("DMRot"), *triple("DMGrv"), *triple("DMUAccel"), "DMQuatX", "DMQuatY", "DMQuatZ", "DMQuatW"]
    rows = len(recording)
    quaternion = np.asarray(recording.quaternion)[:, [1, 2, 3, 0]]
    zero = np.zeros(rows)
    lead = [["s1"] * rows, ["Left"] * rows, recording.time_s, zero, zero, zero]
    return table(header, [*lead, *motion_columns(recording), *quaternion.T])


def sp_sw_har(recording: Recording) -> str:
    """Return the CSV of the everyday data set: m/s², physical sign, milliseconds."""
    header = ["x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro", "timestamp", "label"]
    stamps = [str(1_657_533_977_810 + round(float(time_s) * 1e3)) for time_s in recording.time_s]
    return table(header, [*recording.imu.T, stamps, ["WALKING"] * len(recording)])


def phyphox_file(recording: Recording) -> str:
    """Return a phyphox export in one file, with semicolons and quoted names."""
    header = [
        "Time (s)",
        *(f"Acceleration {axis} (m/s^2)" for axis in "xyz"),
        *(f"Gyroscope {axis} (rad/s)" for axis in "xyz"),
    ]
    return table([f'"{name}"' for name in header], [recording.time_s, *recording.imu.T], ";")


def write_phyphox_folder(folder: Path, recording: Recording) -> Path:
    """Write a phyphox folder: a file a sensor, each with stamps of its own."""
    (folder / "meta").mkdir(parents=True)
    (folder / "meta" / "time.csv").write_text('"event","experiment time"\n"START","0"\n')
    for name, unit, values in (
        ("Accelerometer", "m/s^2", recording.specific_force),
        ("Gyroscope", "rad/s", recording.angular_velocity),
        ("Linear Accelerometer", "m/s^2", recording.specific_force * 0.1),
    ):
        header = ['"Time (s)"', *(f'"{axis} ({unit})"' for axis in AXES)]
        (folder / f"{name}.csv").write_text(table(header, [recording.time_s, *values.T], ";"))
    return folder


def bridge(recording: Recording) -> str:
    """Return a WatchConnectivity capture: user acceleration without gravity."""
    header = [
        "local_ts",
        "session_id",
        "sequence",
        "sample_rate_hz",
        "watch_sent_at",
        "phone_received_at",
        "source",
        "ts",
    ]
    header += ["ax", "ay", "az", "rx", "ry", "rz"]
    rows = len(recording)
    zero = np.zeros(rows)
    stamps = [str(1_700_000_000_000 + round(float(time_s) * 1e3)) for time_s in recording.time_s]
    user = np.asarray(recording.user_acceleration).T
    lead = [zero, ["a"] * rows, zero, zero + 50, zero, [""] * rows, ["message"] * rows, stamps]
    return table(header, [*lead, *user, *recording.angular_velocity.T])


def write_batched(folder: Path, fast: Recording, slow: Recording) -> Path:
    """Write the two headerless files of CMBatchedSensorManager: acceleration from ``fast``, rotation from ``slow``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source, values in (
        ("a.csv", fast, -fast.specific_force / STANDARD_GRAVITY),
        ("b.csv", slow, slow.angular_velocity),
    ):
        rows = [
            ", ".join(repr(float(cell)) for cell in row) for row in np.column_stack([source.time_s + 4321.5, values])
        ]
        (folder / name).write_text("\n" + "\n".join(rows) + "\n")
    return folder


def write_pads(folder: Path, recording: Recording, records: int = 1) -> Path:
    """Write a PADS observation and its series; return the description."""
    channels = ["Time", *(f"{sensor}_{axis}" for sensor in ("Accelerometer", "Gyroscope") for axis in AXES)]
    described = []
    (folder / "timeseries").mkdir(parents=True)
    for index in range(records):
        name = f"timeseries/001_Task{index}_LeftWrist.txt"
        values = np.column_stack(
            [recording.time_s, -recording.specific_force / STANDARD_GRAVITY, recording.angular_velocity]
        )
        (folder / name).write_text("\n".join(",".join(repr(float(cell)) for cell in row) for row in values) + "\n")
        units = ["s", "g", "g", "g", "rad/s", "rad/s", "rad/s"]
        described.append({"device_location": "LeftWrist", "channels": channels, "units": units, "file_name": name})
    document = {"study_id": "PADS", "sampling_rate": 100, "session": [{"records": described}]}
    (folder / "observation_001.json").write_text(json.dumps(document))
    return folder / "observation_001.json"


def generic(recording: Recording) -> str:
    """Return a table that only :data:`GENERIC_MAPPING` explains: mg, deg/s, microseconds, columns in another order."""
    header = ["turn z", "turn y", "turn x", "fz", "fx", "fy", "when"]
    turn, force = np.rad2deg(recording.angular_velocity), recording.specific_force * 1000.0 / STANDARD_GRAVITY
    stamps = [str(5_000_000 + round(float(time_s) * 1e6)) for time_s in recording.time_s]
    return table(header, [turn[:, 2], turn[:, 1], turn[:, 0], force[:, 2], force[:, 0], force[:, 1], stamps])


TABLES: dict[str, Callable[[Recording], str]] = {
    "sensor-logger-merged": merged,
    "sensor-log": sensor_log,
    "hemi-physio": hemi_physio,
    "sp-sw-har": sp_sw_har,
    "phyphox": phyphox_file,
}
"""Format → writer of its one file."""


def gzipped(path: Path) -> Path:
    """Compress a file beside itself and remove it; return the new path."""
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    return packed


def zipped(folder: Path) -> Path:
    """Zip a folder beside itself; return the zip."""
    packed = folder.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder.parent))
    return packed
