"""The player of a session's page: the pose that the network guesses from one wrist, moment by moment, with its uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.network import PoseTrack
from qleap_edge.analysis.session_document import SessionReport
from qleap_edge.analysis.session_plots import whole_span
from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, PARENTS
from qleap_edge.reporting.plots import Frame, Plot, Spec, layout, numbers
from qleap_edge.reporting.style import GUESSED, REAL

MOST_FRAMES = 200
LABEL = "a guess of the network from one wrist; not measured"

_ABSTAINED = "#8a919c"
_FRAME_S = 0.12
_PIXELS_PER_METRE = 170.0  # of a plot of 480 pixels that shows two and a half metres
_MARKER_PIXELS = (4.0, 60.0)
_ROOM = 1.1  # around the largest pose


@dataclass(frozen=True)
class _Moment:
    set_number: int
    time_s: float
    pose_m: Float[np.ndarray, "17 3"]
    sigma_m: Float[np.ndarray, " 17"]


def playback_plot(report: SessionReport, tracks: Sequence[PoseTrack]) -> Plot | None:
    """Return the poses of all sets as one plot with a slider, at most 200 moments; ``None`` where the network has no pose.

    Args:
        report: of the session.
        tracks: the network's pose in each set of the report.
    """
    moments = _moments(report, tracks)
    if not moments:
        return None
    wrist = JOINT_INDEX[f"{Side(report.wear.wrist).value}_wrist"]
    frames = tuple(Frame(_label(report, one), _traces(report, one, wrist), _FRAME_S) for one in moments)
    reach = _ROOM * max(float(np.abs(one.pose_m[:, :2]).max()) for one in moments)
    top = _ROOM * max(float(one.pose_m[:, 2].max()) for one in moments)
    half = max(reach, top / 2.0)
    names = ("bones", "joint, larger where it is less certain", "wrist with the watch")
    bases: tuple[Spec, ...] = (
        {"mode": "lines", "line": {"color": "#5b6470", "width": 5}, "hoverinfo": "skip"},
        {"mode": "markers", "hovertemplate": "%{text}<extra></extra>"},
        {"mode": "markers", "hovertemplate": "%{text}<extra></extra>"},
    )
    return Plot(
        name="playback",
        title=f"Pose in the sets: {LABEL}",
        caption=f"This is {LABEL}: a wrist does not show what legs and trunk do. Each joint is drawn with a diameter of two "
        "standard deviations (the profile's, mean of the three directions). Grey joints: at this moment the network abstains, "
        "or the exercise is unknown. "
        f"{len(moments)} moments are shown, evenly spaced within each set and not played at their true speed. The direction "
        "in which the body faces is not known, and the lowest joint is put on the ground.",
        traces=tuple(
            {"type": "scatter3d", "name": name, **base, **moved}
            for name, base, moved in zip(names, bases, frames[0].traces, strict=True)
        ),
        layout=layout(
            {},
            {},
            scene={
                "xaxis": _axis("forward (m)", (-half, half)),
                "yaxis": _axis("left (m)", (-half, half)),
                "zaxis": _axis("up (m)", (0.0, 2.0 * half)),
                "aspectmode": "cube",
                "camera": {"eye": {"x": 1.4, "y": -1.1, "z": 0.4}, "center": {"x": 0, "y": 0, "z": -0.1}},
            },
        ),
        height_px=520,
        frames=frames,
    )


def _axis(title: str, ends: tuple[float, float]) -> Spec:
    return {
        "title": {"text": title, "font": {"size": 12}},
        "range": numbers(ends, 4),
        "dtick": 0.5,
        "tickfont": {"size": 10},
        "gridcolor": "#d7dce3",
        "backgroundcolor": "white",
        "showspikes": False,
    }


def _moments(report: SessionReport, tracks: Sequence[PoseTrack]) -> list[_Moment]:
    """Return the moments to show: every set gets an equal part of them, evenly spaced, those without a pose left out."""
    shown = [number for number, track in enumerate(tracks, start=1) if len(track.time_s)][:MOST_FRAMES]
    moments = []
    for number in shown:
        track = tracks[number - 1]
        first, last = whole_span(report.sets[number - 1])
        inside = (track.time_s >= first) & (track.time_s <= last)
        known = np.flatnonzero(inside & np.isfinite(track.pose_m).all(axis=(1, 2)))
        chosen = np.unique(np.linspace(0, len(known) - 1, MOST_FRAMES // len(shown)).round().astype(np.int64))
        for row in known[chosen] if len(known) else []:
            pose = track.pose_m[row].astype(np.float64)
            pose[:, 2] -= pose[:, 2].min()  # the lowest joint stands on the ground
            sigma = np.sqrt(np.mean(track.sigma_m[row].astype(np.float64) ** 2, axis=1))
            moments.append(_Moment(number, float(track.time_s[row]), pose, sigma))
    return moments


def _label(report: SessionReport, one: _Moment) -> str:
    found = report.sets[one.set_number - 1]
    number = next(
        (k for k, rep in enumerate(found.repetitions, start=1) if rep.start_s <= one.time_s <= rep.end_s), None
    )
    words = "between repetitions" if number is None else f"repetition {number} of {len(found.repetitions)}"
    reasons = _reasons(report, one)
    silent = (
        "" if not reasons else "; exercise unknown" if reasons == ("set_unknown",) else "; the network abstains here"
    )
    return f"Set {one.set_number}, {one.time_s:.1f} s, {words}{silent}"


def _reasons(report: SessionReport, one: _Moment) -> tuple[str, ...]:
    """Return why nothing is said about the window whose middle is nearest to a moment, in the same set."""
    windows = [window for window in report.windows if window.set_number == one.set_number]
    return min(windows, key=lambda window: abs(0.5 * (window.start_s + window.end_s) - one.time_s)).reasons


def _traces(report: SessionReport, one: _Moment, wrist: int) -> tuple[Spec, ...]:
    """Return what changes from moment to moment: bones, joints, and the wrist with the watch."""
    pose = one.pose_m
    ends = [(joint, parent) for joint, parent in enumerate(PARENTS) if parent >= 0]
    bones = np.full((3 * len(ends), 3), np.nan)  # NaN interrupts the line
    for k, (joint, parent) in enumerate(ends):
        bones[3 * k], bones[3 * k + 1] = pose[joint], pose[parent]
    others = [joint for joint in range(len(JOINT_NAMES)) if joint != wrist]
    colour = _ABSTAINED if _reasons(report, one) else GUESSED
    return (
        _points(bones),
        {**_points(pose[others]), **_size(one, others), "marker": _marker(one, others, colour)},
        {**_points(pose[[wrist]]), **_size(one, [wrist]), "marker": _marker(one, [wrist], REAL)},
    )


def _points(points: Float[np.ndarray, "n 3"]) -> Spec:
    return {name: numbers(points[:, column], 3) for column, name in enumerate("xyz")}


def _size(one: _Moment, joints: list[int]) -> Spec:
    return {
        "text": [f"{JOINT_NAMES[joint].replace('_', ' ')}, ± {1e3 * one.sigma_m[joint]:.0f} mm" for joint in joints]
    }


def _marker(one: _Moment, joints: list[int], colour: str) -> Spec:
    size = np.clip(2.0 * _PIXELS_PER_METRE * one.sigma_m[joints], *_MARKER_PIXELS)
    return {"size": numbers(size, 3), "color": colour, "opacity": 0.75, "line": {"width": 0}}
