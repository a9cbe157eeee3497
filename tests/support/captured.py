"""A made recording: our own body does two squats and a step by known angles, as a motion folder's contents and as points."""

from functools import cache

import numpy as np

from qleap_edge.core.exercises import Content
from qleap_edge.dataset.motion_folder import MotionDocument, RecordingEntry, encoded
from qleap_edge.physics.anthropometry import mean_subject
from qleap_edge.physics.body import HINGES
from qleap_edge.physics.captured.library import CapturedPerson, CapturedRecording, MotionLibrary
from qleap_edge.physics.dynamics import configurations
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.motion_targets import solve_leg_ik
from qleap_edge.physics.randomize import RELEASE

RATE_HZ = 50.0
WOMAN = mean_subject("female", 1.68, 62.0)
LENGTHS = tuple(sorted(WOMAN.lengths.items()))


@cache
def made_qpos(content: Content = "squat", seconds: float = 14.0, seed: int = 3) -> np.ndarray:
    """Return configurations of a drawn exercise, (time, nq)."""
    rng = np.random.default_rng(seed)
    model = exercise_model(content)
    plan = model.draw(WOMAN, seconds, RELEASE, rng)
    time_s = np.arange(round(seconds * RATE_HZ))[None] / RATE_HZ
    body = BodyBatch.stack([WOMAN], [plan.load])
    motion = solve_leg_ik(body, model.targets([plan], body, time_s))
    return configurations(motion.pelvis, motion.angles)[:, 0].T


def recording(content: Content = "squat", person: str = "made", *, pronation_known: bool = True) -> CapturedRecording:
    """Return a made recording."""
    captured = CapturedPerson(person, "female", WOMAN.stature_m, WOMAN.mass_kg, LENGTHS, pronation_known)
    steps = encoded(made_qpos(content))
    return CapturedRecording(captured, f"{content}_1", content, True, RATE_HZ, steps, (), f"{person}/{content}")


def library(*contents: Content) -> MotionLibrary:
    """Return a library of made recordings."""
    return MotionLibrary(f"made {contents}", tuple(recording(content) for content in contents or ("squat",)))


def document(person: str = "made", *contents: Content) -> MotionDocument:
    """Return the document of a made person; its hash is filled in when it is written."""
    return MotionDocument(
        person=person,
        sex="female",
        stature_m=WOMAN.stature_m,
        mass_kg=WOMAN.mass_kg,
        lengths_m=dict(LENGTHS),
        rate_hz=RATE_HZ,
        hinges=HINGES,
        source="made by a test",
        licence="none",
        arrays_sha256="0" * 64,
        recordings=tuple(
            RecordingEntry(name=f"{content}_1", exercise=content, repetitions=((0, 100),))  # type: ignore[arg-type]
            for content in contents or ("squat",)
        ),
    )
