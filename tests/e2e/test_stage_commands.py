"""Every command on its own, in the order of the README, each on the files of the one before."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.verification.core_ml import NOT_HERE
from tests.e2e.conftest import Released
from tests.support.command import MICRO_TOML, Done, assert_refused, call, tree
from tests.support.watch_recordings import GYM_SET, PENDULUM_RIGHT, WRIST_MOTION

PACKAGE = "QuantumLeapPose.mlpackage"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stages")


def succeeded(done: Done, *words: str) -> Done:
    assert done.code == 0 and done.err == "", done
    for word in words:
        assert word in done.out, done.out
    return done


def document(done: Done) -> dict[str, object]:
    """Return the one JSON document that is all of stdout."""
    value = json.loads(succeeded(done).out)
    assert isinstance(value, dict)
    return value


def same_files(folder: Path, stage: Path) -> None:
    """Check that a stage made alone has the bytes of the one that the release made; manifests tell their inputs."""
    ours, theirs = tree(folder), tree(stage)
    ours.pop("manifest.json"), theirs.pop("manifest.json")
    assert ours == theirs


def test_synthesize(released: Released, room: Path) -> None:
    """With another number of workers than the release had."""
    done = call("synthesize", "--recipe", MICRO_TOML, "--out", room / "dataset", "--workers", "1", "--json")
    assert document(done)["sequences"] == 40
    same_files(room / "dataset", released.stages / "synthesize")
    succeeded(call("synthesize", "--recipe", MICRO_TOML, "--out", room / "dataset"), "squats by form score")


def test_train_and_resume(released: Released, room: Path) -> None:
    command = ("train", "--recipe", MICRO_TOML, "--data", room / "dataset", "--out", room / "checkpoint")
    succeeded(call(*command), "parameters", "181,957 parameters on cpu; float32, as given")
    same_files(room / "checkpoint", released.stages / "train")
    assert document(call(*command, "--resume", "--json"))["epochs"] == 2
    same_files(room / "checkpoint", released.stages / "train")


def test_convert(released: Released, room: Path) -> None:
    done = call("convert", "--checkpoint", room / "checkpoint", "--out", room / "conversion", "--json")
    assert [tensor["name"] for tensor in document(done)["inputs"]] == ["imu"]
    same_files(room / "conversion", released.stages / "convert")


def test_compress(released: Released, room: Path) -> None:
    package, out = room / "conversion" / PACKAGE, room / "compression"
    done = call(
        "compress", "--package", package, "--data", room / "dataset", "--recipe", MICRO_TOML, "--out", out,
        "--workers", "1",
    )  # fmt: skip
    succeeded(done, "int8_per_channel", "chosen", "float16", "Ships: int8_per_channel", str(out / "pareto.png"))
    same_files(out, released.stages / "compress")


def test_compress_without_data(room: Path) -> None:
    command = ("compress", "--package", room / "conversion" / PACKAGE, "--out", room / "unjudged")
    found = document(call(*command, "--only", "palette4,int4_per_block32", "--json"))
    assert [item["variant"] for item in found["variants"]] == ["float16", "palette4", "int4_per_block32"]
    assert found["chosen"] is None
    succeeded(call(*command, "--only", "palette4"), "palette4", "Nothing was judged: give --data")
    assert_refused(call(*command, "--only", "palette5"), 2, "no such variant", "'palette5'", "palette6")
    assert_refused(call(*command, "--only", "w8a8"), 2, "w8a8 must see training windows", "--data")


def test_verify(room: Path) -> None:
    small, half = (room / "compression" / variant / PACKAGE for variant in ("int8_per_channel", "float16"))
    network = ("--checkpoint", room / "checkpoint", "--data", room / "dataset", "--windows", "4")
    found = document(call("verify", "--package", half, "--package", small, *network, "--json"))
    assert (found["schema"], found["windows"]) == ("qleap.parity_ladder", 4)
    names = {row["name"] for row in found["measurements"]}
    for rung in ("exported", "onnx", "float16", "int8_per_channel"):
        assert {f"parity.{rung}.pose_drift_max", f"parity.{rung}.pose.psnr"} <= names
    assert [item["against"] for item in found["first_drifts"]] == [None, "float16"]
    done = call("verify", "--package", small, *network, "--drift-bound", "0.002")
    succeeded(done, "exported", "int8_per_channel", "PSNR", "class flips", "more than 0.20%", "itself without rounding")
    assert done.out.endswith(f"{NOT_HERE}\n") or sys.platform == "darwin"


def test_verify_needs_names_that_differ(room: Path) -> None:
    package = room / "compression" / "float16" / PACKAGE
    network = ("--checkpoint", room / "checkpoint", "--data", room / "dataset")
    assert_refused(call("verify", "--package", package, "--package", package, *network), 2, str(package), "'float16'")


def test_calibrate(released: Released, room: Path) -> None:
    package, profile = room / "compression" / "int8_per_channel" / PACKAGE, room / "profile.json"
    command = ("calibrate", "--package", package, "--data", room / "dataset", "--recipe", MICRO_TOML, "--out", profile)
    succeeded(call(*command), "calibration.coverage_90.before", "calibration.coverage_90.after", str(profile))
    assert profile.read_bytes() == (released.stages / "calibrate" / "profile.json").read_bytes()


def test_evaluate_a_checkpoint_and_a_package(room: Path) -> None:
    data = ("evaluate", "--data", room / "dataset")
    network = document(call(*data, "--checkpoint", room / "checkpoint", "--json"))
    saved = document(call(*data, "--package", room / "conversion" / PACKAGE, "--json"))
    assert (network["schema"], network["hop"], network["model"]) == ("qleap.evaluation", 10, "checkpoint")
    eager, package = ({row["name"]: row["value"] for row in doc["measurements"]} for doc in (network, saved))
    assert eager.keys() == package.keys()
    assert package["pose.mpjpe"] == pytest.approx(eager["pose.mpjpe"], rel=0.01)
    succeeded(call(*data, "--package", room / "conversion" / PACKAGE, "--hop", "100"), "pose.mpjpe", "baseline")


def test_evaluate_into_a_folder(room: Path, tmp_path: Path) -> None:
    command = ("evaluate", "--data", room / "dataset", "--checkpoint", room / "checkpoint", "--hop", "50")
    out = tmp_path / "evaluation"
    succeeded(call(*command, "--out", out), "Position error", "Squat windows", "pose.mpjpe", str(out / "index.html"))
    written = json.loads((out / "evaluation.json").read_text())
    assert written["hop"] == 50
    assert {"training.png", "groups.png", "joints.png", "confusion_exercise.png"} <= {p.name for p in out.iterdir()}
    assert document(call(*command, "--out", out, "--json")) == written  # its own kind may be replaced
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    assert_refused(call(*command, "--out", tmp_path / "other"), 2, str(tmp_path / "other"), "Next: ")
    assert (tmp_path / "other" / "notes.txt").read_text() == "mine"


def test_bundle_validate_gate(released: Released, room: Path) -> None:
    done = call("bundle", "--recipe", MICRO_TOML, "--stages", released.stages, "--out", room / "dist")
    bundle = room / "dist" / released.bundle.name
    succeeded(done, str(bundle))
    assert tree(bundle) == tree(released.bundle)
    succeeded(call("validate", bundle), "The bundle is intact", "unsigned")
    assert document(call("validate", bundle, "--json"))["signed_by"] is None
    failed = call("gate", bundle)
    assert failed.code == 1 and failed.err == "" and "exercise.accuracy" in failed.out
    assert json.loads(call("gate", bundle, "--json").out)["verdict"] == "fail"


def test_unfinished_stages_are_not_packed(released: Released, tmp_path: Path) -> None:
    stages = Path(shutil.copytree(released.stages, tmp_path / "micro"))
    shutil.rmtree(stages / "verify")
    done = call("bundle", "--recipe", MICRO_TOML, "--stages", stages, "--out", tmp_path / "dist")
    assert_refused(done, 3, str(stages / "verify"), "Next: ")
    assert not (tmp_path / "dist").exists()


def test_a_signed_bundle_knows_its_maker(released: Released, tmp_path: Path) -> None:
    """Keys made by OpenSSL, as the documentation says."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on PATH")
    for name in ("maker", "stranger"):
        private, public = tmp_path / f"{name}.pem", tmp_path / f"{name}.pub.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    command = ("bundle", "--recipe", MICRO_TOML, "--stages", released.stages, "--out", tmp_path, "--signing-key")
    succeeded(call(*command, tmp_path / "maker.pem"))
    bundle = tmp_path / released.bundle.name
    succeeded(call("validate", bundle, "--public-key", tmp_path / "maker.pub.pem"), "the key you gave")
    refused = call("validate", bundle, "--public-key", tmp_path / "stranger.pub.pem")
    assert_refused(refused, 1, "signed with another key")
    unsigned = call("validate", released.bundle, "--public-key", tmp_path / "maker.pub.pem")
    assert_refused(unsigned, 1, "not signed")
    assert_refused(call(*command, tmp_path / "none.pem"), 3, "none.pem")
    assert_refused(call(*command, tmp_path / "maker.pub.pem"), 3, "maker.pub.pem")


def test_other_thresholds_decide_otherwise(released: Released, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'schema = "qleap.thresholds"\nschema_version = 1\n[[gate]]\nmeasurement = "size.shipped"\nunit = "MB"\n'
        'max = 8.0\ngrades = ["tiny"]\nwhy = "room on a watch"\n'
    )
    assert call("gate", released.bundle, "--thresholds", mine).code == 0
    mine.write_text(mine.read_text().replace("max = 8.0", "max = 0.001"))
    assert call("gate", released.bundle, "--thresholds", mine).code == 1
    assert_refused(call("gate", released.bundle, "--thresholds", tmp_path / "none.toml"), 2, "none.toml")


def test_mil_inspect_and_run(released: Released, room: Path) -> None:
    package = room / "compression" / "int8_per_channel" / PACKAGE
    summary = document(call("mil", "inspect", package, "--json"))
    assert summary["parameters"] > 100_000 and summary["unsupported"] == []
    succeeded(call("mil", "inspect", package), "Operations", "MFLOP")
    golden = json.loads((released.bundle / "golden.json").read_text())
    imu = np.array([window["imu"] for window in golden["windows"]], np.float32).reshape(-1, 200, 6)
    expected = np.array([window["outputs"]["pose"] for window in golden["windows"]], np.float32)
    # All windows at once as when the file was made; alone, a sum in another order may round to the next fp16 number.
    for name, array, precision, tolerance in (
        ("many", imu[:, None], "declared", 1e-6),
        ("one", imu[:1], "declared", 2e-3),
        ("one", imu[:1], "wide", 1e-2),
    ):
        np.savez(room / f"{name}.npz", imu=array)
        out = room / f"{name}-{precision}.npz"
        options = ("--inputs", room / f"{name}.npz", "--out", out, "--precision", precision)
        succeeded(call("mil", "run", package, *options), "pose_log_variance")
        succeeded(call("mil", "run", package, *options), "pose_log_variance")  # an output of its own is replaced
        with np.load(out) as outputs:
            pose = outputs["pose"].reshape(len(array), -1)
        np.testing.assert_allclose(pose, expected.reshape(len(imu), -1)[: len(array)], atol=tolerance)


def test_watch_inspect_align_analyze(released: Released, room: Path) -> None:
    assert document(call("watch", "inspect", WRIST_MOTION, "--json"))["verdict"] != "fail"
    succeeded(call("watch", "inspect", WRIST_MOTION, "--plot", room / "seen.png"), "rows")
    assert (room / "seen.png").read_bytes().startswith(b"\x89PNG")
    succeeded(call("watch", "align", WRIST_MOTION, "--out", room / "aligned.npz"), "window_start")
    with np.load(room / "aligned.npz") as aligned:
        assert len(aligned["window_start"]) > 0
    command = ("watch", "analyze", GYM_SET, "--bundle", released.bundle, "--wrist", "left", "--crown", "right")
    said = document(call(*command, "--json"))
    assert said["sets"] and said["windows"] and {one["set_number"] for one in said["windows"]} <= {1, 2, 3}
    assert f"{len(said['sets'])} set" in call(*command).out
    right = document(
        call("watch", "analyze", PENDULUM_RIGHT, "--bundle", released.bundle, "--wrist", "right", "--json")
    )
    assert right["wear"]["wrist"] == "right"


def test_nothing_is_left_beside_what_was_asked_for(room: Path) -> None:
    assert [path.name for path in room.iterdir() if path.name.startswith(".")] == []
