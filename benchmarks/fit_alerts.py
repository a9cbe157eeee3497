"""Fits the margins of the alerts on captured and on synthetic persons, and writes ``calibration/alerts/alerts.toml``.

    qleap synthesize --recipe benchmarks/alerts_synthesis.toml --out data
    python benchmarks/fit_alerts.py --uiprmd DIR --data data --date DAY [--draws 1] [--seed 0] [--out FILE]

UI-PRMD gives the motion of seven people by optical markers. Each wrist wears watches with the errors of the release. A counted
repetition is compared with the markers between the true edges of the repetition that it turns in: its range as a share of the
median of its set, how long the wrist comes down, and for a whole set how much velocity the last repetition has lost. Movements
in which the wrist moves by less than 0.2 m are left out. Synthetic sets are judged in the same way by the simulated skeleton.

Margins: fixed-sequence tests at 95 % (``uncertainty/risk_control.py``), at most 5 % misses and 10 % false alerts. They take
repetitions for independent, which those of one person are not; therefore each person is also judged by the margins of the
others. A rule is on if it keeps both rates on captured persons and on synthetic ones; its margins are the larger of the two
populations. One process. The last line is one JSON document.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.signal import butter, sosfiltfilt

from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.wear import Side, Wear, from_frame_c
from qleap_edge.analysis.alerts import ALERTS, LEAST_RANGE_M, LEAST_REPETITIONS, AlertName, alert_quantities, excess
from qleap_edge.analysis.measures import MOVES_LEAST, Estimate, measure_set
from qleap_edge.analysis.sets import ExerciseSet, find_sets
from qleap_edge.comparison.virtual_watch import noisy_watch
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISES, Exercise
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.records import write_atomically
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.dataset.document import read_dataset
from qleap_edge.dataset.joint_centres import JointCentres, joint_centres, motion_capture_of
from qleap_edge.dataset.store import read_shard
from qleap_edge.dataset.uiprmd import RATE_HZ, read_uiprmd, recording_names
from qleap_edge.metrics.pose import pelvis_height
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.uncertainty.risk_control import smallest_margin, upper_bound

LIMITS: dict[AlertName, float] = {"short_repetition": 0.8, "fast_lowering": 1.0, "velocity_loss": 0.2}
MISS_RATE, FALSE_RATE = 0.05, 0.10
HEIGHTS: dict[Exercise, Literal["standing", "lying"]] = {
    "squat": "standing", "deadlift": "standing", "overhead_press": "standing", "biceps_curl": "standing",
    "lateral_raise": "standing", "triceps_extension": "standing", "bench_press": "lying",
}  # fmt: skip
"""Exercises whose wrist height follows from the pose: the feet stand, or the pelvis lies still."""
_SMOOTH_HZ = 6.0  # of the markers, as is usual in gait laboratories
_GROUPS = 7  # of persons, for the margins of the others
_WRIST = JOINT_INDEX["left_wrist"]
Margins = tuple[float | None, float | None]
"""Of "fine" and of "alert"; None: none was shown to be safe."""
Rows = dict[AlertName, list[tuple[Estimate, float, int]]]
"""Measured value, true value and person, by rule."""


@dataclass(frozen=True)
class TrueRepetition:
    """One repetition of the wrist by the markers."""

    range_m: float
    down_s: float
    up_s: float
    rising_m_s: float
    """Mean velocity while it rises."""


@dataclass(frozen=True)
class Cases:
    """What one rule judges: the measured values and the true ones."""

    measured: tuple[Estimate, ...]
    true: Float[np.ndarray, " n"]
    person: Int[np.ndarray, " n"]

    def excess(self, name: AlertName) -> Float[np.ndarray, " n"]:
        """Return how far each measured value lies on the wrong side, in standard deviations."""
        return np.array([excess(name, value, LIMITS[name]) for value in self.measured])

    def deserved(self, name: AlertName) -> Bool[np.ndarray, " n"]:
        """Return which cases deserve an alert."""
        return self.true > LIMITS[name] if name == "velocity_loss" else self.true < LIMITS[name]


def true_repetitions(body: JointCentres, side: Side) -> list[TrueRepetition]:
    """Return every repetition of a wrist, between the edges that are given with the recording."""
    return repetitions_between(body.joint(f"{side}_wrist")[:, 2], body.markers.repetitions, RATE_HZ)


def repetitions_between(
    height: Float[np.ndarray, " frames"], edges: Iterable[tuple[int, int]], rate_hz: float
) -> list[TrueRepetition]:
    """Return what a wrist of known height does between the first and the last frame of every repetition."""
    velocity = np.gradient(sosfiltfilt(butter(2, _SMOOTH_HZ, fs=rate_hz, output="sos"), height)) * rate_hz
    found = []
    for start, stop in edges:
        part = height[start : stop + 1]
        way = part - np.linspace(part[0], part[-1], len(part))
        turn = int(np.abs(way).argmax())
        legs = [velocity[start : start + turn + 1], velocity[start + turn : stop + 1]]
        down, up = legs if way[turn] < 0 else legs[::-1]
        down_s, up_s = (len(_moving(leg)) / rate_hz for leg in (down, up))
        found.append(TrueRepetition(float(np.abs(way[turn])), down_s, up_s, _mean_rise(up)))
    return found


def _moving(velocity: Float[np.ndarray, " k"]) -> Float[np.ndarray, " m"]:
    """Return the part between the first and the last instant at which it moves."""
    speed = np.abs(velocity)
    rows = np.flatnonzero(speed >= min(MOVES_LEAST, 0.5 * float(speed.max())))
    return velocity[rows[0] : rows[-1]]


def _mean_rise(velocity: Float[np.ndarray, " k"]) -> float:
    moving = _moving(velocity)
    return float(np.maximum(moving, 0.0).mean()) if len(moving) else 0.0


def set_cases(
    found: ExerciseSet, edges_s: Float[np.ndarray, "repetitions 2"], true: Sequence[TrueRepetition]
) -> Iterator[tuple[AlertName, Estimate, float]]:
    """Yield every value that the rules judge in a set, with the true one of the repetition that it turns in."""
    measured = measure_set(found)
    turns = [next((k for k, (a, b) in enumerate(edges_s) if a <= one.turn_s < b), None) for one in measured]
    beside = [None if k is None else true[k] for k in turns]
    known = [one for one in beside if one is not None]
    if len(known) < len(true) // 2:
        return
    usual = float(np.median([one.range_m for one in known]))
    if usual < LEAST_RANGE_M:
        return
    quantities = alert_quantities(measured)
    for share, down, one in zip(quantities["short_repetition"], quantities["fast_lowering"], beside, strict=False):
        if one is not None:
            yield "short_repetition", share, one.range_m / usual
            yield "fast_lowering", down, one.down_s
    fastest = max(one.rising_m_s for one in known)
    if quantities["velocity_loss"] and beside[-1] is not None and fastest > 0.0:
        yield "velocity_loss", quantities["velocity_loss"][0], 1.0 - beside[-1].rising_m_s / fastest


def captured_cases(folder: Path, draws: int, seed: int) -> dict[AlertName, Cases]:
    """Return the cases of every rule, of all captured persons, movements and wrists."""
    sensor = load_sensor(sensor_path("apple_watch"))
    rows: Rows = {name: [] for name in ALERTS}
    for person, path in enumerate(sorted(folder.glob("s*.npz"))):
        for name in recording_names(path):
            try:
                body = joint_centres(read_uiprmd(path, name))
            except InputDataError as problem:
                print(f"{path.stem} {name}: refused, {problem.what}")
                continue
            capture, edges_s = motion_capture_of(body), np.array(body.markers.repetitions) / RATE_HZ
            for side in Side:
                true = true_repetitions(body, side)
                for draw in range(1, draws + 1):
                    worn = noisy_watch(capture, side, sensor, draw, seed)
                    add_cases(rows, worn.recording, edges_s, true, person)
        print(f"{path.stem}: done", flush=True)
    return cases_of(rows)


def synthetic_cases(folder: Path) -> dict[AlertName, Cases]:
    """Return the cases of every rule, of the sequences of a dataset in which one exercise of :data:`HEIGHTS` is repeated."""
    rows: Rows = {name: [] for name in ALERTS}
    worn = Wear(Side.LEFT, Side.RIGHT)  # every stored sequence is that of a left arm
    for record in read_dataset(folder).shards:
        path = folder / record.path
        shard = read_shard(path)
        for row, (start, stop) in enumerate(pairwise(shard.offsets)):
            exercise = int(shard.columns["exercise"][row])
            frames = shard.repetitions[shard.repetition_offsets[row] : shard.repetition_offsets[row + 1]]
            if exercise < 0 or EXERCISES[exercise] not in HEIGHTS or len(frames) < LEAST_REPETITIONS:
                continue
            pose = shard.pose[start:stop].astype(np.float64)
            standing = HEIGHTS[EXERCISES[exercise]] == "standing"
            above = pose[:, _WRIST, 2] + (pelvis_height(pose) if standing else 0.0)
            edges = frames[:, [0, 2]]
            true = repetitions_between(above * shard.columns["stature_m"][row], edges, MODEL_RATE_HZ)
            force, rate = from_frame_c(shard.imu[start:stop].astype(np.float64), worn)
            time_s = np.arange(stop - start) / MODEL_RATE_HZ
            recording = Recording(
                format="synthetic", path=str(path), sha256=record.sha256, time_s=time_s, specific_force=force,
                angular_velocity=rate,
            )  # fmt: skip
            add_cases(rows, recording, edges / MODEL_RATE_HZ, true, int(shard.columns["subject_id"][row]))
    return cases_of(rows)


def add_cases(
    rows: Rows,
    recording: Recording,
    edges_s: Float[np.ndarray, "repetitions 2"],
    true: Sequence[TrueRepetition],
    person: int,
) -> None:
    """Add what the rules judge in every set that is found between the first and the last edge."""
    for found in find_sets(recording, (float(edges_s[0, 0]), float(edges_s[-1, 1]))):
        for rule, value, truth in set_cases(found, edges_s, true):
            rows[rule].append((value, truth, person))


def cases_of(rows: Rows) -> dict[AlertName, Cases]:
    """Return the rows as arrays."""
    return {
        rule: Cases(tuple(row[0] for row in some), np.array([row[1] for row in some]), np.array([row[2] for row in some]))
        for rule, some in rows.items()
    }  # fmt: skip


def margins(wrong: Float[np.ndarray, " n"], deserved: Bool[np.ndarray, " n"]) -> Margins:
    """Return the margins of "fine" and of "alert"."""
    return smallest_margin(-wrong[deserved], MISS_RATE), smallest_margin(wrong[~deserved], FALSE_RATE)


def left_out(wrong: np.ndarray, deserved: np.ndarray, person: np.ndarray) -> tuple[float, float]:
    """Return the rates of misses and of false alerts, each of seven groups of persons with the margins of the others.

    Where the others show no margin, the rule is off and nothing is answered.
    """
    misses, false = np.zeros(len(wrong), dtype=bool), np.zeros(len(wrong), dtype=bool)
    _, number = np.unique(person, return_inverse=True)
    for one in np.unique(number % _GROUPS):
        own = number % _GROUPS == one
        fine, alert = margins(wrong[~own], deserved[~own])
        if fine is not None and alert is not None:
            misses |= own & deserved & (wrong < -fine)
            false |= own & ~deserved & (wrong > alert)
    return float(misses.sum() / max(deserved.sum(), 1)), float(false.sum() / max((~deserved).sum(), 1))


def evidence(name: AlertName, cases: Cases, both: Margins) -> dict[str, float | int]:
    """Return what the rule says about one population; a rule that is off says nothing."""
    wrong, deserved = cases.excess(name), cases.deserved(name)
    fine, alert = both
    on = fine is not None and alert is not None
    is_fine, is_alert = wrong < -(fine or 0.0), wrong > (alert or 0.0)
    misses, false = int((deserved & is_fine).sum()), int((~deserved & is_alert).sum())
    miss_rate, false_rate = left_out(wrong, deserved, cases.person)
    return {
        "positives": int(deserved.sum()), "misses": misses if on else 0,
        "miss_rate_at_most": upper_bound(misses, int(deserved.sum())) if on else 1.0,
        "negatives": int((~deserved).sum()), "false_alerts": false if on else 0,
        "false_rate_at_most": upper_bound(false, int((~deserved).sum())) if on else 1.0,
        "answered": float((is_fine | is_alert).mean()) if on else 0.0,
        "left_out_miss_rate": miss_rate, "left_out_false_rate": false_rate,
        "persons": len(np.unique(cases.person)),
    }  # fmt: skip


def fitted_rule(name: AlertName, populations: dict[str, Cases]) -> dict[str, Any]:
    """Return the keys of one rule of the file; its margins are the larger of what the populations need."""
    needed = {of: margins(cases.excess(name), cases.deserved(name)) for of, cases in populations.items()}
    fine, alert = (_largest([one[k] for one in needed.values()]) for k in range(2))
    unsafe = [
        f"{what} rare on {of} persons"
        for of, pair in needed.items()
        for what, margin in zip(("misses", "false alerts"), pair, strict=True)
        if margin is None
    ]
    found: dict[str, Any] = {"limit": LIMITS[name], "enabled": not unsafe}
    if unsafe:
        fine = alert = None
        found["why_off"] = f"no margin up to 6 standard deviations was shown to keep {' and '.join(unsafe)}"
    else:
        found |= {"fine_margin": fine, "alert_margin": alert}
    return found | {of: evidence(name, cases, (fine, alert)) for of, cases in populations.items()}


def _largest(needed: list[float | None]) -> float | None:
    known = [one for one in needed if one is not None]
    return max(known) if len(known) == len(needed) else None


def toml_text(fitted: date, source: str, rules: dict[AlertName, dict[str, Any]]) -> str:
    """Return the file."""
    lines = [
        "# Alerts about a set, and how far from its limit a value must lie before something is said.",
        "# Written by benchmarks/fit_alerts.py. Margins in standard deviations of the measurement. Rates are upper ends of",
        "# 95 % intervals, repetitions taken for independent; left_out: each group of persons with the margins of the others.",
        'schema = "qleap.alerts"',
        "schema_version = 2",
        f"fitted = {fitted.isoformat()}",
        f"source = {json.dumps(source)}",
    ]
    for name, rule in rules.items():
        tables: dict[str, dict[str, Any]] = {
            name: {key: value for key, value in rule.items() if not isinstance(value, dict)}
        }
        tables |= {f"{name}.{key}": value for key, value in rule.items() if isinstance(value, dict)}
        for title, table in tables.items():
            lines += ["", f"[{title}]"]
            for key, value in table.items():
                lines.append(f"{key} = {round(value, 4) if isinstance(value, float) else json.dumps(value)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit, print the table, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uiprmd", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="synthetic persons: a dataset with long sequences")
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="day of the fit, for the file")
    parser.add_argument("--draws", type=int, default=1, help="watches on each wrist")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("calibration/alerts/alerts.toml"))
    options = parser.parse_args()
    populations = {
        "captured": captured_cases(options.uiprmd, options.draws, options.seed),
        "synthetic": synthetic_cases(options.data),
    }
    rules = {name: fitted_rule(name, {of: cases[name] for of, cases in populations.items()}) for name in ALERTS}
    for name, rule in rules.items():
        print(f"{name}: limit {rule['limit']}, margins {rule.get('fine_margin')} and {rule.get('alert_margin')}")
        for of in populations:
            print(
                f"  {of}: "
                + ", ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in rule[of].items())
            )
    source = (
        "captured: UI-PRMD (public domain), seven people, movements in which the wrist moves by 0.2 m or more, virtual watches "
        "with the errors of the release on both wrists; synthetic: " + ", ".join(HEIGHTS)
    )
    write_atomically(options.out, toml_text(options.date, source, rules).encode())
    print(json.dumps({"benchmark": "alerts", "rules": rules}))


if __name__ == "__main__":
    main()
