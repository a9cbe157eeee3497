"""A recording through both languages: ``qleap watch analyze`` in Python, ``qleap-replay`` in Swift, the same model outputs."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.conventions import core_motion_from_specific_force
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import align
from qleap_edge.alignment.wear import Wear
from qleap_edge.analysis import session
from qleap_edge.analysis.vertical_motion import vertical_motion
from qleap_edge.bundle.manifest import PayloadManifest
from qleap_edge.bundle.shipped import ShippedModel
from qleap_edge.core.contract import OUTPUT_NAMES, ContractDocument
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.uncertainty.profile import ProfileDocument

PACKAGE = resource("ios_sdk_assets/QLeapEdge")
PAYLOAD = PACKAGE / "Sources/QLeapEdge/Payload"
STATURE_M = 1.75
NOT_COMPARED = ("recording", "recording_sha256", "warnings")
"""Names of files, and the checks of a recording, which Swift leaves to ``qleap watch inspect``."""
_TOLERANCE = 1e-5
_COLUMNS = ("rotationRate", "gravity", "acceleration")


def build_replay(scratch: Path) -> Path:
    """Build ``qleap-replay`` in a folder of its own and return the program."""
    command = ["swift", "build", "--package-path", PACKAGE, "--scratch-path", scratch]
    subprocess.run([*command, "--product", "qleap-replay"], check=True, capture_output=True, timeout=800)
    shown = subprocess.run([*command, "--show-bin-path"], check=True, capture_output=True, text=True, timeout=60)
    return Path(shown.stdout.strip()) / "qleap-replay"


def with_gravity(recording: Recording) -> Recording:
    """Return the longest stretch of a recording on its clean clock, with the gravity that VQF gives where it has none."""
    stretch = max(clean_clock(recording).stretches, key=lambda one: len(one.time_s))
    rows = stretch.recording
    up = vertical_motion(stretch).up[np.isin(stretch.time_s, rows.time_s)]
    gravity, user = core_motion_from_specific_force(rows.specific_force, -up)
    return Recording(
        "sensor-logger", "made", "0" * 64, rows.time_s - rows.time_s[0], rows.specific_force, rows.angular_velocity,
        gravity, user,
    )  # fmt: skip


def write_wrist_motion(path: Path, recording: Recording) -> Path:
    """Write a recording as ``WristMotion.csv`` of Sensor Logger has it, without the attitude."""
    assert recording.gravity is not None and recording.user_acceleration is not None
    names = [f"{name}{axis}" for name in _COLUMNS for axis in "XYZ"]
    values = np.hstack([recording.angular_velocity, recording.gravity, recording.user_acceleration])
    lines = [",".join(("time", "seconds_elapsed", *names))]
    for time_s, row in zip(recording.time_s.tolist(), values.tolist(), strict=True):
        stamp = 1_700_000_000_000_000_000 + round(time_s * 1e9)
        lines.append(",".join((str(stamp), repr(time_s), *map(repr, row))))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class BothSessions:
    """What both languages say of one recording, without what is not compared."""

    python: dict[str, object]
    swift: dict[str, object]


def both(monkeypatch: pytest.MonkeyPatch, replay: Path, recording: Path, wear: Wear, scratch: Path) -> BothSessions:
    """Analyse a recording in Python, keep what the model answered, and replay both in Swift."""
    answers: list[dict[str, np.ndarray]] = []

    class KeepingPredictor(PosePredictor):
        def predict(self, imu: np.ndarray) -> dict[str, np.ndarray]:
            answers.append(super().predict(imu))
            return answers[-1]

    monkeypatch.setattr(session, "PosePredictor", KeepingPredictor)
    manifest = read_document(PayloadManifest, PAYLOAD / "payload.json")
    model = ShippedModel(
        PAYLOAD / "QuantumLeapPose.mlpackage",
        read_document(ProfileDocument, PAYLOAD / "profile.json"),
        read_document(ContractDocument, PAYLOAD / "contract.json"),
        manifest.grade,
    )
    found = session.analyze(align(read_recording(recording), wear), model, session.Wearer(STATURE_M, "given"))
    python = json.loads(found.report.to_json())
    options = ["--wrist", wear.wrist.value, "--crown", wear.crown.value, "--stature", str(STATURE_M)]
    if answers:
        tensors = {name: np.concatenate([one[name] for one in answers]).astype(np.float32) for name in OUTPUT_NAMES}
        stamps = [one.start_s for one in found.report.windows]
        save_file(tensors | {"start_s": np.array(stamps, np.float32)}, scratch / "outputs.safetensors")
        options += ["--outputs", str(scratch / "outputs.safetensors")]
    done = subprocess.run([replay, recording, *options], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    swift = json.loads(done.stdout)
    for name in NOT_COMPARED:
        del python[name], swift[name]
    return BothSessions(python, swift)


def differences(one: object, other: object, place: str = "session") -> list[str]:
    """Return where two documents differ: numbers by more than 1e-5 of their size, anything else at all."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [f"{place}: only one has {name}" for name in sorted(one.keys() ^ other.keys())]
        return keys + [
            text
            for name in one.keys() & other.keys()
            for text in differences(one[name], other[name], f"{place}.{name}")
        ]
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{place}: {len(one)} and {len(other)}"]
        return [
            text
            for number, pair in enumerate(zip(one, other, strict=True))
            for text in differences(*pair, f"{place}[{number}]")
        ]
    if isinstance(one, int | float) and isinstance(other, int | float) and not isinstance(one, bool):
        return [] if abs(one - other) <= _TOLERANCE * max(1.0, abs(one)) else [f"{place}: {one} and {other}"]
    return [] if one == other else [f"{place}: {one!r} and {other!r}"]
