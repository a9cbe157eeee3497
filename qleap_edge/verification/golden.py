"""``golden.json``: inputs and expected results that pytest and ``swift test`` both read."""

from itertools import product
from typing import Literal

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.conventions import specific_force_from_core_motion
from qleap_edge.alignment.wear import Side as WearSide
from qleap_edge.alignment.wear import Wear, to_frame_c
from qleap_edge.core.contract import OUTPUT_NAMES
from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.records import Document, Part
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.exercise_sets import mean_probability, remaining
from qleap_edge.uncertainty.profile import AbstainReason, ProfileDocument
from qleap_edge.verification.golden_sign import SignCase, sign_case

GOLDEN_TOLERANCE = 1e-5
GOLDEN_FRAMES = (0, 99, 199)  # first, middle, newest: the newest is the one an app shows
GOLDEN_STATURE_M = 1.68

Side = Literal["left", "right"]
_SIDES: tuple[Side, ...] = ("left", "right")
_RANDOM_VECTORS = 4  # for each way of wearing the watch
Row3 = tuple[float, float, float]


class CoreMotionVector(Part):
    """One CoreMotion sample and the model input it must become."""

    wrist: Side
    crown: Side
    gravity: Row3
    """Unit: g, device axes, pointing down."""
    user_acceleration: Row3
    """Unit: g, device axes, CoreMotion's sign."""
    rotation_rate: Row3
    """Unit: rad/s, device axes."""
    imu: tuple[float, ...]
    """(6): specific force m/s² and angular velocity rad/s, left-arm frame C."""


class GoldenOutputs(Part):
    """Raw outputs of the shipped package, row-major."""

    pose: tuple[float, ...]
    pose_log_variance: tuple[float, ...]
    exercise_logits: tuple[float, ...]
    form_logits: tuple[float, ...]
    what_embedding: tuple[float, ...]
    how_embedding: tuple[float, ...]


class GoldenDecoded(Part):
    """What decoding those outputs with the shipped profile must give."""

    stature_m: float
    wrist: Side
    frames: tuple[int, ...]
    pose_m: tuple[float, ...]
    """(frames, 17, 3) row-major, metres."""
    sigma_m: tuple[float, ...]
    """(frames, 17, 3) row-major, metres."""
    radius: tuple[tuple[float | None, ...], ...]
    """(17, levels) in the wearer's joint order."""
    exercise_probability: tuple[float, ...]
    form_probability: tuple[float, ...]
    exercise: int
    form: int | None
    """None where the most probable exercise has no form score."""
    form_range: tuple[int, int]
    """Lowest and highest form score that remain, also where the exercise has none."""
    log_sigma: float
    embedding_distance: float
    input_distance: float
    abstain: bool
    reasons: tuple[AbstainReason, ...]


class GoldenWindow(Part):
    """One window, the outputs for it, and what decoding makes of them."""

    imu: tuple[float, ...]
    """(200, 6) row-major."""
    outputs: GoldenOutputs
    decoded: tuple[GoldenDecoded, ...]
    """Once for each wrist."""


class GoldenVote(Part):
    """What all these windows say together, taken for the windows of one set."""

    voting: int
    """Windows from which the model does not abstain."""
    probability: tuple[float, ...]
    """Mean probability of each exercise over them."""
    remaining: tuple[int, ...]
    """Ids of the exercises that remain possible."""


class GoldenDocument(Document):
    """``golden.json``."""

    schema_name: Literal["qleap.golden"] = "qleap.golden"
    schema_version: Literal[5] = 5
    package_sha256: str
    tolerance: float
    core_motion: tuple[CoreMotionVector, ...]
    windows: tuple[GoldenWindow, ...]
    vote: GoldenVote
    sign: SignCase


def build_golden(
    outputs: ModelOutputs, imu: Float[np.ndarray, "n 200 6"], profile: ProfileDocument, seed: int
) -> GoldenDocument:
    """Make the golden file from the shipped package's outputs on a few windows."""
    windows = []
    for row in range(len(imu)):
        one, signal = outputs[row : row + 1], imu[row : row + 1]
        decoded = tuple(_decoded(one, signal, profile, wrist) for wrist in ("left", "right"))
        raw = {name: _short(getattr(one, name)) for name in OUTPUT_NAMES}
        windows.append(GoldenWindow(imu=_short(signal), outputs=GoldenOutputs(**raw), decoded=decoded))
    return GoldenDocument(
        package_sha256=profile.package_sha256,
        tolerance=GOLDEN_TOLERANCE,
        core_motion=_core_motion_vectors(seed),
        windows=tuple(windows),
        vote=_vote(outputs, imu, profile),
        sign=sign_case(),
    )


def _vote(outputs: ModelOutputs, imu: Float[np.ndarray, "n 200 6"], profile: ProfileDocument) -> GoldenVote:
    result = decode(outputs, imu, profile, stature_m=GOLDEN_STATURE_M, wrist="left")
    votes = ~result.abstain
    mean = mean_probability(result.exercise_probability, votes)
    return GoldenVote(
        voting=int(votes.sum()),
        probability=_numbers(mean),
        remaining=tuple(remaining(mean, votes, profile.exercise_sets)),
    )


def _decoded(
    outputs: ModelOutputs, imu: Float[np.ndarray, "1 200 6"], profile: ProfileDocument, wrist: Side
) -> GoldenDecoded:
    result = decode(outputs, imu, profile, stature_m=GOLDEN_STATURE_M, wrist=wrist)
    frames = list(GOLDEN_FRAMES)
    return GoldenDecoded(
        stature_m=GOLDEN_STATURE_M,
        wrist=wrist,
        frames=GOLDEN_FRAMES,
        pose_m=_numbers(result.pose_m[0, frames]),
        sigma_m=_numbers(result.sigma_m[0, frames]),
        radius=result.radius,
        exercise_probability=_numbers(result.exercise_probability[0]),
        form_probability=_numbers(result.form_probability[0]),
        exercise=int(result.exercise[0]),
        form=None if result.form[0] == FORM_UNSCORED else int(result.form[0]),
        form_range=(int(result.form_range[0][0]), int(result.form_range[1][0])),
        log_sigma=float(result.log_sigma[0]),
        embedding_distance=float(result.embedding_distance[0]),
        input_distance=float(result.input_distance[0]),
        abstain=bool(result.abstain[0]),
        reasons=tuple(result.reasons(0)),
    )


def _core_motion_vectors(seed: int) -> tuple[CoreMotionVector, ...]:
    """Return random samples for all four ways of wearing the watch, and a hanging arm, whose result is known."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0x601D]))
    vectors = []
    for wrist, crown in product(_SIDES, _SIDES):
        wear = Wear(WearSide(wrist), WearSide(crown))
        hanging = np.array([1.0 if wear.x_is_distal else -1.0, 0.0, 0.0])
        samples = [(hanging, np.zeros(3), np.zeros(3))]
        for _ in range(_RANDOM_VECTORS):
            direction = rng.normal(size=3)
            samples.append((direction / np.linalg.norm(direction), 0.5 * rng.normal(size=3), 2.0 * rng.normal(size=3)))
        for gravity, user, rate in samples:
            force = specific_force_from_core_motion(gravity[None], user[None])
            imu = to_frame_c(force, rate[None], wear)[0]
            vectors.append(
                CoreMotionVector(
                    wrist=wrist, crown=crown, gravity=_row(gravity), user_acceleration=_row(user),
                    rotation_rate=_row(rate), imu=_numbers(imu),
                )
            )  # fmt: skip
    return tuple(vectors)


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values.ravel())


def _short(values: np.ndarray) -> tuple[float, ...]:
    """Return float32 values as the shortest decimals that read back to the same float32."""
    return tuple(float(str(value)) for value in values.ravel().astype(np.float32))


def _row(values: np.ndarray) -> Row3:
    return float(values[0]), float(values[1]), float(values[2])
