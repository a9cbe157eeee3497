"""Figures over recordings, by hand."""

import pytest

from qleap_edge.comparison.dip.aggregate import figure_rows, gain_rows
from qleap_edge.comparison.dip.document import RecordingRow, ValueRow, WristRow


def wrist_row(wrist: str, error: float, frames: int, controls: dict[str, float]) -> WristRow:
    values = tuple(
        ValueRow(view=view, name="mpjpe_16", frames=frames, model=error, truth=None, controls=controls)
        for view in ("overlap_mean", "newest")
    )
    jitter = ValueRow(view="newest", name="jitter", frames=frames, model=error, truth=2.0 * error, controls={})
    undefined = ValueRow(view="newest", name="nll", frames=0, model=None, truth=None, controls={})
    return WristRow(
        wrist=wrist,
        windows=1,
        filled_share=0.0,
        forearm_angle_deg=0.0,
        mean_acceleration=0.0,
        median_force=9.8,
        abstained=None,
        values=(*values, jitter, undefined),
    )


def recording(name: str, left: float, right: float, frames: int, controls: dict[str, float], discarded=None):
    wrists = (wrist_row("left", left, frames, controls), wrist_row("right", right, frames, controls))
    return RecordingRow(
        name=name,
        sha256="0" * 64,
        frames=frames,
        published_frames=None,
        steps=frames,
        side_lying_steps=0,
        discarded=discarded,
        wrists=() if discarded else wrists,
    )


CONTROLS = {"standing": 20.0, "training_mean": 12.0, "other_recordings": 16.0, "shuffled": 10.0}
ROWS = [
    recording("s_09/01_a", 8.0, 10.0, 100, CONTROLS),
    recording("s_10/02", 4.0, 6.0, 300, CONTROLS),
    recording("s_10/03_a", 99.0, 99.0, 300, CONTROLS, discarded="gt has a gap"),
]


def one(rows, **wanted):
    (found,) = [row for row in rows if all(getattr(row, key) == value for key, value in wanted.items())]
    return found


def test_recordings_weigh_the_same_and_frames_beside():
    rows = figure_rows(ROWS)
    left = one(rows, wrist="left", view="newest", name="mpjpe_16")
    assert (left.model, left.frame_weighted, left.recordings, left.unit) == (6.0, 5.0, 2, "cm")
    assert (left.low, left.high) == (4.0, 8.0)  # of two recordings, a quarter of the resamples is one of them alone
    both = one(rows, wrist="both", view="newest", name="mpjpe_16")
    assert both.model == 7.0 and both.frame_weighted == pytest.approx((9.0 * 100 + 5.0 * 300) / 400)
    assert both.controls == CONTROLS


def test_jitter_has_the_truth_beside_it_and_what_is_undefined_is_left_out():
    rows = figure_rows(ROWS)
    jitter = one(rows, wrist="both", view="newest", name="jitter")
    assert (jitter.model, jitter.truth, jitter.controls) == (7.0, 14.0, {})
    assert not [row for row in rows if row.name == "nll"]


def test_the_gain_is_over_the_strongest_control_without_a_sensor():
    rows = gain_rows(ROWS)
    strongest = one(rows, wrist="both", view="newest", strongest=True)
    assert strongest.against == "training_mean" and strongest.gain == pytest.approx(1.0 - 7.0 / 12.0)
    assert (strongest.low, strongest.high) == pytest.approx((1.0 - 9.0 / 12.0, 1.0 - 5.0 / 12.0))
    assert strongest.verdict == "better"
    assert one(rows, wrist="both", view="newest", against="shuffled").gain == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("errors", "verdict"), [((11.0, 13.0), "undecided"), ((13.0, 14.0), "worse"), ((12.0, 12.0), "undecided")]
)
def test_verdicts(errors, verdict):
    rows = gain_rows([recording(f"s_09/0{n}", error, error, 100, CONTROLS) for n, error in enumerate(errors)])
    assert one(rows, wrist="left", view="newest", strongest=True).verdict == verdict


def test_one_recording_has_no_interval():
    controls = {"standing": 20.0, "training_mean": 12.0}
    rows = [recording("s_09/01_a", 8.0, 10.0, 100, controls)]
    figure = one(figure_rows(rows), wrist="both", view="newest", name="mpjpe_16")
    assert (figure.low, figure.high, figure.recordings) == (None, None, 1)
    gain = one(gain_rows(rows), wrist="both", view="newest", strongest=True)
    assert (gain.low, gain.high, gain.verdict) == (None, None, "unknown")
    assert {row.against for row in gain_rows(rows)} == {"standing", "training_mean"}
