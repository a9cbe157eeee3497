"""The loss terms against those of PyTorch and other libraries."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from qleap_edge.core.exercises import EXERCISES, FORM_UNSCORED
from qleap_edge.core.recipe_training import LossTable
from qleap_edge.model.hdt import HDTOutput
from qleap_edge.training.losses import (
    Batch,
    LossTerms,
    joint_distance,
    ranked_probability_score,
    scale_calibration,
    training_loss,
)

TABLE = LossTable(pose="nll", form="cross_entropy")
BATCH = 3
SPREAD = 0.05 + torch.randn(17, 3, generator=torch.Generator().manual_seed(5)).abs()


def drawn(seed: int = 0) -> tuple[HDTOutput, Batch]:
    draw = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw)

    output = HDTOutput(
        pose=0.3 * normal(BATCH, 200, 17, 3),
        pose_log_variance=normal(BATCH, 200, 17, 3) - 4.0,
        exercise_logits=normal(BATCH, len(EXERCISES)),
        form_logits=normal(BATCH, 5),
        what_embedding=normal(BATCH, 64),
        how_embedding=normal(BATCH, 64),
    )
    batch = Batch(
        imu=normal(BATCH, 200, 6),
        pose=0.3 * normal(BATCH, 200, 17, 3),
        exercise=torch.tensor([0, 6, 7]),
        form=torch.tensor([3, FORM_UNSCORED, 1]),
        global_size=BATCH,
    )
    return output, batch


def loss_of(output: HDTOutput, batch: Batch, table: LossTable = TABLE) -> LossTerms:
    return training_loss(output, batch, spread=SPREAD, table=table)


def test_pose_term_is_the_gaussian_nll_of_pytorch_in_units_of_the_spread() -> None:
    output, batch = drawn()
    spread = SPREAD[1:]
    oracle = nn.GaussianNLLLoss(full=False, eps=1e-30)(
        output.pose[:, :, 1:] / spread,
        batch.pose[:, :, 1:] / spread,
        output.pose_log_variance[:, :, 1:].exp() / spread**2,
    )
    assert loss_of(output, batch).pose.item() == pytest.approx(oracle.item(), rel=1e-5)


def test_predicting_mean_and_spread_scores_one_half() -> None:
    output, batch = drawn()
    pose = SPREAD * torch.randn(BATCH, 200, 17, 3, generator=torch.Generator().manual_seed(1))
    prior = output._replace(pose=torch.zeros_like(pose), pose_log_variance=(2.0 * SPREAD.log()).expand_as(pose))
    terms = loss_of(prior, replace(batch, pose=pose))
    assert terms.pose.item() == pytest.approx(0.5, abs=0.01)
    assert terms.calibration.item() < 0.01


def test_the_pelvis_does_not_count() -> None:
    output, batch = drawn()
    before = loss_of(output, batch)
    moved = output.pose.clone()
    moved[:, :, 0] = 1e3
    unsure = output.pose_log_variance.clone()
    unsure[:, :, 0] = 50.0
    after = loss_of(output._replace(pose=moved, pose_log_variance=unsure), batch)
    assert [a.item() for a in after] == [b.item() for b in before]


def test_class_terms_are_the_cross_entropy_of_pytorch() -> None:
    output, batch = drawn()
    terms = loss_of(output, batch)
    assert terms.exercise.item() == pytest.approx(nn.CrossEntropyLoss()(output.exercise_logits, batch.exercise).item())
    scored = nn.CrossEntropyLoss()(output.form_logits[[0, 2]], batch.form[[0, 2]])
    assert terms.form.item() == pytest.approx(scored.item())


def test_a_batch_without_squats_has_form_loss_zero_and_no_gradient() -> None:
    output, batch = drawn()
    batch = replace(batch, form=torch.full((BATCH,), FORM_UNSCORED))
    logits = output.form_logits.requires_grad_()
    terms = loss_of(output, batch)
    assert terms.form.item() == 0.0
    terms.total.backward()
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_scale_term_is_zero_for_the_right_sigma_and_linear_far_away() -> None:
    mean_square = torch.ones(16, 3)
    assert scale_calibration(mean_square).item() == 0.0
    assert scale_calibration(4.0 * mean_square).item() == pytest.approx(3.0 - 0.5), "Huber: |z² - 1| - 1/2 beyond 1"
    assert scale_calibration(0.25 * mean_square).item() == pytest.approx(0.5 * 0.75**2)


def test_the_distance_is_the_mean_joint_error_of_the_evaluation() -> None:
    output, batch = drawn()
    error = np.linalg.norm((output.pose - batch.pose).numpy()[:, :, 1:], axis=-1).mean()
    assert loss_of(output, batch).distance.item() == pytest.approx(float(error), rel=1e-4)


def test_the_gradient_of_the_distance_exists_where_the_pose_is_right() -> None:
    error = torch.zeros(1, 200, 16, 3, requires_grad=True)
    joint_distance(error).sum().backward()
    assert error.grad is not None and torch.equal(error.grad, torch.zeros_like(error))


def test_total_is_the_weighted_sum() -> None:
    output, batch = drawn()
    table = TABLE.model_copy(
        update={"pose_weight": 2.0, "exercise_weight": 3.0, "form_weight": 5.0, "calibration_weight": 7.0,
                "distance_weight": 11.0}
    )  # fmt: skip
    terms = loss_of(output, batch, table)
    wanted = 2 * terms.pose + 3 * terms.exercise + 5 * terms.form + 7 * terms.calibration + 11 * terms.distance
    assert terms.total.item() == pytest.approx(wanted.item())
    assert (TABLE.pose_weight, TABLE.exercise_weight, TABLE.form_weight, TABLE.calibration_weight) == (1, 0.5, 0.3, 0.1)


@pytest.mark.parametrize("log_variance", [-25.0, -4.0, 10.0])
def test_gradients_are_finite_and_agree_with_differences(log_variance: float) -> None:
    output, batch = drawn()
    logs = torch.full_like(output.pose_log_variance, log_variance).requires_grad_()
    pose = output.pose.clone().requires_grad_()
    loss_of(output._replace(pose=pose, pose_log_variance=logs), batch).total.backward()
    for gradient in (pose.grad, logs.grad):
        assert gradient is not None and torch.isfinite(gradient).all()
        assert gradient[:, :, 1:].abs().max() > 0 and gradient[:, :, 0].abs().max() == 0


def test_the_gradient_of_sigma_points_to_the_error() -> None:
    output, batch = drawn()
    batch = replace(
        batch, pose=output.pose + 0.1 * torch.randn(17, 3, generator=torch.Generator().manual_seed(2)).sign()
    )
    logs = (2.0 * (batch.pose - output.pose).abs().log()).requires_grad_()
    only_pose = TABLE.model_copy(update={"exercise_weight": 0.0, "form_weight": 0.0, "calibration_weight": 0.0})
    loss_of(output._replace(pose_log_variance=logs), batch, only_pose).total.backward()
    assert logs.grad is not None and logs.grad.abs().max() < 1e-6, "sigma equal to the error is where the NLL is least"


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_beta_weights_each_likelihood_by_a_power_of_its_variance(beta: float) -> None:
    """The published form, by hand: β = 0 is plain likelihood, β = 1 moves the mean as half the squared error does."""
    output, batch = drawn()
    pose = output.pose.clone().requires_grad_()
    logs = output.pose_log_variance.clone().requires_grad_()
    table = TABLE.model_copy(update={"pose": "beta_nll", "beta": beta})
    terms = loss_of(output._replace(pose=pose, pose_log_variance=logs), batch, table)
    free = slice(1, None)
    variance = (output.pose_log_variance.exp() / SPREAD**2)[:, :, free]
    error = ((output.pose - batch.pose) / SPREAD)[:, :, free]
    by_hand = (variance**beta * 0.5 * (variance.log() + error**2 / variance)).mean()
    assert terms.pose.item() == pytest.approx(by_hand.item(), rel=1e-5)
    terms.pose.backward()
    wanted = variance ** (beta - 1.0) * error / SPREAD[free] / error.numel()
    torch.testing.assert_close(pose.grad[:, :, free], wanted, rtol=1e-4, atol=1e-9)


def test_ranked_probability_score_by_hand_and_by_its_meaning() -> None:
    sure = torch.full((5, 5), -50.0).fill_diagonal_(50.0)
    far = ranked_probability_score(sure, torch.zeros(5, dtype=torch.int64))
    torch.testing.assert_close(far, torch.arange(5.0), rtol=0, atol=1e-6)
    even = ranked_probability_score(torch.zeros(1, 5), torch.tensor([2])).item()
    assert even == pytest.approx(0.2**2 + 0.4**2 + 0.4**2 + 0.2**2)


def test_ordinal_form_loss_adds_the_ranked_score() -> None:
    output, batch = drawn()
    plain = loss_of(output, batch).form.item()
    ordinal = loss_of(output, batch, TABLE.model_copy(update={"form": "ordinal"})).form.item()
    added = ranked_probability_score(output.form_logits[[0, 2]], batch.form[[0, 2]]).mean().item()
    assert ordinal == pytest.approx(plain + added, rel=1e-6)


def test_the_parts_of_a_batch_sum_to_the_loss_of_the_whole() -> None:
    """What processes do: sums of others arrive through one function, here by hand from both halves."""
    output, batch = drawn()
    cut = (slice(0, 1), slice(1, BATCH))
    squares: list[torch.Tensor] = []
    scored: list[torch.Tensor] = []

    def half(rows: slice, over_processes) -> LossTerms:  # type: ignore[no-untyped-def]
        part = Batch(batch.imu[rows], batch.pose[rows], batch.exercise[rows], batch.form[rows], BATCH)
        said = HDTOutput(*(tensor[rows] for tensor in output))
        return training_loss(said, part, spread=SPREAD, table=TABLE, over_processes=over_processes, processes=2)

    def listen(values: torch.Tensor) -> torch.Tensor:
        (scored if values.dim() == 0 else squares).append(values)
        return values

    for rows in cut:
        half(rows, listen)
    totals = (sum(scored), sum(squares))
    parts = [half(rows, lambda values: totals[0] if values.dim() == 0 else totals[1]) for rows in cut]
    for name, whole in loss_of(output, batch)._asdict().items():
        assert sum(getattr(part, name).item() for part in parts) == pytest.approx(whole.item(), rel=1e-5), name


def test_a_window_without_a_pose_trains_the_exercise_only() -> None:
    output, batch = drawn()
    masked = replace(batch, posed=torch.tensor([1.0, 0.0, 1.0]), global_posed=2)
    kept = [0, 2]
    alone = Batch(batch.imu[kept], batch.pose[kept], batch.exercise[kept], batch.form[kept], 2)
    poses = loss_of(HDTOutput(*(part[kept] for part in output)), alone)
    terms = loss_of(output, masked)
    assert terms.pose.item() == pytest.approx(poses.pose.item(), rel=1e-6)
    assert terms.calibration.item() == pytest.approx(poses.calibration.item(), rel=1e-6)
    assert terms.distance.item() == pytest.approx(poses.distance.item(), rel=1e-6)
    assert terms.exercise.item() == pytest.approx(loss_of(output, batch).exercise.item(), rel=1e-6)
    pose = output.pose.clone().requires_grad_()
    logits = output.exercise_logits.clone().requires_grad_()
    loss_of(output._replace(pose=pose, exercise_logits=logits), masked).total.backward()
    assert pose.grad is not None and logits.grad is not None
    assert (pose.grad[1] == 0.0).all() and (pose.grad[0] != 0.0).any()
    assert (logits.grad[1] != 0.0).all()
