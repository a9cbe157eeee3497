"""Fits the margins of the alerts on real people's motion, and writes ``calibration/alerts/alerts.toml``.

    python benchmarks/fit_alerts.py --uiprmd DIR --date DAY [--draws 1] [--seed 0] [--out calibration/alerts/alerts.toml]

UI-PRMD gives the motion of seven people by optical markers. Each wrist wears watches with the errors of the release. A counted
repetition is compared with the markers between the true edges of the repetition that it turns in: its range as a share of the
median of its set, how long the wrist comes down, and for a whole set how much velocity the last repetition has lost. Movements
in which the wrist moves by less than 0.2 m are left out.

Margins: fixed-sequence tests at 95 % (``uncertainty/risk_control.py``), at most 5 % misses and 10 % false alerts. They take
repetitions for independent, which those of one person are not; therefore each person is also judged by the margins of the
others. One process. The last line is one JSON document.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.signal import butter, sosfiltfilt

from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.alerts import ALERTS, LEAST_RANGE_M, AlertName, alert_quantities, excess
from qleap_edge.analysis.measures import MOVES_LEAST, Estimate, measure_set
from qleap_edge.analysis.sets import ExerciseSet, find_sets
from qleap_edge.comparison.virtual_watch import noisy_watch
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import write_atomically
from qleap_edge.dataset.joint_centres import JointCentres, joint_centres, motion_capture_of
from qleap_edge.dataset.uiprmd import RATE_HZ, read_uiprmd, recording_names
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.uncertainty.risk_control import smallest_margin, upper_bound

LIMITS: dict[AlertName, float] = {"short_repetition": 0.8, "fast_lowering": 1.0, "velocity_loss": 0.2}
MISS_RATE, FALSE_RATE = 0.05, 0.10
_SMOOTH_HZ = 6.0  # of the markers, as is usual in gait laboratories


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
    height = body.joint(f"{side}_wrist")[:, 2]
    velocity = np.gradient(sosfiltfilt(butter(2, _SMOOTH_HZ, fs=RATE_HZ, output="sos"), height)) * RATE_HZ
    found = []
    for start, stop in body.markers.repetitions:
        part = height[start : stop + 1]
        way = part - np.linspace(part[0], part[-1], len(part))
        turn = int(np.abs(way).argmax())
        legs = [velocity[start : start + turn + 1], velocity[start + turn : stop + 1]]
        down, up = legs if way[turn] < 0 else legs[::-1]
        down_s, up_s = (len(_moving(leg)) / RATE_HZ for leg in (down, up))
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


def set_cases(body: JointCentres, side: Side, found: ExerciseSet) -> Iterator[tuple[AlertName, Estimate, float]]:
    """Yield every value that the rules judge in a set, with the true one."""
    measured, true = measure_set(found), true_repetitions(body, side)
    turns = [
        next((k for k, (a, b) in enumerate(body.markers.repetitions) if a <= round(one.turn_s * RATE_HZ) < b), None)
        for one in measured
    ]
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


def all_cases(folder: Path, draws: int, seed: int) -> dict[AlertName, Cases]:
    """Return the cases of every rule, of all persons, movements and wrists."""
    sensor = load_sensor(sensor_path("apple_watch"))
    rows: dict[AlertName, list[tuple[Estimate, float, int]]] = {name: [] for name in ALERTS}
    for person, path in enumerate(sorted(folder.glob("s*.npz"))):
        for name in recording_names(path):
            try:
                body = joint_centres(read_uiprmd(path, name))
            except InputDataError as problem:
                print(f"{path.stem} {name}: refused, {problem.what}")
                continue
            capture, edges = motion_capture_of(body), body.markers.edges
            for side in Side:
                for draw in range(1, draws + 1):
                    worn = noisy_watch(capture, side, sensor, draw, seed)
                    for found in find_sets(worn.recording, (edges[0] / RATE_HZ, edges[-1] / RATE_HZ)):
                        for rule, value, true in set_cases(body, side, found):
                            rows[rule].append((value, true, person))
        print(f"{path.stem}: done", flush=True)
    return {
        rule: Cases(tuple(row[0] for row in some), np.array([row[1] for row in some]), np.array([row[2] for row in some]))
        for rule, some in rows.items()
    }  # fmt: skip


def margins(wrong: Float[np.ndarray, " n"], deserved: Bool[np.ndarray, " n"]) -> tuple[float | None, float | None]:
    """Return the margins of "fine" and of "alert"."""
    return smallest_margin(-wrong[deserved], MISS_RATE), smallest_margin(wrong[~deserved], FALSE_RATE)


def left_out(wrong: np.ndarray, deserved: np.ndarray, person: np.ndarray) -> tuple[float, float]:
    """Return the rates of misses and of false alerts, each person with the margins of the others; off counts as not sure."""
    misses, false = np.zeros(len(wrong), dtype=bool), np.zeros(len(wrong), dtype=bool)
    for one in np.unique(person):
        own = person == one
        fine, alert = margins(wrong[~own], deserved[~own])
        if fine is not None and alert is not None:
            misses |= own & deserved & (wrong < -fine)
            false |= own & ~deserved & (wrong > alert)
    return float(misses.sum() / max(deserved.sum(), 1)), float(false.sum() / max((~deserved).sum(), 1))


def fitted_rule(name: AlertName, cases: Cases) -> dict[str, object]:
    """Return the keys of one rule of the file."""
    wrong, deserved = cases.excess(name), cases.deserved(name)
    fine, alert = margins(wrong, deserved)
    on = fine is not None and alert is not None
    misses = int((deserved & (wrong < -(fine or 0.0))).sum())
    false = int((~deserved & (wrong > (alert or 0.0))).sum())
    answered = float(((wrong < -(fine or 0.0)) | (wrong > (alert or 0.0))).mean()) if on else 0.0
    miss_rate, false_rate = left_out(wrong, deserved, cases.person)
    unsafe = [what for what, margin in (("misses", fine), ("false alerts", alert)) if margin is None]
    found: dict[str, object] = {"limit": LIMITS[name], "enabled": on}
    if on:
        found |= {"fine_margin": fine, "alert_margin": alert}
    return found | {
        "positives": int(deserved.sum()), "misses": misses if on else 0,
        "miss_rate_at_most": upper_bound(misses, int(deserved.sum())) if on else 1.0,
        "negatives": int((~deserved).sum()), "false_alerts": false if on else 0,
        "false_rate_at_most": upper_bound(false, int((~deserved).sum())) if on else 1.0,
        "answered": answered, "left_out_miss_rate": miss_rate, "left_out_false_rate": false_rate,
        "persons": len(np.unique(cases.person)),
        "why_off": "" if on else f"no margin up to 6 standard deviations was shown to keep {' and '.join(unsafe)} rare",
    }  # fmt: skip


def toml_text(fitted: date, source: str, rules: dict[AlertName, dict[str, object]]) -> str:
    """Return the file."""
    lines = [
        "# Alerts about a set, and how far from its limit a value must lie before something is said.",
        "# Written by benchmarks/fit_alerts.py. Margins in standard deviations of the measurement. Rates are upper ends of",
        "# 95 % intervals, repetitions taken for independent; left_out: each person with the margins of the others.",
        'schema = "qleap.alerts"',
        "schema_version = 1",
        f"fitted = {fitted.isoformat()}",
        f"source = {json.dumps(source)}",
    ]
    for name, rule in rules.items():
        lines += ["", f"[{name}]"]
        for key, value in rule.items():
            lines.append(f"{key} = {round(value, 4) if isinstance(value, float) else json.dumps(value)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit, print the table, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uiprmd", type=Path, required=True)
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="day of the fit, for the file")
    parser.add_argument("--draws", type=int, default=1, help="watches on each wrist")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("calibration/alerts/alerts.toml"))
    options = parser.parse_args()
    found = all_cases(options.uiprmd, options.draws, options.seed)
    rules = {name: fitted_rule(name, cases) for name, cases in found.items()}
    for name, rule in rules.items():
        print(f"{name}: " + ", ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in rule.items()))
    source = (
        "UI-PRMD (public domain), seven people, movements in which the wrist moves by 0.2 m or more; virtual watches with the "
        "errors of the release on both wrists"
    )
    write_atomically(options.out, toml_text(options.date, source, rules).encode())
    print(json.dumps({"benchmark": "alerts", "rules": rules}))


if __name__ == "__main__":
    main()
