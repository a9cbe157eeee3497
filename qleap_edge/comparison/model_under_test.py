"""The model under test: a checkpoint, a saved package or a bundle, asked in one way and read in the wearer's frame."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.alignment.stream import Windows
from qleap_edge.alignment.wear import Side
from qleap_edge.bundle.shipped import open_bundle
from qleap_edge.comparison.package_mean import package_mean_pose
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.skeleton import MIRRORED, mirror_pose
from qleap_edge.core.units import REFERENCE_STATURE_M
from qleap_edge.evaluation.predictions import PosePredictor, network_outputs
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.uncertainty.abstention import abstained, abstention_reasons
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.profile import ProfileDocument, check_profile_matches

Kind = Literal["checkpoint", "package", "bundle"]
OnWindow = Callable[[int, int], None]


@dataclass(frozen=True)
class Predictions:
    """What a model says about the windows of one wrist, in the wearer's own body frame."""

    pose: Float[np.ndarray, "k 200 17 3"]
    """Body heights."""
    sigma: Float[np.ndarray, "k 200 17 3"]
    """Standard deviation, body heights: calibrated if the model has a profile, else the network's own."""
    exercise: Int[np.ndarray, " k"]
    abstain: Bool[np.ndarray, " k"] | None
    """Where an app would say "not sure"; None for a model without a profile."""

    @property
    def squat(self) -> Bool[np.ndarray, " k"]:
        """Windows in which an app would count squats."""
        seen = self.exercise == EXERCISES.index("squat")
        return np.asarray(seen if self.abstain is None else seen & ~self.abstain)


@dataclass(frozen=True)
class ModelUnderTest:
    """One model."""

    kind: Kind
    name: str
    sha256: str
    """Of the weights' folder or the package."""
    grade: str | None
    """Of the bundle."""
    mean_pose: Float[np.ndarray, "17 3"]
    """Mean of its training poses, left-arm body, body heights: what a predictor without any sensor says."""
    run: Callable[[Float[np.ndarray, "k 200 6"], OnWindow | None], ModelOutputs]
    profile: ProfileDocument | None = None
    trained: Bool[np.ndarray, " exercises"] | None = None
    """Exercises that it was trained on; None where the file does not say."""

    def baseline(self, side: Side) -> Float[np.ndarray, "17 3"]:
        """Return the mean training pose of a person who wears the watch on this wrist."""
        return mirror_pose(self.mean_pose) if side is Side.RIGHT else self.mean_pose

    def predict(self, windows: Windows, side: Side, on_window: OnWindow | None = None) -> Predictions:
        """Run the windows of one wrist; with a profile, what is said and what is not follows the app's rules.

        Raises:
            InputDataError: an output is not finite.
        """
        outputs = self.run(windows.imu, on_window)
        if self.profile is not None:
            wrist: Literal["left", "right"] = "right" if side is Side.RIGHT else "left"
            decoded = decode(outputs, windows.imu, self.profile, stature_m=REFERENCE_STATURE_M, wrist=wrist)
            trained = np.ones(len(EXERCISES), dtype=bool) if self.trained is None else self.trained
            abstain = abstained(abstention_reasons(decoded, windows.rejected, trained))
            pose, sigma = decoded.pose_m / REFERENCE_STATURE_M, decoded.sigma_m / REFERENCE_STATURE_M
            return Predictions(pose, sigma, decoded.exercise, abstain)
        _require_finite(outputs)
        pose = outputs.pose.astype(np.float64)
        sigma = np.exp(0.5 * outputs.pose_log_variance.astype(np.float64))
        if side is Side.RIGHT:
            pose, sigma = mirror_pose(pose), sigma[..., MIRRORED, :]
        return Predictions(pose, sigma, outputs.exercise_logits.argmax(axis=1), None)


def _require_finite(outputs: ModelOutputs) -> None:
    for name in ("pose", "pose_log_variance", "exercise_logits"):
        values = getattr(outputs, name)
        if not np.isfinite(values).all():
            raise InputDataError(
                "not a finite number",
                where=f"{name}, window {int(np.argwhere(~np.isfinite(values))[0][0])}",
                expected="finite numbers only",
                next_step="look for where the training diverged, or check the package with `qleap mil run`",
            )


def open_checkpoint(folder: Path) -> ModelUnderTest:
    """Open a checkpoint (eager fp32); its mean pose is the one that it normalises with.

    Raises:
        InputDataError: the checkpoint is missing or damaged.
    """
    model, card = load_checkpoint(folder)
    return ModelUnderTest(
        kind="checkpoint",
        name=folder.resolve().name,
        sha256=card.weights_sha256,
        grade=None,
        mean_pose=model.gaussian.mean.numpy().astype(np.float64),
        run=lambda imu, _: network_outputs(model, imu),
        trained=np.isin(EXERCISES, card.trained_exercises),
    )


def open_package(package: Path) -> ModelUnderTest:
    """Open a saved package, each op rounded as it declares; its mean pose is read out of its own program.

    Raises:
        InputDataError: the package is damaged, is no pose model, or does not end in its mean pose.
    """
    predictor = PosePredictor(package)
    return ModelUnderTest(
        kind="package",
        name=package.resolve().name,
        sha256=digest_of(package),
        grade=None,
        mean_pose=package_mean_pose(predictor.package),
        run=lambda imu, on_window: ModelOutputs.of(predictor.predict(imu, on_window)),
    )


def open_bundle_model(bundle: Path) -> ModelUnderTest:
    """Open a bundle: its package, with the profile that says how sure it is and when to say nothing.

    Raises:
        InputDataError: there is no bundle, or its profile belongs to another package.
        CheckFailed: it is not intact.
    """
    shipped = open_bundle(bundle)
    found = open_package(shipped.package)
    check_profile_matches(shipped.profile, found.sha256)
    return ModelUnderTest(
        kind="bundle",
        name=bundle.resolve().name,
        sha256=found.sha256,
        grade=shipped.grade,
        mean_pose=found.mean_pose,
        run=found.run,
        profile=shipped.profile,
        trained=np.array([spec.trained for spec in shipped.contract.exercises]),
    )
