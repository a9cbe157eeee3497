"""The shipped ``tiny`` recipe from nothing to a verdict, and everything a person does with its bundle."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Released
from tests.support.command import STAGES, assert_refused, call, flip_byte, tree
from tests.support.keys import write_keys
from tests.support.watch_recordings import PENDULUM_LEFT, PENDULUM_RIGHT, WRIST_MOTION


@pytest.fixture(scope="session")
def bundle(tiny: Released) -> Path:
    return tiny.bundle


def test_the_verdict_is_pass(tiny: Released, bundle: Path) -> None:
    done, out = tiny.done, tiny.out
    assert done.code == 0, done.out + done.err
    assert "grade tiny: pass" in done.out and str(bundle) in done.out.splitlines()[-1]
    assert " fail " not in done.out
    assert {path.name for path in (out / "stages" / "tiny").iterdir()} == STAGES


def test_the_gates_can_be_decided_again_from_the_bundle_alone(bundle: Path, tmp_path: Path) -> None:
    alone = Path(shutil.copytree(bundle, tmp_path / bundle.name))
    done = call("gate", alone, "--json")
    report = json.loads(done.out)
    assert done.code == 0 and report["verdict"] == "pass"
    assert report == json.loads((alone / "reports" / "gate_report.json").read_text())
    measured = {gate["measurement"]: gate["value"] for gate in report["gates"]}
    # Bounds of the grade are loose; that the network learnt something from the wrist is not up to them.
    assert measured["exercise.accuracy"] > 0.9
    assert measured["pose.mpjpe_over_mean_pose"] < 0.6


def test_the_onnx_twin_is_carried_and_its_coverage_told(bundle: Path) -> None:
    assert (bundle / "onnx" / "QuantumLeapPose.onnx").is_file()
    assert not list((bundle / "QLeapEdge").rglob("*.onnx")), "no part of the Swift payload"
    report = json.loads((bundle / "reports" / "onnx_twin.json").read_text())
    measured = {row["name"]: row["value"] for row in report["measurements"]}
    assert 0.85 < measured["onnx_twin.coverage_90.after"] < 0.95


@pytest.mark.parametrize("recording", [WRIST_MOTION, PENDULUM_LEFT, PENDULUM_RIGHT], ids=lambda path: path.stem)
def test_a_real_recording_goes_through_the_bundle(bundle: Path, recording: Path) -> None:
    done = call("watch", "analyze", recording, "--bundle", bundle, "--json")
    assert done.code == 0, done.err
    session = json.loads(done.out)
    assert session["grade"] == "tiny" and (session["abstained_share"] is None) == (session["windows"] == [])
    for window in session["windows"]:
        assert isinstance(window["abstain"], bool)
        assert window["abstain"] == bool(window["reasons"])


@pytest.mark.skipif(shutil.which("swift") is None, reason="no swift on PATH: install Swift 6 to build the package")
def test_the_swift_package_in_the_bundle_builds_and_passes(bundle: Path, tmp_path: Path) -> None:
    package = Path(shutil.copytree(bundle / "QLeapEdge", tmp_path / "QLeapEdge"))
    for command in (["build", "--build-tests"], ["test", "--skip-build"]):
        done = subprocess.run(
            ["swift", *command, "-Xswiftc", "-warnings-as-errors"],
            cwd=package,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
            env=os.environ | {"CLANG_MODULE_CACHE_PATH": str(tmp_path / "modules")},
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    passed = re.search(r"Test run with (\d+) tests in \d+ suites passed", done.stdout + done.stderr)
    assert passed is not None and int(passed.group(1)) > 50
    check_the_signature_with_swift(package / ".build" / "debug" / "qleap-verify", bundle, tmp_path)


def check_the_signature_with_swift(verify: Path, bundle: Path, folder: Path) -> None:
    """What ``qleap sign`` signs with a key of Python, the command of the Swift package accepts, and nothing else."""
    signed = Path(shutil.copytree(bundle, folder / bundle.name))
    keys, others = write_keys(folder, "release"), write_keys(folder, "other")

    def run(*arguments: object) -> tuple[int, str]:
        done = subprocess.run([verify, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300)
        return done.returncode, done.stdout + done.stderr

    assert run(signed)[0] == 0
    code, said = run(signed, "--public-key", keys.public)
    assert code == 1 and "not signed" in said
    assert call("sign", signed, "--key", keys.private).code == 0
    code, said = run(signed, "--public-key", keys.public)
    assert code == 0 and "signed by" in said, said
    code, said = run("--public-key", others.public, signed)
    assert code == 1 and "signed by another key" in said
    assert run(signed, "--public-key", keys.private)[0] == 3, "a private key is none to verify with"
    assert run(signed, "--public-key")[0] == 2
    flip_byte(signed / "manifest.json")
    code, said = run(signed, "--public-key", keys.public)
    assert code == 1 and "does not fit" in said


def test_the_bundle_is_still_what_was_packed(bundle: Path) -> None:
    done = call("validate", bundle, "--json")
    assert done.code == 0
    assert json.loads(done.out)["grade"] == "tiny"


def test_one_changed_byte_is_refused_by_everything(bundle: Path, tmp_path: Path) -> None:
    altered = Path(shutil.copytree(bundle, tmp_path / bundle.name))
    weights = next(altered.glob("*.mlpackage/**/weight.bin"))
    flip_byte(weights)
    name = weights.relative_to(altered).as_posix()
    for command in (("validate",), ("gate",), ("watch", "analyze", WRIST_MOTION, "--bundle")):
        assert_refused(call(*command, altered), 1, name)
    assert tree(altered).keys() == tree(bundle).keys()
