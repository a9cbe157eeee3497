"""The erasure: a projection, exact on what it was fitted to, and deaf to a linear reader in a trained network."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.recipe import TrainingTable
from qleap_edge.model.config import PRESETS
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.training.erasing import RunningMoments, erasing_projection
from qleap_edge.training.losses import Batch
from qleap_edge.training.precision import Precision
from qleap_edge.training.processes import Processes
from qleap_edge.training.steps import Stepper

ALONE = Processes(0, 1, torch.device("cpu"))


def clusters(count: int, width: int = 12, classes: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    label = torch.randint(classes, (count,), generator=generator)
    centres = 3.0 * torch.randn(classes, width, generator=generator)
    return centres[label] + torch.randn(count, width, generator=generator), label


def covariance_with(vectors: torch.Tensor, label: torch.Tensor, classes: int) -> torch.Tensor:
    indicator = torch.nn.functional.one_hot(label, classes).to(vectors.dtype)
    return (vectors - vectors.mean(0)).T @ (indicator - indicator.mean(0)) / len(vectors)


def moments_of(vectors: torch.Tensor, label: torch.Tensor, classes: int = 4) -> RunningMoments:
    moments = RunningMoments(vectors.shape[1], classes)
    moments.observe(vectors, label, ALONE)
    return moments


def test_a_projection_that_hides_the_classes_from_every_linear_reader() -> None:
    vectors, label = clusters(4000)
    projection = erasing_projection(moments_of(vectors, label))
    torch.testing.assert_close(projection @ projection, projection, rtol=0, atol=1e-5)
    torch.testing.assert_close(projection, projection.T)
    assert int(torch.linalg.matrix_rank(projection)) == 12 - 3, "four means span three directions"
    erased = vectors @ projection.T
    assert covariance_with(erased, label, 4).abs().max() < 1e-4
    reader = LogisticRegression(max_iter=500)
    assert reader.fit(vectors, label).score(vectors, label) > 0.95
    assert reader.fit(erased, label).score(erased, label) < np.bincount(label).max() / 4000 + 0.02


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [200, 5000])
def test_labels_of_chance_erase_nothing(seed: int, count: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    stretched = torch.randn(count, 64, generator=generator) * torch.logspace(-3, 3, 64)
    label = torch.randint(5, (count,), generator=generator)
    torch.testing.assert_close(erasing_projection(moments_of(stretched, label, 5)), torch.eye(64), rtol=0, atol=1e-6)


def test_running_moments_are_the_moments_while_young_and_forget_later() -> None:
    vectors, label = clusters(2000)
    moments = RunningMoments(12, 4)
    for rows in torch.arange(2000).split(40):
        moments.observe(vectors[rows], label[rows], ALONE)
    torch.testing.assert_close(moments.mean, vectors.mean(0), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(moments.cross, covariance_with(vectors, label, 4), rtol=0.1, atol=0.05)
    torch.testing.assert_close(moments.covariance, torch.cov(vectors.T, correction=0), rtol=0.1, atol=0.3)
    assert 0.9 * 2000 < moments.windows <= 2000
    for _ in range(5000):
        moments.observe(vectors[:40] + 7.0, label[:40], ALONE)
    torch.testing.assert_close(moments.mean, vectors[:40].mean(0) + 7.0, rtol=1e-3, atol=1e-2)
    before = moments.cross.clone()
    moments.observe(vectors[:0], label[:0], ALONE)
    assert torch.equal(moments.cross, before), "a batch without labels changes nothing"


@pytest.mark.parametrize(("mechanism", "hidden"), [("erasure", True), ("none", False)])
def test_a_trained_network_hides_the_exercise_from_a_linear_reader_of_how(mechanism: str, hidden: bool) -> None:
    """Windows whose exercise is easy to see; *what* must tell it in both cases, *how* only without the mechanism."""
    make_deterministic(threads=1)
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    count, half, classes = 2048, 1024, 8
    exercise = torch.randint(classes, (count,), generator=generator)
    form = torch.where(exercise == 0, torch.randint(5, (count,), generator=generator), FORM_UNSCORED)
    tone = torch.linspace(1.0, 8.0, classes)[exercise]
    time = torch.arange(200) / 50.0
    wave = torch.sin(2.0 * torch.pi * tone[:, None] * time + torch.rand(count, 1, generator=generator))
    imu = wave[:, :, None] + 0.1 * torch.randn(count, 200, 6, generator=generator)
    pose = 0.1 * torch.randn(count, 1, 17, 3, generator=generator).expand(-1, 200, -1, -1)
    table = TrainingTable(epochs=1, learning_rate=2e-3, ema_decay=0.0)
    table = table.model_copy(update={"loss": table.loss.model_copy(update={"disentangling": mechanism})})
    stepper = Stepper(HybridDisentanglingTransformer(PRESETS["tiny"]), table, Precision("float32"), ALONE, 300)
    for step in range(300):
        rows = torch.randint(count, (32,), generator=torch.Generator().manual_seed(step))
        stepper.train(Batch(imu[rows], pose[rows], exercise[rows], form[rows], whole=32))
    stepper.settle([Batch(imu[:half], pose[:half], exercise[:half], form[:half], whole=half)])
    stepper.network.eval()
    with torch.no_grad():
        output = stepper.network(imu)

    def read(embedding: torch.Tensor) -> float:
        reader = LogisticRegression(max_iter=1000).fit(embedding[:half], exercise[:half])
        return float(reader.score(embedding[half:], exercise[half:]))

    assert read(output.what_embedding) > 0.9
    assert read(output.how_embedding) < 0.4 if hidden else read(output.how_embedding) > 0.8
