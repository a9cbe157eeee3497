"""The fit to markers, against markers that we put on our own body; and real squats, from which nothing can be calibrated."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.dataset.joint_centres import joint_centres
from qleap_edge.dataset.marker_fit import calibrate, fit_recording
from qleap_edge.dataset.uiprmd import MARKER_NAMES, MarkerRecording, read_uiprmd
from qleap_edge.physics.body import QPOS
from qleap_edge.physics.captured.fit import Attachment, BodyFit
from tests.support.captured import WOMAN, made_qpos

PERSON = Path(__file__).parents[2] / "fixtures" / "uiprmd" / "s01.npz"
L = WOMAN.lengths


def _places() -> dict[str, tuple[str, tuple[float, float, float]]]:
    """Return marker → segment and place: where a person's markers are, so that ``joint_centres`` finds our joints."""
    width, depth = 0.24, 0.16
    # Harrington's regression places the hips so far behind, below and beside the front of the pelvis.
    back, down = 0.24 * depth + 0.0099, 0.30 * width + 0.0109
    found: dict[str, tuple[str, tuple[float, float, float]]] = {}
    for letter, side, sign in (("L", "left", 1.0), ("R", "right", -1.0)):
        found |= {
            f"{letter}ASI": ("pelvis", (back, sign * width / 2, down)),
            f"{letter}PSI": ("pelvis", (back - depth, sign * 0.05, down)),
            f"{letter}FHD": ("head", (0.08, sign * 0.06, 0.2)),
            f"{letter}BHD": ("head", (-0.08, sign * 0.06, 0.2)),
            f"{letter}SHO": ("thorax", (0.0, sign * L["shoulder_half_width"], L["shoulder_height"] + 0.05)),
            f"{letter}ELB": (f"{side}_upper_arm", (0.0, sign * 0.04, -L["upper_arm"])),
            f"{letter}WRA": (f"{side}_forearm", (0.03, 0.0, -L["forearm"])),
            f"{letter}WRB": (f"{side}_forearm", (-0.03, 0.0, -L["forearm"])),
            f"{letter}FIN": (f"{side}_forearm", (0.0, 0.0, -L["forearm"] - 0.08)),
            f"{letter}KNE": (f"{side}_shank", (0.0, sign * 0.05, 0.0)),
            f"{letter}ANK": (f"{side}_shank", (0.0, sign * 0.04, -L["shank"])),
            f"{letter}HEE": (f"{side}_foot", (-0.06, 0.0, -0.03)),
            f"{letter}TOE": (f"{side}_foot", (0.13, 0.0, -0.03)),
        }
        for name, segment in (("UPA", "upper_arm"), ("FRM", "forearm"), ("THI", "thigh"), ("TIB", "shank")):
            found[f"{letter}{name}"] = (f"{side}_{segment}", (0.0, sign * 0.05, -0.15))
    found |= {
        "C7": ("thorax", (-0.08, 0.0, L["thorax"])),
        "CLAV": ("thorax", (0.06, 0.0, L["thorax"] - 0.04)),
        "STRN": ("thorax", (0.09, 0.0, 0.08)),
        "T10": ("thorax", (-0.1, 0.0, 0.05)),
        "RBAK": ("thorax", (-0.1, -0.08, 0.12)),
    }
    return found


def marked(qpos: np.ndarray, name: str) -> MarkerRecording:
    places = _places()
    points = tuple(Attachment(marker, *places[marker]) for marker in MARKER_NAMES)
    slow = np.repeat(qpos, 2, axis=0)  # 100 Hz; the body moves half as fast as it was made to, in steps of two frames
    slow[1:-1:2] = 0.5 * (slow[:-2:2] + slow[2::2])
    markers = BodyFit(WOMAN, points).points(slow)
    return MarkerRecording(Path("made.npz"), "0" * 64, name, markers, np.array([0, len(slow)]))


@pytest.fixture(scope="module")
def bodies():
    squat = made_qpos()[:150].copy()
    standing = np.repeat(squat[:1], 60, axis=0)
    for qpos in (squat, standing):
        for side in ("left", "right"):
            for hinge, angle in (("upper_arm.y", -5), ("upper_arm.x", 8), ("upper_arm.z", 0), ("forearm.y", -20)):
                qpos[:, QPOS[f"{side}_{hinge}"]] = np.radians(angle)
            qpos[:, QPOS[f"{side}_forearm.pronation"]] = np.radians(25)
    return [
        joint_centres(marked(qpos, name)) for qpos, name in ((squat, "m01_correct"), (standing, "m08_correct"))
    ], squat


def test_lengths_of_the_limbs_are_found(bodies):
    lengths = calibrate(bodies[0]).subject.lengths
    for name in ("thigh", "shank", "upper_arm", "forearm"):
        assert lengths[name] == pytest.approx(L[name], abs=0.015), name
    assert lengths["ankle_height"] == pytest.approx(L["ankle_height"], abs=0.02)


def test_angles_are_found_and_the_markers_are_met(bodies):
    found, squat = bodies
    qpos, distance = fit_recording(calibrate(found), found[0])
    assert len(qpos) == len(squat) and np.nanmedian(distance) < 0.012
    knee = np.degrees(qpos[:, QPOS["left_shank.y"]] - squat[:, QPOS["left_shank.y"]])
    assert np.abs(knee).max() < 9.0 and np.median(np.abs(knee)) < 4.0
    turn = np.degrees(qpos[:, QPOS["left_forearm.pronation"]] + 0.0)
    assert np.ptp(turn) < 12.0


def test_without_a_recording_that_begins_with_hanging_arms_nothing_is_calibrated():
    overhead = joint_centres(read_uiprmd(PERSON, "m01_correct"))
    with pytest.raises(InputDataError, match="hanging arms") as caught:
        calibrate([overhead])
    assert "s01.npz" in str(caught.value)
