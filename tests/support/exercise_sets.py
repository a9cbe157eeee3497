"""Recordings of exercise sets whose repetitions are known: a wrist on minimum-jerk paths, with pauses, walking and noise."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.conventions import core_motion_from_specific_force
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.frames import STANDARD_GRAVITY
from tests.support.watch_recordings import sensor_logger_rows, write_csv

RATE_HZ = 100.0


@dataclass(frozen=True)
class Rep:
    """One repetition: down by ``range_m`` (up, if negative) while the forearm turns by ``turn_deg``, and back."""

    down_s: float = 1.4
    pause_s: float = 0.2
    up_s: float = 1.2
    rest_s: float = 0.8
    range_m: float = 0.6
    turn_deg: float = 10.0


def minimum_jerk(count: int) -> np.ndarray:
    """Return the way from 0 to 1 in so many steps. Source: Flash and Hogan 1985, J. Neurosci. 5(7)."""
    s = np.arange(1, count + 1) / count
    return 10 * s**3 - 15 * s**4 + 6 * s**5


def path(reps: list[Rep], before_s: float = 4.0, after_s: float = 4.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return height (m), pitch of the forearm (rad) and the rows of the turns, at 100 Hz."""

    def still(seconds: float, value: float) -> np.ndarray:
        return np.full(round(seconds * RATE_HZ), value)

    height, pitch, turns = [still(before_s, 0.0)], [still(before_s, 0.0)], []
    for rep in reps:
        for values, size in ((height, -rep.range_m), (pitch, np.deg2rad(rep.turn_deg))):
            values += [size * minimum_jerk(round(rep.down_s * RATE_HZ)), still(rep.pause_s, size)]
            values += [size * (1 - minimum_jerk(round(rep.up_s * RATE_HZ))), still(rep.rest_s, 0.0)]
        turns.append(sum(map(len, height[:-3])) - 1 + len(height[-3]) // 2)
    height.append(still(after_s, 0.0))
    pitch.append(still(after_s, 0.0))
    return np.concatenate(height), np.concatenate(pitch), np.array(turns)


def recorded(
    height: np.ndarray,
    pitch: np.ndarray,
    rng: np.random.Generator | None = None,
    *,
    mounting: Rotation | None = None,
    core_motion: bool = False,
    sway_m: float = 0.05,
    start_s: float = 0.0,
) -> Recording:
    """Return what a watch on this wrist records.

    Args:
        height: m, at 100 Hz.
        pitch: of the forearm about the horizontal y axis, rad.
        rng: of noise and bias as an Apple Watch has them; None: an ideal sensor.
        mounting: how the watch is turned on the arm.
        core_motion: with CoreMotion's gravity and user acceleration, which are exact.
        sway_m: forward way that goes with the height.
        start_s: of the clock.
    """
    count = len(height)
    attitude = Rotation.from_euler("Y", (-0.6 + pitch)[:, None]) * (mounting or Rotation.identity())
    forward = sway_m * np.cumsum(pitch) / max(1.0, float(np.abs(np.cumsum(pitch)).max()))
    place = np.column_stack([forward, np.zeros(count), height])
    acceleration = np.gradient(np.gradient(place, 1 / RATE_HZ, axis=0), 1 / RATE_HZ, axis=0)
    force = attitude.inv().apply(acceleration + np.array([0.0, 0.0, STANDARD_GRAVITY]))
    step = (attitude[:-1].inv() * attitude[1:]).as_rotvec() * RATE_HZ
    rate = np.vstack([step[:1], 0.5 * (step[1:] + step[:-1]), step[-1:]])
    down = attitude.inv().apply([0.0, 0.0, -1.0])
    if rng is not None:
        force = force + rng.normal(0.0, 0.01, force.shape) + rng.uniform(-0.04, 0.04, 3)
        bias = rng.uniform(-1e-3, 1e-3, 3)
        rate = rate + rng.normal(0.0, 2e-3, rate.shape) + (0.0 if core_motion else bias)  # CoreMotion removes it
    gravity, user = core_motion_from_specific_force(force, down)
    return Recording(
        format="synthetic", path="synthetic", sha256="0" * 64, time_s=start_s + np.arange(count) / RATE_HZ,
        specific_force=force, angular_velocity=rate, gravity=gravity if core_motion else None,
        user_acceleration=user if core_motion else None,
    )  # fmt: skip


def walking(seconds: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return height and pitch of a wrist of a person who walks about and stops, with steps of uneven length."""
    count = round(seconds * RATE_HZ)
    phase = np.cumsum(1.0 + 0.15 * rng.normal(size=count).cumsum() / np.sqrt(count)) / RATE_HZ * 2 * np.pi
    swing = np.interp(np.arange(count), np.linspace(0, count, 9), rng.uniform(0.05, 0.5, 9))
    drift = np.interp(np.arange(count), np.linspace(0, count, 7), rng.uniform(-0.6, 0.6, 7))
    return 0.025 * np.sin(2 * phase), swing * np.sin(phase) + drift


def sensor_logger_file(where: Path, recording: Recording) -> Path:
    """Write a recording as a Sensor Logger file; the attitude is the tilt alone."""
    assert recording.gravity is not None
    turns = [Rotation.align_vectors([[0.0, 0.0, -1.0]], [down])[0] for down in recording.gravity]
    attitude = Rotation.concatenate(turns).as_quat(scalar_first=True)
    return write_csv(where, sensor_logger_rows(replace(recording, quaternion=attitude)))


def barbell_squats(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return height, pitch and turns (s) of squats with a barbell: un-racking, pauses of 1 to 3 s, re-racking.

    The hand is put on the bar, the body dips under it and lifts it by 5 to 10 cm, takes two steps back, squats 0.60 to 0.78 m
    deep, takes two steps to the rack and lets the bar fall by 10 cm. With a count of 0 it is an aborted take.
    """
    height, pitch, turns = [np.zeros(round((3.0 + 3.0 * rng.random()) * RATE_HZ))], [np.zeros(0)], []
    pitch[0] = np.zeros(len(height[0]))

    def move(up_m: float, turn: float, seconds: float) -> None:
        way = minimum_jerk(max(1, round(seconds * RATE_HZ)))
        height.append(height[-1][-1] + up_m * way)
        pitch.append(pitch[-1][-1] + turn * way)

    def walk() -> None:
        for _ in range(2):
            step = np.sin(np.linspace(0.0, np.pi, round((0.6 + 0.15 * rng.random()) * RATE_HZ))) ** 2
            height.append(height[-1][-1] + 0.03 * rng.uniform(0.7, 1.3) * step)
            pitch.append(pitch[-1][-1] + 0.05 * rng.uniform(-1.0, 1.0) * step)

    move(0.35, 0.9, 1.5)
    move(0.0, 0.0, 2.0 + rng.random())
    move(-0.12, 0.1, 0.9)
    move(0.0, 0.0, 0.6 + rng.random())
    move(0.12 + rng.uniform(0.05, 0.10), -0.1, 0.8)
    move(0.0, 0.0, 0.5)
    walk()
    move(0.0, 0.0, 1.5 + rng.random())
    for _ in range(count):
        depth = rng.uniform(0.60, 0.78)
        move(-depth, 0.15, rng.uniform(1.0, 1.8))
        turns.append(sum(map(len, height)) / RATE_HZ)
        move(0.0, 0.0, rng.uniform(0.0, 0.3))
        move(depth, -0.15, rng.uniform(0.8, 1.8))
        move(0.0, 0.0, rng.uniform(1.0, 3.0))
    walk()
    move(0.0, 0.0, 0.5)
    move(-0.10, 0.05, 0.5)
    move(0.0, 0.0, 1.0)
    move(-0.15, 0.0, 0.8)
    move(0.15, 0.0, 0.8)
    move(-0.35, -0.9, 1.2)
    move(0.0, 0.0, 3.0 + 2.0 * rng.random())
    return np.concatenate(height), np.concatenate(pitch), np.array(turns)
