"""One shard as a task: it takes all that the shard depends on and returns the file's bytes and their summary.

A worker reads and writes no file, so it may be a process on another machine. It raises if its code, library versions or
arithmetic differ from the driver's, so that the bytes of a dataset do not depend on the workers.
"""

import math
import platform
from dataclasses import dataclass
from functools import cache

import numpy as np

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import code_digest, sha256_bytes, tool_versions
from qleap_edge.core.records import Part
from qleap_edge.dataset.document import ShardRecord, ShardSummary
from qleap_edge.dataset.store import shard_image
from qleap_edge.physics.captured.library import NO_MOTION, MotionLibrary
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.sensor_file import SensorParameters
from qleap_edge.physics.sequence import Request
from qleap_edge.physics.simulate import Rejections, simulate


class BuildEnvironment(Part):
    """What determines the bytes of a shard besides its task: code, library versions and arithmetic."""

    code: str
    """sha256 over the package's sources."""
    tools: dict[str, str]
    """Library → version."""
    arithmetic: str
    """sha256 over results that depend on the processor: NumPy and the C library choose their routines by its instructions."""

    def differences(self, other: "BuildEnvironment") -> dict[str, tuple[str, str]]:
        """Return what differs: name → (here, there)."""
        mine, theirs = ({"code": m.code, "arithmetic": m.arithmetic} | m.tools for m in (self, other))
        return {
            name: (mine.get(name, "absent"), theirs.get(name, "absent"))
            for name in sorted(mine.keys() | theirs.keys())
            if mine.get(name) != theirs.get(name)
        }


@cache
def this_build_environment() -> BuildEnvironment:
    """Return the build environment of this process."""
    return BuildEnvironment(code=code_digest(), tools=tool_versions(), arithmetic=_arithmetic())


def _arithmetic() -> str:
    """Return the digest of a thousand sines and their like, bit by bit, as this machine computes them."""
    angles = np.linspace(-7.0, 7.0, 1000)
    matrix = np.sqrt(np.abs(angles)).reshape(40, 25)
    by_numpy = (
        *(function(angles) for function in (np.sin, np.cos, np.tanh, np.exp, np.arctan)),
        *(function(angles.astype(np.float32)) for function in (np.sin, np.exp)),
        np.log1p(angles**2),
        np.arctan2(angles, 1.0 - angles),
        np.hypot(angles, 0.1),
        matrix @ matrix.T,
        matrix.sum(axis=0),
        np.linalg.inv(matrix.T @ matrix + np.eye(25)),
    )
    by_libm = [function(float(angle)) for function in (math.sin, math.cos, math.exp, math.atan) for angle in angles]
    return sha256_bytes(b"".join(np.ascontiguousarray(values).tobytes() for values in (*by_numpy, np.array(by_libm))))


@dataclass(frozen=True)
class ShardTask:
    """Everything a worker needs to make one shard."""

    index: int
    requests: tuple[Request, ...]
    seed: int
    duration_s: tuple[float, float]
    sensor: SensorParameters
    distributions: Distributions
    build_environment: BuildEnvironment
    """The driver's."""
    motion: MotionLibrary = NO_MOTION
    """Captured motion that the requests of that regime are made of."""


@dataclass(frozen=True)
class MadeShard:
    """One finished shard on its way to the disk."""

    index: int
    image: bytes
    """The HDF5 file."""
    summary: ShardSummary


def shard_name(index: int) -> str:
    """Return the file name of a dataset's shard."""
    return f"shard-{index:05d}.h5"


def make_shard(task: ShardTask) -> MadeShard:
    """Make one shard.

    Raises:
        UsageError: this process is not what the driver is: other code, other library versions, another kind of processor.
        QleapError: a sequence cannot be made.
    """
    _check_build_environment(task.build_environment)
    rejections = Rejections()
    sequences = simulate(
        list(task.requests),
        seed=task.seed,
        duration_s=task.duration_s,
        sensor=task.sensor,
        distributions=task.distributions,
        rejections=rejections,
        motion=task.motion,
    )
    image = shard_image(sequences)
    record = ShardRecord(
        path=f"shards/{shard_name(task.index)}",
        sha256=sha256_bytes(image),
        bytes=len(image),
        sequences=len(sequences),
        samples=sum(len(sequence.imu) for sequence in sequences),
    )
    return MadeShard(task.index, image, ShardSummary.of(record, sequences, rejections.counts))


def _check_build_environment(driver: BuildEnvironment) -> None:
    differences = driver.differences(this_build_environment())
    if not differences:
        return
    if differences.keys() == {"arithmetic"}:
        next_step = "use machines with the same kind of processor and the same C library: this one rounds differently"
    else:
        next_step = "install the same qleap-edge with the same libraries on every machine"
    raise UsageError(
        "a worker is not what the driver is, and its shards would differ",
        where=f"worker on {platform.node()}",
        expected=", ".join(f"{name} {driver_has[:16]}" for name, (driver_has, _) in differences.items()),
        got=", ".join(f"{name} {worker_has[:16]}" for name, (_, worker_has) in differences.items()),
        next_step=next_step,
    )
