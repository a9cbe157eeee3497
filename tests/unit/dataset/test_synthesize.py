"""A small dataset from end to end: the same bytes for any number of workers and after a kill; labels that can be recomputed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.exercises import EXERCISE_ID, FORM_UNSCORED
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.manifest import MANIFEST_NAME, sha256_file
from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.core.skeleton import remove_heading
from qleap_edge.dataset.splits import SPLITS
from qleap_edge.dataset.store import read_dataset, read_shard, write_shard
from qleap_edge.dataset.synthesize import plan_requests, synthesize
from qleap_edge.dataset.windows import load_windows
from qleap_edge.physics.form import score_form
from qleap_edge.physics.imu import load_sensor, sensor_path
from qleap_edge.physics.simulate import Rejections, simulate, subject_of

CHILD = """
import sys
from pathlib import Path
from qleap_edge.core.recipe import Recipe
from qleap_edge.dataset.synthesize import synthesize
synthesize(Recipe.model_validate_json(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
"""


def small(subjects: int = 24, per_shard: int = 8) -> Recipe:
    tiny = load_recipe("tiny")
    split = {"train": 0.5, "validation": 0.125, "calibration": 0.125, "test": 0.25}
    table = tiny.synthesis.model_dump() | {
        "subjects": subjects,
        "sequences_per_subject": 2,
        "sequences_per_shard": per_shard,
        "split": split,
    }
    return Recipe.model_validate(tiny.model_dump() | {"synthesis": table, "seed": 11})


def hashes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_file(path) for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("data") / "set"
    synthesize(small(), out)
    return out


def test_two_workers_make_the_same_bytes(made, tmp_path):
    seen = []
    synthesize(small(), tmp_path / "set", workers=2, on_progress=lambda done, total: seen.append((done, total)))
    assert hashes(tmp_path / "set") == hashes(made)
    assert seen[0] == (0, 48) and seen[-1] == (48, 48)


def test_a_killed_run_resumes_to_the_same_bytes(made, tmp_path):
    recipe, out = tmp_path / "recipe.json", tmp_path / "set"
    recipe.write_text(small().model_dump_json())
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(recipe), str(out)], env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    deadline = time.monotonic() + 60.0
    while not (finished := list(tmp_path.glob(".set.shards-*/shard-*.json"))):
        assert time.monotonic() < deadline and child.poll() is None, "no shard was finished before the child ended"
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not out.exists()
    before = {path: path.stat().st_mtime_ns for path in finished}
    seen = []
    synthesize(small(), out, on_progress=lambda done, total: seen.append(done))
    assert seen[0] >= 8, "the finished shards were made again"
    assert hashes(out) == hashes(made)
    assert before
    assert not list(tmp_path.glob(".set*")), "leftovers"


def test_a_damaged_pending_shard_is_made_again(made, tmp_path, monkeypatch):
    out = tmp_path / "set"
    with monkeypatch.context() as patch:
        patch.setattr(
            "qleap_edge.dataset.synthesize.write_stage_manifest",
            lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            synthesize(small(), out)
    pending = next(tmp_path.glob(".set.shards-*/shard-00001.h5"))
    pending.write_bytes(pending.read_bytes()[:-100])
    synthesize(small(), out)
    assert hashes(out) == hashes(made)


def test_equal_sequences_give_equal_files_whatever_the_memory_holds(tmp_path):
    """LZF fails this: its bytes depend on what earlier writes left behind. Other shards are written in between."""
    table, seed = small().synthesis, 11
    requests = plan_requests(table, seed)
    sensor = load_sensor(sensor_path(table.sensor))
    shards = [
        simulate(requests[i : i + 8], seed=seed, duration_s=table.duration_s, sensor=sensor, rejections=Rejections())
        for i in range(0, 48, 8)
    ]
    rng, held, seen = np.random.default_rng(0), [], {}
    for _ in range(120):
        index = int(rng.integers(len(shards)))
        held = [*held[-10:], np.ones(int(rng.integers(10, 200_000)))]
        write_shard(tmp_path / "one.h5", shards[index])
        seen.setdefault(index, set()).add(sha256_file(tmp_path / "one.h5"))
    assert [len(hashes) for hashes in seen.values()] == [1] * len(shards)


def test_a_second_run_returns_at_once(made):
    began, before = time.perf_counter(), (made / MANIFEST_NAME).stat().st_mtime_ns
    document = synthesize(small(), made)
    assert time.perf_counter() - began < 1.0
    assert (made / MANIFEST_NAME).stat().st_mtime_ns == before
    assert document == read_dataset(made)


def test_another_seed_gives_another_dataset(made, tmp_path):
    other = small(8).model_copy(update={"seed": 12})
    document = synthesize(other, tmp_path / "set")
    assert {shard.sha256 for shard in document.shards}.isdisjoint(shard.sha256 for shard in read_dataset(made).shards)


def test_the_mix_is_exact():
    table = small(240).synthesis.model_copy(update={"mix": {"squat": 2.0, "walk": 1.0, "idle": 1.0}})
    requests = plan_requests(table, 3)
    counts = {name: sum(request.exercise == name for request in requests) for name in ("squat", "walk", "idle")}
    assert counts == {"squat": 240, "walk": 120, "idle": 120}
    assert [request.sequence_id for request in requests] == list(range(480))


def test_the_document_adds_up(made):
    document = read_dataset(made)
    shards = [read_shard(made / record.path) for record in document.shards]
    assert document.sequences == 48 == sum(len(shard.offsets) - 1 for shard in shards)
    assert document.samples == sum(len(shard.imu) for shard in shards)
    assert document.exercises == {"squat": 24, "walk": 12, "idle": 12}
    assert document.regimes == {"prescribed": 48}
    assert sum(document.form_scores.values()) == 24
    ids = [subject for name in SPLITS for subject in document.splits[name]]
    assert sorted(ids) == list(range(24)), "every subject is in exactly one part"


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
            again = score_form(shard.pose[part], shard.kinematics[part], 50.0, baseline)
            assert again.score == stored
            np.testing.assert_array_equal(again.deductions, shard.columns["form_deductions"][index])
            np.testing.assert_array_equal(again.measures, shard.columns["form_measures"][index])
            checked += 1
    assert checked == 24


def test_sequences_look_like_a_wrist_and_a_body(made):
    for record in read_dataset(made).shards:
        shard = read_shard(made / record.path)
        lengths = np.diff(shard.offsets)
        assert lengths.min() >= 201 and lengths.max() <= 301
        assert np.isfinite(shard.imu).all() and np.isfinite(shard.pose).all()
        assert np.median(np.linalg.norm(shard.imu[:, :3], axis=1)) == pytest.approx(STANDARD_GRAVITY, abs=0.5)
        np.testing.assert_allclose(remove_heading(shard.pose), shard.pose, atol=1e-6)
        head, ankles = shard.pose[:, 10, 2], shard.pose[:, (3, 6), 2]
        assert np.percentile(head - ankles.min(axis=1), 99) == pytest.approx(
            0.95, abs=0.03
        )  # 1 less the ankle's height
        assert set(shard.columns["wrist"]) <= {b"left", b"right"}


def test_a_subject_does_not_depend_on_who_asks():
    assert subject_of(5, 3) == subject_of(5, 3)
    assert subject_of(5, 3).stature_m != subject_of(5, 4).stature_m
    assert subject_of(6, 3).stature_m != subject_of(5, 3).stature_m


@pytest.mark.parametrize("hop", [10, 50])
def test_windows_are_cut_where_a_plain_loop_cuts_them(made, hop):
    document = read_dataset(made)
    for split in SPLITS:
        windows = load_windows(made, split, hop)
        expected = []
        for record in document.shards:
            shard = read_shard(made / record.path)
            for index, subject in enumerate(shard.columns["subject_id"]):
                if subject in document.splits[split]:
                    first, last = shard.offsets[index], shard.offsets[index + 1]
                    expected += [(shard, start, index) for start in range(first, last - 199, hop)]
        assert len(windows) == len(expected) > 0
        for row, (shard, start, index) in enumerate(expected):
            np.testing.assert_array_equal(windows.imu[row], shard.imu[start : start + 200])
            np.testing.assert_array_equal(windows.pose[row], shard.pose[start : start + 200])
            assert windows.exercise[row] == shard.columns["exercise"][index]
            assert windows.form[row] == shard.columns["form"][index]
            assert windows.sequence_id[row] == shard.columns["sequence_id"][index]
            assert windows.subject_id[row] == shard.columns["subject_id"][index]
        assert windows.imu.dtype == np.float32 and windows.imu.flags.c_contiguous
