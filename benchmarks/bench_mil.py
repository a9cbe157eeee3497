"""What running the saved package costs, beside PyTorch and ONNX Runtime running the network it was made from.

    python benchmarks/bench_mil.py [--network base] [--rounds 15] [--calls 5] [--batch 64] [--threads 2]

The network is converted and saved as the release does it, in half precision and with int8 weights, and executed by
`qleap_edge.mil` in both of its precisions, by its compiled executor and, for comparison, by the reference one. PyTorch runs it
in eager float32, ONNX Runtime the twin that `conversion.onnx` exports, in float32, with as many threads. Every round runs
every case, so that a busy machine slows all alike. Figures: one window at a time (median, and its ratios to ONNX Runtime and
to eager, medians over rounds), many at once (windows per second, and the ratio to eager), the time to load and link, the
memory that a loaded package keeps, before and after it has run, and what its values take while it runs. The memory that counts
is anonymous (RssAnon): pages of the weight file, which is mapped read-only, are the system's to take back, so they are told
apart. The weights are random: no figure depends on them. Where others use the machine, ``--threads 1 --clock cpu`` counts the
seconds that the process computes, not those it waits for a core. The last line is one JSON document.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from qleap_edge.compression.variants import make_variant, package_megabytes
from qleap_edge.conversion.canonical import write_canonical
from qleap_edge.conversion.coreml import exported_program, to_ml_program
from qleap_edge.conversion.onnx import write_onnx
from qleap_edge.core.contract import contract_document
from qleap_edge.core.frames import IMU_CHANNELS, WINDOW_STEPS
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.model.networks import build_network

WINDOW_BOUNDS = {"wide": 1.2, "declared": 1.5}
"""One window, × ONNX Runtime."""
THROUGHPUT_BOUND, LOAD_BOUND_S, MEMORY_BOUND = 1.0, 1.0, 4.0
EAGER, ONNX = "eager float32", "ONNX Runtime float32"
SHAPE = (1, WINDOW_STEPS, len(IMU_CHANNELS))
_LOADING = """
import ctypes, gc, json, sys, time
import torch, numpy
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
def kept():
    sizes = dict(line.split(":") for line in open("/proc/self/status"))
    return [int(sizes[key].split()[0]) * 1024 / 1e6 for key in ("RssAnon", "RssFile")]
first = open_model(sys.argv[2])  # what a first package costs the process, not the package; kept, not to be reused
gc.collect()
ctypes.CDLL(None).malloc_trim(0)  # what the first one has left would hide what the second one takes
before, began = kept(), time.perf_counter()
package = Package.load(sys.argv[1])
model = open_model(package)
loaded = time.perf_counter() - began
memory, file = (after - earlier for after, earlier in zip(kept(), before))
window = numpy.zeros(tuple(model.function.inputs[0].shape), numpy.float32)
first.predict({"imu": window})  # what a first run costs the process
before_run = kept()
model.predict({"imu": window})
run = kept()[0] - before_run[0]
print(json.dumps({"load_s": loaded, "memory_mb": memory, "file_mb": file, "after_run_mb": run}))
"""
Call = Callable[[], object]
Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}


def make_packages(name: str, folder: Path) -> tuple[torch.nn.Module, dict[str, Path], Path]:
    """Return the network, its packages by variant, and its ONNX twin."""
    torch.manual_seed(0)
    network = build_network(name).eval()
    with torch.no_grad():  # equal constants are stored once: no two layers may be alike
        for parameter in network.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    half, small = folder / "float16.mlpackage", folder / "int8.mlpackage"
    write_canonical(to_ml_program(exported_program(network), contract_document("0", frozenset()), "iOS17"), half)
    make_variant(half, "int8_per_channel", small)
    twin = folder / "twin.onnx"
    write_onnx(network, twin)
    return network, {"float16": half, "int8_per_channel": small}, twin


def loading_cost(package: Path, other: Path) -> dict[str, float]:
    """Load a package in a process of its own that has loaded another one before; return seconds and megabytes."""
    command = [sys.executable, "-c", _LOADING, str(package), str(other)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def cases(
    network: torch.nn.Module, packages: dict[str, Path], twin: Path, windows: np.ndarray, threads: int
) -> dict[tuple[str, str], Call]:
    """Return what to call, by case and by ``"one"`` or ``"many"`` windows; ONNX Runtime's twin takes one."""
    one, many = torch.from_numpy(windows[0]), torch.from_numpy(windows[:, 0])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(str(twin), options, providers=["CPUExecutionProvider"])

    def eager(inputs: torch.Tensor) -> object:
        with torch.inference_mode():
            return network(inputs)

    calls: dict[tuple[str, str], Call] = {
        (ONNX, "one"): lambda: session.run(None, {"imu": windows[0]}),
        (EAGER, "one"): lambda: eager(one),
        (EAGER, "many"): lambda: eager(many),
    }
    for variant, path in packages.items():
        for precision in ("declared", "wide"):
            models = {f"{variant}, {precision}": open_model(path, precision=precision)}
            if variant == "float16":
                slow = open_model(path, precision=precision, executor="reference")
                models[f"{variant}, {precision}, reference"] = slow
            for name, model in models.items():
                calls[name, "one"] = lambda model=model: model.predict({"imu": windows[0]})  # type: ignore[misc]
                calls[name, "many"] = lambda model=model: model.predict_batch({"imu": windows})  # type: ignore[misc]
    return calls


def timed(
    calls: dict[tuple[str, str], Call], rounds: int, times: int, clock: Clock
) -> dict[tuple[str, str], np.ndarray]:
    """Return seconds by case: rounds × calls, one call a round where many windows go in."""
    seconds: dict[tuple[str, str], list[list[float]]] = {key: [] for key in calls}
    for _ in range(rounds):
        for key, call in calls.items():
            call()  # after another case's turn the caches are cold
            turns = []
            for _ in range(times if key[1] == "one" else 1):
                began = clock()
                call()
                turns.append(clock() - began)
            seconds[key].append(turns)
    return {key: np.array(rows) for key, rows in seconds.items()}


def row_of(name: str, medians: dict[tuple[str, str], np.ndarray], batch: int) -> dict[str, Any]:
    """Return the figures of a case from its median seconds by round."""
    one = medians[name, "one"]
    row: dict[str, Any] = {
        "case": name,
        "window_ms": round(1e3 * float(np.median(one)), 2),
        "window_to_onnx": round(float(np.median(one / medians[ONNX, "one"])), 3),
        "window_to_eager": round(float(np.median(one / medians[EAGER, "one"])), 3),
    }
    if (name, "many") in medians:
        many = medians[name, "many"]
        row["windows_per_s"] = round(batch / float(np.median(many)), 1)
        row["throughput_to_eager"] = round(float(np.median(medians[EAGER, "many"] / many)), 3)
    return row


def line_of(row: dict[str, Any], batch: int) -> str:
    """Return a case in words, with the bounds that hold for it."""
    parts = row["case"].split(", ")
    precision = parts[1] if len(parts) == 2 else ""
    bound = f" (bound {WINDOW_BOUNDS[precision]:g})" if precision else ""
    line = f"{row['case']}: {row['window_ms']:.2f} ms a window, {row['window_to_onnx']:.2f} × ONNX Runtime{bound}, "
    line += f"{row['window_to_eager']:.2f} × eager"
    if "windows_per_s" in row:
        bound = f" (bound {THROUGHPUT_BOUND:g})" if precision == "declared" else ""
        line += f"; {row['windows_per_s']:.0f} windows/s in batches of {batch}, {row['throughput_to_eager']:.2f} × eager{bound}"
    return line


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything and print one line a figure."""
    torch.set_num_threads(options.threads)
    load_1min = os.getloadavg()[0]
    windows = np.random.default_rng(0).normal(size=(options.batch, *SHAPE)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        network, packages, twin = make_packages(options.network, Path(folder))
        calls = cases(network, packages, twin, windows, options.threads)
        clock = CLOCKS[options.clock]
        timed(calls, 1, 1, clock)
        seconds = timed(calls, options.rounds, options.calls, clock)
        medians = {key: np.median(rows, axis=1) for key, rows in seconds.items()}
        rows = [row_of(name, medians, options.batch) for name in dict.fromkeys(key[0] for key in calls)]
        for row in rows:
            print(line_of(row, options.batch))
        loads = []
        for variant, path in packages.items():
            other = next(item for item in packages.values() if item != path)
            cost, size = loading_cost(path, other), package_megabytes(path)
            activations = (open_model(path).activation_bytes or 0) / 1e6
            loads.append(
                {"variant": variant, "package_mb": round(size, 2), "activation_mb": round(activations, 2), **cost}
            )
            print(
                f"{variant}: {size:.1f} MB on disk, loaded in {cost['load_s']:.2f} s (bound {LOAD_BOUND_S:g}), keeps "
                f"{cost['memory_mb']:.1f} MB, {cost['memory_mb'] / size:.2f} × its size (bound {MEMORY_BOUND:g} and the "
                f"{activations:.2f} MB of values while it runs: {MEMORY_BOUND * size + activations:.1f} MB); "
                f"{cost['file_mb']:.1f} MB of mapped files beside it, {cost['after_run_mb']:.1f} MB more after a window"
            )
    return {
        "network": options.network,
        "threads": options.threads,
        "clock": options.clock,
        "load_1min": load_1min,
        "cases": rows,
        "loads": loads,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="base", choices=["base", "watch", "tiny"])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--clock", default="wall", choices=sorted(CLOCKS))
    print(json.dumps({"benchmark": "mil", **measure(parser.parse_args())}))


if __name__ == "__main__":
    main()
