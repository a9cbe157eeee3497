"""The strap: rest and free fall unchanged, the fast filter against an ODE solver, its limits, and what creep does."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.spatial.transform import Rotation

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.physics.strap import MAX_FREQUENCY_SHARE, Spring, Strap, in_turned_axes

SENSORS = [load_sensor(sensor_path(name)) for name in ("apple_watch", "apple_watch_stress")]
STIFF, LOOSE = Spring(1e6, 1.0), Spring(1e-6, 0.3)
TIGHT = Strap(np.eye(3), np.zeros(3), STIFF, STIFF)
FREQUENCY_HZ = np.array([0.4, 0.9, 1.7])


def drawn(sensor, seed: int, rate_hz: float = 100.0) -> Strap:
    return Strap.draw(sensor, rate_hz, np.random.default_rng(seed))


def swing(time: np.ndarray) -> np.ndarray:
    """Three channels that leave the steady state gently, as the fourth power of time."""
    return ((1.0 - np.cos(2 * np.pi * FREQUENCY_HZ * np.asarray(time)[..., None])) ** 2).T


def moving(count: int, rate_hz: float) -> np.ndarray:
    channels = swing(np.arange(count) / rate_hz).T
    return np.hstack([channels + np.array([0, 0, STANDARD_GRAVITY]), channels])


def reference(spring: Spring, time: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return position, velocity and acceleration of y'' + 2ζω₀ y' + ω₀² y = -u by an adaptive Runge-Kutta method."""
    w, z = spring.natural_frequency_rad_s, spring.damping_ratio

    def motion(t, state):
        return np.concatenate([state[3:], -swing(t) - 2 * z * w * state[3:] - w * w * state[:3]])

    state = solve_ivp(motion, (0.0, time[-1]), np.zeros(6), t_eval=time, method="DOP853", rtol=1e-9, atol=1e-12).y
    return state[:3], state[3:], -swing(time) - 2 * z * w * state[3:] - w * w * state[:3]


@pytest.mark.parametrize(("rate_hz", "within"), [(100.0, 0.06), (400.0, 0.004), (1600.0, 0.00025)])
@pytest.mark.parametrize("spring", [Spring(22.0, 0.05), Spring(60.0, 0.2), Spring(140.0, 0.5)], ids=str)
def test_the_filter_follows_the_differential_equation(spring, rate_hz, within):
    time = np.arange(int(3 * rate_hz)) / rate_hz
    _, velocity, acceleration = reference(spring, time)
    fast = spring.relative_motion(swing(time), 1 / rate_hz, order=2)
    assert np.abs(fast - acceleration).max() < within * np.abs(acceleration).max()
    # Order 1 answers the drive's derivative in place of the drive: the position for angular velocity as a drive.
    fast = spring.relative_motion(swing(time), 1 / rate_hz, order=1)
    assert np.abs(fast - velocity).max() < within * np.abs(velocity).max()


def test_relative_angular_velocity_is_the_rate_of_the_relative_rotation():
    spring, step = Spring(30.0, 0.1), 0.01
    drive = swing(np.arange(300) * step)
    turn, rate = (spring.relative_motion(drive, step, order=order) for order in (1, 2))
    np.testing.assert_allclose(np.diff(turn), step * (rate[:, 1:] + rate[:, :-1]) / 2, atol=1e-13)


def test_a_slow_drive_makes_a_watch_sag_by_mass_over_stiffness():
    # Quasi-static: x = -f/ω₀², so x'' = -f''/ω₀², here for f = (1 - cos wt)² = 1.5 - 2 cos wt + 0.5 cos 2wt.
    spring, time = Spring(100.0, 0.7), np.arange(400) / 100.0
    angle = 2 * np.pi * FREQUENCY_HZ[0] * time
    scale = (2 * np.pi * FREQUENCY_HZ[0] / 100.0) ** 2
    relative = spring.relative_motion(swing(time), 0.01, order=2)[0]
    np.testing.assert_allclose(relative, -2 * scale * (np.cos(angle) - np.cos(2 * angle)), atol=0.3 * scale)


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda sensor: sensor.name)
def test_a_watch_at_rest_reads_g_and_one_in_free_fall_nothing(sensor):
    for seed in range(40):
        strap = drawn(sensor, seed)
        rest = np.tile([3.0, -4.0, np.sqrt(STANDARD_GRAVITY**2 - 25.0), 0, 0, 0], (400, 1))
        sensed = strap.apply(rest, 0.01)
        np.testing.assert_allclose(np.linalg.norm(sensed[:, :3], axis=1), STANDARD_GRAVITY, rtol=0, atol=1e-9)
        fixed = replace(strap, creep=np.zeros(3)).apply(rest, 0.01)
        np.testing.assert_allclose(fixed[:, :3], np.tile(strap.tilt @ rest[0, :3], (400, 1)), rtol=0, atol=1e-12)
        assert (fixed[:, 3:] == 0).all()
        assert (strap.apply(np.zeros((400, 6)), 0.01)[:, :3] == 0).all()


def test_steady_turning_is_felt_unchanged():
    strap = replace(drawn(SENSORS[0], 3), creep=np.zeros(3))
    turning = np.tile([0, 0, 9.0, 1.0, -2.0, 0.5], (300, 1))
    np.testing.assert_allclose(strap.apply(turning, 0.01)[:, 3:], turning[:, 3:] @ strap.tilt.T, atol=1e-12)


def test_a_very_stiff_strap_is_rigid():
    motion = moving(300, 100.0)
    np.testing.assert_allclose(TIGHT.apply(motion, 0.01), motion, atol=1e-5)
    tilt = Rotation.from_euler("xyz", [10, -20, 5], degrees=True).as_matrix()
    both = np.hstack([motion[:, :3] @ tilt.T, motion[:, 3:] @ tilt.T])
    np.testing.assert_allclose(replace(TIGHT, tilt=tilt).apply(motion, 0.01), both, atol=1e-5)


def test_without_a_spring_the_watch_stays_behind():
    motion = moving(300, 100.0)
    floating = replace(TIGHT, translation=LOOSE).apply(motion, 0.01)
    np.testing.assert_allclose(floating[:, :3], np.tile(motion[0, :3], (300, 1)), atol=1e-4)
    # The forearm turns under a watch that does not: in the watch's axes nothing rotates.
    np.testing.assert_allclose(LOOSE.relative_motion(motion[:, 3:].T, 0.01, order=2), -motion[:, 3:].T, atol=1e-4)


def test_the_gyroscope_feels_the_creep():
    creep = np.array([0.03, -0.05, 0.02])
    strap, step = replace(TIGHT, creep=creep), 0.01
    sensed = strap.apply(np.tile([0, 0, STANDARD_GRAVITY, 0, 0, 0], (501, 1)), step)
    np.testing.assert_allclose(sensed[-1, :3], Rotation.from_rotvec(-creep).apply([0, 0, STANDARD_GRAVITY]), atol=1e-9)
    np.testing.assert_allclose(np.trapezoid(sensed[:, 3:], dx=step, axis=0), creep, atol=1e-5)
    # A fixed direction seen from turning axes: df/dt = -ω × f.
    force, rate = sensed[:, :3], sensed[:, 3:]
    np.testing.assert_allclose((force[2:] - force[:-2]) / (2 * step), -np.cross(rate, force)[1:-1], atol=1e-4)
    assert np.abs(np.diff(rate, axis=0)).max() < 1e-3


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda sensor: sensor.name)
@pytest.mark.parametrize("rate_hz", [50.0, 99.0, 101.0, 200.0])
def test_every_drawn_strap_is_stable_and_slow_enough_for_its_clock(sensor, rate_hz):
    shock = np.zeros((int(20 * rate_hz), 6))
    shock[5:8] = 100.0
    for seed in range(60):
        strap = drawn(sensor, seed, rate_hz)
        for spring in (strap.translation, strap.rotation):
            assert 0 < spring.natural_frequency_rad_s <= 2 * np.pi * MAX_FREQUENCY_SHARE * rate_hz * (1 + 1e-12)
            assert (
                sensor.strap_damping_ratio.numbers[0] <= spring.damping_ratio <= sensor.strap_damping_ratio.numbers[1]
            )
            response = spring.relative_motion(shock[:, :3].T, 1 / rate_hz, order=2)
            assert np.abs(response).max() < 400.0
            assert np.abs(response[:, -20:]).max() < 1e-2


def test_a_spring_is_no_stiffer_than_the_clock_can_show():
    assert Spring.of(50.0, 0.05, 0.2, 100.0).natural_frequency_rad_s == pytest.approx(np.sqrt(1000.0))
    assert Spring.of(1e9, 0.05, 0.2, 100.0).natural_frequency_rad_s == pytest.approx(2 * np.pi * 35.0)


def test_axes_are_turned_as_scipy_turns_them():
    rng = np.random.default_rng(0)
    vectors, turn = rng.normal(size=(3, 2, 50)), rng.normal(size=(3, 50))
    turn[:, 0] = 0.0
    expected = np.stack([Rotation.from_rotvec(turn.T).inv().apply(vectors[:, i].T).T for i in range(2)], axis=1)
    np.testing.assert_allclose(in_turned_axes(vectors, turn), expected, atol=1e-13)
