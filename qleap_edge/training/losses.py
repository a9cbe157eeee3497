"""The training loss: four terms, each with its weight in the recipe."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.recipe import TrainingTable
from qleap_edge.model.hdt import HDTOutput


class LossTerms(NamedTuple):
    """Weighted total and the unweighted terms."""

    total: Tensor
    pose: Tensor
    exercise: Tensor
    form: Tensor
    calibration: Tensor


def pose_negative_log_likelihood(
    z: Float[Tensor, "b 200 16 3"], normalised_log_variance: Float[Tensor, "b 200 16 3"]
) -> Tensor:
    """Return mean ½(s + z²): the Gaussian NLL in nats a coordinate, without the constant ½ ln 2π.

    ``s`` is taken relative to each coordinate's training spread, so 0.5 is what predicting mean and spread would score.
    """
    return 0.5 * (normalised_log_variance + z.square()).mean()


def scale_calibration(z: Float[Tensor, "b 200 16 3"]) -> Tensor:
    """Return the mean over joints and axes of |mean z² - 1|: zero when σ has the right size for each coordinate.

    The absolute value is smoothed (Huber, δ = 1): early in training z² is large and must not drown the other terms.
    """
    mean_square = z.square().mean(dim=(0, 1))
    return nn.functional.huber_loss(mean_square, torch.ones_like(mean_square), delta=1.0)


def training_loss(
    output: HDTOutput,
    *,
    pose: Float[Tensor, "b 200 17 3"],
    exercise: Int[Tensor, " b"],
    form: Int[Tensor, " b"],
    spread: Float[Tensor, "17 3"],
    weights: TrainingTable,
) -> LossTerms:
    """Combine the terms; windows without a form score do not count in the form term."""
    free = slice(1, None)  # joint 0 is the pelvis, the origin
    z = ((pose - output.pose) * torch.exp(-0.5 * output.pose_log_variance))[:, :, free]
    normalised = (output.pose_log_variance - 2.0 * torch.log(spread))[:, :, free]
    pose_term = pose_negative_log_likelihood(z, normalised)
    exercise_term = nn.functional.cross_entropy(output.exercise_logits, exercise)
    scored = form != FORM_UNSCORED
    # A sum over scored windows divided by at least 1: a batch without squats gives 0, not NaN.
    form_term = nn.functional.cross_entropy(
        output.form_logits, form, ignore_index=FORM_UNSCORED, reduction="sum"
    ) / scored.sum().clamp_min(1)
    calibration_term = scale_calibration(z)
    total = (
        weights.pose_weight * pose_term
        + weights.exercise_weight * exercise_term
        + weights.form_weight * form_term
        + weights.calibration_weight * calibration_term
    )
    return LossTerms(total, pose_term, exercise_term, form_term, calibration_term)
