"""Concept erasure: a projection, exact on its fitting windows, that leaves linear probes of a trained network nothing."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.recipe_training import TrainingTable
from qleap_edge.model.config import PRESETS
from qleap_edge.model.decoder import Erasure
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.training.concept_erasure import erase_directions
from qleap_edge.training.losses import Batch
from qleap_edge.training.precision import Precision
from qleap_edge.training.processes import Processes
from qleap_edge.training.steps import Stepper, learning_rate

SINGLE_PROCESS = Processes(0, 1, torch.device("cpu"))


def clusters(count: int, width: int = 12, classes: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    label = torch.randint(classes, (count,), generator=generator)
    centres = 3.0 * torch.randn(classes, width, generator=generator)
    return centres[label] + torch.randn(count, width, generator=generator), label


def covariance_with(vectors: torch.Tensor, label: torch.Tensor, classes: int) -> torch.Tensor:
    indicator = torch.nn.functional.one_hot(label, classes).to(vectors.dtype)
    return (vectors - vectors.mean(0)).T @ (indicator - indicator.mean(0)) / len(vectors)


def test_an_erasure_hides_the_classes_from_every_linear_reader() -> None:
    vectors, label = clusters(4000)
    erasure = Erasure(12)
    assert erase_directions(erasure, vectors, label, 4, SINGLE_PROCESS) == 3, "four means span three directions"
    projection = erasure.projection
    torch.testing.assert_close(projection @ projection, projection, rtol=0, atol=1e-5)
    torch.testing.assert_close(projection, projection.T)
    assert int(torch.linalg.matrix_rank(projection)) == 12 - 3
    erased = erasure(vectors)
    torch.testing.assert_close(erased.mean(0), vectors.mean(0), rtol=0, atol=1e-4)
    assert covariance_with(erased, label, 4).abs().max() < 1e-4
    reader = LogisticRegression(max_iter=500)
    assert reader.fit(vectors, label).score(vectors, label) > 0.95
    assert reader.fit(erased, label).score(erased, label) < np.bincount(label).max() / 4000 + 0.02
    assert erase_directions(erasure, erased, label, 4, SINGLE_PROCESS) == 0, "nothing is left"


def test_what_is_removed_stays_removed() -> None:
    vectors, label = clusters(4000)
    erasure = Erasure(12)
    erase_directions(erasure, vectors, label, 4, SINGLE_PROCESS)
    before = erasure.projection.clone()
    moved = vectors.roll(1, dims=1)
    assert erase_directions(erasure, erasure(moved), label, 4, SINGLE_PROCESS) == 3
    torch.testing.assert_close(erasure.projection @ before, erasure.projection, rtol=0, atol=1e-5)
    for seen in (vectors, moved):
        centred = erasure(seen) - erasure(seen).mean(0)
        assert covariance_with(centred, label, 4).abs().max() < 1e-3


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [0, 200, 5000])
def test_labels_of_chance_erase_nothing(seed: int, count: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    stretched = torch.randn(count, 64, generator=generator) * torch.logspace(-3, 3, 64)
    label = torch.randint(5, (count,), generator=generator)
    erasure = Erasure(64)
    assert erase_directions(erasure, stretched, label, 5, SINGLE_PROCESS) == 0
    assert torch.equal(erasure.projection, torch.eye(64)) and torch.equal(erasure.offset, torch.zeros(64))


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
    stepper = Stepper(HybridDisentanglingTransformer(PRESETS["tiny"]), table, Precision("float32"), SINGLE_PROCESS, 300)
    for step in range(300):
        if mechanism == "erasure" and step == stepper.erasing_step:
            stepper.erase([Batch(imu[:half], pose[:half], exercise[:half], form[:half], global_size=half)])
            held = [p.clone() for part in stepper.network.leading_to_embeddings() for p in part.parameters()]
        rows = torch.randint(count, (32,), generator=torch.Generator().manual_seed(step))
        stepper.train(Batch(imu[rows], pose[rows], exercise[rows], form[rows], global_size=32))
    if mechanism == "erasure":
        now = [p for part in stepper.network.leading_to_embeddings() for p in part.parameters()]
        assert all(torch.equal(a, b) for a, b in zip(held, now, strict=True))
    stepper.network.eval()
    with torch.no_grad():
        output = stepper.network(imu)

    def read(embedding: torch.Tensor) -> float:
        reader = LogisticRegression(max_iter=1000).fit(embedding[:half], exercise[:half])
        return float(reader.score(embedding[half:], exercise[half:]))

    assert read(output.what_embedding) > 0.9
    assert read(output.how_embedding) < 0.4 if hidden else read(output.how_embedding) > 0.8


def test_the_rate_comes_to_rest_at_the_erasure_and_begins_anew() -> None:
    table = TrainingTable(epochs=1, learning_rate=1.0, warmup_steps=10)
    rates = [learning_rate(step, 1000, table, erasing_step=800) for step in range(1000)]
    assert rates[0] == pytest.approx(1.0 / 11.0, rel=1e-3) and max(rates) < 1.0
    assert rates[799] < 1e-4 and rates[800] == pytest.approx(0.4) and rates[999] < 1e-4
    assert [learning_rate(step, 1000, table) for step in (500, 999)] == pytest.approx([0.5, 2.5e-6], abs=1e-6)
