"""What the Swift package records is what the Python package reads."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.wear import Side, Wear
from tests.support.command import REPOSITORY
from tests.support.watch_recordings import WRIST_MOTION

PACKAGE = REPOSITORY / "ios_sdk_assets" / "QLeapEdge"


@pytest.mark.skipif(shutil.which("swift") is None, reason="no swift on PATH: install Swift 6 to build the package")
def test_a_real_recording_comes_back_bit_by_bit(tmp_path: Path) -> None:
    environment = os.environ | {"QLEAP_EDGE_STUBS": "1"}
    built = ["swift", "build", "--package-path", str(PACKAGE), "--product", "write-recording"]
    done = subprocess.run(built, capture_output=True, text=True, check=False, timeout=900, env=environment)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    folder = subprocess.run([*built, "--show-bin-path"], capture_output=True, text=True, check=True, env=environment)
    program = Path(folder.stdout.strip()) / "write-recording"
    subprocess.run([program, WRIST_MOTION, tmp_path, "swim", "right", "left"], check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir()] == ["swim.csv"]

    original, written = read_recording(WRIST_MOTION), read_recording(tmp_path)
    assert written.format == original.format and written.started_at == original.started_at
    assert written.wear == Wear(Side.RIGHT, Side.LEFT, "given")
    assert not written.warnings and len(written) == 1702
    for name in (
        "time_s", "specific_force", "angular_velocity", "gravity", "user_acceleration", "quaternion",
    ):  # fmt: skip
        np.testing.assert_array_equal(getattr(written, name), getattr(original, name), err_msg=name)
