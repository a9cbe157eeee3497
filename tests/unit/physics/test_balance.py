"""The centre of mass is where a stance asks for it."""

import numpy as np
import pytest

from qleap_edge.physics.balance import balance
from qleap_edge.physics.dynamics import PAD
from qleap_edge.physics.exercises import arm_lift, deadlift, idle, squat
from qleap_edge.physics.randomize import RELEASE, standing_only
from tests.support.motions import make_runs


@pytest.mark.parametrize("name", ["squat", "idle", "deadlift", "overhead_press", "biceps_curl"])
def test_the_centre_of_mass_is_where_it_was_asked_for(name, monkeypatch):
    targets: list[np.ndarray] = []

    def spy(body, stance):
        targets.append(stance.com_target)
        return balance(body, stance)

    home = {"squat": squat, "idle": idle, "deadlift": deadlift}.get(name, arm_lift)
    monkeypatch.setattr(home, "balance", spy)
    runs = make_runs(name, standing_only(RELEASE))
    worst = max(
        np.abs(run.simulated.centre_of_mass[:, :2].T - targets[0][:, run.row, PAD:-PAD]).max()
        for run in runs
        if run.motion.reachable[run.row].all()
    )
    assert worst <= 0.5e-3
