"""How far a perceptron gets that is trained for minutes: what a wrist can know, beside what the networks have learnt.

    python benchmarks/bench_perceptron.py --data DIR --test DIR [--minutes 7] [--squats] [--checkpoint DIR ...]

Input: the signal and its integrals (``model/motion_integrals.py``), averaged over four steps, 600 numbers. Three hidden layers
of 768. Output: the pose of 25 frames as principal components, and the exercise. Windows are cut at random places of the
training sequences of ``--data``; the absolute error of the components is minimised, on one thread. ``--squats`` trains and
tests on squats only: the exercise is then told, as it is to the best prior. Tested on the test persons of ``--test``, a dataset
of another seed, beside the mean trajectory of the exercise at the true phase and any checkpoints. The last line is one JSON
document.
"""

import argparse
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES
from qleap_edge.core.frames import STANDARD_GRAVITY, WINDOW_STEPS
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.stored_frames import read_stored_frames
from qleap_edge.dataset.windows import prevailing_exercise, window_index
from qleap_edge.evaluation.baselines import NoSensorBaselines, phase_bins
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.model.motion_integrals import MotionIntegrals
from qleap_edge.training.checkpoint import load_checkpoint

_SQUAT = EXERCISE_ID["squat"]
_AVERAGED, _POSE_STEP = 4, 8
_COMPONENTS, _HIDDEN, _BATCH, _DRAWN = 160, 768, 256, 2048
_RATE, _WARM_UP, _NOISE = 1e-3, 300, 0.05
_TEST_HOP = 100


class Windows:
    """Windows of the training persons, cut at random places."""

    def __init__(self, data: Path, *, squats: bool) -> None:
        shards = list(read_stored_frames(window_index(data, "train", WINDOW_STEPS), ("imu", "pose", "exercise")))
        self.imu = np.concatenate([shard.frames["imu"] for shard in shards])
        self.pose = np.concatenate([shard.frames["pose"].astype(np.float16) for shard in shards])
        self.exercise = np.concatenate([shard.frames["exercise"] for shard in shards])
        self.length = np.concatenate([shard.lengths for shard in shards]).astype(np.int64)
        self.first = np.cumsum(self.length) - self.length
        kept = np.array(
            [(self.exercise[a : a + n] == _SQUAT).mean() > 0.5 for a, n in zip(self.first, self.length, strict=True)]
        )
        self.rows = np.flatnonzero(kept) if squats else np.arange(len(self.length))

    def draw(self, count: int, rng: np.random.Generator) -> Int64[np.ndarray, "n 200"]:
        """Return the frames of ``count`` windows."""
        row = rng.choice(self.rows, count)
        start = self.first[row] + (rng.random(count) * (self.length[row] - WINDOW_STEPS + 1)).astype(np.int64)
        return start[:, None] + np.arange(WINDOW_STEPS)


@dataclass(frozen=True)
class Scaling:
    """Standardisation of the features, and the principal components of the poses."""

    mean: Tensor
    deviation: Tensor
    pose: Float[np.ndarray, " values"]
    size: float
    components: Float[np.ndarray, "components values"]

    @classmethod
    def of(cls, windows: Windows, rng: np.random.Generator) -> "Scaling":
        """Fit on 6,000 windows."""
        frames = windows.draw(6000, rng)
        values, pose = features(windows.imu[frames]), flat_pose(windows.pose[frames])
        mean = pose.mean(axis=0)
        size = float(np.sqrt(pose.var(axis=0).mean()))
        components = np.linalg.svd((pose - mean) / size, full_matrices=False)[2][:_COMPONENTS]
        return cls(values.mean(0), values.std(0) + 1e-3, mean, size, components)

    def poses(self, components: Tensor) -> Float[np.ndarray, "n 25 17 3"]:
        """Return the poses of 25 frames, body heights."""
        flat = components.numpy() @ self.components * self.size + self.pose
        return flat.reshape(len(flat), -1, 17, 3)


class Perceptron(nn.Module):
    """Three hidden layers; principal components of the pose and logits of the exercise."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        widths = (inputs, _HIDDEN, _HIDDEN, _HIDDEN)
        layers = [layer for i in range(3) for layer in (nn.Linear(widths[i], widths[i + 1]), nn.GELU())]
        self.hidden = nn.Sequential(*layers)
        self.pose, self.exercise = nn.Linear(_HIDDEN, _COMPONENTS), nn.Linear(_HIDDEN, len(EXERCISES))

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return components and logits of standardised features."""
        hidden = self.hidden(values)
        return self.pose(hidden), self.exercise(hidden)


def features(imu: Float[np.ndarray, "n 200 6"]) -> Float[Tensor, "n 600"]:
    """Return the signal and its integrals, averaged over four steps."""
    with torch.no_grad():
        signal = torch.from_numpy(imu)
        scale = torch.tensor([2.0 / STANDARD_GRAVITY] * 3 + [1.0] * 3)
        both = torch.cat([signal * scale, MotionIntegrals()(signal)], dim=-1)
        return both.reshape(len(both), -1, _AVERAGED, both.shape[-1]).mean(dim=2).flatten(1)


def flat_pose(pose: Float[np.ndarray, "n 200 17 3"]) -> Float[np.ndarray, "n values"]:
    """Return every eighth frame as one row."""
    return pose[:, _POSE_STEP // 4 :: _POSE_STEP].reshape(len(pose), -1).astype(np.float32)


def trained(windows: Windows, scaling: Scaling, minutes: float, rng: np.random.Generator) -> tuple[Perceptron, int]:
    """Train for some minutes, at a rate that falls to zero; return the network and how many windows it has seen."""
    network = Perceptron(len(scaling.mean))
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=0.02)
    basis, seen, begun = torch.from_numpy(scaling.components.T.copy()), 0, time.monotonic()
    while (share := (time.monotonic() - begun) / (60.0 * minutes)) < 1.0:
        frames = windows.draw(_DRAWN, rng)
        values = (features(windows.imu[frames]) - scaling.mean) / scaling.deviation
        pose = torch.from_numpy((flat_pose(windows.pose[frames]) - scaling.pose) / scaling.size) @ basis
        exercise = torch.from_numpy(prevailing_exercise(windows.exercise[frames]))
        for part in range(0, _DRAWN, _BATCH):
            rows = slice(part, part + _BATCH)
            warm = min(1.0, (seen / _BATCH + 1) / _WARM_UP)
            for group in optimiser.param_groups:
                group["lr"] = _RATE * warm * 0.5 * (1.0 + np.cos(np.pi * share))
            components, logits = network(values[rows] + _NOISE * torch.randn(_BATCH, values.shape[1]))
            loss = 3.0 * (components - pose[rows]).abs().mean() + 0.5 * nn.functional.cross_entropy(
                logits, exercise[rows]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seen += _BATCH
    return network.eval(), seen


class Test:
    """The windows of the test persons, and the mean trajectory of each exercise at the true phase."""

    def __init__(self, folder: Path, *, squats: bool) -> None:
        truth = GroundTruth.read(folder, "test", _TEST_HOP)
        kept = truth.window_exercise == _SQUAT if squats else np.ones(len(truth), dtype=bool)
        self.imu, self.pose = (truth.cut(array, slice(None))[kept] for array in (truth.imu, truth.pose))
        self.exercise = truth.window_exercise[kept]
        bins = phase_bins(truth.cut(truth.exercise, slice(None)), truth.cut(truth.phase, slice(None)))[kept]
        self.prior = self.errors(NoSensorBaselines.fit(folder).poses["phase_mean"].mean[bins])

    def errors(self, pose: Float[np.ndarray, "n t 17 3"]) -> Float[np.ndarray, " n"]:
        """Return the mean joint error of each window, mm."""
        true = self.pose if pose.shape[1] == WINDOW_STEPS else self.pose[:, _POSE_STEP // 4 :: _POSE_STEP]
        return MM_PER_BODY_HEIGHT * np.linalg.norm(pose - true, axis=-1)[:, :, 1:].mean(axis=(1, 2))

    def report(self, name: str, error: Float[np.ndarray, " n"], named: Int64[np.ndarray, " n"]) -> dict[str, float]:
        """Print and return the figures of one predictor."""
        squat = self.exercise == _SQUAT
        figures = {
            "mpjpe_mm": float(error.mean()),
            "squat_mm": float(error[squat].mean()),
            "squat_over_prior": float(error[squat].mean() / self.prior[squat].mean()),
            "accuracy": float((named == self.exercise).mean()),
        }
        print(f"  {name}: " + ", ".join(f"{key} {value:.3f}" for key, value in figures.items()), flush=True)
        return figures


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=7.0)
    parser.add_argument("--squats", action="store_true", help="train and test on squats only")
    parser.add_argument("--checkpoint", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    test = Test(options.test, squats=options.squats)
    windows = Windows(options.data, squats=options.squats)
    scaling = Scaling.of(windows, rng)
    network, seen = trained(windows, scaling, options.minutes, rng)
    with torch.no_grad():
        components, logits = network((features(test.imu) - scaling.mean) / scaling.deviation)
    print(f"{len(windows.rows)} training sequences, {seen} windows seen; {len(test.imu)} test windows")
    figures = {
        "perceptron": test.report("perceptron", test.errors(scaling.poses(components)), logits.argmax(dim=1).numpy())
    }
    for folder in options.checkpoint:
        outputs = network_outputs(load_checkpoint(folder)[0], test.imu)
        figures[str(folder)] = test.report(
            str(folder), test.errors(outputs.pose), outputs.exercise_logits.argmax(axis=1)
        )
    print(json.dumps({"benchmark": "perceptron", "windows_seen": seen, "figures": figures}))


if __name__ == "__main__":
    main()
