"""Golden sessions, for the Swift package: what physics alone says of recordings, as ``qleap watch analyze`` would say it.

The recordings lie in the tests of the Swift package (``README.md`` there). Each has a document of the same name: wear, what the
wearer names, the slow signals second by second, and the sets of the session without any window of the network.
``make golden-sessions`` writes the documents again; the recordings are what they are.
"""

import json
from pathlib import Path
from typing import TypedDict

import numpy as np

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.lever_arm import fit_lever_arm
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.analysis.fusion import fuse_set
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.network import PoseTrack, SetAnswers
from qleap_edge.analysis.sets import find_sets
from qleap_edge.analysis.slow_signals import slow_signals
from qleap_edge.analysis.vertical_motion import vertical_motion
from qleap_edge.analysis.watch_reference import WatchReference, make_reference
from qleap_edge.analysis.wrist_travel import wrist_travels
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource
from qleap_edge.uncertainty.profile import ProfileDocument

FOLDER = resource("ios_sdk_assets/QLeapEdge/Tests/QLeapEdgeTests/Fixtures/recordings")
PAYLOAD = resource("ios_sdk_assets/QLeapEdge/Sources/QLeapEdge/Payload")
STATURE_M = 1.75
SHOWN_EVERY = 20  # steps of the slow signals, which is one second


class Case(TypedDict):
    """What is given beside a recording."""

    wrist: str
    crown: str
    exercise: Exercise | None
    reference: bool
    """Whether the first set is given as a reference with known depths."""


CASES: dict[str, Case] = {
    "swim_16s": {"wrist": "left", "crown": "right", "exercise": None, "reference": False},
    "swim_40s": {"wrist": "right", "crown": "right", "exercise": "row", "reference": False},
    "captured_squats_left": {"wrist": "left", "crown": "left", "exercise": "squat", "reference": False},
    "captured_squats_right": {"wrist": "right", "crown": "right", "exercise": "squat", "reference": True},
    "synthetic_squats": {"wrist": "left", "crown": "right", "exercise": "squat", "reference": False},
}
NO_ANSWERS = SetAnswers(
    np.empty(0), np.empty((0, 16)), np.empty((0, 5)), np.empty(0), np.empty(0), np.empty(0), (),
    PoseTrack(np.empty(0), np.empty((0, 17, 3)), np.empty((0, 17, 3))),
)  # fmt: skip


def golden(name: str) -> dict[str, object]:
    """Return the document of one recording."""
    case = CASES[name]
    recording = read_recording(FOLDER / f"{name}.csv")
    wear = Wear(Side(case["wrist"]), Side(case["crown"]))
    profile = read_document(ProfileDocument, PAYLOAD / "profile.json")
    stretches = clean_clock(recording).stretches
    found = [(one, measure_set(one)) for one in find_sets(recording)]
    reference = _reference(found, wear) if case["reference"] else None
    sets = [
        fuse_set(one, measured, NO_ANSWERS, wear, STATURE_M, profile.exercise_sets, case["exercise"], reference)
        for one, measured in found
    ]
    lever = fit_lever_arm([stretch.recording for stretch in stretches])
    slow = [slow for stretch in stretches if (slow := slow_signals(vertical_motion(stretch))) is not None]
    return {
        "stature_m": STATURE_M,
        **{key: case[key] for key in ("wrist", "crown", "exercise")},  # type: ignore[literal-required]
        "reference": None if reference is None else json.loads(reference.to_json()),
        "rows": len(recording),
        "lever": {
            "agreement": lever.agreement(wear),
            "verdict": lever.verdict,
            "m": list(lever.lever_m),
            "r2": lever.r2,
        },
        "slow": [
            {
                "time_s": part.time_s[::SHOWN_EVERY].tolist(),
                "up": part.up[::SHOWN_EVERY].tolist(),
                "height_m": part.height[::SHOWN_EVERY].tolist(),
            }
            for part in slow
        ],
        "sets": [one.model_dump(mode="json", by_alias=True) for one in sets],
    }


def _reference(found: list, wear: Wear) -> WatchReference:  # type: ignore[type-arg]
    one, measured = found[0]
    travels = wrist_travels(one, wear, measured)
    known = [max(0.1, travel.range_m.value - 0.1) for travel in travels]
    return make_reference(travels, known, wearer="golden", exercise="squat", recording_sha256="0" * 64)


def rounded(value: object) -> object:
    """Return a document with nine digits a number, so that it is the same on every machine."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def write(folder: Path = FOLDER) -> None:
    """Write every document beside its recording."""
    for name in CASES:
        text = json.dumps(rounded(golden(name)), separators=(",", ":"), allow_nan=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
