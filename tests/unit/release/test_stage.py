"""A stage's run: finished or not, whole, and named when it was altered."""

import shutil
from pathlib import Path

import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import MANIFEST_NAME, StageManifest, verify_files
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.release.pipeline import PIPELINE, finished_folders
from qleap_edge.release.stage import StageRun
from tests.support.micro import Micro


def test_every_stage_is_finished_and_intact(micro: Micro, micro_recipe: Recipe) -> None:
    folders = finished_folders(micro_recipe, micro.root / "stages" / "micro")
    assert folders == dict(micro.stages)
    for name, folder in folders.items():
        manifest = read_document(StageManifest, folder / MANIFEST_NAME)
        verify_files(folder, manifest.files)
        assert (manifest.stage, manifest.seed) == (name, micro_recipe.seed)
        assert {record.path for record in manifest.files} == {
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        } - {MANIFEST_NAME}


def test_a_manifest_records_the_inputs_of_the_table(micro: Micro, micro_recipe: Recipe) -> None:
    for stage in PIPELINE:
        manifest = read_document(StageManifest, micro.stages[stage.name] / MANIFEST_NAME)
        assert manifest.inputs.keys() == {*stage.inputs, *stage.files(micro_recipe)}, stage.name


def test_a_run_is_finished_for_its_own_inputs_only(micro: Micro, micro_recipe: Recipe) -> None:
    (stage,) = (stage for stage in PIPELINE if stage.name == "convert")
    run = StageRun(stage, micro_recipe, {"checkpoint": micro.stages["train"]}, micro.stages["convert"])
    assert run.is_finished()
    other = StageRun(stage, micro_recipe, {"checkpoint": micro.stages["calibrate"]}, micro.stages["convert"])
    assert not other.is_finished()


@pytest.mark.parametrize("stage", ["train", "compress", "evaluate"])
def test_an_altered_stage_is_named(stage: str, micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(micro.root / "stages" / "micro", tmp_path / "stages"))
    path = max((p for p in (copied / stage).rglob("*") if p.name != "manifest.json"), key=lambda p: p.stat().st_size)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputDataError, match=rf"{stage}: the stage is missing, stale or altered"):
        finished_folders(micro_recipe, copied)
    with pytest.raises(InputDataError, match="synthesize"):
        finished_folders(micro_recipe.model_copy(update={"seed": 5}), copied)
