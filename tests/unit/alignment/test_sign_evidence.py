"""Evidence about the sign: a lever that is known, signs that are turned, and samples cut anywhere."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qleap_edge.alignment.conventions import kinematic_acceleration
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.sign_evidence import MIN_BLOCKS, MIN_LEVER_M, MIN_SPANS, SignEvidence
from qleap_edge.alignment.wear import Side, Wear
from tests.support.watch_recordings import WRIST_MOTION, swinging_arm

LEFT, OTHER_CROWN = Wear(Side.LEFT, Side.RIGHT), Wear(Side.LEFT, Side.LEFT)
LEVER = (0.45, 0.05, 0.02)


def arm(seconds: float = 20.0, start_s: float = 0.0) -> Recording:
    return swinging_arm(start_s + np.arange(int(100 * seconds)) / 100, LEVER)


def followed(recording: Recording, share: float = 0.05) -> Recording:
    """Return the recording with a gravity that follows the user acceleration by a share a second, as CoreMotion's does."""
    gravity, user = np.array(recording.gravity), np.asarray(recording.user_acceleration)
    offset = np.zeros(3)
    for row in range(1, len(gravity)):
        step_s = recording.time_s[row] - recording.time_s[row - 1]
        offset = offset - np.cross(recording.angular_velocity[row], offset) * step_s  # constant in the world
        offset = offset + share * step_s * (user[row] - gravity[row] * (user[row] @ gravity[row]))
        gravity[row] += offset
    return replace(recording, gravity=gravity / np.linalg.norm(gravity, axis=1, keepdims=True))


def add(evidence: SignEvidence, recording: Recording, gravity: float = 1.0, user: float = 1.0) -> SignEvidence:
    acceleration = kinematic_acceleration(user * np.asarray(recording.user_acceleration))
    evidence.add(recording.time_s, acceleration, recording.angular_velocity, gravity * np.asarray(recording.gravity))
    return evidence


def test_the_lever_of_a_known_arm() -> None:
    evidence = add(SignEvidence(LEFT), arm())
    np.testing.assert_allclose(evidence.lever_m, LEVER, atol=0.005)
    assert evidence.r2 is not None and evidence.r2 > 0.99 and evidence.swing == 1
    assert evidence.blocks > 150 and evidence.spans == 95  # 199 blocks: a span of ten begins at every second one


@pytest.mark.parametrize(
    ("gravity", "user", "verdict"),
    [(1.0, 1.0, "consistent"), (-1.0, -1.0, "reversed"), (1.0, -1.0, "reversed"), (-1.0, 1.0, "reversed")],
)
def test_every_turned_column_is_found(gravity: float, user: float, verdict: str) -> None:
    evidence = add(SignEvidence(LEFT), followed(arm()), gravity, user)
    assert evidence.verdict() == verdict
    assert (evidence.swing, evidence.follows) == (user, gravity * user)


def test_turning_the_sign_turns_lever_and_correction_exactly() -> None:
    recording = followed(arm())
    right, turned = add(SignEvidence(LEFT), recording), add(SignEvidence(LEFT), recording, user=-1.0)
    np.testing.assert_array_equal(right.lever_m, -np.asarray(turned.lever_m))
    assert right.r2 == turned.r2 and right.correction == -np.float64(turned.correction)


def test_the_other_crown_turns_the_reach_only_and_leaves_it_open() -> None:
    evidence = add(SignEvidence(OTHER_CROWN), followed(arm()))
    assert (evidence.swing, evidence.follows, evidence.verdict()) == (0, 1, "undecided")


def test_without_gravity_one_relation_must_do() -> None:
    recording, evidence = arm(), SignEvidence(LEFT)
    acceleration = kinematic_acceleration(np.asarray(recording.user_acceleration))
    evidence.add(recording.time_s, acceleration, recording.angular_velocity)
    assert (evidence.spans, evidence.correction, evidence.follows) == (0, None, 0)
    assert evidence.verdict() == "undecided" and evidence.verdict(one_sign=True) == "consistent"


def test_short_and_still_streams_show_nothing() -> None:
    assert SignEvidence(LEFT).verdict(one_sign=True) == "undecided"
    short = add(SignEvidence(LEFT), arm(3.0))
    assert short.blocks < MIN_BLOCKS and short.lever_m is None and short.r2 is None
    assert short.spans < MIN_SPANS and short.correction is None
    still = SignEvidence(LEFT)
    still.add(np.arange(3000) / 100, np.zeros((3000, 3)), np.zeros((3000, 3)), np.tile([0.0, 0.0, -1.0], (3000, 1)))
    assert still.blocks == 0 and still.spans > MIN_SPANS and still.correction is None
    assert still.verdict(one_sign=True) == "undecided"


def test_a_direction_that_the_turning_does_not_show_is_zero() -> None:
    """A turn about z alone says nothing about the lever's z."""
    time_s = np.arange(2000) / 100
    rate, turn = 4 * np.cos(3 * time_s), -12 * np.sin(3 * time_s)
    zero = np.zeros_like(rate)
    acceleration = 0.4 * np.stack([-(rate**2), turn, zero], axis=1)
    evidence = SignEvidence(LEFT)
    evidence.add(time_s, acceleration, np.stack([zero, zero, rate], axis=1))
    assert evidence.lever_m is not None and evidence.lever_m[0] == pytest.approx(0.4, abs=0.01)
    assert abs(evidence.lever_m[2]) < MIN_LEVER_M and evidence.swing == 0


@settings(deadline=None, max_examples=20)
@given(cuts=st.lists(st.integers(0, 1600), max_size=12))
def test_where_the_samples_are_cut_changes_nothing(cuts: list[int]) -> None:
    recording = read_recording(WRIST_MOTION)  # it has a gap of 12 s
    whole = add(SignEvidence(LEFT), recording)
    pieces = SignEvidence(LEFT)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(recording)], strict=True):
        add(pieces, recording.take(slice(start, end)))
    assert (pieces.blocks, pieces.spans) == (whole.blocks, whole.spans)
    np.testing.assert_allclose(pieces.lever_m, np.asarray(whole.lever_m), rtol=1e-9)
    assert pieces.r2 == pytest.approx(whole.r2, rel=1e-9)
    assert pieces.correction == pytest.approx(whole.correction, rel=1e-6)


def test_gaps_and_steps_back_begin_anew_and_repeats_are_dropped() -> None:
    recording = arm(10.0)
    once = add(SignEvidence(LEFT), recording)
    for shift_s in (50.0, 0.0):
        twice = add(SignEvidence(LEFT), recording)
        add(twice, replace(recording, time_s=recording.time_s + shift_s))
        assert (twice.blocks, twice.spans) == (2 * once.blocks, 2 * once.spans)
    repeated = add(SignEvidence(LEFT), recording.take(np.repeat(np.arange(len(recording)), 2)))
    np.testing.assert_array_equal(repeated.lever_m, once.lever_m)
    begun = add(SignEvidence(LEFT), recording.take(slice(0, 505)))
    begun.restart()
    add(begun, recording.take(slice(505, None)))
    assert begun.spans < once.spans
