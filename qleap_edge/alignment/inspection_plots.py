"""The plots of the inspection page: sampling, norms, the identity of the axes, spectra, and what the model gets."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float
from scipy.signal import welch

from qleap_edge.alignment.clock import SPLIT_S
from qleap_edge.alignment.identities import MIN_RATE_OF_TURN, GravityTurn, turn_steps
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import AlignedRecording
from qleap_edge.core.frames import MODEL_RATE_HZ, STANDARD_GRAVITY
from qleap_edge.reporting.plots import Plot, Spec, axis, key, layout, level, line, numbers, span, vertical
from qleap_edge.reporting.style import AXIS_COLOURS, INK, REAL, SYNTHETIC, WATCH

MODEL_LIMIT_HZ = MODEL_RATE_HZ / 2.0
"""Motion above half the model's rate is removed before the model."""

_GREY = "#8a919c"
_MOST_SPANS = 200
_MOST_DOTS = 1800
_WELCH_S = 4.0
_SHORTEST_SPECTRUM = 64  # rows
_TIME = "time since the first row (s)"

Piece = tuple[Float[np.ndarray, " _"], Float[np.ndarray, " _"]]


def measured_parts(aligned: AlignedRecording) -> tuple[Recording, ...]:
    """Return the rows of each usable part on its clean clock; of a recording without one, all rows sorted by time."""
    if aligned.clock.stretches:
        return tuple(stretch.recording for stretch in aligned.clock.stretches)
    recording = aligned.recording
    return (recording.take(np.argsort(recording.time_s, kind="stable")),)


def sampling_plot(aligned: AlignedRecording) -> Plot:
    """Return the interval between neighbouring rows over time; what is longer than 0.1 s is a gap."""
    time_s = np.sort(aligned.recording.time_s)
    steps = np.diff(time_s)
    shown = steps > 0
    middle, milliseconds = time_s[1:][shown], 1e3 * steps[shown]
    gaps = milliseconds > 1e3 * SPLIT_S
    start, end = float(time_s[0]), float(time_s[-1])
    traces = [
        line(_between(middle, milliseconds, gaps), "interval", SYNTHETIC, unit="ms"),
        level(start, end, 1e3 * SPLIT_S, "longest that is not a gap", _GREY),
    ]
    if gaps.any():
        longest = np.sort(np.argsort(-milliseconds, kind="stable")[: min(int(gaps.sum()), _MOST_SPANS)])
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "gap",
                "x": numbers(middle[longest], 8),
                "y": numbers(milliseconds[longest]),
                "marker": {"color": REAL, "size": 8, "symbol": "diamond"},
                "hovertemplate": "%{x:.2f} s: %{y:.4g} ms",
            }
        )
    shapes = [span(part.start_s, part.end_s, REAL) for part in aligned.rejected[:_MOST_SPANS]]
    if shapes:
        traces.append(key("left out", REAL))
    many = f" Only the {_MOST_SPANS} longest gaps are marked." if gaps.sum() > _MOST_SPANS else ""
    return Plot(
        name="sampling",
        title="Sampling interval",
        caption=f"Time from each row to the one before it, on a logarithmic scale. The median is {_median(milliseconds)} ms. "
        f"Number of intervals longer than {1e3 * SPLIT_S:g} ms: {int(gaps.sum())}; nothing is analysed across them. "
        f"Number of rows with the time of another row, which are not drawn: {int((~shown).sum())}.{many}",
        traces=tuple(traces),
        layout=layout(axis(_TIME), axis("interval (ms)", type="log", dtick=1, exponentformat="none"), shapes=shapes),
    )


def _between(
    time_s: Float[np.ndarray, " n"], values: Float[np.ndarray, " n"], gaps: Bool[np.ndarray, " n"]
) -> list[Piece]:
    """Return the pieces of a line between the gaps; a gap itself belongs to none."""
    bounds = [-1, *np.flatnonzero(gaps), len(values)]
    pieces = [slice(before + 1, after) for before, after in pairwise(bounds) if after > before + 1]
    return [(time_s[piece], values[piece]) for piece in pieces]


def _median(values: Float[np.ndarray, " _"]) -> str:
    return f"{float(np.median(values)):.2f}" if len(values) else "–"


def norm_plot(aligned: AlignedRecording) -> Plot:
    """Return the length of the specific force and of CoreMotion's gravity over time."""
    parts = measured_parts(aligned)
    force = [(part.time_s, np.linalg.norm(part.specific_force, axis=1)) for part in parts]
    traces = [line(force, "specific force (total)", SYNTHETIC, unit="m/s²")]
    gravity: list[Piece] = [
        (part.time_s, STANDARD_GRAVITY * np.linalg.norm(part.gravity, axis=1))
        for part in parts
        if part.gravity is not None
    ]
    if gravity:
        traces.append(line(gravity, "gravity, as the watch says", WATCH, unit="m/s²"))
    first, last = float(parts[0].time_s[0]), float(parts[-1].time_s[-1])
    traces.append(level(first, last, STANDARD_GRAVITY, "standard gravity", INK))
    column = "" if gravity else " The file has no gravity column."
    return Plot(
        name="norms",
        title="Length of force and gravity",
        caption="At rest the specific force is gravity alone, 9.81 m/s²; motion adds to it and takes from it. The watch's "
        f"gravity must be constant.{column}",
        traces=tuple(traces),
        layout=layout(axis(_TIME), axis("m/s²", rangemode="tozero")),
    )


def identity_plot(aligned: AlignedRecording, turn: GravityTurn) -> Plot:
    """Return the measured change of gravity against the one that the gyroscope predicts; both agree on the diagonal."""
    steps = [
        turn_steps(part)
        for part in (stretch.recording for stretch in aligned.clock.stretches)
        if part.gravity is not None and len(part) > 1
    ]
    rate, gravity, change = (np.concatenate(column) for column in zip(*steps, strict=True))
    moving = np.flatnonzero(np.linalg.norm(rate, axis=1) > MIN_RATE_OF_TURN)
    kept = moving[np.unique(np.linspace(0, len(moving) - 1, _MOST_DOTS // 3).round().astype(np.int64))]
    expected, measured = np.cross(gravity[kept], rate[kept]), change[kept]  # -(ω × g)
    traces: list[Spec] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"axis {name}",
            "x": numbers(expected[:, column], 4),
            "y": numbers(measured[:, column], 4),
            "marker": {"color": AXIS_COLOURS[column], "size": 4, "opacity": 0.55},
            "hovertemplate": "predicted %{x:.3g}, measured %{y:.3g}",
        }
        for column, name in enumerate("xyz")
    ]
    ends = np.array([float(expected.min()), float(expected.max())])
    traces.append(_through_zero(ends, 1.0, "must be (slope 1)", _GREY, "dash"))
    traces.append(_through_zero(ends, turn.slope, f"measured (slope {turn.slope:.4f})", INK, "solid"))
    return Plot(
        name="identity",
        title="Axis identity: how gravity turns in the watch's axes",
        caption=f"dg/dt against -(ω × g), at the {turn.steps} rows that turn faster than {MIN_RATE_OF_TURN:g} rad/s"
        f"{_thinned(len(kept), len(moving))}. The slope is {turn.slope:.4f} and must be 1: another slope means a wrong unit or "
        f"wrong times. The correlation is {turn.correlation:.4f}; the best of the 47 other orders and signs of the axes has "
        f"{turn.runner_up:.3f}.",
        traces=tuple(traces),
        layout=layout(axis("predicted by the gyroscope, -(ω × g) (1/s)"), axis("measured, dg/dt (1/s)")),
        height_px=420,
    )


def _thinned(kept: int, all_rows: int) -> str:
    return f" ({kept} of them, evenly chosen, are drawn)" if kept < all_rows else ""


def _through_zero(ends: Float[np.ndarray, " 2"], slope: float, name: str, colour: str, dash: str) -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": numbers(ends),
        "y": numbers(slope * ends),
        "line": {"color": colour, "width": 1.5, "dash": dash},
        "hoverinfo": "skip",
    }


def spectrum_plot(aligned: AlignedRecording) -> Plot | None:
    """Return the power of force and gyroscope over frequency in the longest part; ``None`` where it is too short."""
    if not aligned.clock.stretches:
        return None
    longest = max(aligned.clock.stretches, key=lambda stretch: len(stretch.time_s))
    if len(longest.time_s) < _SHORTEST_SPECTRUM:
        return None
    rows = min(len(longest.time_s), int(_WELCH_S * longest.rate_hz))
    frequency, power = welch(longest.imu, fs=longest.rate_hz, nperseg=rows, axis=0)
    force, turning = power[1:, :3].sum(axis=1), power[1:, 3:].sum(axis=1)  # without the mean
    frequency = frequency[1:]
    beyond = frequency > MODEL_LIMIT_HZ
    colours = (SYNTHETIC, WATCH)
    traces = [
        {**line([(frequency, force)], "specific force", colours[0]), "hovertemplate": "%{x:.2f} Hz: %{y:.3g}"},
        {
            **line([(frequency, turning)], "angular velocity", colours[1]),
            "yaxis": "y2",
            "hovertemplate": "%{x:.2f} Hz: %{y:.3g}",
        },
        key(f"limit of the model, {MODEL_LIMIT_HZ:g} Hz", REAL, dash="dash"),
    ]
    shares = [float(values[beyond].sum() / values.sum()) if values.sum() > 0 else 0.0 for values in (force, turning)]
    return Plot(
        name="spectrum",
        title="Spectrum of the motion",
        caption=f"Power spectral density by Welch's method (pieces of {rows / longest.rate_hz:.2g} s, the three axes added) of "
        f"the longest part. The model takes {MODEL_RATE_HZ:g} rows a second and sees nothing above {MODEL_LIMIT_HZ:g} Hz: "
        f"there lie {100.0 * shares[0]:.2g} % of the force's power and {100.0 * shares[1]:.2g} % of the angular velocity's.",
        traces=tuple(traces),
        layout=layout(
            axis("frequency (Hz)", anchor="y2", rangemode="tozero"),
            axis("(m/s²)²/Hz", type="log", domain=[0.55, 1.0], exponentformat="power", nticks=6),
            yaxis2=axis("(rad/s)²/Hz", type="log", domain=[0.0, 0.45], exponentformat="power", nticks=6),
            shapes=[vertical(MODEL_LIMIT_HZ, REAL), vertical(MODEL_LIMIT_HZ, REAL, reference="y2")],
        ),
        height_px=460,
    )


def model_input_plots(aligned: AlignedRecording) -> tuple[Plot, ...]:
    """Return specific force and angular velocity as the model gets them: frame C, left arm, 50 Hz."""
    if not aligned.segments:
        return ()
    holes = np.concatenate([np.empty((0, 2)), *(stretch.masked for stretch in aligned.clock.stretches)])
    longest = holes[np.argsort(holes[:, 0] - holes[:, 1], kind="stable")][:_MOST_SPANS]
    shapes = [span(float(before), float(after), INK, 0.25) for before, after in longest]
    shapes += [span(part.start_s, part.end_s, REAL) for part in aligned.rejected[:_MOST_SPANS]]
    keys = [key("bridged hole", INK)] * bool(len(holes)) + [key("left out", REAL)] * bool(aligned.rejected)
    described: Sequence[tuple[str, str, str, int]] = (
        ("model-force", "Specific force in frame C", "m/s²", 0),
        ("model-turning", "Angular velocity in frame C", "rad/s", 3),
    )
    return tuple(
        Plot(
            name=name,
            title=title,
            caption="x points along the forearm to the hand, z out of the back of the wrist. Lines are interrupted at gaps; "
            f"{len(holes)} short holes were bridged by a straight line.",
            traces=(
                *(
                    line(
                        [(part.time_s, part.imu[:, first + column].astype(np.float64)) for part in aligned.segments],
                        letter,
                        AXIS_COLOURS[column],
                        unit=unit,
                        width=0.9,
                    )
                    for column, letter in enumerate("xyz")
                ),
                *keys,
            ),
            layout=layout(axis(_TIME), axis(unit), shapes=shapes),
        )
        for name, title, unit, first in described
    )
