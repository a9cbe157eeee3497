"""Golden vectors: what is written is what the shipped package and profile give, and what physics demands."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.bundle.layout import GOLDEN_NAME, PROFILE_NAME
from qleap_edge.core.contract import OUTPUT_NAMES, PACKAGE_NAME
from qleap_edge.core.exercises import EXERCISES, FORM_SCORES
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.records import read_document
from qleap_edge.core.skeleton import MIRRORED
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.verification.golden import GOLDEN_FRAMES, GoldenDocument, GoldenWindow, build_golden
from tests.support.micro import Micro
from tests.support.outputs import random_outputs

SHAPES = {
    "pose": (1, 200, 17, 3), "pose_log_variance": (1, 200, 17, 3), "exercise_logits": (1, len(EXERCISES)),
    "form_logits": (1, len(FORM_SCORES)), "what_embedding": (1, 64), "how_embedding": (1, 64),
}  # fmt: skip
GRAVITY = 9.80665


@pytest.fixture(scope="module")
def golden(micro: Micro) -> GoldenDocument:
    return read_document(GoldenDocument, micro.bundle / GOLDEN_NAME)


@pytest.fixture(scope="module")
def profile(micro: Micro) -> ProfileDocument:
    return read_document(ProfileDocument, micro.bundle / PROFILE_NAME)


def imu_of(window: GoldenWindow) -> np.ndarray:
    return np.array(window.imu, dtype=np.float32).reshape(1, 200, 6)


def outputs_of(window: GoldenWindow) -> ModelOutputs:
    arrays = {name: np.array(getattr(window.outputs, name), np.float32).reshape(SHAPES[name]) for name in OUTPUT_NAMES}
    return ModelOutputs.of(arrays)


def test_the_outputs_are_those_of_the_shipped_package(micro: Micro, golden: GoldenDocument) -> None:
    assert golden.package_sha256 == digest_of(micro.bundle / PACKAGE_NAME)
    predictor = PosePredictor(micro.bundle / PACKAGE_NAME)
    together = predictor.predict(np.concatenate([imu_of(window) for window in golden.windows]))
    for row, window in enumerate(golden.windows):
        alone = predictor.predict(imu_of(window))
        for name in OUTPUT_NAMES:
            stored = getattr(outputs_of(window), name)
            np.testing.assert_array_equal(together[name][row], stored[0])
            # Another batch size sums in another order: the last bit of some fp16 activations.
            np.testing.assert_allclose(alone[name], stored, rtol=1e-2, atol=1e-2)


def test_decoding_again_gives_the_stored_numbers(golden: GoldenDocument, profile: ProfileDocument) -> None:
    assert golden.tolerance == 1e-5
    for window in golden.windows:
        assert [item.wrist for item in window.decoded] == ["left", "right"]
        for said in window.decoded:
            got = decode(outputs_of(window), imu_of(window), profile, stature_m=said.stature_m, wrist=said.wrist)
            frames = list(said.frames)
            np.testing.assert_allclose(np.ravel(got.pose_m[0, frames]), said.pose_m, atol=1e-12)
            np.testing.assert_allclose(np.ravel(got.sigma_m[0, frames]), said.sigma_m, atol=1e-12)
            np.testing.assert_allclose(got.exercise_probability[0], said.exercise_probability, atol=1e-12)
            np.testing.assert_allclose(got.form_probability[0], said.form_probability, atol=1e-12)
            assert (said.exercise, said.form) == (int(got.exercise[0]), int(got.form[0]))
            low, high = (int(end[0]) for end in got.form_range)
            assert said.form_range == (None if said.form is None else (low, high))
            assert said.form is None or low <= said.form <= high
            assert said.form_range == tuple(int(end[0]) for end in got.form_range)
            assert said.radius == got.radius
            assert (said.abstain, list(said.reasons)) == (bool(got.abstain[0]), got.reasons(0))
            assert said.log_sigma == pytest.approx(float(got.log_sigma[0]), abs=1e-12)
            assert said.input_distance == pytest.approx(float(got.input_distance[0]), rel=1e-9)
            assert said.embedding_distance == pytest.approx(float(got.embedding_distance[0]), rel=1e-9)


def test_the_windows_vote_together(golden: GoldenDocument, profile: ProfileDocument) -> None:
    voting = [window.decoded[0] for window in golden.windows if not window.decoded[0].abstain]
    assert golden.vote.voting == len(voting) < len(golden.windows)
    mean = np.mean([one.exercise_probability for one in voting], axis=0)
    np.testing.assert_allclose(golden.vote.probability, mean, atol=1e-12)
    if golden.vote.remaining:
        assert {i for i in range(len(mean)) if mean[i] >= profile.exercise_sets.threshold} == set(golden.vote.remaining)


def test_the_right_wrist_sees_the_mirror_image(golden: GoldenDocument) -> None:
    for window in golden.windows:
        left, right = (np.reshape(item.pose_m, (len(GOLDEN_FRAMES), 17, 3)) for item in window.decoded)
        np.testing.assert_array_equal(right, left[:, MIRRORED] * [1.0, -1.0, 1.0])
        assert window.decoded[0].abstain == window.decoded[1].abstain


def test_both_languages_are_asked_to_speak_and_to_be_silent(golden: GoldenDocument) -> None:
    assert golden.windows[-1].decoded[0].abstain and "input" in golden.windows[-1].decoded[0].reasons
    norms = [np.linalg.norm(imu_of(window)[0, :, :3], axis=1).mean() for window in golden.windows]
    assert norms[-1] > 3 * GRAVITY and max(norms[:-1]) < 1.5 * GRAVITY


def test_a_hanging_arm_feels_its_weight_along_minus_x(golden: GoldenDocument) -> None:
    """Whatever the wrist and the crown: x points to the hand, which hangs down, and the force of the hand's rest is up."""
    still = [v for v in golden.core_motion if not np.any(v.user_acceleration) and not np.any(v.rotation_rate)]
    assert {(v.wrist, v.crown) for v in still} == {(a, b) for a in ("left", "right") for b in ("left", "right")}
    for vector in still:
        np.testing.assert_allclose(vector.imu, [-GRAVITY, 0, 0, 0, 0, 0], atol=1e-12)


def test_core_motion_vectors_against_rotations(golden: GoldenDocument) -> None:
    """Force = -(gravity + user) g; the case is turned half a turn about z when crown and wrist are on the same side."""
    mirror_force, mirror_rate = np.array([1, -1, 1]), np.array([-1, 1, -1])
    assert len(golden.core_motion) >= 4 * 4
    for vector in golden.core_motion:
        turn = Rotation.from_euler("z", 180 if vector.wrist == vector.crown else 0, degrees=True)
        force = turn.apply(-GRAVITY * (np.array(vector.gravity) + vector.user_acceleration))
        rate = turn.apply(vector.rotation_rate)
        if vector.wrist == "right":
            force, rate = force * mirror_force, rate * mirror_rate
        np.testing.assert_allclose(vector.imu, [*force, *rate], atol=1e-9)


def test_the_file_keeps_every_float32(profile: ProfileDocument, tmp_path: Path) -> None:
    outputs = random_outputs(2, seed=3)
    imu = np.random.default_rng(4).normal(size=(2, 200, 6)).astype(np.float32)
    document = build_golden(outputs, imu, profile, seed=7)
    document.write(tmp_path / "golden.json")
    read = read_document(GoldenDocument, tmp_path / "golden.json")
    assert read == document == build_golden(outputs, imu, profile, seed=7)
    for row, window in enumerate(read.windows):
        np.testing.assert_array_equal(imu_of(window)[0], imu[row])
        for name in OUTPUT_NAMES:
            np.testing.assert_array_equal(getattr(outputs_of(window), name)[0], getattr(outputs, name)[row])
    assert build_golden(outputs, imu, profile, seed=8).core_motion != document.core_motion
