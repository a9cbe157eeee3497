"""What a network says about real people who wear a virtual watch: exercise of each window, position of the joints.

    python benchmarks/bench_captured.py --uiprmd DIR --model DIR [--persons s01,s02] [--draws 1] [--hop 50] [--seed 0]

UI-PRMD gives the motion of seven people by optical markers, ten movements each, done as asked and as a patient would. Each
wrist wears watches with the errors of the release. ``--model`` is a checkpoint folder, a package or a bundle. A network
that has learnt from a person says little about that person: for leave-one-person-out give one model a person, in the order of
``--persons``, each trained without that person.

Figures are over windows between the first and the last edge of the repetitions, the mean over persons with a bootstrap interval
over persons (95 %). Position errors are MPJPE-13: joints whose definition is the same for markers and for our skeleton, pelvis
included with error 0. Beside it stand two predictions without a sensor: the mean training pose, and the mean pose of the
movement over the other persons. The last line is one JSON document.
"""

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.alignment.stream import Windows, windows
from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.model_under_test import ModelUnderTest, open_bundle_model, open_checkpoint, open_package
from qleap_edge.comparison.motion.ground_truth import GroundTruth, ground_truth_of
from qleap_edge.comparison.motion.scores import mpjpe_13
from qleap_edge.comparison.virtual_watch import noisy_watch
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.joint_centres import joint_centres, motion_capture_of
from qleap_edge.dataset.uiprmd import MOVEMENTS, read_uiprmd, recording_names
from qleap_edge.metrics.bootstrap import mean_interval
from qleap_edge.physics.sensor_file import load_sensor, sensor_path

ASKED: dict[str, tuple[str, tuple[str, ...], float, bool]] = {
    "m01": ("deep squats named squat", ("squat",), 0.90, True),
    "m03": ("inline lunges named lunge", ("lunge",), 0.80, True),
    "m05": ("sit-to-stand called squat", ("squat",), 0.10, False),
}
"""Movement → figure, the exercises that count, the bound, and whether it is a lower bound."""


@dataclass(frozen=True)
class Watched:
    """One virtual watch of one recording: the windows within the repetitions."""

    person: str
    movement: str
    correct: bool
    exercise: Int[np.ndarray, " k"]
    error_mm: Float[np.ndarray, " k"]
    mean_pose_mm: Float[np.ndarray, " k"]
    truth: Float[np.ndarray, "k 200 17 3"]
    side: Side


@dataclass(frozen=True)
class VirtualRecording:
    """The windows of one virtual watch, and the true joints."""

    movement: str
    correct: bool
    windows: Windows
    truth: GroundTruth
    side: Side


def virtual_recordings(person: str, path: Path, draws: int, hop: int, seed: int) -> Iterator[VirtualRecording]:
    """Yield every recording of a person, seen by watches with the errors of the release on both wrists."""
    sensor = load_sensor(sensor_path("apple_watch"))
    for name in recording_names(path):
        try:
            body = joint_centres(read_uiprmd(path, name))
        except InputDataError as problem:
            print(f"{person} {name}: refused, {problem.what}")
            continue
        capture = motion_capture_of(body)
        for side in Side:
            for draw in range(1, draws + 1):
                worn = noisy_watch(capture, side, sensor, draw, seed)
                cut = windows(worn.aligned, hop=hop)
                truth = ground_truth_of(capture, worn.aligned, cut)
                yield VirtualRecording(body.markers.name.partition("_")[0], body.markers.correct, cut, truth, side)


def watched(model: ModelUnderTest, person: str, path: Path, draws: int, hop: int, seed: int) -> list[Watched]:
    """Run the model on every recording, wrist and device of a person."""
    return [_scored(model, person, one) for one in virtual_recordings(person, path, draws, hop, seed)]


def _scored(model: ModelUnderTest, person: str, one: VirtualRecording) -> Watched:
    predictions = model.predict(one.windows, one.side)
    inside = within_repetitions(one.truth)
    pose = one.truth.windowed(one.truth.pose)
    error = mpjpe_13(predictions.pose, pose).mean(axis=1) * MM_PER_BODY_HEIGHT
    mean = mpjpe_13(np.broadcast_to(model.baseline(one.side), pose.shape), pose).mean(axis=1) * MM_PER_BODY_HEIGHT
    return Watched(
        person, one.movement, one.correct, predictions.exercise[inside], error[inside], mean[inside], pose[inside],
        one.side,
    )  # fmt: skip


def within_repetitions(truth: GroundTruth) -> Bool[np.ndarray, " windows"]:
    """Return True for the windows between the first and the last edge of the repetitions."""
    return truth.window_labels() == 1


def movement_baseline(rows: list[Watched], one: Watched) -> Float[np.ndarray, " k"]:
    """Return the error of the mean pose of the movement over the other persons, mm."""
    others = [row for row in rows if row.movement == one.movement and row.person != one.person and row.side is one.side]
    if not others:
        return np.full(len(one.error_mm), np.nan)
    mean = np.mean([row.truth.mean(axis=(0, 1)) for row in others], axis=0)
    return mpjpe_13(np.broadcast_to(mean, one.truth.shape), one.truth).mean(axis=1) * MM_PER_BODY_HEIGHT


def per_person(rows: list[Watched], value: str, movement: str | None) -> dict[str, float]:
    """Return the mean of a figure over the windows of each person."""
    groups: dict[str, list[np.ndarray]] = defaultdict(list)
    for row in rows:
        if movement in (None, row.movement):
            groups[row.person].append(getattr(row, value))
    return {person: float(np.concatenate(parts).mean()) for person, parts in groups.items() if parts}


def named(rows: list[Watched], movement: str, exercises: tuple[str, ...]) -> dict[str, float]:
    """Return each person's share of windows that get one of these names."""
    wanted = [EXERCISES.index(name) for name in exercises]
    groups: dict[str, list[np.ndarray]] = defaultdict(list)
    for row in rows:
        if row.movement == movement:
            groups[row.person].append(np.isin(row.exercise, wanted))
    return {person: float(np.concatenate(parts).mean()) for person, parts in groups.items()}


def with_interval(values: dict[str, float]) -> str:
    """Return the mean over persons, with an interval where there are several."""
    numbers = np.array(list(values.values()))
    if len(numbers) < 2:
        return f"{numbers.mean():.3f}"
    low, high = mean_interval(numbers, np.arange(len(numbers)))
    return f"{numbers.mean():.3f} [{low:.3f}, {high:.3f}]"


def asked(rows: list[Watched]) -> dict[str, object]:
    """Print and return the figures that have a bound, by person."""
    figures: dict[str, object] = {}
    for movement, (text, exercises, bound, lower) in ASKED.items():
        shares = named(rows, movement, exercises)
        if shares:
            mean = float(np.mean(list(shares.values())))
            met = mean >= bound if lower else mean <= bound
            sign = ">=" if lower else "<="
            print(f"{text}: {with_interval(shares)} ({sign} {bound:g}: {'met' if met else 'missed'})")
            figures[text] = shares
    return figures


def positions(rows: list[Watched]) -> dict[str, object]:
    """Print and return the position errors by movement, with the most frequent names of the windows."""
    figures: dict[str, object] = {}
    print(f"{'movement':32s} {'MPJPE-13 mm':>12s} {'/ mean pose':>12s} {'/ of movement':>14s}   most frequent names")
    for movement in (*sorted({row.movement for row in rows}), None):
        some = [row for row in rows if movement in (None, row.movement)]
        error, mean = per_person(some, "error_mm", movement), per_person(some, "mean_pose_mm", movement)
        own: dict[str, list[np.ndarray]] = defaultdict(list)
        for row in some:
            own[row.person].append(movement_baseline(rows, row))
        of_movement = {person: float(np.concatenate(parts).mean()) for person, parts in own.items()}
        ratio = np.mean([error[person] / mean[person] for person in error])
        ratio_movement = np.mean([error[person] / of_movement[person] for person in error])
        counts = np.bincount(np.concatenate([row.exercise for row in some]), minlength=len(EXERCISES))
        names = ", ".join(f"{EXERCISES[i]} {counts[i] / counts.sum():.2f}" for i in np.argsort(-counts)[:3])
        label = "all" if movement is None else f"{movement} {MOVEMENTS[movement]}"
        print(f"{label:32s} {np.mean(list(error.values())):12.1f} {ratio:12.2f} {ratio_movement:14.2f}   {names}")
        figures[label] = {"error_mm": error, "mean_pose_mm": mean, "mean_of_movement_mm": of_movement}
    return figures


def open_model(path: Path) -> ModelUnderTest:
    """Open a checkpoint folder, a package or a bundle."""
    if path.suffix == ".mlpackage":
        return open_package(path)
    if (path / "checkpoint.json").exists():
        return open_checkpoint(path)
    return open_bundle_model(path)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uiprmd", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, nargs="+", help="one, or one a person in their order")
    parser.add_argument("--persons", default="", help="comma-separated; all if not given")
    parser.add_argument("--draws", type=int, default=1, help="watches on each wrist")
    parser.add_argument("--hop", type=int, default=50, help="steps between windows")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    paths = {path.stem: path for path in sorted(options.uiprmd.glob("s*.npz"))}
    persons = options.persons.split(",") if options.persons else list(paths)
    models = options.model * len(persons) if len(options.model) == 1 else options.model
    rows: list[Watched] = []
    for person, model in zip(persons, models, strict=True):
        rows += watched(open_model(model), person, paths[person], options.draws, options.hop, options.seed)
    print(f"{len(rows)} recordings of virtual watches, {sum(len(row.exercise) for row in rows)} windows")
    figures = asked(rows) | positions(rows)
    print(json.dumps({"benchmark": "captured", "persons": persons, "draws": options.draws, "figures": figures}))


if __name__ == "__main__":
    main()
