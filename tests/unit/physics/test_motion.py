"""Exercises through MuJoCo: planted feet, balance, ground reaction, and the gyro against the orientation it integrates to."""

from dataclasses import dataclass

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.balance import balance
from qleap_edge.physics.body import compile_body
from qleap_edge.physics.dynamics import MAX_SLIDE_M, foot_slide, ground_reaction, inverse_dynamics, refusal
from qleap_edge.physics.exercises import idle, squat
from qleap_edge.physics.exercises.catalogue import CATALOGUE, exercise_model
from qleap_edge.physics.exercises.standing import column
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.states import PAD, differentiate

STEP = 0.01
COUNT = 12


@dataclass
class Run:
    simulated: object
    states: object
    row: int
    plan: object
    subject: object
    motion: object
    model: object


def make(name: str, monkeypatch=None) -> tuple[list[Run], list[np.ndarray]]:
    """Return feasible runs and the centre-of-mass targets that their balance was asked for."""
    targets: list[np.ndarray] = []
    if monkeypatch is not None:

        def spy(body, stance):
            targets.append(stance.com_target)
            return balance(body, stance)

        monkeypatch.setattr({"squat": squat, "idle": idle}[name], "balance", spy)
    kind = exercise_model(name)
    subjects = [draw_subject(index, np.random.default_rng(index)) for index in range(COUNT)]
    plans = [kind.draw(subject, 5.0, np.random.default_rng([7, index])) for index, subject in enumerate(subjects)]
    time = np.tile((np.arange(501 + 2 * PAD) - PAD) * STEP, (COUNT, 1))
    motion = kind.motion(plans, BodyBatch.stack(subjects), time)
    states = differentiate(motion.pelvis, motion.angles, np.full(COUNT, STEP))
    runs = []
    for row, subject in enumerate(subjects):
        model = compile_body(subject)
        simulated = inverse_dynamics(model, states.qpos[row], states.qvel[row], states.qacc[row])
        runs.append(Run(simulated, states, row, plans[row], subject, motion, model))
    return runs, targets


@pytest.fixture(scope="module", params=sorted(CATALOGUE))
def runs(request) -> tuple[str, list[Run]]:
    name = request.param
    kind = exercise_model(name)
    feasible = [
        run
        for run in make(name)[0]
        if refusal(
            run.model,
            run.simulated,
            run.motion.reachable[run.row, PAD:-PAD],
            run.motion.pinned[run.row, PAD:-PAD],
            kind.gate,
        )
        is None
    ]
    assert len(feasible) >= COUNT * 0.7
    return name, feasible


def test_a_foot_that_must_not_move_does_not(runs):
    name, feasible = runs
    for run in feasible:
        pinned = run.motion.pinned[run.row, PAD:-PAD]
        assert foot_slide(run.simulated, pinned) <= MAX_SLIDE_M
        points = run.simulated.foot_points
        for point in range(4):
            ranges = np.flatnonzero(np.diff(np.concatenate([[0], pinned[:, point].astype(int), [0]])))
            for first, last in zip(ranges[::2], ranges[1::2], strict=True):
                held = points[first:last, point]
                assert np.abs(held - held[0]).max() <= 1e-6, (name, point)
                assert np.abs(held[:, 2]).max() <= 1e-6  # on the floor


def test_no_foot_goes_through_the_floor(runs):
    for run in runs[1]:
        assert run.simulated.foot_points[:, :, 2].min() >= -2e-3


def test_the_floor_carries_the_body(runs):
    for run in runs[1]:
        force = ground_reaction(run.simulated).force
        weight = run.subject.mass_kg * STANDARD_GRAVITY
        assert (force[:, 2] > 0.0).all()
        assert force[:, 2].mean() / weight == pytest.approx(1.0, abs=0.01)


def test_newton_holds_for_the_whole_body(runs):
    """Force = mass × (acceleration of the centre of mass - gravity): the same root force by another road."""
    for run in runs[1][:3]:
        com = run.simulated.centre_of_mass
        acceleration = (com[2:] - 2.0 * com[1:-1] + com[:-2]) / STEP**2
        expected = run.subject.mass_kg * (acceleration + np.array([0.0, 0.0, STANDARD_GRAVITY]))
        force = ground_reaction(run.simulated).force[1:-1]
        assert np.sqrt(((force - expected) ** 2).mean()) < 0.03 * run.subject.mass_kg * STANDARD_GRAVITY


def test_the_gyro_integrates_to_the_orientation(runs):
    for run in runs[1]:
        for side in ("left", "right"):
            rate = run.simulated.watch(side)[:, 3:]
            truth = Rotation.from_quat(run.simulated.watch_orientation(side), scalar_first=True)
            turned = truth[0]
            worst = 0.0
            for index in range(len(rate) - 1):
                turned = turned * Rotation.from_rotvec(0.5 * (rate[index] + rate[index + 1]) * STEP)
                worst = max(worst, (turned.inv() * truth[index + 1]).magnitude())
            assert np.degrees(worst) <= 0.5


def test_the_accelerometer_is_the_second_derivative_of_the_site(runs):
    for run in runs[1][:4]:
        truth = Rotation.from_quat(run.simulated.watch_orientation("left"), scalar_first=True)
        world = truth.apply(run.simulated.watch("left")[:, :3]) - np.array([0.0, 0.0, STANDARD_GRAVITY])
        # The wrist joint is a few centimetres from the watch: compare slow drift, that is the velocity change.
        wrist = run.simulated.joints[:, 13]
        change = (wrist[-1] - wrist[-2] - wrist[1] + wrist[0]) / STEP
        assert np.abs(world[1:-1].sum(axis=0) * STEP - change).max() < 0.25


def test_velocities_match_mujoco(runs):
    run = runs[1][0]
    qpos, qvel = run.states.qpos[run.row], run.states.qvel[run.row]
    reference = np.empty_like(qvel[1:-1])
    for index in range(1, len(qpos) - 1):
        mujoco.mj_differentiatePos(run.model, reference[index - 1], 2.0 * STEP, qpos[index - 1], qpos[index + 1])
    # Three points against five: they differ by (2πf·step)²/6 of the signal.
    assert np.abs(reference - qvel[1:-1]).max() < 0.02 * np.abs(qvel).max() + 2e-3


@pytest.mark.parametrize("name", ["squat", "idle"])
def test_the_centre_of_mass_is_where_it_was_asked_for(name, monkeypatch):
    runs, targets = make(name, monkeypatch)
    worst = max(
        np.abs(run.simulated.centre_of_mass[:, :2].T - targets[0][:, run.row, PAD:-PAD]).max()
        for run in runs
        if run.motion.reachable[run.row].all()
    )
    assert worst <= 0.5e-3


def test_a_squat_goes_down_and_up_again():
    runs, _ = make("squat")
    for run in runs:
        height = run.simulated.qpos[:, 2]
        assert height[0] == pytest.approx(height.max(), abs=0.02)
        assert height.min() < 0.85 * height[0]
        assert height[-1] == pytest.approx(height[0], abs=0.02)


def test_a_walker_covers_the_ground_its_steps_promise():
    runs, _ = make("walk")
    plans = [run.plan for run in runs]
    speed = 2.0 * column(plans, "step_length") * column(plans, "stride_hz")
    for run, expected in zip(runs, speed[:, 0], strict=True):
        path = np.linalg.norm(np.diff(run.simulated.centre_of_mass[:, :2], axis=0), axis=1).sum()
        assert path / 5.0 == pytest.approx(expected, rel=0.03)


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
            simulated = inverse_dynamics(compile_body(mean_subject("male", 1.75, 75.0)), qpos, zero, zero)
            wrists.append(simulated.joints[0, 13])
        places[name] = np.mean(wrists, axis=0)
    x, y, z = places["hips"]
    assert abs(x) < 0.16 and 0.08 < y < 0.32 and abs(z - 0.1) < 0.15
    x, y, z = places["crossed"]
    assert x > 0.12 and abs(y) < 0.2 and 0.2 < z < 0.5
    x, y, z = places["bar"]
    assert y > 0.2 and 0.42 < z < 0.75
    x, y, z = places["forward"]
    assert x > 0.45 and abs(z - 0.49) < 0.15
    x, y, z = places["goblet"]
    assert x > 0.1 and abs(y) < 0.25 and 0.25 < z < 0.6
    assert places["hanging"][2] < 0.0
