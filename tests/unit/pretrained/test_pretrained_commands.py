"""The shipped checkpoint through the command and through the pipeline."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.recipe import Recipe
from qleap_edge.pretrained.install import PROVENANCE_NAME
from qleap_edge.release.pipeline import finished_folders, release
from tests.support.command import assert_refused, call, flip_byte, tree
from tests.support.micro import Micro, SilentReporter
from tests.support.trials import CMU
from tests.unit.pretrained.conftest import HOP, NAME


class RecordingReporter(SilentReporter):
    def __init__(self) -> None:
        self.made: list[str] = []

    def stage(self, name: str, *, reused: bool) -> None:
        if not reused:
            self.made.append(name)


@pytest.fixture
def toml(installing: Recipe, tmp_path: Path) -> Path:
    """Return the recipe as a file."""
    path = tmp_path / "installing.toml"
    lines: list[str] = []
    tables = installing.model_dump(mode="json", exclude_none=True)
    lines += [f"{key} = {written(value)}" for key, value in tables.items() if not isinstance(value, dict)]
    flat(tables, [], lines)
    path.write_text("\n".join(lines))
    assert Recipe.model_validate(tomllib.loads(path.read_text())) == installing
    return path


def flat(table: dict, parents: list[str], lines: list[str]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            lines.append(f"[{'.'.join([*parents, key])}]")
            lines += [f"{name} = {written(v)}" for name, v in value.items() if not isinstance(v, dict)]
            flat(value, [*parents, key], lines)


def written(value: object) -> str:
    """Return a value as TOML writes it; numbers, strings and truth are as in JSON."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


def test_export(micro: Micro, exported: Path, tmp_path: Path) -> None:
    command = ("checkpoint", "export", "--checkpoint", micro.stages["train"], "--data", micro.stages["synthesize"])
    done = call(*command, "--name", NAME, "--out", tmp_path / "out", "--hop", HOP)
    assert done.code == 0 and done.err == "", done
    for words in ("float16.mpjpe_change", "pose.mpjpe", NAME):
        assert words in done.out
    assert tree(tmp_path / "out") == tree(exported)
    done = call(*command, "--name", NAME, "--out", tmp_path / "out", "--hop", HOP, "--json")
    assert json.loads(done.out) == json.loads((exported / f"{NAME}.json").read_text())


def test_train_installs_it_unless_from_scratch(shipped: Path, toml: Path, micro: Micro, tmp_path: Path) -> None:
    command = ("train", "--recipe", toml, "--data", micro.stages["synthesize"], "--out")
    done = call(*command, tmp_path / "installed")
    assert done.code == 0 and done.err == "", done
    assert "Not trained here" in done.out and "--from-scratch" in done.out
    assert (tmp_path / "installed" / PROVENANCE_NAME).is_file()
    assert json.loads(call(*command, tmp_path / "installed", "--json").out)["name"] == NAME
    assert_refused(call(*command, tmp_path / "installed", "--resume"), 2, "--from-scratch", "model.pretrained")
    done = call(*command, tmp_path / "trained", "--from-scratch")
    assert done.code == 0, done
    # Not a trace of the shipped one: the same files as the recipe without it makes.
    assert tree(tmp_path / "trained") == tree(micro.stages["train"])


def test_a_name_stands_for_a_folder(shipped: Path, micro: Micro, tmp_path: Path) -> None:
    data = ("--data", micro.stages["synthesize"], "--hop", HOP, "--json")
    done = call("evaluate", "--checkpoint", NAME, *data)
    assert done.code == 0, done
    card = json.loads((shipped / f"{NAME}.json").read_text())
    assert json.loads(done.out)["measurements"] == card["measurements"]
    assert call("convert", "--checkpoint", NAME, "--out", tmp_path / "conversion").code == 0
    done = call("benchmark", "motion", "--data", CMU, "--checkpoint", NAME, "--draws", "1", "--json")
    assert done.code == 0 and NAME in done.out, done
    assert_refused(call("evaluate", "--checkpoint", "hdt-nano", *data), 3, "hdt-nano")
    flip_byte(shipped / f"{NAME}.safetensors")
    assert_refused(call("evaluate", "--checkpoint", NAME, *data), 3, f"{NAME}.safetensors", "reinstall")


def test_a_release_trains_nothing(shipped: Path, installing: Recipe, micro: Micro, tmp_path: Path) -> None:
    out = Path(shutil.copytree(micro.root, tmp_path / "dist"))
    reporter = RecordingReporter()
    done = release(installing, out, workers=1, reporter=reporter)
    assert reporter.made == ["train", "convert", "compress", "verify", "calibrate", "evaluate", "bundle", "gate"]
    assert (done.stages["train"] / PROVENANCE_NAME).is_file()
    parity = {gate.measurement: gate.verdict for gate in done.report.gates if gate.measurement.startswith("parity.")}
    assert len(parity) > 3 and set(parity.values()) == {"pass"}
    stages = out / "stages" / installing.name
    assert finished_folders(installing, stages) == dict(done.stages)
    # Another card, another input: what was installed is out of date.
    card = shipped / f"{NAME}.json"
    card.write_text(card.read_text() + " ")
    with pytest.raises(InputDataError, match="train"):
        finished_folders(installing, stages)
