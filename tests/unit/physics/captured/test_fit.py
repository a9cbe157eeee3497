"""The fit of the body to points, against our own body moved by known angles."""

import numpy as np
import pytest

from qleap_edge.physics.body import HINGES, QPOS
from qleap_edge.physics.captured.fit import Attachment, BodyFit
from tests.support.captured import WOMAN, made_qpos

LENGTH = WOMAN.lengths


def attachments() -> tuple[Attachment, ...]:
    """Return points as markers give them: four on the pelvis, four on the chest, three on the head, and those of the limbs."""
    found = [
        Attachment(f"{segment}{index}", segment, place)
        for segment, z in (("pelvis", 0.09), ("thorax", 0.25), ("head", 0.2))
        for index, place in enumerate(((0.1, 0.1, z), (0.1, -0.1, z), (-0.1, 0.05, z), (-0.1, -0.05, 0.5 * z)))
    ]
    for side in ("left", "right"):
        shoulder = f"{side}_shoulder"
        found += [
            Attachment(f"{side}_{name}", f"{side}_{segment}", (0.0, 0.0, 0.0))
            for name, segment in (("knee", "shank"), ("ankle", "foot"), ("shoulder", "upper_arm"))
        ]
        found.append(Attachment(f"{side}_elbow", f"{side}_forearm", (0.0, 0.0, 0.0), 1.0, shoulder))
        found += [
            Attachment(f"{side}{name}", f"{side}_foot", (x, 0.0, -0.05)) for name, x in (("HEE", -0.05), ("TOE", 0.13))
        ]
        found += [
            Attachment(f"{side}{name}", f"{side}_forearm", (x, 0.0, -LENGTH["forearm"]), 1.0, shoulder)
            for name, x in (("WRA", 0.03), ("WRB", -0.03))
        ]
    return tuple(found)


@pytest.fixture(scope="module")
def fitted() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the known configurations, the fitted ones, and the distance of each point from the fit."""
    qpos = made_qpos()[::2][:150]
    fit = BodyFit(WOMAN, attachments())
    measured = fit.points(qpos)
    measured[40:50, 3] = np.nan  # a marker that was not seen
    start = np.zeros(qpos.shape[1])
    start[2:4] = qpos[0, 2], 1.0
    found = fit.fit(measured, start)
    return qpos, found, np.linalg.norm(fit.points(found) - measured, axis=2)


def test_the_points_are_met(fitted):
    _, _, distance = fitted
    assert np.nanmedian(distance) < 0.002 and np.nanpercentile(distance, 99.0) < 0.01


@pytest.mark.parametrize(
    ("hinge", "most_deg"),
    [("left_shank.y", 2.0), ("right_thigh.y", 2.5), ("left_foot.y", 2.0), ("right_forearm.y", 3.0), ("abdomen.y", 5.0)],
)
def test_the_angles_are_those_that_moved_the_body(fitted, hinge, most_deg):
    known, found, _ = fitted
    off = np.degrees(found[:, QPOS[hinge]] - known[:, QPOS[hinge]])
    assert np.percentile(np.abs(off), 95.0) < most_deg


def test_no_hinge_leaves_its_limits_and_none_jumps(fitted):
    _, found, _ = fitted
    assert np.abs(np.diff(found[:, 7:], axis=0)).max() < 0.35
    assert found.shape[1] == 7 + len(HINGES)


def test_a_shoulder_that_rises_does_not_bend_the_arm():
    qpos = made_qpos()[:60:2]
    points = attachments()
    fit = BodyFit(WOMAN, points)
    measured = fit.points(qpos)
    arm = [
        index for index, one in enumerate(points) if one.name in ("left_shoulder", "left_elbow", "leftWRA", "leftWRB")
    ]
    measured[:, arm] += np.array([0.0, 0.0, 0.05])  # the shoulder blade rises by 5 cm with the whole arm
    found = fit.fit(measured, qpos[0])
    off = np.degrees(found[:, QPOS["left_forearm.y"]] - qpos[:, QPOS["left_forearm.y"]])
    assert np.abs(off).max() < 6.0
