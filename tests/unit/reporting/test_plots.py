"""Plots as JSON values: what plotly's own schema accepts, and lines that keep their gaps and their peaks."""

import json

import numpy as np
import plotly.graph_objects as go

from qleap_edge.reporting.plots import axis, key, layout, level, line, numbers, span, vertical


def test_plotly_accepts_every_part() -> None:
    time_s = np.linspace(0.0, 10.0, 50)
    traces = [
        line([(time_s, np.sin(time_s))], "a", "#000000", unit="m"),
        level(0.0, 10.0, 0.5, "bound", "#111111"),
        key("shaded", "#222222"),
        key("dashed", "#222222", dash="dash"),
    ]
    shown = layout(axis("s"), axis("m"), shapes=[span(1.0, 2.0, "#333333"), vertical(3.0, "#444444")])
    figure = go.Figure(data=traces, layout=shown)  # refuses what its schema does not know
    assert len(figure.data) == 4 and len(figure.layout.shapes) == 2


def test_numbers_are_json() -> None:
    assert numbers([1.23456789, np.nan, np.inf, -2.0]) == [1.23457, None, None, -2.0]
    assert numbers([0.000123456789], 3) == [0.000123]
    json.dumps(numbers(np.array([np.nan, 1e300])), allow_nan=False)


def test_a_line_is_interrupted_between_its_pieces() -> None:
    first, second = np.arange(3.0), np.arange(10.0, 12.0)
    drawn = line([(first, first), (second, second)], "a", "#000000")
    assert drawn["x"] == [0.0, 1.0, 2.0, None, 10.0, 11.0]
    assert drawn["y"] == drawn["x"]


def test_pieces_share_the_points_and_keep_their_peaks() -> None:
    pieces = []
    for start in (0.0, 1000.0, 3000.0):
        time_s = start + np.arange(90_000) / 100.0
        values = np.zeros(len(time_s))
        values[70_000] = start + 5.0
        pieces.append((time_s, values))
    drawn = line(pieces, "a", "#000000", most=300)
    assert len(drawn["x"]) <= 303 and {5.0, 1005.0, 3005.0} <= set(drawn["y"])
