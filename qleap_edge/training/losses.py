"""The training loss: five terms of the task and one that keeps *what* and *how* apart, each with its weight in the recipe.

A batch may be spread over processes. Each term is a sum over the local windows divided by the number in the whole batch, so
that the sum over processes is the loss of the whole batch; only the calibration term is not linear in the windows and needs
the sums of all processes before it is formed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.recipe_training import LossTable
from qleap_edge.model.hdt import HDTOutput

_SMALLEST_DISTANCE = 1e-3  # body heights: below, the distance is rounded off


class LossTerms(NamedTuple):
    """Weighted total and the unweighted terms."""

    total: Tensor
    pose: Tensor
    exercise: Tensor
    form: Tensor
    calibration: Tensor
    distance: Tensor


@dataclass(frozen=True)
class Batch:
    """Windows and their labels, or one process's part of them."""

    imu: Float[Tensor, "b 200 6"]
    """m/s², rad/s."""
    pose: Float[Tensor, "b 200 17 3"]
    """Body heights."""
    exercise: Int[Tensor, " b"]
    form: Int[Tensor, " b"]
    """-1: no score."""
    global_size: int
    """Windows in the batch of all processes."""
    posed: Float[Tensor, " b"] | None = None
    """1 where the pose is known, 0 in a window of a real recording, which has none; None: known everywhere."""
    global_posed: int | None = None
    """Windows with a pose in the batch of all processes; None: all."""

    def __len__(self) -> int:
        return len(self.imu)

    @property
    def posed_size(self) -> int:
        """Windows with a pose in the batch of all processes, at least 1."""
        return max(1, self.global_size if self.global_posed is None else self.global_posed)


def single_process_sum(values: Tensor) -> Tensor:
    """Return the values unchanged: the sum over all processes where there is only one."""
    return values


def gaussian_nll(
    z: Float[Tensor, "b 200 16 3"], normalised_log_variance: Float[Tensor, "b 200 16 3"]
) -> Float[Tensor, "b 200 16 3"]:
    """Return ½(s + z²): the Gaussian NLL in nats, without the constant ½ ln 2π.

    ``s`` is taken relative to each coordinate's training spread, so 0.5 is what predicting mean and spread would score.
    """
    return 0.5 * (normalised_log_variance + z.square())


def beta_weight(normalised_log_variance: Float[Tensor, "b 200 16 3"], beta: float) -> Float[Tensor, "b 200 16 3"]:
    """Return σ^2β without its gradient: the factor of each coordinate's likelihood in β-NLL.

    The plain likelihood divides the gradient of the mean by σ², so uncertain coordinates are learnt last; β = 1 removes that
    division completely.

    Source: Seitzer et al., "On the Pitfalls of Heteroscedastic Uncertainty Estimation", ICLR 2022, eq. 5.
    """
    return torch.exp(beta * normalised_log_variance.detach())


def joint_distance(error: Float[Tensor, "b 200 16 3"]) -> Float[Tensor, "b 200 16"]:
    """Return the length of each joint's error, with a gradient that exists at zero.

    The likelihood counts every coordinate in units of its own spread, a hip that moves by millimetres like a wrist. This term
    is the mean position error that people read; with it a training from random weights errs an eighth less at equal windows.
    """
    return (error.square().sum(dim=-1) + _SMALLEST_DISTANCE**2).sqrt()


def scale_calibration(mean_square: Float[Tensor, "16 3"]) -> Tensor:
    """Return the mean over joints and axes of |mean z² - 1|: zero when σ has the right size for each coordinate.

    The absolute value is smoothed (Huber, δ = 1): early in training z² is large and must not dominate the other terms.
    """
    return nn.functional.huber_loss(mean_square, torch.ones_like(mean_square), delta=1.0)


def ranked_probability_score(logits: Float[Tensor, "n k"], score: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Return Σ over thresholds of (P(Y ≤ k) - 1{y ≤ k})²: a proper score in which 3 is nearer to 4 than 0 is.

    Source: Epstein, "A Scoring System for Probability Forecasts of Ranked Categories", 1969.
    """
    cumulative = logits.softmax(dim=-1).cumsum(dim=-1)[:, :-1]
    reached = (score[:, None] <= torch.arange(logits.shape[-1] - 1, device=logits.device)).to(logits.dtype)
    return (cumulative - reached).square().sum(dim=-1)


def training_loss(
    output: HDTOutput,
    batch: Batch,
    *,
    spread: Float[Tensor, "17 3"],
    table: LossTable,
    over_processes: Callable[[Tensor], Tensor] = single_process_sum,
    processes: int = 1,
) -> LossTerms:
    """Combine the terms of the task; windows without a form score or a pose do not count in the terms of these.

    Args:
        output: the network's output for this process's windows.
        batch: these windows.
        spread: standard deviation of each coordinate over the training poses, body heights.
        table: the weights, and which likelihood and form loss.
        over_processes: returns the sum over all processes; gradients flow through it.
        processes: number of processes.

    Returns:
        This process's share of each term; the shares of all processes sum to the term of the whole batch.
    """
    free = slice(1, None)  # joint 0 is the pelvis, the origin
    z = ((batch.pose - output.pose) * torch.exp(-0.5 * output.pose_log_variance))[:, :, free]
    normalised = (output.pose_log_variance - 2.0 * torch.log(spread))[:, :, free]
    each = gaussian_nll(z, normalised)
    if table.pose == "beta_nll":
        each = each * beta_weight(normalised, table.beta)
    if batch.posed is not None:
        known = batch.posed[:, None, None, None]
        each, z = each * known, z * known
    coordinates = each[0].numel() * batch.posed_size if len(batch) else 1
    pose = each.sum() / coordinates
    exercise = nn.functional.cross_entropy(output.exercise_logits, batch.exercise, reduction="sum") / batch.global_size
    form = _form_sum(output.form_logits, batch.form, table) / scored_windows(batch.form, over_processes)
    mean_square = over_processes(z.square().sum(dim=(0, 1))) / (z.shape[1] * batch.posed_size)
    calibration = scale_calibration(mean_square) / processes
    lengths = joint_distance((batch.pose - output.pose)[:, :, free])
    if batch.posed is not None:
        lengths = lengths * batch.posed[:, None, None]
    distance = lengths.sum() / (lengths[0].numel() * batch.posed_size if len(batch) else 1)
    total = (
        table.pose_weight * pose
        + table.exercise_weight * exercise
        + table.form_weight * form
        + table.calibration_weight * calibration
        + table.distance_weight * distance
    )
    return LossTerms(total, pose, exercise, form, calibration, distance)


def _form_sum(logits: Float[Tensor, "b 5"], form: Int[Tensor, " b"], table: LossTable) -> Tensor:
    cross_entropy = nn.functional.cross_entropy(logits, form, ignore_index=FORM_UNSCORED, reduction="sum")
    if table.form == "cross_entropy":
        return cross_entropy
    # The ranked score has a gradient near zero where a confident answer is wrong; the likelihood starts the training there.
    return cross_entropy + ranked_probability_score(logits, form)[form != FORM_UNSCORED].sum()


def scored_windows(form: Int[Tensor, " b"], over_processes: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the number of scored windows of the whole batch, at least 1: a batch without squats gives 0, not NaN."""
    return over_processes((form != FORM_UNSCORED).sum().to(torch.float32)).clamp_min(1.0)
