"""Timing of repetitions: when each descends, holds and ascends, and the phase that scales the motion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import quintic

QUIET_S = 0.3
"""Time at both ends of a sequence without a repetition."""
_MOST = 12


@dataclass(frozen=True)
class Repetition:
    """One repetition's clock (s) and size."""

    descent_s: float
    """From the start to the turning point; for a press or a curl this is the way up."""
    pause_s: float
    """Negative when the way back begins before the way there has ended: a bounce."""
    ascent_s: float
    depth: float = 1.0
    """Ratio to the plan's full depth."""
    start_s: float = 0.0
    halt_down_s: float = 0.0
    """Part of the descent in which the body stands still."""
    halt_up_s: float = 0.0
    """Part of the ascent in which it does."""
    halt_at: float = 0.5
    """Share of the way at which it halts."""

    @property
    def duration_s(self) -> float:
        """From start to end."""
        return self.descent_s + self.pause_s + self.ascent_s

    @property
    def end_s(self) -> float:
        """When the body is back at the start."""
        return self.start_s + self.duration_s


def schedule(
    rng: np.random.Generator, distributions: Distributions, duration_s: float, draw: Callable[[], Repetition]
) -> tuple[Repetition, ...]:
    """Fill a sequence with repetitions and pauses between them; the first one is shortened if it would not fit."""
    room = duration_s - 2.0 * QUIET_S
    found: list[Repetition] = []
    clock = QUIET_S
    for _ in range(_MOST):
        one = draw()
        if clock + one.duration_s > duration_s - QUIET_S:
            if found:
                break
            pause = min(one.pause_s, 0.0)
            hurry = min(1.0, room / (one.descent_s + pause + one.ascent_s))
            one = replace(
                one,
                descent_s=one.descent_s * hurry,
                pause_s=pause * hurry,
                ascent_s=one.ascent_s * hurry,
                halt_down_s=one.halt_down_s * hurry,
                halt_up_s=one.halt_up_s * hurry,
            )
        found.append(replace(one, start_s=clock))
        clock = found[-1].end_s + distributions.top_pause_s.draw(rng)
    late = max(0.0, duration_s - QUIET_S - found[-1].end_s) * rng.uniform()
    return tuple(replace(one, start_s=one.start_s + late) for one in found)


def phase(
    repetitions: Sequence[tuple[Repetition, ...]], time_s: Float[np.ndarray, "batch time"]
) -> Float[np.ndarray, "batch time"]:
    """Return 0 before and after each repetition and its depth at its turning point, twice differentiable."""
    out = np.zeros_like(time_s)
    for row, ones in enumerate(repetitions):
        for one in ones:
            bottom = one.start_s + one.descent_s
            down = _way(time_s[row] - one.start_s, one.descent_s, one.halt_down_s, one.halt_at)
            up = _way(time_s[row] - bottom - one.pause_s, one.ascent_s, one.halt_up_s, 1.0 - one.halt_at)
            out[row] += one.depth * (down - up)
    return out


def _way(time_s: Float[np.ndarray, " time"], duration_s: float, halt_s: float, at: float) -> Float[np.ndarray, " time"]:
    """Return 0 to 1 in ``duration_s``, of which ``halt_s`` are spent at the share ``at`` of the way."""
    if halt_s == 0.0:
        return quintic(time_s / duration_s)
    moving = duration_s - halt_s
    first, second = at * moving, (1.0 - at) * moving
    return at * quintic(time_s / first) + (1.0 - at) * quintic((time_s - first - halt_s) / second)


def peak(one: Repetition) -> float:
    """Return the highest phase of a repetition of depth 1; below 1 only when it bounces."""
    if one.pause_s >= 0.0:
        return 1.0
    time = np.linspace(one.descent_s + one.pause_s, one.descent_s, 65)
    return float((quintic(time / one.descent_s) - quintic((time - one.descent_s - one.pause_s) / one.ascent_s)).max())


def effort(phase: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Return the scale of the muscles' jitter: 0 at rest, nearly 1 from a third of the way on."""
    left = 1.0 - np.clip(phase, 0.0, 1.0)
    return np.asarray(1.0 - left * left * left * left)
