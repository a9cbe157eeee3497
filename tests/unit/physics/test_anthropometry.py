"""Bodies from anthropometric tables: masses, stature, build."""

import mujoco
import numpy as np
import pytest

from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.anthropometry import DE_LEVA, draw_subject
from qleap_edge.physics.mjcf import SENSORS, compile_body
from qleap_edge.physics.randomize import RELEASE


@pytest.mark.parametrize("sex", ["female", "male"])
def test_de_leva_masses_sum_to_the_body(sex):
    rows = DE_LEVA[sex]
    paired = ("upper_arm", "forearm", "hand", "thigh", "shank", "foot")
    assert sum(row.mass * (2 if name in paired else 1) for name, row in rows.items()) == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize("index", range(6))
def test_a_drawn_subject_has_its_stature_and_mass(index):
    subject = draw_subject(index, RELEASE, np.random.default_rng(index))
    model = compile_body(subject)
    assert model.body_mass.sum() == pytest.approx(subject.mass_kg)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    joints = data.sensordata[SENSORS.joints].reshape(17, 3)
    soles = data.sensordata[SENSORS.foot_points].reshape(4, 3)
    assert joints[JOINT_INDEX["head"], 2] - soles[0, 2] == pytest.approx(subject.stature_m)


def test_stature_and_build_stay_in_their_bounds():
    subjects = [draw_subject(index, RELEASE, np.random.default_rng(index)) for index in range(300)]
    stature = np.array([subject.stature_m for subject in subjects])
    bmi = np.array([subject.mass_kg / subject.stature_m**2 for subject in subjects])
    assert 1.48 <= stature.min() < 1.58 and 1.85 < stature.max() <= 1.98
    assert 17.5 <= bmi.min() < 19.0 and 31.0 < bmi.max() <= 35.0
    assert {subject.sex for subject in subjects} == {"female", "male"}
