"""Inverse kinematics of measured points: the angles of the body whose points lie closest to them, frame by frame.

Damped Gauss-Newton steps on the Jacobian that follows from MuJoCo's joint axes and anchors. Every frame starts from the
solution of the frame before. A weak pull towards straight hinges shares what the points leave open, such as the parts of a
bend between lumbar spine and chest; a weaker pull towards the frame before keeps a hinge slow where its axis has no lever, as
the shoulder's have at 90 degrees of abduction.
"""

from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import DOF_COUNT, HINGES, QPOS, SIDES
from qleap_edge.physics.load import NO_LOAD, Vector
from qleap_edge.physics.mjcf import BodyModel

_FIRST_STEPS, _STEPS = 40, 3
_ARM = ("upper_arm.y", "upper_arm.x", "upper_arm.z", "forearm.y", "forearm.pronation")
_FIRST_ARMS_DEG = (
    (0, 10, 0, -20, 20),
    (-60, 10, 0, -20, 0),
    (-60, 30, 40, -100, 0),
    (-30, 10, -50, -90, 20),
    (-150, 20, 0, -20, 0),
    (0, 80, 0, -20, 20),
    (0, 80, 60, -90, 0),
    (30, 20, -40, -60, 40),
)
_FIRST_LEG_DEG = (("thigh.y", -8), ("shank.y", 16), ("foot.y", -8))
_FIRST_DAMPING = 40.0
_LARGEST_STEP_RAD = 0.5
_LIMIT_MARGIN_RAD = 0.01
_STRAIGHT_M_RAD = {"abdomen": 0.012, "thorax": 0.02, "head": 0.02, "pronation": 0.003, "z": 0.012}
_STRAIGHT_OTHERS_M_RAD = 0.002
"""Weight of a hinge's angle against a metre of distance, by segment or axis."""
_SLOW_M_RAD, _SLOW_SHOULDER_M_RAD = 0.02, 0.05
"""Weight of a change of angle from one frame to the next; a shoulder's flexion and rotation are one at 90° of abduction."""


@dataclass(frozen=True)
class Attachment:
    """A measured point: the segment that carries it, its place there, and its weight in the fit."""

    name: str
    segment: str
    place_m: Vector
    """In the segment's frame."""
    weight: float = 1.0
    relative_to: str | None = None
    """Another attachment: then the vector from that one is fitted, by the hinges of that one's segment and of those below it.

    A shoulder that rises then does not bend the arm, and an arm does not turn the chest."""


class BodyFit:
    """The body of one person with attached points, ready for the fit of any number of recordings.

    Args:
        subject: whose lengths the body has.
        attachments: the points that are measured.
    """

    def __init__(self, subject: Subject, attachments: tuple[Attachment, ...]) -> None:
        body = BodyModel("prescribed")
        body.set_subject(subject, NO_LOAD)
        self._model, self._data = body.model, body.data
        self._limits = body.joint_limits + np.array([_LIMIT_MARGIN_RAD, -_LIMIT_MARGIN_RAD])
        self._bodies = np.array([self._model.body(one.segment).id for one in attachments])
        self._places = np.array([one.place_m for one in attachments], dtype=np.float64)
        self._weights = np.array([one.weight for one in attachments], dtype=np.float64)
        names = [one.name for one in attachments]
        self._moves = self._hinges_that_move(self._bodies)
        self._carried = np.array(
            [row for row, one in enumerate(attachments) if one.relative_to is not None], dtype=np.int64
        )
        self._carriers = np.array(
            [names.index(one.relative_to) for one in attachments if one.relative_to is not None], dtype=np.int64
        )
        above = self._hinges_that_move(self._model.body_parentid[self._bodies[self._carriers]])
        self._fixed = np.concatenate([np.ones((len(above), 6), dtype=bool), above], axis=1)
        straight = [
            _STRAIGHT_M_RAD.get(axis, _STRAIGHT_M_RAD.get(segment, _STRAIGHT_OTHERS_M_RAD))
            for segment, axis in (name.split(".") for name in HINGES)
        ]
        self._straight = np.concatenate([np.zeros(6), np.square(straight)])
        self._slow = np.full(DOF_COUNT, _SLOW_M_RAD**2)
        shoulders = [6 + index for index, name in enumerate(HINGES) if name.endswith(("upper_arm.y", "upper_arm.z"))]
        self._slow[shoulders] = _SLOW_SHOULDER_M_RAD**2

    def _hinges_that_move(self, bodies: Int[np.ndarray, " points"]) -> Bool[np.ndarray, "points hinges"]:
        """Return which hinges move which bodies: their own and those of all segments above them."""
        moves = np.zeros((len(bodies), len(HINGES)), dtype=bool)
        owners = self._model.jnt_bodyid[1:]
        for row, body in enumerate(bodies):
            chain = set()
            while body > 0:
                chain.add(int(body))
                body = self._model.body_parentid[body]
            moves[row] = [int(owner) in chain for owner in owners]
        return moves

    def points(self, qpos: Float[np.ndarray, "time nq"]) -> Float[np.ndarray, "time points 3"]:
        """Return where the attached points are in each configuration, world, m."""
        found = np.empty((len(qpos), len(self._bodies), 3))
        for row, one in enumerate(qpos):
            self._data.qpos[:] = one
            mujoco.mj_kinematics(self._model, self._data)
            found[row] = self._points()
        return found

    def _points(self) -> Float[np.ndarray, "points 3"]:
        turned = self._data.xmat[self._bodies].reshape(-1, 3, 3)
        return np.asarray(self._data.xpos[self._bodies] + np.einsum("pij,pj->pi", turned, self._places))

    def fit(
        self, measured: Float[np.ndarray, "time points 3"], start: Float[np.ndarray, " nq"]
    ) -> Float[np.ndarray, "time nq"]:
        """Return the configurations whose points are closest to the measured ones.

        The first frame is solved from several postures of the arms, and the one that comes closest is kept.

        Args:
            measured: world, z up, m; a point that was not measured is NaN and has no influence on that frame.
            start: a configuration near the first frame; position and heading matter most.
        """
        qpos = np.empty((len(measured), len(start)))
        current = min((self._first(start, arms, measured[0]) for arms in _FIRST_ARMS_DEG), key=lambda one: one[0])[1]
        for row, targets in enumerate(measured):
            before = current
            for _ in range(_STEPS):
                current = self._step(current, before, targets)
            qpos[row] = current
        return qpos

    def _first(
        self, start: Float[np.ndarray, " nq"], arms_deg: tuple[int, ...], targets: Float[np.ndarray, "points 3"]
    ) -> tuple[float, Float[np.ndarray, " nq"]]:
        """Return the weighted square distance and the configuration that one posture of the arms leads to."""
        current = start.copy()
        for side, _ in SIDES:
            for name, angle in (*zip(_ARM, arms_deg, strict=True), *_FIRST_LEG_DEG):
                current[QPOS[f"{side}_{name}"]] = np.radians(angle)
        for number in range(_FIRST_STEPS):
            current = self._step(
                current, current, targets, damping=_FIRST_DAMPING if 2 * number < _FIRST_STEPS else 1.0
            )
        error = targets - self.points(current[None])[0]
        error[self._carried] -= error[self._carriers]
        return float(np.nansum(self._weights[:, None] * error**2)), current

    def _step(
        self,
        current: Float[np.ndarray, " nq"],
        before: Float[np.ndarray, " nq"],
        targets: Float[np.ndarray, "points 3"],
        damping: float = 1.0,
    ) -> Float[np.ndarray, " nq"]:
        data = self._data
        data.qpos[:] = current
        mujoco.mj_kinematics(self._model, data)
        points = self._points()
        error = targets - points
        error[self._carried] -= error[self._carriers]
        weights = np.where(np.isnan(error[:, 0]), 0.0, self._weights)
        error = np.where(weights[:, None] > 0.0, error, 0.0)
        jacobian = self._jacobian(points)
        jacobian[self._carried] -= jacobian[self._carriers]
        jacobian[self._carried] *= ~self._fixed[:, None]
        weighted = jacobian * weights[:, None, None]
        flat = jacobian.reshape(-1, DOF_COUNT)
        normal = flat.T @ weighted.reshape(-1, DOF_COUNT)
        gradient = weighted.reshape(-1, DOF_COUNT).T @ error.reshape(-1)
        gradient[6:] -= self._straight[6:] * current[7:] + self._slow[6:] * (current[7:] - before[7:])
        normal[np.diag_indices(DOF_COUNT)] += self._straight + damping * self._slow
        step = np.clip(np.linalg.solve(normal, gradient), -_LARGEST_STEP_RAD, _LARGEST_STEP_RAD)
        moved = current.copy()
        mujoco.mj_integratePos(self._model, moved, step, 1.0)
        moved[7:] = np.clip(moved[7:], self._limits[:, 0], self._limits[:, 1])
        return moved

    def _jacobian(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3 dof"]:
        """Return the derivative of the points with respect to the velocity coordinates of MuJoCo."""
        data = self._data
        found = np.zeros((len(points), 3, DOF_COUNT))
        found[:, :, :3] = np.eye(3)
        root_axes = data.xmat[1].reshape(3, 3).T
        axes = np.concatenate([root_axes, data.xaxis[1:]])
        levers = points[:, None] - np.concatenate([np.repeat(data.xpos[1:2], 3, axis=0), data.xanchor[1:]])[None]
        turned = np.empty_like(levers)
        for index, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
            turned[..., index] = axes[:, i] * levers[..., j] - axes[:, j] * levers[..., i]
        turned[:, 3:] *= self._moves[:, :, None]
        found[:, :, 3:] = turned.swapaxes(1, 2)
        return found
