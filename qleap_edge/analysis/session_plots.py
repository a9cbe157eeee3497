"""The plots of a session's page about the wrist: its height, the velocity of each repetition, and when the network abstains."""

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.stream import AlignedRecording
from qleap_edge.analysis.session_document import SessionReport, SetResult
from qleap_edge.analysis.slow_signals import slow_signals
from qleap_edge.analysis.vertical_motion import VerticalMotion, between_rests, vertical_motion
from qleap_edge.core.frames import HOP_STEPS, MODEL_RATE_HZ
from qleap_edge.reporting.plots import Plot, Spec, axis, key, layout, line, numbers, span, vertical
from qleap_edge.reporting.style import GUESSED, INK, REAL, SYNTHETIC, WATCH

SET_COLOUR, ACTIVE_COLOUR = SYNTHETIC, INK
TIME = "time since the first row (s)"
_MOST_POINTS_OF_A_SET = 1500  # a recording may have many sets
_MARKS = (("start", "circle-open", WATCH), ("turn", "triangle-down", REAL), ("end", "square-open", INK))

Piece = tuple[Float[np.ndarray, " _"], Float[np.ndarray, " _"]]


def motions(aligned: AlignedRecording) -> tuple[VerticalMotion, ...]:
    """Return the vertical motion of every stretch of a recording, as the search for sets computes it."""
    return tuple(vertical_motion(stretch) for stretch in aligned.clock.stretches)


def motion_of(found: SetResult, stretches: tuple[VerticalMotion, ...]) -> VerticalMotion:
    """Return the motion of the stretch that a set lies in."""
    return next(one for one in reversed(stretches) if float(one.time_s[0]) <= found.end_s)


def whole_span(one: SetResult) -> tuple[float, float]:
    """Return start and end (s) of a set, with the instants of rest around its first and its last repetition."""
    return min(one.start_s, one.repetitions[0].start_s), max(one.end_s, one.repetitions[-1].end_s)


def height_plot(report: SessionReport, stretches: tuple[VerticalMotion, ...]) -> Plot:
    """Return the wrist's height over the whole recording, with sets shaded and repetitions marked."""
    slow = [signals for one in stretches if (signals := slow_signals(one)) is not None]
    pieces: list[Piece] = [(signals.time_s, signals.height) for signals in slow]
    traces = [line(pieces, "height", SYNTHETIC, unit="m")] if pieces else []
    if pieces and report.sets:
        time_s, height = (np.concatenate(column) for column in zip(*pieces, strict=True))
        repetitions = [repetition for one in report.sets for repetition in one.repetitions]
        for name, symbol, colour in _MARKS:
            at = np.array([getattr(repetition, f"{name}_s") for repetition in repetitions])
            traces.append(_marks(name, symbol, colour, at, np.interp(at, time_s, height)))
    shapes = [span(*whole_span(one), SET_COLOUR, 0.12) for one in report.sets]
    if report.sets:
        traces.append(key("set", SET_COLOUR))
    if report.active_s is not None:
        shapes += [vertical(at, ACTIVE_COLOUR, "dot") for at in report.active_s]
        traces.append(key("part given with --active", ACTIVE_COLOUR, dash="dot"))
    labels = [
        {
            "x": 0.5 * (one.start_s + one.end_s), "y": 1.0, "yref": "y domain", "yanchor": "bottom", "showarrow": False,
            "text": str(number), "font": {"size": 12, "color": SET_COLOUR},
        }
        for number, one in enumerate(report.sets, start=1)
    ]  # fmt: skip
    return Plot(
        name="height",
        title="Height of the wrist over the recording",
        caption="Measured by the watch: the vertical acceleration, integrated twice. Slow drift is removed, so the shape is "
        "right within a few seconds and the level is not. Shaded parts are sets, with their numbers above; a repetition runs "
        "from its start over its turn to its end.",
        traces=tuple(traces),
        layout=layout(axis(TIME), axis("height (m)"), shapes=shapes, annotations=labels),
    )


def _marks(
    name: str, symbol: str, colour: str, x: Float[np.ndarray, " r"], y: Float[np.ndarray, " r"], legend: bool = True
) -> Spec:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "showlegend": legend,
        "x": numbers(x, 8),
        "y": numbers(y),
        "marker": {"symbol": symbol, "size": 8, "color": colour, "line": {"width": 1.5, "color": colour}},
        "hovertemplate": f"{name}, %{{x:.2f}} s: %{{y:.3f}} m",
    }


def set_height_plot(number: int, found: SetResult, motion: VerticalMotion) -> Plot:
    """Return the height within each repetition, without drift: from its start at 0 to its turn and back."""
    pieces: list[Piece] = []
    marked: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in _MARKS}
    for repetition in found.repetitions:
        first, last = motion.at(repetition.start_s), motion.at(repetition.end_s)
        _, integrated = between_rests(motion, first, last)
        height = integrated - np.linspace(0.0, integrated[-1], len(integrated))  # as the range of motion is measured
        time_s = motion.time_s[first : last + 1]
        pieces.append((time_s, height))
        for name, points in marked.items():
            at = float(getattr(repetition, f"{name}_s"))
            points.append((at, float(np.interp(at, time_s, height))))
    most = max(_MOST_POINTS_OF_A_SET, 8 * len(pieces))
    traces = [line(pieces, "height", SYNTHETIC, unit="m", most=most, width=1.6)]
    for name, symbol, colour in _MARKS:
        x, y = np.array(marked[name]).reshape(-1, 2).T
        traces.append(_marks(name, symbol, colour, x, y))
    return Plot(
        name=f"set-{number}-height",
        title=f"Set {number}: height within each repetition",
        caption="Measured by the watch. Each repetition is integrated for itself between two instants of rest, and a line is "
        "taken off so that it ends where it begins: the height of the turn is its range of motion.",
        traces=tuple(traces),
        layout=layout(axis(TIME), axis("height (m)")),
        height_px=300,
    )


def velocity_plot(number: int, found: SetResult) -> Plot:
    """Return the mean concentric velocity of each repetition with its 90 % interval, against the fastest one."""
    velocity = [one.mean_concentric_velocity_m_s for one in found.repetitions]
    value = np.array([one.value for one in velocity])
    above = np.array([one.high for one in velocity]) - value
    below = value - np.array([one.low for one in velocity])
    count = np.arange(1, len(value) + 1, dtype=np.float64)
    loss = found.velocity_loss_percent
    words = (
        "A velocity loss needs two repetitions."
        if loss is None
        else f"From the fastest repetition to the last one the velocity falls by {loss.value:.0f} % (90 % interval "
        f"{loss.low:.0f} to {loss.high:.0f} %)."
    )
    return Plot(
        name=f"set-{number}-velocity",
        title=f"Set {number}: mean concentric velocity of each repetition",
        caption=f"Measured by the watch, with 90 % intervals; the dashed line is the fastest repetition. {words}",
        traces=(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "mean velocity upwards",
                "x": numbers(count),
                "y": numbers(value),
                "error_y": {
                    "type": "data", "symmetric": False, "array": numbers(above), "arrayminus": numbers(below),
                    "color": WATCH, "thickness": 1.5,
                },
                "marker": {"size": 9, "color": WATCH},
                "hovertemplate": "repetition %{x}: %{y:.3f} m/s",
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "fastest",
                "x": [0.5, len(value) + 0.5],
                "y": numbers([float(value.max())] * 2),
                "line": {"color": INK, "width": 1.2, "dash": "dash"},
                "hoverinfo": "skip",
            },
        ),
        layout=layout(
            axis("repetition", tickformat="d", dtick=1 if len(value) <= 15 else 5, range=[0.5, len(value) + 0.5]),
            axis("m/s", rangemode="tozero"),
        ),
        height_px=300,
    )  # fmt: skip


def abstention_plot(report: SessionReport, words: dict[str, str]) -> Plot:
    """Return when the network answers, and when it does not and why: one row a reason.

    Args:
        report: it has windows.
        words: what a reason is called; a reason that is not listed keeps its name.
    """
    middle = np.array([0.5 * (window.start_s + window.end_s) for window in report.windows])
    answered = "answers"
    reasons = sorted({reason for window in report.windows for reason in window.reasons})
    traces = []
    for reason in (None, *reasons):
        holds = [not window.reasons if reason is None else reason in window.reasons for window in report.windows]
        name = answered if reason is None else words.get(reason, reason)
        x, y = _runs(middle, np.array(holds), name)
        colour = WATCH if reason is None else GUESSED
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": x,
                "y": y,
                "line": {"color": colour, "width": 10},
                "hovertemplate": f"%{{x:.1f}} s: {name}",
            }
        )
    rows = [answered, *(words.get(reason, reason) for reason in reasons)]
    return Plot(
        name="abstention",
        title="When the network answers",
        caption="One row for each reason to say nothing; a window of four seconds may have several. Outside the sets the "
        "network is not asked.",
        traces=tuple(traces),
        layout=layout(
            axis(TIME),
            {
                **axis(""), "type": "category", "categoryorder": "array", "categoryarray": rows[::-1],
                "range": [-0.6, len(rows) - 0.4],
            },
            showlegend=False,
            shapes=[span(*whole_span(one), SET_COLOUR, 0.12) for one in report.sets],
        ),
        height_px=110 + 34 * len(rows),
    )  # fmt: skip


def _runs(
    middle_s: Float[np.ndarray, " k"], holds: np.ndarray, name: str
) -> tuple[list[float | None], list[str | None]]:
    """Return a horizontal bar for each run of neighbouring windows that a statement holds for."""
    hop_s = HOP_STEPS / MODEL_RATE_HZ
    xs: list[float | None] = []
    ys: list[str | None] = []
    rows = np.flatnonzero(holds)
    for run in np.split(rows, np.flatnonzero(np.diff(middle_s[rows]) > 1.5 * hop_s) + 1) if len(rows) else ():
        first, last = float(middle_s[run[0]]) - hop_s / 2.0, float(middle_s[run[-1]]) + hop_s / 2.0
        xs += [*numbers([first, last], 8), None]
        ys += [name, name, None]
    return (xs, ys) if xs else ([None], [name])
