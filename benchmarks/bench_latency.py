"""How long one window takes at batch 1: the HDT's presets beside the recurrent networks of published size.

    python benchmarks/bench_latency.py [--rounds 15] [--calls 5] [--threads 2] [--no-onnx]

Eager PyTorch and ONNX Runtime in float32, on one thread and on all. Every round runs every network a few times, so that a
busy machine slows all of them alike; a figure is the median over all calls, a ratio the median over rounds of the round's
medians against the MobilePoser-size BiLSTM, with the ratio of the bests beside it for busy machines. The weights are random:
no time depends on them. This is a CPU off the watch; what a watch or a phone needs is another question. The last line is one
JSON document.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from qleap_edge.conversion.onnx import write_onnx
from qleap_edge.core.frames import IMU_CHANNELS, WINDOW_STEPS
from qleap_edge.model.hdt import parameter_count
from qleap_edge.model.networks import NETWORKS, PoseNetwork, build_network
from qleap_edge.verification.onnx_twin import onnx_runtime

REFERENCE = "bilstm-mobileposer-size"
AIM = 0.7  # of the reference's latency, for `base`
Call = Callable[[], object]


def eager_call(network: PoseNetwork, threads: int) -> Call:
    """Return a function that runs one window eagerly on so many threads."""
    window = torch.randn(1, WINDOW_STEPS, len(IMU_CHANNELS))

    def call() -> object:
        with torch.inference_mode():
            return network(window)

    def prepared() -> object:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        return call()

    return prepared


def onnx_call(path: Path, threads: int) -> Call:
    """Return a function that runs one window through ONNX Runtime on so many threads."""
    settings = onnx_runtime().SessionOptions()
    settings.intra_op_num_threads = threads
    # A pool that spins between calls would steal the processor from the next network's turn.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnx_runtime().InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    window = {session.get_inputs()[0].name: np.random.default_rng(0).normal(size=(1, 200, 6)).astype(np.float32)}
    return lambda: session.run(None, window)


def make_calls(thread_counts: list[int], with_onnx: bool) -> tuple[dict[tuple[str, str, int], Call], dict[str, int]]:
    """Return what to call by network, runtime and threads, and the networks' parameters."""
    calls: dict[tuple[str, str, int], Call] = {}
    parameters: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in NETWORKS:
            torch.manual_seed(0)
            network = build_network(name).eval()
            parameters[name] = parameter_count(network)
            path = Path(folder) / f"{name}.onnx"
            if with_onnx:
                write_onnx(network, path)
            for threads in thread_counts:
                calls[name, "eager", threads] = eager_call(network, threads)
                if with_onnx:
                    calls[name, "onnxruntime", threads] = onnx_call(path, threads)
    return calls, parameters


def time_calls(
    calls: dict[tuple[str, str, int], Call], rounds: int, times: int
) -> dict[tuple[str, str, int], np.ndarray]:
    """Return seconds by case: an array of rounds × calls."""
    seconds = {key: np.empty((rounds, times)) for key in calls}
    for number in range(rounds):
        for key, call in calls.items():
            call()  # after another network's turn the caches are cold
            for turn in range(times):
                began = time.perf_counter()
                call()
                seconds[key][number, turn] = time.perf_counter() - began
    return seconds


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run every case, interleaved, and print one line a case."""
    load = os.getloadavg()[0]
    thread_counts = sorted({1, options.threads})
    calls, parameters = make_calls(thread_counts, not options.no_onnx)
    time_calls(calls, 2, 1)
    seconds = time_calls(calls, options.rounds, options.calls)
    rows = []
    for (name, runtime, threads), values in seconds.items():
        reference = seconds[REFERENCE, runtime, threads]
        row: dict[str, Any] = {
            "network": name,
            "parameters": parameters[name],
            "runtime": runtime,
            "threads": threads,
            "median_ms": round(1e3 * float(np.median(values)), 3),
            "best_ms": round(1e3 * float(values.min()), 3),
            "ratio": round(float(np.median(np.median(values, axis=1) / np.median(reference, axis=1))), 4),
            "ratio_of_bests": round(float(values.min() / reference.min()), 4),
        }
        rows.append(row)
        print(
            f"{name} ({row['parameters']:,} parameters), {runtime}, {threads} thread(s): median {row['median_ms']:.2f} ms,"
            f" best {row['best_ms']:.2f} ms, {row['ratio']:.3f} × {REFERENCE} (bests: {row['ratio_of_bests']:.3f} ×)"
        )
    for row in rows:
        if row["network"] == "base":
            verdict = "met" if row["ratio"] <= AIM else "missed"
            print(f"base, {row['runtime']}, {row['threads']} thread(s): {row['ratio']:.3f} ×; aim {AIM:g}: {verdict}")
    return {"rounds": options.rounds, "calls": options.calls, "load_1min": load, "reference": REFERENCE, "rows": rows}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-onnx", action="store_true", help="eager PyTorch only")
    result = measure(parser.parse_args())
    print(json.dumps({"benchmark": "latency", **result}))


if __name__ == "__main__":
    main()
