"""The model under test: a checkpoint, a saved package or a bundle, run in one way, with poses in the wearer's frame."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.alignment.stream import Windows
from qleap_edge.alignment.wear import Side
from qleap_edge.bundle.shipped import open_bundle
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.skeleton import JOINT_COUNT, MIRRORED, PELVIS, mirror_pose
from qleap_edge.core.units import REFERENCE_STATURE_M
from qleap_edge.evaluation.predictions import PosePredictor, network_outputs
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Binding, Constant, Operation
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.uncertainty.abstention import abstained, abstention_reasons
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.profile import ProfileDocument, check_profile_matches

Kind = Literal["checkpoint", "package", "bundle"]
OnWindow = Callable[[int, int], None]
"""Called with the numbers of finished and of all windows."""

_TRANSPARENT = ("cast", "identity")  # operations that may stand between the last addition and the output


@dataclass(frozen=True)
class Predictions:
    """Predictions of a model for the windows of one wrist, in the wearer's own body frame."""

    pose: Float[np.ndarray, "k 200 17 3"]
    """Body heights."""
    sigma: Float[np.ndarray, "k 200 17 3"]
    """Standard deviation, body heights: calibrated if the model has a profile, else the network's own."""
    exercise: Int[np.ndarray, " k"]
    """Id of the most probable exercise."""
    abstain: Bool[np.ndarray, " k"] | None
    """Windows for which an app answers "not sure"; None for a model without a profile."""

    @property
    def squat(self) -> Bool[np.ndarray, " k"]:
        """Windows in which an app counts squats."""
        seen = self.exercise == EXERCISES.index("squat")
        return np.asarray(seen if self.abstain is None else seen & ~self.abstain)


@dataclass(frozen=True)
class ModelUnderTest:
    """One model, with what the benchmark needs of it."""

    kind: Kind
    name: str
    sha256: str
    """Of the weights' folder or the package."""
    grade: str | None
    """Grade of the bundle; None for a model without one."""
    mean_pose: Float[np.ndarray, "17 3"]
    """Mean of its training poses, left-arm body, body heights: the baseline without a sensor."""
    run: Callable[[Float[np.ndarray, "k 200 6"], OnWindow | None], ModelOutputs]
    """Windows → outputs."""
    profile: ProfileDocument | None = None
    """None: σ stays raw, and there is no abstention."""
    trained: Bool[np.ndarray, " exercises"] | None = None
    """True for the exercises that it was trained on; None where the file does not contain them."""

    def baseline(self, side: Side) -> Float[np.ndarray, "17 3"]:
        """Return the mean training pose of a person who wears the watch on this wrist."""
        return mirror_pose(self.mean_pose) if side is Side.RIGHT else self.mean_pose

    def predict(self, windows: Windows, side: Side, on_window: OnWindow | None = None) -> Predictions:
        """Run the windows of one wrist; with a profile, σ is calibrated and windows are abstained from, as in an app.

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
                next_step="check the history of the training for divergence, or the package with `qleap mil run`",
            )


def open_checkpoint(folder: Path) -> ModelUnderTest:
    """Open a checkpoint, run eagerly in float32; its mean pose is the one that its target is normalised with.

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
    """Open a saved package, run in the precision that it declares; its mean pose is read from its program.

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
    """Open a bundle: its package, with the profile of σ and abstention.

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


def package_mean_pose(package: Package) -> Float[np.ndarray, "17 3"]:
    """Return the mean of the poses that the network was trained on, body heights, left-arm body.

    The network undoes the normalisation of its target last: pose = normalised × spread + mean. So the package itself
    contains the best prediction without any input, and no data set is needed.

    Raises:
        InputDataError: the program's pose does not end in such an addition.
    """
    made_by = {value.name: operation for operation in package.function().block.walk() for value in operation.outputs}
    operation = made_by.get("pose")
    while operation is not None and operation.type in _TRANSPARENT:
        operation = next((made_by[name] for name in operation.references() if _computed(made_by.get(name))), None)
    if operation is not None and operation.type == "add":
        for value in _constants(operation.inputs.values(), made_by):
            if value.size == JOINT_COUNT * 3 and value.shape[-2:] == (JOINT_COUNT, 3):
                mean = value.reshape(JOINT_COUNT, 3).astype(np.float64)
                if not mean[PELVIS].any() and np.isfinite(mean).all():
                    return mean
    raise InputDataError(
        "the package does not carry its mean training pose, the baseline of every figure",
        where=f"{package.path}, output 'pose'",
        expected=f"an addition of a constant ({JOINT_COUNT}, 3) whose pelvis is 0",
        got="no such output" if operation is None else f"operation {operation.type!r}",
        next_step="benchmark the checkpoint it was converted from",
    )


def _computed(operation: Operation | None) -> bool:
    return operation is not None and operation.type != "const"


def _constants(inputs: Iterable[tuple[Binding, ...]], made_by: dict[str, Operation]) -> list[np.ndarray]:
    """Return the values of all arguments that are constants, literal or by reference."""
    found = []
    for bindings in inputs:
        for binding in bindings:
            if isinstance(binding, Constant):
                found.append(binding.value)
            elif (source := made_by.get(binding.name)) is not None and source.type == "const":
                found += [constant.value for name, constant in source.constants() if name == "val"]
    return found
