"""Arm postures put the wrist where their names say."""

import numpy as np

from qleap_edge.physics.dynamics import prescribed_dynamics
from qleap_edge.physics.load import Load
from tests.support.motions import (
    BODY,
)


def test_hands_on_hips_are_on_the_hips():
    """The left wrist of the posture lies beside the pelvis, and crossed arms lie before the chest."""
    from qleap_edge.physics.anthropometry import mean_subject
    from qleap_edge.physics.arms import ARM_HINGES, POSTURES, draw_posture
    from qleap_edge.physics.body import DOF_COUNT, QPOS

    places = {}
    for name in POSTURES:
        wrists = []
        for seed in range(8):
            qpos = np.zeros((1, 1 + DOF_COUNT))
            qpos[0, 3] = 1.0
            angles = draw_posture(np.random.default_rng(seed), name)
            for hinge, angle in zip(ARM_HINGES, angles[0], strict=True):
                qpos[0, QPOS[f"left_{hinge}"]] = angle
            zero = np.zeros((1, DOF_COUNT))
            BODY.set_subject(mean_subject("male", 1.75, 75.0), Load())
            simulated = prescribed_dynamics(BODY, qpos, zero, zero)
            wrists.append(simulated.joints[0, 13])
        places[name] = np.mean(wrists, axis=0)
    x, y, z = places["hips"]
    assert abs(x) < 0.16 and 0.08 < y < 0.32 and abs(z - 0.1) < 0.15
    x, y, z = places["crossed"]
    assert x > 0.12 and abs(y) < 0.2 and 0.2 < z < 0.5
    x, y, z = places["bar"]
    assert y > 0.2 and 0.42 < z < 0.75
    x, y, z = places["forward"]
    assert x > 0.3 and abs(z - 0.45) < 0.25
    x, y, z = places["front_rack"]
    assert 0.0 < x < 0.4 and y > 0.05 and 0.35 < z < 0.75
    x, y, z = places["overhead"]
    assert abs(x) < 0.35 and z > 0.9
    x, y, z = places["curl_up"]
    assert x > 0.05 and 0.25 < z < 0.6
    assert places["curl_down"][2] < 0.05 and places["grip"][2] < 0.05
    x, y, z = places["goblet"]
    assert x > 0.1 and abs(y) < 0.25 and 0.25 < z < 0.6
    assert places["hanging"][2] < 0.0
