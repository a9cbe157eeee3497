"""How fast sequences are made end to end, beside the floors that physics sets, and where the time goes.

    python benchmarks/bench_synthesis.py [--sequences 3000] [--repeat 3] [--workers 2] [--full]

Each case is a whole ``synthesize`` into a fresh folder: draw, inverse kinematics, physics, feasibility, watch, labels, HDF5,
hashes; 350 samples of a 100 Hz device a sequence. Best and median count from the first call to the last byte, starting the
workers included; steady counts what follows the first shards. Floors are bare MuJoCo loops over the same number of frames, in
the same run. ``--full`` makes the release recipe's 10,000 sequences and prints their time, size and memory. The last line is
one JSON document.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import mujoco
import numpy as np

from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.core.recipe_synthesis import SplitTable
from qleap_edge.dataset import shard_task
from qleap_edge.dataset import synthesize as dataset
from qleap_edge.physics import forward
from qleap_edge.physics import simulate as engine
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.load import NO_LOAD
from qleap_edge.physics.mjcf import BodyModel
from qleap_edge.physics.randomize import RELEASE

FRAMES = 350
SECONDS = (FRAMES - 3) / 100.0  # the engine simulates up to three samples more than it keeps
CASES: dict[
    str, tuple[dict[str, float] | None, float, float]
] = {  # mix (None: the release recipe's), forward share, target
    "squat, prescribed": ({"squat": 1.0}, 0.0, 118.0),
    "squat, forward": ({"squat": 1.0}, 1.0, 25.0),
    "release mix": (None, 0.12, 118.0),
}
STAGES = {  # label → (module, function): wrapped for one run to see where the time goes
    "draw": (engine, "_draft"),
    "body batch": (BodyBatch, "stack"),
    "kinematics: targets": (engine, "_targets"),
    "kinematics: legs": (engine, "solve_leg_ik"),
    "differentiate": (engine, "differentiate"),
    "set subject": (BodyModel, "set_subject"),
    "prescribed dynamics": (engine, "prescribed_dynamics"),
    "contacts": (engine, "foot_contact"),
    "feasibility": (engine, "floor_infeasibility"),
    "forward: torques": (forward, "feedforward_torques"),
    "forward: steps": (forward, "_rollout"),
    "sensor model": (engine, "record"),
    "resampling": (engine, "to_model_input"),
    "labels": (engine, "labels_at"),
    "repetitions": (engine, "label_repetitions"),
    "rubric": (engine, "score_form"),
    "shard image": (shard_task, "shard_image"),
}


def bench_recipe(sequences: int, mix: dict[str, float] | None, forward_share: float) -> Recipe:
    """Return a recipe of sequences of 350 device samples, two a subject."""
    release = load_recipe("release")
    table = release.synthesis.model_copy(  # not validated: windows need 4 s, a benchmark does not
        update={
            "subjects": (sequences + 1) // 2,
            "sequences_per_subject": 2,
            "mix": release.synthesis.mix if mix is None else mix,
            "forward_share": forward_share,
            "duration_s": (SECONDS, SECONDS),
            # Small enough that no worker waits long for the last one, large enough for batches of each exercise.
            "sequences_per_shard": 10 if forward_share == 1.0 else 100 if mix else 125,
            "split": SplitTable(train=1.0, validation=0.0, calibration=0.0, test=0.0),
        }
    )
    return release.model_copy(update={"synthesis": table})


@dataclass(frozen=True)
class Run:
    """One whole synthesis into a fresh folder."""

    seconds: float
    steady_per_s: float
    """Sequences a second between the first finished shard and the last: without imports and starting workers."""
    sequences: int
    feasible: float
    """Share of the draws."""
    bytes: int


def run_once(recipe: Recipe, workers: int) -> Run:
    """Synthesise once and throw the result away."""
    with tempfile.TemporaryDirectory() as folder:
        finished: list[tuple[float, int]] = []
        began = time.perf_counter()
        document = dataset.synthesize(
            recipe, Path(folder) / "out", workers, lambda done, _: finished.append((time.perf_counter(), done))
        )
        seconds = time.perf_counter() - began
    (first, some), (last, every) = finished[min(workers, len(finished) - 2)], finished[-1]
    drawn = document.sequences + sum(document.rejected.values())
    size = sum(shard.bytes for shard in document.shards)
    steady = (every - some) / (last - first)
    return Run(seconds, steady, document.sequences, document.sequences / drawn, size)


def floors() -> dict[str, float]:
    """Return bare MuJoCo frames (or steps) a second of one core's own time."""
    prescribed, free = BodyModel("prescribed"), BodyModel("forward")
    subject = engine.subject_of(1, 0, RELEASE)
    for body_model in (prescribed, free):
        body_model.set_subject(subject, NO_LOAD)
        body_model.data.qpos[2] = sum(subject.lengths[name] for name in ("thigh", "shank", "ankle_height"))
    free.model.opt.timestep = 0.002
    mujoco.mj_forward(free.model, free.data)

    def rate(call: Callable[[], object], times: int) -> float:
        began = time.process_time()
        for _ in range(times):
            call()
        return times / (time.process_time() - began)

    return {
        "mj_inverse frames": rate(lambda: mujoco.mj_inverse(prescribed.model, prescribed.data), 20000),
        "mj_kinematics frames": rate(lambda: mujoco.mj_kinematics(prescribed.model, prescribed.data), 20000),
        "mj_step steps": rate(lambda: mujoco.mj_step(free.model, free.data), 5000),
    }


def stage_shares(recipe: Recipe) -> dict[str, float]:
    """Return the share of one inline run that each stage takes."""
    spent, saved = dict.fromkeys(STAGES, 0.0), {}

    def timed(label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[label] += time.perf_counter() - began

        return wrapper

    for label, (module, name) in STAGES.items():
        saved[label] = getattr(module, name)
        setattr(module, name, timed(label, saved[label]))
    try:
        total = run_once(recipe, 1).seconds
    finally:
        for label, (module, name) in STAGES.items():
            setattr(module, name, saved[label])
    shares = {label: seconds / total for label, seconds in spent.items()}
    return shares | {"everything else": 1.0 - sum(shares.values())}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run every case and print as it goes."""
    result: dict[str, Any] = {"frames": FRAMES, "workers": options.workers, "load_1min": os.getloadavg()[0]}
    for name, value in (found := floors()).items():
        print(f"floor: {value:,.0f} bare {name} a second on one core")
    result["floors"] = {name: round(value) for name, value in found.items()}
    per_sequence = {False: found["mj_inverse frames"] / FRAMES, True: found["mj_step steps"] / (5 * FRAMES)}
    run_once(bench_recipe(16, None, 0.1), 1)  # imports and caches
    for name, (mix, share, target) in CASES.items():
        count = max(40, options.sequences // (6 if share == 1.0 else 1))
        recipe = bench_recipe(count, mix, share)
        runs = [run_once(recipe, options.workers) for _ in range(options.repeat)]
        rates = [run.sequences / run.seconds for run in runs]
        best, median, steady = max(rates), float(np.median(rates)), float(np.median([run.steady_per_s for run in runs]))
        floor = options.workers / ((1.0 - share) / per_sequence[False] + share / per_sequence[True])
        print(
            f"{name}: best {best:.1f}, median {median:.1f}, steady {steady:.1f} sequences/s with {options.workers} workers"
            f" (target {target:g}; floor {floor:.0f}; {runs[0].feasible:.0%} of draws feasible)"
        )
        shares = stage_shares(bench_recipe(min(count, 100), mix, share))
        for label, part in sorted(shares.items(), key=lambda item: -item[1]):
            if part >= 0.01:
                print(f"  {part:6.1%}  {label}")
        result[name] = {
            "best_per_s": round(best, 1),
            "median_per_s": round(median, 1),
            "steady_per_s": round(steady, 1),
            "floor_per_s": round(floor),
            "feasible": round(runs[0].feasible, 3),
            "shares": {label: round(part, 4) for label, part in shares.items()},
        }
    return result


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Yield a list whose one number becomes the most memory (GB) that this process and its workers held together.

    Read twice a second from ``/proc`` (Linux): proportional set sizes of every process of this process group.
    """
    peak, done = [0.0], threading.Event()

    def held() -> float:
        kilobytes = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(folder.name)) == os.getpgrp():
                    kilobytes += int((folder / "smaps_rollup").read_text().partition("\nPss:")[2].split()[0])
            except (OSError, IndexError):  # it has ended meanwhile
                continue
        return kilobytes / 1e6

    def watch() -> None:
        while not done.wait(0.5):
            peak[0] = max(peak[0], held())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def full_size(workers: int) -> dict[str, float]:
    """Make the release recipe's dataset; return its time, size and memory."""
    with peak_memory() as memory:
        run = run_once(load_recipe("release"), workers)
    print(
        f"release recipe: {run.sequences} sequences in {run.seconds / 60:.2f} min, {run.bytes / 1e9:.3f} GB,"
        f" at most {memory[0]:.2f} GB of memory in the driver and {workers} workers"
    )
    return {
        "sequences": run.sequences,
        "seconds": round(run.seconds, 1),
        "gb": round(run.bytes / 1e9, 3),
        "memory_gb": round(memory[0], 2),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=3000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--full", action="store_true", help="also make the release recipe's 10,000 sequences")
    options = parser.parse_args()
    result = measure(options)
    if options.full:
        result["release"] = full_size(options.workers)
    print(json.dumps({"benchmark": "synthesis", **result}))


if __name__ == "__main__":
    main()
