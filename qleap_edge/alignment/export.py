"""Write an aligned recording as a NumPy archive and as a figure."""

import io
import zipfile
from pathlib import Path

import numpy as np

from qleap_edge.alignment.stream import AlignedRecording, windows
from qleap_edge.core.frames import IMU_CHANNELS, MODEL_RATE_HZ
from qleap_edge.core.output_paths import marked_file, write_output

ARRAYS = {
    "imu": "(m, 6) float32: specific force (m/s²), angular velocity (rad/s); frame C, left arm, 50 Hz, all segments",
    "time_s": "(m,) float64: seconds since the recording's first row",
    "filled": "(m,) bool: step lies in a hole of 30 to 100 ms that was bridged by a line",
    "segment": "(m,) int64: segment of each step; between two segments lies a gap",
    "window_start": "(k,) int64: row of `imu` at which a full window of 200 steps begins, hop 10",
    "window_rejected": "(k,) bool: more than 2 % of the window's steps are filled",
    "channels": "(6,) str: names of the columns of `imu`",
    "rate_hz": "() float64: 50",
    "wear": "(3,) str: wrist, crown, and whether that was given or assumed",
    "source_sha256": "() str: of the recording's bytes",
}
"""Arrays that ``qleap watch align`` writes, with shape, type and meaning."""

_ARCHIVE_MARK, _FIGURE_MARK = b"qleap-edge: aligned recording", b"qleap-edge: aligned recording as a figure"
ARCHIVE_FILE = marked_file("an aligned recording", b"PK", _ARCHIVE_MARK)
FIGURE_FILE = marked_file("a figure of a recording", b"\x89PNG", _FIGURE_MARK)


def aligned_arrays(aligned: AlignedRecording) -> dict[str, np.ndarray]:
    """Return the arrays of :data:`ARRAYS`."""
    lengths = [len(segment.time_s) for segment in aligned.segments]
    first_row = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    cut = windows(aligned)
    starts = [
        first_row[index] + int(np.searchsorted(aligned.segments[index].time_s, start))
        for index, start in zip(cut.segment, cut.start_s, strict=True)
    ]
    return {
        "imu": np.concatenate([np.empty((0, len(IMU_CHANNELS)), np.float32), *(s.imu for s in aligned.segments)]),
        "time_s": np.concatenate([np.empty(0), *(segment.time_s for segment in aligned.segments)]),
        "filled": np.concatenate([np.empty(0, dtype=bool), *(segment.filled for segment in aligned.segments)]),
        "segment": np.repeat(np.arange(len(lengths), dtype=np.int64), lengths),
        "window_start": np.array(starts, dtype=np.int64),
        "window_rejected": cut.rejected,
        "channels": np.array(IMU_CHANNELS),
        "rate_hz": np.array(MODEL_RATE_HZ),
        "wear": np.array([str(aligned.wear.wrist), str(aligned.wear.crown), aligned.wear.source]),
        "source_sha256": np.array(aligned.recording.sha256),
    }


def write_aligned(aligned: AlignedRecording, out: Path) -> None:
    """Write :data:`ARRAYS` as one ``.npz``, atomically; equal recordings give equal bytes.

    Raises:
        UsageError: another file lies there.
        InputDataError: the file cannot be written.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **aligned_arrays(aligned))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = _ARCHIVE_MARK
    write_output(out, buffer.getvalue(), ARCHIVE_FILE)


def write_figure(aligned: AlignedRecording, out: Path) -> None:
    """Draw the model's input (frame C, 50 Hz) as a PNG, with gaps left blank and bridged holes shaded.

    Raises:
        UsageError: another file lies there.
        InputDataError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True)
    labels = (("specific force (m/s²)", 0), ("angular velocity (rad/s)", 3))
    for axis, (label, first) in zip(axes, labels, strict=True):
        for segment in aligned.segments:
            for column, name in enumerate("xyz"):
                shown = name if segment is aligned.segments[0] else None
                axis.plot(
                    segment.time_s, segment.imu[:, first + column], color=f"C{column}", linewidth=0.8, label=shown
                )
        for stretch in aligned.clock.stretches:
            for before, after in stretch.masked:
                axis.axvspan(before, after, color="0.7")
        for part in aligned.rejected:
            axis.axvspan(part.start_s, part.end_s, color="C3", alpha=0.15)
        axis.set_ylabel(label)
        axis.grid(visible=True, linewidth=0.3)
    if aligned.segments:
        axes[0].legend(loc="upper right", ncols=3, title="frame C, left arm")
    axes[1].set_xlabel("time since the first row (s)")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": _FIGURE_MARK.decode()})
    write_output(out, buffer.getvalue(), FIGURE_FILE)
