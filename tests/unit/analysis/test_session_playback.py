"""The player shows the network's pose as a guess: few moments, joints as large as they are uncertain, no invented pose."""

import dataclasses

import numpy as np
import plotly.graph_objects as go
import pytest

from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.session import Session
from qleap_edge.analysis.session_playback import LABEL, MOST_FRAMES, playback_plot
from qleap_edge.core.skeleton import JOINT_NAMES
from qleap_edge.reporting.plots import Plot
from tests.support.sessions import HEIGHTS_M, rest, session, squats


@pytest.fixture(scope="module")
def six() -> Session:
    return session(squats())


def playback(of: Session) -> Plot:
    plot = playback_plot(of.report, of.tracks)
    assert plot is not None
    return plot


def test_it_is_labelled_as_a_guess_and_plotly_accepts_it(six: Session) -> None:
    plot = playback(six)
    assert LABEL in plot.title and LABEL in plot.caption and "not measured" in LABEL
    frames = [go.Frame(data=[{"type": "scatter3d", **item} for item in frame.traces]) for frame in plot.frames]
    assert go.Figure(data=plot.traces, layout=plot.layout, frames=frames).data
    assert all(len(frame.traces) == len(plot.traces) for frame in plot.frames)


def test_the_moments_are_few_and_lie_in_the_set(six: Session) -> None:
    plot = playback(six)
    assert 100 < len(plot.frames) <= MOST_FRAMES
    times = [float(frame.label.split(",")[1].removesuffix(" s")) for frame in plot.frames]
    repetitions = six.report.sets[0].repetitions
    assert times == sorted(times)
    assert times[0] >= repetitions[0].start_s - 0.1 and times[-1] <= repetitions[-1].end_s + 0.1
    assert "repetition 1 of 6" in plot.frames[3].label and "abstains" in plot.frames[3].label
    assert "abstains" not in plot.frames[-3].label


def test_an_unknown_exercise_is_not_taken_for_an_abstention(six: Session) -> None:
    windows = tuple(
        window.model_copy(update={"abstain": True, "reasons": ("set_unknown",)}) for window in six.report.windows
    )
    plot = playback_plot(six.report.model_copy(update={"windows": windows}), six.tracks)
    assert plot is not None
    assert all(frame.label.endswith("; exercise unknown") for frame in plot.frames)
    assert plot.frames[0].traces[1]["marker"]["color"] != playback(six).frames[-3].traces[1]["marker"]["color"]


def test_several_sets_share_the_moments(six: Session) -> None:
    windows = tuple(
        window.model_copy(update={"set_number": number}) for number in (1, 2, 3) for window in six.report.windows
    )
    report = six.report.model_copy(update={"sets": six.report.sets * 3, "windows": windows})
    plot = playback_plot(report, six.tracks * 3)
    assert plot is not None and len(plot.frames) <= MOST_FRAMES
    assert {frame.label.split(",")[0] for frame in plot.frames} == {"Set 1", "Set 2", "Set 3"}


def test_joints_stand_on_the_ground_and_are_as_large_as_they_are_uncertain(six: Session) -> None:
    bones, joints, watch = playback(six).frames[5].traces
    others = [name for name in JOINT_NAMES if name != "left_wrist"]
    assert len(bones["x"]) == 3 * 16 and bones["x"][2::3] == [None] * 16
    np.testing.assert_allclose(joints["z"], [HEIGHTS_M[JOINT_NAMES.index(name)] - 0.08 for name in others], atol=2e-3)
    size = dict(zip(others, joints["marker"]["size"], strict=True))
    assert size["left_ankle"] == pytest.approx(2.0 * size["right_ankle"], rel=0.02)
    assert "left ankle, ± 100 mm" in joints["text"] and watch["text"] == ["left wrist, ± 50 mm"]


def test_the_watch_is_on_the_wrist_that_wears_it() -> None:
    right = session(squats(wrist=Side.RIGHT))
    assert playback(right).frames[0].traces[2]["text"] == ["right wrist, ± 50 mm"]


def test_moments_without_a_pose_are_left_out_and_none_gives_no_plot(six: Session) -> None:
    track = six.tracks[0]
    holed = track.pose_m.copy()
    holed[: len(holed) // 2] = np.nan
    plot = playback_plot(six.report, (dataclasses.replace(track, pose_m=holed),))
    assert plot is not None
    middle = float(track.time_s[len(holed) // 2])
    assert all(float(frame.label.split(",")[1].removesuffix(" s")) >= middle - 0.1 for frame in plot.frames)
    assert playback_plot(six.report, (dataclasses.replace(track, pose_m=np.full_like(holed, np.nan)),)) is None
    nothing = session(rest())
    assert playback_plot(nothing.report, nothing.tracks) is None
