"""Two processes under torchrun train as one process does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.training.loop import HISTORY_NAME, train
from tests.support.micro import Micro, make_micro_recipe

REPOSITORY = Path(__file__).parents[3]
PROGRAM = """
import json, os, sys
from pathlib import Path
from qleap_edge.core.recipe import Recipe
from qleap_edge.training.loop import train
recipe, data, out, reported = sys.argv[1:]
losses = []
train(Recipe.model_validate_json(Path(recipe).read_text()), Path(data), Path(out),
      on_step=lambda p: losses.append(p.terms))
Path(reported + os.environ["RANK"]).write_text(json.dumps(losses))
"""


def test_two_processes_train_as_one(micro: Micro, tmp_path: Path) -> None:
    recipe, data = make_micro_recipe(epochs=2, batch_size=15), micro.stages["synthesize"]
    single: list[dict[str, float]] = []
    train(recipe, data, tmp_path / "one", on_step=lambda p: single.append(p.terms))
    (tmp_path / "recipe.json").write_text(recipe.model_dump_json())
    (tmp_path / "program.py").write_text(PROGRAM)
    arguments = (tmp_path / "recipe.json", data, tmp_path / "two", tmp_path / "reported")
    subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", tmp_path / "program.py",
         *arguments],
        cwd=REPOSITORY, env=os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}, check=True, timeout=240,
    )  # fmt: skip
    for rank in "01":
        reported = json.loads((tmp_path / f"reported{rank}").read_text())
        assert len(reported) == len(single)
        for ours, theirs in zip(reported, single, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5), "each process has the loss of the whole batch"
    one, two = (load_checkpoint(tmp_path / name)[0].state_dict() for name in ("one", "two"))
    for name, weights in one.items():
        torch.testing.assert_close(two[name], weights, rtol=0, atol=1e-4)
    rows = [
        [json.loads(line) for line in (tmp_path / name / HISTORY_NAME).read_text().splitlines()]
        for name in ("one", "two")
    ]
    for ours, theirs in zip(*rows, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)
