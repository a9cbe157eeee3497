"""What the analysis says about real people who wear a virtual watch: counting, range of the wrist, depth of the pelvis.

    python benchmarks/bench_wrist.py --uiprmd DIR [--har DIR] [--draws 3] [--seed 0]

UI-PRMD gives the motion of seven people by optical markers, with the edges of ten repetitions of ten movements, each done as
asked (correct) and as a patient would (incorrect). Each wrist wears watches with the errors of the release. Every figure has a
baseline beside it: autocorrelation with peaks for repetitions, double integration with a high-pass for the range, and the mean
depth of the other persons for depth. Intervals are 95 %, persons drawn whole.

Range and depth are compared with the markers between the true edges of the repetition that the counted one turns in. Depth
without a reference uses an offset of the raised forearm that was fitted without that person; the levers are the shipped
ones, in whose fit the person was. A reference is the first five repetitions of a recording by another watch on the same wrist
(two of them, or those of a correct and of an incorrect set, where the row says so); figures of depth are over the last five.

Of the everyday recordings in ``--har``, every repetition of any exercise is counted. The network names the exercise; this
program does not ask it. One process. The last line is one JSON document.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from fit_alerts import TrueRepetition, true_repetitions
from fit_wrist_travel import Repetitions, marker_squats, new_person_sd, random_effects
from jaxtyping import Float

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.analysis.depth import depths_of
from qleap_edge.analysis.measures import RepetitionMeasures, measure_set
from qleap_edge.analysis.sets import ExerciseSet, find_sets
from qleap_edge.analysis.slow_signals import slow_signals
from qleap_edge.analysis.watch_reference import WatchReference, add_set, make_reference
from qleap_edge.analysis.wrist_travel import WristTravel, WristTravelModel, shipped_wrist_travel, wrist_travels
from qleap_edge.comparison.virtual_watch import noisy_watch
from qleap_edge.comparison.watch.baseline import baseline_turns
from qleap_edge.core.errors import InputDataError
from qleap_edge.dataset.joint_centres import JointCentres, joint_centres, motion_capture_of
from qleap_edge.dataset.uiprmd import MOVEMENTS, RATE_HZ, read_uiprmd, recording_names
from qleap_edge.metrics.bootstrap import mean_interval, median_interval
from qleap_edge.metrics.uncertainty import Z_90
from qleap_edge.physics.sensor_file import load_sensor, sensor_path

SQUAT = "m01"
_HALF = 5  # repetitions of a reference set


@dataclass(frozen=True)
class Measured:
    """One counted repetition of a squat beside the markers."""

    number: int
    """Of the true repetition that it turns in."""
    travel: WristTravel
    range_m: float
    """By the markers, between the true edges."""
    found_range_m: float
    """By the markers, between the instants that the analysis found."""
    simple_range_m: float
    """By the baseline."""
    depth_m: float
    """By the markers."""
    measures: RepetitionMeasures
    true: TrueRepetition
    """By the markers, between the true edges."""


@dataclass(frozen=True)
class Watched:
    """One virtual watch on one wrist of one recording."""

    person: int
    movement: str
    correct: bool
    side: Side
    draw: int
    true: int
    known: int
    """Repetitions that are counted when the active part is known."""
    unknown: int
    baseline: int
    """By the baseline, active part known."""
    measured: tuple[Measured, ...] = field(default=())


def watch(person: int, body: JointCentres, draws: int, seed: int) -> Iterable[Watched]:
    """Yield what the analysis says about every watch on both wrists of a recording."""
    sensor, capture = load_sensor(sensor_path("apple_watch")), motion_capture_of(body)
    markers = body.markers
    active = (markers.edges[0] / RATE_HZ, markers.edges[-1] / RATE_HZ)
    movement = markers.name.partition("_")[0]
    for side in Side:
        for draw in range(1, draws + 1):
            worn = noisy_watch(capture, side, sensor, draw, seed)
            known, unknown = find_sets(worn.recording, active), find_sets(worn.recording)
            peaks = sum(len(baseline_turns(stretch, active)) for stretch in clean_clock(worn.recording).stretches)
            measured: list[Measured] = []
            if movement == SQUAT:
                wear = Wear(side, worn.crown)
                measured = [one for found in known for one in _measured(body, side, found, wear)]
            yield Watched(
                person, movement, markers.correct, side, draw, len(markers.repetitions),
                sum(len(found.repetitions) for found in known), sum(len(found.repetitions) for found in unknown),
                peaks, tuple(measured),
            )  # fmt: skip


def _measured(body: JointCentres, side: Side, found: ExerciseSet, wear: Wear) -> list[Measured]:
    measures, slow, true = measure_set(found), slow_signals(found.motion), true_repetitions(body, side)
    wrist, pelvis = body.joint(f"{side}_wrist")[:, 2], body.joint("pelvis")[:, 2]
    rows = []
    for one, travel in zip(measures, wrist_travels(found, wear, measures), strict=True):
        first, turn, last = (
            min(round(stamp * RATE_HZ), len(wrist) - 1) for stamp in (one.start_s, one.turn_s, one.end_s)
        )
        inside = [k for k, (start, stop) in enumerate(body.markers.repetitions) if start <= turn < stop]
        if not inside or slow is None:
            continue
        start, stop = body.markers.repetitions[inside[0]]
        part = slow.height[(slow.time_s >= one.start_s) & (slow.time_s <= one.end_s)]
        rows.append(
            Measured(
                inside[0], travel, _range(wrist[start : stop + 1]), _range(wrist[first : last + 1]),
                float(np.ptp(part)), _range(pelvis[start : stop + 1]), one, true[inside[0]],
            )
        )  # fmt: skip
    return rows


def _range(height: Float[np.ndarray, " t"]) -> float:
    """Return the farthest distance from the line through both ends."""
    return float(np.abs(height - np.linspace(height[0], height[-1], len(height))).max())


class Table:
    """Figures with intervals, printed as they come and kept for the JSON line."""

    def __init__(self) -> None:
        self.figures: list[dict[str, object]] = []

    def row(self, name: str, unit: str, values: Iterable[float], person: Iterable[int], *, how: str = "mean") -> None:
        """Add the mean, the median or the 95th percentile of some values with its interval over persons."""
        kept, who = np.array(list(values), dtype=float), np.array(list(person), dtype=np.int64)
        if not len(kept):
            return
        if how == "95 %":
            value, interval = float(np.percentile(kept, 95)), (float("nan"), float("nan"))
        else:
            value = float(np.mean(kept) if how == "mean" else np.median(kept))
            interval = mean_interval(kept, who) if how == "mean" else median_interval(kept, who)
        between = "" if how == "95 %" else f" ({interval[0]:.3f} to {interval[1]:.3f})"
        print(f"{name:72s} {value:.3f} {unit}{between}  n={len(kept)}")
        bounds = None if how == "95 %" else interval
        self.figures.append(
            {"name": name, "unit": unit, "how": how, "value": value, "interval": bounds, "n": len(kept)}
        )


def counting(table: Table, watched: list[Watched]) -> None:
    """Add how many repetitions of each movement are counted."""
    for correct in (True, False):
        label = "correct" if correct else "incorrect"
        squats = [one for one in watched if one.movement == SQUAT and one.correct == correct]
        who = [one.person for one in squats]
        for what in ("known", "unknown", "baseline"):
            name = f"deep squats, {label}: all counted, {what if what == 'baseline' else 'active part ' + what}"
            table.row(name, "share", [getattr(one, what) == one.true for one in squats], who)
        table.row(f"deep squats, {label}: within one", "share", [abs(one.known - one.true) <= 1 for one in squats], who)
    for movement, what in MOVEMENTS.items():
        some = [one for one in watched if one.movement == movement and movement != SQUAT]
        who = [one.person for one in some]
        for counter in ("known", "baseline"):
            name = f"{movement} {what}: counted of 10{', baseline' if counter == 'baseline' else ''}"
            table.row(name, "", [10.0 * getattr(one, counter) / one.true for one in some], who)
        table.row(f"{movement} {what}: all counted", "share", [one.known == one.true for one in some], who)


def ranges(table: Table, watched: list[Watched]) -> None:
    """Add the errors of the wrist's range in squats."""
    for label, some in (
        ("correct", [one for one in watched if one.correct]),
        ("incorrect", [one for one in watched if not one.correct]),
        ("both", watched),
    ):
        pairs = [(one.person, each) for one in some for each in one.measured]
        who = [person for person, _ in pairs]
        error = [abs(each.travel.range_m.value - each.range_m) for _, each in pairs]
        same = [abs(each.travel.range_m.value - each.found_range_m) for _, each in pairs]
        simple = [abs(each.simple_range_m - each.range_m) for _, each in pairs]
        for how in ("median", "95 %"):
            table.row(f"range of the wrist, {label}: {how} error", "m", error, who, how=how)
            table.row(f"range of the wrist, {label}: {how} error between the same instants", "m", same, who, how=how)
            table.row(f"range of the wrist, {label}: {how} error, baseline", "m", simple, who, how=how)
        inside = [e <= Z_90 * each.travel.range_m.sd for e, (_, each) in zip(error, pairs, strict=True)]
        table.row(f"range of the wrist, {label}: 90 % intervals cover", "share", inside, who)


def tempo(table: Table, watched: list[Watched]) -> None:
    """Add the errors of durations and of the velocity in squats; the baseline is the mean of the other persons."""
    pairs = [(one.person, each) for one in watched for each in one.measured]
    who = np.array([person for person, _ in pairs])
    for name, unit, found, true in (
        ("time down", "s", [m.measures.eccentric_s for _, m in pairs], [m.true.down_s for _, m in pairs]),
        ("time up", "s", [m.measures.concentric_s for _, m in pairs], [m.true.up_s for _, m in pairs]),
        (
            "mean velocity up", "m/s", [m.measures.mean_concentric_velocity for _, m in pairs],
            [m.true.rising_m_s for _, m in pairs],
        ),
    ):  # fmt: skip
        truth = np.array(true)
        error = np.abs(np.array([value.value for value in found]) - truth)
        others = np.array([truth[who != person].mean() for person in who])
        table.row(f"{name} of squats: median error", unit, error, who, how="median")
        table.row(f"{name} of squats: median error, baseline", unit, np.abs(others - truth), who, how="median")
        inside = error <= Z_90 * np.array([value.sd for value in found])
        table.row(f"{name} of squats: 90 % intervals cover", "share", inside, who)


def without_person(model: WristTravelModel, correct: Repetitions, person: int) -> WristTravelModel:
    """Return the model with the offset of raised forearms fitted on the other persons."""
    others = correct[correct.person != person]
    effects = random_effects(others.offset_m, others.group)
    fitted = {
        "offset_m": effects.mean,
        "bias_sd_m": new_person_sd(effects, len(np.unique(others.person))),
        "spread_sd_m": effects.within,
        "forearm_drop": float(others.drop.mean()),
    }
    return model.model_copy(update={"raised": model.raised.model_copy(update=fitted)})


def depths(table: Table, watched: list[Watched], folder: Path) -> None:
    """Add the errors of the pelvis' depth, without and with a reference set of the same wrist."""
    correct, shipped = marker_squats(folder, ("correct",)), shipped_wrist_travel()
    models = {int(person): without_person(shipped, correct, int(person)) for person in np.unique(correct.person)}
    pooled: dict[str, list[tuple[int, float, bool]]] = defaultdict(list)
    for right in (True, False):
        errors: dict[str, list[tuple[int, float, bool]]] = defaultdict(list)
        for one in watched:
            if one.correct == right:
                others = [
                    each.depth_m
                    for w in watched
                    if w.person != one.person and w.correct == right
                    for each in w.measured
                ]
                _depth_errors(errors, one, _references(one, watched, models[one.person]), models[one.person])
                for each in (each for each in one.measured if each.number >= _HALF):
                    errors["baseline"].append((one.person, abs(float(np.mean(others)) - each.depth_m), False))
        _depth_rows(table, "correct" if right else "incorrect", errors)
        for name, rows in errors.items():
            pooled[name] += rows
    judged = {name: rows for name, rows in pooled.items() if not name.startswith("reference incorrect")}
    _depth_rows(table, "both", judged)


def _depth_rows(table: Table, label: str, errors: dict[str, list[tuple[int, float, bool]]]) -> None:
    """Add median error and coverage for every kind of reference."""
    for name, rows in errors.items():
        who = [person for person, _, _ in rows]
        full = f"depth of the pelvis, {label}, {name}"
        table.row(f"{full}: median error", "m", [error for _, error, _ in rows], who, how="median")
        if name != "baseline":
            table.row(f"{full}: 90 % intervals cover", "share", [inside for _, _, inside in rows], who)


def _references(one: Watched, watched: list[Watched], model: WristTravelModel) -> dict[str, WatchReference | None]:
    """Return the references for a watch, each by another watch on the same wrist.

    None; the wearer's correct squats, two of them or five; where incorrect ones are judged, five of these too; and both sets.
    """
    draws = max(w.draw for w in watched)
    found: dict[str, WatchReference | None] = {"no reference": None}
    others = {
        w.correct: w for w in watched if (w.person, w.side, w.draw) == (one.person, one.side, one.draw % draws + 1)
    }
    correct, incorrect = (None if of not in others else _reference(others[of], model) for of in (True, False))
    if correct is not None:
        found |= {"reference correct": correct, "reference of two": _reference(others[True], model, 2)}
    if incorrect is not None and not one.correct:
        found["reference incorrect"] = incorrect
    if correct is not None and incorrect is not None and correct.posture == incorrect.posture:
        found["reference of both sets"] = add_set(correct, incorrect, model)
    return found


def _depth_errors(
    errors: dict[str, list[tuple[int, float, bool]]],
    one: Watched,
    references: dict[str, WatchReference | None],
    model: WristTravelModel,
) -> None:
    """Add person, error and whether the interval covers, of the repetitions that are in no reference.

    A reference of another posture is refused; then there is nothing to add.
    """
    turned = [each.travel for each in one.measured]
    still = [replace(each, turn_elevation_deg=None) for each in turned]
    for name, reference in references.items():
        for suffix, travels in ("", turned), (", turn not known", still):
            try:
                found = depths_of(travels, reference, exercise="squat", model=model)
            except InputDataError:
                print(f"refused: {name}, person {one.person}, {one.side}, {'correct' if one.correct else 'incorrect'}")
                continue
            for each, depth in zip(one.measured, found, strict=True):
                if each.number >= _HALF:
                    error = abs(depth.value_m - each.depth_m)
                    errors[name + suffix].append((one.person, error, error <= Z_90 * depth.sd_m))


def _reference(one: Watched, model: WristTravelModel, most: int = _HALF) -> WatchReference | None:
    """Return the reference of the first repetitions of a recording, as far as they were counted."""
    first = [each for each in one.measured if each.number < most]
    if not first:
        return None
    return make_reference(
        [each.travel for each in first],
        [each.depth_m for each in first],
        wearer="UI-PRMD",
        exercise="squat",
        recording_sha256=("1" if one.correct else "0") * 64,
        model=model,
    )


def everyday(table: Table, folder: Path) -> None:
    """Add how many repetitions a minute are counted in everyday recordings."""
    minutes, counts, refused = [], [], 0
    for path in sorted(folder.glob("*_sw.csv*")):
        try:
            recording = read_recording(path)
        except InputDataError:
            refused += 1
            continue
        minutes.append(float(recording.time_s[-1] - recording.time_s[0]) / 60.0)
        counts.append(sum(len(found.repetitions) for found in find_sets(recording)))
    rate = sum(counts) / sum(minutes)
    print(
        f"everyday recordings: {rate:.3f} repetitions of any exercise a minute in {sum(minutes):.0f} min, {refused} refused"
    )
    table.figures.append(
        {"name": "everyday repetitions a minute", "value": rate, "minutes": sum(minutes), "refused": refused}
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uiprmd", type=Path, required=True)
    parser.add_argument("--har", type=Path)
    parser.add_argument("--draws", type=int, default=3, help="watches on each wrist")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    watched: list[Watched] = []
    refused = []
    for person, path in enumerate(sorted(options.uiprmd.glob("s*.npz"))):
        for name in recording_names(path):
            try:
                body = joint_centres(read_uiprmd(path, name))
            except InputDataError as problem:
                refused.append(f"{path.stem} {name}: {problem.what}")
                continue
            watched += watch(person, body, options.draws, options.seed)
    print(f"{len(watched)} recordings of virtual watches; refused: {'; '.join(refused) or 'none'}")
    table = Table()
    counting(table, watched)
    squats = [one for one in watched if one.movement == SQUAT]
    ranges(table, squats)
    tempo(table, squats)
    depths(table, squats, options.uiprmd)
    if options.har is not None:
        everyday(table, options.har)
    print(json.dumps({"draws": options.draws, "seed": options.seed, "refused": refused, "figures": table.figures}))


if __name__ == "__main__":
    main()
