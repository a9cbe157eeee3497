"""The sets of a watch that is still measuring: in bounded memory, and equal to the analysis of the whole recording.

A recording is analysed in the same way, all at once. So it makes no difference in which pieces the samples come. What needs the
end of a stretch, e.g. the last seconds of the height, waits until the end is known.

With CoreMotion's gravity the result is the one of ``find_sets`` for a recording on a clean clock (no sample lost, the same
rate). Without gravity the tilt comes from VQF as it runs forwards; ``find_sets`` runs it backwards as well. The forward filter
starts from the first sample and needs some seconds until its tilt is right, so that a set that begins at once may be measured
less well, or be missed.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation
from vqf import VQF

from qleap_edge.alignment.clock import SPLIT_S
from qleap_edge.analysis.exercise_set import ExerciseSet
from qleap_edge.analysis.set_search import LONGEST_STEPS, QUIET_STEPS, SetSearch
from qleap_edge.analysis.slow_signals import (
    PART_STEPS,
    REACH_STEPS,
    SHORTEST_S,
    SLOW_RATE_HZ,
    SlowSignals,
    slow_part,
    total_steps,
)
from qleap_edge.analysis.vertical_motion import VerticalMotion, motion_from_up
from qleap_edge.core.errors import InputDataError

DELAY_S = (QUIET_STEPS + PART_STEPS + REACH_STEPS) / SLOW_RATE_HZ + 1.0
"""A set is returned so long after the last window of 14 s in which something repeats, at the latest."""
KEPT_S = (LONGEST_STEPS + PART_STEPS + 2 * REACH_STEPS) / SLOW_RATE_HZ + 1.0
"""No more samples than those of so many seconds, and of one call, are in memory."""


@dataclass(frozen=True)
class MotionSamples:
    """Samples as CMDeviceMotion gives them, in SI units and the conventions of this package; device axes."""

    time_s: Float[np.ndarray, " n"]
    """Strictly increasing, also from one call to the next."""
    specific_force: Float[np.ndarray, "n 3"]
    """m/s²; points up with norm 9.80665 at rest."""
    angular_velocity: Float[np.ndarray, "n 3"]
    """rad/s."""
    gravity: Float[np.ndarray, "n 3"] | None = None
    """CoreMotion's gravity, which points down, in g; given in every call or in none."""


class SetStream:
    """Finds sets while samples come in.

    An interval of more than 0.1 s between two samples ends the stretch: sets do not reach across it. If something repeats
    without a break, sets are returned every eight minutes at the latest, and a set of more than six minutes comes in parts.
    """

    def __init__(self, rate_hz: float) -> None:
        """Begin.

        Args:
            rate_hz: of the samples; the filters are made for it.
        """
        self.rate_hz = rate_hz
        self.delay_s = DELAY_S
        self._last_s: float | None = None
        self._start_stretch()

    @property
    def kept_rows(self) -> int:
        """Return the number of samples in memory."""
        return sum(len(piece.time_s) for piece in self._pieces)

    def push(self, samples: MotionSamples) -> tuple[ExerciseSet, ...]:
        """Take the next samples; return the sets that are over by now, in the order of time.

        Raises:
            InputDataError: a stamp is not later than the one before.
        """
        stamps = samples.time_s if self._last_s is None else np.concatenate([[self._last_s], samples.time_s])
        steps = np.diff(stamps)
        if bool((steps <= 0).any()):
            raise InputDataError(
                "stamps that do not increase",
                where="samples of a stream",
                expected="strictly increasing stamps",
                got=f"a step of {float(steps.min()):g} s",
                next_step="sort the samples and leave out those that came already",
            )
        found: list[ExerciseSet] = []
        cuts = np.flatnonzero(steps > SPLIT_S) + (1 if self._last_s is None else 0)
        bounds = [0, *cuts.tolist(), len(samples.time_s)]
        for number, (first, stop) in enumerate(pairwise(bounds)):
            if number:
                found += self._end_stretch()
            if stop > first:
                found += self._take(_rows(samples, slice(first, stop)))
        if len(samples.time_s):
            self._last_s = float(samples.time_s[-1])
        return tuple(found)

    def close(self) -> tuple[ExerciseSet, ...]:
        """Return the sets that the end of the recording ends. The stream can go on with a new stretch."""
        return tuple(self._end_stretch())

    def _start_stretch(self) -> None:
        self._pieces: list[VerticalMotion] = []
        self._start_s = 0.0
        self._part = 0
        self._search = SetSearch(self._between)
        self._vqf: VQF | None = None

    def _take(self, samples: MotionSamples) -> list[ExerciseSet]:
        """Take samples of one stretch."""
        if not self._pieces:
            self._start_s = float(samples.time_s[0])
        self._pieces.append(self._motion(samples))
        known = total_steps(self._start_s, float(samples.time_s[-1]))
        found: list[ExerciseSet] = []
        while (self._part + 1) * PART_STEPS + REACH_STEPS <= known:
            found += self._search.push(self._next_part(None))
            self._forget()
        return found

    def _end_stretch(self) -> list[ExerciseSet]:
        """Finish what waits for the end of the stretch and begin another."""
        found: list[ExerciseSet] = []
        if self._pieces:
            end_s = float(self._pieces[-1].time_s[-1])
            if end_s - self._start_s >= SHORTEST_S:
                total = total_steps(self._start_s, end_s)
                while self._part * PART_STEPS < total:
                    found += self._search.push(self._next_part(total))
                found += self._search.close()
        self._start_stretch()
        return found

    def _next_part(self, total: int | None) -> SlowSignals:
        self._part += 1
        return slow_part(self._joined(), self._start_s, self._part - 1, total)

    def _forget(self) -> None:
        """Drop the samples that nothing needs any more."""
        needed = min(self._search.needed_from, self._part * PART_STEPS - REACH_STEPS)
        kept = self._joined()
        if needed > 0:
            self._pieces = [kept.between(self._start_s + needed / SLOW_RATE_HZ, float(kept.time_s[-1]))]

    def _joined(self) -> VerticalMotion:
        if len(self._pieces) > 1:
            self._pieces = [self._pieces[0].followed_by(self._pieces[1:])]
        return self._pieces[0]

    def _between(self, start_s: float, end_s: float) -> VerticalMotion:
        return self._joined().between(start_s, end_s)

    def _motion(self, samples: MotionSamples) -> VerticalMotion:
        imu = np.hstack([samples.specific_force, samples.angular_velocity])
        if samples.gravity is not None:
            up = -samples.gravity / np.linalg.norm(samples.gravity, axis=1, keepdims=True)
            return motion_from_up(samples.time_s, self.rate_hz, imu, up, "core-motion")
        if self._vqf is None:
            self._vqf = VQF(1.0 / self.rate_hz)
        found = self._vqf.updateBatch(np.ascontiguousarray(imu[:, 3:]), np.ascontiguousarray(imu[:, :3]))
        up = Rotation.from_quat(found["quat6D"], scalar_first=True).inv().apply([0.0, 0.0, 1.0])
        return motion_from_up(samples.time_s, self.rate_hz, imu, np.asarray(up), "vqf")


def _rows(samples: MotionSamples, rows: slice) -> MotionSamples:
    return MotionSamples(
        samples.time_s[rows],
        samples.specific_force[rows],
        samples.angular_velocity[rows],
        None if samples.gravity is None else samples.gravity[rows],
    )
