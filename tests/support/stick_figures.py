"""A stick figure that squats: a pose whose angles, depth and tempo are known, because they were drawn."""

from dataclasses import replace

import numpy as np

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.form import KINEMATICS, score_form
from qleap_edge.physics.repetitions import label_repetitions
from qleap_edge.physics.sequence import Sequence
from tests.support.sequences import make_sequence

THIGH, SHANK, HIP, SHOULDER, ARM, FOREARM, TRUNK = 0.25, 0.25, 0.05, 0.1, 0.17, 0.16, 0.3
BOTTOM, DESCENT, ASCENT, STEPS = np.radians(120.0), 75, 50, 201  # knee flexion; samples at 50 Hz


def stick_figure(knee: np.ndarray, elbow: float = 0.0) -> np.ndarray:
    """Return poses whose knees bend by as much; thigh and shank turn half each, the trunk leans by a quarter."""
    pose = np.zeros((len(knee), 17, 3))

    def put(name: str, x: np.ndarray | float, y: float, z: np.ndarray | float) -> None:
        pose[:, JOINT_INDEX[name], 0], pose[:, JOINT_INDEX[name], 1], pose[:, JOINT_INDEX[name], 2] = x, y, z

    half, lean = 0.5 * knee, 0.25 * knee
    up_x, up_z = np.sin(lean), np.cos(lean)
    for name, share in (("spine", 0.4), ("thorax", 1.0), ("neck", 1.2), ("head", 1.6)):
        put(name, share * TRUNK * up_x, 0.0, share * TRUNK * up_z)
    for side, y in (("left", 1.0), ("right", -1.0)):
        put(f"{side}_hip", 0.0, y * HIP, 0.0)
        put(f"{side}_knee", THIGH * np.sin(half), y * HIP, -THIGH * np.cos(half))
        put(f"{side}_ankle", (THIGH - SHANK) * np.sin(half), y * HIP, -(THIGH + SHANK) * np.cos(half))
        shoulder = TRUNK * up_x, TRUNK * up_z
        put(f"{side}_shoulder", shoulder[0], y * SHOULDER, shoulder[1])
        put(f"{side}_elbow", shoulder[0], y * SHOULDER, shoulder[1] - ARM)
        put(
            f"{side}_wrist",
            shoulder[0] + FOREARM * np.sin(elbow),
            y * SHOULDER,
            shoulder[1] - ARM - FOREARM * np.cos(elbow),
        )
    return pose


def one_squat(bottom: float = BOTTOM, start: int = 30) -> np.ndarray:
    """Return the knee's flexion over a sequence: straight, a cosine down, a cosine up, straight."""
    knee = np.zeros(STEPS)
    knee[start : start + DESCENT] = 0.5 * bottom * (1.0 - np.cos(np.pi * np.arange(DESCENT) / DESCENT))
    turn = start + DESCENT
    knee[turn : turn + ASCENT] = 0.5 * bottom * (1.0 + np.cos(np.pi * np.arange(ASCENT) / ASCENT))
    return knee


def clean_kinematics(steps: int = STEPS) -> np.ndarray:
    extra = np.zeros((steps, 8), np.float32)
    extra[:, KINEMATICS.index("vertical_force")] = 1.0
    extra[:, KINEMATICS.index("support_margin")] = 0.04
    return extra


def still_watch(steps: int = STEPS, norm: float = STANDARD_GRAVITY) -> np.ndarray:
    imu = np.zeros((steps, 6), np.float32)
    imu[:, 2] = norm
    return imu


def squat_sequence(number: int, bottom: float = BOTTOM, regime: str = "prescribed", **changes: object) -> Sequence:
    """Return a stick figure's squat with everything that belongs to it."""
    imu = still_watch()
    imu[:, 0] = 0.1 * np.sin(np.arange(STEPS) * 0.1)
    imu[:, 3] = imu[:, 0]
    fields = {"pose": stick_figure(one_squat(bottom)).astype(np.float32), "kinematics": clean_kinematics(), "imu": imu}
    fields |= changes
    base = make_sequence(number, "squat", STEPS, **fields)
    if "repetitions" not in changes:
        found, phase = label_repetitions(base.pose, base.exercise)
        base = replace(base, repetitions=found, phase=phase)
    rubric = score_form(base.pose, base.kinematics, base.repetitions, base.subject.lumbar_baseline)
    request = replace(base.request, regime=regime)
    return replace(base, rubric=rubric, request=request, load_kg=20.0 * (number % 2))
