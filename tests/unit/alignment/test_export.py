"""The archive holds the arrays that it documents, in equal bytes for equal recordings; the figure is a PNG."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.alignment.export import ARRAYS, aligned_arrays, write_aligned, write_figure
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import AlignedRecording, align, windows
from tests.support.watch_recordings import WRIST_MOTION, swinging_arm


@pytest.fixture(scope="module")
def swim() -> AlignedRecording:
    return align(read_recording(WRIST_MOTION))


def test_archive_holds_the_documented_arrays(swim: AlignedRecording, tmp_path: Path) -> None:
    write_aligned(swim, tmp_path / "one.npz")
    write_aligned(swim, tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as archive:
        assert set(archive) == set(ARRAYS)
        cut = windows(swim)
        for start, imu in zip(archive["window_start"], cut.imu, strict=True):
            np.testing.assert_array_equal(archive["imu"][start : start + 200], imu)
        assert archive["source_sha256"] == swim.recording.sha256


def test_empty_archive_keeps_its_shapes() -> None:
    arrays = aligned_arrays(align(swinging_arm(np.arange(5) / 100.0)))
    assert arrays["imu"].shape == (0, 6) and arrays["window_start"].shape == (0,)


def test_figure_is_a_png(swim: AlignedRecording, tmp_path: Path) -> None:
    write_figure(swim, tmp_path / "swim.png")
    assert (tmp_path / "swim.png").read_bytes().startswith(b"\x89PNG")
