"""The loop: the same bytes however often it is killed, the learning rate, the average, the best epoch, the card."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import MANIFEST_NAME, StageManifest, finished_stage
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.dataset.recorded import convert_sp_sw_har
from qleap_edge.dataset.windows import load_windows
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME, load_checkpoint
from qleap_edge.training.data_loader import FIXED_HOP_STEPS
from qleap_edge.training.loop import HISTORY_NAME, Progress, train
from qleap_edge.training.losses import Batch, training_loss
from qleap_edge.training.steps import TERMS, Stepper
from qleap_edge.training.tracking.protocol import tracking_folder
from qleap_edge.training.tracking.trackers import choose_trackers
from tests.support.micro import Micro, make_micro_recipe
from tests.support.watch_recordings import EVERYDAY

EPOCHS, SAVED_EVERY = 4, 3
REPOSITORY = Path(__file__).parents[3]


class Interrupted(Exception):
    """What a test raises in the middle of training."""


def raising_at(step: int) -> Callable[[Progress], None]:
    def on_step(progress: Progress) -> None:
        if progress.step == step:
            raise Interrupted

    return on_step


def without_clock(steps: list[Progress]) -> list[Progress]:
    return [replace(progress, windows_per_s=0.0) for progress in steps]


def resume_folder(out: Path) -> Path:
    return out.parent / f".{out.name}.resume"


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return make_micro_recipe(epochs=EPOCHS, checkpoint_every_steps=SAVED_EVERY)


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


def test_progress_counts_every_step(uninterrupted: tuple[Path, list[Progress]]) -> None:
    _, steps = uninterrupted
    per_epoch = len(steps) // EPOCHS
    assert [p.step for p in steps] == list(range(1, EPOCHS * per_epoch + 1))
    assert {p.total_steps for p in steps} == {EPOCHS * per_epoch}
    assert [p.epoch for p in steps] == [e for e in range(1, EPOCHS + 1) for _ in range(per_epoch)]
    assert all(tuple(p.terms) == TERMS and np.isfinite(list(p.terms.values())).all() for p in steps)


@pytest.mark.parametrize("where", ["before the first save", "in an epoch", "at an epoch's end", "in the last epoch"])
def test_dying_and_resuming_gives_the_same_bytes(
    recipe: Recipe, data: Path, uninterrupted: tuple[Path, list[Progress]], tmp_path: Path, where: str
) -> None:
    whole, steps = uninterrupted
    per_epoch = len(steps) // EPOCHS
    killed_at = {
        "before the first save": SAVED_EVERY - 1,
        "in an epoch": per_epoch + per_epoch // 2,
        "at an epoch's end": 2 * per_epoch,
        "in the last epoch": len(steps) - 1,
    }[where]
    with pytest.raises(Interrupted):
        train(recipe, data, tmp_path / "out", on_step=raising_at(killed_at))
    assert not (tmp_path / "out").exists(), "an interrupted training leaves no checkpoint folder"
    rest: list[Progress] = []
    train(recipe, data, tmp_path / "out", resume=True, on_step=rest.append)
    saved = (killed_at - 1) // SAVED_EVERY * SAVED_EVERY
    assert rest[0].step == saved + 1, "it went on after the last saved step"
    assert without_clock(rest) == without_clock(steps[saved:])
    assert same_bytes(whole, tmp_path / "out")
    assert not resume_folder(tmp_path / "out").exists()


def test_sigkill_and_resuming_gives_the_same_bytes(
    recipe: Recipe, data: Path, uninterrupted: tuple[Path, list[Progress]], tmp_path: Path
) -> None:
    whole, steps = uninterrupted
    (tmp_path / "recipe.json").write_text(recipe.model_dump_json())
    program = f"""
import os, signal
from pathlib import Path
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.dataset.recorded import convert_sp_sw_har
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
    train(recipe, data, tmp_path / "out", resume=True)
    assert same_bytes(whole, tmp_path / "out")


def test_initial_weights_and_recorded_windows_are_inputs_that_a_resumed_run_keeps(
    recipe: Recipe, data: Path, micro: Micro, uninterrupted: tuple[Path, list[Progress]], tmp_path: Path
) -> None:
    (tmp_path / "har").mkdir()
    shutil.copyfile(EVERYDAY, tmp_path / "har" / EVERYDAY.name)
    recorded, whole, cut = tmp_path / "recorded", tmp_path / "whole", tmp_path / "cut"
    convert_sp_sw_har(tmp_path / "har", recorded)
    sources = {"initial": micro.stages["train"], "recorded": recorded}
    steps: list[Progress] = []
    card = train(recipe, data, whole, on_step=steps.append, **sources)
    assert steps[0].terms["pose"] < 0.9 * uninterrupted[1][0].terms["pose"], (
        "the first weights are those of the micro network"
    )
    assert "idle" in card.trained_exercises
    assert {"dataset", "initial", "recorded"} <= set(read_document(StageManifest, whole / MANIFEST_NAME).inputs)
    with pytest.raises(Interrupted):
        train(recipe, data, cut, on_step=raising_at(len(steps) - 1), **sources)
    train(recipe, data, cut, resume=True, **sources)
    assert same_bytes(whole, cut)


def test_global_generators_do_not_matter(
    recipe: Recipe, data: Path, uninterrupted: tuple[Path, list[Progress]], tmp_path: Path
) -> None:
    torch.manual_seed(99)
    np.random.seed(99)

    def disturb(progress: Progress) -> None:
        torch.rand(progress.step)
        np.random.rand(progress.step)

    train(recipe, data, tmp_path / "out", on_step=disturb)
    assert same_bytes(uninterrupted[0], tmp_path / "out")


def test_without_resume_it_begins_at_the_beginning(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train(recipe, data, tmp_path / "out", on_step=raising_at(SAVED_EVERY + 1))
    with pytest.raises(Interrupted):
        train(recipe, data, tmp_path / "out", on_step=raising_at(1))


def test_the_state_of_another_recipe_is_not_continued(
    data: Path, micro: Micro, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_micro_recipe(learning_rate=5e-4, checkpoint_every_steps=1)
    with pytest.raises(Interrupted):
        train(other, data, tmp_path / "out", on_step=raising_at(2))
    steps: list[Progress] = []
    train(make_micro_recipe(), data, tmp_path / "out", resume=True, on_step=steps.append)
    assert steps[0].step == 1
    assert "starts at the first step" in caplog.text
    assert same_bytes(micro.stages["train"], tmp_path / "out")


def test_another_seed_is_another_order_and_another_network(data: Path, micro: Micro, tmp_path: Path) -> None:
    train(make_micro_recipe().model_copy(update={"seed": 1}), data, tmp_path / "out")
    assert (tmp_path / "out" / WEIGHTS_NAME).read_bytes() != (micro.stages["train"] / WEIGHTS_NAME).read_bytes()


def watch_optimiser(monkeypatch: pytest.MonkeyPatch, look: Callable[[torch.optim.AdamW], None]) -> None:
    step = torch.optim.AdamW.step

    def watched(self, *arguments, **keywords):  # type: ignore[no-untyped-def]
        look(self)
        return step(self, *arguments, **keywords)

    monkeypatch.setattr(torch.optim.AdamW, "step", watched)


def test_learning_rate_is_the_cosine_of_pytorch(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []
    watch_optimiser(monkeypatch, lambda optimiser: rates.append(optimiser.param_groups[0]["lr"]))
    train(make_micro_recipe(loss={"disentangling": "none"}), data, tmp_path / "out")
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

    def look(optimiser: torch.optim.AdamW) -> None:
        trained = [
            p.grad for p in optimiser.param_groups[0]["params"] if p.grad is not None
        ]  # not what is held in the end
        squares = [grad.double().square().sum() for grad in trained]
        norms.append(float(torch.stack(squares).sum().sqrt()))

    watch_optimiser(monkeypatch, look)
    train(make_micro_recipe(epochs=1, clip_norm=0.01), data, tmp_path / "out")
    assert max(norms) == pytest.approx(0.01 * 2**0.5, rel=1e-3), "the network and its probes are clipped separately"


def scripted_losses(
    monkeypatch: pytest.MonkeyPatch, losses: list[float], kept: list[dict[str, torch.Tensor]] | None = None
) -> None:
    script = iter(losses)

    def measure(self, batches):  # type: ignore[no-untyped-def]
        if kept is not None:
            kept.append({name: tensor.clone() for name, tensor in self.network.state_dict().items()})
        return {"validation_loss": next(script)}

    monkeypatch.setattr(Stepper, "measure", measure)


def test_what_ships_is_the_best_epoch(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[dict[str, torch.Tensor]] = []
    scripted_losses(monkeypatch, [3.0, 1.0, 2.0, 1.0], kept)
    card = train(make_micro_recipe(epochs=EPOCHS, loss={"disentangling": "none"}), data, tmp_path / "out")
    assert (card.epochs, card.best_epoch, card.validation_loss) == (4, 2, 1.0), "the first of equals"
    weights = load_checkpoint(tmp_path / "out")[0].state_dict()
    assert all(torch.equal(weights[name], kept[1][name]) for name in weights)
    assert any(not torch.equal(weights[name], kept[3][name]) for name in weights)


def test_patience_stops_a_run_that_no_longer_gains(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_losses(monkeypatch, [3.0, 1.0, 2.0, 1.5, 0.5])
    settings = {"epochs": 9, "patience_epochs": 2, "loss": {"disentangling": "none"}}
    card = train(make_micro_recipe(**settings), data, tmp_path / "out")
    assert (card.epochs, card.best_epoch) == (4, 2)


def test_only_epochs_after_the_erasure_ship(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Erased after 4 of 5 epochs: the low losses before do not count, nor does patience end there."""
    kept: list[dict[str, torch.Tensor]] = []
    scripted_losses(monkeypatch, [1.0, 3.0, 2.0, 3.0, 2.5], kept)
    card = train(make_micro_recipe(epochs=5, patience_epochs=1), data, tmp_path / "out")
    assert (card.epochs, card.best_epoch, card.validation_loss) == (5, 5, 2.5)
    weights = load_checkpoint(tmp_path / "out")[0].state_dict()
    assert all(torch.equal(weights[name], kept[4][name]) for name in weights)
    rows = [json.loads(line) for line in (tmp_path / "out" / HISTORY_NAME).read_text().splitlines()]
    assert [row["erased"] for row in rows] == [0, 0, 0, 1, 1]


def test_the_average_follows_the_weights(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With decay 0 it is the weights; else, by hand, a moving average whose decay grows with its age."""
    names: list[str] = []
    trail: list[torch.Tensor] = []
    train_ = Stepper.train

    def train_and_note(self, batch):  # type: ignore[no-untyped-def]
        said = train_(self, batch)
        name, weights = next(iter(self.trained.network.named_parameters()))
        names.append(name)
        trail.append(weights.detach().double().clone())
        return said

    monkeypatch.setattr(Stepper, "train", train_and_note)
    train(make_micro_recipe(epochs=1, ema_decay=0.9), data, tmp_path / "out")
    average = trail[0]
    for age, weights in enumerate(trail[1:], start=1):
        decay = min(0.9, (1.0 + age) / (10.0 + age))
        average = decay * average + (1.0 - decay) * weights
    shipped = load_checkpoint(tmp_path / "out")[0].state_dict()[names[0]]
    torch.testing.assert_close(shipped.double(), average, rtol=1e-5, atol=1e-7)
    trail.clear()
    train(make_micro_recipe(epochs=1, ema_decay=0.0), data, tmp_path / "out")
    shipped = load_checkpoint(tmp_path / "out")[0].state_dict()[names[0]]
    torch.testing.assert_close(shipped.double(), trail[-1], rtol=0, atol=0)


def test_the_card_tells_the_truth(uninterrupted: tuple[Path, list[Progress]], recipe: Recipe, data: Path) -> None:
    out, _ = uninterrupted
    model, card = load_checkpoint(out)
    rows = [json.loads(line) for line in (out / HISTORY_NAME).read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    best = min(rows, key=lambda row: row["validation_loss"])
    assert (card.validation_loss, card.best_epoch) == (best["validation_loss"], best["epoch"])
    assert rows[-1]["train_loss"] < rows[0]["train_loss"], "it learns"
    assert card.trained_exercises == ("squat", "walk", "idle")
    assert (card.preset, card.blind, card.precision) == ("tiny", False, "float32")
    assert card.parameters == sum(p.numel() for p in model.parameters())
    windows = load_windows(data, "validation", FIXED_HOP_STEPS)
    arrays = (windows.imu, windows.pose, windows.exercise, windows.form)
    batch = Batch(*(torch.from_numpy(array) for array in arrays), global_size=len(windows))
    table = recipe.training.loss.model_copy(update={"pose": "nll", "calibration_weight": 0.0})
    with torch.no_grad():
        output = model(batch.imu)
        said = training_loss(output, batch, spread=model.gaussian.spread, table=table)
    assert best["validation_loss"] == pytest.approx(said.total.item(), rel=1e-4)
    error = np.linalg.norm(output.pose.numpy() - windows.pose, axis=-1)[:, :, 1:].mean() * 1750.0
    assert best["validation_mpjpe_mm"] == pytest.approx(error, rel=1e-4)
    right = (output.exercise_logits.argmax(dim=1).numpy() == windows.exercise).mean()
    assert best["validation_exercise_accuracy"] == pytest.approx(right)
    scored = windows.form >= 0
    off = np.abs(output.form_logits.argmax(dim=1).numpy() - windows.form)[scored].mean()
    assert best["validation_form_mae"] == pytest.approx(off)
    assert finished_stage(
        out, stage="train", inputs={"dataset": data}, config=recipe.training_config(), seed=recipe.seed
    )


def test_the_statistics_are_those_of_the_training_persons(
    uninterrupted: tuple[Path, list[Progress]], data: Path
) -> None:
    model, _ = load_checkpoint(uninterrupted[0])
    windows = load_windows(data, "train", 200)
    imu = windows.imu.reshape(-1, 6).astype(np.float64)
    np.testing.assert_allclose(model.normalise.mean.numpy(), imu.mean(axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.normalise.deviation.numpy(), imu.std(axis=0), rtol=1e-5)
    pose = windows.pose.reshape(-1, 17, 3).astype(np.float64)
    np.testing.assert_allclose(model.gaussian.mean.numpy(), pose.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(model.gaussian.spread.numpy()[1:], pose.std(axis=0)[1:].clip(1e-3), atol=1e-6)


def test_the_log_of_a_resumed_run_is_that_of_an_unbroken_one(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    train(recipe, data, tmp_path / "whole", trackers=choose_trackers())
    with pytest.raises(Interrupted):
        train(recipe, data, tmp_path / "out", on_step=raising_at(20), trackers=choose_trackers())
    train(recipe, data, tmp_path / "out", resume=True, trackers=choose_trackers())
    logs = [tracking_folder(tmp_path / name) / "log.jsonl" for name in ("whole", "out")]
    rows = [[json.loads(line) for line in path.read_text().splitlines()] for path in logs]
    assert rows[0] == rows[1]
    assert sum("validation_loss" in str(row) for row in rows[0]) == EPOCHS
    assert sum("train/pose" in str(row) for row in rows[0]) >= 2


def test_a_recipe_that_takes_a_shipped_checkpoint_is_not_trained(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    shipped = recipe.model_copy(update={"model": recipe.model.model_copy(update={"pretrained": "hdt-base"})})
    with pytest.raises(UsageError, match=r"ships; got hdt-base.*leave model\.pretrained out"):
        train(shipped, data, tmp_path / "out")


def test_a_run_says_how_it_computes(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    train(make_micro_recipe(epochs=1), data, tmp_path / "out", on_start=said.append)
    assert said == ["181,957 parameters on cpu; float32, as given"]


def test_a_loss_that_is_not_finite_stops_the_run(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match=r"epoch 1, step \d+: the loss is not finite.*learning_rate"):
        train(make_micro_recipe(learning_rate=1e30), data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", ["learning_rate", "ema_decay", "clip_norm"])
@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_recipe_holds_finite_numbers_only(key: str, value: float) -> None:
    with pytest.raises(ValueError, match="finite number"):
        make_micro_recipe(**{key: value})


def test_a_validation_loss_that_is_not_finite_stops_the_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_losses(monkeypatch, [float("nan")])
    with pytest.raises(InputDataError, match="validation after epoch 1: the loss is not finite"):
        train(make_micro_recipe(), data, tmp_path / "out")


def test_no_data(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="nowhere"):
        train(make_micro_recipe(), tmp_path / "nowhere", tmp_path / "out")
