"""A small dataset from end to end: the same bytes from any executor and after a kill; labels that can be recomputed."""

import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import QleapError, UsageError
from qleap_edge.core.exercises import EXERCISE_ID, FORM_UNSCORED
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.manifest import MANIFEST_NAME, sha256_file
from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.core.recipe_synthesis import RandomizationTable, SynthesisTable
from qleap_edge.core.skeleton import remove_heading
from qleap_edge.dataset.document import read_dataset
from qleap_edge.dataset.executors.local import ProcessExecutor
from qleap_edge.dataset.executors.ray_cluster import RayExecutor
from qleap_edge.dataset.plan import plan_requests
from qleap_edge.dataset.shard_task import ShardTask, make_shard, this_build_environment
from qleap_edge.dataset.splits import SPLITS
from qleap_edge.dataset.store import read_shard
from qleap_edge.dataset.synthesize import synthesize
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.form import score_form
from qleap_edge.physics.overrides import resolve_distributions
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.physics.simulate import subject_of
from tests.support.command import run

SMALL = """
name = "small"
seed = 11

[synthesis]
subjects = 16
sequences_per_subject = 2
sequences_per_shard = 8
mix = { squat = 2.0, walk = 1.0, idle = 1.0 }
forward_share = 0.125
duration_s = [4.0, 6.0]
split = { train = 0.5, validation = 0.125, calibration = 0.125, test = 0.25 }

[model]
preset = "tiny"

[training]
epochs = 1

[gates]
grade = "tiny"
"""
TOTAL, SHARDS = 32, 4
CHILD = """
import sys
from pathlib import Path
from qleap_edge.core.recipe import load_recipe
from qleap_edge.dataset.synthesize import synthesize
synthesize(load_recipe(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def small(recipe_file) -> Recipe:
    return load_recipe(str(recipe_file))


@pytest.fixture(scope="module")
def made(small, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("data") / "set"
    synthesize(small, out)
    return out


def changed(recipe: Recipe, **changes: object) -> SynthesisTable:
    return SynthesisTable.model_validate(recipe.synthesis.model_dump() | changes)


def hashes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_file(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_two_workers_make_the_same_bytes(small, made, tmp_path):
    seen = []
    synthesize(small, tmp_path / "set", workers=2, on_progress=lambda done, total: seen.append((done, total)))
    assert hashes(tmp_path / "set") == hashes(made)
    assert seen == [(done, TOTAL) for done in range(0, TOTAL + 1, 8)]


def test_two_ray_workers_make_the_same_bytes_and_one_document(recipe_file, made, ray_cluster, tmp_path):
    done = run(
        "synthesize", "--recipe", recipe_file, "--out", tmp_path / "set", "--executor", "ray", "--workers", 2, "--json"
    )
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["schema"] == "qleap.dataset"
    assert hashes(tmp_path / "set") == hashes(made)
    assert not list(tmp_path.glob(".set*")), "leftovers"


def test_a_killed_run_resumes_to_the_same_bytes(small, recipe_file, made, tmp_path):
    out = tmp_path / "set"
    child = subprocess.Popen([sys.executable, "-c", CHILD, recipe_file, out], env=os.environ | {"OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 60.0
    while not list(tmp_path.glob(".set.shards-*/shard-*.json")):
        assert time.monotonic() < deadline and child.poll() is None, "no shard was finished before the child ended"
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not out.exists()
    seen = []
    synthesize(small, out, on_progress=lambda done, total: seen.append(done))
    assert seen[0] >= 8, "the finished shards were made again"
    assert hashes(out) == hashes(made)
    assert not list(tmp_path.glob(".set*")), "leftovers"


def test_a_killed_worker_is_one_error_and_the_next_run_goes_on(small, made, tmp_path):
    def kill_one(done: int, total: int) -> None:
        if done:
            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)

    with pytest.raises(QleapError, match=r"a worker process was killed.*finished shards are kept"):
        synthesize(small, tmp_path / "set", workers=2, on_progress=kill_one)
    seen = []
    synthesize(small, tmp_path / "set", on_progress=lambda done, total: seen.append(done))
    assert seen[0] >= 8
    assert hashes(tmp_path / "set") == hashes(made)


def test_damaged_pending_shards_are_named_and_made_again(small, made, tmp_path, monkeypatch, caplog):
    out = tmp_path / "set"
    with monkeypatch.context() as patch:
        patch.setattr(
            "qleap_edge.dataset.synthesize.write_stage_manifest",
            lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            synthesize(small, out)
    folder = next(tmp_path.glob(".set.shards-*"))
    truncated, unreadable, lost, whole = (folder / f"shard-{index:05d}.h5" for index in range(SHARDS))
    truncated.write_bytes(truncated.read_bytes()[:-100])
    unreadable.with_suffix(".json").write_text("{")
    lost.unlink()
    seen = []
    with caplog.at_level(logging.WARNING):
        synthesize(small, out, on_progress=lambda done, total: seen.append(done))
    assert seen[0] == 8, "only one shard was whole"
    for path, named in ((truncated, True), (unreadable.with_suffix(".json"), True), (lost, True), (whole, False)):
        assert (str(path) in caplog.text) is named, path
    assert hashes(out) == hashes(made)


def test_a_second_run_makes_nothing(small, made):
    before, seen = (made / MANIFEST_NAME).stat().st_mtime_ns, []
    document = synthesize(small, made, workers=2, on_progress=lambda done, total: seen.append(done))
    assert not seen
    assert (made / MANIFEST_NAME).stat().st_mtime_ns == before
    assert document == read_dataset(made)


def test_two_runs_into_one_folder_do_not_mix(small, made, tmp_path):
    refused = []

    def try_again(done: int, total: int) -> None:
        with pytest.raises(UsageError, match="another"):
            synthesize(small, tmp_path / "set")
        refused.append(done)

    synthesize(small, tmp_path / "set", on_progress=try_again)
    assert len(refused) == SHARDS + 1
    assert hashes(tmp_path / "set") == hashes(made)


def test_another_seed_or_other_laws_give_another_dataset(small, made, tmp_path):
    table = changed(small, subjects=8)
    stress = table.model_copy(update={"randomization": RandomizationTable(preset="stress")})
    hashes = {shard.sha256 for shard in read_dataset(made).shards}
    for index, changes in enumerate(({"seed": 12, "synthesis": table}, {"synthesis": stress})):
        document = synthesize(small.model_copy(update=changes), tmp_path / str(index))
        assert hashes.isdisjoint(shard.sha256 for shard in document.shards)
        assert document.randomization == changes["synthesis"].randomization


@pytest.fixture
def task(small) -> ShardTask:
    table = small.synthesis
    sensor, distributions = load_sensor(sensor_path(table.sensor)), resolve_distributions(table.randomization)
    requests = tuple(plan_requests(table, small.seed)[:1])
    return ShardTask(0, requests, small.seed, table.duration_s, sensor, distributions, this_build_environment())


def test_a_worker_with_another_version_is_refused(task, ray_cluster):
    driver = this_build_environment()
    foreign = replace(task, build_environment=driver.model_copy(update={"tools": driver.tools | {"numpy": "1.0"}}))
    for executor in (ProcessExecutor(2), RayExecutor(1)):
        with pytest.raises(UsageError, match=r"worker on .*expected numpy 1\.0; got numpy \d.*install the same"):
            list(executor.run(make_shard, [foreign]))


@pytest.mark.parametrize(("name", "next_step"), [("code", "install the same"), ("arithmetic", "kind of processor")])
def test_a_worker_with_other_code_or_arithmetic_is_refused(task, name, next_step):
    with pytest.raises(UsageError, match=rf"expected {name} 0000; got {name} [0-9a-f]{{16}}\. .*{next_step}"):
        make_shard(replace(task, build_environment=this_build_environment().model_copy(update={name: "0000"})))


def test_a_run_that_cannot_begin_leaves_no_trace(small, tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(UsageError, match="cluster"):
        synthesize(small, tmp_path / "set", 2, executor="ray")
    assert not list(tmp_path.iterdir())


def test_the_mix_is_exact(small):
    table = changed(small, subjects=240, mix={"squat": 2.0, "walk": 1.0, "idle": 1.0}, forward_share=0.0)
    requests = plan_requests(table, 3)
    assert Counter(request.content for request in requests) == {"squat": 240, "walk": 120, "idle": 120}
    assert [request.sequence_id for request in requests] == list(range(480))
    assert [request.subject_id for request in requests] == [index // 2 for index in range(480)]
    assert {request.regime for request in requests} == {"prescribed"}


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.2501, 0.5])
def test_the_forward_share_is_exact_and_spread_over_contents_and_subjects(small, share):
    table = changed(small, subjects=300, mix={"squat": 2.0, "deadlift": 1.0, "idle": 1.0}, forward_share=share)
    able = {name for name in table.mix if exercise_model(name).forward}
    assert "squat" in able
    requests = plan_requests(table, 3)
    forward = [request for request in requests if request.regime == "forward"]
    assert len(forward) == round(share * 600)
    assert plan_requests(table, 3) == requests
    counts, of_all = Counter(r.content for r in forward), Counter(r.content for r in requests if r.content in able)
    assert counts.keys() <= able
    for name in able:
        assert counts[name] == pytest.approx(len(forward) * of_all[name] / of_all.total(), abs=1.0)
    if len(forward) >= 60:  # every fifth of the subjects has about its share
        fifths = np.bincount([request.subject_id // 60 for request in forward], minlength=5) / len(forward)
        assert np.abs(fifths - 0.2).max() < 0.08
    without = plan_requests(changed(small, subjects=300, mix=table.mix, forward_share=0.0), 3)
    assert [replace(request, regime="prescribed") for request in requests] == without


def test_more_forward_than_can_be_is_refused(small):
    prescribed_only = next(name for name in ("walk", "jumping_jack") if not exercise_model(name).forward)
    table = changed(small, mix={"squat": 1.0, prescribed_only: 3.0}, forward_share=0.5)
    with pytest.raises(UsageError, match=r"synthesis\.forward_share.*at most 8 of 32 sequences: squat.*16 sequences"):
        plan_requests(table, 1)
    with pytest.raises(UsageError, match=r"synthesis\.mix"):
        plan_requests(small.synthesis.model_copy(update={"mix": {}}), 1)


def test_the_document_adds_up(made):
    document = read_dataset(made)
    shards = [read_shard(made / record.path) for record in document.shards]
    assert len(shards) == SHARDS
    assert document.sequences == TOTAL == sum(len(shard.offsets) - 1 for shard in shards)
    assert document.samples == sum(len(shard.imu) for shard in shards)
    assert document.exercises == {"squat": 16, "walk": 8, "idle": 8}
    assert document.regimes == {"prescribed": 28, "forward": 4}
    assert sum(document.form_scores.values()) == 16
    ids = [subject for name in SPLITS for subject in document.splits[name]]
    assert sorted(ids) == list(range(16)), "every subject is in exactly one part"


def test_every_form_score_can_be_recomputed_from_the_file(made):
    checked = 0
    for record in read_dataset(made).shards:
        shard = read_shard(made / record.path)
        for index, exercise in enumerate(shard.columns["exercise"]):
            part = slice(shard.offsets[index], shard.offsets[index + 1])
            stored = int(shard.columns["form"][index])
            if exercise != EXERCISE_ID["squat"]:
                assert stored == FORM_UNSCORED
                continue
            baseline = float(shard.columns["lumbar_baseline"][index])
            rows = slice(*shard.repetition_offsets[index : index + 2])
            again = score_form(shard.pose[part], shard.kinematics[part], shard.repetitions[rows], baseline)
            assert again.score == stored
            np.testing.assert_array_equal(again.rows, shard.repetition_form[rows])
            np.testing.assert_array_equal(again.deductions, shard.columns["form_deductions"][index])
            np.testing.assert_array_equal(again.measures, shard.columns["form_measures"][index])
            checked += 1
    assert checked == 16


def test_sequences_look_like_a_wrist_and_a_body(made):
    for record in read_dataset(made).shards:
        shard = read_shard(made / record.path)
        lengths = np.diff(shard.offsets)
        assert lengths.min() >= 201 and lengths.max() <= 301
        assert np.median(np.linalg.norm(shard.imu[:, :3], axis=1)) == pytest.approx(STANDARD_GRAVITY, abs=0.5)
        np.testing.assert_allclose(remove_heading(shard.pose), shard.pose, atol=1e-6)
        head, ankles = shard.pose[:, 10, 2], shard.pose[:, (3, 6), 2]
        height = np.percentile(head - ankles.min(axis=1), 99)
        assert height == pytest.approx(0.95, abs=0.03)  # 1 less the ankle's height
        assert set(shard.columns["wrist"]) <= {b"left", b"right"}


def test_a_subject_does_not_depend_on_who_asks():
    distributions = resolve_distributions(RandomizationTable())
    assert subject_of(5, 3, distributions) == subject_of(5, 3, distributions)
    assert subject_of(5, 3, distributions).stature_m != subject_of(5, 4, distributions).stature_m
    assert subject_of(6, 3, distributions).stature_m != subject_of(5, 3, distributions).stature_m
