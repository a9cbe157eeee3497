"""Pose streams of squats whose number, depth and tempo are known, because they were drawn, not simulated."""

import numpy as np

STAND_M = 0.9


def squat_stream(
    count: int,
    *,
    depth_m: float = 0.35,
    tempo_s: float = 2.5,
    rest_s: float = 1.0,
    noise_m: float = 0.0,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return time (s), pose (t, 17, 3) in metres and the true bottoms (s): rests, and cosine dips between them."""
    period = rest_s + tempo_s
    time_s = np.arange(round((count * period + rest_s) * 50)) / 50.0
    phase = (time_s - rest_s) % period
    active = (time_s >= rest_s) & (phase < tempo_s)
    height = STAND_M - np.where(active, depth_m * 0.5 * (1.0 - np.cos(2.0 * np.pi * phase / tempo_s)), 0.0)
    pose = np.zeros((len(time_s), 17, 3))
    pose[:, [3, 6], 2] = -height[:, None]  # right and left ankle below the pelvis, which is the origin
    pose[:, 6, 1], pose[:, 3, 1] = 0.1, -0.1
    pose[:, 1:] += noise_m * np.random.default_rng(seed).normal(size=(len(time_s), 16, 3))
    bottoms = rest_s + tempo_s / 2 + period * np.arange(count)
    return time_s, pose, bottoms
