"""The plan of a dataset with captured motion: the exact share, for training persons only; the same bytes from any workers."""

from collections import Counter
from dataclasses import replace

import pytest

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import sha256_file
from qleap_edge.core.recipe import load_recipe, with_motion
from qleap_edge.core.recipe_synthesis import SynthesisTable
from qleap_edge.dataset.document import read_dataset
from qleap_edge.dataset.motion_folder import encoded, person_documents, shipped_motion, write_person
from qleap_edge.dataset.plan import plan_requests
from qleap_edge.dataset.splits import split_subjects
from qleap_edge.dataset.synthesize import synthesize
from tests.support.captured import document, made_qpos
from tests.support.command import MICRO_TOML

CAPTURED = ("squat", "lunge")


@pytest.fixture(scope="module")
def recipe():
    found = load_recipe(str(MICRO_TOML))
    table = found.synthesis.model_copy(update={"captured_share": 0.25, "mix": {"squat": 3.0, "walk": 1.0}})
    return found.model_copy(update={"synthesis": table})


def changed(table: SynthesisTable, **changes: object) -> SynthesisTable:
    return SynthesisTable.model_validate(table.model_dump() | changes)


def test_the_captured_share_is_exact_spread_and_of_training_persons(recipe):
    mix = {"squat": 2.0, "lunge": 1.0, "walk": 1.0}
    table = changed(recipe.synthesis, subjects=300, mix=mix, captured_share=0.2, forward_share=0.1)
    requests = plan_requests(table, 3, CAPTURED)
    captured = [request for request in requests if request.regime == "captured"]
    assert len(captured) == 60 and Counter(one.content for one in captured).keys() == set(CAPTURED)
    trained = set(split_subjects(3, list(range(300)), table.split)["train"])
    assert {one.subject_id for one in captured} <= trained
    assert sum(one.regime == "forward" for one in requests) == 30
    without = plan_requests(changed(table, captured_share=0.0), 3)
    plain = [replace(one, regime="prescribed") if one.regime == "captured" else one for one in requests]
    assert plain == without


def test_more_than_was_captured_is_refused(recipe):
    with pytest.raises(UsageError, match=r"synthesis\.captured_share.*play captured motion.*squat"):
        plan_requests(changed(recipe.synthesis, captured_share=0.9), 3, CAPTURED)
    with pytest.raises(UsageError, match="at most 0 of"):
        plan_requests(recipe.synthesis, 3)


def test_bytes_depend_on_the_motion_and_not_on_workers_or_on_its_place(recipe, tmp_path):
    out = [tmp_path / name for name in ("one", "two", "elsewhere", "other")]
    synthesize(recipe, out[0])
    synthesize(recipe, out[1], workers=2)
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in person_documents([shipped_motion()]).values():
        for one in (path, path.with_suffix(".npz")):
            (copy / one.name).write_bytes(one.read_bytes())
    synthesize(with_motion(recipe, [copy]), out[2])
    hashes = [
        {path.relative_to(folder): sha256_file(path) for path in sorted(folder.rglob("*")) if path.is_file()}
        for folder in out[:3]
    ]
    assert hashes[0] == hashes[1] == hashes[2]
    made = read_dataset(out[0])
    assert made.regimes["captured"] == 10 and set(made.motion) == {"s01", "s06", "s07"}
    write_person(copy, document("zoe"), {"squat_1": encoded(made_qpos())})
    synthesize(with_motion(recipe, [copy]), out[3])
    assert set(read_dataset(out[3]).motion) == {"s01", "s06", "s07", "zoe"}
    assert read_dataset(out[3]).shards != made.shards


def test_a_person_is_left_out(recipe, tmp_path):
    table = recipe.synthesis.model_copy(update={"motion_persons_left_out": ("s01", "s07")})
    made = synthesize(recipe.model_copy(update={"synthesis": table}), tmp_path / "set")
    assert set(made.motion) == {"s06"}
