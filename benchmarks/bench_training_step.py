"""How long a training step takes, beside the fastest matrix product that the same machine manages in the same run.

    python benchmarks/bench_training_step.py [--repeat 5] [--threads 2] [--networks base,watch]

A step is the product's own (``training.steps.Stepper``): forward, every loss term with the probes, backward, clipping, AdamW
and the moving average, on 16 windows, in float32 and under bfloat16 autocast, on the CPU and on a GPU if there is one. Repeats
are interleaved, and the peak is measured anew in each, so that a busy machine slows all of them alike. Operations are counted
by ``torch.utils.flop_counter`` (products and convolutions, forward and backward); oneDNN is off while it counts, because its
LSTM is one opaque call that would count as nothing. The share is the best step's rate over the best product's, same threads and
precision. The last line is one JSON document.
"""

import argparse
import json
import os
import time
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.frames import IMU_CHANNELS, WINDOW_STEPS
from qleap_edge.core.recipe_training import TrainingTable
from qleap_edge.core.skeleton import JOINT_COUNT
from qleap_edge.model.hdt import parameter_count
from qleap_edge.model.networks import NETWORKS, build_network
from qleap_edge.training.losses import Batch
from qleap_edge.training.precision import Precision, PrecisionName, matmul_gflops
from qleap_edge.training.processes import Processes
from qleap_edge.training.steps import Stepper

BATCH = 16
AIM_S = 0.7  # of `base`, on two cores of a CPU
DTYPES: dict[PrecisionName, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}
COUNTED_WINDOWS = 2  # operations grow in proportion to the windows; two are quicker to count than sixteen


def random_batch(windows: int, device: torch.device) -> Batch:
    """Return windows of noise with labels of every class: how long a step takes does not depend on their values."""
    generator = torch.Generator().manual_seed(0)
    return Batch(
        torch.randn(windows, WINDOW_STEPS, len(IMU_CHANNELS), generator=generator).to(device),
        torch.randn(windows, WINDOW_STEPS, JOINT_COUNT, 3, generator=generator).to(device),
        (torch.arange(windows) % len(EXERCISES)).to(device),
        (torch.arange(windows) % 6 - 1).to(device),
        global_size=windows,
    )


def make_stepper(network: str, precision: PrecisionName, device: torch.device) -> Stepper:
    """Return the trainer of a fresh network."""
    torch.manual_seed(0)
    table = TrainingTable(epochs=1)
    return Stepper(build_network(network), table, Precision(precision), Processes(0, 1, device), total_steps=1000)


def counted_flops(network: str) -> float:
    """Return the floating-point operations of a step of one window, forward and backward."""
    cpu = torch.device("cpu")
    stepper = make_stepper(network, "float32", cpu)
    with (
        warnings.catch_warnings(action="ignore", category=UserWarning),  # of oneDNN's switch, about other hardware
        torch.backends.mkldnn.flags(enabled=False),
        FlopCounterMode(display=False) as counter,
    ):
        stepper.train(random_batch(COUNTED_WINDOWS, cpu))
    return counter.get_total_flops() / COUNTED_WINDOWS


@dataclass
class Case:
    """One network in one precision on one device, and what was measured of it."""

    network: str
    precision: PrecisionName
    device: torch.device
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stepper = make_stepper(self.network, self.precision, self.device)
        self.batch = random_batch(BATCH, self.device)
        self.parameters = parameter_count(self.stepper.network)
        self.stepper.train(self.batch)  # first calls choose kernels and fill caches

    def measure(self) -> None:
        """Take one step; it ends when its losses are numbers on the host."""
        began = time.perf_counter()
        self.stepper.train(self.batch)
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self.seconds.append(time.perf_counter() - began)


def measure_peaks(threads: int, devices: list[torch.device], peaks: dict[str, float]) -> None:
    """Raise each entry of ``peaks`` (GFLOP/s by device, threads and precision) to what is measured now, if that is more."""
    for device in devices:
        for count in (1, threads) if device.type == "cpu" else (threads,):
            torch.set_num_threads(count)
            for name, dtype in DTYPES.items():
                key = peak_key(device, count, name)
                peaks[key] = max(peaks.get(key, 0.0), matmul_gflops(dtype, device))
    torch.set_num_threads(threads)


def peak_key(device: torch.device, threads: int, precision: PrecisionName) -> str:
    """Return the name of a peak."""
    return f"{device.type}, {threads} threads, {precision}" if device.type == "cpu" else f"{device.type}, {precision}"


def row_of(case: Case, flops: float, peak_gflops: float) -> dict[str, Any]:
    """Return and print what a case came to."""
    best, median = min(case.seconds), float(np.median(case.seconds))
    share = flops * BATCH / best / 1e9 / peak_gflops
    where = case.device.type
    print(
        f"{case.network} ({case.parameters:,} parameters), {where}, {case.precision}: best {best:.4f} s, median {median:.4f} s"
        f" a step of {BATCH}; {BATCH / median:.1f} windows/s; {flops * BATCH / 1e9:.1f} GFLOP a step, {share:.0%} of the peak"
    )
    return {
        "network": case.network,
        "parameters": case.parameters,
        "device": where,
        "precision": case.precision,
        "best_s": round(best, 5),
        "median_s": round(median, 5),
        "windows_per_s": round(BATCH / median, 2),
        "gflop_per_step": round(flops * BATCH / 1e9, 2),
        "share_of_peak": round(share, 4),
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run every case, interleaved, and print as it goes."""
    load = os.getloadavg()[0]
    torch.set_num_threads(options.threads)
    devices = [torch.device("cpu")] + ([torch.device("cuda")] if torch.cuda.is_available() else [])
    networks = options.networks.split(",") if options.networks else list(NETWORKS)
    flops = {name: counted_flops(name) for name in networks}
    cases = [Case(name, precision, device) for device in devices for name in networks for precision in DTYPES]
    peaks: dict[str, float] = {}
    for _ in range(options.repeat):
        measure_peaks(options.threads, devices, peaks)
        for case in cases:
            case.measure()
    for key, value in peaks.items():
        print(f"peak, {key}: {value:,.0f} GFLOP/s")
    rows = [row_of(c, flops[c.network], peaks[peak_key(c.device, options.threads, c.precision)]) for c in cases]
    if base := [row for row in rows if row["network"] == "base" and row["device"] == "cpu"]:
        quickest = min(row["best_s"] for row in base)
        print(f"base on the CPU: {quickest:.3f} s a step; aim {AIM_S:g} s: {'met' if quickest <= AIM_S else 'missed'}")
    return {
        "batch": BATCH,
        "threads": options.threads,
        "repeat": options.repeat,
        "load_1min": load,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "flops": "torch.utils.flop_counter, products and convolutions, forward and backward, oneDNN off while counting",
        "peaks_gflops": {key: round(value, 1) for key, value in peaks.items()},
        "rows": rows,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--networks", default="", help=f"some of {','.join(NETWORKS)}; all if not given")
    result = measure(parser.parse_args())
    print(json.dumps({"benchmark": "training_step", **result}))


if __name__ == "__main__":
    main()
