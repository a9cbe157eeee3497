"""BVH: our own body written as a file of another program and fitted again; files that are refused."""

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.dataset.bvh import calibrate_bvh, fit_bvh, read_bvh
from qleap_edge.dataset.fit_motion import fit_bvh_files
from qleap_edge.dataset.motion_folder import person_documents, read_motion
from qleap_edge.physics.body import QPOS
from tests.support.bvh import bvh_text
from tests.support.captured import RATE_HZ, WOMAN, made_qpos

ABOUT = {"person": "made", "stature_m": WOMAN.stature_m, "source": "a test", "licence": "none"}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bvh") / "squat.bvh"
    path.write_text(bvh_text(made_qpos()[:200], RATE_HZ))
    return path


def test_the_lengths_are_those_of_the_body(file):
    motion = read_bvh(file, WOMAN.stature_m)
    assert motion.rate_hz == pytest.approx(RATE_HZ)
    lengths = calibrate_bvh(motion, WOMAN.stature_m).subject.lengths
    for name in ("thigh", "shank", "upper_arm", "forearm", "hip_half_width", "shoulder_half_width"):
        assert lengths[name] == pytest.approx(WOMAN.lengths[name], rel=0.04), name


def test_a_body_that_became_a_file_is_fitted_again(file):
    motion = read_bvh(file, WOMAN.stature_m)
    qpos, distance = fit_bvh(calibrate_bvh(motion, WOMAN.stature_m), motion, RATE_HZ)
    known = made_qpos()[:200]
    assert np.median(distance) < 0.008
    # Two hips and the shoulders leave the pitch of the pelvis open by some degrees, and with it the flexion of the hips.
    for hinge, most_deg in (("left_shank.y", 4.0), ("right_thigh.y", 8.0), ("left_forearm.y", 4.0)):
        off = np.degrees(qpos[5:-5, QPOS[hinge]] - known[5:-5, QPOS[hinge]])
        assert np.percentile(np.abs(off), 90.0) < most_deg, hinge
    fall = np.ptp(qpos[:, 2]) / np.ptp(known[:, 2])
    assert fall == pytest.approx(1.0, abs=0.05)


def test_the_files_become_a_motion_folder(file, tmp_path):
    out = tmp_path / "folder"
    report = fit_bvh_files([file, file], out, exercises=["squat"], **ABOUT)
    assert [one.exercise for one in report.fits] == ["squat", "squat"]
    found = read_motion(person_documents([out]))
    assert len(found.recordings) == 2 and not found.recordings[0].person.pronation_known
    with pytest.raises(UsageError, match="exercises do not fit"):
        fit_bvh_files([file], tmp_path / "other", exercises=["squat", "lunge"], **ABOUT)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("HIERARCHY\nROOT Hips\n", "not a BVH file"),
        ("a thesis", "not a BVH file"),
        (None, "cannot read the motion"),
    ],
)
def test_what_is_no_bvh_is_refused(tmp_path, text, words):
    path = tmp_path / "bad.bvh"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputDataError, match=words) as caught:
        read_bvh(path, 1.7)
    assert "bad.bvh" in str(caught.value)


def test_other_names_and_other_rates_are_refused(tmp_path):
    text = bvh_text(made_qpos()[:80], RATE_HZ)
    for changed, words in (
        (text.replace("LeftForeArm", "Left_2"), "other names"),
        (text.replace("Frame Time: 0.02", "Frame Time: 0.20"), "too slow"),
    ):
        path = tmp_path / "bad.bvh"
        path.write_text(changed)
        with pytest.raises(InputDataError, match=words):
            read_bvh(path, 1.7)
