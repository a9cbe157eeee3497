"""Time and memory of reading, checking, aligning and counting one hour of a watch at 100 Hz.

    python benchmarks/bench_alignment.py [--minutes 60] [--format sensor-logger|sensor-logger-merged|sp-sw-har]

The hour is made first, in a process of its own: an arm that swings, with noise, 99.66 Hz, and a gap every ten minutes. Measured
in a fresh process: reading, clean clock, checks, 50 Hz, windows and the JSON report, which is what ``qleap watch inspect``
does; then the archive that ``qleap watch align`` writes; then the sets, their repetitions and the measures of each. An arm that
never rests is the slowest case. The last line is one JSON document: seconds of each part, and the most memory that the process
held, the imports included.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RATE_HZ = 99.66
FORMATS = ("sensor-logger", "sensor-logger-merged", "sp-sw-har")


def write_recording(path: Path, name: str, minutes: float) -> None:
    """Write a recording of this length as the app of a format would."""
    from qleap_edge.alignment.identities import integrated_attitude
    from qleap_edge.core.frames import STANDARD_GRAVITY

    rng = np.random.default_rng(15)
    rows = int(minutes * 60 * RATE_HZ)
    time_s = np.arange(rows) / RATE_HZ
    rate = np.stack([np.sin(1.9 * time_s), 1.5 * np.sin(2.3 * time_s + 0.4), 0.7 * np.sin(1.3 * time_s + 1)], axis=1)
    attitude = integrated_attitude(rate, np.diff(time_s))
    down = attitude.inv().apply([0.0, 0.0, -1.0])
    lever = np.array([0.45, 0.0, 0.03])
    turn = np.gradient(rate, axis=0) * RATE_HZ
    force = np.cross(turn, lever) + np.cross(rate, np.cross(rate, lever))
    user = -force / STANDARD_GRAVITY + rng.normal(scale=2e-3, size=(rows, 3))
    rate = rate + rng.normal(scale=2e-3, size=(rows, 3))
    stamps = time_s + 2.0 * np.floor(time_s / 600.0)
    axes = ("X", "Y", "Z")
    motion = [f"{sensor}{axis}" for sensor in ("rotationRate", "gravity", "acceleration") for axis in axes]
    motion += [f"quaternion{axis}" for axis in ("W", *axes)]
    values = np.hstack([rate, down, user, attitude.as_quat(scalar_first=True)])
    if name == "sensor-logger":
        header = ["time", "seconds_elapsed", *motion]
        lead = [f"{1_700_000_000_000_000_000 + round(float(t) * 1e9)},{t:.7f}" for t in stamps]
    elif name == "sensor-logger-merged":
        header = ["secondsElapsed", *(f"wristMotion_{column}" for column in motion)]
        lead = [f"{t:.4f}" for t in stamps]
    else:
        header = ["timestamp", "x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro"]
        late = stamps + rng.uniform(0, 3e-3, rows)
        lead = [f"{1_700_000_000_000 + round(float(t) * 1e3)}" for t in late]
        values = np.hstack([-STANDARD_GRAVITY * (down + user), rate])
    with path.open("w", encoding="utf-8") as stream:
        stream.write(",".join(header) + "\n")
        if name == "sensor-logger-merged":
            stream.write("".join(f"-{20 - row}.0" + "," * len(motion) + "\n" for row in range(20)))
        for first, row in zip(lead, values, strict=True):
            stream.write(first + "," + ",".join(f"{value:.9g}" for value in row) + "\n")


def measure(path: Path, folder: Path) -> dict[str, object]:
    """Read, check and align the file; return the seconds of each part and the most memory (MB)."""
    from qleap_edge.alignment.export import write_aligned
    from qleap_edge.alignment.readers.detect import read_recording
    from qleap_edge.alignment.report import inspection_report
    from qleap_edge.alignment.stream import align
    from qleap_edge.analysis.measures import measure_set
    from qleap_edge.analysis.sets import find_sets

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    recording = read_recording(path)
    read = time.perf_counter()
    aligned = align(recording)
    checked = time.perf_counter()
    report = inspection_report(aligned)
    report.to_json()
    inspected = time.perf_counter()
    write_aligned(aligned, folder / "aligned.npz")
    written = time.perf_counter()
    sets = find_sets(recording)
    repetitions = sum(len(measure_set(one)) for one in sets)
    counted = time.perf_counter()
    return {
        "rows": len(recording),
        "verdict": report.verdict,
        "windows": report.windows.count,
        "read_s": round(read - began, 2),
        "align_s": round(checked - read, 2),
        "report_s": round(inspected - checked, 2),
        "archive_s": round(written - inspected, 2),
        "sets": len(sets),
        "repetitions": repetitions,
        "physics_s": round(counted - written, 2),
        "total_s": round(counted - began, 2),
        "imports_mb": round(before),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "WristMotion.csv"
        with context.Pool(1, maxtasksperchild=1) as pool:
            pool.apply(write_recording, (path, options.format, options.minutes))
        size = path.stat().st_size
        with context.Pool(1, maxtasksperchild=1) as pool:
            measured = pool.apply(measure, (path, Path(folder)))
    result = {"minutes": options.minutes, "format": options.format, "file_mb": round(size / 2**20, 1), **measured}
    print(json.dumps({"benchmark": "bench_alignment", **result}))
    sys.exit(0 if measured["verdict"] in ("pass", "warn") else 1)


if __name__ == "__main__":
    main()
