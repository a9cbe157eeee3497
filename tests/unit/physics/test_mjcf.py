"""The compiled model: its layout, and a model with another subject's numbers written into it."""

import mujoco
import numpy as np
import pytest

from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.body import DOF_COUNT, HINGES
from qleap_edge.physics.load import Load
from qleap_edge.physics.mjcf import SENSORS, BodyModel, compile_body
from qleap_edge.physics.randomize import RELEASE
from tests.support.motions import (
    MAN,
)

LOADS = [
    Load(),
    Load(bar_kg=60.0, bar_ahead_m=-0.08),
    Load(bar_kg=40.0, bar_ahead_m=0.1, hand_kg=7.0),
    Load(hand_kg=20.0),
]


def test_hinges_and_sensors_are_where_the_layout_says():
    model = compile_body(MAN)
    names = [mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT, index) for index in range(1, model.njnt)]
    assert tuple(names) == HINGES
    assert model.nsensordata == SENSORS.width
    assert model.nv == DOF_COUNT == 38


@pytest.mark.parametrize("kind", ["prescribed", "forward"])
@pytest.mark.parametrize("load", LOADS, ids=str)
def test_a_model_with_a_subject_set_is_the_compiled_body(kind, load):
    """The fast way against the slow one, in any pose and motion, after it was somebody else."""
    body_model, rng = BodyModel(kind), np.random.default_rng(4)
    body_model.set_subject(draw_subject(8, RELEASE, np.random.default_rng(8)), Load(bar_kg=90.0, bar_ahead_m=0.2))
    subject = draw_subject(3, RELEASE, np.random.default_rng(3))
    body_model.set_subject(subject, load)
    model = compile_body(subject, load, kind)
    pairs = [(body_model.model, body_model.data), (model, mujoco.MjData(model))]
    pose = np.r_[0, 0, 1.5, 1, 0, 0, 0, rng.normal(0, 0.4, model.nq - 7)]
    speed, change = rng.normal(size=model.nv), 5.0 * rng.normal(size=model.nv)
    for one, data in pairs:
        data.qpos[:], data.qvel[:], data.qacc[:] = pose, speed, change
        mujoco.mj_inverse(one, data)
    np.testing.assert_allclose(pairs[0][1].sensordata, pairs[1][1].sensordata, atol=1e-9)
    np.testing.assert_allclose(pairs[0][1].qfrc_inverse, pairs[1][1].qfrc_inverse, atol=1e-9)
    assert model.body_mass.sum() == pytest.approx(subject.mass_kg + load.total_kg)
    if kind == "forward":
        np.testing.assert_allclose(body_model.model.geom_pos, model.geom_pos, atol=1e-15)
        np.testing.assert_allclose(body_model.model.actuator_biasprm, model.actuator_biasprm, atol=1e-9)
