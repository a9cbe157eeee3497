"""Golden vectors of the stream of sets, for whoever writes it in another language: ``python -m tests.support.golden_sets``.

Each case is one JSON document. The synthetic case holds its samples. The samples of the real case are the rows of the file that
it names, from the first row on that it names; the file lies in ``tests/fixtures/watch/ucancme_mit`` with its licence (MIT).
"""

import json
from pathlib import Path

import numpy as np

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.set_stream import DELAY_S, MotionSamples, SetStream
from qleap_edge.analysis.slow_signals import slow_signals
from qleap_edge.analysis.vertical_motion import vertical_motion
from tests.support.exercise_sets import Rep, path, recorded
from tests.support.watch_recordings import WRIST_MOTION

FOLDER = Path(__file__).parents[1] / "fixtures" / "golden_sets"
PUSHED_ROWS = 40
SHOWN_EVERY = 20  # steps of the slow signals, which is one second


def squats() -> Recording:
    """Return four squats at 50 Hz, with the noise of a watch."""
    height, pitch, _ = path([Rep(range_m=size, turn_deg=15.0 * size) for size in (0.6, 0.55, 0.35, 0.6)], 3.0, 3.0)
    full = recorded(height, pitch, np.random.default_rng(0), core_motion=True)
    return full.take(slice(0, None, 2))


def swimming() -> Recording:
    """Return the longest stretch of the real recording."""
    stretches = clean_clock(read_recording(WRIST_MOTION)).stretches
    return max(stretches, key=lambda stretch: len(stretch.time_s)).recording


def golden(recording: Recording, *, with_samples: bool) -> dict[str, object]:
    """Return samples (or where they are), the slow signals, and the sets as the stream returns them."""
    (stretch,) = clean_clock(recording).stretches
    slow = slow_signals(vertical_motion(stretch))
    assert slow is not None and recording.gravity is not None
    stream, found = SetStream(stretch.rate_hz), []
    for first in range(0, len(recording), PUSHED_ROWS):
        rows = slice(first, first + PUSHED_ROWS)
        found += stream.push(
            MotionSamples(
                stretch.time_s[rows], recording.specific_force[rows], recording.angular_velocity[rows], recording.gravity[rows]
            )
        )  # fmt: skip
    found += stream.close()
    columns = (recording.time_s[:, None], recording.specific_force, recording.angular_velocity, recording.gravity)
    return {
        "schema": "qleap.golden_sets",
        "schema_version": 1,
        "rate_hz": stretch.rate_hz,
        "delay_s": DELAY_S,
        "columns": ["time_s", *(f"{name}_{axis}" for name in ("force", "rate", "gravity") for axis in "xyz")],
        "samples": np.hstack(columns).tolist() if with_samples else None,
        "file": None if with_samples else {"name": WRIST_MOTION.name, "first_s": float(recording.time_s[0])},
        "slow_time_s": slow.time_s[::SHOWN_EVERY].tolist(),
        "slow_up": slow.up[::SHOWN_EVERY].tolist(),
        "slow_height_m": slow.height[::SHOWN_EVERY].tolist(),
        "sets": [
            {
                "signal": one.signal,
                "agreement": one.agreement,
                "watch_arm_only": one.watch_arm_only,
                "repetitions": [
                    {
                        "start_s": rep.start_s,
                        "turn_s": rep.turn_s,
                        "end_s": rep.end_s,
                        "partial": rep.partial,
                        "range_m": measures.range_m.value,
                        "range_sd_m": measures.range_m.sd,
                    }
                    for rep, measures in zip(one.repetitions, measure_set(one), strict=True)
                ],
            }
            for one in found
        ],
    }


def rounded(value: object) -> object:
    """Return the document with nine digits a number, so that it is the same on every machine."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def squats_as_written() -> Recording:
    """Return the squats with their samples rounded as in the file, so that the file is enough to compute the rest."""
    exact = squats()

    def short(values: np.ndarray) -> np.ndarray:
        return np.round(values, 6)

    assert exact.gravity is not None
    return Recording(
        "golden", "golden", "0" * 64, short(exact.time_s), short(exact.specific_force), short(exact.angular_velocity),
        exact.gravity.round(9),
    )  # fmt: skip


def documents() -> dict[str, dict[str, object]]:
    """Return both documents by their file name."""
    return {
        "squats.json": golden(squats_as_written(), with_samples=True),
        "swimming.json": golden(swimming(), with_samples=False),
    }


def write(folder: Path = FOLDER) -> None:
    """Write both documents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        text = json.dumps(rounded(document), separators=(",", ":"), allow_nan=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
