"""The case for the sign in ``golden.json``: what ships is the recording of the fixtures, and both signs are told apart."""

import numpy as np

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.sign_evidence import SignEvidence
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.resources import resource
from qleap_edge.verification.golden_sign import SIGN_RECORDING, sign_case
from tests.support.watch_recordings import WRIST_MOTION


def test_the_shipped_recording_is_a_part_of_the_fixture_with_its_licence() -> None:
    shipped, whole = read_recording(resource(SIGN_RECORDING) / "WristMotion.csv"), read_recording(WRIST_MOTION)
    first = len(whole) - 1600
    rows = slice(first, first + len(shipped))
    np.testing.assert_allclose(shipped.gravity, whole.gravity[rows], atol=1e-6)
    np.testing.assert_allclose(shipped.angular_velocity, whole.angular_velocity[rows], atol=1e-6)
    licence = resource(SIGN_RECORDING) / "LICENSE"
    assert licence.read_bytes() == (WRIST_MOTION.parent / "LICENSE").read_bytes()
    assert licence.read_text().startswith("MIT License")


def test_the_case_is_what_its_own_samples_add_up_to() -> None:
    """One sample at a time, as the Swift type takes them."""
    case = sign_case()
    columns = [np.reshape(part, (-1, 3)) for part in (case.gravity, case.user_acceleration, case.rotation_rate)]
    evidence = SignEvidence(Wear(Side(case.wrist), Side(case.crown)))
    for time_s, gravity, user, rate in zip(case.time_s, *columns, strict=True):
        evidence.add(np.array([time_s]), -STANDARD_GRAVITY * user[None], rate[None], gravity[None])
    assert (evidence.blocks, evidence.spans) == (case.blocks, case.spans)
    np.testing.assert_allclose(evidence.lever_m, case.lever_m, rtol=1e-9)
    np.testing.assert_allclose([evidence.r2, evidence.correction], [case.r2, case.correction], rtol=1e-6)
    assert (evidence.verdict(), case.verdict, case.verdict_reversed) == ("undecided", "undecided", "reversed")
    assert "Permission is hereby granted" in case.notice
