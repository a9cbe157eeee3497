"""How fast sequences are made, beside the floor that physics sets, and where the time goes.

    python benchmarks/bench_synthesis.py [--sequences 200] [--repeat 3] [--workers 2] [--exercise squat]

The floor is the bare ``mj_inverse`` loop over the same frames of one body. The last line is one JSON document.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import mujoco
import numpy as np

from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.dataset import synthesize as dataset
from qleap_edge.physics import simulate as engine
from qleap_edge.physics.body import compile_body

STAGES = {  # label → (module, function): wrapped for one run to see where the time goes
    "compile bodies": (engine, "compile_body"),
    "draw": (engine, "_draft"),
    "differentiate": (engine, "differentiate"),
    "inverse dynamics": (engine, "_inverse"),
    "feasibility gate": (engine, "refusal"),
    "sensor model": (engine, "record"),
    "resampling": (engine, "to_model_input"),
    "labels": (engine, "labels_at"),
    "rubric": (engine, "score_form"),
    "write shard": (dataset, "write_shard"),
}


def bench_recipe(sequences: int, exercise: str) -> Recipe:
    """Return a recipe of one exercise, 4-6 s a sequence, two sequences a subject."""
    tiny = load_recipe("tiny")
    mix = {exercise: 1.0} if exercise != "mix" else tiny.synthesis.mix
    table = tiny.synthesis.model_copy(update={"subjects": (sequences + 1) // 2, "sequences_per_subject": 2, "mix": mix})
    return tiny.model_copy(update={"synthesis": table})


@dataclass(frozen=True)
class Run:
    """One whole synthesis into a fresh folder."""

    seconds: float
    cpu_seconds: float
    """Of this process: what counts on a machine that others use too; nothing of the workers."""
    sequences: int
    samples: int


def run_once(recipe: Recipe, workers: int) -> Run:
    """Synthesise once and throw the result away."""
    with tempfile.TemporaryDirectory() as folder:
        began, cpu = time.perf_counter(), time.process_time()
        document = dataset.synthesize(recipe, Path(folder) / "out", workers)
        spent = time.process_time() - cpu
        return Run(time.perf_counter() - began, spent, document.sequences, document.samples)


def floor_frames_per_s(frames: int = 20000) -> float:
    """Return how many bare ``mj_inverse`` calls one core makes in a second of its own time."""
    model = compile_body(engine.subject_of(1, 0))
    data = mujoco.MjData(model)
    data.qpos[2] = 0.9
    began = time.process_time()
    for _ in range(frames):
        mujoco.mj_inverse(model, data)
    return frames / (time.process_time() - began)


def stage_shares(recipe: Recipe) -> dict[str, float]:
    """Return the share of one inline run that each stage takes; "other" is mostly the closed-form kinematics."""
    spent = dict.fromkeys(STAGES, 0.0)
    saved = {}

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
    return shares | {"kinematics and other": 1.0 - sum(shares.values())}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--exercise", default="squat", help="an exercise's name, or 'mix' for the tiny recipe's")
    options = parser.parse_args()
    recipe = bench_recipe(options.sequences, options.exercise)
    run_once(bench_recipe(48, options.exercise), 1)  # imports and caches
    floor = floor_frames_per_s()
    result: dict[str, Any] = {
        "exercise": options.exercise,
        "sequences": options.sequences,
        "floor_frames_per_s": round(floor),
    }
    print(f"floor: {floor:,.0f} mj_inverse frames/s on one core")
    for workers in dict.fromkeys((1, options.workers)):
        runs = [run_once(recipe, workers) for _ in range(options.repeat)]
        rates = [run.sequences / run.seconds for run in runs]
        frames = runs[0].samples / runs[0].sequences * 2.0  # the device samples at twice the stored rate
        figures = {"best_per_s": max(rates), "median_per_s": float(np.median(rates))}
        if workers == 1:
            figures["per_cpu_s"] = max(run.sequences / run.cpu_seconds for run in runs)
        text = ", ".join(f"{name} {rate:.1f}" for name, rate in figures.items())
        print(f"{workers} worker(s): {text} ({frames:.0f} frames each; floor {workers * floor / frames:.0f})")
        result[f"workers_{workers}"] = {name: round(rate, 1) for name, rate in figures.items()}
        result["frames_per_sequence"] = round(frames)
    shares = stage_shares(recipe)
    for label, share in sorted(shares.items(), key=lambda item: -item[1]):
        print(f"  {share:6.1%}  {label}")
    result["shares"] = {label: round(share, 4) for label, share in shares.items()}
    print(json.dumps({"benchmark": "synthesis", **result}))


if __name__ == "__main__":
    main()
