"""The plots about the wrist show what the report says, and plotly's schema accepts them."""

import numpy as np
import plotly.graph_objects as go
import pytest

from qleap_edge.analysis.session import Session
from qleap_edge.analysis.session_plots import (
    abstention_plot,
    height_plot,
    motion_of,
    motions,
    set_height_plot,
    velocity_plot,
)
from qleap_edge.reporting.plots import Plot
from tests.support.sessions import rest, session, squats


@pytest.fixture(scope="module")
def six() -> Session:
    return session(squats())


def trace(plot: Plot, name: str) -> tuple[np.ndarray, np.ndarray]:
    (found,) = [item for item in plot.traces if item["name"] == name]
    return np.array(found["x"], dtype=float), np.array(found["y"], dtype=float)


def test_plotly_accepts_every_plot(six: Session) -> None:
    stretches = motions(six.aligned)
    one = six.report.sets[0]
    for plot in (
        height_plot(six.report.model_copy(update={"active_s": (4.0, 20.0)}), stretches),
        set_height_plot(1, one, motion_of(one, stretches)),
        velocity_plot(1, one),
        abstention_plot(six.report, {}),
    ):
        assert go.Figure(data=plot.traces, layout=plot.layout).data


def test_repetitions_are_marked_and_the_set_is_shaded(six: Session) -> None:
    plot = height_plot(six.report, motions(six.aligned))
    repetitions = six.report.sets[0].repetitions
    assert len(repetitions) == 6
    for name in ("start", "turn", "end"):
        np.testing.assert_allclose(trace(plot, name)[0], [getattr(rep, f"{name}_s") for rep in repetitions], atol=1e-3)
    (shade,) = plot.layout["shapes"]
    assert shade["x0"] <= repetitions[0].start_s and shade["x1"] >= repetitions[-1].end_s


def test_the_height_of_a_turn_is_the_range_of_motion(six: Session) -> None:
    one = six.report.sets[0]
    plot = set_height_plot(1, one, motion_of(one, motions(six.aligned)))
    _, turn = trace(plot, "turn")
    np.testing.assert_allclose(np.abs(turn), [rep.range_of_motion_m.value for rep in one.repetitions], atol=2e-3)
    np.testing.assert_allclose(turn, -0.6, atol=0.03)  # the wrist goes down first
    np.testing.assert_allclose(trace(plot, "end")[1], 0.0, atol=1e-6)


def test_velocity_has_its_intervals_and_its_loss(six: Session) -> None:
    one = six.report.sets[0]
    plot = velocity_plot(1, one)
    (points,) = [item for item in plot.traces if item["name"] == "mean velocity upwards"]
    velocity = [rep.mean_concentric_velocity_m_s for rep in one.repetitions]
    np.testing.assert_allclose(points["y"], [item.value for item in velocity], rtol=1e-4)
    np.testing.assert_allclose(points["error_y"]["array"], [item.high - item.value for item in velocity], rtol=1e-3)
    np.testing.assert_allclose(points["error_y"]["arrayminus"], [item.value - item.low for item in velocity], rtol=1e-3)
    assert one.velocity_loss_percent is not None
    assert (
        one.velocity_loss_percent.value > 20.0 and f"falls by {one.velocity_loss_percent.value:.0f} %" in plot.caption
    )
    alone = one.model_copy(update={"repetitions": one.repetitions[:1], "velocity_loss_percent": None})
    assert "needs two repetitions" in velocity_plot(1, alone).caption


def test_abstention_is_shown_when_it_happens(six: Session) -> None:
    plot = abstention_plot(six.report, {"sigma": "too uncertain"})
    assert [item["name"] for item in plot.traces] == ["answers", "embedding", "too uncertain"]
    windows = six.report.windows
    silent = [0.5 * (one.start_s + one.end_s) for one in windows if one.abstain]
    (bar,) = [item for item in plot.traces if item["name"] == "too uncertain"]
    assert bar["x"][:2] == pytest.approx([silent[0] - 0.1, silent[-1] + 0.1], abs=1e-3) and bar["x"][2:] == [None]
    assert set(bar["y"]) == {"too uncertain", None}


def test_without_a_set_the_height_is_there_all_the_same() -> None:
    nothing = session(rest())
    plot = height_plot(nothing.report, motions(nothing.aligned))
    assert [item["name"] for item in plot.traces] == ["height"] and plot.layout["shapes"] == []
