"""The pipeline: what is reused, what is made again, and that only finished stages are packed."""

import shutil
from pathlib import Path
from pkgutil import resolve_name

import pytest

from qleap_edge.bundle.layout import ONNX_TWIN, ONNX_TWIN_REPORT
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import MANIFEST_NAME
from qleap_edge.core.recipe import BundleTable, Recipe
from qleap_edge.dataset.windows import spread_rows
from qleap_edge.release.pipeline import PIPELINE, finished_folders, release
from tests.support.command import tree
from tests.support.micro import Micro


class Told:
    """Remembers what a release reports."""

    def __init__(self) -> None:
        self.stages: dict[str, bool] = {}
        self.counts: dict[str, list[tuple[int, int]]] = {}

    def stage(self, name: str, *, reused: bool) -> None:
        self.stages[name] = reused

    def progress(self, done: int, total: int, unit: str) -> None:
        self.counts.setdefault(list(self.stages)[-1], []).append((done, total))


@pytest.fixture
def out(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.root, tmp_path / "dist"))


def rerun(recipe: Recipe, out: Path) -> Told:
    told = Told()
    release(recipe, out, workers=1, reporter=told)
    return told


def made(told: Told) -> set[str]:
    return {name for name, reused in told.stages.items() if not reused} - {"bundle", "gate"}


def test_every_row_reads_what_earlier_rows_make() -> None:
    made_so_far: set[str] = set()
    for stage in PIPELINE:
        assert set(stage.inputs) <= made_so_far, stage.name
        assert stage.product not in made_so_far
        made_so_far.add(stage.product)
        assert callable(resolve_name(stage.function)), stage.function
    assert len({stage.name for stage in PIPELINE}) == len(PIPELINE)


def test_nothing_changed_nothing_made(micro_recipe: Recipe, out: Path) -> None:
    told = rerun(micro_recipe, out)
    assert made(told) == set()
    assert list(told.stages) == [
        "synthesize", "train", "convert", "compress", "verify", "calibrate", "evaluate", "bundle", "gate",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "change", "expected"),
    [
        ("calibration", {"levels": (0.5, 0.9)}, {"calibrate", "evaluate"}),
        ("verification", {"windows": 3, "golden_windows": 2}, {"verify", "evaluate"}),
    ],
)
def test_a_changed_table_makes_its_stages_and_what_follows(
    micro_recipe: Recipe, out: Path, table: str, change: dict[str, object], expected: set[str]
) -> None:
    changed = Recipe.model_validate(micro_recipe.model_dump() | {table: micro_recipe.model_dump()[table] | change})
    assert made(rerun(changed, out)) == expected


def test_a_bundle_without_the_twin_measures_nothing_on_it(micro_recipe: Recipe, out: Path) -> None:
    """Nothing but ``evaluate`` is made again."""
    assert made(rerun(micro_recipe.model_copy(update={"bundle": BundleTable(onnx=False)}), out)) == {"evaluate"}
    assert not (out / "stages" / "micro" / "evaluate" / ONNX_TWIN_REPORT).exists()
    (bundle,) = out.glob("QuantumLeapPose-*")
    assert not (bundle / ONNX_TWIN).parent.exists()


def test_another_date_is_another_conversion(
    micro_recipe: Recipe, micro: Micro, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package holds its date: a conversion of another day may not be taken for today's."""
    stages = micro.root / "stages" / "micro"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    with pytest.raises(InputDataError, match="convert: the stage is missing, stale"):
        finished_folders(micro_recipe, stages)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert finished_folders(micro_recipe, stages) == dict(micro.stages)


@pytest.mark.parametrize("change", ["missing", "emptied", "altered"])
def test_a_stage_that_is_not_whole_is_made_again(micro_recipe: Recipe, out: Path, micro: Micro, change: str) -> None:
    stage = out / "stages" / "micro" / "calibrate"
    if change == "missing":
        shutil.rmtree(stage)
    elif change == "emptied":
        (stage / "profile.json").unlink()
    else:
        (stage / "profile.json").write_text("{}")
    told = rerun(micro_recipe, out)
    assert made(told) == {"calibrate"}
    assert (stage / "profile.json").read_bytes() == (micro.stages["calibrate"] / "profile.json").read_bytes()
    (done, total) = told.counts["calibrate"][-1]
    assert done == total > 0


@pytest.mark.parametrize(
    "change", ["without a manifest", "with a file of the user", "a bundle with a file of the user"]
)
def test_what_the_release_did_not_make_is_refused_before_anything_is_run(
    micro_recipe: Recipe, out: Path, change: str
) -> None:
    stage = out / "stages" / "micro" / "calibrate"
    if change == "without a manifest":
        (stage / MANIFEST_NAME).unlink()
    elif change == "with a file of the user":
        (stage / "thesis.txt").write_text("three years of work")
    else:
        (next(out.glob("QuantumLeapPose-*")) / "thesis.txt").write_text("three years of work")
    before, told = tree(out), Told()
    with pytest.raises(UsageError, match="holds something else"):
        release(micro_recipe, out, workers=1, reporter=told)
    assert tree(out) == before and told.stages == {}


def test_finished_folders_are_the_stages_of_exactly_this_recipe(micro_recipe: Recipe, micro: Micro) -> None:
    stages = micro.root / "stages" / "micro"
    assert finished_folders(micro_recipe, stages) == dict(micro.stages)
    other = Recipe.model_validate(micro_recipe.model_dump() | {"seed": micro_recipe.seed + 1})
    with pytest.raises(InputDataError, match="synthesize"):
        finished_folders(other, stages)


def test_an_altered_stage_is_named_and_not_packed(micro_recipe: Recipe, out: Path) -> None:
    stages = out / "stages" / "micro"
    (stages / "compress" / "contract.json").write_bytes(b"{}")
    with pytest.raises(InputDataError, match="compress"):
        finished_folders(micro_recipe, stages)


@pytest.mark.parametrize(("count", "wanted"), [(1, 1), (5, 3), (3, 5), (100, 7), (2, 1)])
def test_spread_rows_reach_from_end_to_end(count: int, wanted: int) -> None:
    rows = spread_rows(count, wanted).tolist()
    assert len(rows) == min(count, wanted) and rows == sorted(set(rows))
    assert rows[0] == 0 and (rows[-1] == count - 1 or len(rows) == 1)
