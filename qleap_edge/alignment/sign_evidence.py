"""Evidence about the sign of the acceleration, added up over the samples of a recording or of a live stream.

A posture does not show the sign, and a window in which the arm does not swing does not show it either. Two relations show it
over a recording.

*Swing.* An arm that turns about a joint gives the watch the acceleration a = α × r + ω × (ω × r), where r runs from the joint
to the watch and is constant in device axes. Integrated over a block of 0.1 s this is ∫a dt = ([Δω]× + ∫[ω]²× dt) r, which is
linear in r and needs no derivative of a noisy signal. One r is fitted to all blocks that turn. A reversed acceleration reverses
all of r. A watch sits on the back of the forearm, beyond the joint, so r points to the hand and out of the glass. A wrong wear
setting changes the first only.

*Correction.* CoreMotion's gravity follows the accelerometer slowly. The part of its change over 1 s that the gyroscope does not
explain points along the user acceleration. It shows whether gravity and user acceleration have the same sign, not which sign
that is.

The Swift type ``SignEvidence`` adds the same sums sample by sample; ``golden.json`` has a case that compares the two.

Source: Seel, Raisch & Schauer, "IMU-based joint angle measurement for gait analysis", Sensors 14 (2014) (rigid-body relation).
"""

from bisect import bisect_left
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from qleap_edge.alignment.identities import integrated_attitude
from qleap_edge.alignment.wear import Wear
from qleap_edge.core.frames import STANDARD_GRAVITY

BLOCK_S = 0.1
MAX_GAP_S = 0.1
"""A longer step between two samples starts anew: blocks and spans do not cross it."""
SPAN_BLOCKS, SPAN_HOP_BLOCKS = 10, 2
MIN_TURN_RAD_S = 1.0
"""Root mean square over a block: slower blocks say little about the lever."""
MIN_BLOCKS = 40
MIN_R2 = 0.1
"""Of the lever. In 191 real recordings (30 gym sets, 155 everyday, 4 of physiotherapy, 2 of swimming) the lever of the blocks
so far never showed the wrong sign, at any moment from 10 blocks and a share of 0.05 on; 188 show the right one at the end."""
MIN_LEVER_M = 0.002
"""A coordinate of the lever below this has no direction."""
MIN_SPANS = 60  # 13 s
MIN_CORRECTION = 3.0
"""In standard errors. On 32 real recordings with gravity the figure was never below -1.1 at any moment after 12 s."""

SignVerdict = Literal["consistent", "reversed", "undecided"]
_SLACK_S = 1e-6  # a block of ten samples at 100 Hz is 0.1 s long, whatever the rounding of the stamps
_TURN_FLOOR_RAD = 0.2  # the error of the gyroscope over a span that does not turn
_RIDGE = 1e-6  # of the trace: a direction of the lever that no motion shows is 0


class SignEvidence:
    """The sums, and what they say so far.

    Samples may come in pieces of any length; what is found does not depend on where they are cut.

    Args:
        wear: how the watch is worn.
    """

    def __init__(self, wear: Wear) -> None:
        self.wear = wear
        self.blocks = 0
        """Blocks that turn."""
        self.spans = 0
        """Spans with a gravity column."""
        self._normal = np.zeros((3, 3))
        self._moment = np.zeros(3)
        self._power = 0.0
        self._follow = np.zeros(2)
        self._tail: Float[np.ndarray, "n columns"] | None = None
        self._counted = 0  # blocks of the tail that are already in the sums of the lever

    def add(
        self,
        time_s: Float[np.ndarray, " n"],
        acceleration: Float[np.ndarray, "n 3"],
        angular_velocity: Float[np.ndarray, "n 3"],
        gravity: Float[np.ndarray, "n 3"] | None = None,
    ) -> None:
        """Add samples that follow those before.

        Args:
            time_s: stamps; a step back, or a gap, starts anew, and a sample with the stamp of the one before is dropped.
            acceleration: kinematic acceleration, m/s², device axes.
            angular_velocity: rad/s, device axes.
            gravity: CoreMotion's, a unit vector down, or ``None`` in all calls.
        """
        if len(time_s) == 0:
            return
        rows = np.column_stack([time_s, acceleration, angular_velocity, *([] if gravity is None else [gravity])])
        if self._tail is not None:
            rows = np.concatenate([self._tail, rows])
        rows = rows[np.concatenate([[True], np.diff(rows[:, 0]) != 0])]
        step_s = np.diff(rows[:, 0])
        pieces = np.split(rows, np.flatnonzero((step_s > MAX_GAP_S) | (step_s < 0)) + 1)
        for number, piece in enumerate(pieces):
            if number:
                self._counted = 0
            self._use(piece)

    def restart(self) -> None:
        """Begin a new stretch: blocks and spans that are not finished are dropped."""
        self._tail, self._counted = None, 0

    @property
    def lever_m(self) -> Float[np.ndarray, "3"] | None:
        """From the joint to the watch, device axes, m; ``None`` before :data:`MIN_BLOCKS` blocks that turn."""
        if self.blocks < MIN_BLOCKS or not self._power > 0:
            return None
        ridge = _RIDGE * np.trace(self._normal) * np.eye(3)
        return np.asarray(np.linalg.solve(self._normal + ridge, self._moment))

    @property
    def r2(self) -> float | None:
        """Share of the acceleration's power that the lever explains; ``None`` where there is no lever."""
        lever = self.lever_m
        return None if lever is None else float(lever @ (2 * self._moment - self._normal @ lever)) / self._power

    @property
    def correction(self) -> float | None:
        """How far gravity's correction points along the user acceleration, in standard errors; ``None`` before 60 spans.

        Negative where it points away from it. Spans overlap, so their errors are not independent and the figure is about twice
        what independent spans would give.
        """
        total, squares = self._follow
        return float(total / np.sqrt(squares)) if self.spans >= MIN_SPANS and squares > 0 else None

    @property
    def swing(self) -> int:
        """1 where the lever fits the sign of the acceleration, -1 where it fits the opposite sign only, else 0."""
        lever, r2 = self.lever_m, self.r2
        if lever is None or r2 is None or r2 <= MIN_R2 or min(abs(lever[0]), abs(lever[2])) < MIN_LEVER_M:
            return 0
        to_hand, out_of_glass = (lever[0] > 0) == self.wear.x_is_distal, lever[2] > 0
        return (1 if to_hand else -1) if to_hand == out_of_glass else 0

    @property
    def follows(self) -> int:
        """1 where gravity and user acceleration have the same sign, -1 where they have not, else 0."""
        correction = self.correction
        return 0 if correction is None or abs(correction) < MIN_CORRECTION else 1 if correction > 0 else -1

    def verdict(self, *, one_sign: bool = False) -> SignVerdict:
        """Return what swing and correction say together.

        Args:
            one_sign: the sign of gravity needs no proof of its own: there is no gravity column, or something else proves it.
        """
        if min(self.swing, self.follows) < 0:
            return "reversed"
        shown = (self.swing > 0) + (self.follows > 0)
        return "consistent" if shown == 2 or (one_sign and shown) else "undecided"

    def _use(self, rows: Float[np.ndarray, "n columns"]) -> None:
        """Add the finished blocks and spans of a piece without a gap, and keep the rows from the first unfinished span on."""
        edges = _block_edges(rows[:, 0])
        self._add_blocks(rows, edges[self._counted :])
        first_open = SPAN_HOP_BLOCKS * max(0, (len(edges) - 1 - SPAN_BLOCKS) // SPAN_HOP_BLOCKS + 1)
        if first_open and rows.shape[1] > 7:
            self._add_spans(rows, edges, first_open)
        self._counted = len(edges) - 1 - first_open
        self._tail = rows[edges[first_open] :]

    def _add_blocks(self, rows: Float[np.ndarray, "n columns"], edges: Int[np.ndarray, " k"]) -> None:
        if len(edges) < 2:
            return
        rows, edges = rows[edges[0] : edges[-1] + 1], edges - edges[0]
        time_s, rate = rows[:, 0], rows[:, 4:7]
        length = np.diff(time_s[edges])[:, None]
        outer = (rate[:, :, None] * rate[:, None, :]).reshape(-1, 9)
        mean = _integrals(time_s, np.column_stack([rows[:, 1:4], outer]), edges) / length
        spin = mean[:, 3:].reshape(-1, 3, 3)
        square = np.trace(spin, axis1=1, axis2=2)
        gain = spin - square[:, None, None] * np.eye(3) + _cross_matrix(np.diff(rate[edges], axis=0) / length)
        turns = square > MIN_TURN_RAD_S**2
        gain, pull = gain[turns], mean[turns, :3]
        self._normal += np.einsum("nij,nik->jk", gain, gain)
        self._moment += np.einsum("nij,ni->j", gain, pull)
        self._power += float(np.sum(pull * pull))
        self.blocks += int(turns.sum())

    def _add_spans(self, rows: Float[np.ndarray, "n columns"], edges: Int[np.ndarray, " k"], first_open: int) -> None:
        starts = np.arange(0, first_open, SPAN_HOP_BLOCKS)
        begin, end = edges[starts], edges[starts + SPAN_BLOCKS]
        rows = rows[: end[-1] + 1]
        time_s, rate = rows[:, 0], rows[:, 4:7]
        attitude = integrated_attitude(rate, np.diff(time_s))
        gravity = attitude.apply(rows[:, 7:])
        user = attitude.apply(rows[:, 1:4]) / -STANDARD_GRAVITY
        total = _running_integral(time_s, np.column_stack([user, np.linalg.norm(rate, axis=1)]))
        turn = total[end, 3] - total[begin, 3]
        down, pull = gravity[begin], total[end, :3] - total[begin, :3]
        pull -= down * np.sum(pull * down, axis=1, keepdims=True)
        agreement = np.sum((gravity[end] - down) * pull, axis=1) / (_TURN_FLOOR_RAD + turn)
        self._follow += [np.sum(agreement), np.sum(agreement**2)]
        self.spans += len(starts)


def _block_edges(time_s: Float[np.ndarray, " n"]) -> Int[np.ndarray, " k"]:
    """Return the first sample of each block; the last one ends the last finished block."""
    stamps, edges = time_s.tolist(), [0]
    while (edge := bisect_left(stamps, stamps[edges[-1]] + BLOCK_S - _SLACK_S)) < len(stamps):
        edges.append(edge)
    return np.array(edges, dtype=np.int64)


def _running_integral(time_s: Float[np.ndarray, " n"], values: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
    """Return the trapezoidal integral from the first sample on."""
    steps = 0.5 * (values[1:] + values[:-1]) * np.diff(time_s)[:, None]
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(steps, axis=0)])


def _integrals(
    time_s: Float[np.ndarray, " n"], values: Float[np.ndarray, "n c"], edges: Int[np.ndarray, " k"]
) -> Float[np.ndarray, "blocks c"]:
    total = _running_integral(time_s, values)[edges]
    return np.asarray(total[1:] - total[:-1])


def _cross_matrix(vectors: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3 3"]:
    """Return the matrices that take a cross product with each vector."""
    return np.asarray(-np.cross(vectors[:, None, :], np.eye(3)[None]))
