"""The four loss terms against PyTorch's own losses."""

import pytest
import torch
from torch import nn

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.recipe import TrainingTable
from qleap_edge.model.hdt import HDTOutput
from qleap_edge.training.losses import LossTerms, scale_calibration, training_loss

TABLE = TrainingTable(epochs=1)
BATCH = 3


def batch(seed: int = 0, **changes: torch.Tensor) -> tuple[HDTOutput, dict[str, torch.Tensor]]:
    draw = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw)

    output = HDTOutput(
        pose=0.3 * normal(BATCH, 200, 17, 3),
        pose_log_variance=normal(BATCH, 200, 17, 3) - 4.0,
        exercise_logits=normal(BATCH, 8),
        form_logits=normal(BATCH, 5),
        what_embedding=normal(BATCH, 64),
        how_embedding=normal(BATCH, 64),
    )
    truth = {
        "pose": 0.3 * normal(BATCH, 200, 17, 3),
        "exercise": torch.tensor([0, 6, 7]),
        "form": torch.tensor([3, FORM_UNSCORED, 1]),
        "spread": 0.05 + normal(17, 3).abs(),
    }
    return output, truth | changes


def loss_of(output: HDTOutput, truth: dict[str, torch.Tensor], table: TrainingTable = TABLE) -> LossTerms:
    return training_loss(output, **truth, weights=table)


def test_pose_term_is_the_gaussian_nll_of_pytorch_in_units_of_the_spread() -> None:
    output, truth = batch()
    spread = truth["spread"][1:]
    oracle = nn.GaussianNLLLoss(full=False, eps=1e-30)(
        output.pose[:, :, 1:] / spread,
        truth["pose"][:, :, 1:] / spread,
        output.pose_log_variance[:, :, 1:].exp() / spread**2,
    )
    assert loss_of(output, truth).pose.item() == pytest.approx(oracle.item(), rel=1e-5)


def test_predicting_mean_and_spread_scores_one_half() -> None:
    output, truth = batch()
    pose = truth["spread"] * torch.randn(BATCH, 200, 17, 3, generator=torch.Generator().manual_seed(1))
    prior = output._replace(
        pose=torch.zeros_like(pose), pose_log_variance=(2.0 * truth["spread"].log()).expand_as(pose)
    )
    terms = loss_of(prior, truth | {"pose": pose})
    assert terms.pose.item() == pytest.approx(0.5, abs=0.01)
    assert terms.calibration.item() < 0.01


def test_the_pelvis_does_not_count() -> None:
    output, truth = batch()
    before = loss_of(output, truth)
    moved = output.pose.clone()
    moved[:, :, 0] = 1e3
    unsure = output.pose_log_variance.clone()
    unsure[:, :, 0] = 50.0
    after = loss_of(output._replace(pose=moved, pose_log_variance=unsure), truth)
    assert [a.item() for a in after] == [b.item() for b in before]


def test_class_terms_are_the_cross_entropy_of_pytorch() -> None:
    output, truth = batch()
    terms = loss_of(output, truth)
    assert terms.exercise.item() == pytest.approx(
        nn.CrossEntropyLoss()(output.exercise_logits, truth["exercise"]).item()
    )
    scored = nn.CrossEntropyLoss()(output.form_logits[[0, 2]], truth["form"][[0, 2]])
    assert terms.form.item() == pytest.approx(scored.item())


def test_a_batch_without_squats_has_form_loss_zero_and_no_gradient() -> None:
    output, truth = batch(form=torch.full((BATCH,), FORM_UNSCORED))
    logits = output.form_logits.requires_grad_()
    terms = loss_of(output, truth)
    assert terms.form.item() == 0.0
    terms.total.backward()
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_scale_term_is_zero_for_the_right_sigma_and_linear_far_away() -> None:
    z = torch.ones(2, 200, 16, 3)
    assert scale_calibration(z).item() == 0.0
    assert scale_calibration(2.0 * z).item() == pytest.approx(3.0 - 0.5), "Huber: |z² - 1| - 1/2 beyond 1"
    assert scale_calibration(0.5 * z).item() == pytest.approx(0.5 * 0.75**2)


def test_total_is_the_weighted_sum() -> None:
    output, truth = batch()
    table = TrainingTable(epochs=1, pose_weight=2.0, exercise_weight=3.0, form_weight=5.0, calibration_weight=7.0)
    terms = loss_of(output, truth, table)
    wanted = 2 * terms.pose + 3 * terms.exercise + 5 * terms.form + 7 * terms.calibration
    assert terms.total.item() == pytest.approx(wanted.item())
    assert (TABLE.pose_weight, TABLE.exercise_weight, TABLE.form_weight, TABLE.calibration_weight) == (1, 0.5, 0.3, 0.1)


@pytest.mark.parametrize("log_variance", [-25.0, -4.0, 10.0])
def test_gradients_are_finite_and_agree_with_differences(log_variance: float) -> None:
    output, truth = batch()
    logs = torch.full_like(output.pose_log_variance, log_variance).requires_grad_()
    pose = output.pose.clone().requires_grad_()
    loss_of(output._replace(pose=pose, pose_log_variance=logs), truth).total.backward()
    for gradient in (pose.grad, logs.grad):
        assert gradient is not None and torch.isfinite(gradient).all()
        assert gradient[:, :, 1:].abs().max() > 0 and gradient[:, :, 0].abs().max() == 0


def test_the_gradient_of_sigma_points_to_the_error() -> None:
    output, truth = batch()
    truth["pose"] = output.pose + 0.1 * torch.randn(17, 3, generator=torch.Generator().manual_seed(2)).sign()
    logs = (2.0 * (truth["pose"] - output.pose).abs().log()).requires_grad_()
    only_pose = TrainingTable(epochs=1, exercise_weight=0.0, form_weight=0.0, calibration_weight=0.0)
    loss_of(output._replace(pose_log_variance=logs), truth, only_pose).total.backward()
    assert logs.grad is not None and logs.grad.abs().max() < 1e-6, "sigma equal to the error is where the NLL is least"
