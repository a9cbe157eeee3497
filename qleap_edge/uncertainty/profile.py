"""``profile.json``: the calibration of the network's σ and logits, and the gates of abstention.

Fitted on the outputs of the saved package that ships, on persons that are not in training. Half of the persons give the scales,
temperatures and out-of-distribution centres; the other half gives the conformal radii and the abstention thresholds.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import softmax

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.form import NOT_OBSERVABLE, NotObservable
from qleap_edge.core.records import Document, Part
from qleap_edge.core.skeleton import JOINT_COUNT, PELVIS
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.captured import CapturedPersons
from qleap_edge.uncertainty.conformal import fit_radii, joint_scores
from qleap_edge.uncertainty.exercise_sets import ExerciseSets, fit_exercise_sets
from qleap_edge.uncertainty.form_sets import FormSets, fit_form_sets
from qleap_edge.uncertainty.out_of_distribution import Mahalanobis, input_features, unit_length, weighted_quantile
from qleap_edge.uncertainty.scaling import fit_sigma_scale, standardised_errors
from qleap_edge.uncertainty.temperature import fit_temperature
from qleap_edge.uncertainty.validity import Validity

GUARANTEE = (
    "For a random frame of a new person drawn like the calibration persons (synthetic), the true joint lies within "
    "radius x sigma' (Mahalanobis, three axes) with at least the stated probability. For real people sigma' is multiplied "
    "by captured.widening: empirical coverage on the captured persons, no guarantee. Nothing is promised for a single "
    "given frame, for a whole repetition, or for recordings unlike the calibration data."
)
AbstainReason = Literal["sigma", "embedding", "input"]
"""A gate of :class:`Abstention`."""
ABSTAIN_REASONS: tuple[AbstainReason, ...] = get_args(AbstainReason)
GATE_SHARES: dict[AbstainReason, float] = {"sigma": 0.15, "embedding": 0.7, "input": 0.15}
"""Part of the abstention budget that each gate gets: on real gym sets the embedding alone tells wrong names from right ones,
and what the input gate is for, wrong units and dead channels, lies far beyond any threshold."""


class CalibrationSet(Part):
    """The amount of data that a part of the profile is fitted on."""

    subjects: int
    """Persons."""
    sequences: int
    """Number of sequences."""
    windows: int
    """Number of windows."""


class Temperatures(Part):
    """Divide the logits by these before the softmax."""

    exercise: float
    """Of the exercise logits."""
    form: float
    """Of the form logits."""


class MahalanobisGate(Part):
    """Abstain when the distance of the features from the nearest centre exceeds the threshold."""

    centres: tuple[tuple[float, ...], ...]
    """Centres of the features: one, or one for each exercise among the calibration windows."""
    precision_factor: tuple[float, ...]
    """Lower triangle of L (precision = L Lᵀ), row by row: d(d+1)/2 numbers."""
    threshold: float
    """Largest distance that does not fire."""


class Abstention(Part):
    """When to answer "not sure": one gate that fires is enough.

    A wrong sign or unit is a property of a recording: the checks of the alignment judge it, not a gate of a window.
    """

    log_sigma_threshold: float
    """On the mean of ln σ' over the window's frames, all joints but the pelvis, and axes (body heights)."""
    embedding: MahalanobisGate
    """On ``what_embedding`` scaled to unit length: the distance from the nearest exercise."""
    input: MahalanobisGate
    """On 13 figures of the window: channel means, log standard deviations, log mean norm of the specific force."""
    target_share: float
    """Share of in-distribution windows that the gates together may reject."""


class ProfileDocument(Document):
    """``profile.json``."""

    schema_name: Literal["qleap.profile"] = "qleap.profile"
    schema_version: Literal[6] = 6
    package_sha256: str
    """Digest of the package that the profile was fitted on; the profile is invalid for any other package."""
    variant: str
    """Name of the package's compression variant."""
    guarantee: str
    """What the radii promise, in words."""
    validity: Validity
    """Whom the promises are about."""
    scale_set: CalibrationSet
    """Data of the scales, the temperatures and the centres of the gates."""
    radius_set: CalibrationSet
    """Data of the radii and the thresholds of the gates."""
    sigma_scale: tuple[tuple[float, float, float], ...]
    """(17, 3): σ' = σ × scale. The pelvis is the origin: 1."""
    clipped_scales: int
    """How many of the 48 factors were clipped to the limits 0.5 and 3; above 0, the network's σ has the wrong form."""
    levels: tuple[float, ...]
    """Probabilities of the columns of ``radius``."""
    radius: tuple[tuple[float | None, ...], ...]
    """(17, levels), in units of σ': null where there are too few persons for the level."""
    captured: CapturedPersons
    """By how much σ′ grows for real people; an app uses it unless it asks for synthetic persons."""
    temperature: Temperatures
    """Of the two classifiers."""
    exercise_sets: ExerciseSets
    """Which exercises remain possible for a whole set."""
    form_sets: FormSets
    """Which form scores remain possible for a window."""
    abstain: Abstention
    """The gates."""
    form_not_observable: tuple[NotObservable, ...]
    """Faults that no form score may be said to cover, because a wrist cannot see them."""


@dataclass(frozen=True)
class CalibrationWindows:
    """Windows of calibration persons with the shipped package's outputs."""

    imu: Float[np.ndarray, "n 200 6"]
    outputs: ModelOutputs
    pose: Float[np.ndarray, "n 200 17 3"]
    exercise: Int[np.ndarray, " n"]
    form: Int[np.ndarray, " n"]
    subject: Int[np.ndarray, " n"]
    sequence: Int[np.ndarray, " n"]

    def where(self, keep: np.ndarray) -> "CalibrationWindows":
        """Return the rows where ``keep`` is true."""
        return CalibrationWindows(
            self.imu[keep], self.outputs[keep], self.pose[keep], self.exercise[keep], self.form[keep],
            self.subject[keep], self.sequence[keep],
        )  # fmt: skip

    def size(self) -> CalibrationSet:
        """Return the counts that are quoted beside every figure."""
        return CalibrationSet(
            subjects=len(np.unique(self.subject)), sequences=len(np.unique(self.sequence)), windows=len(self.subject)
        )


def window_log_sigma(
    log_variance: Float[np.ndarray, "n 200 17 3"], sigma_scale: Float[np.ndarray, "17 3"]
) -> Float[np.ndarray, " n"]:
    """Return the mean of ln σ' over frames, joints (without the pelvis) and axes."""
    log_sigma = 0.5 * log_variance.astype(np.float64) + np.log(sigma_scale)
    return np.delete(log_sigma, PELVIS, axis=2).mean(axis=(1, 2, 3))


def split_persons(subject: Int[np.ndarray, " n"]) -> np.ndarray:
    """Return True for windows of every other person (in id order): the half that fits scales."""
    return np.isin(subject, np.unique(subject)[::2])


def fit_profile(
    windows: CalibrationWindows,
    *,
    package_sha256: str,
    variant: str,
    levels: tuple[float, ...],
    abstain_share: float,
    captured: CapturedPersons,
    validity: Validity,
) -> ProfileDocument:
    """Fit the whole profile.

    Args:
        windows: of the calibration persons.
        package_sha256: digest of the package whose outputs they carry.
        variant: name of the package's variant.
        levels: of the radii.
        abstain_share: of windows that the gates together may turn away.
        captured: the widening for captured persons, which the profile carries.
        validity: the ranges of the calibration persons, which the profile carries.

    Raises:
        InputDataError: fewer than four calibration persons.
    """
    if windows.size().subjects < 4:
        raise InputDataError(
            "too few calibration persons",
            where="split 'calibration'",
            expected="at least 4",
            got=str(windows.size().subjects),
            next_step="raise synthesis.subjects or split.calibration in the recipe",
        )
    first_half = split_persons(windows.subject)
    fit, held = windows.where(first_half), windows.where(~first_half)
    scale, clipped = fit_sigma_scale(
        np.delete(standardised_errors(fit.pose, fit.outputs.pose, fit.outputs.pose_log_variance), PELVIS, axis=2),
        fit.subject,
    )
    sigma_scale = np.insert(scale, PELVIS, 1.0, axis=0)
    held_z = standardised_errors(held.pose, held.outputs.pose, held.outputs.pose_log_variance) / sigma_scale
    radii = fit_radii(joint_scores(held_z), held.subject, levels)
    temperature = Temperatures(
        exercise=fit_temperature(fit.outputs.exercise_logits, fit.exercise),
        form=fit_temperature(fit.outputs.form_logits, fit.form),
    )
    abstain, votes = _fit_abstention(fit, held, sigma_scale, abstain_share)
    probability = softmax(held.outputs.exercise_logits.astype(np.float64) / temperature.exercise, axis=1)
    form_probability = softmax(held.outputs.form_logits.astype(np.float64) / temperature.form, axis=1)
    return ProfileDocument(
        package_sha256=package_sha256,
        variant=variant,
        guarantee=GUARANTEE,
        validity=validity,
        scale_set=fit.size(),
        radius_set=held.size(),
        sigma_scale=_rows(sigma_scale),
        clipped_scales=clipped,
        levels=levels,
        radius=tuple(tuple(float(r) if np.isfinite(r) else None for r in row) for row in radii),
        captured=captured,
        temperature=temperature,
        exercise_sets=fit_exercise_sets(probability, votes, held.exercise, held.sequence, held.subject),
        form_sets=fit_form_sets(form_probability, held.form, held.subject),
        abstain=abstain,
        form_not_observable=NOT_OBSERVABLE,
    )


def _fit_abstention(
    fit: CalibrationWindows, held: CalibrationWindows, sigma_scale: np.ndarray, abstain_share: float
) -> tuple[Abstention, Bool[np.ndarray, " k"]]:
    """Return the gates, and which of the held windows they let through."""
    keep_share = {name: 1.0 - share * abstain_share for name, share in GATE_SHARES.items()}
    log_sigma = window_log_sigma(held.outputs.pose_log_variance, sigma_scale)
    log_sigma_threshold = weighted_quantile(log_sigma, held.subject, keep_share["sigma"])
    passed = log_sigma <= log_sigma_threshold
    gates: dict[AbstainReason, MahalanobisGate] = {}
    features: tuple[tuple[AbstainReason, np.ndarray, np.ndarray, np.ndarray | None], ...] = (
        ("embedding", unit_length(fit.outputs.what_embedding), unit_length(held.outputs.what_embedding), fit.exercise),
        ("input", input_features(fit.imu), input_features(held.imu), None),
    )
    for name, fit_features, held_features, group in features:
        model = Mahalanobis.fit(fit_features, fit.subject, group)
        distance = model.distance(held_features)
        threshold = weighted_quantile(distance, held.subject, keep_share[name])
        passed &= distance <= threshold
        gates[name] = MahalanobisGate(
            centres=tuple(tuple(centre) for centre in model.centres.tolist()),
            precision_factor=tuple(model.factor[np.tril_indices(len(model.factor))].tolist()),
            threshold=threshold,
        )
    found = Abstention(
        log_sigma_threshold=log_sigma_threshold, embedding=gates["embedding"], input=gates["input"],
        target_share=abstain_share,
    )  # fmt: skip
    return found, passed


def _rows(table: np.ndarray) -> tuple[tuple[float, float, float], ...]:
    return tuple((float(a), float(b), float(c)) for a, b, c in table)


def check_profile_matches(profile: ProfileDocument, package_sha256: str) -> None:
    """Refuse a profile that was fitted on another package.

    Raises:
        InputDataError: the digests differ.
    """
    if profile.package_sha256 != package_sha256 or len(profile.sigma_scale) != JOINT_COUNT:
        raise InputDataError(
            "the calibration profile belongs to another package",
            where="profile.json, key 'package_sha256'",
            expected=package_sha256,
            got=profile.package_sha256,
            next_step="run `qleap calibrate` on this package",
        )
