"""Outputs of a saved package for many windows, computed by one process or by several.

The windows are cut into parts of :data:`PART_WINDOWS`, a multiple of the batch that the runtime executes at once, and each part
is computed with one thread. So the outputs have the same bits for any number of processes, and for any part of them that
begins at a multiple of the batch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from qleap_edge.core.contract import OUTPUT_NAMES
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.core.manifest import digest_of
from qleap_edge.dataset.executors.choose import choose_executor
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.mil.runtime.evaluator import BATCH_WINDOWS
from qleap_edge.model.determinism import one_thread

OnWindow = Callable[[int, int], None]

HALF_OVERLAP_HOP: Final = WINDOW_STEPS // 2
"""Steps between windows that overlap by half: denser ones add correlated copies, and the cost is linear in their number."""
PART_WINDOWS: Final = 8 * BATCH_WINDOWS


@dataclass(frozen=True)
class PredictTask:
    """Run a package over one part of the windows."""

    package: Path
    sha256: str
    """Digest of the package: a process loads a package again only where this differs."""
    first: int
    """Number of the part's first window."""
    imu: Float32[np.ndarray, "n 200 6"]

    def run(self) -> ModelOutputs:
        """Return the outputs of the part, computed with one thread."""
        with one_thread():
            return ModelOutputs.of(_predictor(self.package, self.sha256).predict(self.imu))


def predict_tasks(package: Path, imu: Float32[np.ndarray, "n 200 6"]) -> tuple[PredictTask, ...]:
    """Return the tasks that together run a package over all windows.

    Raises:
        InputDataError: there is no such package.
    """
    sha256 = digest_of(package)
    starts = range(0, max(len(imu), 1), PART_WINDOWS)
    return tuple(PredictTask(package, sha256, first, imu[first : first + PART_WINDOWS]) for first in starts)


def join_parts(parts: Mapping[int, ModelOutputs]) -> ModelOutputs:
    """Return the outputs of all windows from those of the parts, keyed by each part's first window."""
    ordered = [parts[first] for first in sorted(parts)]
    return ModelOutputs(**{name: np.concatenate([getattr(part, name) for part in ordered]) for name in OUTPUT_NAMES})


def package_outputs(
    package: Path, imu: Float32[np.ndarray, "n 200 6"], *, workers: int = 1, on_window: OnWindow | None = None
) -> ModelOutputs:
    """Run a saved package over windows, each operation rounded as the program declares.

    Args:
        package: the ``.mlpackage``.
        imu: specific force (m/s²) then angular velocity (rad/s) at 50 Hz in the forearm frame C.
        workers: processes; the outputs do not depend on their number.
        on_window: called with (windows done, all windows).

    Raises:
        InputDataError: the package is damaged or no pose model, or a sample is not finite.
    """
    tasks = predict_tasks(package, imu)
    parts: dict[int, ModelOutputs] = {}
    done = 0
    for first, outputs in choose_executor("local", min(workers, len(tasks))).run(_run, tasks):
        parts[first] = outputs
        done += len(outputs)
        if on_window is not None:
            on_window(done, len(imu))
    return join_parts(parts)


def _run(task: PredictTask) -> tuple[int, ModelOutputs]:
    return task.first, task.run()


@lru_cache(maxsize=1)
def _predictor(package: Path, sha256: str) -> PosePredictor:
    """Return the predictor of a package; ``sha256`` tells packages apart that lie at one path one after the other."""
    return PosePredictor(package)
