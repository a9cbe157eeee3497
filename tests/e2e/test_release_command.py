"""``qleap release``: the table, the exit code, the second run, and a run that is killed again and again."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from qleap_edge.core.scratch import claim
from tests.e2e.conftest import Released
from tests.support.command import MICRO_TOML, QLEAP, STAGES, flip_byte, run, tree


def test_a_release_ends_with_its_gates_and_the_bundle(released: Released) -> None:
    """Two epochs on forty persons fail the accuracy gates: the whole table is still there, and the exit code says 1."""
    done = released.done
    report = json.loads((released.bundle / "reports" / "gate_report.json").read_text())
    assert report["verdict"] == "fail" and done.code == 1, done.err
    lines = done.out.splitlines()
    for gate in report["gates"]:
        (row,) = [line for line in lines if gate["measurement"] in line.split()]  # a name is never broken over lines
        assert gate["bound"] in row and f" {gate['unit']} " in row and f" {gate['verdict']} " in row
    assert str(released.bundle) in lines[-1] and "unsigned" in lines[-1]
    assert "Traceback" not in done.err
    assert {line.split()[0] for line in done.err.splitlines()} == STAGES | {"bundle", "gate"}


def test_nothing_but_stages_and_bundle_is_left(released: Released) -> None:
    assert_only_stages_and_bundle(released.out)


def test_a_second_run_reuses_every_stage(released: Released, tmp_path: Path) -> None:
    out = copied(released, tmp_path)
    # What a run leaves that is killed between the rename of a stage and its own cleaning up.
    for name in (".train.resume", ".synthesize.shards-0123456789abcdef", ".convert.qleap-a1b2c3d4"):
        claim(out / "stages" / "micro" / name)
        (out / "stages" / "micro" / name / "half").write_bytes(b"half")
    done = run("release", "--recipe", MICRO_TOML, "--out", out)
    assert {line.split()[0] for line in done.err.splitlines() if "unchanged" in line} == STAGES
    assert tree(out) == tree(released.out)


def test_json_is_one_document(released: Released, tmp_path: Path) -> None:
    done = run("release", "--recipe", MICRO_TOML, "--out", copied(released, tmp_path), "--json")
    assert done.code == 1 and done.err == ""
    assert json.loads(done.out)["gate_report"]["verdict"] == "fail"


@pytest.mark.parametrize(
    ("file", "rebuilt"),
    [
        ("synthesize/shards/shard-00001.h5", {"synthesize"}),
        ("calibrate/profile.json", {"calibrate"}),
    ],
)
def test_an_altered_stage_is_made_again(released: Released, tmp_path: Path, file: str, rebuilt: set[str]) -> None:
    """The rebuilt stage has the old bytes, so those after it stay valid."""
    out = copied(released, tmp_path)
    flip_byte(out / "stages" / "micro" / file)
    done = run("release", "--recipe", MICRO_TOML, "--out", out)
    assert {line.split()[0] for line in done.err.splitlines() if "done in" in line} == rebuilt | {"bundle", "gate"}
    assert tree(out) == tree(released.out)


def test_killed_at_every_stage_and_run_again(released: Released, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    stages = out / "stages" / "micro"
    for pattern in (
        ".synthesize.shards-*/shard-*.json",
        ".train.resume/state-000000002.pt",
        ".convert.qleap-*",
        ".compress.qleap-*",
        ".evaluate.qleap-*",
        f"../../.{released.bundle.name}.qleap-*",
    ):
        assert kill_when(out, lambda pattern=pattern: any(stages.glob(pattern))), f"{pattern} never appeared"
        assert not (out / released.bundle.name).exists()
    run("release", "--recipe", MICRO_TOML, "--out", out)
    assert_only_stages_and_bundle(out)
    assert tree(out) == tree(released.out)


def test_killed_at_any_moment_and_run_again(released: Released, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    moments = random.Random(20261123)
    kills = 0
    while kills < 4 and kill_when(out, after_s=moments.uniform(2.0, 7.0)):
        kills += 1
    assert kills >= 2
    run("release", "--recipe", MICRO_TOML, "--out", out)
    assert_only_stages_and_bundle(out)
    assert tree(out) == tree(released.out)


def test_interrupted_by_ctrl_c(tmp_path: Path) -> None:
    """A terminal sends SIGINT to the whole group, workers included: still one line, and 130."""
    out = tmp_path / "dist"
    process = start(out)
    assert wait_for(lambda: any(out.glob("stages/micro/.synthesize.shards-*/shard-*.json")), process)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines() == [
        "stopped; finished stages and checkpoints are kept, run the same command again to go on"
    ]
    assert_group_ends(process.pid)


def start(out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [QLEAP, "release", "--recipe", str(MICRO_TOML), "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A pipeline that runs in the background ignores SIGINT, and a child inherits that; a terminal's child does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(moment: object, process: subprocess.Popen[str]) -> bool:
    """Poll until the moment has come; False when the process ended before."""
    assert callable(moment)
    while process.poll() is None:
        if moment():
            return True
        time.sleep(0.001)
    return False


def kill_when(out: Path, moment: object = None, after_s: float = 0.0) -> bool:
    """Start a release and kill it, and nothing else, at a moment; tell whether it was still running."""
    process = start(out)
    began = time.monotonic()
    came = wait_for(moment or (lambda: time.monotonic() - began > after_s), process)
    process.kill()
    process.communicate(timeout=60)
    assert_group_ends(process.pid)
    return came


def assert_group_ends(group: int) -> None:
    """Check that no worker outlives its parent."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("a worker is still running after its parent was killed")


def copied(released: Released, tmp_path: Path) -> Path:
    return Path(shutil.copytree(released.out, tmp_path / "dist"))


def assert_only_stages_and_bundle(out: Path) -> None:
    assert sorted(path.name.partition("-")[0] for path in out.iterdir()) == ["QuantumLeapPose", "stages"]
    assert [path.name for path in (out / "stages").iterdir()] == ["micro"]
    assert {path.name for path in (out / "stages" / "micro").iterdir()} == STAGES
