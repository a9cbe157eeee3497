"""How many repetitions does a session call squats where nobody squats, and how many where somebody does?

    python benchmarks/bench_false_squats.py --bundle B [--uiprmd DIR] [--recordings FILE_OR_FOLDER ...] [--draws 1] [--seed 0]

UI-PRMD: virtual watches with the errors of the release on both wrists of seven real people, ten movements; squats are movement
m01, and sitting down and standing up (m05) is what looks most like one. Recordings: every file that a reader knows, for example
everyday motion, swimming, gym sets without squats. Each goes through the whole session, network included, and nothing but the
wear is given. The baseline is the network alone: the share of the windows that it would accept as squats by itself. The last
line is one JSON document.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import AlignedRecording, align
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.analysis.session import Wearer, analyze
from qleap_edge.bundle.shipped import ShippedModel, open_bundle
from qleap_edge.comparison.virtual_watch import noisy_watch
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.units import REFERENCE_STATURE_M
from qleap_edge.dataset.joint_centres import joint_centres, motion_capture_of
from qleap_edge.dataset.uiprmd import MOVEMENTS, read_uiprmd, recording_names
from qleap_edge.physics.sensor_file import load_sensor, sensor_path

_OF_THE_SET = {"set_unknown", "outvoted"}


@dataclass
class Sums:
    """Of one kind of recordings."""

    recordings: int = 0
    minutes: float = 0.0
    sets: int = 0
    repetitions: int = 0
    squats: int = 0
    """Repetitions in sets that are named squat."""
    other: int = 0
    """Repetitions in sets with another name."""
    windows: int = 0
    squat_windows: int = 0
    """Accepted as squat by the session."""
    squat_windows_alone: int = 0
    """That the network alone would accept."""

    def add(self, aligned: AlignedRecording, model: ShippedModel) -> None:
        """Analyse a recording and add what is found."""
        report = analyze(aligned, model, Wearer(REFERENCE_STATURE_M, "assumed")).report
        self.recordings += 1
        self.minutes += report.duration_s / 60.0
        for one in report.sets:
            self.sets += 1
            self.repetitions += len(one.repetitions)
            self.squats += len(one.repetitions) if one.exercise.name == "squat" else 0
            self.other += len(one.repetitions) if one.exercise.name not in ("squat", "unknown") else 0
        for window in report.windows:
            squat = window.exercise == "squat"
            self.windows += 1
            self.squat_windows += squat and not window.abstain
            self.squat_windows_alone += squat and set(window.reasons) <= _OF_THE_SET


def virtual_watches(folder: Path, draws: int, seed: int) -> Iterator[tuple[str, AlignedRecording]]:
    """Yield the movement and the aligned recording of every watch on both wrists of every person."""
    sensor = load_sensor(sensor_path("apple_watch"))
    for path in sorted(folder.glob("s*.npz")):
        for name in recording_names(path):
            try:
                capture = motion_capture_of(joint_centres(read_uiprmd(path, name)))
            except InputDataError as problem:
                print(f"{path.stem} {name} refused: {problem.what}")
                continue
            movement = name.partition("_")[0]
            for side in Side:
                for draw in range(1, draws + 1):
                    worn = noisy_watch(capture, side, sensor, draw, seed)
                    aligned = align(worn.recording, Wear(side, worn.crown))
                    if aligned.failures:
                        print(f"{path.stem} {name}, {side} wrist left out: {aligned.failures[0].message}")
                        continue
                    yield f"{movement} {MOVEMENTS[movement]}", aligned


def recordings(place: Path) -> Iterator[tuple[str, AlignedRecording]]:
    """Yield every recording of a file or of a folder that can be used; a watch on the left wrist, crown right."""
    files = [place] if place.is_file() else sorted(path for path in place.iterdir() if ".csv" in path.name)
    for path in files:
        if path.name == "sets.csv":
            continue
        try:
            aligned = align(read_recording(path), Wear(Side.LEFT, Side.RIGHT))
            aligned.require_usable()
        except InputDataError as problem:
            print(f"{path.name} left out: {problem.what}")
            continue
        yield place.name, aligned


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--uiprmd", type=Path)
    parser.add_argument("--recordings", type=Path, nargs="*", default=[])
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = open_bundle(options.bundle)
    found: dict[str, Sums] = defaultdict(Sums)
    sources = [virtual_watches(options.uiprmd, options.draws, options.seed)] if options.uiprmd else []
    for kind, aligned in (item for source in (*sources, *map(recordings, options.recordings)) for item in source):
        found[kind].add(aligned, model)
    print(f"{'':44s} recordings    min  sets  reps  squats  other  squats/min  squat windows  network alone")
    for kind, one in found.items():
        rate, windows = one.squats / max(one.minutes, 1e-9), max(one.windows, 1)
        print(
            f"{kind:44s} {one.recordings:10d} {one.minutes:6.1f} {one.sets:5d} {one.repetitions:5d} {one.squats:7d} "
            f"{one.other:6d} {rate:11.3f} {one.squat_windows / windows:14.3f} {one.squat_windows_alone / windows:14.3f}"
        )
    print(json.dumps({"benchmark": "bench_false_squats", "kinds": {kind: vars(one) for kind, one in found.items()}}))


if __name__ == "__main__":
    main()
