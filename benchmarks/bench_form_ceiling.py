"""How well the form score can be read at a wrist: gradient boosting on squats of unseen synthetic persons.

    python benchmarks/bench_form_ceiling.py [--sequences 3600] [--workers 2] [--seed 20261130] [--cache FOLDER]

A reader is given the signal of one wrist (six axes, frame C), once as the release sensor measures it and once without errors of
the sensor, for each four-second window and for whole sequences. It is told where the repetitions begin, turn and end, which a
network is not. Each repetition is described by the signal about its turning point (direction of gravity, vertical acceleration,
velocity and height by integration, turning of the forearm), cut off where the window ends; the reader first regresses what the
rubric measures, each half of the training persons predicted by a reader of the other half, and then the score. A last reader
sees the true measures: what it misses is the fault of the method, not of the wrist. Two thirds of the persons train, one third
tests; intervals are bootstraps over test persons. The last line is one JSON document.
"""

import argparse
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from qleap_edge.core.exercises import FORM_SCORES
from qleap_edge.core.form import OBSERVABLE
from qleap_edge.core.frames import MODEL_RATE_HZ, STANDARD_GRAVITY, WINDOW_STEPS
from qleap_edge.metrics.bootstrap import person_draws, person_sums
from qleap_edge.metrics.classification import confusion, quadratic_weighted_kappas
from qleap_edge.physics.form import CRITERIA, grade, shown
from qleap_edge.physics.form_measures import REPETITION_MEASURES
from qleap_edge.physics.randomize import PRESETS
from qleap_edge.physics.sensor_file import Quantity, SensorParameters, load_sensor, sensor_path
from qleap_edge.physics.sequence import Request
from qleap_edge.physics.simulate import Rejections, simulate

BATCH, PER_PERSON, HOP = 96, 3, 50
ABOUT = np.arange(-100, 101, 5)  # steps about the turning point at which the signal is described
MOST = 3  # repetitions that a reader looks at
READ = ("thigh", "descent", "force", "halt_down", "halt_up", "lean", "forearm_turn", "drop", "velocity")
COLUMN = {name: index for index, name in enumerate(REPETITION_MEASURES)}
ERRORS = (
    "rate_error", "stamp_jitter", "specific_force_noise_density", "angular_velocity_noise_density", "specific_force_bias",
    "angular_velocity_bias", "specific_force_scale_error", "angular_velocity_scale_error", "angular_velocity_skew",
    "strap_rotation", "strap_creep",
)  # fmt: skip


@dataclass(frozen=True)
class Squat:
    """One sequence: signal, repetitions and what the rubric measured of each."""

    person: int
    imu: np.ndarray
    repetitions: np.ndarray
    rows: np.ndarray


def without_errors(sensor: SensorParameters) -> SensorParameters:
    """Return a sensor that measures what is there."""

    def zero(quantity: Quantity) -> Quantity:
        return quantity.model_copy(update={"value": 0.0, "distribution": "constant"})

    changed = {name: zero(getattr(sensor, name)) for name in ERRORS}
    changed["hole_rate"] = sensor.hole_rate.model_copy(update={"value": 0.0})
    return sensor.model_copy(update=changed)


def make_squats(first: int, count: int, seed: int, clean: bool) -> list[Squat]:
    """Simulate some sequences."""
    sensor = load_sensor(sensor_path("apple_watch"))
    requests = [
        Request(number, number // PER_PERSON, "squat", "forward" if number % 8 == 0 else "prescribed")
        for number in range(first, first + count)
    ]
    made = simulate(
        requests,
        seed=seed,
        duration_s=(4.0, 10.0),
        sensor=without_errors(sensor) if clean else sensor,
        distributions=PRESETS["release"],
        rejections=Rejections(),
    )
    return [Squat(s.request.subject_id, s.imu, s.repetitions, s.rubric.rows) for s in made if s.rubric is not None]


def upright(imu: np.ndarray) -> np.ndarray:
    """Return time x 5: direction of gravity in the watch, vertical acceleration, angular speed.

    The direction is turned by the gyroscope and pulled towards the specific force with a time constant of 2 s.
    """
    force, turn = imu[:, :3].astype(float), imu[:, 3:].astype(float)
    out = np.empty((len(imu), 5))
    up = force[:10].mean(axis=0)
    up /= np.linalg.norm(up)
    for step in range(len(imu)):
        up = up - np.cross(turn[step], up) / MODEL_RATE_HZ
        error = force[step] / np.linalg.norm(force[step]) - up
        up = up + error / (2.0 * MODEL_RATE_HZ)
        up /= np.linalg.norm(up)
        out[step] = *up, force[step] @ up - STANDARD_GRAVITY, np.linalg.norm(turn[step])
    return out


def repetition_features(imu: np.ndarray, whole: np.ndarray, repetition: np.ndarray) -> list[float]:
    """Describe the signal about one repetition; NaN where it lies outside ``imu``."""
    start, turn, end = (int(one) for one in repetition)
    low, high = max(start - 10, 0), min(end + 10, len(imu) - 1)
    acceleration = whole[low : high + 1, 3]
    velocity = np.cumsum(acceleration - acceleration.mean()) / MODEL_RATE_HZ
    height = np.cumsum(velocity) / MODEL_RATE_HZ
    if start >= 0 and end < len(imu):  # back where it began
        height -= np.linspace(0.0, height[-1], len(height))
    tracks = np.full((len(imu), 4), np.nan)
    tracks[low : high + 1, 0], tracks[low : high + 1, 1] = velocity, height
    tracks[:, 2], tracks[:, 3] = whole[:, 3], whole[:, 4]
    at = turn + ABOUT
    there = (at >= 0) & (at < len(imu))
    about = np.full((len(ABOUT), 7), np.nan)
    smooth = np.apply_along_axis(np.convolve, 0, np.c_[tracks, whole[:, :3]], np.ones(5) / 5, "same")
    about[there] = smooth[at[there]]
    bottom = whole[max(turn - 5, 0) : turn + 6, :3].mean(axis=0)
    tilts = []
    for edge in (max(start, 0), min(end, len(imu) - 1)):
        other = whole[max(edge - 5, 0) : edge + 6, :3].mean(axis=0)
        tilts += [float(np.degrees(np.arccos(np.clip(bottom @ other, -1, 1)))), *(bottom - other)]
    known = [float(one) for one in (start if start >= 0 else np.nan, end if end < len(imu) else np.nan)]
    peaks = [acceleration.max(), acceleration.min(), np.ptp(height), velocity.max(), velocity.min()]
    near = np.linalg.norm(imu[max(turn - 15, 0) : turn + 16, :3], axis=1)
    turned = imu[low : high + 1, 3:].astype(float)
    return [
        turn - known[0], known[1] - turn, *peaks, near.max(), near.min(), *bottom, *tilts,
        *np.abs(turned).mean(axis=0), *turned.std(axis=0), *about.ravel(),
    ]  # fmt: skip


@dataclass(frozen=True)
class Cases:
    """Windows or sequences: features and true measures of up to ``MOST`` repetitions each."""

    features: np.ndarray
    rows: np.ndarray
    """What is seen of the true measures; NaN where it is not."""
    person: np.ndarray
    score: np.ndarray
    deductions: np.ndarray


def cases(squats: list[Squat], windows: bool) -> Cases:
    """Cut windows that show a repetition, or take whole sequences."""
    features, rows, person = [], [], []
    for one in squats:
        for begin in range(0, len(one.imu) - WINDOW_STEPS + 1, HOP) if windows else [0]:
            imu = one.imu[begin : begin + WINDOW_STEPS] if windows else one.imu
            moved = one.repetitions - begin
            seen = shown(moved, one.rows) if windows else one.rows
            there = np.flatnonzero(np.isfinite(seen[:, COLUMN["thigh"]]))[-MOST:]
            if len(there) == 0:
                continue
            whole = upright(imu)
            described = [repetition_features(imu, whole, moved[number]) for number in there]
            missing = MOST - len(there)
            features.append(np.pad(np.array(described), ((0, missing), (0, 0)), constant_values=np.nan))
            rows.append(np.pad(seen[there], ((0, missing), (0, 0)), constant_values=np.nan))
            person.append(one.person)
    stacked = np.array(rows, dtype=np.float32)
    _, deductions, score = grade(stacked)
    return Cases(np.array(features), stacked, np.array(person), score, deductions[:, : len(OBSERVABLE)])


def read_measures(found: Cases, train: np.ndarray) -> np.ndarray:
    """Return regressed measures of every repetition; training persons are read by a reader of the other half."""
    out = np.full((*found.rows.shape[:2], len(READ)), np.nan)
    half = (found.person // 3) % 2
    for index, name in enumerate(READ):
        truth = found.rows[..., COLUMN[name]]
        for part in (0, 1, 2):
            learn = train if part == 2 else train & (half != part)
            ask = ~train if part == 2 else train & (half == part)
            known = np.isfinite(truth) & learn[:, None]
            model = HistGradientBoostingRegressor(
                max_iter=120, learning_rate=0.1, max_leaf_nodes=20, max_features=0.3, random_state=0
            )
            model.fit(found.features[known], truth[known])
            wanted = np.isfinite(found.rows[..., COLUMN["thigh"]]) & ask[:, None]
            out[wanted, index] = model.predict(found.features[wanted])
    return out


def agreement(predicted: np.ndarray, label: np.ndarray, person: np.ndarray, classes: int) -> tuple[float, float, float]:
    """Return the quadratic weighted kappa with its 95 % interval over persons."""
    entries = np.eye(classes * classes)[label * classes + predicted]
    sums = person_sums(entries, person)
    drawn = quadratic_weighted_kappas((person_draws(len(sums)) @ sums).reshape(-1, classes, classes))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(quadratic_weighted_kappas(confusion(predicted, label, classes))), float(low), float(high)


def best_rounding(value: np.ndarray, label: np.ndarray, classes: int) -> np.ndarray:
    """Return the bounds between classes that agree best on training cases, by coordinate search."""
    bounds = np.arange(classes - 1) + 0.5
    for _ in range(3):
        for index in range(classes - 1):
            tries = bounds[index] + np.linspace(-0.4, 0.4, 17)
            kappas = []
            for bound in tries:
                trial = np.sort(np.r_[bounds[:index], bound, bounds[index + 1 :]])
                kappas.append(quadratic_weighted_kappas(confusion(np.digitize(value, trial), label, classes)))
            bounds[index] = tries[int(np.argmax(kappas))]
    return np.sort(bounds)


def expected_class(features: np.ndarray, label: np.ndarray, learn: np.ndarray, classes: int) -> np.ndarray:
    """Return the expected class of every case by a classifier fitted to some of them."""
    features = features[:, np.isfinite(features[learn]).any(axis=0)]
    model = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.06, max_leaf_nodes=12, max_features=0.3, early_stopping=False, random_state=0
    )
    model.fit(features[learn], label[learn])
    return model.predict_proba(features) @ model.classes_


def read_score(features: np.ndarray, found: Cases, train: np.ndarray) -> tuple[np.ndarray, tuple[float, float, float]]:
    """Return the predicted score of the test cases and its agreement."""
    fit, tune = train & (found.person % 5 != 0), train & (found.person % 5 == 0)
    value = expected_class(features, found.score, fit, len(FORM_SCORES))
    bounds = best_rounding(value[tune], found.score[tune], len(FORM_SCORES))
    predicted = np.digitize(value[~train], bounds)
    return predicted, agreement(predicted, found.score[~train], found.person[~train], len(FORM_SCORES))


def read_all(found: Cases) -> dict[str, object]:
    """Return the agreement of the reader at the wrist and of one that sees the true measures."""
    train = found.person % 3 != 0
    read = read_measures(found, train)
    filled = found.rows.copy()
    for index, name in enumerate(READ):
        here = np.isfinite(filled[..., COLUMN[name]])
        filled[..., COLUMN[name]] = np.where(here, read[..., index], np.nan)
    measures, _, graded = grade(filled)
    features = np.c_[read.reshape(len(read), -1), measures[:, : len(OBSERVABLE)], graded, found.features[:, 0]]
    predicted, wrist = read_score(features, found, train)
    truth = np.c_[found.rows[..., [COLUMN[name] for name in READ]].reshape(len(read), -1), grade(found.rows)[0]]
    criteria: dict[str, float] = {}
    for index, one in enumerate(CRITERIA[: len(OBSERVABLE)]):
        label = found.deductions[:, index].astype(np.int64)
        if len(np.unique(label[train])) < 3:
            continue
        value = expected_class(features, label, train, 3)
        criteria[one.name] = agreement(np.rint(value[~train]).astype(int), label[~train], found.person[~train], 3)[0]
    return {
        "cases": len(found.person),
        "test_cases": int((~train).sum()),
        "test_persons": len(np.unique(found.person[~train])),
        "score_shares": (np.bincount(found.score, minlength=5) / len(found.score)).round(3).tolist(),
        "wrist_qwk": wrist,
        "wrist_mae": float(np.abs(predicted - found.score[~train]).mean()),
        "graded_directly_qwk": agreement(graded[~train], found.score[~train], found.person[~train], 5)[0],
        "true_measures_qwk": read_score(truth, found, train)[1],
        "criteria_qwk": criteria,
    }


def squats_of(count: int, seed: int, clean: bool, workers: int, cache: Path | None) -> list[Squat]:
    """Simulate the squats in several processes, or read those of an earlier run."""
    path = None if cache is None else cache / f"squats-{count}-{seed}-{'clean' if clean else 'noisy'}.npy"
    if path is not None and path.is_file():
        return list(np.load(path, allow_pickle=True))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        firsts = range(0, count, BATCH)
        parts: Iterator[list[Squat]] = pool.map(
            make_squats,
            firsts,
            [min(BATCH, count - first) for first in firsts],
            [seed] * len(firsts),
            [clean] * len(firsts),
        )
        squats = [one for part in parts for one in part]
    if path is not None:
        np.save(path, np.array([*squats, None], dtype=object)[:-1])
    return squats


def main() -> None:
    """Parse the command line, read and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=3600)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20261130)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    report: dict[str, object] = {}
    for clean in (False, True):
        squats = squats_of(arguments.sequences, arguments.seed, clean, arguments.workers, arguments.cache)
        for windows in (True, False):
            name = f"{'windows' if windows else 'sequences'}, {'without errors' if clean else 'release sensor'}"
            report[name] = read_all(cases(squats, windows))
            print(name, json.dumps(report[name]), flush=True)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
