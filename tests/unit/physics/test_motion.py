"""Exercises through MuJoCo: planted feet, balance, ground reaction, and the gyro against the orientation it integrates to."""

import itertools
from dataclasses import dataclass, replace

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.balance import balance
from qleap_edge.physics.carriage import moved, on_legs
from qleap_edge.physics.dynamics import airborne, prescribed_dynamics
from qleap_edge.physics.exercises import arm_lift, deadlift, idle, squat
from qleap_edge.physics.exercises.catalogue import CATALOGUE, exercise_model
from qleap_edge.physics.exercises.standing import column
from qleap_edge.physics.exercises.walk import standing_place
from qleap_edge.physics.feasibility import (
    MAX_SLIDE_M,
    contact,
    floor_refusal,
    foot_slide,
    posture_refusal,
    support_margin,
)
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.laws import Choice, Law, LogUniform, Share, Uniform
from qleap_edge.physics.load import Load
from qleap_edge.physics.mjcf import Mannequin
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.states import PAD, differentiate

STEP = 0.01
COUNT = 12
DURATION_S = 6.0
MANNEQUIN = Mannequin("prescribed")


@dataclass
class Run:
    simulated: object
    states: object
    row: int
    plan: object
    subject: object
    motion: object
    weight: float

    @property
    def pinned(self) -> np.ndarray:
        return self.motion.pinned[self.row, PAD:-PAD]

    def refusal(self, gate) -> str | None:
        reachable = self.motion.reachable[self.row, PAD:-PAD]
        stood = contact(self.simulated, self.pinned)
        no_body = posture_refusal(self.simulated.qpos, MANNEQUIN.limits, reachable)
        return no_body or floor_refusal(self.simulated, stood, gate)


def make(name: str, monkeypatch=None, laws=RELEASE) -> tuple[list[Run], list[np.ndarray]]:
    """Return runs and the centre-of-mass targets that their balance was asked for."""
    targets: list[np.ndarray] = []
    if monkeypatch is not None:

        def spy(body, stance):
            targets.append(stance.com_target)
            return balance(body, stance)

        homes = {
            "squat": squat,
            "idle": idle,
            "deadlift": deadlift,
            "overhead_press": arm_lift,
            "biceps_curl": arm_lift,
        }
        monkeypatch.setattr(homes[name], "balance", spy)
    kind = exercise_model(name)
    subjects = [draw_subject(index, laws, np.random.default_rng(index)) for index in range(COUNT)]
    plans = [
        kind.draw(subject, DURATION_S, laws, np.random.default_rng([7, index]))
        for index, subject in enumerate(subjects)
    ]
    time = np.tile((np.arange(round(DURATION_S / STEP) + 1 + 2 * PAD) - PAD) * STEP, (COUNT, 1))
    body = BodyBatch.stack(subjects, [plan.load for plan in plans])
    motion = on_legs(body, kind.carriage(plans, body, time))
    states = differentiate(motion.pelvis, motion.angles, np.full(COUNT, STEP))
    runs = []
    for row, subject in enumerate(subjects):
        MANNEQUIN.dress(subject, plans[row].load)
        simulated = prescribed_dynamics(MANNEQUIN, states.qpos[row], states.qvel[row], states.qacc[row])
        weight = (subject.mass_kg + plans[row].load.total_kg) * STANDARD_GRAVITY
        runs.append(Run(simulated, states, row, plans[row], subject, motion, weight))
    return runs, targets


@pytest.fixture(scope="module", params=sorted(CATALOGUE))
def runs(request) -> tuple[str, list[Run]]:
    name = request.param
    gate = exercise_model(name).gate
    feasible = [run for run in make(name)[0] if run.refusal(gate) is None]
    assert len(feasible) >= COUNT * 0.7
    return name, feasible


def test_a_foot_that_must_not_move_does_not(runs):
    name, feasible = runs
    for run in feasible:
        pinned = run.pinned
        assert foot_slide(run.simulated.foot_points, pinned).max() <= MAX_SLIDE_M
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
    name, feasible = runs
    for run in feasible:
        force = run.simulated.ground.force
        assert run.simulated.weight == pytest.approx(run.weight)
        assert (force[:, 2] > (-0.05 * run.weight if exercise_model(name).gate.flight else 0.0)).all()
        # A jumper is cut out of his rhythm; everybody else ends as he began.
        assert force[:, 2].mean() / run.weight == pytest.approx(1.0, abs=0.06 if name == "jumping_jack" else 0.01)


def test_newton_holds_for_the_whole_body(runs):
    """Force = mass × (acceleration of the centre of mass - gravity): the same floor by another road."""
    for run in runs[1][:3]:
        com = run.simulated.centre_of_mass
        acceleration = (com[2:] - 2.0 * com[1:-1] + com[:-2]) / STEP**2
        expected = run.weight / STANDARD_GRAVITY * (acceleration + np.array([0.0, 0.0, STANDARD_GRAVITY]))
        force = run.simulated.ground.force[1:-1]
        assert np.sqrt(((force - expected) ** 2).mean()) < 0.03 * run.weight


def test_who_stands_on_both_feet_presses_between_them():
    for name in ("squat", "deadlift", "overhead_press", "biceps_curl", "idle"):
        gate = exercise_model(name).gate
        feasible = [run for run in make(name)[0] if run.refusal(gate) is None]
        margin = np.concatenate([support_margin(run.simulated, run.pinned) for run in feasible])
        assert (margin >= 0.0).mean() >= 0.99, name


def test_a_jumper_flies_as_a_projectile():
    for run in make("jumping_jack")[0]:
        aloft = airborne(run.simulated) & ~run.pinned.any(axis=1)
        assert 0.15 < aloft.mean() < 0.6
        inner = aloft[2:] & aloft[1:-1] & aloft[:-2]
        com = run.simulated.centre_of_mass
        acceleration = ((com[2:] - 2.0 * com[1:-1] + com[:-2]) / STEP**2)[inner]
        np.testing.assert_allclose(np.median(acceleration, axis=0), [0.0, 0.0, -STANDARD_GRAVITY], atol=0.05)


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
        # The watch on the line from wrist to elbow, 27 mm out of it: rebuilt from the points and its own frame.
        joints, out = run.simulated.joints, truth.as_matrix()[:, :, 2]
        along = joints[:, 12] - joints[:, 13]
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        watch = joints[:, 13] + run.subject.watch_to_wrist_m * along + run.subject.watch_height_m * out
        inner = -watch[4:] + 16.0 * watch[3:-1] - 30.0 * watch[2:-2] + 16.0 * watch[1:-3] - watch[:-4]
        error = world[2:-2] - inner / (12.0 * STEP**2)
        assert np.sqrt((error**2).mean()) < 0.03 * np.sqrt((world**2).mean()) + 0.02


def test_velocities_match_mujoco(runs):
    """The five-point rule is MuJoCo's own difference over one step and over two, extrapolated (Richardson)."""
    run = runs[1][0]
    qpos, qvel = run.states.qpos[run.row], run.states.qvel[run.row]
    reference = np.empty_like(qvel[2:-2])
    one, two = np.empty(qvel.shape[1]), np.empty(qvel.shape[1])
    for index in range(2, len(qpos) - 2):
        mujoco.mj_differentiatePos(MANNEQUIN.model, one, 2.0 * STEP, qpos[index - 1], qpos[index + 1])
        mujoco.mj_differentiatePos(MANNEQUIN.model, two, 4.0 * STEP, qpos[index - 2], qpos[index + 2])
        reference[index - 2] = (4.0 * one - two) / 3.0
    np.testing.assert_allclose(reference, qvel[2:-2], atol=2e-3)


@pytest.mark.parametrize("name", ["squat", "idle", "deadlift", "overhead_press", "biceps_curl"])
def test_the_centre_of_mass_is_where_it_was_asked_for(name, monkeypatch):
    runs, targets = make(name, monkeypatch)
    worst = max(
        np.abs(run.simulated.centre_of_mass[:, :2].T - targets[0][:, run.row, PAD:-PAD]).max()
        for run in runs
        if run.motion.reachable[run.row].all()
    )
    assert worst <= 0.5e-3


def test_a_squat_goes_down_and_up_again():
    # Without bends under the bar, which are not repetitions.
    laws = replace(RELEASE, unrack=replace(RELEASE.unrack, share=0.0))
    for run in make("squat", laws=laws)[0]:
        height = run.simulated.qpos[:, 2]
        assert height[0] == pytest.approx(height.max(), abs=0.02)
        assert height.min() < 0.85 * height[0]
        assert height[-1] == pytest.approx(height[0], abs=0.02)


def test_a_heel_that_rises_takes_the_body_over_the_ball():
    laws = replace(RELEASE, heel_rise_m=type(RELEASE.heel_rise_m)(*[RELEASE.heel_rise_m.severe] * 3))
    feasible = [run for run in make("squat", laws=laws)[0] if run.refusal(exercise_model("squat").gate) is None]
    assert len(feasible) >= 3
    for run in feasible:
        heels = run.simulated.foot_points[:, (0, 2), 2]
        full = max(one.depth for one in run.plan.repetitions) >= 0.95
        assert heels.max() == pytest.approx(run.plan.heel_rise, rel=0.06) or not full
        up = ~run.pinned[:, 0]
        heel, ball = (run.simulated.foot_points[up][:, points, 0].mean(axis=1) for points in ((0, 2), (1, 3)))
        pad = ball - 0.15 * (ball - heel)
        assert up.any() and (run.simulated.ground.pressure_centre[up, 0] >= pad - 1e-3).all()


def test_a_lunge_ends_where_it_began():
    for run in make("lunge")[0]:
        feet = run.simulated.foot_points
        np.testing.assert_allclose(feet[-1], feet[0], atol=1e-9)
        assert np.ptp(feet[:, (0, 2), 0], axis=0).max() > 0.25 * run.subject.stature_m


def test_a_transition_changes_its_exercise_half_way():
    runs, _ = make("transition")
    time = np.arange(len(runs[0].simulated.qpos)) * STEP
    for run in runs:
        ids = exercise_model("transition").exercises(run.plan, time)
        changes = np.flatnonzero(np.diff(ids))
        assert len(changes) == len(run.plan.parts) - 1
        assert [ids[0], *ids[changes + 1]] == [EXERCISE_ID[part.exercise] for part in run.plan.parts]
        for change, part, later in zip(changes, run.plan.parts, run.plan.parts[1:], strict=False):
            assert part.end_s < time[change] < later.start_s


def warm_ups(move: str, posture: str | None = None, **laws: Law) -> list[Run]:
    runs = make("warm_up", laws=replace(RELEASE, warm_up_move=Choice(**{move: 1.0}), **laws))[0]
    assert {run.plan.posture for run in runs} == {posture or move}
    feasible = [run for run in runs if run.refusal(exercise_model("warm_up").gate) is None]
    assert len(feasible) >= COUNT * 0.6
    return feasible


def bone(run: Run, start: str, end: str) -> np.ndarray:
    joints = run.simulated.joints
    return joints[:, JOINT_INDEX[end]] - joints[:, JOINT_INDEX[start]]


def test_a_raised_knee_comes_up_while_the_other_foot_stands():
    for run in warm_ups("knee_raise"):
        thighs = {side: bone(run, f"{side}_hip", f"{side}_knee") for side in ("left", "right")}
        lean = {side: np.arctan2(np.hypot(v[:, 0], v[:, 1]), -v[:, 2]) for side, v in thighs.items()}
        assert max(lean["left"].max(), lean["right"].max()) == pytest.approx(run.plan.knee, abs=0.45)
        assert (run.pinned[:, :2].all(axis=1) | run.pinned[:, 2:].all(axis=1)).mean() > 0.95


def test_circling_arms_go_round_as_often_as_the_plan_says():
    for run in warm_ups("arm_circle"):
        for index, side in enumerate(("left", "right")):
            arm = bone(run, f"{side}_shoulder", f"{side}_elbow")
            abduction = np.arcsin(np.abs(arm[:, 1]) / np.linalg.norm(arm, axis=1))
            flexion = np.unwrap(np.arctan2(arm[:, 0], -arm[:, 2]))
            angle = np.unwrap(np.arctan2(abduction - abduction.mean(), flexion - flexion.mean()))
            turns = abs(angle[-1] - angle[0]) / (2.0 * np.pi)
            if run.plan.circle.sides[index]:
                assert turns == pytest.approx(abs(run.plan.circle.rate_hz) * DURATION_S, abs=0.6)


def test_who_touches_the_toes_brings_both_hands_below_the_knees():
    lowest = []
    for run in warm_ups("toe_touch", to_one_foot=Share(0.0)):
        joints = run.simulated.joints
        hands = joints[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]], 2].mean(axis=1)
        lowest.append(hands.min() - joints[hands.argmin(), JOINT_INDEX["left_knee"], 2])
    assert np.median(lowest) < 0.0


def test_in_a_windmill_one_hand_is_down_where_the_other_is_up():
    apart = []
    for run in warm_ups("toe_touch", "windmill", to_one_foot=Share(1.0), windmill=Share(1.0)):
        hands = run.simulated.joints[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]], 2]
        apart.append(np.ptp(hands, axis=1).max())
        assert (hands[:, 0] < hands[:, 1]).any() and (hands[:, 1] < hands[:, 0]).any()
    assert np.median(apart) > 0.7


def test_a_knee_that_rises_takes_the_arm_of_its_side_back_and_the_other_ahead():
    quiet = {"warm_up_arms": Choice(hanging=1.0), "free_arm_unrest": LogUniform(1e-6, 2e-6)}
    for run in warm_ups("knee_raise", knee_raise_swing_deg=Uniform(40.0, 41.0), **quiet):
        ahead = {side: bone(run, f"{side}_hip", f"{side}_knee")[:, 0] for side in ("left", "right")}
        elbows = bone(run, "right_shoulder", "right_elbow") - bone(run, "left_shoulder", "left_elbow")
        assert np.corrcoef(ahead["left"] - ahead["right"], elbows[:, 0])[0, 1] > 0.8


def test_a_twist_turns_the_shoulders_over_feet_that_stay():
    for run in warm_ups("twist"):
        across = bone(run, "right_shoulder", "left_shoulder")
        turned = np.abs(np.arctan2(-across[:, 0], across[:, 1])).max()
        assert turned == pytest.approx(run.plan.turn, abs=0.15)
        assert run.pinned.all()


def test_a_walker_covers_the_ground_its_steps_promise():
    runs, _ = make("walk")
    plans = [run.plan for run in runs]
    speed = 2.0 * column(plans, "step_length") * column(plans, "stride_hz")
    for run, expected in zip(runs, speed[:, 0], strict=True):
        path = np.linalg.norm(np.diff(run.simulated.centre_of_mass[:, :2], axis=0), axis=1).sum()
        assert path / DURATION_S == pytest.approx(expected, rel=0.03)


def test_a_walker_who_stops_stands_on_both_feet_where_the_path_ends():
    subject = draw_subject(2, RELEASE, np.random.default_rng(2))
    plan = exercise_model("walk").draw(subject, 8.0, RELEASE, np.random.default_rng(3))
    plan = replace(plan, starts_s=2.0, stops_s=4.0)
    time = np.arange(0.0, 8.0, STEP)[None]
    feet = exercise_model("walk").carriage([plan], BodyBatch.stack([subject]), time).feet
    ankles = np.stack([feet[side].ankle[:, 0] for side in ("left", "right")])  # side, axis, time
    for still in (slice(0, round((2.0 - plan.steps_off_s) / STEP)), slice(round((4.0 + plan.settles_s) / STEP), None)):
        assert np.abs(ankles[:, :, still] - ankles[:, :, still][:, :, :1]).max() < 1e-9
        np.testing.assert_allclose(ankles[:, 2, still], subject.lengths["ankle_height"], atol=1e-12)
    x, y, heading = standing_place(plan, 8.0)
    speed = 2.0 * plan.step_length * plan.stride_hz
    middle = ankles[:, :, -1].mean(axis=0)
    np.testing.assert_allclose(middle[:2], [x, y], atol=1e-9)
    assert plan.curvature * speed * 2.0 == pytest.approx(heading, abs=1e-9)  # full pace from 2.5 s to 4.5 s, in effect
    across = ankles[0, :2, -1] - ankles[1, :2, -1]
    np.testing.assert_allclose(across, 2.0 * plan.half_width * np.array([-np.sin(heading), np.cos(heading)]), atol=1e-9)


def test_after_a_walk_the_next_exercise_stands_where_it_ended():
    found = 0
    for run in make("transition")[0]:
        parts = run.plan.parts
        for part, later in itertools.pairwise(parts):
            if part.exercise == "walk":
                found += 1
                index = round(later.start_s / STEP)
                ankles = run.simulated.joints[index, [3, 6], :2].mean(axis=0)
                np.testing.assert_allclose(ankles, later.place[:2], atol=1e-6)
    assert found


def test_a_carriage_can_be_carried_elsewhere():
    """Moved and turned as a whole, legs included: joint angles stay, joints move rigidly."""
    kind = exercise_model("squat")
    subject = draw_subject(1, RELEASE, np.random.default_rng(1))
    plan = kind.draw(subject, 4.0, RELEASE, np.random.default_rng(1))
    body, time = BodyBatch.stack([subject], [plan.load]), np.arange(0.0, 4.0, STEP)[None]
    carriage = kind.carriage([plan], body, time)
    there = moved(carriage, np.array([[[2.0]], [[-1.0]]]), np.array([[0.7]]))
    before, after = on_legs(body, carriage), on_legs(body, there)
    for name, angle in before.angles.items():
        np.testing.assert_allclose(after.angles[name], angle, atol=1e-9)
    turn = Rotation.from_euler("z", 0.7)
    expected = turn.apply(before.pelvis.position[:, 0].T) + np.array([2.0, -1.0, 0.0])
    np.testing.assert_allclose(after.pelvis.position[:, 0].T, expected, atol=1e-12)


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
            MANNEQUIN.dress(mean_subject("male", 1.75, 75.0), Load())
            simulated = prescribed_dynamics(MANNEQUIN, qpos, zero, zero)
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
