"""How true captured motion is to the people it is from: repetitions, wrist signals and depth of the regime ``captured``.

    python benchmarks/bench_motion_fit.py --uiprmd DIR --motion DIR

Every recording of the motion folder is played on the body of its own person, at its own tempo, not mirrored, with the captured
arms and no load. Compared are

- the repetitions that the labels find with the edges that the data set gives (a given repetition counts if exactly one turn
  lies in it);
- specific force and angular velocity at both wrists with those of the markers, both low-passed at 6 Hz: the error's rms beside
  the rms of the signal about its mean, in frame C;
- how far the pelvis falls and rises in all, beside the markers' pelvis.

Lateral raises are left out of the wrists, because both arms then move as the raised one does. The last line is one JSON
document.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.signal import butter, sosfiltfilt

from qleap_edge.alignment.wear import Side
from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.skeleton import remove_heading
from qleap_edge.dataset.joint_centres import JointCentres, ideal_wrist, joint_centres
from qleap_edge.dataset.motion_folder import person_documents, read_motion
from qleap_edge.dataset.uiprmd import RATE_HZ, read_uiprmd
from qleap_edge.physics.captured.library import CapturedRecording, MotionLibrary
from qleap_edge.physics.captured.regime import CAPTURED_ARMS, CapturedMotion, Clock
from qleap_edge.physics.captured.sample import ARM_HINGES
from qleap_edge.physics.dynamics import PAD, SimulatedMotion, configurations, differentiate, prescribed_dynamics
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.load import NO_LOAD
from qleap_edge.physics.mjcf import BodyModel
from qleap_edge.physics.motion_targets import solve_leg_ik
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.repetitions import CYCLES, label_repetitions
from qleap_edge.physics.trajectory import SmoothNoise

_LOW_PASS_HZ = 6.0
_EDGE = 100  # samples at either end of a recording, where filters begin


def played(recording: CapturedRecording, library: MotionLibrary, body: BodyModel) -> SimulatedMotion:
    """Return a recording on its own person, at 100 Hz; the first sample is :data:`PAD` samples after its beginning."""
    subject = replace(recording.person.subject(), watch_to_wrist_m=0.0, watch_height_m=0.0)
    model = CapturedMotion(recording.content, library)
    zero = np.zeros((len(ARM_HINGES), 1))
    still = SmoothNoise(zero, zero + 1.0, zero)
    plan = replace(
        model.draw(subject, 5.0, RELEASE, np.random.default_rng(0)),
        posture=CAPTURED_ARMS,
        load=NO_LOAD,
        recording=recording,
        clock=Clock(0.0, 1.0, 0.0, 0.1, 0.0),
        mirrored=False,
        arms=None,
        pronation=0.0,
        tremor=still,
        jitter=still,
    )
    time_s = np.arange(0.0, recording.duration_s, 1.0 / RATE_HZ)[None]
    dimensions = BodyBatch.stack([subject])
    motion = solve_leg_ik(dimensions, model.targets([plan], dimensions, time_s))
    states = differentiate(configurations(motion.pelvis, motion.angles)[:, 0], 1.0 / RATE_HZ)
    body.set_subject(subject, NO_LOAD)
    return prescribed_dynamics(body, *states)


def repetitions(recording: CapturedRecording, simulated: SimulatedMotion) -> tuple[int, int, int]:
    """Return how many repetitions are given, are found, and how many given ones hold exactly one turn."""
    pose = remove_heading(simulated.joints) / recording.person.stature_m
    exercise = np.full(len(pose), EXERCISE_ID[recording.content], dtype=np.int8)  # type: ignore[index]
    found, _ = label_repetitions(pose.astype(np.float32), exercise)
    turns = (found[:, 1] + PAD) * recording.rate_hz / RATE_HZ
    once = sum(int(((turns >= first) & (turns < last)).sum() == 1) for first, last in recording.repetitions)
    return len(recording.repetitions), len(found), once


def wrist_errors(simulated: SimulatedMotion, markers: JointCentres) -> Float[np.ndarray, "2 2 2"]:
    """Return rms of error and of signal (last axis) of specific force and angular velocity, at both wrists."""
    low = butter(2, _LOW_PASS_HZ, fs=RATE_HZ, output="sos")
    found = np.empty((2, 2, 2))
    for index, side in enumerate(Side):
        ideal = ideal_wrist(markers.joint(f"{side}_wrist"), markers.forearm(side), markers.markers.time_s)
        truth = sosfiltfilt(low, ideal, axis=0)[PAD:]
        length = min(len(truth), len(simulated.qpos))
        inner = slice(_EDGE, length - _EDGE)
        ours, truth = simulated.watch(side.value)[inner], truth[inner]
        for kind, part in enumerate((slice(0, 3), slice(3, 6))):
            signal = truth[:, part] - truth[:, part].mean(axis=0)
            for column, values in enumerate((ours[:, part] - truth[:, part], signal)):
                found[index, kind, column] = np.sqrt(np.mean(np.sum(values**2, axis=1)))
    return found


def main() -> None:
    """Measure every recording and print one row an exercise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uiprmd", type=Path, required=True)
    parser.add_argument("--motion", type=Path, required=True)
    options = parser.parse_args()
    library = read_motion(person_documents([options.motion]))
    body = BodyModel("prescribed")
    counts: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    wrists: dict[str, list[np.ndarray]] = defaultdict(list)
    falls: dict[str, list[float]] = defaultdict(list)
    for recording in library.recordings:
        simulated = played(recording, library, body)
        markers = joint_centres(read_uiprmd(options.uiprmd / f"{recording.person.name}.npz", recording.name))
        key = f"{recording.content}, {'correct' if recording.correct else 'incorrect'}"
        if recording.content in CYCLES:
            counts[key].append(repetitions(recording, simulated))
        if recording.content != "lateral_raise":
            wrists[key].append(wrist_errors(simulated, markers))
        if recording.content in ("squat", "lunge", "sit_to_stand"):
            falls[key].append(float(np.ptp(simulated.joints[:, 0, 2]) / np.ptp(markers.joint("pelvis")[:, 2])))
    document = {}
    for key in sorted(wrists.keys() | counts.keys()):
        row: dict[str, object] = {}
        if counts[key]:
            row |= dict(zip(("given", "found", "one_turn"), np.sum(counts[key], axis=0).tolist(), strict=True))
        if wrists[key]:
            (force, force_signal), (rate, rate_signal) = np.median(np.concatenate(wrists[key]), axis=0)
            row |= {"force_error_m_s2": round(float(force), 2), "force_rms_m_s2": round(float(force_signal), 2)}
            row |= {"rate_error_rad_s": round(float(rate), 3), "rate_rms_rad_s": round(float(rate_signal), 3)}
        if falls[key]:
            row["fall_ratio"] = round(float(np.median(falls[key])), 3)
        document[key] = row
        print(f"{key:26s} {row}")
    print(json.dumps(document))


if __name__ == "__main__":
    main()
