"""Generated recordings in the exact form of DIP-IMU: every number follows from a motion that is written down here."""

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from qleap_edge.comparison.dip.layout import SENSORS, TEST_FRAMES, RecordingFile
from qleap_edge.comparison.dip.open_skeleton import global_rotations

RATE_HZ = 60.0
FRAMES = 360
DRIVEN_BY = (15, 6, 0, 13, 14, 16, 17, 18, 19, 1, 2, 4, 5, 20, 21, 7, 8)
"""Joint of SMPL that turns the bone of each sensor."""

Arrays = dict[str, np.ndarray]


def moving_pose(frames: int = FRAMES, seed: int = 0) -> np.ndarray:
    """Return (frames, 72) rotation vectors: hanging arms that swing, bending elbows, knees and hips, and a slow turn."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(frames) / RATE_HZ
    pose = np.zeros((frames, 24, 3))

    def wave(size: float) -> np.ndarray:
        return size * np.sin(2.0 * np.pi * rng.uniform(0.3, 0.8) * seconds + rng.uniform(0.0, 2.0 * np.pi))

    pose[:, 0, 1] = 0.2 * seconds + wave(0.1)
    pose[:, 0, 0] = wave(0.1)
    pose[:, 1, 0], pose[:, 2, 0] = -0.4 + wave(0.4), -0.4 + wave(0.4)
    pose[:, 4, 0], pose[:, 5, 0] = 0.6 + wave(0.5), 0.6 + wave(0.5)
    pose[:, 16, 2], pose[:, 17, 2] = -1.1 + wave(0.3), 1.1 + wave(0.3)
    pose[:, 18, 1], pose[:, 19, 1] = -0.9 + wave(0.6), 0.9 + wave(0.6)
    pose[:, 18, 0], pose[:, 19, 0] = wave(0.3), wave(0.3)
    return pose.reshape(frames, 72)


def recording(pose: np.ndarray | None = None, acceleration: np.ndarray | None = None) -> Arrays:
    """Return the arrays of one file; sensors turn exactly with their bones.

    Args:
        pose: (frames, 72).
        acceleration: (frames, 3), of every sensor; default: small waves.
    """
    pose = moving_pose() if pose is None else pose
    turned = global_rotations(pose.reshape(-1, 24, 3))
    seconds = np.arange(len(pose)) / RATE_HZ
    if acceleration is None:
        acceleration = np.stack([np.sin(5.0 * seconds), np.cos(7.0 * seconds), np.sin(9.0 * seconds)], axis=1)
    return {
        "imu_ori": turned[:, DRIVEN_BY],
        "imu_acc": np.repeat(acceleration[:, None], len(SENSORS), axis=1),
        "imu": np.zeros((len(pose), len(SENSORS) * 12)),
        "gt": pose.copy(),
        "sop": pose.copy(),
        "sip": pose.copy(),
    }


def python_2_pickle(value: object) -> bytes:
    """Return the pickle as Python 2 with an old NumPy writes it: protocol 2, numbers as text, module ``numpy.core``."""
    data = pickle.dumps(value, protocol=2)
    for new, old in ((b"numpy._core.multiarray", b"numpy.core.multiarray"),):
        data = data.replace(new, old)
    return data


def write_file(path: Path, arrays: Mapping[str, object], protocol: int = 2) -> Path:
    """Write one recording, as a pickle or as an .npz by the name of the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npz":
        np.savez(path, **arrays)  # type: ignore[arg-type]
    else:
        path.write_bytes(python_2_pickle(arrays) if protocol == 2 else pickle.dumps(arrays, protocol=protocol))
    return path


def write_folder(folder: Path, names: tuple[str, ...] = ("s_09/01_a", "s_09/04", "s_10/02")) -> Path:
    """Write a small folder of recordings, each with a motion of its own."""
    for seed, name in enumerate(names):
        write_file(folder / f"{name}.pkl", recording(moving_pose(FRAMES + 24 * seed, seed)))
    return folder


def write_complete_folder(folder: Path) -> Path:
    """Write a file for every published recording of the test subjects, all with one short motion."""
    data = python_2_pickle(recording())
    for subject, names in TEST_FRAMES.items():
        (folder / subject).mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / subject / f"{name}.pkl").write_bytes(data)
    return folder


def file_of(path: Path) -> RecordingFile:
    return RecordingFile(path.parent.name, path.stem, path)


def changed(key: str, change: Callable[[np.ndarray], object]) -> dict[str, object]:
    """Return the arrays of a sound recording with one of them changed."""
    arrays: dict[str, object] = dict(recording())
    arrays[key] = change(np.array(arrays[key]))
    return arrays


def still(pose: np.ndarray, frames: int = FRAMES) -> np.ndarray:
    """Return a pose (24, 3) that is held."""
    return np.broadcast_to(pose.reshape(1, 72), (frames, 72)).copy()


def hanging_arms() -> np.ndarray:
    """Return the rotation vectors (24, 3) of a person who stands with hanging arms."""
    pose = np.zeros((24, 3))
    pose[16] = Rotation.from_euler("z", -90.0, degrees=True).as_rotvec()
    pose[17] = Rotation.from_euler("z", 90.0, degrees=True).as_rotvec()
    return pose
