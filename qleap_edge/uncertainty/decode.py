"""From raw outputs to the values of an app: metres, σ', probabilities, and the gates that fire.

The Swift package does the same arithmetic; golden vectors test that both agree to 1e-5.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import softmax

from qleap_edge.core.contract import OUTPUT_NAMES
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISE_ID, FORM_EXERCISES, FORM_UNSCORED
from qleap_edge.core.skeleton import MIRRORED, mirror_pose
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.form_sets import form_ranges
from qleap_edge.uncertainty.out_of_distribution import Mahalanobis, input_features, unit_length
from qleap_edge.uncertainty.profile import (
    ABSTAIN_REASONS,
    AbstainReason,
    MahalanobisGate,
    ProfileDocument,
    window_log_sigma,
)

Population = Literal["captured", "synthetic"]
"""For whom σ′ is calibrated: real people, by the widening of captured persons, or persons like those of the training data."""

_SCORED = [EXERCISE_ID[name] for name in FORM_EXERCISES]


@dataclass(frozen=True)
class DecodedWindows:
    """Decoded outputs of n windows."""

    pose_m: Float[np.ndarray, "n 200 17 3"]
    """Joint positions in metres in the wearer's body frame (mirrored back for a right wrist)."""
    sigma_m: Float[np.ndarray, "n 200 17 3"]
    """Calibrated standard deviation in metres."""
    radius: tuple[tuple[float | None, ...], ...]
    """(17, levels) conformal radii in units of σ, in the wearer's joint order; None where a level is not available."""
    exercise_probability: Float[np.ndarray, "n k"]
    form_probability: Float[np.ndarray, "n 5"]
    form_range: tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]
    """Lowest and highest form score that remain possible (conformal); they mean something where ``form`` is a score."""
    log_sigma: Float[np.ndarray, " n"]
    """Mean ln σ' in body heights, of synthetic persons: the score of the "sigma" gate."""
    embedding_distance: Float[np.ndarray, " n"]
    input_distance: Float[np.ndarray, " n"]
    fired: Bool[np.ndarray, "n 3"]
    """Which gates fired, in the order of :data:`~qleap_edge.uncertainty.profile.ABSTAIN_REASONS`."""

    @property
    def abstain(self) -> Bool[np.ndarray, " n"]:
        """True where any gate fired: the app shows "not sure"."""
        return np.asarray(self.fired.any(axis=1))

    @property
    def exercise(self) -> Int[np.ndarray, " n"]:
        """Id of the most probable exercise."""
        return self.exercise_probability.argmax(axis=1)

    @property
    def form(self) -> Int[np.ndarray, " n"]:
        """Most probable form score; ``FORM_UNSCORED`` where the named exercise has no rubric."""
        return np.where(np.isin(self.exercise, _SCORED), self.form_probability.argmax(axis=1), FORM_UNSCORED)

    def reasons(self, window: int) -> list[AbstainReason]:
        """Return the names of the gates that fired for one window."""
        return [name for name, fired in zip(ABSTAIN_REASONS, self.fired[window], strict=True) if fired]


def gate_distance(gate: MahalanobisGate, features: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """Return the distances from the nearest centre of a gate that was read from a profile."""
    size = len(gate.centres[0])
    factor = np.zeros((size, size))
    factor[np.tril_indices(size)] = gate.precision_factor
    return Mahalanobis(np.array(gate.centres), factor).distance(features)


def input_gate(imu: Float[np.ndarray, "n 200 6"], profile: ProfileDocument) -> Bool[np.ndarray, " n"]:
    """Return where the gate ``input`` fires, the only one that needs no output of the network."""
    gate = profile.abstain.input
    return gate_distance(gate, input_features(imu)) > gate.threshold


def decode(
    outputs: ModelOutputs,
    imu: Float[np.ndarray, "n 200 6"],
    profile: ProfileDocument,
    *,
    stature_m: float,
    wrist: Literal["left", "right"],
    population: Population = "captured",
) -> DecodedWindows:
    """Apply a profile to raw outputs.

    Args:
        outputs: outputs of the package the profile was fitted on.
        imu: the windows the outputs came from (left-arm frame C).
        profile: the calibration profile.
        stature_m: the wearer's height in metres.
        wrist: the wrist the watch was worn on; ``"right"`` mirrors the pose back.
        population: the persons that σ′ is meant for; no gate depends on it.

    Raises:
        InputDataError: an output or the input holds NaN or infinity, for which no gate can fire.
    """
    _require_finite(outputs, imu)
    scale = np.array(profile.sigma_scale)
    sigma = np.exp(0.5 * outputs.pose_log_variance.astype(np.float64)) * scale
    if population == "captured":
        sigma = sigma * np.array(profile.captured.widening)[:, None]
    pose, radius = outputs.pose.astype(np.float64), profile.radius
    if wrist == "right":
        pose, sigma = mirror_pose(pose), sigma[..., MIRRORED, :]
        radius = tuple(radius[joint] for joint in MIRRORED)
    log_sigma = window_log_sigma(outputs.pose_log_variance, scale)
    embedding_distance = gate_distance(profile.abstain.embedding, unit_length(outputs.what_embedding))
    input_distance = gate_distance(profile.abstain.input, input_features(imu))
    fired = np.stack(
        [
            log_sigma > profile.abstain.log_sigma_threshold,
            embedding_distance > profile.abstain.embedding.threshold,
            input_distance > profile.abstain.input.threshold,
        ],
        axis=1,
    )
    form_probability = softmax(outputs.form_logits.astype(np.float64) / profile.temperature.form, axis=1)
    return DecodedWindows(
        pose_m=pose * stature_m,
        sigma_m=sigma * stature_m,
        radius=radius,
        exercise_probability=softmax(outputs.exercise_logits.astype(np.float64) / profile.temperature.exercise, axis=1),
        form_probability=form_probability,
        form_range=form_ranges(form_probability, profile.form_sets.mass),
        log_sigma=log_sigma,
        embedding_distance=embedding_distance,
        input_distance=input_distance,
        fired=fired,
    )


def _require_finite(outputs: ModelOutputs, imu: Float[np.ndarray, "n 200 6"]) -> None:
    for name, values in (("imu", imu), *((name, getattr(outputs, name)) for name in OUTPUT_NAMES)):
        if not np.isfinite(values).all():
            window = int(np.argwhere(~np.isfinite(values))[0][0])
            raise InputDataError(
                "not a finite number",
                where=f"{name}, window {window}",
                expected="finite numbers only",
                next_step="check the recording, then the package with `qleap mil run`",
            )
