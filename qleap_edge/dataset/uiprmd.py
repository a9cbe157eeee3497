"""UI-PRMD: optical markers of people who do rehabilitation exercises, read and checked, with gaps of unseen markers bridged.

One ``sNN.npz`` holds the recordings of one person: 39 markers of the full-body Plug-in Gait set at 100 Hz, and the edges of the
repetitions. What follows from the markers, joint centres and the signal of a watch, is computed in ``joint_centres``.

Source: Vakanski, Jun, Paul, Baker 2018, A Data Set of Human Body Movements for Physical Rehabilitation Exercises, Data 3(1), 2;
Open Data Commons Public Domain Dedication.
"""

import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import sha256_file

RATE_HZ = 100.0
MARKER_NAMES = (
    "LFHD", "RFHD", "LBHD", "RBHD", "C7", "T10", "CLAV", "STRN", "RBAK", "LSHO", "LUPA", "LELB", "LFRM", "LWRA", "LWRB",
    "LFIN", "RSHO", "RUPA", "RELB", "RFRM", "RWRA", "RWRB", "RFIN", "LASI", "RASI", "LPSI", "RPSI", "LTHI", "LKNE", "LTIB",
    "LANK", "LHEE", "LTOE", "RTHI", "RKNE", "RTIB", "RANK", "RHEE", "RTOE",
)  # fmt: skip
"""The 39 markers of the full-body Plug-in Gait set, in the order of the file."""
MARKER_INDEX = {name: index for index, name in enumerate(MARKER_NAMES)}
MOVEMENTS = {
    "m01": "deep squat",
    "m02": "hurdle step",
    "m03": "inline lunge",
    "m04": "side lunge",
    "m05": "sit to stand",
    "m06": "standing active straight leg raise",
    "m07": "standing shoulder abduction",
    "m08": "standing shoulder extension",
    "m09": "standing shoulder internal-external rotation",
    "m10": "standing shoulder scaption",
}
"""Number of a movement in the names of recordings → what it is."""
LONGEST_GAP_S = 0.25
"""An unseen marker is interpolated, or held at either end of a recording, for this long at most."""

_UNIT_M = 1e-4
_MAX_BYTES = 2**28  # unpacked; a person's file has 10 MB
_LEAST_ROWS = 100  # one second: shorter recordings cannot be filtered
_REPETITIONS = "_reps"  # ends the name of the array of edges
_RIGID = (  # markers that one bone carries: an unseen one has its place among the others
    ("LASI", "RASI", "LPSI", "RPSI"),
    ("LFHD", "RFHD", "LBHD", "RBHD"),
    ("C7", "T10", "CLAV", "STRN"),
)
_LEAST_MATES = 3
_THIGH_M = (0.25, 0.65)  # from the iliac crest's side to the knee, as in ``motion_capture``; another unit lies outside


@dataclass(frozen=True)
class MarkerRecording:
    """The markers of one recording in the laboratory's frame: z up, the person faces about +x, +y is to the person's left."""

    path: Path
    sha256: str
    name: str
    """Name of the recording in the file, e.g. ``"m01_correct"``."""
    markers: Float[np.ndarray, "time 39 3"]
    """m; NaN where a marker was not seen and its gap is not bridged."""
    edges: Int[np.ndarray, " edges"]
    """Repetition k covers the rows from ``edges[k]`` up to ``edges[k + 1]``, which is left out."""

    @property
    def movement(self) -> str:
        """Return what was done, e.g. ``"deep squat"``."""
        return MOVEMENTS[self.name.partition("_")[0]]

    @property
    def correct(self) -> bool:
        """Tell whether the movement was done as asked, not as a patient would get it wrong."""
        return self.name.endswith("_correct")

    @property
    def time_s(self) -> Float[np.ndarray, " time"]:
        """Return the stamps, from 0."""
        return np.arange(len(self.markers)) / RATE_HZ

    @property
    def repetitions(self) -> tuple[tuple[int, int], ...]:
        """Return first and last row of every repetition; neighbours share a row."""
        last = len(self.markers) - 1
        return tuple((int(a), min(int(b), last)) for a, b in pairwise(self.edges))

    def marker(self, name: str) -> Float[np.ndarray, "time 3"]:
        """Return the positions of one marker.

        Raises:
            InputDataError: there is no such marker, or a gap of it is not bridged.
        """
        if name not in MARKER_INDEX:
            raise InputDataError("no such marker", expected=f"one of {', '.join(MARKER_NAMES)}", got=repr(name))
        found = self.markers[:, MARKER_INDEX[name]]
        unseen = np.isnan(found[:, 0])
        if unseen.any():
            raise InputDataError(
                f"the marker {name} was not seen for too long",
                where=f"{self.path}, recording {self.name!r}, row {int(np.argmax(unseen))}",
                expected=f"gaps of {LONGEST_GAP_S:g} s at most, or three markers seen on the same bone",
                got=f"{int(unseen.sum())} of {len(unseen)} rows without it",
                next_step="leave this recording out",
            )
        return found


def recording_names(path: Path) -> tuple[str, ...]:
    """Return the names of the recordings in a person's file, sorted.

    Raises:
        InputDataError: the file cannot be read.
    """
    with _open(path) as stored:
        return tuple(sorted(key for key in stored.files if f"{key}{_REPETITIONS}" in stored.files))


def read_uiprmd(path: Path, name: str) -> MarkerRecording:
    """Read one recording of a person's file; nothing in the file is ever unpickled.

    Args:
        path: ``sNN.npz``.
        name: of the recording, e.g. ``"m01_correct"``.

    Raises:
        InputDataError: the file cannot be read, it does not hold this recording, or an array is of the wrong kind or shape,
            or in another unit. The message names file, key and row.
    """
    with _open(path) as stored:
        names = _array(path, stored, "marker_names")
        stored_steps, edges = _array(path, stored, name), _array(path, stored, f"{name}{_REPETITIONS}")
    if name.partition("_")[0] not in MOVEMENTS:
        raise _wrong(path, name, "no such movement", f"a name that begins with one of {', '.join(MOVEMENTS)}", name)
    if names.dtype.kind != "U" or tuple(str(one) for one in names.ravel()) != MARKER_NAMES:
        raise _wrong(path, "marker_names", "other markers", ", ".join(MARKER_NAMES), f"{names.dtype} {names.shape}")
    if stored_steps.dtype != np.int16 or stored_steps.shape[1:] != (39, 3) or len(stored_steps) < _LEAST_ROWS:
        expected = f"int16 (time, 39, 3), {_LEAST_ROWS} rows or more"
        raise _wrong(path, name, "wrong shape or kind", expected, f"{stored_steps.dtype} {stored_steps.shape}")
    _check_edges(path, f"{name}{_REPETITIONS}", edges, len(stored_steps))
    whole = np.cumsum(stored_steps, axis=0, dtype=np.int16)
    seen: Bool[np.ndarray, "time 39"] = np.asarray(whole.any(axis=2))
    markers = bridge_gaps(np.where(seen[:, :, None], whole * _UNIT_M, np.nan))
    _check_unit(path, name, markers)
    return MarkerRecording(path, sha256_file(path), name, markers, edges.astype(np.int64))


def bridge_gaps(markers: Float[np.ndarray, "time 39 3"]) -> Float[np.ndarray, "time 39 3"]:
    """Return the markers with their gaps bridged where that is safe; the other gaps stay NaN.

    An unseen marker of pelvis, head or trunk is placed among three others of the same bone, however long the gap. Gaps of
    ``LONGEST_GAP_S`` at most are then bridged by a cubic spline, and at either end of the recording by holding the value.
    Markers of the head and the back are placed within 2 cm. Those on the front of the pelvis are placed within 3 mm while
    a person stands and within 7 cm when the hip is fully bent, where skin moves over bone; a quarter of it reaches its centre.

    Identity: a marker that is carried by a rigid bone, hidden and bridged, is where it was.
    """
    found = markers.copy()
    _place_among_mates(found)
    for column in range(found.shape[1]):
        _bridge_short_gaps(found[:, column])
    _place_among_mates(found)  # a mate may have been bridged
    return found


def _place_among_mates(markers: Float[np.ndarray, "time 39 3"]) -> None:
    for names in _RIGID:
        columns = [MARKER_INDEX[name] for name in names]
        seen = ~np.isnan(markers[:, columns, 0])
        whole = np.flatnonzero(seen.all(axis=1))
        if not len(whole):
            continue
        shape = _mean_shape(markers[whole][:, columns])
        for row in np.flatnonzero(~seen.all(axis=1) & (seen.sum(axis=1) >= _LEAST_MATES)):
            there = seen[row]
            middle, at = shape[there].mean(axis=0), markers[row, columns][there]
            turn, _ = Rotation.align_vectors(at - at.mean(axis=0), shape[there] - middle)
            placed = turn.apply(shape - middle) + at.mean(axis=0)
            for column, position, known in zip(columns, placed, there, strict=True):
                if not known:
                    markers[row, column] = position


def _mean_shape(clusters: Float[np.ndarray, "rows 4 3"]) -> Float[np.ndarray, "4 3"]:
    """Return the mean cluster, each turned onto the first before they are averaged."""
    centred = clusters - clusters.mean(axis=1, keepdims=True)
    turned = [Rotation.align_vectors(centred[0], one)[0].apply(one) for one in centred[:: max(1, len(centred) // 100)]]
    return np.mean(turned, axis=0)


def _bridge_short_gaps(positions: Float[np.ndarray, "time 3"]) -> None:
    unseen: Bool[np.ndarray, " time"] = np.isnan(positions[:, 0])
    if not unseen.any() or unseen.all():
        return
    rows = np.flatnonzero(~unseen)
    bridged = CubicSpline(rows, positions[rows])(np.clip(np.arange(len(positions)), rows[0], rows[-1]))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], unseen.astype(np.int8), [0]])))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        if after - first <= LONGEST_GAP_S * RATE_HZ:
            positions[first:after] = bridged[first:after]


def _check_edges(path: Path, key: str, edges: np.ndarray, rows: int) -> None:
    whole = edges.ndim == 1 and edges.dtype.kind in "iu" and len(edges) >= 2
    if not whole or edges[0] < 0 or edges[-1] > rows or not (np.diff(edges) > 0).all():
        expected = f"two increasing row numbers or more, between 0 and {rows}"
        raise _wrong(path, key, "unusable edges of repetitions", expected, f"{edges.dtype} {edges.shape}")


def _check_unit(path: Path, name: str, markers: Float[np.ndarray, "time 39 3"]) -> None:
    """Raise unless a thigh has the length of an adult's; NaN where it was never seen passes, as nothing is known then."""
    hip, knee = markers[:, MARKER_INDEX["LASI"]], markers[:, MARKER_INDEX["LKNE"]]
    lengths = np.linalg.norm(hip - knee, axis=1)
    lengths = lengths[np.isfinite(lengths)]
    if len(lengths) and not _THIGH_M[0] <= float(lengths.max()) <= _THIGH_M[1]:
        expected = f"{_THIGH_M[0]:g} to {_THIGH_M[1]:g} m, stored in units of 0.1 mm as first differences"
        raise _wrong(path, name, "a thigh's length is not that of an adult", expected, f"{float(lengths.max()):.4g} m")


def _open(path: Path) -> "np.lib.npyio.NpzFile":
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > _MAX_BYTES:
            raise _wrong(path, "", "the file is too large", f"at most {_MAX_BYTES} bytes unpacked", f"{size} bytes")
        found: np.lib.npyio.NpzFile = np.load(path, allow_pickle=False)
        return found
    except (OSError, zipfile.BadZipFile, ValueError) as problem:
        raise InputDataError(
            "cannot read the markers",
            where=path,
            expected="an .npz archive",
            got=str(problem),
            next_step="restore the file from its source",
        ) from problem


def _array(path: Path, stored: "np.lib.npyio.NpzFile", key: str) -> np.ndarray:
    if key not in stored.files:
        there = ", ".join(sorted(one for one in stored.files if not one.endswith(_REPETITIONS)))
        raise InputDataError("the key is missing", where=f"{path}, key {key!r}", expected=f"one of {there}")
    try:
        found: object = stored[key]  # bytes, if the member is no array
    except (ValueError, EOFError, KeyError, OSError, zipfile.BadZipFile, zlib.error) as problem:
        raise _wrong(path, key, "cannot read the array", "a plain array", str(problem)) from problem
    if not isinstance(found, np.ndarray):
        raise _wrong(path, key, "cannot read the array", "a plain array", type(found).__name__)
    return found


def _wrong(path: Path, key: str, what: str, expected: str, got: str) -> InputDataError:
    where = f"{path}, key {key!r}" if key else str(path)
    return InputDataError(what, where=where, expected=expected, got=got, next_step="restore the file from its source")
