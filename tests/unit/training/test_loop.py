"""The loop: the same bytes however often it dies, the order of the data, the learning rate, the best epoch."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import finished_stage
from qleap_edge.core.recipe import Recipe
from qleap_edge.dataset.windows import load_windows
from qleap_edge.training import loop
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME, load_checkpoint
from qleap_edge.training.evaluate import network_outputs
from qleap_edge.training.loop import HISTORY_NAME, TRAINING_HOP_STEPS, Progress, train
from qleap_edge.training.losses import training_loss
from tests.support.micro import Micro, make_micro_recipe

EPOCHS = 4
REPOSITORY = Path(__file__).parents[3]


class Died(Exception):
    """What a test raises in the middle of training."""


def dies_at(step: int) -> Callable[[Progress], None]:
    def on_step(progress: Progress) -> None:
        if progress.step == step:
            raise Died

    return on_step


def state_of(out: Path) -> Path:
    return out.parent / f".{out.name}.resume" / "state.pt"


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return make_micro_recipe(epochs=EPOCHS)


@pytest.fixture(scope="module")
def data(micro: Micro) -> Path:
    return micro.stages["synthesize"]


@pytest.fixture(scope="module")
def uninterrupted(recipe: Recipe, data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Progress]]:
    out = tmp_path_factory.mktemp("train") / "checkpoint"
    steps: list[Progress] = []
    train(recipe, data, out, on_step=steps.append)
    return out, steps


def same_bytes(a: Path, b: Path) -> bool:
    return all((a / name).read_bytes() == (b / name).read_bytes() for name in (WEIGHTS_NAME, CARD_NAME, HISTORY_NAME))


def test_progress_counts_every_step(uninterrupted: tuple[Path, list[Progress]], data: Path) -> None:
    _, steps = uninterrupted
    per_epoch = -(-len(load_windows(data, "train", TRAINING_HOP_STEPS)) // 16)
    assert [p.step for p in steps] == list(range(1, EPOCHS * per_epoch + 1))
    assert {p.total_steps for p in steps} == {EPOCHS * per_epoch}
    assert [p.epoch for p in steps] == [e for e in range(1, EPOCHS + 1) for _ in range(per_epoch)]
    assert np.isfinite([p.loss for p in steps]).all()


def test_dying_and_resuming_gives_the_same_bytes(
    recipe: Recipe, data: Path, uninterrupted: tuple[Path, list[Progress]], tmp_path: Path
) -> None:
    whole, steps = uninterrupted
    half = len(steps) // 2
    with pytest.raises(Died):
        train(recipe, data, tmp_path / "out", on_step=dies_at(half + 2))
    assert not (tmp_path / "out").exists(), "an interrupted training leaves no checkpoint folder"
    rest: list[Progress] = []
    train(recipe, data, tmp_path / "out", resume=True, on_step=rest.append)
    assert rest[0].step == half + 1, "it went on after the last finished epoch"
    assert rest == steps[half:]
    assert same_bytes(whole, tmp_path / "out")
    assert not state_of(tmp_path / "out").parent.exists()


def test_sigkill_and_resuming_gives_the_same_bytes(
    recipe: Recipe, data: Path, uninterrupted: tuple[Path, list[Progress]], tmp_path: Path
) -> None:
    whole, steps = uninterrupted
    (tmp_path / "recipe.json").write_text(recipe.model_dump_json())
    program = f"""
import os, signal
from pathlib import Path
from qleap_edge.core.recipe import Recipe
from qleap_edge.training.loop import train
def kill(progress):
    if progress.step == {len(steps) // 2 + 3}:
        os.kill(os.getpid(), signal.SIGKILL)
recipe = Recipe.model_validate_json(Path({str(tmp_path / "recipe.json")!r}).read_text())
train(recipe, Path({str(data)!r}), Path({str(tmp_path / "out")!r}), on_step=kill)
"""
    killed = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=os.environ | {"PYTHONHASHSEED": "7"})
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [".out.resume"]
    rest: list[Progress] = []
    train(recipe, data, tmp_path / "out", resume=True, on_step=rest.append)
    assert rest[0].step == len(steps) // 2 + 1
    assert same_bytes(whole, tmp_path / "out")


def test_without_resume_it_begins_at_the_beginning(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    with pytest.raises(Died):
        train(recipe, data, tmp_path / "out", on_step=dies_at(len(steps_of_an_epoch(data)) * 2 + 1))
    with pytest.raises(Died):
        train(recipe, data, tmp_path / "out", on_step=dies_at(1))


def steps_of_an_epoch(data: Path) -> range:
    return range(-(-len(load_windows(data, "train", TRAINING_HOP_STEPS)) // 16))


def test_the_state_of_another_recipe_is_not_continued(data: Path, micro: Micro, tmp_path: Path) -> None:
    other = make_micro_recipe(epochs=2, learning_rate=5e-4)
    with pytest.raises(Died):
        train(other, data, tmp_path / "out", on_step=dies_at(len(steps_of_an_epoch(data)) + 1))
    assert state_of(tmp_path / "out").is_file()
    steps: list[Progress] = []
    train(make_micro_recipe(), data, tmp_path / "out", resume=True, on_step=steps.append)
    assert steps[0].step == 1
    assert same_bytes(micro.stages["train"], tmp_path / "out")


@pytest.mark.parametrize("damage", ["empty", "junk", "torn", "another file"])
def test_a_damaged_state_is_one_clear_error(damage: str, data: Path, tmp_path: Path) -> None:
    state = state_of(tmp_path / "out")
    state.parent.mkdir()
    if damage == "torn":
        torch.save({"key": "x", "model": {"w": torch.zeros(100)}}, state)
        state.write_bytes(state.read_bytes()[:-200])
    elif damage == "another file":
        torch.save([1, 2, 3], state)
    else:
        state.write_bytes(b"" if damage == "empty" else bytes(range(256)))
    with pytest.raises(InputDataError, match=r"state\.pt.*delete it") as caught:
        train(make_micro_recipe(), data, tmp_path / "out", resume=True)
    assert caught.value.exit_code == 3 and "\n" not in str(caught.value)


def spied_batches(monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """Return a list that fills with one number for each window of each training batch."""
    seen: list[list[float]] = []

    def spy(output, *, pose, **rest):  # type: ignore[no-untyped-def]
        if torch.is_grad_enabled():
            seen.append(pose.double().square().sum(dim=(1, 2, 3)).tolist())
        return training_loss(output, pose=pose, **rest)

    monkeypatch.setattr(loop, "training_loss", spy)
    return seen


def test_each_epoch_sees_every_window_once_in_an_order_of_its_own(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = spied_batches(monkeypatch)
    train(make_micro_recipe(), data, tmp_path / "a")
    first_run = list(seen)
    seen.clear()
    torch.manual_seed(99)  # neither torch's nor numpy's global state may matter
    np.random.seed(99)
    train(make_micro_recipe(), data, tmp_path / "b")
    assert seen == first_run
    per_epoch = len(first_run) // 2
    epochs = [[value for rows in part for value in rows] for part in (first_run[:per_epoch], first_run[per_epoch:])]
    pose = load_windows(data, "train", TRAINING_HOP_STEPS).pose.astype(np.float64)
    every = np.sort(np.square(pose).sum(axis=(1, 2, 3)))
    for order in epochs:
        np.testing.assert_allclose(np.sort(order), every, rtol=1e-12)
    assert epochs[0] != epochs[1]
    sizes = [len(rows) for rows in first_run]
    assert max(sizes) <= 16 and max(sizes) - min(sizes) <= 1, "no tiny last batch"
    assert same_bytes(tmp_path / "a", tmp_path / "b")


def test_another_seed_is_another_order_and_another_network(data: Path, micro: Micro, tmp_path: Path) -> None:
    train(make_micro_recipe().model_copy(update={"seed": 1}), data, tmp_path / "out")
    assert (tmp_path / "out" / WEIGHTS_NAME).read_bytes() != (micro.stages["train"] / WEIGHTS_NAME).read_bytes()


def test_learning_rate_is_the_cosine_of_pytorch(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []
    step = torch.optim.AdamW.step

    def recording(self, *arguments, **keywords):  # type: ignore[no-untyped-def]
        rates.append(self.param_groups[0]["lr"])
        assert self.param_groups[0]["weight_decay"] == 1e-5
        return step(self, *arguments, **keywords)

    monkeypatch.setattr(torch.optim.AdamW, "step", recording)
    train(make_micro_recipe(), data, tmp_path / "out")
    monkeypatch.undo()
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=len(rates))
    oracle = []
    for _ in rates:
        oracle.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    np.testing.assert_allclose(rates, oracle, rtol=0, atol=1e-12)
    assert rates[0] == 1e-3


def test_gradients_are_clipped(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    norms: list[float] = []
    step = torch.optim.AdamW.step

    def recording(self, *arguments, **keywords):  # type: ignore[no-untyped-def]
        squares = [p.grad.double().square().sum() for group in self.param_groups for p in group["params"]]
        norms.append(float(torch.stack(squares).sum().sqrt()))
        return step(self, *arguments, **keywords)

    monkeypatch.setattr(torch.optim.AdamW, "step", recording)
    train(make_micro_recipe(epochs=1, clip_norm=0.01), data, tmp_path / "out")
    assert max(norms) == pytest.approx(0.01, rel=1e-3)


def test_what_ships_is_the_best_epoch(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([3.0, 1.0, 2.0, 1.0])
    kept: list[dict[str, torch.Tensor]] = []

    def scripted(self) -> float:  # type: ignore[no-untyped-def]
        kept.append({name: tensor.clone() for name, tensor in self.model.state_dict().items()})
        return next(losses)

    monkeypatch.setattr(loop._Run, "_validate", scripted)
    card = train(make_micro_recipe(epochs=EPOCHS), data, tmp_path / "out")
    assert (card.epochs, card.best_epoch, card.validation_loss) == (4, 2, 1.0), "the first of equals"
    weights = load_checkpoint(tmp_path / "out")[0].state_dict()
    assert all(torch.equal(weights[name], kept[1][name]) for name in weights)
    assert any(not torch.equal(weights[name], kept[3][name]) for name in weights)


def test_the_card_tells_the_truth(uninterrupted: tuple[Path, list[Progress]], recipe: Recipe, data: Path) -> None:
    out, _ = uninterrupted
    model, card = load_checkpoint(out)
    rows = [json.loads(line) for line in (out / HISTORY_NAME).read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    assert card.validation_loss == min(row["validation_loss"] for row in rows)
    assert card.best_epoch == min(rows, key=lambda row: row["validation_loss"])["epoch"]
    assert rows[-1]["train_total"] < rows[0]["train_total"], "it learns"
    assert card.trained_exercises == ("squat", "walk", "idle")
    assert card.parameters == sum(p.numel() for p in model.parameters())
    windows = load_windows(data, "validation", TRAINING_HOP_STEPS)
    outputs = network_outputs(model, windows.imu)
    z = (windows.pose - outputs.pose) * np.exp(-0.5 * outputs.pose_log_variance)
    spread = model.gaussian.spread.numpy()
    pose_term = 0.5 * np.mean((outputs.pose_log_variance - 2 * np.log(spread) + z**2)[:, :, 1:])
    said = training_loss(
        model(torch.from_numpy(windows.imu)),
        pose=torch.from_numpy(windows.pose),
        exercise=torch.from_numpy(windows.exercise),
        form=torch.from_numpy(windows.form),
        spread=model.gaussian.spread,
        weights=recipe.training,
    )
    assert said.pose.item() == pytest.approx(pose_term, rel=1e-4)
    assert card.validation_loss == pytest.approx(said.total.item(), rel=1e-4)
    assert finished_stage(
        out, stage="train", inputs={"dataset": data}, config=recipe.training_config(), seed=recipe.seed
    )


def test_the_statistics_are_those_of_the_training_persons(
    uninterrupted: tuple[Path, list[Progress]], data: Path
) -> None:
    model, _ = load_checkpoint(uninterrupted[0])
    windows = load_windows(data, "train", TRAINING_HOP_STEPS)
    imu = windows.imu.reshape(-1, 6).astype(np.float64)
    np.testing.assert_allclose(model.normalise.mean.numpy(), imu.mean(axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.normalise.deviation.numpy(), imu.std(axis=0), rtol=1e-5)
    pose = windows.pose.reshape(-1, 17, 3).astype(np.float64)
    np.testing.assert_allclose(model.gaussian.mean.numpy(), pose.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(model.gaussian.spread.numpy()[1:], pose.std(axis=0)[1:].clip(1e-3), atol=1e-6)


def test_a_loss_that_is_not_finite_stops_the_run(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match=r"epoch 1, step \d+: the loss is not finite.*learning_rate"):
        train(make_micro_recipe(learning_rate=1e30), data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", ["learning_rate", "pose_weight", "clip_norm"])
@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_recipe_holds_finite_numbers_only(key: str, value: float) -> None:
    with pytest.raises(ValueError, match="finite number"):
        make_micro_recipe(**{key: value})


def test_a_validation_loss_that_is_not_finite_stops_the_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop._Run, "_validate", lambda self: float("nan"))
    with pytest.raises(InputDataError, match="validation after epoch 1: the loss is not finite"):
        train(make_micro_recipe(), data, tmp_path / "out")


def test_no_data(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="nowhere"):
        train(make_micro_recipe(), tmp_path / "nowhere", tmp_path / "out")
