"""Bad input given to commands: one line on stderr with file and place, nothing on stdout, the right exit code."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import MICRO_TOML, QLEAP, Done, assert_refused, call, flip_byte
from tests.support.micro import Micro
from tests.support.watch_recordings import WRIST_MOTION

PACKAGE = "QuantumLeapPose.mlpackage"


@pytest.fixture
def data(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.stages["synthesize"], tmp_path / "data"))


@pytest.fixture
def checkpoint(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.stages["train"], tmp_path / "checkpoint"))


@pytest.fixture
def package(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.bundle / PACKAGE, tmp_path / PACKAGE))


def first_shard(data: Path) -> Path:
    return min((data / "shards").glob("*.h5"))


# -- datasets


@pytest.mark.parametrize("damage", ["truncated", "altered", "missing"])
def test_a_damaged_shard(data: Path, checkpoint: Path, tmp_path: Path, damage: str) -> None:
    shard = first_shard(data)
    if damage == "truncated":
        os.truncate(shard, shard.stat().st_size // 2)
    elif damage == "altered":
        flip_byte(shard)
    else:
        shard.unlink()
    out = tmp_path / "out"
    assert_refused(call("train", "--recipe", MICRO_TOML, "--data", data, "--out", out), 3, str(shard), "Next: ")
    assert_refused(call("evaluate", "--data", data, "--checkpoint", checkpoint), 3, str(shard))
    assert not list(tmp_path.glob("*out*"))


def test_a_folder_that_is_no_dataset(tmp_path: Path) -> None:
    done = call("train", "--recipe", MICRO_TOML, "--data", tmp_path / "none", "--out", tmp_path / "out")
    assert_refused(done, 3, str(tmp_path / "none"))


# -- checkpoints


def test_a_checkpoint_of_another_version(data: Path, checkpoint: Path, package: Path, tmp_path: Path) -> None:
    card = checkpoint / "checkpoint.json"
    card.write_text(card.read_text().replace('"schema_version": 2', '"schema_version": 3'))
    words = (f"{card}, key 'schema_version'", "expected 2", "got 3", "Next: ")
    assert_refused(call("convert", "--checkpoint", checkpoint, "--out", tmp_path / "out"), 3, *words)
    assert_refused(call("evaluate", "--data", data, "--checkpoint", checkpoint), 3, *words)
    assert_refused(call("verify", "--data", data, "--checkpoint", checkpoint, "--package", package), 3, *words)


def test_a_checkpoint_with_other_weights(checkpoint: Path, tmp_path: Path) -> None:
    weights = checkpoint / "hdt.safetensors"
    flip_byte(weights)
    done = call("convert", "--checkpoint", checkpoint, "--out", tmp_path / "out")
    assert_refused(done, 3, str(weights), "expected sha256", "got ", "Next: ")
    assert not (tmp_path / "out").exists()


# -- recordings


def altered_recording(path: Path, row: int, text: str) -> Path:
    lines = WRIST_MOTION.read_text().splitlines()
    lines[row - 1] = ",".join([*lines[row - 1].split(",")[:-1], text])
    path.write_text("\n".join(lines) + "\n")
    return path


def without_gyroscope(path: Path) -> Path:
    rows = [line.split(",") for line in WRIST_MOTION.read_text().splitlines()]
    keep = [index for index, name in enumerate(rows[0]) if "rotationRate" not in name]
    path.write_text("\n".join(",".join(row[index] for index in keep) for row in rows) + "\n")
    return path


def shortened(path: Path) -> Path:
    path.write_text("\n".join(WRIST_MOTION.read_text().splitlines()[:100]) + "\n")
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


RECORDINGS = {
    "nan": (lambda path: altered_recording(path, 50, "nan"), ("row 50, column '", "not finite")),
    "text": (lambda path: altered_recording(path, 60, "hello"), ("row 60, column '", "got 'hello'")),
    "no-gyroscope": (without_gyroscope, ("row 1", "rotationRateX", "gyroscope")),
    "missing": (lambda path: path, ("No such file",)),
    "empty": (empty, ("empty",)),
    "too-short": (shortened, ("at least 4 s", "got 1 s")),
}


@pytest.mark.parametrize("kind", RECORDINGS)
def test_a_recording_that_cannot_be_used(micro: Micro, tmp_path: Path, kind: str) -> None:
    make, words = RECORDINGS[kind]
    recording = make(tmp_path / f"{kind}.csv")
    words = (str(recording), *words, "expected", "Next: ") if kind != "missing" else (str(recording), *words, "Next: ")
    assert_refused(call("watch", "analyze", recording, "--bundle", micro.bundle), 3, *words)
    assert_refused(call("watch", "align", recording, "--out", tmp_path / "out.npz"), 3, *words)
    assert not (tmp_path / "out.npz").exists()
    inspected = call("watch", "inspect", recording)
    assert inspected.code == 3
    if kind == "too-short":  # readable: inspect shows all its checks, and which one fails
        assert "length" in inspected.out and "fail" in inspected.out
    else:
        assert_refused(inspected, 3, *words)


# -- packages


@pytest.mark.parametrize("file", ["weights/weight.bin", "model.mlmodel"])
def test_a_truncated_package(data: Path, package: Path, tmp_path: Path, file: str) -> None:
    path = package / "Data" / "com.apple.CoreML" / file
    os.truncate(path, path.stat().st_size // 2)
    np.savez(tmp_path / "x.npz", imu=np.zeros((1, 200, 6), np.float32))
    profile = tmp_path / "profile.json"
    for command in (
        ("mil", "inspect", package),
        ("mil", "run", package, "--inputs", tmp_path / "x.npz", "--out", tmp_path / "y.npz"),
        ("evaluate", "--data", data, "--package", package),
        ("calibrate", "--data", data, "--package", package, "--recipe", MICRO_TOML, "--out", profile),
    ):
        assert_refused(call(*command), 3, str(path), "Next: ")
    assert not (tmp_path / "y.npz").exists() and not profile.exists()


def test_arrays_that_are_no_arrays(package: Path, tmp_path: Path) -> None:
    pickled, torn, single = tmp_path / "pickled.npz", tmp_path / "torn.npz", tmp_path / "single.npy"
    np.savez(pickled, imu=np.array([{"not": "an array"}], dtype=object))
    torn.write_bytes(pickled.read_bytes()[:100])
    np.save(single, np.zeros((1, 200, 6), np.float32))
    for path in (pickled, torn, single, tmp_path / "none.npz"):
        done = call("mil", "run", package, "--inputs", path, "--out", tmp_path / "y.npz")
        assert_refused(done, 3, str(path), "expected an .npz with one plain array", "Next: ")
    assert not (tmp_path / "y.npz").exists()


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"imu": np.zeros((1, 100, 6), np.float32)}, ("input 'imu'", "(1, 200, 6)", "(1, 100, 6)")),
        ({"accelerometer": np.zeros((1, 200, 6), np.float32)}, ("['imu']", "['accelerometer']")),
        ({"imu": np.full((1, 200, 6), np.nan, np.float32)}, ("input 'imu'", "finite", "nan")),
    ],
)
def test_arrays_that_do_not_fit(package: Path, tmp_path: Path, arrays: dict[str, np.ndarray], words: tuple) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    done = call("mil", "run", package, "--inputs", tmp_path / "x.npz", "--out", tmp_path / "y.npz")
    assert_refused(done, 3, *words, "Next: ")


# -- bundles


def test_no_bundle(tmp_path: Path) -> None:
    none = tmp_path / "QuantumLeapPose-9"
    for command in (("validate",), ("gate",), ("watch", "analyze", WRIST_MOTION, "--bundle")):
        assert_refused(call(*command, none), 3, str(none), "manifest.json", "Next: ")


def test_every_file_of_a_bundle_is_guarded(micro: Micro, tmp_path: Path) -> None:
    """One bit of any file: exit 1, and the file is named."""
    bundle = Path(shutil.copytree(micro.bundle, tmp_path / micro.bundle.name))
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    assert len(files) > 40
    for path in files:
        whole = path.read_bytes()
        flip_byte(path)
        assert_refused(call("validate", bundle), 1, path.relative_to(bundle).as_posix())
        path.write_bytes(whole)
    assert call("validate", bundle).code == 0


def test_a_gate_decides_nothing_on_an_altered_bundle(micro: Micro, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(micro.bundle, tmp_path / micro.bundle.name))
    flip_byte(bundle / "reports" / "accuracy.json")
    assert_refused(call("gate", bundle), 1, "reports/accuracy.json is altered", "Next: ")


def test_added_missing_and_linked_files_are_named(micro: Micro, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(micro.bundle, tmp_path / micro.bundle.name))
    (bundle / "notes.txt").touch()
    (bundle / "golden.json").unlink()
    (bundle / "contract.json").rename(tmp_path / "contract.json")
    (bundle / "contract.json").symlink_to(tmp_path / "contract.json")
    words = ("notes.txt is not in the manifest", "golden.json is missing", "contract.json is a link")
    assert_refused(call("validate", bundle), 1, *words)


# -- disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a disk of 1.2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root; the limit on file sizes is tested all the same")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_stops_synthesis_and_room_lets_it_go_on(small_disk: Path, micro: Micro) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(900_000))
    command = ("synthesize", "--recipe", MICRO_TOML, "--out", small_disk / "data")
    assert_refused(call(*command), 3, "No space left on device", "shard-", "Next: free some disk space")
    assert not (small_disk / "data").exists()
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=20m", small_disk], check=True)
    assert call(*command).code == 0
    assert sorted(path.name for path in small_disk.iterdir()) == ["data"]


def limited(size: int, *arguments: object) -> Done:
    """Run a command that may not write a file larger than ``size`` bytes."""
    done = subprocess.run(
        [QLEAP, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file sizes")
def test_a_write_that_fails_in_training(micro: Micro, tmp_path: Path) -> None:
    out = tmp_path / "checkpoint"
    command = ("train", "--recipe", MICRO_TOML, "--data", micro.stages["synthesize"], "--out", out)
    assert_refused(limited(100_000, *command), 3, "cannot write the file", str(tmp_path), "Next: ")
    assert not out.exists()
    assert call(*command, "--resume").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint", "checkpoint.tracking"]


def test_a_write_that_fails_in_a_release(tmp_path: Path) -> None:
    done = limited(100_000, "release", "--recipe", MICRO_TOML, "--out", tmp_path / "dist")
    assert_refused(done, 3, "cannot write the file", "shard-", "Next: ")
    assert not (tmp_path / "dist" / "stages" / "micro" / "synthesize").exists()


def test_an_output_folder_that_is_a_file(micro: Micro, checkpoint: Path, data: Path, tmp_path: Path) -> None:
    """A folder without write permission does not stop root; a file in the place of a folder stops everybody."""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    out = blocked / "out"
    for command in (
        ("synthesize", "--recipe", MICRO_TOML, "--out", out),
        ("train", "--recipe", MICRO_TOML, "--data", data, "--out", out),
        ("convert", "--checkpoint", checkpoint, "--out", out),
        ("compress", "--package", micro.stages["convert"], "--out", out),
        ("watch", "align", WRIST_MOTION, "--out", out / "a.npz"),
        ("watch", "inspect", WRIST_MOTION, "--plot", out / "a.png"),
        ("release", "--recipe", MICRO_TOML, "--out", blocked),
    ):
        done = call(*command)
        assert_refused(done, 2, str(blocked), "got a file", "Next: ")
