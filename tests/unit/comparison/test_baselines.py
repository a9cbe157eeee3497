"""The comparison: the recipe of each network, what is kept, and its figures against plain arithmetic."""

import json
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.comparison.baselines import training_run
from qleap_edge.comparison.baselines.compare import DOCUMENT_NAME, compare_baselines, compared
from qleap_edge.comparison.baselines.document import BaselinesDocument
from qleap_edge.comparison.baselines.networks import BaselineNetwork, Settings, baseline_networks, recipe_of
from qleap_edge.comparison.baselines.tables import all_tables, summary
from qleap_edge.core.errors import UsageError
from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.core.records import read_document
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.metrics.pose import mpjpe_per_window
from qleap_edge.model.baselines.config import BILSTM_PRESETS, BiLSTMConfig
from qleap_edge.model.networks import NETWORKS
from qleap_edge.training.checkpoint import load_checkpoint
from tests.support.command import MICRO_TOML, assert_refused, call
from tests.support.micro import Micro, make_micro_recipe

HOP = 100
SETTINGS = Settings(epochs=1, hop=HOP)
OTHERS = ["mean pose", "mean pose of the exercise", "mean trajectory at the true phase"]


@pytest.fixture(scope="module")
def small_networks():
    """Recurrent networks whose training takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        for name in BILSTM_PRESETS:
            patch.setitem(NETWORKS, name, BiLSTMConfig(hidden=8, hidden_dropout=0.1))
        yield


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return make_micro_recipe()


@pytest.fixture(scope="module")
def finished(
    recipe: Recipe, micro: Micro, small_networks: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, BaselinesDocument]:
    out = tmp_path_factory.mktemp("baselines") / "out"
    return out, compare_baselines(recipe, micro.stages["synthesize"], out, SETTINGS)


def no_training(*_: object, **__: object) -> None:
    raise AssertionError("it trains again")


def test_everybody_is_trained_alike(recipe: Recipe) -> None:
    networks = baseline_networks(recipe)
    assert [(one.preset, one.blind) for one in networks] == [
        ("tiny", False), ("bilstm-mobileposer-size", False), ("bilstm-imuposer-size", False), ("tiny", True),
    ]  # fmt: skip
    assert all(one.name.endswith("our data") for one in networks if one.preset in BILSTM_PRESETS)
    own = [recipe_of(one, load_recipe("release"), Settings(epochs=3), seed=2) for one in networks]
    assert len({one.training.model_dump_json() for one in own}) == 1
    assert own[0].training.epochs == 3 and own[0].training.patience_epochs is None
    assert own[0].training.precision != "auto"
    assert {one.seed for one in own} == {load_recipe("release").seed + 2}
    rated = [recipe_of(one, recipe, Settings(bilstm_learning_rate=3e-3), seed=0) for one in networks]
    assert [one.training.learning_rate for one in rated] == [1e-3, 3e-3, 3e-3, 1e-3]


def test_a_recipe_of_a_baseline_is_refused(recipe: Recipe) -> None:
    values = recipe.model_dump()
    values["model"] = {"preset": "bilstm-imuposer-size"}
    with pytest.raises(UsageError, match="baseline itself"):
        baseline_networks(Recipe.model_validate(values))


def test_the_figures_are_those_of_the_checkpoints(finished: tuple[Path, BaselinesDocument], micro: Micro) -> None:
    out, found = finished
    windows = load_windows(micro.stages["synthesize"], "test", HOP)
    assert found.windows == len(windows)
    errors = {}
    for result in found.networks:
        made = result.training
        network, card = load_checkpoint(
            out / BaselineNetwork("", made.preset, made.blind).folder_name(made.seed) / "checkpoint"
        )
        assert (made.parameters, made.weights_sha256, made.epochs) == (card.parameters, card.weights_sha256, 1)
        assert made.steps > 0 and made.seconds > 0.0
        pose = network_outputs(network, windows.imu).pose
        errors[made.network] = mpjpe_per_window(pose, windows.pose) * MM_PER_BODY_HEIGHT
        everywhere = next(row for row in result.poses if row.of == "all")
        assert everywhere.figures["mpjpe"].value == pytest.approx(errors[made.network].mean(), rel=1e-5)
        if made.blind:
            assert np.abs(pose - pose[:1]).max() < 1e-6
    mean = GroundTruth.read(micro.stages["synthesize"], "train", HOP).pose.mean(axis=0, dtype=np.float64)
    static = mpjpe_per_window(np.broadcast_to(mean, windows.pose.shape), windows.pose).mean() * MM_PER_BODY_HEIGHT
    baseline = next(row for row in found.priors[0].poses if row.of == "all")
    assert baseline.figures["mpjpe"].value == pytest.approx(static, rel=1e-5)
    ours = errors.pop("HDT, tiny")
    ratios = {row.opponent: row.ratio for row in found.comparisons if row.of == "all"}
    assert list(ratios) == [*errors, *OTHERS]
    for name, theirs in errors.items():
        assert ratios[name].value == pytest.approx(ours.mean() / theirs.mean(), rel=1e-5)
        low, high = ratios[name].interval
        assert low <= ratios[name].value <= high
    phase = ratios[OTHERS[2]].value
    assert phase > ratios[OTHERS[1]].value > ratios[OTHERS[0]].value, "the baseline that is given more errs less"


def test_verdicts_follow_their_intervals(finished: tuple[Path, BaselinesDocument]) -> None:
    assert {row.verdict for row in finished[1].comparisons} == {"unknown"}, "four persons are too few"
    generator = np.random.default_rng(0)
    theirs = generator.uniform(90.0, 110.0, (30, 1))
    for factor, verdict in ((0.5, "better"), (2.0, "worse")):
        ours = theirs * factor * generator.uniform(0.9, 1.1, (30, 1))
        row = compared("all", "mean pose", ours, theirs)
        drawn = generator.integers(0, 30, (4000, 30))
        expected = np.percentile(ours[drawn].sum(axis=(1, 2)) / theirs[drawn].sum(axis=(1, 2)), [2.5, 97.5])
        assert row.verdict == verdict and row.ratio.value == pytest.approx(ours.sum() / theirs.sum())
        np.testing.assert_allclose(row.ratio.interval, expected, atol=0.01 * factor)
    ours = theirs * np.tile([[0.9], [1.1]], (15, 1))
    assert compared("all", "mean pose", ours, theirs).verdict == "no difference"
    assert compared("all", "mean pose", 0.5 * theirs[:1], theirs[:1]).ratio.interval is None


def test_what_is_finished_is_kept(
    finished: tuple[Path, BaselinesDocument], recipe: Recipe, micro: Micro, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, found = finished
    monkeypatch.setattr(training_run, "train", no_training)
    again = compare_baselines(recipe, micro.stages["synthesize"], out, SETTINGS)
    assert again == found == read_document(BaselinesDocument, out / DOCUMENT_NAME)
    monkeypatch.setattr(training_run, "_measure", no_training)
    assert compare_baselines(recipe, micro.stages["synthesize"], out, SETTINGS) == found


def test_other_code_trains_again_unless_told_otherwise(
    finished: tuple[Path, BaselinesDocument], recipe: Recipe, micro: Micro, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, found = finished
    monkeypatch.setattr("qleap_edge.core.manifest.code_digest", lambda: "another")
    monkeypatch.setattr(training_run, "train", no_training)
    data = micro.stages["synthesize"]
    with pytest.raises(AssertionError, match="trains again"):
        compare_baselines(recipe, data, out, SETTINGS)
    assert compare_baselines(recipe, data, out, SETTINGS, keep_trained=True) == found
    with pytest.raises(AssertionError, match="trains again"):
        compare_baselines(recipe, data, out, Settings(epochs=2, hop=HOP), keep_trained=True)


def test_an_altered_checkpoint_is_trained_again(
    recipe: Recipe, micro: Micro, small_networks: None, tmp_path: Path
) -> None:
    data, seen = micro.stages["synthesize"], []

    def tell(network: str, done: int, total: int, note: str) -> None:
        seen.append(network)

    first = compare_baselines(recipe, data, tmp_path, SETTINGS, on_progress=tell)
    assert list(dict.fromkeys(seen)) == [f"{r.training.network}, seed {recipe.seed}" for r in first.networks]
    weights = next((tmp_path / f"tiny-seed{recipe.seed}" / "checkpoint").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    seen.clear()
    second = compare_baselines(recipe, data, tmp_path, SETTINGS, on_progress=tell)
    assert set(seen) == {f"HDT, tiny, seed {recipe.seed}"}
    assert second.networks[0].training.weights_sha256 == first.networks[0].training.weights_sha256


def test_an_interrupted_training_goes_on(recipe: Recipe, micro: Micro, small_networks: None, tmp_path: Path) -> None:
    values = recipe.model_dump()
    values["training"] |= {"checkpoint_every_steps": 1}
    data, steps = micro.stages["synthesize"], []

    def dies(network: str, done: int, total: int, note: str) -> None:
        if network.startswith("BiLSTM, MobilePoser-size") and done == 3:
            raise KeyboardInterrupt

    def tell(network: str, done: int, total: int, note: str) -> None:
        steps.append((network.removesuffix(f", seed {recipe.seed}"), done))

    often = Recipe.model_validate(values)
    with pytest.raises(KeyboardInterrupt):
        compare_baselines(often, data, tmp_path, SETTINGS, on_progress=dies)
    assert not (tmp_path / DOCUMENT_NAME).exists()
    found = compare_baselines(often, data, tmp_path, SETTINGS, on_progress=tell)
    assert steps[0] == ("BiLSTM, MobilePoser-size, our data", 3), "the step that was not saved is taken again"
    assert found.networks[1].training.seconds > 0.0


def test_two_seeds_are_two_rows_and_one_comparison(
    recipe: Recipe, micro: Micro, small_networks: None, finished: tuple[Path, BaselinesDocument]
) -> None:
    out, first = finished
    settings = Settings(epochs=1, hop=HOP, seeds=2)
    found = compare_baselines(recipe, micro.stages["synthesize"], out, settings)
    assert found.seeds == (recipe.seed, recipe.seed + 1)
    assert [n for n in found.networks if n.training.seed == recipe.seed] == list(first.networks)
    mpjpe = [n.poses[0].figures["mpjpe"].value for n in found.networks if n.training.network == "HDT, tiny"]
    assert mpjpe[0] != mpjpe[1]
    mean = next(row for row in found.priors[0].poses if row.of == "all").figures["mpjpe"].value
    ratio = next(row.ratio.value for row in found.comparisons if (row.of, row.opponent) == ("all", "mean pose"))
    assert ratio == pytest.approx(np.mean(mpjpe) / mean, rel=1e-5)
    names = [line[0] for line in all_tables(found)[0].rows]
    assert f"HDT, tiny, seed {recipe.seed + 1}" in names


def test_tables_hold_every_row(finished: tuple[Path, BaselinesDocument]) -> None:
    found = finished[1]
    tables = all_tables(found)
    positions, others, classes, ratios = tables
    names = [result.training.network for result in found.networks]
    for table in (positions, others):
        assert [line[0] for line in table.rows] == [*names, *OTHERS]
    assert [line[0] for line in classes.rows] == [*names, OTHERS[0]], "only one baseline has classes"
    assert {line[1] for line in ratios.rows} == {*names[1:], *OTHERS}
    assert {line[0] for line in ratios.rows} >= {"all", "squat"}
    for table in tables:
        assert {len(line) for line in table.rows} == {len(table.columns)}
    assert summary(found).startswith("HDT, tiny is better than 0 of 6")
    text = json.dumps([table.rows for table in tables])
    assert "nan" not in text
    assert "MobilePoser-size, our data" in text and "MobilePoser," not in text.replace("BiLSTM, MobilePoser-size", "")


def test_the_command_prints_tables_or_one_document(micro: Micro, small_networks: None, tmp_path: Path) -> None:
    arguments = ("benchmark", "baselines", "--data", micro.stages["synthesize"], "--out", tmp_path / "out")
    arguments += ("--recipe", MICRO_TOML, "--epochs", 1, "--hop", HOP)
    told = call(*arguments)
    assert told.code == 0, told.err
    assert "BiLSTM, IMUPoser-size, our data" in told.out and "mean trajectory at the true phase" in told.out
    again = call(*arguments, "--json")
    assert json.loads(again.out) == json.loads((tmp_path / "out" / DOCUMENT_NAME).read_text())
    assert json.loads(again.out)["epochs"] == 1
    assert_refused(call(*arguments[:3], tmp_path / "nowhere", *arguments[4:]), 3, "nowhere")
