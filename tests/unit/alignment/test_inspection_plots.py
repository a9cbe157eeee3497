"""The plots of the inspection page show what the checks measured."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from qleap_edge.alignment.identities import gravity_turn
from qleap_edge.alignment.inspection_plots import (
    identity_plot,
    measured_parts,
    model_input_plots,
    norm_plot,
    sampling_plot,
    spectrum_plot,
)
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import AlignedRecording, align
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.reporting.plots import Plot
from tests.support.watch_recordings import WRIST_MOTION, swinging_arm


@pytest.fixture(scope="module")
def swim() -> AlignedRecording:
    return align(read_recording(WRIST_MOTION))


@pytest.fixture(scope="module")
def swing() -> AlignedRecording:
    return align(swinging_arm(np.arange(2000) / 100.0))


def accepted(plot: Plot) -> go.Figure:
    """Return the plot as plotly's own object, which refuses what its schema does not know."""
    return go.Figure(data=plot.traces, layout=plot.layout)


def trace(plot: Plot, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the trace whose name begins so; an interruption is NaN."""
    (found,) = [item for item in plot.traces if str(item["name"]).startswith(name)]
    return np.array(found["x"], dtype=float), np.array(found["y"], dtype=float)


def test_plotly_accepts_every_plot(swim: AlignedRecording) -> None:
    turn = gravity_turn(measured_parts(swim))
    assert turn is not None
    spectrum = spectrum_plot(swim)
    assert spectrum is not None
    plots = [sampling_plot(swim), norm_plot(swim), identity_plot(swim, turn), spectrum, *model_input_plots(swim)]
    assert len({plot.name for plot in plots}) == 6
    for plot in plots:
        assert accepted(plot).data and plot.caption.endswith(".")


def test_sampling_marks_the_gap_and_leaves_it_blank(swim: AlignedRecording) -> None:
    plot = sampling_plot(swim)
    at, length_ms = trace(plot, "gap")
    assert len(at) == 1 and length_ms[0] == pytest.approx(12_367, abs=1.0)
    x, y = trace(plot, "interval")
    assert np.isnan(x).sum() == 1 and np.nanmax(y) < 100.0
    assert "longer than 100 ms: 1;" in plot.caption


def test_norms_of_a_still_watch_are_gravity() -> None:
    still = swinging_arm(np.arange(800) / 100.0)
    up = np.tile([0.0, 0.0, STANDARD_GRAVITY], (800, 1))
    rest = replace(still, specific_force=up, gravity=-up / STANDARD_GRAVITY, angular_velocity=0.0 * up)
    plot = norm_plot(align(rest))
    for name in ("specific force", "gravity"):
        np.testing.assert_allclose(trace(plot, name)[1], STANDARD_GRAVITY, atol=1e-3)


def test_identity_lies_on_the_diagonal(swing: AlignedRecording) -> None:
    turn = gravity_turn(measured_parts(swing))
    assert turn is not None
    plot = identity_plot(swing, turn)
    for letter in "xyz":
        predicted, measured = trace(plot, f"axis {letter}")
        np.testing.assert_allclose(measured, predicted, atol=0.03)
    x, y = trace(plot, "measured (slope")
    np.testing.assert_allclose(y, turn.slope * x, rtol=1e-4)
    assert f"{turn.slope:.4f}" in plot.caption and f"{turn.correlation:.4f}" in plot.caption


def test_spectrum_has_its_peak_where_the_motion_is() -> None:
    time_s = np.arange(4000) / 100.0
    arm = swinging_arm(time_s)
    shaken = arm.specific_force + 8.0 * np.sin(2 * np.pi * 30.0 * time_s)[:, None]
    plot = spectrum_plot(align(replace(arm, specific_force=shaken)))
    assert plot is not None
    x, y = trace(plot, "specific force")
    high = x > 20.0
    assert x[high][np.argmax(y[high])] == pytest.approx(30.0, abs=0.3)
    share = float(plot.caption.split("there lie ")[1].split("%")[0])
    assert share > 30.0


def test_a_recording_that_is_too_short_has_no_spectrum_but_its_other_plots() -> None:
    short = align(swinging_arm(np.arange(30) / 100.0))
    assert spectrum_plot(short) is None
    assert accepted(norm_plot(short)).data and accepted(sampling_plot(short)).data
    nothing = align(swinging_arm(np.arange(5) / 100.0))
    assert model_input_plots(nothing) == ()
    assert len(measured_parts(nothing)) == 1 and len(measured_parts(nothing)[0]) == 5


def test_the_model_input_is_what_the_model_gets(swim: AlignedRecording) -> None:
    force, _ = model_input_plots(swim)
    _, y = trace(force, "x")
    imu = np.concatenate([segment.imu[:, 0] for segment in swim.segments])
    np.testing.assert_allclose(y[~np.isnan(y)], imu, rtol=1e-4)
