"""Fit how much farther the wrist falls than the pelvis in a squat, and write ``calibration/depth/wrist_travel.toml``.

    python benchmarks/fit_wrist_travel.py --uiprmd DIR --date 2026-11-29 [--sequences 400] [--out FILE]

``raised`` comes from real people: deep squats with the arms overhead, as asked (UI-PRMD, m01_correct), both wrists, marker
against marker. ``hanging`` and ``level`` come from synthetic squats, so their standard deviations are widened: synthetic squats
with the arms overhead are compared with the real ones, the difference of the means joins the bias, and the spread grows by the
ratio of the spreads. Sequences whose arms swing against the trunk are left out of the offset, but not of the lever.

Estimates: between and within groups by analysis of variance with random effects (a group is one wrist of one person, or one
sequence); coverage of 90 % intervals with one person left out at a time. The last line is one JSON document.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.wrist_travel import PostureTravel
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import write_atomically
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.dataset.joint_centres import joint_centres
from qleap_edge.dataset.uiprmd import read_uiprmd
from qleap_edge.metrics.uncertainty import Z_90
from qleap_edge.physics.arms import POSTURES
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.randomize import RELEASE, Distributions
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.physics.sequence import Request, Sequence
from qleap_edge.physics.simulate import Rejections, simulate

HANGING_BELOW_DEG, RAISED_ABOVE_DEG = -30.0, 30.0
SEED = 20
_SECONDS = (20.0, 30.0)  # of a synthetic sequence: five to ten squats
_SEQUENCES_PER_SUBJECT = 4
_HOLDS = (*POSTURES, "rising")
_SWINGS = 0.3  # mean forearm drop beyond the posture's median: these arms move against the trunk
_TURNS_LEAST = (
    0.1  # standard deviation of the drop within a recording, or its distance from the median: enough for a slope
)


@dataclass(frozen=True)
class Repetitions:
    """Repetitions of many sets: metres, forearm lengths, degrees."""

    person: Int[np.ndarray, " n"]
    group: Int[np.ndarray, " n"]
    """One wrist of one recording, or one synthetic sequence."""
    offset_m: Float[np.ndarray, " n"]
    depth_m: Float[np.ndarray, " n"]
    drop: Float[np.ndarray, " n"]
    elevation_deg: Float[np.ndarray, " n"]
    hold: Int[np.ndarray, " n"]
    """Number of the way in which the arms are held, of synthetic squats."""

    @classmethod
    def of(cls, rows: list[tuple[float, ...]]) -> "Repetitions":
        """Return rows of person, group, hold, wrist travel, depth, sine of the elevation at start and at turn."""
        person, group, hold, travel, depth, start, turn = np.array(rows, dtype=float).T
        elevation = np.degrees(np.arcsin(np.clip(start, -1.0, 1.0)))
        drop = start - turn
        return cls(person.astype(int), group.astype(int), travel - depth, depth, drop, elevation, hold.astype(int))

    def __getitem__(self, chosen: Bool[np.ndarray, " n"]) -> "Repetitions":
        """Return some of the repetitions."""
        return Repetitions(**{name: values[chosen] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Effects:
    """Mean, and standard deviations between and within groups."""

    mean: float
    between: float
    within: float


def random_effects(values: Float[np.ndarray, " n"], group: Int[np.ndarray, " n"]) -> Effects:
    """Return the analysis of variance with random effects; groups of one tell nothing about the spread within."""
    parts = [values[group == number] for number in np.unique(group)]
    several = [part for part in parts if len(part) > 1]
    within = sum(((part - part.mean()) ** 2).sum() for part in several) / sum(len(part) - 1 for part in several)
    means = np.array([part.mean() for part in parts])
    own = float(np.mean([within / len(part) for part in parts]))
    return Effects(float(means.mean()), float(np.sqrt(max(means.var(ddof=1) - own, 0.0))), float(np.sqrt(within)))


def new_person_sd(effects: Effects, persons: int) -> float:
    """Return the standard deviation of a new person's mean: between persons, and of the mean over those measured.

    Both wrists of a person are alike, so the degrees of freedom are those of the persons.
    """
    return float(effects.between * np.sqrt((persons + 1) / (persons - 1)))


def marker_squats(folder: Path, kinds: tuple[str, ...]) -> Repetitions:
    """Return the deep squats of every person of UI-PRMD, both wrists."""
    rows: list[tuple[float, ...]] = []
    for person, path in enumerate(sorted(folder.glob("s*.npz"))):
        for kind in kinds:
            body = joint_centres(read_uiprmd(path, f"m01_{kind}"))
            pelvis = body.joint("pelvis")[:, 2]
            for number, side in enumerate(Side):
                along = np.sin(np.radians(body.elevation_deg(side)))
                wrist = body.joint(f"{side}_wrist")[:, 2]
                group = (2 * person + number) * len(kinds) + kinds.index(kind)
                rows += _rows((person, group, 0), wrist, pelvis, along, body.markers.repetitions)
    if not rows:
        raise InputDataError("there are no recordings", where=folder, expected="s01.npz and others")
    return Repetitions.of(rows)


def synthetic_squats(distributions: Distributions, sequences: int) -> Repetitions:
    """Return squats of synthetic persons, the wrist that wears the watch."""
    requests = [Request(index, index // _SEQUENCES_PER_SUBJECT, "squat") for index in range(sequences)]
    made = simulate(
        requests,
        seed=SEED,
        duration_s=_SECONDS,
        sensor=load_sensor(sensor_path("apple_watch")),
        distributions=distributions,
        rejections=Rejections(),
    )
    return Repetitions.of([row for one in made for row in _sequence_rows(one)])


def _sequence_rows(sequence: Sequence) -> Iterator[tuple[float, ...]]:
    """Yield the rows of one sequence; its feet stay planted, so heights are counted from the ankles."""
    at = sequence.pose.astype(np.float64) * sequence.subject.stature_m
    ground = 0.5 * (at[:, JOINT_INDEX["left_ankle"], 2] + at[:, JOINT_INDEX["right_ankle"], 2])
    forearm = at[:, JOINT_INDEX["left_wrist"]] - at[:, JOINT_INDEX["left_elbow"]]
    along = forearm[:, 2] / np.linalg.norm(forearm, axis=1)
    wrist, pelvis = at[:, JOINT_INDEX["left_wrist"], 2] - ground, at[:, JOINT_INDEX["pelvis"], 2] - ground
    edges = tuple((int(first), int(last)) for first, _, last in sequence.repetitions)
    names = (sequence.request.subject_id, sequence.request.sequence_id, _HOLDS.index(sequence.posture))
    yield from _rows(names, wrist, pelvis, along, edges)


def _rows(
    names: tuple[int, int, int],
    wrist: Float[np.ndarray, " t"],
    pelvis: Float[np.ndarray, " t"],
    along: Float[np.ndarray, " t"],
    edges: tuple[tuple[int, int], ...],
) -> list[tuple[float, ...]]:
    """Return names, travel, depth and the sines of the elevation at the ends and at the turn of each repetition."""
    found: list[tuple[float, ...]] = []
    for first, last in edges:
        moved = [_from_the_line(height[first : last + 1]) for height in (wrist, pelvis)]
        turn = first + int(np.argmax(moved[0]))
        ends = 0.5 * (along[first] + along[last])
        found.append((*names, moved[0].max(), moved[1].max(), float(ends), float(along[turn])))
    return found


def _from_the_line(height: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """Return the distance from the line through both ends, as the analysis measures a range."""
    return np.abs(height - np.linspace(height[0], height[-1], len(height)))


def coverage_without_each_person(reps: Repetitions) -> float:
    """Return how often 90 % intervals cover a person who was not in the fit."""
    inside = []
    for person in np.unique(reps.person):
        others, own = reps[reps.person != person], reps[reps.person == person]
        effects = random_effects(others.offset_m, others.group)
        sd = np.hypot(new_person_sd(effects, len(np.unique(others.person))), effects.within)
        inside += (np.abs(own.offset_m - effects.mean) <= Z_90 * sd).tolist()
    return float(np.mean(inside))


def lever_within(reps: Repetitions) -> tuple[float, float]:
    """Return the mean slope of the offset over the forearm drop within sets, and its standard deviation over sets."""
    slopes = []
    for number in np.unique(reps.group):
        own = reps[reps.group == number]
        if own.drop.std() >= _TURNS_LEAST:
            slopes.append(float(np.polyfit(own.drop, own.offset_m, 1)[0]))
    return float(np.mean(slopes)), float(np.std(slopes, ddof=1))


def lever_between(reps: Repetitions) -> tuple[float, float]:
    """Return the slope of the offset over the forearm drop between sequences with the same hold, and its standard deviation."""
    drops, offsets = [], []
    for hold in np.unique(reps.hold):
        alike = reps[reps.hold == hold]
        parts = [alike[alike.group == number] for number in np.unique(alike.group)]
        drops.append(np.array([part.drop.mean() for part in parts]))
        offsets.append(np.array([part.offset_m.mean() for part in parts]))
    drop = np.concatenate([one - one.mean() for one in drops])
    offset = np.concatenate([one - one.mean() for one in offsets])
    slope = float(drop @ offset / (drop @ drop))
    away = np.abs(drop) >= _TURNS_LEAST
    return slope, float(np.std((offset[away] - slope * drop[away]) / drop[away]))


def fit_raised(folder: Path, held: Repetitions) -> tuple[PostureTravel, dict[str, float]]:
    """Fit the posture ``raised`` on real people; the dictionary has what else is printed.

    The offset is that of real people with free arms. The lever is the mean of theirs and of that of synthetic people whose
    raised hands hold a bar or a weight, ``held``, because the elevation does not tell one from the other.
    """
    correct, both = marker_squats(folder, ("correct",)), marker_squats(folder, ("correct", "incorrect"))
    effects = random_effects(correct.offset_m, correct.group)
    incorrect = marker_squats(folder, ("incorrect",))
    persons = len(np.unique(correct.person))
    (free, free_sd), (fixed, _) = lever_within(both), lever_between(held)
    lever, lever_sd = 0.5 * (free + fixed), float(np.hypot(free_sd, 0.5 * (free - fixed)))
    bias = new_person_sd(effects, persons)
    carried = 0.5 * free * (incorrect.drop - correct.drop.mean())  # as ``analysis.depth`` says it without a reference
    missed = np.abs(incorrect.offset_m - effects.mean - carried)
    inside = missed <= Z_90 * np.sqrt(bias**2 + effects.within**2 + carried**2)
    found = PostureTravel(
        offset_m=effects.mean, bias_sd_m=bias, spread_sd_m=effects.within, forearm_drop=float(correct.drop.mean()),
        lever_m=lever, lever_sd_m=lever_sd, kind="real", persons=persons, repetitions=len(correct.offset_m),
        source="UI-PRMD (Vakanski et al. 2018), m01_correct, both wrists: deep squats with the arms overhead, healthy people. "
        "Hands on a barbell, which are raised too, are not in it. Lever: mean of that of free arms (m01_correct, m01_incorrect)"
        " and that of synthetic squats with raised hands that hold a bar or a weight.",
    )  # fmt: skip
    return found, {
        "between_sd_m": effects.between,
        "coverage_left_out": coverage_without_each_person(correct),
        "incorrect_offset_m": float(incorrect.offset_m.mean()),
        "incorrect_within_m": random_effects(incorrect.offset_m, incorrect.group).within,
        "incorrect_median_error_m": float(np.median(missed)),
        "incorrect_coverage": float(np.mean(inside)),
        "lever_free_m": free,
        "lever_held_m": fixed,
        "synthetic_held_offset_m": random_effects(held.offset_m, held.group).mean,
    }


def fit_synthetic(
    name: str, all_of_posture: Repetitions, real: PostureTravel, overhead: Repetitions
) -> tuple[PostureTravel, dict[str, float]]:
    """Fit a posture on synthetic squats and widen it by how far real and synthetic squats differ with the arms overhead."""
    mean_drop = {number: all_of_posture.drop[all_of_posture.group == number].mean() for number in all_of_posture.group}
    of_set = np.array([mean_drop[number] for number in all_of_posture.group])
    reps = all_of_posture[np.abs(of_set - np.median(of_set)) <= _SWINGS]
    effects, compared = random_effects(reps.offset_m, reps.group), random_effects(overhead.offset_m, overhead.group)
    apart, ratio = abs(compared.mean - real.offset_m), max(1.0, real.spread_sd_m / compared.within)
    lever, lever_sd = lever_between(all_of_posture)
    found = PostureTravel(
        offset_m=effects.mean, bias_sd_m=float(np.hypot(effects.between, apart)), spread_sd_m=effects.within * ratio,
        forearm_drop=float(reps.drop.mean()), lever_m=lever, lever_sd_m=lever_sd, kind="synthetic",
        persons=len(np.unique(reps.group)), repetitions=len(reps.offset_m),
        source=f"Synthetic squats of this project's physics with the forearm {name}; no real person was measured. The bias "
        f"includes {apart:.3f} m, the spread the factor {ratio:.2f}, by which synthetic squats with arms overhead miss them.",
    )  # fmt: skip
    return found, {
        "between_sd_m": effects.between,
        "coverage_left_out": coverage_without_each_person(reps),
        "left_out_share": 1.0 - len(reps.offset_m) / len(all_of_posture.offset_m),
        "difference_m": apart,
        "spread_factor": ratio,
    }


def toml_text(fitted: date, free_lever_m: float, postures: dict[str, PostureTravel]) -> str:
    """Return the file."""
    lines = [
        "# How much more the wrist falls than the pelvis in a squat, by how the forearm is held at the start of a repetition.",
        "# Written by benchmarks/fit_wrist_travel.py. Metres; forearm_drop in forearm lengths: sine of the forearm's elevation",
        "# at the start less that at the turn. bias_sd_m: between persons. spread_sd_m: between repetitions of one person.",
        "# free_lever_m: how much the offset grows with the forearm drop where arms are free, m01_correct and m01_incorrect of",
        "# UI-PRMD. lever_m: the same in one posture, from one set of a person to another.",
        'schema = "qleap.wrist_travel"',
        "schema_version = 1",
        f"fitted = {fitted.isoformat()}",
        f"hanging_below_deg = {HANGING_BELOW_DEG}",
        f"raised_above_deg = {RAISED_ABOVE_DEG}",
        f"free_lever_m = {free_lever_m:.3f}",
    ]
    for name, posture in postures.items():
        lines += ["", f"[{name}]"]
        for key, value in posture.model_dump().items():
            lines.append(f"{key} = {value:.3f}" if isinstance(value, float) else f"{key} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit, print the table, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uiprmd", type=Path, required=True)
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="day of the fit, for the file")
    parser.add_argument("--sequences", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path("calibration/depth/wrist_travel.toml"))
    options = parser.parse_args()
    overhead = synthetic_squats(replace(RELEASE, squat_arms=Categorical(overhead=1.0)), options.sequences // 4)
    squats = synthetic_squats(RELEASE, options.sequences)
    hanging = squats[squats.elevation_deg < HANGING_BELOW_DEG]
    level = squats[(squats.elevation_deg >= HANGING_BELOW_DEG) & (squats.elevation_deg <= RAISED_ABOVE_DEG)]
    raised, more = fit_raised(options.uiprmd, squats[squats.elevation_deg > RAISED_ABOVE_DEG])
    fits = {
        "hanging": fit_synthetic("hanging", hanging, raised, overhead),
        "level": fit_synthetic("level", level, raised, overhead),
        "raised": (raised, more),
    }
    report = {}
    for name, (posture, others) in fits.items():
        report[name] = posture.model_dump(exclude={"source"}) | others
        print(f"{name} ({posture.kind}): " + ", ".join(f"{k} {v:.3f}" for k, v in report[name].items() if k != "kind"))
    postures = {name: posture for name, (posture, _) in fits.items()}
    write_atomically(options.out, toml_text(options.date, more["lever_free_m"], postures).encode())
    print(json.dumps(report))


if __name__ == "__main__":
    main()
