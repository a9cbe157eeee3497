"""Forward kinematics of arms by MuJoCo, against which solved contacts are checked."""

import mujoco
import numpy as np
from jaxtyping import Float

from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ARM_HINGES
from qleap_edge.physics.body import QPOS
from qleap_edge.physics.mjcf import compile_body


class Arms:
    """One subject's arms; poses are read in the frame of the thorax.

    Args:
        subject: whose body.
    """

    def __init__(self, subject: Subject) -> None:
        self._model = compile_body(subject)
        self._data = mujoco.MjData(self._model)
        self._hand = subject.lengths["hand"]

    def pose(
        self, angles: Float[np.ndarray, "2 5"], side: str
    ) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3 3"]]:
        """Return the wrist (m) and the axes of frame C as columns."""
        self._data.qpos[:] = 0.0
        self._data.qpos[3] = 1.0
        for index, name in enumerate(("left", "right")):
            for hinge, angle in zip(ARM_HINGES, angles[index], strict=True):
                self._data.qpos[QPOS[f"{name}_{hinge}"]] = angle
        mujoco.mj_forward(self._model, self._data)
        wrist = self._data.site(f"{side}_wrist").xpos - self._data.body("thorax").xpos
        return np.array(wrist), np.array(self._data.site(f"{side}_watch").xmat).reshape(3, 3)

    def gravity(self, angles: Float[np.ndarray, "2 5"], side: str = "left") -> Float[np.ndarray, "3"]:
        """Return the specific force at rest in frame C of a left arm, m/s²: a right arm is mirrored."""
        _, axes = self.pose(angles, side)
        return np.asarray(
            9.81 * axes[2] * (np.array([1.0, 1.0, 1.0]) if side == "left" else np.array([1.0, -1.0, 1.0]))
        )

    def misses(
        self,
        angles: Float[np.ndarray, "2 5"],
        point: Float[np.ndarray, "3"],
        line: Float[np.ndarray, "3"],
        side: str,
    ) -> tuple[float, float, float, float]:
        """Return by how far a hand misses what it holds: place (m), line (rad), and the wrist's extension and deviation.

        The hand is turned against the forearm so that its grip points to ``point``, by an extension about frame C's y and a
        deviation about the turned z, as a wrist can; where its knuckle line then lies is not a choice.
        """
        sign = 1.0 if side == "left" else -1.0
        wrist, axes = self.pose(angles, side)
        reach = point - wrist
        x, y, z = axes.T @ reach / np.linalg.norm(reach)
        deviation = np.arcsin(-sign * y)
        extension = np.arctan2(z, x)
        # Knuckle line: C's y axis turned by the same deviation; the extension turns about it.
        knuckles = sign * (np.cos(deviation) * axes[:, 1]) + np.sin(deviation) * (
            np.cos(extension) * axes[:, 0] + np.sin(extension) * axes[:, 2]
        )
        off = np.arccos(np.clip(knuckles @ line / np.linalg.norm(line), -1.0, 1.0))
        return abs(float(np.linalg.norm(reach)) - self._hand), float(off), float(extension), float(deviation)
