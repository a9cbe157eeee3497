"""The reversed gradient, and that a probe that could predict a label no longer can."""

import numpy as np
import pytest
import torch
from torch import nn

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.training.adversary import AdversarialProbes, adversarial_losses, ramp, reverse_gradient
from qleap_edge.training.losses import Batch


def test_the_gradient_comes_back_reversed() -> None:
    values = torch.arange(3.0, requires_grad=True)
    through = reverse_gradient(values, 0.25)
    assert torch.equal(through, values)
    (through * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert values.grad is not None and values.grad.tolist() == [-0.25, -0.5, -0.75]


def test_the_ramp_rises_from_nothing_to_all() -> None:
    assert ramp(0.0) == 0.0 and ramp(1.0) == pytest.approx(1.0, abs=1e-3)
    assert all(ramp(0.1 * i) < ramp(0.1 * (i + 1)) for i in range(10))


def test_adversarial_losses_are_cross_entropies_of_the_labels_there_are() -> None:
    exercise, form = torch.tensor([0, 3, 0]), torch.tensor([2, FORM_UNSCORED, 4])
    batch = Batch(torch.zeros(3, 200, 6), torch.zeros(3, 200, 17, 3), exercise, form, global_size=3)
    logits, other = torch.randn(3, 8), torch.randn(3, 5)
    how, what = adversarial_losses(logits, other, batch, torch.tensor(2.0))
    assert how.item() == pytest.approx(nn.CrossEntropyLoss()(logits, exercise).item())
    assert what.item() == pytest.approx(nn.CrossEntropyLoss()(other[[0, 2]], form[[0, 2]]).item())


@pytest.mark.parametrize(("factor", "predictable"), [(0.0, True), (1.0, False)])
def test_reversal_removes_what_its_probe_could_predict(factor: float, predictable: bool) -> None:
    """A branch sees a class and a score; trained for the score only, it passes the class on unless a probe penalises it.

    This probe no longer predicts the class; a new one often does, which is why the product erases instead.
    """
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    exercise, score = generator.integers(0, 8, 4096), generator.normal(size=4096)
    noise = generator.normal(size=(4096, 16))
    seen = np.concatenate([np.eye(8)[exercise], score[:, None], noise], axis=1).astype(np.float32)
    x, label, target = torch.from_numpy(seen), torch.from_numpy(exercise), torch.from_numpy(score).float()
    branch = nn.Sequential(nn.Linear(25, 64), nn.GELU(), nn.Linear(64, 64))
    head, probes = nn.Linear(64, 1), AdversarialProbes()
    parameters = [*branch.parameters(), *head.parameters(), *probes.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=2e-3)
    for step in range(600):
        rows = torch.from_numpy(generator.integers(0, 4096, 128))
        how = branch(x[rows])
        predicted, _ = probes(how, how, factor * ramp(step / 600))
        loss = (head(how)[:, 0] - target[rows]).square().mean() + nn.functional.cross_entropy(predicted, label[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        how = branch(x)
        error = (head(how)[:, 0] - target).square().mean().item()
        entropy = nn.functional.cross_entropy(probes.exercise_in_how(how), label).item()
    assert error < 0.1, "what was asked for is there in both cases"
    assert entropy < 0.3 if predictable else entropy > 1.0
