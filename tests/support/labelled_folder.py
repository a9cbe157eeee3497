"""A folder of recordings with ``sets.csv``: simulated sets whose repetitions are known."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from qleap_edge.comparison.watch.labelled_sets import COLUMNS
from tests.support.exercise_sets import RATE_HZ, Rep, path, recorded, sensor_logger_file
from tests.support.watch_recordings import write_csv

REPS: Mapping[str, list[Rep]] = {
    "squats.csv": [Rep()] * 6,
    "curls.csv": [Rep(range_m=-0.3, turn_deg=120.0)] * 8,
}
_OBLIQUE = Rotation.from_rotvec([0.3, 0.2, 0.4])
"""Turning about one axis of the case fits several orders of axes."""


def labelled_folder(made: Path) -> Path:
    """Write one recording for each set of :data:`REPS`, named by what it is, and the table."""
    rows = [[*COLUMNS, "range_m"]]
    for seed, (name, reps) in enumerate(REPS.items()):
        height, pitch, _ = path(reps)
        recording = recorded(height, pitch, np.random.default_rng(seed), core_motion=True, mounting=_OBLIQUE)
        sensor_logger_file(made / name, recording)
        ranges = " ".join(str(abs(rep.range_m)) for rep in reps)
        rows.append([name, name.removesuffix(".csv"), str(len(reps)), "3.5", str(len(height) / RATE_HZ - 3.5), ranges])
    write_csv(made / "sets.csv", rows)
    return made
