"""The examples for pipelines: their form, by linters that we did not write, and their commands on a real signed bundle."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.command import QLEAP, call
from tests.support.keys import write_keys
from tests.support.micro import Micro

EXAMPLES = Path(__file__).parents[1] / "ios_sdk_assets" / "ci"
WORKFLOW, SCRIPT = EXAMPLES / "model-bundle.yml", EXAMPLES / "ci_post_clone.sh"
BIN = Path(sys.executable).parent


def steps() -> dict[str, str]:
    """Return the shell commands of the workflow by the name of their step."""
    jobs = YAML(typ="safe").load(WORKFLOW)["jobs"]
    return {step["name"]: step["run"] for step in jobs["gate"]["steps"] if "run" in step}


def test_the_workflow_is_one_for_github() -> None:
    lint = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shell_has_no_faults_that_shellcheck_knows(tmp_path: Path) -> None:
    scripts = [SCRIPT]
    for name, text in steps().items():
        scripts.append(tmp_path / f"{re.sub('[^a-z]+', '-', name.lower())}.sh")
        scripts[-1].write_text(f"#!/bin/bash\nset -eo pipefail\n{text}")
    done = subprocess.run([BIN / "shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert os.access(SCRIPT, os.X_OK)


@pytest.fixture
def signed(micro: Micro, tmp_path: Path) -> dict[str, str]:
    """Return the environment of a repository that holds a signed bundle and its public key."""
    keys = write_keys(tmp_path, "release")
    bundle = tmp_path / micro.bundle.name
    shutil.copytree(micro.bundle, bundle)
    assert call("sign", bundle, "--key", keys.private).code == 0
    path = f"{QLEAP.parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "BUNDLE": str(bundle), "PUBLIC_KEY": str(keys.public), "WAIVERS_FILE": "none.toml"}


def shell(text: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-eo", "pipefail", "-c", text.replace("--require-grade release", "--require-grade tiny")]
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_the_commands_of_the_workflow_on_a_signed_bundle(signed: dict[str, str], tmp_path: Path) -> None:
    commands = steps()
    valid = shell(commands["Is the bundle the one that was signed?"], tmp_path, signed)
    assert valid.returncode == 0 and "(the key you gave)" in valid.stdout, valid.stderr
    gated = shell(commands["Does it keep its bounds?"], tmp_path, signed)
    assert gated.returncode == call("gate", signed["BUNDLE"]).code, gated.stderr
    assert {path.name for path in tmp_path.glob("gates.*")} == {"gates.xml", "gates.md", "gates.html"}
    summary = tmp_path / "summary.md"
    shown = shell(commands["Show the verdict"], tmp_path, signed | {"GITHUB_STEP_SUMMARY": str(summary)})
    assert shown.returncode == 0 and summary.read_text() == (tmp_path / "gates.md").read_text()


def test_the_workflow_stops_at_another_key(signed: dict[str, str], tmp_path: Path) -> None:
    stranger = signed | {"PUBLIC_KEY": str(write_keys(tmp_path, "stranger").public)}
    for name in ("Is the bundle the one that was signed?", "Does it keep its bounds?"):
        assert shell(steps()[name], tmp_path, stranger).returncode == 1


def test_the_script_for_xcode_cloud(signed: dict[str, str], tmp_path: Path) -> None:
    """It demands grade release, which no tiny bundle claims: with that requirement lowered, the rest runs as written."""
    names = {"QLEAP_BUNDLE": signed["BUNDLE"], "QLEAP_PUBLIC_KEY": signed["PUBLIC_KEY"], "PATH": signed["PATH"]}
    place = {"CI_PRIMARY_REPOSITORY_PATH": str(tmp_path)}
    strict = subprocess.run([SCRIPT], env=os.environ | names | place, capture_output=True, text=True, check=False)
    assert strict.returncode == 1 and "lower grade" in strict.stderr and "The bundle is intact" in strict.stdout
    lowered = shell(SCRIPT.read_text(), tmp_path, names | place)
    assert lowered.returncode == call("gate", signed["BUNDLE"]).code, lowered.stderr
    assert shell(SCRIPT.read_text(), tmp_path, names).returncode != 0, "outside of Xcode Cloud it says so"
