"""Frames without numbers: how the gaps of a sensor are filled, by the rule of the published benchmarks or by interpolation."""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64
from scipy.spatial.transform import Rotation, Slerp

from qleap_edge.comparison.dip.recording import TRIM_FRAMES

GapRule = Literal["standard", "interpolate"]
"""``standard``: four rounds of one frame forward, then one frame backward, and what is still open discards the recording.
``interpolate``: orientations on the shortest arc, accelerations on a line, over a gap of any length."""

ROUNDS = 4  # closes gaps of up to eight frames
ORTHONORMAL_SLACK = 1e-3
"""Largest entry of RᵀR - 1 of stored matrices that are taken for rotations."""

MIRRORED_AXES = 2.0
"""What :func:`orthonormal` says of matrices that mirror, for which the entries of RᵀR may all be right."""


def fill(
    orientation: Float64[np.ndarray, "t 3 3"], acceleration: Float64[np.ndarray, "t 3"], rule: GapRule
) -> tuple[Float64[np.ndarray, "t 3 3"], Float64[np.ndarray, "t 3"], Bool[np.ndarray, " t"]] | None:
    """Return orientations and accelerations of one sensor without gaps, and the frames that were filled.

    By the rule ``standard`` a gap may stay open in the six frames at each end that are dropped later; they repeat the nearest
    frame, so that filters and derivatives have neighbours.

    Args:
        orientation: bone to global.
        acceleration: m/s².
        rule: how.

    Returns:
        None if the recording must be discarded.

    Source: the loaders of TransPose, PIP, IMUPoser and MobilePoser (``standard``) and of GlobalPose (``interpolate``).
    """
    values = np.concatenate([orientation.reshape(-1, 9), acceleration], axis=1)
    open_before = np.isnan(values).any(axis=1)
    if rule == "standard":
        filled = fill_rounds(values)
        still_open = np.isnan(filled).any(axis=1)
        if still_open[TRIM_FRAMES:-TRIM_FRAMES].any():
            return None
        filled = filled[_nearest(~still_open)]
        return filled[:, :9].reshape(-1, 3, 3), filled[:, 9:], open_before
    turned = ~np.isnan(orientation).any(axis=(1, 2))
    moved = ~np.isnan(acceleration).any(axis=1)
    if turned.sum() < 2 or moved.sum() < 2:
        return None
    frames = np.arange(len(values), dtype=np.float64)
    known = frames[turned]
    arc = Slerp(known, Rotation.from_matrix(orientation[turned]))
    between = arc(np.clip(frames, known[0], known[-1])).as_matrix()
    line = np.stack([np.interp(frames, frames[moved], column[moved]) for column in acceleration.T], axis=1)
    return np.where(turned[:, None, None], orientation, between), line, open_before


def fill_rounds(values: Float64[np.ndarray, "t c"]) -> Float64[np.ndarray, "t c"]:
    """Return each number that is missing taken from the frame before, then from the frame after, four times in turn.

    A gap of eight frames closes: four frames repeat the one before it, four the one after it.
    """
    found = values.copy()
    for _ in range(ROUNDS):
        before = np.concatenate([found[:1], found[:-1]])
        found = np.where(np.isnan(found), before, found)
        after = np.concatenate([found[1:], found[-1:]])
        found = np.where(np.isnan(found), after, found)
    return found


def orthonormal(
    orientation: Float64[np.ndarray, "t 3 3"],
) -> tuple[Float64[np.ndarray, "t 3 3"], float]:
    """Return the nearest rotations, and the largest entry of RᵀR - 1 of any frame (:data:`MIRRORED_AXES` if one mirrors)."""
    off = float(np.abs(orientation.transpose(0, 2, 1) @ orientation - np.eye(3)).max())
    if (np.linalg.det(orientation) <= 0.0).any():
        return orientation, MIRRORED_AXES
    left, _, right = np.linalg.svd(orientation)
    return left @ right, off


def _nearest(known: Bool[np.ndarray, " t"]) -> np.ndarray:
    """Return for each frame the index of the nearest known one."""
    rows = np.flatnonzero(known)
    after = np.clip(np.searchsorted(rows, np.arange(len(known))), 1, max(len(rows) - 1, 1))
    before = rows[after - 1]
    later = rows[np.minimum(after, len(rows) - 1)]
    frames = np.arange(len(known))
    return np.where(np.abs(frames - before) <= np.abs(later - frames), before, later)
